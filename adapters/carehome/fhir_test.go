package carehome

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
	"brygga/adapters/wire"
)

func TestOptionsOfAServer(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*FHIROptions)
		want   string
	}{
		{"all that is needed", func(*FHIROptions) {}, ""},
		{"no address", func(o *FHIROptions) { o.URL = "" }, "url: is missing"},
		{"http to another machine", func(o *FHIROptions) { o.URL = "http://home.example/fhir" }, "url: is http:// to another machine"},
		{"no clock", func(o *FHIROptions) { o.Clock = nil }, "clock: is missing"},
		{"a sign-in without its token", func(o *FHIROptions) { o.Auth.Token = "" }, "auth.token: is needed"},
		{"an unknown sign-in", func(o *FHIROptions) { o.Auth.Kind = "magic" }, "auth.kind: is none of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := quick("http://127.0.0.1:1/fhir")
			c.change(&o)
			_, err := NewFHIR(o)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "solgarden")) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// bundleOf is a document that stands at a home already.
func bundleOf(id, handover string) map[string]any {
	return map[string]any{"resourceType": "Bundle", "id": id, "type": "document", "identifier": map[string]any{"system": DocumentSystem, "value": "urn:uuid:" + handover}}
}

// Servers differ; what a delivery comes to at each of them.
func TestServersThatDiffer(t *testing.T) {
	d := delivery(1)
	for _, c := range []struct {
		name   string
		server func(h *home)
		want   string // the receipt's document; empty: an error
		stand  int    // documents in the end
		class  adapters.Class
		text   string
	}{
		{"one that says where it wrote", func(*home) {}, "Bundle/1", 1, 0, ""},
		{"one that does not say where it wrote is asked", func(h *home) { h.silent = true }, "Bundle/1", 1, 0, ""},
		{"one that passes over If-None-Exist", func(h *home) { h.forgetful = true }, "Bundle/1", 1, 0, ""},
		{"one that has it gets none", func(h *home) { h.put(bundleOf("b7", d.ID)) }, "Bundle/b7", 1, 0, ""},
		{"one that has several: the first by id is taken", func(h *home) { h.put(bundleOf("b9", d.ID)); h.put(bundleOf("b10", d.ID)) }, "Bundle/b10", 2, 0, ""},
		{"one that has another's", func(h *home) { h.put(bundleOf("b7", delivery(2).ID)) }, "Bundle/2", 2, 0, ""},
		{"one that shows empty pages first", func(h *home) { h.put(bundleOf("b7", d.ID)); h.atFirst = 5 }, "Bundle/b7", 1, 0, ""},
		{"one whose pages never end", func(h *home) { h.atFirst = 1000 }, "", 0, adapters.Protocol, "does not come to an end"},
		{"one that passes over the search gets nothing", func(h *home) { h.put(bundleOf("b7", delivery(2).ID)); h.unsearched = true }, "", 1, adapters.Protocol, "gives others than asked for"},
		{"one that says that something existed, which is not ours", func(h *home) { h.mistaken = true }, "", 0, adapters.Protocol, "does not say where"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome()
			c.server(h)
			f, _ := serve(t, h)
			for range 2 {
				r, err := f.Deliver(t.Context(), d, "")
				if c.want == "" {
					said(t, err, c.class, c.text)
				} else if err != nil || r.Document != c.want {
					t.Fatalf("%+v, %v", r, err)
				}
				if n := h.count("Bundle"); n != c.stand {
					t.Errorf("%d documents stand", n)
				}
			}
		})
	}
}

// What a search can be answered with besides what was asked for.
func TestAnswersToASearch(t *testing.T) {
	d := delivery(1)
	ours := fmt.Sprintf(`{"resource":{"resourceType":"Bundle","id":"b1","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:%s"}}}`, d.ID)
	page := func(more, entries string) string {
		return `{"resourceType":"Bundle","type":"searchset"` + more + `,"entry":[` + entries + `]}`
	}
	for _, c := range []struct{ name, body, want, text string }{
		{"just it", page("", ours), "Bundle/b1", ""},
		{"it with a note from the server", page("", `{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"informational"}]},"search":{"mode":"outcome"}},`+ours), "Bundle/b1", ""},
		{"it among others", page("", `{"resource":{"resourceType":"Bundle","id":"b0","identifier":{"system":"urn:x","value":"1"}}},`+ours), "Bundle/b1", ""},
		{"it twice on the page", page("", ours+","+ours), "Bundle/b1", ""},
		{"nothing", `{"resourceType":"Bundle","type":"searchset","total":0}`, "", ""},
		{"something included", page("", `{"resource":{"resourceType":"Organization","id":"o1"},"search":{"mode":"include"}}`), "", ""},
		{"a count without rows", `{"resourceType":"Bundle","type":"searchset","total":1}`, "", "counts what it does not show"},
		{"a failure within the page", page("", `{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","diagnostics":"Anna Andersson"}]}}`), "", "failed in part (timeout)"},
		{"a document", `{"resourceType":"Bundle","type":"document"}`, "", "a resource of type Bundle instead of a searchset"},
		{"an outcome", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}`, "", "OperationOutcome instead of a searchset (exception)"},
		{"a list", `[]`, "", "cannot be read as FHIR"},
		{"nothing at all", ``, "", "answered with nothing"},
		{"XML", `<Bundle xmlns="http://hl7.org/fhir"/>`, "", "answered with XML"},
		{"a next page elsewhere", `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"https://other.example/Bundle"}]}`, "", "another origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/fhir+json")
				fmt.Fprint(w, c.body)
			}))
			r, there, err := f.Delivered(t.Context(), d.ID, "")
			switch {
			case c.text != "":
				said(t, err, adapters.Protocol, c.text)
				if there || strings.Contains(err.Error(), "Andersson") {
					t.Errorf("%v, %v", there, err)
				}
			case err != nil || r.Document != c.want || there != (c.want != ""):
				t.Errorf("%+v, %v, %v", r, there, err)
			}
		})
	}
}

func TestWhatMustNotBeSent(t *testing.T) {
	h := newHome()
	f, _ := serve(t, h)
	d := delivery(1)
	for name, body := range map[string]string{
		"no JSON":                       `{`,
		"a Bundle without identifier":   `{"resourceType":"Bundle","type":"document"}`,
		"a Bundle of another handover":  string(delivery(2).Document),
		"a Bundle that is no document":  strings.Replace(string(d.Document), `"type": "document"`, `"type": "transaction"`, 1),
		"a Task where a Bundle belongs": string(taskOf(d.ID, adapters.Receipt{})),
	} {
		if body == string(d.Document) {
			t.Fatal("the row changes nothing")
		}
		_, staging := f.Stage(t.Context(), adapters.Delivery{ID: d.ID, Document: []byte(body)})
		_, delivering := f.Deliver(t.Context(), adapters.Delivery{ID: d.ID, Document: []byte(body)}, "")
		for _, err := range []error{staging, delivering} {
			if err == nil {
				t.Errorf("%s is sent", name)
			}
		}
	}
	for name, body := range map[string][]byte{
		"a Task of another handover":    taskOf(delivery(2).ID, adapters.Receipt{}),
		"a Bundle where a Task belongs": d.Document,
	} {
		if _, err := f.Announce(t.Context(), d.ID, adapters.Receipt{Document: "Bundle/1"}, body); err == nil {
			t.Errorf("%s is sent", name)
		}
	}
	if h.asked("") != 0 {
		t.Error("the server was asked all the same")
	}
}

// A write that may have been carried out is never sent again before a search.
func TestNothingIsSentTwiceWithoutAsking(t *testing.T) {
	for _, status := range []int{500, 502, 503, 504} {
		h := newHome()
		f, s := serve(t, h)
		var asked []string
		s.Fail(func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
			asked = append(asked, r.Method)
			if r.Method == http.MethodPost {
				w.WriteHeader(status)
				return
			}
			healthy.ServeHTTP(w, r)
		}, adaptertest.Always)
		if _, err := f.Deliver(t.Context(), delivery(1), ""); err == nil {
			t.Fatal("delivered")
		}
		if got, want := strings.Join(asked, " "), "GET POST GET POST GET POST GET"; got != want {
			t.Errorf("after %d: %s, want %s", status, got, want)
		}
	}
}

func TestRetryAfterIsWaitedForAndTold(t *testing.T) {
	for _, c := range []struct {
		name, header string
		pause, told  time.Duration
	}{
		{"seconds", "7", 7 * time.Second, 7 * time.Second},
		{"more than we wait", "3600", 2 * time.Minute, time.Hour},
		{"none", "", 500 * time.Millisecond, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var paused []time.Duration
			f, s := serve(t, newHome(), func(o *FHIROptions) {
				o.Retries = 1
				o.Sleep = func(_ context.Context, d time.Duration) error { paused = append(paused, d); return nil }
			})
			s.Fail(adaptertest.Status(503, "Retry-After", c.header), func(_ int, r *http.Request) bool { return r.Method == http.MethodPost })
			_, err := f.Deliver(t.Context(), delivery(1), "")
			var e *adapters.Error
			if !errors.As(err, &e) || e.Class != adapters.Wait || e.After != c.told {
				t.Errorf("told %+v", e)
			}
			if len(paused) != 1 || paused[0] != c.pause {
				t.Errorf("paused %v", paused)
			}
		})
	}
}

// Nothing of a handover, nor a question's address, is in the log at any level.
func TestTheLogIsSilentAboutWhatIsSent(t *testing.T) {
	var log bytes.Buffer
	h := newHome()
	d := delivery(1)
	h.put(bundleOf("b1", d.ID))
	h.put(bundleOf("b2", d.ID))
	f, s := serve(t, h, func(o *FHIROptions) { o.Logger = zerolog.New(&log) })
	s.Fail(adaptertest.Status(500), func(n int, r *http.Request) bool { return r.Method == http.MethodPost && n < 4 })
	r, err := f.Deliver(t.Context(), d, "")
	check(t, err)
	r, err = f.Announce(t.Context(), d.ID, r, taskOf(d.ID, r))
	check(t, err)
	check(t, f.Cancel(t.Context(), r, "Anna Andersson har ångrat sig"))
	text := log.String()
	for _, secret := range []string{d.ID, "?", "identifier", "Andersson", "top-secret-token", s.URL} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, told := range []string{"several stand for one handover", "Bundle/b1", "asking whether it has it before sending again"} {
		if !strings.Contains(text, told) {
			t.Errorf("the log does not say %q: %s", told, text)
		}
	}
}

func TestCheckOfAServer(t *testing.T) {
	for _, c := range []struct {
		name    string
		server  func(*home)
		fault   adaptertest.Fault
		when    func(int, *http.Request) bool
		what    string
		verdict adapters.Verdict
		do      string
	}{
		{"all is well", func(*home) {}, nil, nil, "", adapters.OK, ""},
		{"documents are not taken", func(h *home) { h.without = "create Bundle" }, nil, nil, "take documents", adapters.Fail, "kind: outbox"},
		{"documents are not taken once", func(h *home) { h.without = "conditional Bundle" }, nil, nil, "take a document once", adapters.Warn, "conditional create"},
		{"Tasks are not taken", func(h *home) { h.without = "create Task" }, nil, nil, "give staff a Task", adapters.Fail, "create, read and update"},
		{"Tasks cannot be read", func(h *home) { h.without = "read Task" }, nil, nil, "give staff a Task", adapters.Fail, "create, read and update"},
		{"Tasks cannot be cancelled", func(h *home) { h.without = "update Task" }, nil, nil, "give staff a Task", adapters.Fail, "create, read and update"},
		{"Tasks have no versions", func(h *home) { h.without = "versions Task" }, nil, nil, "cancel a Task without undoing what staff do", adapters.Warn, "If-Match"},
		{"the search finds others", func(h *home) { h.unsearched = true; h.put(bundleOf("b1", delivery(1).ID)) }, nil, nil, "search Bundle by identifier", adapters.Fail, "might be sent twice"},
		{"nobody is let in", func(*home) {}, adaptertest.Status(401), func(_ int, r *http.Request) bool { return r.URL.Path != "/metadata" }, "sign in", adapters.Fail, "auth.token"},
		{"Tasks may not be searched", func(*home) {}, adaptertest.Status(403), func(_ int, r *http.Request) bool { return r.URL.Path == "/Task" }, "search Task by identifier", adapters.Fail, "let this client read and search Task"},
		{"the server is another one", func(*home) {}, adaptertest.Status(404), adaptertest.Always, "reach the server", adapters.Fail, "must be the FHIR base"},
		{"a login page", func(*home) {}, adaptertest.WebPage(200), adaptertest.Always, "reach the server", adapters.Fail, "without a login page"},
		{"a server of R5", func(*home) {}, adaptertest.Body(200, fhirJSON, `{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}`), adaptertest.Always, "reach the server", adapters.Fail, "R4 base"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome()
			c.server(h)
			before := h.count("Bundle")
			f, s := serve(t, h)
			s.Fail(c.fault, c.when)
			found := c.what == ""
			for _, r := range f.Check(t.Context()) {
				switch {
				case r.What == c.what:
					found = true
					if r.Verdict != c.verdict || !strings.Contains(r.Do, c.do) {
						t.Errorf("%+v", r)
					}
				case r.Verdict != adapters.OK:
					t.Errorf("besides: %+v", r)
				}
			}
			if !found {
				t.Errorf("nothing is said of %q", c.what)
			}
			if h.count("Bundle") != before || h.asked("POST") > 0 {
				t.Error("the check wrote something")
			}
		})
	}
}

func TestATokenThatExpiresInTheMiddleIsRenewed(t *testing.T) {
	h := newHome()
	tokens := 0
	issue := adaptertest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tokens++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":3600}`, tokens)
	}))
	f, s := serve(t, h, func(o *FHIROptions) {
		o.Auth = wire.Auth{Kind: wire.AuthClientCredentials, ClientID: "brygga", ClientSecret: "x", TokenURL: issue.URL}
	})
	s.Fail(adaptertest.Status(401), func(_ int, r *http.Request) bool {
		return r.Method == http.MethodPost && r.Header.Get("Authorization") == "Bearer t1"
	})
	if _, err := f.Deliver(t.Context(), delivery(1), ""); err != nil || tokens != 2 || h.count("Bundle") != 1 {
		t.Errorf("%v, %d tokens, %d documents", err, tokens, h.count("Bundle"))
	}
}

// What a refusal says, and what it leaves unsaid.
func TestRefusals(t *testing.T) {
	outcome := func(issues string) string { return `{"resourceType":"OperationOutcome","issue":[` + issues + `]}` }
	for _, c := range []struct {
		name   string
		status int
		body   string
		class  adapters.Class
		want   string
	}{
		{"a document that the server does not like", 422, outcome(`{"severity":"error","code":"invariant","expression":["Bundle.entry[3].resource"],"diagnostics":"Anna Andersson"}`), adapters.Rejected, "answered 422 Unprocessable Entity (invariant, Bundle.entry[3].resource); ask the care home's IT what its server wants of a Bundle"},
		{"a code that is none", 400, outcome(`{"severity":"error","code":"anna 195009072553"}`), adapters.Rejected, "(unknown)"},
		{"a path that is none", 400, outcome(`{"severity":"error","code":"value","expression":["Bundle.where(name='Andersson')"]}`), adapters.Rejected, "(value);"},
		{"notes besides", 400, outcome(`{"severity":"warning","code":"informational"},{"severity":"error","code":"value"},{"severity":"error","code":"value"}`), adapters.Rejected, "(value);"},
		{"a document that is too large", 413, "", adapters.Rejected, "answered 413 Request Entity Too Large to 1 kB; have the care home raise the limit"},
		{"a client that may not write", 403, outcome(`{"severity":"error","code":"forbidden"}`), adapters.Credentials, "have the care home let this client create Bundle at its server"},
		{"a server without documents", 404, outcome(`{"severity":"error","code":"not-supported"}`), adapters.Rejected, "(not-supported); check url of this care home, and that its server has the type Bundle"},
		{"a token that is wrong", 401, "", adapters.Credentials, "auth.token"},
		{"an address that moved", 301, "", adapters.Protocol, "the server sends us elsewhere"},
		{"a refusal in no words", 400, `no JSON`, adapters.Rejected, "answered 400 Bad Request; ask"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, s := serve(t, newHome())
			s.Fail(adaptertest.Body(c.status, fhirJSON, c.body), func(_ int, r *http.Request) bool { return r.Method == http.MethodPost })
			_, err := f.Deliver(t.Context(), delivery(1), "")
			said(t, err, c.class, c.want)
			if err != nil && (!strings.HasPrefix(err.Error(), "solgarden, document: ") || strings.Contains(err.Error(), "Andersson") || strings.Contains(err.Error(), "1950")) {
				t.Errorf("it says %v", err)
			}
		})
	}
}
