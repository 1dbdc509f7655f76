package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"brygga/adapters"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// row is a record of the tests' system.
type row struct {
	ID       int       `json:"Id"`
	Deleted  bool      `json:",omitempty"`
	Text     string    `json:",omitempty"`
	modified time.Time // as the system knows it
}

// shop is a small system with one list of rows at /api/rows, paged in every way,
// with switches for what such systems do.
type shop struct {
	mu   sync.Mutex
	now  time.Time
	rows []row
	asks []url.Values // of each request, in order
	head []http.Header

	url      func() string
	cap      int  // rows that it gives at most
	ignores  bool // offset and page are passed over
	timeless bool // gt is passed over
	shuffles bool // another order with every page
	dateless bool
	none204  bool
	keys     map[string]string // path → key
	gone     map[string]int    // path → status
	reach    time.Duration     // of changes; older asks get nothing
	broken   func(n int) int   // status of the nth request of a pull; 0 answers
	n        int
	before   func(s *shop, n int) // what happens at the system before it answers the nth
}

func newShop(n int) *shop {
	s := &shop{now: noon, url: func() string { return "" }}
	for i := range n {
		s.rows = append(s.rows, row{ID: i, modified: noon.Add(-100 * 24 * time.Hour)})
	}
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := r.URL.Query()
	s.asks, s.head = append(s.asks, v), append(s.head, r.Header)
	s.n++
	if s.before != nil {
		s.before(s, s.n)
	}
	if !s.dateless {
		w.Header().Set("Date", s.now.Format(http.TimeFormat))
	} else {
		w.Header()["Date"] = nil
	}
	path := strings.TrimPrefix(r.URL.Path, "/api")
	if s.broken != nil && s.broken(s.n) != 0 {
		w.WriteHeader(s.broken(s.n))
		return
	}
	if s.gone[path] != 0 {
		w.WriteHeader(s.gone[path])
		return
	}
	if want, ok := s.keys[path]; ok && v.Get("key") != want && r.Header.Get("X-API-Key") != want {
		w.WriteHeader(401)
		fmt.Fprintf(w, "no such key: %s, 195009072553", v.Get("key"))
		return
	}
	s.answer(w, path, s.matching(v), v)
}

// matching are the rows that a request asks for, all pages together.
func (s *shop) matching(v url.Values) []row {
	rows := slices.Clone(s.rows)
	if gt := v.Get("gt"); gt != "" && !s.timeless {
		since, err := time.Parse(time.RFC3339, gt)
		if err != nil || since.Location() != time.UTC || s.reach > 0 && since.Before(s.now.Add(-s.reach)) {
			return nil
		}
		return slices.DeleteFunc(rows, func(r row) bool { return !r.modified.After(since) })
	}
	return slices.DeleteFunc(rows, func(r row) bool { return r.Deleted })
}

func (s *shop) answer(w http.ResponseWriter, path string, rows []row, v url.Values) {
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(v.Get(name))
		if err != nil {
			return otherwise
		}
		return n
	}
	if s.shuffles {
		rand.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	}
	size := number("limit", len(rows))
	if s.cap > 0 {
		size = min(size, s.cap)
	}
	at := number("offset", 0) + size*number("page", 0) + number("cursor", 0)
	if s.ignores {
		at = 0
	}
	page := rows[min(at, len(rows)):min(at+size, len(rows))]
	if len(page) == 0 && s.none204 {
		w.WriteHeader(204)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if path == "/rows" || path == "/changed" {
		_ = json.NewEncoder(w).Encode(append([]row{}, page...))
		return
	}
	out := map[string]any{"Items": append([]row{}, page...), "Paging": map[string]any{"Next": nil, "Link": nil}}
	if at+size < len(rows) {
		next := url.Values{"cursor": {strconv.Itoa(at + size)}, "limit": {strconv.Itoa(size)}}
		out["Paging"] = map[string]any{"Next": at + size, "Link": s.url() + "/api/envelope?" + next.Encode()}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// sees is the tests' Reader: it remembers which rows it was given.
type sees struct {
	mu    sync.Mutex
	rows  map[int]int
	gone  map[int]bool
	total int
}

func newSees() *sees { return &sees{rows: map[int]int{}, gone: map[int]bool{}, total: -1} }

func (s *sees) Distinct() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

func keyOf(id int) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, id)
	return h.Sum64()
}

func (s *sees) Open(body []byte) (adapters.Page, error) {
	var rows []struct {
		ID      *int `json:"Id"`
		Deleted bool
	}
	var envelope struct{ Items *json.RawMessage }
	inner := body
	if json.Unmarshal(body, &envelope) == nil {
		if envelope.Items == nil {
			return adapters.Page{}, errors.New("an object without Items")
		}
		inner = *envelope.Items
	}
	if err := json.Unmarshal(inner, &rows); err != nil {
		return adapters.Page{}, errors.New("no array of rows")
	}
	p := adapters.Page{Total: s.total}
	for _, r := range rows {
		if r.ID != nil {
			p.Keys = append(p.Keys, keyOf(*r.ID))
		}
	}
	p.Take = func() error {
		if !json.Valid(body) {
			return errors.New("the body was used again before it was taken")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range rows {
			if r.Deleted {
				s.gone[*r.ID] = true
			} else {
				s.rows[*r.ID]++
			}
		}
		return nil
	}
	return p, nil
}

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// byOffset is a list that is paged as Lifecare's are.
var byOffset = List{Path: "/api/rows", Paging: Paging{Kind: PagingOffset, Size: 10, Overlap: 2}, Changed: Changed{Param: "gt"}, Empty204: true}

// quick are options for tests: nothing waits.
func quick(address string, l List) Options {
	return Options{
		Name: "lifecare", URL: address, Retries: 2, Sleep: noSleep, Timeout: 5 * time.Second,
		Clock: func() time.Time { return noon }, Lists: map[string]List{"rows": l},
	}
}

func opened(t testing.TB, o Options) *System {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// serve starts a handler and opens a System on it.
func serve(t testing.TB, h http.Handler, l List, change ...func(*Options)) *System {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	if s, ok := h.(*shop); ok {
		s.url = func() string { return srv.URL }
	}
	o := quick(srv.URL, l)
	for _, c := range change {
		c(&o)
	}
	return opened(t, o)
}

var theRows = adapters.Query{Kind: "visit", Type: "rows"}

func pull(s *System, q adapters.Query) (adapters.Outcome, *sees) {
	r := newSees()
	return s.Pull(context.Background(), q, r), r
}
