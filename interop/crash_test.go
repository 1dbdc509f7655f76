package interop

import (
	"fmt"
	"sync"
	"testing"
)

// The process is killed in the middle of writing, as by a power cut: at the n-th
// request that writes, before it reaches the server, or after the server has
// carried it out and before brygga hears of it. The next run finishes the night.
func TestAKilledRunIsFinishedByTheNext(t *testing.T) {
	m := unchanging(t)
	reference := newTenant()
	install(t, settings{tenant: reference, unit: m.unit()}).night()
	want := standing(t, reference)
	m.asExpected(t, want, m.expected(t, "national"))

	for _, n := range []int{1, 2, 4} {
		for _, after := range []bool{false, true} {
			when := "before"
			if after {
				when = "after"
			}
			t.Run(fmt.Sprintf("at write %d, %s the server carries it out", n, when), func(t *testing.T) {
				p := between(t)
				tenant := newTenant()
				in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p, size: 3})
				killAt(p, n, after)
				c := in.start("run", "reconcile", "-o", "json")
				c.wait()
				p.on(nil)
				if !c.killed() {
					t.Fatal("the run ended before it could be killed")
				}
				part := standing(t, tenant)
				once(t, part)
				if len(part) >= len(want) || after && len(part) == 0 {
					t.Errorf("%d of %d stand after the kill", len(part), len(want))
				}
				in.night()
				stands := standing(t, tenant)
				once(t, stands)
				m.alike(t, stands, want)
				kept := versions(stands)
				for ref, v := range versions(part) {
					if kept[ref] != v {
						t.Errorf("%s was written again", ref)
					}
				}
				in.night()
				m.same(t, stands, standing(t, tenant), "on the run after that")
			})
		}
	}
}

// killAt kills the run at its n-th request that writes. Once killed, nothing of
// it reaches the server any more.
func killAt(p *proxy, n int, after bool) {
	var mu sync.Mutex
	dead := false
	p.on(func(x *exchange, forward func() reply) reply {
		mu.Lock()
		defer mu.Unlock()
		if dead {
			return reply{drop: true}
		}
		if !x.writing() {
			return forward()
		}
		if n--; n > 0 {
			return forward()
		}
		if after {
			forward()
		}
		dead = true
		_ = p.child.Load().Kill() // it may be over already, which the test sees
		return reply{drop: true}
	})
}

// A run is killed while it closes and updates, and then while it only reads.
func TestAKilledRunLeavesNothingHalfClosed(t *testing.T) {
	m := load(t)
	p := between(t)
	tenant, reference := newTenant(), newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p, size: 2})
	other := install(t, settings{tenant: reference, unit: m.unit()})
	in.night()
	other.night()
	m.review(m.client("plan-review-overdue"))
	m.review(m.client("protected-and-plan-overdue"))
	m.vacate(m.client("plan-due-in-ten-days"))
	m.decides(m.client("offer-overdue"), "declined")
	other.night()
	want := standing(t, reference)

	var mu sync.Mutex
	asked := 0
	p.on(func(x *exchange, forward func() reply) reply {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked == 6 {
			_ = p.child.Load().Kill()
			return reply{drop: true}
		}
		return forward()
	})
	before := standing(t, tenant)
	c := in.start("run", "reconcile", "-o", "json")
	c.wait()
	if !c.killed() {
		t.Fatal("the run ended before it could be killed while reading")
	}
	m.same(t, before, standing(t, tenant), "while the killed run was reading")

	for _, n := range []int{1, 2} {
		killAt(p, n, true)
		c := in.start("run", "reconcile", "-o", "json")
		c.wait()
		if !c.killed() {
			t.Fatalf("the run ended before it could be killed at write %d", n)
		}
	}
	p.on(nil)
	in.night()
	stands := standing(t, tenant)
	once(t, stands)
	m.alike(t, stands, want)
}
