package engine

import (
	"context"
	"sync"
	"time"
)

// Gate shares the workers of one process among tenants. Of those who wait, the
// tenant with the fewest running jobs is next, and then the earliest tick. No
// tenant has more than all workers but one, where there are several tenants: one
// whose systems hang leaves room for the others.
type Gate struct {
	mu      sync.Mutex
	free    int
	most    int
	running map[string]int
	waiting []*waiter
}

type waiter struct {
	tenant string
	at     time.Time
	enter  chan struct{} // closed when it may
}

// NewGate lets so many jobs run at once, of so many tenants.
func NewGate(workers, tenants int) *Gate {
	workers = max(workers, 1)
	g := &Gate{free: workers, most: workers, running: map[string]int{}}
	if tenants > 1 {
		g.most = max(workers-1, 1)
	}
	return g
}

// Most is how many jobs of one tenant run at once, at most.
func (g *Gate) Most() int { return g.most }

// Enter waits for a worker. It fails only where ctx ends before; otherwise the
// worker is given back by Leave.
func (g *Gate) Enter(ctx context.Context, tenant string, at time.Time) error {
	w := &waiter{tenant: tenant, at: at, enter: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.admit()
	g.mu.Unlock()
	select {
	case <-w.enter:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == w {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return ctx.Err()
		}
	}
	return nil // it was let in at the same moment
}

// Leave gives the worker of a tenant back.
func (g *Gate) Leave(tenant string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free++
	if g.running[tenant]--; g.running[tenant] == 0 {
		delete(g.running, tenant)
	}
	g.admit()
}

func (g *Gate) admit() {
	for g.free > 0 {
		next := -1
		for i, w := range g.waiting {
			n := g.running[w.tenant]
			if n >= g.most {
				continue
			}
			if next < 0 || n < g.running[g.waiting[next].tenant] ||
				n == g.running[g.waiting[next].tenant] && w.at.Before(g.waiting[next].at) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := g.waiting[next]
		g.waiting = append(g.waiting[:next], g.waiting[next+1:]...)
		g.free--
		g.running[w.tenant]++
		close(w.enter)
	}
}
