package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// entered says whether a tenant is let in, and does not wait long for it.
func entered(g *Gate, tenant string, tick time.Time) chan struct{} {
	in := make(chan struct{})
	before := waitingAt(g)
	go func() {
		if g.Enter(context.Background(), tenant, tick) == nil {
			close(in)
		}
	}()
	for range 2000 { // it is in, or it waits
		select {
		case <-in:
			return in
		default:
		}
		if waitingAt(g) > before {
			return in
		}
		time.Sleep(time.Millisecond)
	}
	return in
}

func waitingAt(g *Gate) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

func is(in chan struct{}) bool {
	select {
	case <-in:
		return true
	case <-time.After(20 * time.Millisecond):
		return false
	}
}

func TestWhoIsLetInNext(t *testing.T) {
	early, late := at("2026-11-22T00:30:00Z"), at("2026-11-22T00:45:00Z")
	for _, row := range []struct {
		name             string
		workers, tenants int
		come             []string // in this order; with ! of a later tick
		in               []int    // who is in at once
		leave            string
		then             []int // who is in after it left
	}{
		{"one tenant alone has all workers", 3, 1, []string{"a", "a", "a", "a"}, []int{0, 1, 2}, "a", []int{0, 1, 2, 3}},
		{"among several it leaves one to the others", 3, 2, []string{"a", "a", "a"}, []int{0, 1}, "a", []int{0, 1, 2}},
		{"with one worker each waits for the other", 1, 2, []string{"a", "b"}, []int{0}, "a", []int{0, 1}},
		{"who has least is next, though it came last", 3, 3, []string{"a", "a", "b", "b", "c"}, []int{0, 1, 2}, "a", []int{0, 1, 2, 4}},
		{"of two who have nothing the earlier tick is next", 1, 3, []string{"a", "b!", "c"}, []int{0}, "a", []int{0, 2}},
		{"of equals who came first is next", 1, 3, []string{"a", "b", "c"}, []int{0}, "a", []int{0, 1}},
		{"no workers means one", 0, 1, []string{"a", "a"}, []int{0}, "a", []int{0, 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewGate(row.workers, row.tenants)
			var all []chan struct{}
			for _, who := range row.come {
				tick := early
				if len(who) > 1 {
					tick = late
				}
				all = append(all, entered(g, who[:1], tick))
			}
			look := func() (in []int) {
				for i, c := range all {
					if is(c) {
						in = append(in, i)
					}
				}
				return in
			}
			if got := look(); !slices.Equal(got, row.in) {
				t.Errorf("%v are in, want %v", got, row.in)
			}
			g.Leave(row.leave)
			if got := look(); !slices.Equal(got, row.then) {
				t.Errorf("after %s left %v are in, want %v", row.leave, got, row.then)
			}
		})
	}
}

func TestWhoGoesAwayIsNotLetIn(t *testing.T) {
	g := NewGate(1, 2)
	if err := g.Enter(t.Context(), "a", time.Time{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := g.Enter(ctx, "b", time.Time{}); err == nil {
		t.Error("who went away was let in")
	}
	g.Leave("a")
	if !is(entered(g, "c", time.Time{})) {
		t.Error("the worker of who went away is lost")
	}
}

// Whatever comes and goes: never more than there are workers, never more of one tenant
// than it may have, and in the end all have been in.
func TestTheGateHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers, tenants := rapid.IntRange(1, 4).Draw(t, "workers"), rapid.IntRange(1, 4).Draw(t, "tenants")
		visits := rapid.SliceOfN(rapid.IntRange(0, tenants-1), 1, 30).Draw(t, "visits")
		g := NewGate(workers, tenants)
		var mu sync.Mutex
		inside, of, most, mostOf := 0, map[string]int{}, 0, 0
		var wg sync.WaitGroup
		for i, v := range visits {
			tenant := fmt.Sprint(v)
			wg.Go(func() {
				if g.Enter(context.Background(), tenant, time.Unix(int64(i), 0)) != nil {
					return
				}
				mu.Lock()
				inside++
				of[tenant]++
				most, mostOf = max(most, inside), max(mostOf, of[tenant])
				mu.Unlock()
				time.Sleep(50 * time.Microsecond)
				mu.Lock()
				inside--
				of[tenant]--
				mu.Unlock()
				g.Leave(tenant)
			})
		}
		wg.Wait()
		if most > workers || mostOf > g.Most() {
			t.Fatalf("%d at once, %d of one tenant; allowed are %d and %d", most, mostOf, workers, g.Most())
		}
		if g.free != workers || len(g.waiting) != 0 || len(g.running) != 0 {
			t.Fatalf("in the end %d workers are free of %d, %d wait", g.free, workers, len(g.waiting))
		}
	})
}
