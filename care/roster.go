package care

import (
	"cmp"
	"iter"
	"slices"
)

// newRoster builds what all clients share from the records that count.
func newRoster(in Input, records iter.Seq[*Record], colleagues directory) *Roster {
	r := &Roster{
		System: in.System, Systems: in.Systems, Provides: in.Provides, Names: in.Names, VisitsFrom: in.VisitsFrom,
		AssignmentsUndated: in.AssignmentsUndated, Consent: in.Consent,
		Units: map[Ref]Unit{}, staff: map[Ref]*Staff{}, members: map[Ref]Ref{}, duplicates: map[Ref][]Ref{},
	}
	for _, g := range in.Incomplete {
		r.Incomplete |= g.Facts
	}
	type employment struct {
		ref Ref
		*RoleFact
	}
	var roles []employment
	for rec := range records {
		if rec.Unit != nil {
			r.Units[rec.Ref] = *rec.Unit
		}
		if rec.Staff != nil {
			s := r.member(rec.Ref)
			s.StaffFact, s.Read = *rec.Staff, true
		}
		if rec.Role != nil && rec.Role.Person != "" {
			roles = append(roles, employment{rec.Ref, rec.Role})
		}
	}
	slices.SortFunc(roles, func(a, b employment) int { return cmp.Compare(a.ref, b.ref) })
	for _, e := range roles {
		person := colleagues.resolve(e.Person)
		r.members[e.ref] = person
		s := r.member(person)
		s.Roles = append(s.Roles, *e.RoleFact)
	}
	r.EmploymentsKnown = len(roles) > 0
	for hash, refs := range colleagues.carriers {
		if len(refs) == 1 {
			r.members[LogicalRef(Identifier{Hash: hash})] = refs[0]
		}
	}
	for logical, ref := range colleagues.aliases {
		if to := colleagues.resolve(logical); to == ref {
			r.members[logical] = ref
		}
	}
	r.learnQualifications(in.QualificationsDeclared)
	r.numberPersons()
	return r
}

// member gives the entry of a person, a new one if need be.
func (r *Roster) member(ref Ref) *Staff {
	s := r.staff[ref]
	if s == nil {
		s = &Staff{Ref: ref}
		r.staff[ref] = s
	}
	return s
}

func (r *Roster) markUnreadable(person Ref) { r.member(person).Unreadable = true }

// learnQualifications tells whether qualifications are known, and since when:
// they are if anybody has one that is coded, or if the list is declared complete.
func (r *Roster) learnQualifications(declared bool) {
	if declared {
		r.QualificationsKnown = true
		return
	}
	for _, s := range r.staff {
		from, coded := s.CodedFrom()
		if coded && (!r.QualificationsKnown || from < r.qualifiedFrom) {
			r.qualifiedFrom = from
		}
		r.QualificationsKnown = r.QualificationsKnown || coded
	}
}

// numberPersons prepares what makes "a visit by this person" one comparison.
func (r *Roster) numberPersons() {
	r.numbers = map[Ref]uint32{}
	if r.Names == nil {
		return
	}
	names := r.Names.All()
	r.persons = make([]uint32, len(names)+1)
	for i, ref := range names {
		id := uint32(i + 1)
		person, _, _ := r.Person(ref)
		if _, ok := r.numbers[person]; !ok {
			r.numbers[person] = id
		}
		r.persons[id] = r.numbers[person]
	}
}
