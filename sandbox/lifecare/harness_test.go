package lifecare

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/sandbox/people"
)

const asOf = "2026-11-20"

// clock is a clock that tests move.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// town is the municipality of these tests.
var town = sync.OnceValue(func() *people.Municipality {
	return people.Generate(people.Options{Seed: 3, Clients: 240, AsOf: asOf, VisitsPerMonth: 12, Months: 1})
})

// bed is a server for one test.
type bed struct {
	t     testing.TB
	clock *clock
	s     *Server
}

func start(t testing.TB, opt Options) *bed {
	t.Helper()
	c := newClock()
	opt.Clock = c.now
	return &bed{t, c, New(NewStore(town(), c.now, opt.Dates), opt)}
}

// reply is one answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (b *bed) ask(path string, params ...string) reply {
	b.t.Helper()
	q := url.Values{}
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	return b.send(httptest.NewRequest(http.MethodGet, BasePath+"/api/"+path+"?"+q.Encode(), nil))
}

func (b *bed) send(r *http.Request) reply {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.s.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{w.Code, w.Result().Header, body}
}

type object = map[string]any

// rows decodes a page, in an envelope or not.
func (b *bed) rows(a reply) []object {
	b.t.Helper()
	if a.status == http.StatusNoContent {
		return nil
	}
	if a.status != http.StatusOK {
		b.t.Fatalf("status %d", a.status)
	}
	var all []object
	if err := json.Unmarshal(a.body, &all); err == nil {
		return all
	}
	var wrapped struct{ Items []object }
	if err := json.Unmarshal(a.body, &wrapped); err != nil {
		b.t.Fatalf("no page: %v", err)
	}
	return wrapped.Items
}

// whole reads pages until an empty one.
func (b *bed) whole(path string, limit int, params ...string) []object {
	b.t.Helper()
	var all []object
	for {
		got := b.rows(b.ask(path, append([]string{"limit", strconv.Itoa(limit), "offset", strconv.Itoa(len(all))}, params...)...))
		if len(got) == 0 {
			return all
		}
		all = append(all, got...)
	}
}

// keys lists what the rows are known by.
func keys(all []object) map[string]int {
	m := map[string]int{}
	for _, o := range all {
		m[key(o)]++
	}
	return m
}

func key(o object) string {
	if id, ok := o["Id"].(float64); ok {
		return strconv.FormatInt(int64(id), 10)
	}
	id, _ := o["PersonId"].(string)
	return id
}

func gt(t time.Time) []string { return []string{"gt", t.UTC().Format("2006-01-02T15:04:05.000")} }
