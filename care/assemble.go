package care

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// Input is what a run (or a folder on disk) gives to Assemble.
type Input struct {
	System string
	// Systems are what staff call the systems that each kind of fact comes from,
	// where there are several; nil where System says it.
	Systems  *SystemNames
	Provides FactSet
	// Records in any order. Of one Ref read twice, the latest Updated, then the
	// latest Version counts; see Snapshot.Unreadable for those that cannot be ordered.
	Records []Record
	// More are further records, for which all the same holds: those of a whole
	// municipality lie packed, and are not copied together.
	More       [][]Packed
	Unreadable []Unreadable
	Visits     map[Ref][]Visit  // by client; Assemble sorts and keeps these slices
	Notes      map[Ref][]Note   // by client; kept as they are
	Answers    map[Ref][]Answer // by client
	Names      *Names
	// Incomplete are the kinds that could not be read whole, with why: every
	// client is unknown for each of them.
	Incomplete []Gap
	// Aliases resolve logical references: keyed hash of an identifier → the
	// record that carries it is found among Records by Assemble itself; this
	// adds more, for records of other systems. Keys are as LogicalRef gives them. May be nil.
	Aliases map[Ref]Ref
	// StaffAliases are the same for members of staff: one person may be both.
	StaffAliases map[Ref]Ref
	// AsOf bounds what counts: an assignment that does not hold then makes no
	// client unknown for an unreadable member of staff. It must be given.
	AsOf Date
	// VisitsFrom is the first day for which visits were pulled; no date: all.
	VisitsFrom Date
	// QualificationsDeclared: the configuration says that the list of
	// qualifications is complete, so that nobody coded means nobody qualified.
	QualificationsDeclared bool
	// AssignmentsUndated: the source of assignments has no dates for them.
	AssignmentsUndated bool
	// Consent is how consents are read; unset is the strictest but for their age.
	Consent ConsentTerms
}

// Each gives every record, those of Records first. The record is there until the next
// one is asked for, and is not to be changed; its facts are there as long as Input is.
func (in *Input) Each(yield func(*Record) bool) {
	for i := range in.Records {
		if !yield(&in.Records[i]) {
			return
		}
	}
	var r Record
	for _, piece := range in.More {
		for i := range piece {
			piece[i].openInto(&r)
			if !yield(&r) {
				return
			}
		}
	}
}

// Snapshot is every client, sorted by Ref, and the roster they share.
type Snapshot struct {
	Clients []*Client
	Roster  *Roster
	// Unreadable are the records that stand as unreadable, sorted by Ref: those of
	// Input that no newer readable version has replaced, and records that were
	// read twice with different content that cannot be ordered. They are what a
	// run names as quarantined.
	Unreadable []Unreadable
	// Orphans are records that name a client who was not read, sorted by Ref.
	Orphans []Orphan
	// Unplaced are those of Unreadable whose client cannot be told.
	Unplaced []Unreadable
}

// Orphan is a record that names a client who was not read. Record is empty for
// visits and notes of which only the client is known; Client is empty for a
// record that names nobody.
type Orphan struct {
	Record Ref
	Client Ref
}

// Assemble puts records on their clients and builds the roster. It is pure, and
// the order in which records come does not matter.
//
// A client exists if its own record was read, or if something unreadable names
// it: such a client has a Gap and nothing more can be said of it than what was
// read. A client whose own record was not read counts as protected, since
// nobody can tell that it is not.
func Assemble(in Input) *Snapshot {
	a := &assembly{
		in: in, clients: map[Ref]*Client{}, phantoms: map[Ref]bool{},
		people: newDirectory(in.Aliases), colleagues: newDirectory(in.StaffAliases),
	}
	a.settle()
	a.readPeople()
	a.roster = newRoster(in, a.each, a.colleagues)
	a.placeUnreadable()
	a.placeRecords()
	a.settlePlacements()
	a.placeBulk()
	a.gapsOfStaff()
	a.gapsOfKinds()
	a.placeConsents()
	a.findDuplicates()
	return a.snapshot()
}

// assembly is the state of one Assemble.
type assembly struct {
	in         Input
	several    map[Ref]*readings // of which the records of in do not count as they are
	settled    []*Record         // what counts instead
	unreadable []Unreadable      // what stands
	aside      []*Record         // readable versions that an unreadable one replaced
	clients    map[Ref]*Client
	phantoms   map[Ref]bool // clients whose own record is neither read nor unreadable
	people     directory
	colleagues directory
	roster     *Roster
	orphans    []Orphan
	unplaced   []Unreadable
	staffGaps  map[Ref]Gap // person, or record of an employment → why
}

// readings are all that was read of one Ref.
type readings struct {
	records []*Record
	unread  []Unreadable
}

// each gives what counts, one record per Ref; see Input.Each.
func (a *assembly) each(yield func(*Record) bool) {
	for r := range a.in.Each {
		if a.several[r.Ref] == nil && !yield(r) {
			return
		}
	}
	for _, r := range a.settled {
		if !yield(r) {
			return
		}
	}
}

// settle finds, per Ref, which reading counts.
func (a *assembly) settle() {
	a.several = map[Ref]*readings{}
	for _, u := range a.in.Unreadable {
		if u.Ref == "" {
			a.unreadable = append(a.unreadable, u)
			continue
		}
		if a.several[u.Ref] == nil {
			a.several[u.Ref] = &readings{}
		}
		a.several[u.Ref].unread = append(a.several[u.Ref].unread, u)
	}
	twice := a.in.twice()
	for r := range a.in.Each {
		if a.several[r.Ref] == nil {
			if !twice(r.Ref) {
				continue
			}
			a.several[r.Ref] = &readings{}
		}
		own := *r
		a.several[r.Ref].records = append(a.several[r.Ref].records, &own)
	}
	for _, s := range a.several {
		v := settle(s.records, s.unread)
		if v.record != nil {
			a.settled = append(a.settled, v.record)
		}
		a.unreadable = append(a.unreadable, v.unreadable...)
		a.aside = append(a.aside, v.aside...)
	}
	slices.SortFunc(a.unreadable, func(x, y Unreadable) int {
		return cmp.Or(cmp.Compare(x.Ref, y.Ref), cmp.Compare(x.Version, y.Version),
			x.Updated.Compare(y.Updated), cmp.Compare(x.Client, y.Client), cmp.Compare(x.Staff, y.Staff),
			cmp.Compare(x.Facts, y.Facts), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Reason, y.Reason))
	})
	a.unreadable = slices.CompactFunc(a.unreadable, func(x, y Unreadable) bool {
		x.Updated, y.Updated = x.Updated.UTC(), y.Updated.UTC()
		return x == y
	})
}

// twice tells which references occur more than once, and seldom tells it of one that
// does not: a hash per record is less to hold than a map of them all.
func (in *Input) twice() func(Ref) bool {
	n := len(in.Records)
	for _, piece := range in.More {
		n += len(piece)
	}
	seed := maphash.MakeSeed()
	hashes := make([]uint64, 0, n)
	for r := range in.Each {
		hashes = append(hashes, maphash.String(seed, string(r.Ref)))
	}
	slices.Sort(hashes)
	found := map[uint64]bool{}
	for i := range hashes {
		if i > 0 && hashes[i] == hashes[i-1] {
			found[hashes[i]] = true
		}
	}
	return func(r Ref) bool { return len(found) > 0 && found[maphash.String(seed, string(r))] }
}

// readPeople makes the clients and lists who carries which identifier.
func (a *assembly) readPeople() {
	for r := range a.each {
		if r.Person != nil {
			a.clients[r.Ref] = &Client{Ref: r.Ref, PersonFact: *r.Person, Version: r.Version}
			a.people.add(r.Ref, r.Person.Identifiers)
		}
		if r.Staff != nil {
			a.colleagues.add(r.Ref, r.Staff.Identifiers)
		}
	}
}

// client finds the client that a reference names; nil where nobody was read.
func (a *assembly) client(ref Ref) *Client { return a.clients[a.people.resolve(ref)] }

// gap makes a client unknown. The client is made if it does not exist, unless
// the reference is a logical one that names nobody.
func (a *assembly) gap(ref Ref, g Gap) bool {
	ref = a.people.resolve(ref)
	if ref == "" || isLogical(ref) {
		return false
	}
	c := a.clients[ref]
	if c == nil {
		c = &Client{Ref: ref, PersonFact: PersonFact{Protected: true}}
		a.clients[ref] = c
		a.phantoms[ref] = true
	}
	if g.Record == ref {
		delete(a.phantoms, ref)
	}
	c.Gaps = append(c.Gaps, g)
	return true
}

// snapshot sorts everything, so that the same records always give the same.
func (a *assembly) snapshot() *Snapshot {
	s := &Snapshot{Roster: a.roster, Unreadable: a.unreadable, Unplaced: a.unplaced, Orphans: a.orphans}
	s.Clients = make([]*Client, 0, len(a.clients))
	for _, c := range a.clients {
		c.sort()
		s.Clients = append(s.Clients, c)
	}
	slices.SortFunc(s.Clients, func(x, y *Client) int { return cmp.Compare(x.Ref, y.Ref) })
	slices.SortFunc(s.Orphans, func(x, y Orphan) int {
		return cmp.Or(cmp.Compare(x.Record, y.Record), cmp.Compare(x.Client, y.Client))
	})
	s.Orphans = slices.Compact(s.Orphans)
	return s
}
