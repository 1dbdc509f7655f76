package sandbox

import (
	"maps"
	"sync"
)

// Seen is one request as the server saw it.
type Seen struct {
	Method string
	Type   string // resource type; "" for the base, "metadata"
	ID     string
	Act    string // the FHIR interaction: read, vread, search, page, history, create, update, delete, transaction, batch, capabilities
	Query  string // of the URL, raw
	Status int    // 0 where the connection was cut
	Rows   int    // entries of an answered Bundle
	Size   int    // bytes of the answered body
}

// Counts is what a server was asked and what it did.
type Counts struct {
	Requests map[string]int // HTTP requests by method and type: "GET Encounter", "POST " for a transaction
	Entries  map[string]int // the entries of transactions and batches: "POST Flag", "PUT Task"
	Writes   map[string]int // what was really written, over HTTP: "create Flag", "update Task", "delete Flag"
}

type counter struct {
	mu sync.Mutex
	c  Counts
}

// Requests gives what was counted since the start or the last ResetRequests.
func (s *Server) Requests() Counts {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	c := s.counts.c
	return Counts{Requests: maps.Clone(c.Requests), Entries: maps.Clone(c.Entries), Writes: maps.Clone(c.Writes)}
}

// ResetRequests starts counting afresh.
func (s *Server) ResetRequests() {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	s.counts.c = Counts{}
}

// Written is the number of all writes.
func (c Counts) Written() int {
	n := 0
	for _, k := range c.Writes {
		n += k
	}
	return n
}

func (k *counter) request(key string) {
	k.add(func(c *Counts) *map[string]int { return &c.Requests }, key)
}

func (k *counter) entry(key string) {
	k.add(func(c *Counts) *map[string]int { return &c.Entries }, key)
}

func (k *counter) write(key string) { k.add(func(c *Counts) *map[string]int { return &c.Writes }, key) }

func (k *counter) add(of func(*Counts) *map[string]int, key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := of(&k.c)
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[key]++
}
