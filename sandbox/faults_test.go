package sandbox

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestFaultsHappenAsSet(t *testing.T) {
	base := ""
	for _, row := range []struct {
		name  string
		fault Fault
		check func(t *testing.T, r reply, err error)
	}{
		{"a status", Fault{Status: 503, RetryAfter: "2"}, func(t *testing.T, r reply, _ error) {
			if r.status != 503 || r.header.Get("Retry-After") != "2" || r.body["resourceType"] != "OperationOutcome" {
				t.Errorf("got %+v", r)
			}
		}},
		{"too many requests", Fault{Status: 429}, func(t *testing.T, r reply, _ error) {
			if r.status != 429 || !strings.Contains(r.raw, "throttled") {
				t.Errorf("got %+v", r)
			}
		}},
		{"an HTML page", Fault{HTML: true}, func(t *testing.T, r reply, _ error) {
			if r.status != 200 || !strings.HasPrefix(r.raw, "<!DOCTYPE html>") || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
				t.Errorf("got %+v", r)
			}
		}},
		{"an OperationOutcome with 200", Fault{Outcome: true}, func(t *testing.T, r reply, _ error) {
			if r.status != 200 || r.body["resourceType"] != "OperationOutcome" {
				t.Errorf("got %+v", r)
			}
		}},
		{"a dropped connection", Fault{Cut: CutBefore}, func(t *testing.T, _ reply, err error) {
			if err == nil {
				t.Error("there was an answer")
			}
		}},
		{"a dropped answer", Fault{Cut: CutAfter}, func(t *testing.T, _ reply, err error) {
			if err == nil {
				t.Error("there was an answer")
			}
		}},
		{"a body that breaks off", Fault{Truncate: 100}, func(t *testing.T, r reply, err error) {
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(r.raw) != 100 {
				t.Errorf("%d bytes and %v", len(r.raw), err)
			}
		}},
		{"a body that ends early, and HTTP is content", Fault{Truncate: 100, Quietly: true}, nil},
		{"a longer body than the cut", Fault{Truncate: 1 << 20}, func(t *testing.T, r reply, err error) {
			if err != nil || r.body["type"] != "searchset" {
				t.Errorf("got %v %v", r.body["type"], err)
			}
		}},
		{"a Bundle of another type", Fault{BundleType: "history"}, func(t *testing.T, r reply, _ error) {
			if r.body["type"] != "history" {
				t.Errorf("type %v", r.body["type"])
			}
		}},
		{"a next page elsewhere", Fault{NextElsewhere: "http://127.0.0.1:9"}, func(t *testing.T, r reply, _ error) {
			if !strings.HasPrefix(r.link("next"), "http://127.0.0.1:9/fhir?_page=") {
				t.Errorf("next %s", r.link("next"))
			}
		}},
		{"a next page that is this one", Fault{NextLoop: true}, func(t *testing.T, r reply, _ error) {
			if r.link("next") != r.link("self") || r.link("next") != base+"/Flag" {
				t.Errorf("next %s self %s", r.link("next"), r.link("self"))
			}
		}},
		{"a page of 3 MB", Fault{Pad: 3 << 20}, func(t *testing.T, r reply, err error) {
			if len(r.raw) < 3<<20 || r.body["type"] != "searchset" || err != nil {
				t.Errorf("%d bytes, %v", len(r.raw), err)
			}
		}},
		{"a page of 3 MB that breaks off", Fault{Pad: 3 << 20, Truncate: 1 << 20}, func(t *testing.T, r reply, err error) {
			if len(r.raw) != 1<<20 || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d bytes, %v", len(r.raw), err)
			}
		}},
		{"a note among the rows", Fault{Mixed: true}, func(t *testing.T, r reply, _ error) {
			if rows := r.entries("resource"); len(rows) != 3 || rows[0]["resourceType"] != "OperationOutcome" || r.entries("search")[0]["mode"] != "outcome" {
				t.Errorf("rows %v", rows)
			}
		}},
		{"a stale page", Fault{Stale: true}, func(t *testing.T, r reply, _ error) {
			if rows := r.entries("resource"); rows[0]["status"] != "active" || rows[0]["meta"].(map[string]any)["versionId"] != "1" {
				t.Errorf("rows %v", rows)
			}
		}},
		{"a delay", Fault{Delay: time.Millisecond}, func(t *testing.T, r reply, _ error) {
			if r.status != 200 {
				t.Errorf("got %+v", r)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, c := started(t, Options{DefaultCount: 2})
			base = c.base
			load(t, s, flags(5)...)
			load(t, s, flag("f000", "inactive"))
			s.SetFault(OnType("Flag", row.fault))
			c.want(200, "GET", "/Task", "")
			if row.check == nil {
				resp, err := c.http.Get(c.base + "/Flag")
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if b, err := io.ReadAll(resp.Body); err != nil || len(b) != row.fault.Truncate {
					t.Errorf("%d bytes and %v", len(b), err)
				}
			} else {
				r, err := c.try("GET", "/Flag", "")
				row.check(t, r, err)
			}
			s.SetFault(nil)
			if r := c.want(200, "GET", "/Flag", ""); r.ids() != "f000 f001" {
				t.Errorf("after the fault: %s", r.ids())
			}
		})
	}
}

func TestACutAfterwardsHasWrittenAndACutBeforeHasNot(t *testing.T) {
	for cut, want := range map[Cut]int{CutBefore: 0, CutAfter: 1} {
		s, c := started(t, Options{Fault: OnType("", Fault{Cut: cut})})
		if _, err := c.try("POST", "", bundled("transaction", post("", unnumbered("1"), ifNone("1")))); err == nil {
			t.Error("there was an answer")
		}
		if n := len(s.All("Flag")); n != want {
			t.Errorf("cut %d: %d Flags, want %d", cut, n, want)
		}
		s.SetFault(nil)
		c.want(200, "POST", "", bundled("transaction", post("", unnumbered("1"), ifNone("1"))))
		if n := len(s.All("Flag")); n != 1 {
			t.Errorf("cut %d: %d Flags after the retry, want 1", cut, n)
		}
	}
}

func TestAStaleReadShowsTheVersionBefore(t *testing.T) {
	s, c := started(t, Options{})
	load(t, s, flag("a", "active"), flag("a", "inactive"), flag("b", "active"))
	s.Delete("Flag/b")
	s.SetFault(func(*http.Request) *Fault { return &Fault{Stale: true} })
	if r := c.want(200, "GET", "/Flag/a", ""); r.body["status"] != "active" || r.header.Get("ETag") != `W/"1"` {
		t.Errorf("got %s", r.raw)
	}
	c.want(200, "GET", "/Flag/b", "")
}

func TestADelayEndsWithItsRequest(t *testing.T) {
	_, c := started(t, Options{Fault: OnType("Flag", Fault{Delay: time.Hour})})
	c.http.Timeout = 20 * time.Millisecond
	if _, err := c.try("GET", "/Flag", ""); err == nil {
		t.Error("there was an answer")
	}
}

func TestEveryRequestIsSeen(t *testing.T) {
	seen := make(chan Seen, 10) // the observer may run after the client has its answer
	s, c := started(t, Options{Token: "x", Observe: func(s Seen) { seen <- s }})
	load(t, s, flags(3)...)
	c.want(401, "GET", "/Flag", "")
	auth := "Authorization: Bearer x"
	c.want(200, "GET", "/Flag?_count=2", "", auth)
	c.want(200, "PUT", "/Flag/f000", flag("f000", "inactive"), auth)
	c.want(200, "GET", "/Flag/f000/_history", "", auth)
	c.want(200, "POST", "", bundled("batch"), auth)
	for _, want := range []Seen{
		{Method: "GET", Type: "Flag", Status: 401},
		{Method: "GET", Type: "Flag", Act: "search", Query: "_count=2", Status: 200, Rows: 2},
		{Method: "PUT", Type: "Flag", ID: "f000", Act: "update", Status: 200},
		{Method: "GET", Type: "Flag", ID: "f000", Act: "history", Status: 200, Rows: 2},
		{Method: "POST", Act: "batch", Status: 200},
	} {
		got := <-seen
		if got.Size == 0 {
			t.Errorf("no size: %+v", got)
		}
		if got.Size = 0; got != want {
			t.Errorf("seen %+v, want %+v", got, want)
		}
	}
	if r := s.Requests(); r.Requests["GET Flag"] != 3 || r.Requests["PUT Flag"] != 1 || r.Written() != 1 {
		t.Errorf("counted %+v", r)
	}
}

func TestLinksAreOfTheAddressThatWasAsked(t *testing.T) {
	s := New(Options{Clock: newClock().now, DefaultCount: 1})
	load(t, s, flags(2)...)
	srv := httptest.NewTLSServer(s)
	defer srv.Close()
	c := &client{t: t, base: srv.URL + BasePath, http: srv.Client()}
	if r := c.want(200, "GET", "/Flag", ""); !strings.HasPrefix(r.link("next"), "https://127.0.0.1") {
		t.Errorf("next %s", r.link("next"))
	}
	_, c = started(t, Options{BaseURL: "https://journal.example/fhir/"})
	if r := c.want(200, "GET", "/Flag", ""); r.link("self") != "https://journal.example/fhir/Flag" {
		t.Errorf("self %s", r.link("self"))
	}
}
