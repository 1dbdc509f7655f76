package interop

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// gate holds the first write of each of several runs until all have come so far:
// then each has made its plan before any of them writes. A run that has nothing
// to write must not hold the others for ever.
type gate struct {
	mu      sync.Mutex
	waiting int
	of      int
	open    chan struct{}
}

func newGate(of int) *gate { return &gate{of: of, open: make(chan struct{})} }

func (g *gate) pass() (together bool) {
	g.mu.Lock()
	if g.waiting++; g.waiting == g.of {
		close(g.open)
	}
	g.mu.Unlock()
	select {
	case <-g.open:
		return true
	case <-time.After(20 * time.Second):
		return false
	}
}

// held lets the first write of each run wait at a gate.
func held(t testing.TB, g *gate, proxies ...*proxy) {
	for _, p := range proxies {
		var first sync.Once
		p.on(func(x *exchange, forward func() reply) reply {
			if x.writing() {
				first.Do(func() {
					if !g.pass() {
						t.Error("the runs did not come to their first write together")
					}
				})
			}
			return forward()
		})
	}
}

// Two machines with a store each, and one tenant: both see that nothing stands,
// and both write. Later both see the same changes, and both write again.
func TestTwoRunsAtOnceWriteNothingTwice(t *testing.T) {
	m := load(t)
	tenant := newTenant()
	proxies := []*proxy{between(t), between(t)}
	var both []*installation
	for _, p := range proxies {
		both = append(both, install(t, settings{tenant: tenant, unit: m.unit(), proxy: p, size: 5}))
	}
	atOnce := func() {
		t.Helper()
		held(t, newGate(2), proxies...)
		var calls []*call
		for _, in := range both {
			calls = append(calls, in.start("run", "reconcile", "-o", "json"))
		}
		for _, c := range calls {
			c.wait().well(t)
		}
		for _, p := range proxies {
			p.on(nil)
		}
	}
	atOnce()
	stands := standing(t, tenant)
	m.asExpected(t, stands, m.expected(t, "national"))

	for _, story := range []string{"plan-review-overdue", "plan-due-in-ten-days"} {
		m.vacate(m.client(story))
	}
	m.review(m.client("protected-and-plan-overdue"))
	before := stands
	atOnce()
	stands = standing(t, tenant)
	once(t, stands)
	m.just(t, before, stands,
		"Flag contact.vacant, plan-review-overdue", "Task contact.vacant, plan-review-overdue", "Task plan.review, plan-review-overdue",
		"Flag contact.vacant, plan-due-in-ten-days", "Task contact.vacant, plan-due-in-ten-days", "Task plan.review, plan-due-in-ten-days",
		"Flag plan.review, protected-and-plan-overdue", "Task plan.review, protected-and-plan-overdue")
	for _, in := range both {
		in.night()
	}
	m.same(t, stands, standing(t, tenant), "after both had written")
}

// Two processes on one store: the second waits, or is told that another run goes on.
func TestASecondRunOnOneStoreWaitsOrIsTold(t *testing.T) {
	m := unchanging(t)
	p, q := between(t), between(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p})
	other := install(t, settings{tenant: tenant, unit: m.unit(), proxy: q})
	shared := other.file("brygga.yaml", strings.Replace(other.config(), "sqlite:brygga.db", "sqlite:"+in.dir+"/brygga.db", 1))
	if content, err := os.ReadFile(shared); err != nil || !strings.Contains(string(content), in.dir) {
		t.Fatalf("the second configuration does not name the first one's store: %v", err)
	}

	writing, goOn := make(chan struct{}), make(chan struct{})
	var begun sync.Once
	p.on(func(x *exchange, forward func() reply) reply {
		if x.writing() {
			begun.Do(func() { close(writing) })
			<-goOn
		}
		return forward()
	})
	one := in.start("run", "reconcile", "-o", "json")
	select {
	case <-writing:
	case <-time.After(30 * time.Second):
		t.Fatal("the first run did not come to write")
	}
	two := other.start("run", "reconcile")
	over := make(chan ended, 1)
	go func() { over <- two.wait() }()
	var second ended
	told := false
	select {
	case second = <-over:
		told = true
	case <-time.After(5 * time.Second): // it waits
	}
	if n := q.written(); n > 0 {
		t.Errorf("the second run sent %d requests that write while the first one was at it", n)
	}
	close(goOn)
	one.wait().well(t)
	if !told {
		second = <-over
		second.well(t)
	} else if second.exit == 0 || !strings.Contains(second.err, "another run") {
		t.Errorf("the second run ended with %d and said: %s%s", second.exit, second.out, second.err)
	}
	stands := standing(t, tenant)
	m.asExpected(t, stands, m.expected(t, "national"))
	other.night()
	m.same(t, stands, standing(t, tenant), "after the two runs")
}

// Two tenants write for one municipality on one server, by turns.
func TestTwoTenantsLeaveEachOtherAlone(t *testing.T) {
	m := load(t)
	a, b := newTenant(), newTenant()
	inA, inB := install(t, settings{tenant: a, unit: m.unit()}), install(t, settings{tenant: b, unit: m.unit()})
	inA.night()
	ofA := standing(t, a)
	inB.night()
	ofB := standing(t, b)
	m.same(t, ofA, standing(t, a), "by the other tenant")
	m.alike(t, ofB, ofA)
	ids := map[string]bool{}
	for _, o := range ofA {
		ids[o.finding] = true
	}
	for _, o := range ofB {
		if ids[o.finding] {
			t.Errorf("%s has one identity for two tenants", m.label(o))
		}
	}

	m.review(m.client("plan-review-overdue"))
	m.vacate(m.client("plan-due-in-ten-days"))
	inB.night("--full")
	m.same(t, ofA, standing(t, a), "by the other tenant, when things changed")
	inA.night()
	m.same(t, standing(t, b), standing(t, b), "between two readings")
	m.alike(t, standing(t, b), standing(t, a))
	before := standing(t, b)
	inA.night()
	inB.night()
	m.same(t, before, standing(t, b), "when nothing had changed")
}
