package jobs

import (
	"slices"
	"sync"
	"time"

	"brygga/care"
	"brygga/mapping"
)

// packer takes the rows of a bulky kind and keeps them packed, by client: its
// memory grows with the visits and notes of the window, never with pages. Rows
// that lie outside the window are not kept, but they were seen.
type packer struct {
	kind  care.FactSet
	known *keySet // the records that are stored; tells which of them came

	mu         sync.Mutex
	visits     shelf[care.Visit]
	notes      shelf[care.Note]
	unreadable quarantine
}

// newPacker makes an empty one. Of records that were changed since, it is
// remembered when, so that the newer of two readings counts: a record that was
// last changed before the pull began reads the same however often it comes.
func newPacker(kind care.FactSet, w window, known *keySet, since time.Time) *packer {
	return &packer{
		kind: kind, known: known, unreadable: quarantine{},
		visits: newShelf(visitKey, w.keepsVisit, since), notes: newShelf(noteKey, w.keepsNote, since),
	}
}

func visitKey(v care.Visit) uint64 { return uint64(v.KeyHi)<<32 | uint64(v.KeyLo) }
func noteKey(n care.Note) uint64   { return n.Key }

// Record implements mapping.Sink; bulky kinds hold nothing else that is asked for here.
func (p *packer) Record(care.Record) {}

// Unreadable implements mapping.Sink.
func (p *packer) Unreadable(u care.Unreadable) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := mapping.Key(u.Ref)
	p.known.mark(key)
	if !p.visits.newer(key, u) && !p.notes.newer(key, u) {
		p.unreadable.add(u)
	}
}

// Visit implements mapping.Sink. A visit may come in two date ranges, or twice
// where pages shift.
func (p *packer) Visit(v care.VisitRecord) {
	take(p, &p.visits, v.Ref, reading[care.Visit]{
		client: v.Client, updated: v.Updated, version: v.Version, key: uint64(v.KeyHi)<<32 | uint64(v.KeyLo), rows: v.Visits,
	})
}

// Note implements mapping.Sink.
func (p *packer) Note(n care.NoteRecord) {
	r := reading[care.Note]{client: n.Client, updated: n.Updated, version: n.Version, key: n.Note.Key}
	if !n.Void {
		r.rows = []care.Note{n.Note}
	}
	take(p, &p.notes, n.Ref, r)
}

func take[T comparable](p *packer, s *shelf[T], ref care.Ref, r reading[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.mark(r.key)
	p.unreadable.settle(ref, r.updated, r.version)
	if other, conflict := s.put(r); conflict {
		for _, x := range []reading[T]{other, r} {
			p.unreadable.add(care.Unreadable{
				Ref: ref, Version: x.version, Updated: x.updated, Client: x.client, Facts: p.kind, Reason: conflictReason,
			})
		}
	}
}

// reading is what one source record said when it was read.
type reading[T comparable] struct {
	client  care.Ref
	key     uint64
	updated time.Time
	version string
	rows    []T
}

// shelf is rows by client.
type shelf[T comparable] struct {
	key    func(T) uint64
	kept   func(T) bool // lies in the window
	rows   map[care.Ref][]T
	since  time.Time
	recent map[uint64]recent
}

// recent is the latest reading of a record that was changed lately.
type recent struct {
	client  care.Ref
	updated time.Time
	version string
}

func newShelf[T comparable](key func(T) uint64, kept func(T) bool, since time.Time) shelf[T] {
	return shelf[T]{key: key, kept: kept, rows: map[care.Ref][]T{}, since: since, recent: map[uint64]recent{}}
}

// put puts a reading in the place of what stood for the record, unless what
// stands is newer. conflict says that the two differ and cannot be ordered; other
// is then what stands.
func (s *shelf[T]) put(r reading[T]) (other reading[T], conflict bool) {
	r.rows = slices.DeleteFunc(r.rows, func(row T) bool { return !s.kept(row) })
	if was, twice := s.recent[r.key]; twice {
		switch there := s.of(was.client, r.key); {
		case care.Older(r.updated, r.version, was.updated, was.version):
			return other, false
		case care.Older(was.updated, was.version, r.updated, r.version):
			s.take(was.client, r.key)
		case was.client == r.client && slices.Equal(there, r.rows):
			return other, false
		default:
			return reading[T]{client: was.client, key: r.key, updated: was.updated, version: was.version, rows: there}, true
		}
	}
	s.take(r.client, r.key)
	if len(r.rows) > 0 {
		s.rows[r.client] = grown(s.rows[r.client], r.rows)
	}
	if r.updated.After(s.since) {
		s.recent[r.key] = recent{r.client, r.updated, r.version}
	}
	return other, false
}

// grown appends, with less room for more than append makes: a client's rows are a few
// dozen, and most of a run's memory.
func grown[T any](rows, more []T) []T {
	if n := len(rows) + len(more); n > cap(rows) {
		rows = append(make([]T, 0, n+n/8+4), rows...)
	}
	return append(rows, more...)
}

// newer says whether the record was read well, and later than u.
func (s *shelf[T]) newer(key uint64, u care.Unreadable) bool {
	r, ok := s.recent[key]
	return ok && care.Older(u.Updated, u.Version, r.updated, r.version)
}

// of gives the rows of one record.
func (s *shelf[T]) of(client care.Ref, key uint64) (out []T) {
	for _, r := range s.rows[client] {
		if s.key(r) == key {
			out = append(out, r)
		}
	}
	return out
}

// take takes the rows of one record away from a client.
func (s *shelf[T]) take(client care.Ref, key uint64) {
	rows, ok := s.rows[client]
	if !ok {
		return
	}
	if rows = slices.DeleteFunc(rows, func(r T) bool { return s.key(r) == key }); len(rows) > 0 {
		s.rows[client] = rows
	} else {
		delete(s.rows, client)
	}
}

// done gives the rows. A record that was read for one client and, changed, for
// another is the latter's alone.
func (s *shelf[T]) done() map[care.Ref][]T {
	if len(s.recent) == 0 {
		return s.rows
	}
	for client, rows := range s.rows {
		rows = slices.DeleteFunc(rows, func(r T) bool {
			latest, ok := s.recent[s.key(r)]
			return ok && latest.client != client
		})
		if len(rows) > 0 {
			s.rows[client] = rows
		} else {
			delete(s.rows, client)
		}
	}
	return s.rows
}

// keySet is a set of records by their keys, each seen or not: 9 bytes a record.
type keySet struct {
	keys []uint64 // sorted, each once
	seen []bool
}

func newKeySet(keys []uint64) *keySet {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return &keySet{keys: keys, seen: make([]bool, len(keys))}
}

// mark notes that a record came; one that is not in the set is passed by.
func (k *keySet) mark(key uint64) {
	if i, ok := slices.BinarySearch(k.keys, key); ok {
		k.seen[i] = true
	}
}

func (k *keySet) has(key uint64) bool {
	i, ok := slices.BinarySearch(k.keys, key)
	return ok && k.seen[i]
}

var _ mapping.Sink = (*packer)(nil)
