package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that tests move.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 11, 21, 1, 30, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// client talks to a FHIR server in tests.
type client struct {
	t    testing.TB
	base string
	http *http.Client
}

// started gives a running server and a client for it.
func started(t testing.TB, opt Options) (*Server, *client) {
	t.Helper()
	if opt.Clock == nil {
		opt.Clock = newClock().now
	}
	s := New(opt)
	base, stop, err := s.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s, newClient(t, base)
}

func newClient(t testing.TB, base string) *client {
	tr := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(tr.CloseIdleConnections)
	return &client{t: t, base: base, http: &http.Client{Transport: tr}}
}

// reply is an answer, its body decoded by encoding/json.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// try sends a request; headers are "Name: value".
func (c *client) try(method, path, body string, headers ...string) (reply, error) {
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	out := reply{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if err == nil && strings.Contains(resp.Header.Get("Content-Type"), "json") && len(raw) > 0 {
		if bad := json.Unmarshal(raw, &out.body); bad != nil {
			c.t.Errorf("%s %s: the answer is no JSON: %v\n%.300s", method, path, bad, raw)
		}
	}
	return out, err
}

func (c *client) do(method, path, body string, headers ...string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// want is do, and fails the test where the status is another.
func (c *client) want(status int, method, path, body string, headers ...string) reply {
	c.t.Helper()
	r := c.do(method, path, body, headers...)
	if r.status != status {
		c.t.Fatalf("%s %s: status %d, want %d\n%.500s", method, path, r.status, status, r.raw)
	}
	if status >= 400 && r.body["resourceType"] != "OperationOutcome" {
		c.t.Errorf("%s %s: an error without an OperationOutcome: %.300s", method, path, r.raw)
	}
	return r
}

// entries are a Bundle's entries, their resources or responses.
func (r reply) entries(member string) []map[string]any {
	var out []map[string]any
	list, _ := r.body["entry"].([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)[member].(map[string]any)
		out = append(out, m)
	}
	return out
}

// ids are the ids of a Bundle's resources, joined by spaces.
func (r reply) ids() string {
	var out []string
	for _, m := range r.entries("resource") {
		id, _ := m["id"].(string)
		out = append(out, id)
	}
	return strings.Join(out, " ")
}

func (r reply) link(relation string) string {
	links, _ := r.body["link"].([]any)
	for _, l := range links {
		if m := l.(map[string]any); m["relation"] == relation {
			return m["url"].(string)
		}
	}
	return ""
}

// all follows next links and gives the ids of every page.
func (c *client) all(path string) (ids []string, pages int) {
	c.t.Helper()
	for path != "" {
		r := c.want(200, "GET", path, "")
		if s := r.ids(); s != "" {
			ids = append(ids, strings.Split(s, " ")...)
		}
		path = r.link("next")
		if pages++; pages > 10_000 {
			c.t.Fatal("the pages do not end")
		}
	}
	return ids, pages
}

func raws(texts ...string) []json.RawMessage {
	out := make([]json.RawMessage, len(texts))
	for i, t := range texts {
		out[i] = json.RawMessage(t)
	}
	return out
}

func load(t testing.TB, s *Server, texts ...string) {
	t.Helper()
	if err := s.Load(raws(texts...)...); err != nil {
		t.Fatal(err)
	}
}
