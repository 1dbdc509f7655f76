package interop

import (
	"net/http"
	"strings"
	"testing"
)

// Servers that can do less than the one under test, which the proxy makes of it:
// what stands in the end is the same.
func TestServersThatCanDoLess(t *testing.T) {
	m := load(t)
	refused := func(status int, code string) reply {
		return reply{answer: answer{
			status,
			http.Header{"Content-Type": {"application/fhir+json"}},
			[]byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"` + code + `"}]}`),
		}}
	}
	lesser := map[string]func(x *exchange) (reply, bool){
		"a search by tag is refused": func(x *exchange) (reply, bool) {
			return refused(http.StatusBadRequest, "not-supported"), strings.Contains(x.query, "_tag=")
		},
		"a search by tag is passed over": func(x *exchange) (reply, bool) {
			x.query = without(x.query, "_tag")
			return reply{}, false
		},
		"there are no transactions": func(x *exchange) (reply, bool) {
			return refused(http.StatusMethodNotAllowed, "not-supported"), x.writing() && x.typ == ""
		},
		"a transaction takes three entries": func(x *exchange) (reply, bool) {
			return refused(http.StatusRequestEntityTooLarge, "too-costly"), x.writing() && x.typ == "" && len(list(parse(t, x.body), "entry")) > 3
		},
	}
	beside := newTenant() // whose Flags and Tasks must not be taken for one's own
	install(t, settings{tenant: beside, unit: m.unit()}).night()
	theirs := standing(t, beside)
	installed := map[string]*installation{}
	for name, less := range lesser {
		p := between(t)
		p.on(func(x *exchange, forward func() reply) reply {
			if a, instead := less(x); instead {
				return a
			}
			return forward()
		})
		installed[name] = install(t, settings{tenant: newTenant(), unit: m.unit(), proxy: p})
	}
	want := m.expected(t, "national")
	for name, in := range installed {
		t.Run(name+", on the first night", func(t *testing.T) {
			in.night()
			stands := standing(t, in.tenant)
			m.asExpected(t, stands, want)
			in.night()
			m.same(t, stands, standing(t, in.tenant), "on the second night")
		})
	}
	m.review(m.client("plan-review-overdue"))
	m.vacate(m.client("plan-due-in-ten-days"))
	for name, in := range installed {
		t.Run(name+", on the next day", func(t *testing.T) {
			before := standing(t, in.tenant)
			in.night()
			m.just(t, before, standing(t, in.tenant),
				"Flag plan.review, plan-review-overdue", "Task plan.review, plan-review-overdue",
				"Flag contact.vacant, plan-due-in-ten-days", "Task contact.vacant, plan-due-in-ten-days", "Task plan.review, plan-due-in-ten-days")
		})
	}
	m.same(t, theirs, standing(t, beside), "to another tenant's")
}

// without takes a parameter out of a query and leaves the rest as it is.
func without(query, name string) string {
	var kept []string
	for _, p := range strings.Split(query, "&") {
		if !strings.HasPrefix(p, name+"=") {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "&")
}
