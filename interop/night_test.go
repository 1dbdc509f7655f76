package interop

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A night on a municipality that nobody has written for before, in each pack: the
// stories of these clients bring the same Flags and Tasks in all of them, and a
// pack that asks for more must not bring more for those who are settled.
func TestTheFirstNightWritesWhatTheStoriesSay(t *testing.T) {
	m := unchanging(t)
	foreign := load(t) // whose unit does not take part
	for _, pack := range []string{"national", "botkyrka", "hemvard"} {
		t.Run(pack, func(t *testing.T) {
			m.t = t
			tenant := newTenant()
			in := install(t, settings{tenant: tenant, unit: m.unit(), pack: pack})
			first := in.night()
			stands := standing(t, tenant)
			want := m.expected(t, pack)
			m.asExpected(t, stands, want)
			n := 0
			for _, w := range want {
				if w.flag {
					n++
				}
				if w.task {
					n++
				}
			}
			if n < 16 {
				t.Errorf("the stories expect only %d Flags and Tasks", n)
			}
			if a := first.rep.Applied; a == nil || a.Created != n || a.Updated+a.Closed+a.Refused+a.Failed != 0 {
				t.Errorf("the report says %+v, and %d are to be created", a, n)
			}
			if first.rep.Totals.Hold == 0 {
				t.Error("findings of the unit that does not take part are not held back")
			}
			for _, o := range stands {
				if foreign.clean[o.client] != "" {
					t.Errorf("%s stands for a client of a unit that does not take part", o)
				}
			}
		})
	}
}

func TestNothingWithoutMarksIsEverWritten(t *testing.T) {
	m := unchanging(t)
	tenant := newTenant()
	install(t, settings{tenant: tenant, unit: m.unit()}).night()
	ours := 0
	for _, typ := range []string{"Flag", "Task"} {
		for _, r := range under.search(t, typ, nil) { // all there are, whatever their marks
			if m.clean[subject(r)] == "" {
				continue
			}
			ours++
			if o := asOwn(t, r); !strings.HasPrefix(tenantOf(r), "interop-") {
				t.Errorf("%s about one of these clients has the tenant %q", o, tenantOf(r))
			}
		}
	}
	if ours == 0 {
		t.Error("nothing was found about these clients")
	}
}

func TestASecondNightWritesNothing(t *testing.T) {
	m := unchanging(t)
	p := between(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p})
	in.night()
	before := standing(t, tenant)
	if p.written() == 0 {
		t.Fatal("the first night wrote nothing through the proxy")
	}
	for range 2 {
		in.night()
		if n := p.written(); n > 0 {
			t.Errorf("a night with nothing to do sent %d requests that write", n)
		}
	}
	in.night("--full")
	elsewhere := install(t, settings{tenant: tenant, unit: m.unit()}) // with an empty store
	elsewhere.night()
	m.same(t, before, standing(t, tenant), "on a second night")
}

func TestReportModeWritesNothing(t *testing.T) {
	m := unchanging(t)
	p := between(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), mode: "report", proxy: p})
	rep := in.night().rep
	if rep.Totals.Hold < 16 || rep.Totals.Create+rep.Totals.Update+rep.Totals.Close > 0 {
		t.Errorf("the report's totals are %+v", rep.Totals)
	}
	if e := in.brygga("preview"); e.exit != 0 && e.exit != 3 {
		t.Errorf("preview ended with %d: %s", e.exit, e.err)
	}
	if n := p.written(); n > 0 {
		t.Errorf("%d requests that write were sent in report mode", n)
	}
	if all := standing(t, tenant); len(all) > 0 {
		t.Errorf("%d Flags and Tasks stand after nights of reporting", len(all))
	}
}

// Report mode also leaves what stands already, whatever happens to the facts.
func TestReportModeLeavesWhatStands(t *testing.T) {
	m := load(t)
	tenant := newTenant()
	install(t, settings{tenant: tenant, unit: m.unit()}).night()
	before := standing(t, tenant)
	m.review(m.client("plan-review-overdue"))
	in := install(t, settings{tenant: tenant, unit: m.unit(), mode: "report"})
	in.night()
	m.same(t, before, standing(t, tenant), "in report mode")
}

// What goes to the server must be what brygga says of itself: requests that
// write carry only Flags and Tasks, each with a condition.
func TestEveryWriteHasACondition(t *testing.T) {
	m := unchanging(t)
	p := between(t)
	tenant := newTenant()
	p.on(func(x *exchange, forward func() reply) reply {
		if x.writing() {
			conditional(t, x)
		}
		return forward()
	})
	install(t, settings{tenant: tenant, unit: m.unit(), proxy: p, size: 4}).night()
	if p.written() == 0 {
		t.Error("nothing was written")
	}
}

func conditional(t testing.TB, x *exchange) {
	if x.typ != "" { // singly, for a server without transactions: the condition is a header
		if x.typ != "Flag" && x.typ != "Task" {
			t.Errorf("%s %s", x.method, x.path)
		}
		return
	}
	for _, e := range list(parse(t, x.body), "entry") {
		typ, condition := text(e, "resource", "resourceType"), text(e, "request", "ifNoneExist")
		if typ != "Flag" && typ != "Task" {
			t.Errorf("a %s is written", typ)
		}
		q, err := url.ParseQuery(condition)
		if text(e, "request", "method") == http.MethodPost && (err != nil || !strings.HasPrefix(q.Get("identifier"), ours+"/finding|")) {
			t.Errorf("a create without a condition on the identifier: %q", condition)
		}
		if text(e, "request", "method") == http.MethodPut && text(e, "request", "ifMatch") == "" {
			t.Error("an update without If-Match")
		}
	}
}
