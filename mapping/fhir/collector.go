package fhir

import (
	"slices"
	"strings"
	"sync"
	"time"

	"brygga/care"
)

// Collector is a Sink that keeps everything in memory, for data on disk.
type Collector struct {
	mu         sync.Mutex
	names      *care.Names
	records    []care.Record
	unreadable []care.Unreadable
	visits     readings[[]care.Visit]
	notes      readings[care.Note]
}

// NewCollector makes an empty one; names are the Mapper's.
func NewCollector(names *care.Names) *Collector {
	return &Collector{names: names, visits: readings[[]care.Visit]{}, notes: readings[care.Note]{}}
}

// Record keeps a record; of an Encounter only one that holds a fact, since each
// of a million visits comes with a record that does not.
func (c *Collector) Record(r care.Record) {
	if len(r.Absences) == 0 && strings.HasPrefix(string(r.Ref), "Encounter/") {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = append(c.records, r)
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
	c.visits.add(bulkReading[[]care.Visit]{
		v.Ref, v.Client, v.Version, v.Updated, len(v.Visits) > 0, v.Visits,
	})
}

// Note keeps what one DocumentReference says of a note.
func (c *Collector) Note(n care.NoteRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes.add(bulkReading[care.Note]{n.Ref, n.Client, n.Version, n.Updated, !n.Void, n.Note})
}

// Input gives what was kept, for care.Assemble: everything provided, everything
// complete. Of an id that was read several times the newest reading counts; where
// it cannot be told which that is, and they differ, the record is unreadable.
// Records that are not visits and notes are settled so by Assemble.
func (c *Collector) Input(asOf care.Date) care.Input {
	c.mu.Lock()
	defer c.mu.Unlock()
	in := care.Input{
		Provides: care.AllFacts, Names: c.names, AsOf: asOf,
		Records: slices.Clone(c.records), Unreadable: slices.Clone(c.unreadable),
		Visits: map[care.Ref][]care.Visit{}, Notes: map[care.Ref][]care.Note{},
	}
	in.Records = append(in.Records, c.noLongerAway()...)
	in.Unreadable = settle(c.visits, in.Unreadable, care.KindVisit, slices.Equal[[]care.Visit],
		func(client care.Ref, v []care.Visit) { in.Visits[client] = append(in.Visits[client], v...) })
	in.Unreadable = settle(c.notes, in.Unreadable, care.KindNote, func(a, b care.Note) bool { return a == b },
		func(client care.Ref, n care.Note) { in.Notes[client] = append(in.Notes[client], n) })
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
	for _, r := range c.records {
		if strings.HasPrefix(string(r.Ref), "Encounter/") {
			away[version{r.Ref, r.Version, r.Updated.UnixNano()}] = true
			refs[r.Ref] = true
		}
	}
	for ref := range refs {
		for _, v := range c.visits[ref] {
			if !away[version{ref, v.version, v.updated.UnixNano()}] {
				out = append(out, care.Record{Ref: ref, Version: v.version, Updated: v.updated})
			}
		}
	}
	return out
}

// bulkReading is one reading of a bulky record: what it holds, or that it holds nothing.
type bulkReading[T any] struct {
	ref, client care.Ref
	version     string
	updated     time.Time
	holds       bool
	content     T
}

// readings are all readings by record; nearly all have one.
type readings[T any] map[care.Ref][]bulkReading[T]

func (r readings[T]) add(one bulkReading[T]) { r[one.ref] = append(r[one.ref], one) }

// settle hands over the reading of each record that counts, and gives the
// unreadable records that stand.
func settle[T any](
	all readings[T], unreadable []care.Unreadable, kind care.FactKind, equal func(a, b T) bool, give func(care.Ref, T),
) []care.Unreadable {
	broken := map[care.Ref]bool{}
	stand := unreadable[:0]
	for _, u := range unreadable {
		newer := slices.ContainsFunc(all[u.Ref], func(r bulkReading[T]) bool {
			return care.Older(u.Updated, u.Version, r.updated, r.version)
		})
		if newer {
			continue
		}
		stand = append(stand, u)
		broken[u.Ref] = true
	}
	for ref, several := range all {
		if broken[ref] {
			continue
		}
		left := newest(several)
		first := left[0]
		if alike := !slices.ContainsFunc(left, func(r bulkReading[T]) bool {
			return r.holds != first.holds || r.holds && (r.client != first.client || !equal(r.content, first.content))
		}); alike {
			if first.holds {
				give(first.client, first.content)
			}
			continue
		}
		for _, r := range left {
			stand = append(stand, care.Unreadable{
				Ref: ref, Version: r.version, Updated: r.updated, Client: r.client, Facts: care.SetOf(kind),
				Reason: "read twice with different content, and neither meta.lastUpdated nor versionId tells which is newer",
			})
		}
	}
	return stand
}

// newest leaves out the readings that are certainly older than another.
func newest[T any](all []bulkReading[T]) []bulkReading[T] {
	if len(all) == 1 {
		return all
	}
	var left []bulkReading[T]
	for _, r := range all {
		if !slices.ContainsFunc(all, func(o bulkReading[T]) bool {
			return care.Older(r.updated, r.version, o.updated, o.version)
		}) {
			left = append(left, r)
		}
	}
	if left == nil { // times and versions contradict each other
		return all
	}
	return left
}
