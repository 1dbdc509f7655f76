package lifecare

import (
	"sync"
	"time"

	"brygga/sandbox/people"
)

// Store is what the system holds. It is safe for concurrent use; its time is the
// clock's, and never goes back.
type Store struct {
	clock func() time.Time
	build *builder

	mu     sync.RWMutex
	tables map[string]*table
	last   int64 // the latest time of a change, in milliseconds
	known  map[int]*people.Record
}

// NewStore fills a store with a municipality. Rows were changed last on the days
// that they are about, and not after the clock's time.
func NewStore(m *people.Municipality, clock func() time.Time, dates Dates) *Store {
	if clock == nil {
		panic("lifecare: there is no clock")
	}
	s := &Store{clock: clock, build: newBuilder(m, dates), tables: map[string]*table{}, known: map[int]*people.Record{}}
	for _, l := range lists {
		s.tables[l.name] = &table{list: l, index: map[string]*row{}}
	}
	now := s.now()
	load := func(all ...entry) {
		for _, e := range all {
			s.tables[e.list].enter(e, min(e.at.UnixMilli(), now))
		}
	}
	load(s.build.places()...)
	load(s.build.everybody()...)
	m.Records(func(r *people.Record) bool {
		s.known[r.Index] = r
		load(s.build.client(r)...)
		load(s.build.notes(r)...)
		s.build.visits(r, func(e entry) { load(e) })
		return true
	})
	for _, t := range s.tables {
		t.sort()
	}
	return s
}

// now is the store's time; the caller holds the lock, or is alone.
func (s *Store) now() int64 {
	s.last = max(s.last, s.clock().UnixMilli())
	return s.last
}

// Act lets something happen: of each client whom it touches, rows that changed or
// are new are changed now, and rows that are no more are deleted now. Doing it twice
// changes nothing the second time.
func (s *Store) Act(a people.Act) {
	for _, r := range a.Records {
		s.Put(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range a.Staff {
		s.build.staff[i] = p
		s.enter(s.build.member(i, &p))
	}
}

// Put makes a client's rows those of the record. Notes and visits are entered only
// of a client who is new; of one who is known they stay.
func (s *Store) Put(r *people.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.known[r.Index]
	s.known[r.Index] = r
	all := s.build.client(r)
	left := map[string]map[string]bool{}
	for _, e := range all {
		if left[e.list] == nil {
			left[e.list] = map[string]bool{}
		}
		left[e.list][e.key] = true
	}
	for name, t := range s.tables {
		if name == "documentations" || name == "reported_visits" {
			continue
		}
		for _, old := range t.rows {
			if old.owner == r.Index && !old.deleted && !left[name][old.key] {
				old.deleted, old.body, old.modified = true, nil, s.now()
			}
		}
	}
	if !known {
		all = append(all, s.build.notes(r)...)
		s.build.visits(r, func(e entry) { all = append(all, e) })
	}
	s.enter(all...)
}

// enter changes rows now; the caller holds the lock.
func (s *Store) enter(all ...entry) {
	now := s.now()
	changed := map[*table]bool{}
	for _, e := range all {
		t := s.tables[e.list]
		if e.gone && t.index[e.key] == nil {
			continue // it never was there
		}
		if t.enter(e, now) {
			changed[t] = true
		}
	}
	for t := range changed {
		t.sort()
	}
}

// Count is how many rows of a list are not deleted; 0 where there is no such list.
func (s *Store) Count(list string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[list]
	if t == nil {
		return 0
	}
	n := 0
	for _, r := range t.rows {
		if !r.deleted {
			n++
		}
	}
	return n
}
