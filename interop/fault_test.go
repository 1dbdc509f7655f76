package interop

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fault is one way in which reading goes wrong.
type fault struct {
	name string
	// typ and page say what it hits: page 2 is one that a next link leads to.
	typ  string
	page int
	// instead makes the answer; it may ask the server first.
	instead func(forward func() reply) reply
	// kind and says must be in what brygga tells, in one line.
	kind, says string
}

func status(code int, headers ...string) func(func() reply) reply {
	h := http.Header{"Content-Type": {"application/fhir+json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	body := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing"}]}`
	return func(func() reply) reply { return reply{answer: answer{code, h, []byte(body)}} }
}

func instead(contentType, body string) func(func() reply) reply {
	return func(func() reply) reply {
		return reply{answer: answer{http.StatusOK, http.Header{"Content-Type": {contentType}}, []byte(body)}}
	}
}

// bent changes the Bundle that the server answers.
func bent(how func(bundle resource)) func(func() reply) reply {
	return func(forward func() reply) reply {
		a := forward()
		var b resource
		if json.Unmarshal(a.body, &b) == nil {
			how(b)
			a.body, _ = json.Marshal(b) // it was JSON a line ago
		}
		return a
	}
}

func nextTo(address func(next string) string) func(resource) {
	return func(b resource) {
		for _, l := range list(b, "link") {
			if m, ok := l.(map[string]any); ok && m["relation"] == "next" {
				m["url"] = address(text(l, "url"))
			}
		}
	}
}

var faults = []fault{
	{"the sign-in is refused for one kind", "CareTeam", 1, status(401, "WWW-Authenticate", "Bearer"), "assignment", "401"},
	{"one kind may not be read", "Observation", 1, status(403), "contact-decision", "403"},
	{"one kind may no longer be read on its second page", "Procedure", 2, status(403), "review", "403"},
	{"the server fails on one kind", "CarePlan", 1, status(500), "plan", "500"},
	{"the server is overloaded", "EpisodeOfCare", 1, status(503, "Retry-After", "1"), "placement", "503"},
	{"a page breaks off, however often it is asked for", "ServiceRequest", 2, func(forward func() reply) reply {
		a := forward()
		a.cut = len(a.body) / 2
		return a
	}, "service", "truncated"},
	{"a page ends too early and looks whole to HTTP", "PractitionerRole", 2, func(forward func() reply) reply {
		a := forward()
		a.body = a.body[:bytes.LastIndexByte(a.body[:len(a.body)/2], '"')]
		return a
	}, "employment", "truncated"},
	{"a page is no JSON in its middle", "ServiceRequest", 2, func(forward func() reply) reply {
		a := forward()
		a.body[bytes.LastIndex(a.body[:len(a.body)/2], []byte(`":`))+1] = ';' // the colon after a key, and not one within a text
		return a
	}, "service", "cannot be read"},
	{
		"an OperationOutcome comes with status 200", "Patient", 1,
		instead("application/fhir+json", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]}`), "client", "OperationOutcome",
	},
	{
		"a sign-in page comes with status 200", "CareTeam", 1,
		instead("text/html; charset=utf-8", "<!DOCTYPE html><html><body>Logga in</body></html>"), "assignment", "web page",
	},
	{"nothing at all comes with status 200", "Practitioner", 2, instead("application/fhir+json", ""), "staff", "nothing"},
	{"the next page is on another machine", "Procedure", 1, bent(nextTo(func(string) string { return "http://127.0.0.1:9/fhir/Procedure?page=2" })), "review", "127.0.0.1:9"},
	{"the pages go round", "PractitionerRole", 2, bent(func(b resource) {
		for _, l := range list(b, "link") {
			if text(l, "relation") == "self" {
				b["link"] = []any{l, map[string]any{"relation": "next", "url": text(l, "url")}}
			}
		}
	}), "employment", "page"},
	{"a page is a Bundle of another type", "CarePlan", 1, bent(func(b resource) { b["type"] = "history" }), "plan", "history"},
	{"a page holds another type", "Observation", 1, instead("application/fhir+json",
		`{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"resource":{"resourceType":"Appointment","id":"a1"}}]}`), "contact-decision", "page 1"},
	{"the Flags may not be read back", "Flag", 1, status(403), "Flag", "403"},
	{
		"the Tasks cannot be read back", "Task", 1,
		instead("text/html", "<html><body>Underhåll</body></html>"), "Task", "web page",
	},
	{"every connection breaks", "", 0, func(func() reply) reply { return reply{drop: true} }, "", "connection"},
}

// A run that reads less than everything closes nothing and opens nothing, for
// anybody; it says what it could not read, where, and what to do. When all can be
// read again, the next run follows what had happened in between.
func TestIncompleteReadingChangesNothing(t *testing.T) {
	m := load(t)
	tenant := newTenant()
	whole := install(t, settings{tenant: tenant, unit: m.unit(), page: 20})
	whole.night()
	// There is something to close, to open and to update; with faults, none of it is done.
	m.review(m.client("plan-review-overdue"))
	m.vacate(m.client("plan-due-in-ten-days"))
	before := standing(t, tenant)

	t.Run("while", func(t *testing.T) {
		for _, f := range faults {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel() // brygga waits between its attempts
				if f.typ == "" && testing.Short() {
					t.Skip("it takes half a minute until every kind has been tried")
				}
				p := between(t)
				p.on(func(x *exchange, forward func() reply) reply {
					if f.typ == "" || x.typ == f.typ && x.page == f.page {
						return f.instead(forward)
					}
					return forward()
				})
				in := whole.copy(t, p.base)
				in.incomplete(t, in.brygga("run", "reconcile"), f)
				if n := p.written(); n > 0 {
					t.Errorf("%d requests that write were sent", n)
				}
			})
		}
		t.Run("nobody listens at the address", func(t *testing.T) {
			t.Parallel()
			if testing.Short() {
				t.Skip("it takes half a minute until every kind has been tried")
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			address := "http://" + l.Addr().String() + "/fhir"
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			in := whole.copy(t, address)
			in.incomplete(t, in.brygga("run", "reconcile"), fault{says: "refused the connection"})
		})
	})

	m.same(t, before, standing(t, tenant), "while something could not be read")
	whole.night()
	m.just(t, before, standing(t, tenant),
		"Flag plan.review, plan-review-overdue", "Task plan.review, plan-review-overdue",
		"Flag contact.vacant, plan-due-in-ten-days", "Task contact.vacant, plan-due-in-ten-days", "Task plan.review, plan-due-in-ten-days")
}

// incomplete demands exit code 3 and a line that says source, kind and page (where
// everything fails, any kinds), what, and what to do, without an address' query.
func (in *installation) incomplete(t testing.TB, e ended, f fault) {
	t.Helper()
	if e.exit != 3 {
		t.Errorf("brygga ended with %d: %s%s", e.exit, e.out, e.err)
	}
	where := "journal, " + regexp.QuoteMeta(f.kind)
	if f.page > 0 && f.kind != "Flag" && f.kind != "Task" { // these are probed before they are read
		where += ", page " + number(f.page)
	}
	line := regexp.MustCompile(`(?m)^! ` + where + `.*`).FindString(e.out)
	if line == "" {
		t.Fatalf("nothing is said of %q:\n%s", where, e.out)
	}
	if !strings.Contains(line, f.says) {
		t.Errorf("%q is not in: %s", f.says, line)
	}
	if _, do, found := strings.Cut(line, "; "); !found || len(do) < 10 {
		t.Errorf("what to do is not said: %s", line)
	}
	for _, secret := range []string{"_count=", "?", "goroutine", under.token} {
		if secret != "" && strings.Contains(e.out+e.err, secret) {
			t.Errorf("%q is in what is said:\n%s%s", secret, e.out, e.err)
		}
	}
}

// copy gives another installation in the same state, which reads elsewhere.
func (in *installation) copy(t testing.TB, base string) *installation {
	t.Helper()
	c := &installation{t: t, dir: t.TempDir(), tenant: in.tenant}
	files, err := os.ReadDir(in.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(in.dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() == "brygga.yaml" {
			content = bytes.ReplaceAll(content, []byte("url: "+under.base), []byte("url: "+base))
		}
		c.file(f.Name(), string(content))
	}
	return c
}

// A list that is suddenly empty is not believed: every record that it lacks is
// asked for by its id, and is there.
func TestAListThatIsSuddenlyEmptyClosesNothing(t *testing.T) {
	m := unchanging(t)
	tenant := newTenant()
	whole := install(t, settings{tenant: tenant, unit: m.unit()})
	whole.night()
	before := standing(t, tenant)
	for _, typ := range []string{"CarePlan", "CareTeam", "EpisodeOfCare", "Patient", "Practitioner"} {
		p := between(t)
		p.on(func(x *exchange, forward func() reply) reply {
			if x.typ != typ || !x.search() {
				return forward()
			}
			return bent(func(b resource) {
				delete(b, "entry")
				b["total"], b["link"] = 0, []any{}
			})(forward)
		})
		in := whole.copy(t, p.base)
		if e := in.reconcile(); e.exit != 0 && e.exit != 3 {
			t.Errorf("no %s: brygga ended with %d: %s%s", typ, e.exit, e.out, e.err)
		}
		m.same(t, before, standing(t, tenant), "when there was no "+typ+" in the list")
	}
	whole.night()
	m.same(t, before, standing(t, tenant), "when the lists were whole again")
}

// One record that cannot be read keeps its client as it is, and nobody else.
func TestARecordThatCannotBeReadHoldsOnlyItsClient(t *testing.T) {
	m := load(t)
	p := between(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p})
	in.night()
	before := standing(t, tenant)
	held := m.client("plan-review-overdue")
	m.review(held)
	m.review(m.client("protected-and-plan-overdue"))
	broken := m.of("CarePlan", held)[0].ref()
	p.on(func(x *exchange, forward func() reply) reply {
		if x.typ != "CarePlan" || !x.search() {
			return forward()
		}
		return bent(func(b resource) {
			for _, e := range list(b, "entry") {
				if r, ok := at(e, "resource").(map[string]any); ok && resource(r).ref() == broken {
					r["created"] = "2026-02-30"
				}
			}
		})(forward)
	})
	e := in.reconcile()
	p.on(nil)
	named := false
	for _, q := range e.rep.Quarantine {
		named = named || q.Record == broken
	}
	if e.exit != 3 || !named {
		t.Errorf("brygga ended with %d, and %s is named: %v", e.exit, broken, named)
	}
	after := standing(t, tenant)
	m.just(t, before, after, "Flag plan.review, protected-and-plan-overdue", "Task plan.review, protected-and-plan-overdue")
	in.night()
	m.just(t, after, standing(t, tenant), "Flag plan.review, plan-review-overdue", "Task plan.review, plan-review-overdue")
}
