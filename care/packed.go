package care

import "time"

// Packed is a Record without the room that a Record has for facts it does not hold:
// a fifth of its size, where it holds one fact, as nearly all do. A municipality has
// hundreds of thousands of records. It shares its facts with the Record it was made of.
type Packed struct {
	Ref     Ref
	Client  Ref
	Version string
	Updated time.Time
	facts   any // nil for none; the facts, where they are of one field of Facts; else *Facts
}

// Pack packs records, in their order.
func Pack(records ...Record) []Packed {
	out := make([]Packed, len(records))
	for i := range records {
		out[i] = records[i].Pack()
	}
	return out
}

// Pack packs one record.
func (r *Record) Pack() Packed {
	return Packed{Ref: r.Ref, Client: r.Client, Version: r.Version, Updated: r.Updated, facts: packed(&r.Facts)}
}

// Open gives the record that was packed; a list without facts in it comes back as nil.
func (p *Packed) Open() (r Record) {
	p.openInto(&r)
	return r
}

// HoldsFacts says whether there is any fact in p.
func (p *Packed) HoldsFacts() bool { return p.facts != nil }

func packed(f *Facts) any {
	var facts any
	fields := one(f.Person, &facts) + one(f.Unit, &facts) + one(f.Staff, &facts) + one(f.Role, &facts) +
		list(f.Placements, &facts) + list(f.Services, &facts) + list(f.Assignments, &facts) + list(f.Decisions, &facts) +
		list(f.Information, &facts) + list(f.Plans, &facts) + list(f.Reviews, &facts) + list(f.Deviations, &facts) +
		list(f.Risks, &facts) + list(f.Absences, &facts) + list(f.Relatives, &facts) + list(f.Consents, &facts) +
		list(f.Handovers, &facts)
	if fields > 1 {
		all := *f
		return &all
	}
	return facts
}

// one and list put what a field holds into facts, and count the field if that is anything.
func one[F any](fact *F, facts *any) int {
	if fact == nil {
		return 0
	}
	*facts = fact
	return 1
}

func list[F any](all []F, facts *any) int {
	switch len(all) {
	case 0:
		return 0
	case 1:
		*facts = (*[1]F)(all)
	default:
		*facts = all
	}
	return 1
}

// openInto opens into a record that may hold another before.
func (p *Packed) openInto(r *Record) {
	*r = Record{Ref: p.Ref, Client: p.Client, Version: p.Version, Updated: p.Updated}
	switch facts := p.facts.(type) {
	case nil:
	case *Facts:
		r.Facts = *facts
	case *PersonFact:
		r.Person = facts
	case *Unit:
		r.Unit = facts
	case *StaffFact:
		r.Staff = facts
	case *RoleFact:
		r.Role = facts
	default:
		_ = listed(facts, &r.Placements) || listed(facts, &r.Services) || listed(facts, &r.Assignments) ||
			listed(facts, &r.Decisions) || listed(facts, &r.Information) || listed(facts, &r.Plans) ||
			listed(facts, &r.Reviews) || listed(facts, &r.Deviations) || listed(facts, &r.Risks) ||
			listed(facts, &r.Absences) || listed(facts, &r.Relatives) || listed(facts, &r.Consents) ||
			listed(facts, &r.Handovers)
	}
}

// listed takes facts into the field that they are of.
func listed[F any](facts any, into *[]F) bool {
	switch all := facts.(type) {
	case *[1]F:
		*into = all[:]
	case []F:
		*into = all
	default:
		return false
	}
	return true
}
