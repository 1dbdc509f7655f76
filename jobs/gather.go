package jobs

import (
	"maps"
	"slices"
	"sync"

	"brygga/care"
	fhirmap "brygga/mapping/fhir"
)

// gatherer takes the rows of a small kind, each once: of a record read twice the
// newer reading counts, and where that cannot be told care.Assemble decides.
type gatherer struct {
	mu         sync.Mutex
	pieces     [][]care.Record            // in pieces, so that none is copied to make room
	at         map[care.Ref]int           // what was seen, and where its record stands; unread if nowhere
	others     map[care.Ref][]care.Record // further readings, where it cannot be told which one counts
	unreadable []care.Unreadable
}

const (
	recordsPerPiece = 512
	unread          = -1
)

func newGatherer() *gatherer {
	return &gatherer{at: map[care.Ref]int{}, others: map[care.Ref][]care.Record{}}
}

// Record implements fhirmap.Sink. A record without facts is seen, and not kept.
func (g *gatherer) Record(r care.Record) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i, seen := g.at[r.Ref]
	if !seen || i == unread {
		g.at[r.Ref] = g.keep(r)
		return
	}
	first := g.record(i)
	readings := append([]care.Record{*first}, g.others[r.Ref]...)
	readings = slices.DeleteFunc(readings, func(o care.Record) bool {
		return care.Older(o.Updated, o.Version, r.Updated, r.Version) || o.Version == r.Version && o.Updated.Equal(r.Updated)
	})
	readings = append(readings, r)
	*first = readings[0]
	if len(readings) > 1 {
		g.others[r.Ref] = readings[1:]
	} else {
		delete(g.others, r.Ref)
	}
}

// keep puts a record at the end and says where that is.
func (g *gatherer) keep(r care.Record) int {
	n := len(g.pieces)
	if n == 0 || len(g.pieces[n-1]) == recordsPerPiece {
		g.pieces = append(g.pieces, make([]care.Record, 0, recordsPerPiece))
		n++
	}
	last := &g.pieces[n-1]
	*last = append(*last, r)
	return (n-1)*recordsPerPiece + len(*last) - 1
}

func (g *gatherer) record(i int) *care.Record {
	return &g.pieces[i/recordsPerPiece][i%recordsPerPiece]
}

// Unreadable implements fhirmap.Sink.
func (g *gatherer) Unreadable(u care.Unreadable) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, seen := g.at[u.Ref]; !seen {
		g.at[u.Ref] = unread
	}
	if !slices.Contains(g.unreadable, u) {
		g.unreadable = append(g.unreadable, u)
	}
}

// Visit implements fhirmap.Sink; an Encounter that is a visit holds no fact of a small kind.
func (g *gatherer) Visit(care.VisitRecord) {}

// Note implements fhirmap.Sink.
func (g *gatherer) Note(care.NoteRecord) {}

// has says whether a record was seen, readable or not, with facts or without.
func (g *gatherer) has(r care.Ref) bool {
	_, seen := g.at[r]
	return seen
}

// facts gives the records that hold facts, by Ref, and lets go of everything but
// what could not be read: nothing is gathered any more after it.
func (g *gatherer) facts() []care.Record {
	n := 0
	for _, piece := range g.pieces {
		n += len(piece)
	}
	out := make([]care.Record, 0, n)
	for _, ref := range slices.Sorted(maps.Keys(g.at)) {
		i := g.at[ref]
		if i == unread {
			continue
		}
		if r := g.record(i); r.HoldsFacts() {
			out = append(out, *r)
		}
		for _, r := range g.others[ref] {
			if r.HoldsFacts() {
				out = append(out, r)
			}
		}
	}
	g.pieces, g.at, g.others = nil, nil, nil
	return out
}

// packer takes the rows of a bulky kind and keeps them packed, by client: its
// memory grows with the visits and notes of the window, never with pages.
type packer struct {
	mu         sync.Mutex
	visits     map[care.Ref][]care.Visit
	notes      map[care.Ref][]care.Note
	unreadable []care.Unreadable
	saw        map[uint64]struct{} // the records that came; nil where nobody asks
}

// newPacker makes an empty one; byChange remembers which records came, so that
// what stood for them can be replaced.
func newPacker(byChange bool) *packer {
	p := &packer{visits: map[care.Ref][]care.Visit{}, notes: map[care.Ref][]care.Note{}}
	if byChange {
		p.saw = map[uint64]struct{}{}
	}
	return p
}

// Record implements fhirmap.Sink; bulky kinds hold nothing else that is asked for here.
func (p *packer) Record(care.Record) {}

// Unreadable implements fhirmap.Sink.
func (p *packer) Unreadable(u care.Unreadable) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mark(fhirmap.Key(u.Ref))
	if !slices.Contains(p.unreadable, u) {
		p.unreadable = append(p.unreadable, u)
	}
}

// Visit implements fhirmap.Sink. A visit that came before is replaced: it may
// come in two date ranges, or twice where pages shift.
func (p *packer) Visit(v care.VisitRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := uint64(v.KeyHi)<<32 | uint64(v.KeyLo)
	p.mark(key)
	p.readable(v.Ref)
	rows := slices.DeleteFunc(p.visits[v.Client], func(o care.Visit) bool { return visitKey(o) == key })
	if rows = append(rows, v.Visits...); len(rows) > 0 {
		p.visits[v.Client] = rows
	}
}

// Note implements fhirmap.Sink.
func (p *packer) Note(n care.NoteRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mark(n.Note.Key)
	p.readable(n.Ref)
	rows := slices.DeleteFunc(p.notes[n.Client], func(o care.Note) bool { return o.Key == n.Note.Key })
	if !n.Void {
		rows = append(rows, n.Note)
	}
	if len(rows) > 0 {
		p.notes[n.Client] = rows
	}
}

func (p *packer) mark(key uint64) {
	if p.saw != nil {
		p.saw[key] = struct{}{}
	}
}

// readable takes back that a record could not be read, when it is read after all.
func (p *packer) readable(ref care.Ref) {
	if len(p.unreadable) > 0 {
		p.unreadable = slices.DeleteFunc(p.unreadable, func(u care.Unreadable) bool { return u.Ref == ref })
	}
}

func (p *packer) sawKey(key uint64) bool {
	_, ok := p.saw[key]
	return ok
}

func visitKey(v care.Visit) uint64 { return uint64(v.KeyHi)<<32 | uint64(v.KeyLo) }
