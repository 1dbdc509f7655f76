package fhir

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// page is a searchset of Encounters with these ids.
func page(next string, total int, updated string, ids ...string) string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"searchset"`)
	if total >= 0 {
		fmt.Fprintf(&b, `,"total":%d`, total)
	}
	if updated != "" {
		fmt.Fprintf(&b, `,"meta":{"lastUpdated":%q}`, updated)
	}
	if next != "" {
		fmt.Fprintf(&b, `,"link":[{"relation":"next","url":%q}]`, next)
	}
	b.WriteString(`,"entry":[`)
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"resource":{"resourceType":"Encounter","id":%q}}`, id)
	}
	b.WriteString(`]}`)
	return b.String()
}

// script answers by what is asked: the request's URI → a page.
func script(pages map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.RequestURI()]
		if !ok {
			w.WriteHeader(404)
			return
		}
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/fhir+json")
		fmt.Fprint(w, body)
	}
}

func TestPullAsksWhatTheQuerySays(t *testing.T) {
	var mu sync.Mutex
	var asked []url.Values
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Query())
		mu.Unlock()
		if r.URL.Path != "/Encounter" || r.Header.Get("Accept") != "application/fhir+json" {
			t.Errorf("asked %s with %s", r.URL.Path, r.Header.Get("Accept"))
		}
		fmt.Fprint(w, page("", 0, ""))
	}))
	o, _ := pull(s, adapters.Query{
		Kind: "visit", Type: "Encounter", Since: "2026-11-20T01:30:00Z",
		Params: url.Values{"class": {"HH"}, "date": {"ge2026-10-01"}},
		Ranges: []url.Values{{"date": {"lt2026-10-15"}}, {"date": {"ge2026-10-15"}}},
	})
	if !o.Complete || len(asked) != 2 {
		t.Fatalf("%+v, %d requests", o, len(asked))
	}
	for _, v := range asked {
		if v.Get("class") != "HH" || v.Get("_count") != "10" || v.Get("_lastUpdated") != "ge2026-11-20T01:30:00Z" || len(v["date"]) != 2 {
			t.Errorf("asked with %v", v)
		}
	}
}

func TestCheckpoint(t *testing.T) {
	for _, tt := range []struct {
		name    string
		updated string // of the first page
		date    bool
		want    string
	}{
		{"the first page's own time, minus the overlap", "2026-11-21T09:30:00.5+01:00", true, "2026-11-21T08:20:00Z"},
		{"else the first page's Date header, minus the overlap", "", true, "2026-11-21T11:50:00Z"},
		{"none, if the server does not tell its time", "", false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Date"] = nil
				if tt.date {
					w.Header().Set("Date", noon.Format(http.TimeFormat))
				}
				if r.URL.Query().Has("p") {
					fmt.Fprint(w, page("", -1, "2026-11-21T23:00:00Z", "b"))
					return
				}
				fmt.Fprint(w, page("Encounter?p=2", -1, tt.updated, "a"))
			}))
			o, _ := pull(s, encounters)
			if !o.Complete || o.Checkpoint != tt.want || o.Rows != 2 || o.Pages != 2 {
				t.Errorf("%+v, want checkpoint %s", o, tt.want)
			}
		})
	}
	t.Run("of several ranges the oldest", func(t *testing.T) {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, page("", -1, r.URL.Query().Get("date"), r.URL.Query().Get("date")))
		}))
		o, _ := pull(s, adapters.Query{Kind: "visit", Type: "Encounter", Ranges: []url.Values{
			{"date": {"2026-11-21T10:00:02Z"}}, {"date": {"2026-11-21T10:00:01Z"}}, {"date": {"2026-11-21T10:00:03Z"}},
		}})
		if o.Checkpoint != "2026-11-21T09:50:01Z" || o.Rows != 3 {
			t.Errorf("%+v", o)
		}
	})
}

func TestNextIsFollowedAsTheServerWroteIt(t *testing.T) {
	var srv *httptest.Server
	odd := "/r4/_page/2?_x=a%2Bb+c&z=1&a=%7Bid%7D&a=;"
	for _, tt := range []struct{ name, next string }{
		{"an absolute link", "ORIGIN" + odd},
		{"a link from the origin", odd},
		{"a link from the base", strings.TrimPrefix(odd, "/r4/")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.RequestURI() {
				case "/r4/Encounter?_count=10":
					fmt.Fprint(w, page(strings.ReplaceAll(tt.next, "ORIGIN", srv.URL), -1, "", "a"))
				case odd:
					fmt.Fprint(w, page("", -1, "", "b"))
				default:
					t.Errorf("asked %s", r.URL.RequestURI())
					w.WriteHeader(400)
				}
			}))
			defer srv.Close()
			s := opened(t, quick(srv.URL+"/r4/"))
			defer s.Close()
			if o, r := pull(s, encounters); !o.Complete || r.Distinct() != 2 {
				t.Errorf("%+v", o)
			}
		})
	}
}

// TestNothingGoesElsewhere sees that no request, and so no token and no question,
// reaches another origin, be it by a next link or by a redirect.
func TestNothingGoesElsewhere(t *testing.T) {
	var strayed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		strayed.Add(1)
		fmt.Fprint(w, page("", -1, "", "z"))
	}))
	defer other.Close()
	for _, tt := range []struct {
		name string
		h    http.HandlerFunc
		what string
	}{
		{"a next link", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, page(other.URL+"/Encounter?_page=2&secret=1", -1, "", "a"))
		}, "the next page is at another origin (http://127.0.0.1:"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}, "answered 307 Temporary Redirect: the server sends us elsewhere"},
		{"a next link above the base", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, page("../Encounter?_page=2", -1, "", "a"))
		}, "the next page is not below this system's base"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(tt.h)
			defer srv.Close()
			o := quick(srv.URL + "/r4")
			o.Auth = Auth{Kind: AuthBearer, Token: "hemlig"}
			s := opened(t, o)
			defer s.Close()
			got, _ := pull(s, encounters)
			if got.Complete || got.Fault == nil || got.Fault.Class != adapters.Protocol || !strings.HasPrefix(got.Fault.What, tt.what) {
				t.Errorf("%+v: %v", got, got.Fault)
			}
			if strings.Contains(got.Fault.Error(), "secret") {
				t.Errorf("the query of the link is told: %v", got.Fault)
			}
		})
	}
	if strayed.Load() != 0 {
		t.Errorf("%d requests went elsewhere", strayed.Load())
	}
}

func TestARedirectWithinTheOriginIsFollowedWithTheToken(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hemlig" {
			t.Error("the token was lost")
		}
		if r.URL.Path == "/Encounter" {
			http.Redirect(w, r, "/v2/Encounter?"+r.URL.RawQuery, http.StatusFound)
			return
		}
		fmt.Fprint(w, page("", -1, "", "a"))
	}), func(o *Options) { o.Auth = Auth{Kind: AuthBearer, Token: "hemlig"} })
	if o, r := pull(s, encounters); !o.Complete || r.Distinct() != 1 {
		t.Errorf("%+v %v", o, o.Fault)
	}
}

func TestAChainWithoutEndIsALoop(t *testing.T) {
	var n atomic.Int32
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, page(fmt.Sprintf("Encounter?cursor=%d", n.Add(1)), -1, "", "a", "b"))
	}))
	o, _ := pull(s, encounters)
	if o.Complete || o.Fault == nil || !strings.Contains(o.Fault.What, "the pages go round") {
		t.Errorf("%+v", o.Fault)
	}
	if n.Load() > wire.Patience+3 {
		t.Errorf("%d pages before it was seen", n.Load())
	}
}

func TestShiftingPages(t *testing.T) {
	first, second := "/Encounter?_count=10", "/Encounter?p=2"
	for _, tt := range []struct {
		name     string
		passes   []map[string]string
		complete bool
		rows     int
		total    string
	}{
		{"every row that the server counts was seen", []map[string]string{
			{first: page("Encounter?p=2", 3, "", "a", "b"), second: page("", 3, "", "c")},
		}, true, 3, ""},
		{"a row seen twice counts once, and what the first pass missed the second shows", []map[string]string{
			{first: page("Encounter?p=2", 3, "", "a", "b"), second: page("", 3, "", "b")},
			{first: page("Encounter?p=2", 3, "", "a", "b"), second: page("", 3, "", "c")},
		}, true, 3, ""},
		{"the passes together are enough, although neither is", []map[string]string{
			{first: page("Encounter?p=2", 3, "", "a", "b"), second: page("", 3, "", "b")},
			{first: page("Encounter?p=2", 3, "", "c", "b"), second: page("", 3, "", "b")},
		}, true, 3, ""},
		{"rows that two passes did not show make it incomplete", []map[string]string{
			{first: page("Encounter?p=2", 3, "", "a", "b"), second: page("", 3, "", "b")},
			{first: page("Encounter?p=2", 3, "", "a", "b"), second: page("", 3, "", "b")},
		}, false, 2, "the server says 3 rows and gave 2"},
		{"the last page's total counts: rows may have gone since the first", []map[string]string{
			{first: page("Encounter?p=2", 9, "", "a", "b"), second: page("", 3, "", "c")},
		}, true, 3, ""},
		{"more rows than the total is no lack", []map[string]string{
			{first: page("Encounter?p=2", 1, "", "a", "b"), second: page("", 1, "", "c")},
		}, true, 3, ""},
		{"an empty page with a total above zero is not believed", []map[string]string{
			{first: page("", 5, "")}, {first: page("", 5, "")},
		}, false, 0, "the server says 5 rows and gave 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pass := -1
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RequestURI() == first {
					pass++
				}
				if pass >= len(tt.passes) {
					t.Error("read more often than needed")
					return
				}
				script(tt.passes[pass])(w, r)
			}))
			o, r := pull(s, encounters)
			if o.Complete != tt.complete || o.Rows != tt.rows || r.Distinct() != tt.rows {
				t.Errorf("complete %v, %d rows, %v", o.Complete, o.Rows, o.Fault)
			}
			if !tt.complete && (o.Checkpoint != "" || !strings.HasPrefix(o.Fault.What, tt.total)) {
				t.Errorf("%+v %v", o, o.Fault)
			}
			if pass+1 != len(tt.passes) {
				t.Errorf("%d passes, want %d", pass+1, len(tt.passes))
			}
		})
	}
}

func TestARowInTwoRangesCountsOnce(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, page("", 2, "", "midnight", r.URL.Query().Get("date")))
	}))
	o, _ := pull(s, adapters.Query{Kind: "visit", Type: "Encounter", Ranges: []url.Values{{"date": {"1"}}, {"date": {"2"}}}})
	if o.Rows != 3 || !o.Complete {
		t.Errorf("%+v", o)
	}
}

func TestAFirstPageThatIsTooBigIsAskedForInSmaller(t *testing.T) {
	var counts []string
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counts = append(counts, r.URL.Query().Get("_count"))
		ids := []string{"a"}
		if len(counts) < 3 {
			ids = append(ids, strings.Repeat("x", 5000))
		}
		fmt.Fprint(w, page("", -1, "", ids...))
	}), func(o *Options) { o.PageSize, o.MaxPageBytes = 500, 4096 })
	o, _ := pull(s, encounters)
	if got := strings.Join(counts, " "); !o.Complete || got != "500 62 7" {
		t.Errorf("counts %s, %v", got, o.Fault)
	}
	t.Run("and if even one row is too big, the advice says what to do", func(t *testing.T) {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, page("", -1, "", strings.Repeat("x", 5000)))
		}), func(o *Options) { o.MaxPageBytes = 4096 })
		o, _ := pull(s, encounters)
		if o.Complete || o.Fault.Class != adapters.Protocol || o.Fault.What != "answered with more than 4 kB" || !strings.Contains(o.Fault.Do, "page_size") {
			t.Errorf("%v", o.Fault)
		}
	})
}

func TestConnectionsBoundAllPullsTogether(t *testing.T) {
	var now, most atomic.Int32
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(10 * time.Millisecond)
		now.Add(-1)
		if r.URL.Query().Has("p") {
			fmt.Fprint(w, page("", -1, "", "b"))
			return
		}
		fmt.Fprint(w, page("Encounter?p=2", -1, "", "a"))
	}), func(o *Options) { o.Connections = 3 })
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			o, _ := pull(s, adapters.Query{Kind: "visit", Type: "Encounter", Ranges: make([]url.Values, 5)})
			if !o.Complete {
				t.Error(o.Fault)
			}
		})
	}
	all.Wait()
	if most.Load() != 3 {
		t.Errorf("%d requests at one time, want 3", most.Load())
	}
}

func TestWhatIsNoPage(t *testing.T) {
	outcome := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","diagnostics":"SELECT for 195009072553"}]}`
	for _, tt := range []struct{ name, media, body, what string }{
		{"a web page", "text/html", "<html>", "answered with a web page (text/html), not FHIR"},
		{"a web page that says it is JSON", "application/json", " <!DOCTYPE html><p>", "answered with a web page (text/html), not FHIR"},
		{"XML", "application/fhir+xml", "<Bundle/>", "answered with XML, not JSON"},
		{"nothing", "application/fhir+json", "  ", "answered with nothing"},
		{"an OperationOutcome with 200", "application/fhir+json", outcome, "answered with an OperationOutcome instead of a page (timeout)"},
		{"a Bundle of another type", "application/fhir+json", `{"resourceType":"Bundle","type":"history"}`, "answered with a Bundle of type history instead of searchset"},
		{"a single resource", "application/fhir+json", `{"resourceType":"Patient","id":"1"}`, "answered with a resource of type Patient instead of a page"},
		{"a resource type that is a sentence", "application/fhir+json", `{"resourceType":"Anna Andersson 195009072553"}`, "answered with a resource of type unknown instead of a page"},
		{
			"a page whose search failed half-way", "application/fhir+json",
			`{"resourceType":"Bundle","type":"searchset","entry":[{"search":{"mode":"outcome"},"resource":` + outcome + `}]}`,
			"the page says that the search failed (an OperationOutcome of severity error)",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.media)
				fmt.Fprint(w, tt.body)
			}))
			// A reader that swallows anything must not make an empty page of it.
			for name, r := range map[string]adapters.Reader{"strict": newScanner(), "lenient": lenient{}} {
				if name == "strict" && strings.Contains(tt.name, "half-way") {
					r = lenient{} // the scanner would count the outcome as a row
				}
				o := s.Pull(context.Background(), encounters, r)
				if o.Complete || o.Fault == nil || o.Fault.Class != adapters.Protocol || o.Fault.What != tt.what || o.Fault.Do == "" {
					t.Errorf("%s: %+v, %v", name, o, o.Fault)
				}
			}
		})
	}
	t.Run("a page without rows and a warning is an empty page", func(t *testing.T) {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"resourceType":"Bundle","type":"searchset","entry":[{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"informational"}]}}]}`)
		}))
		if o := s.Pull(context.Background(), encounters, lenient{}); !o.Complete {
			t.Error(o.Fault)
		}
	})
}

// lenient takes anything for a page without rows.
type lenient struct{}

func (lenient) Open([]byte) (adapters.Page, error) { return adapters.Page{Total: -1}, nil }

func TestPullOneTypeForbidden(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/Consent" {
			w.WriteHeader(403)
			return
		}
		fmt.Fprint(w, page("", 1, "", "a"))
	}))
	if o, _ := pull(s, encounters); !o.Complete {
		t.Error(o.Fault)
	}
	o, _ := pull(s, adapters.Query{Kind: "consent", Type: "Consent"})
	if want := "journal, consent, page 1: answered 403 Forbidden; let this client read and search this type at the server (scopes or roles)"; o.Complete || o.Fault.Error() != want {
		t.Errorf("%v", o.Fault)
	}
}
