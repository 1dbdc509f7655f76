package fhir

import (
	"slices"
	"strings"
	"sync"

	"brygga/care"
)

// Collector is a Sink that keeps everything in memory, for data on disk.
type Collector struct {
	mu         sync.Mutex
	names      *care.Names
	records    [][]care.Record // in pieces, so that none is copied to make room
	unreadable []care.Unreadable
	visits     readings[care.Visit]
	notes      readings[care.Note]
}

// NewCollector makes an empty one; names are the Mapper's.
func NewCollector(names *care.Names) *Collector {
	return &Collector{names: names}
}

// piece is how many records are kept together.
const piece = 1024

// Record keeps a record; of an Encounter only one that holds a fact, since each
// of a million visits comes with a record that does not.
func (c *Collector) Record(r care.Record) {
	if len(r.Absences) == 0 && strings.HasPrefix(string(r.Ref), "Encounter/") {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.records); n == 0 || len(c.records[n-1]) == cap(c.records[n-1]) {
		c.records = append(c.records, make([]care.Record, 0, piece))
	}
	last := &c.records[len(c.records)-1]
	*last = append(*last, r)
}

// Unreadable keeps what could not be read.
func (c *Collector) Unreadable(u care.Unreadable) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unreadable = append(c.unreadable, u)
}

// Visit keeps what one Encounter says of a visit.
func (c *Collector) Visit(v care.VisitRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.visits.add(v.Ref, v.Client, v.Version, v.Updated, len(v.Visits) > 0, v.Visits...)
}

// Note keeps what one DocumentReference says of a note.
func (c *Collector) Note(n care.NoteRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes.add(n.Ref, n.Client, n.Version, n.Updated, !n.Void, n.Note)
}

// Input gives what was kept, for care.Assemble: everything provided, everything
// complete. Of an id that was read several times the newest reading counts; where
// it cannot be told which that is, and they differ, the record is unreadable.
// Records that are not visits and notes are settled so by Assemble.
func (c *Collector) Input(asOf care.Date) care.Input {
	c.mu.Lock()
	defer c.mu.Unlock()
	in := care.Input{Provides: care.SystemFacts, Names: c.names, AsOf: asOf}
	in.Records = slices.Concat(append(slices.Clip(c.records), c.noLongerAway())...)
	in.Visits, in.Unreadable = settle(&c.visits, slices.Clone(c.unreadable), care.KindVisit)
	in.Notes, in.Unreadable = settle(&c.notes, in.Unreadable, care.KindNote)
	return in
}

// noLongerAway gives the readings of stays away which say that there is none: they
// may be newer than the one that was kept.
func (c *Collector) noLongerAway() (out []care.Record) {
	type version struct {
		ref     care.Ref
		version string
		updated int64
	}
	away := map[version]bool{}
	refs := map[care.Ref]bool{}
	for _, records := range c.records {
		for i := range records {
			if r := &records[i]; strings.HasPrefix(string(r.Ref), "Encounter/") {
				away[version{r.Ref, r.Version, r.Updated.UnixNano()}] = true
				refs[r.Ref] = true
			}
		}
	}
	for ref := range refs {
		for _, h := range c.visits.of(ref) {
			v := version{ref, c.visits.versionOf(&h), h.updated().UnixNano()}
			if !away[v] {
				out = append(out, care.Record{Ref: ref, Version: v.version, Updated: h.updated()})
			}
		}
	}
	return out
}
