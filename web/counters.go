package web

import (
	"sync"
	"sync/atomic"

	"brygga/adapters/wire"
)

// Counters count, in this process, what clients of systems have to do to be answered.
// They begin at nothing with each start.
type Counters struct {
	mu  sync.Mutex
	all map[counted]*count
}

// counted is a system of a tenant: both are names of configurations.
type counted struct{ tenant, system string }

type count struct {
	retries atomic.Int64
	open    atomic.Bool
}

// mostCounted bounds them; configurations hold a handful of systems each.
const mostCounted = 1000

// Watch gives what jobs.Deps.Watch wants, for one tenant; of nil it gives nil.
func (c *Counters) Watch(tenant string) func(system string) wire.Watch {
	if c == nil {
		return nil
	}
	return func(system string) wire.Watch {
		n := c.of(counted{tenant, system})
		if n == nil {
			return wire.Watch{}
		}
		return wire.Watch{Retried: func() { n.retries.Add(1) }, Circuit: n.open.Store}
	}
}

func (c *Counters) of(k counted) *count {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[counted]*count{}
	}
	n := c.all[k]
	if n == nil && len(c.all) < mostCounted {
		n = &count{}
		c.all[k] = n
	}
	return n
}

// each gives what has been counted.
func (c *Counters) each(give func(tenant, system string, retries int64, open bool)) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, n := range c.all {
		give(k.tenant, k.system, n.retries.Load(), n.open.Load())
	}
}
