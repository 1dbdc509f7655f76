package jobs

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	"brygga/care"
	"brygga/mapping"
)

// gatherer takes the rows of a small kind, each once: of a record read twice the
// newer reading counts, and where that cannot be told the record counts as
// unreadable (domain.md, "Time").
type gatherer struct {
	kind care.FactSet // what a record of the kind may hold
	last bool         // of two readings that cannot be ordered the later one counts
	odd  string       // why two that cannot be ordered count as unreadable
	refs *care.RefTable

	mu         sync.Mutex
	pieces     [][]care.Packed            // in pieces, so that none is copied to make room
	at         map[care.Ref]int           // what was seen, and where its record stands; unread if nowhere
	others     map[care.Ref][]care.Record // further readings, where it cannot be told which one counts
	unreadable quarantine
}

const (
	recordsPerPiece = 512
	unread          = -1
)

// newGatherer makes an empty one. Kinds that are gathered for one purpose have one
// table of references.
func newGatherer(k mapping.Kind, refs *care.RefTable) *gatherer {
	g := &gatherer{
		kind: k.Facts, last: k.Unversioned && !k.Once, odd: conflictReason, refs: refs,
		at: map[care.Ref]int{}, others: map[care.Ref][]care.Record{}, unreadable: quarantine{},
	}
	if k.Once {
		g.odd = mapping.KeyTwice
	}
	return g
}

// Record implements mapping.Sink. A record without facts is seen, and not kept.
func (g *gatherer) Record(r care.Record) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refs.Share(&r)
	i, seen := g.at[r.Ref]
	if !seen || i == unread {
		g.at[r.Ref] = g.keep(r)
		return
	}
	first := g.record(i)
	readings := append([]care.Record{first.Open()}, g.others[r.Ref]...)
	if slices.ContainsFunc(readings, func(o care.Record) bool { return older(&r, &o) || alike(&o, &r) }) {
		return
	}
	readings = slices.DeleteFunc(readings, func(o care.Record) bool { return older(&o, &r) })
	if g.last && r.Updated.IsZero() && r.Version == "" {
		readings = readings[:0]
	}
	readings = append(readings, r)
	*first = readings[0].Pack()
	if len(readings) > 1 {
		g.others[r.Ref] = readings[1:]
	} else {
		delete(g.others, r.Ref)
	}
}

func older(a, b *care.Record) bool { return care.Older(a.Updated, a.Version, b.Updated, b.Version) }

// alike says whether two readings say the same; which of them is kept matters to nobody.
func alike(a, b *care.Record) bool {
	return a.Version == b.Version && a.Updated.Equal(b.Updated) && a.Client == b.Client && reflect.DeepEqual(a.Facts, b.Facts)
}

// keep puts a record at the end and says where that is.
func (g *gatherer) keep(r care.Record) int {
	n := len(g.pieces)
	if n == 0 || len(g.pieces[n-1]) == recordsPerPiece {
		g.pieces = append(g.pieces, make([]care.Packed, 0, recordsPerPiece))
		n++
	}
	last := &g.pieces[n-1]
	*last = append(*last, r.Pack())
	return (n-1)*recordsPerPiece + len(*last) - 1
}

func (g *gatherer) record(i int) *care.Packed {
	return &g.pieces[i/recordsPerPiece][i%recordsPerPiece]
}

// Unreadable implements mapping.Sink.
func (g *gatherer) Unreadable(u care.Unreadable) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, seen := g.at[u.Ref]; !seen {
		g.at[u.Ref] = unread
	}
	g.unreadable.add(u)
}

// Visit implements mapping.Sink; an Encounter that is a visit holds no fact of a small kind.
func (g *gatherer) Visit(care.VisitRecord) {}

// Note implements mapping.Sink.
func (g *gatherer) Note(care.NoteRecord) {}

// has says whether a record was seen, readable or not, with facts or without.
func (g *gatherer) has(r care.Ref) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, seen := g.at[r]
	return seen
}

// emptyOf gives those of the known records that were read and hold no fact any
// more. It has to be asked before facts, as has unseen.
func (g *gatherer) emptyOf(refs []care.Ref) (out []care.Ref) {
	for _, ref := range refs {
		if i, seen := g.at[ref]; seen && i != unread && len(g.others[ref]) == 0 && !g.record(i).HoldsFacts() {
			out = append(out, ref)
		}
	}
	return out
}

// unseen gives what stood in quarantine and did not come.
func (g *gatherer) unseen(old []care.Unreadable) (out []care.Unreadable) {
	for _, u := range old {
		if !g.has(u.Ref) {
			out = append(out, u)
		}
	}
	return out
}

// facts gives the records that hold facts, by Ref, and what stands as
// unreadable. It lets go of everything: nothing is gathered any more after it.
func (g *gatherer) facts() ([]care.Packed, []care.Unreadable) {
	n := 0
	for _, piece := range g.pieces {
		n += len(piece)
	}
	out := make([]care.Packed, 0, n)
	for _, ref := range slices.Sorted(maps.Keys(g.at)) {
		i := g.at[ref]
		if i == unread {
			continue
		}
		r := g.record(i)
		if others := g.others[ref]; len(others) > 0 {
			for _, r := range append(others, r.Open()) {
				g.unreadable.add(g.conflict(&r))
			}
			continue
		}
		g.unreadable.settle(ref, r.Updated, r.Version)
		if r.HoldsFacts() {
			out = append(out, *r)
		}
	}
	unreadable := g.unreadable.all()
	g.pieces, g.at, g.others, g.unreadable = nil, nil, nil, nil
	return out, unreadable
}

// conflictReason is why a record that was read twice counts as unreadable.
const conflictReason = "read twice with different content, and neither meta.lastUpdated nor versionId tells which is newer"

func (g *gatherer) conflict(r *care.Record) care.Unreadable {
	u := care.Unreadable{Ref: r.Ref, Version: r.Version, Updated: r.Updated, Client: r.Client, Facts: g.kind, Reason: g.odd}
	switch {
	case r.Staff != nil:
		u.Staff = r.Ref
	case r.Role != nil:
		u.Staff = r.Role.Person
	}
	return u
}

var _ mapping.Sink = (*gatherer)(nil)
