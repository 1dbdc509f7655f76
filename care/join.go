package care

import (
	"cmp"
	"slices"
	"strings"
)

// Part is what one system gave, with its own references.
type Part struct {
	System string // its name in the configuration
	// Plain: its references stand as they are. Those of every other system get the
	// system's name in front, so that local ids of two systems never meet.
	Plain bool
	Input Input
	// Authority are the facts that count from here; whatever else it holds of people
	// and units only tells who they are.
	Authority FactSet
	// Rank is the system's place in the order of the systems that are authorities
	// for a kind; 0, the first, where it is not said.
	Rank map[FactKind]int
	// Rows: its records of staff are rows of a list, such as certificates, of which
	// one person may have several.
	Rows bool
	// Implied: a person whom its records name, and whom no list of clients has, is a
	// client with protected identity.
	Implied bool
}

// name gives a reference of the part among those of all systems.
func (p *Part) name(r Ref) Ref {
	if p.Plain || r == "" || isLogical(r) {
		return r
	}
	return Ref(p.System) + ":" + r
}

// Joined is several systems as one.
type Joined struct {
	Input
	// Unjoined are the people and units of a system that could not be told to be
	// somebody of the system that is the authority, sorted.
	Unjoined []Unjoined
	// There tells who a client, a member of staff or a unit is in another system, by
	// the system's name: the joined reference → the system's own, as it writes it.
	// Of two who would be one nobody is in it.
	There map[string]map[Ref]Ref
}

// Unjoined is one record of a person or unit that is nobody elsewhere.
type Unjoined struct {
	System string
	Ref    Ref
	Kind   FactKind // client, staff or unit
	// Several: more than one could be meant, and none is chosen.
	Several bool
}

// Join puts the records of several systems on one set of people and units. A
// person is the same in two systems if an identifier (personnummer,
// samordningsnummer, HSA-id; as keyed hashes) is carried by exactly one in each;
// within one system two people are never merged. Who has a protected identity in
// one of them has one. Units join by identifier, else by a name that one unit has in
// each.
//
// The records of the parts are changed in place, and belong to the result.
func Join(parts []Part) Joined {
	j := &joining{
		parts: parts, same: map[Ref]Ref{}, carriers: map[FactKind]map[[16]byte][]Ref{}, wrong: map[[16]byte][]string{},
		bulk: map[bulkOf]int{}, skills: map[Ref]*skills{}, protected: map[Ref]bool{},
		out: Joined{There: map[string]map[Ref]Ref{}},
	}
	out := &j.out
	out.Names, out.Aliases, out.StaffAliases = NewNames(), map[Ref]Ref{}, map[Ref]Ref{}
	out.Systems = names(parts)
	out.Visits, out.Notes, out.Answers = map[Ref][]Visit{}, map[Ref][]Note{}, map[Ref][]Answer{}
	for i := range parts {
		out.There[parts[i].System] = map[Ref]Ref{}
		j.qualify(&parts[i])
	}
	j.people(KindClient)
	j.people(KindStaff)
	j.units()
	for i := range parts {
		j.place(&parts[i])
	}
	j.giveSkills()
	j.owners()
	j.first()
	slices.SortFunc(out.Unjoined, func(a, b Unjoined) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
	})
	return *out
}

// names are what staff call the systems that each kind of fact comes from.
func names(parts []Part) *SystemNames {
	out := map[FactKind]string{}
	for _, kind := range FactKinds() {
		of := make([]string, len(parts))
		for i := range parts {
			if p := &parts[i]; p.Authority.Has(SetOf(kind)) {
				of[min(p.Rank[kind], len(parts)-1)] = p.Input.System
			}
		}
		of = slices.DeleteFunc(of, func(name string) bool { return name == "" })
		if len(of) > 0 {
			out[kind] = strings.Join(of, ", ")
		}
	}
	return &SystemNames{out}
}

// SystemNames are what staff call the systems that facts come from, by kind.
type SystemNames struct{ byKind map[FactKind]string }

// Of are the systems that these kinds come from, each once, with commas between.
func (s *SystemNames) Of(kinds ...FactKind) string {
	var all []string
	for _, k := range kinds {
		for name := range strings.SplitSeq(s.byKind[k], ", ") {
			if name != "" && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return strings.Join(all, ", ")
}

// joining is the state of one Join.
type joining struct {
	parts []Part
	// same leads from a person or unit of one system to who that is in the system
	// that is the authority.
	same map[Ref]Ref
	// carriers tell who of the authority's clients and staff carries an identifier.
	carriers map[FactKind]map[[16]byte][]Ref
	// wrong are the systems whose clients carry an identifier that is not valid. It
	// tells who is meant within that system, and joins nobody with another.
	wrong map[[16]byte][]string
	// protected are the authority's clients who have a protected identity somewhere.
	protected map[Ref]bool

	bulk   map[bulkOf]int  // the rank of the system that visits and notes were taken from
	skills map[Ref]*skills // by member of staff
	pieces []piece         // of the records in out.More
	out    Joined
}

type bulkOf struct {
	kind   FactKind
	client Ref
}

// piece is records of one part.
type piece struct {
	part    *Part
	records []Packed
}

// edit lets change make something else of each record, and drops those of which it
// says that nothing is left.
func edit(records []Packed, change func(*Record) bool) []Packed {
	var r Record
	kept := records[:0]
	for i := range records {
		records[i].openInto(&r)
		if change(&r) {
			kept = append(kept, r.Pack())
		}
	}
	return kept
}

// qualify gives every reference of a part its name among those of all systems,
// and puts its numbered names into the table that all share.
func (j *joining) qualify(p *Part) {
	in := &p.Input
	in.More, in.Records = append(slices.Clip(in.More), Pack(in.Records...)), nil
	for _, records := range in.More {
		edit(records, func(r *Record) bool {
			r.eachRef(func(ref *Ref) { *ref = p.name(*ref) })
			return true
		})
	}
	in.Unreadable = slices.Clone(in.Unreadable) // they may be part of what is stored
	for i := range in.Unreadable {
		u := &in.Unreadable[i]
		u.Ref, u.Client, u.Staff = p.name(u.Ref), p.name(u.Client), p.name(u.Staff)
	}
	translate := []uint32{0}
	if in.Names != nil {
		for _, ref := range in.Names.All() {
			translate = append(translate, j.out.Names.ID(p.name(ref)))
		}
	}
	for _, visits := range in.Visits {
		for i := range visits {
			v := &visits[i]
			v.Staff[0], v.Staff[1] = translate[v.Staff[0]], translate[v.Staff[1]]
			v.BasedOn = translate[v.BasedOn]
		}
	}
	for _, notes := range in.Notes {
		for i := range notes {
			notes[i].Author = translate[notes[i].Author]
		}
	}
}

// place takes what counts of a part.
func (j *joining) place(p *Part) {
	in := &p.Input
	for _, records := range in.More {
		kept := edit(records, func(r *Record) bool { return j.keep(p, r) })
		if len(kept) > 0 {
			j.pieces = append(j.pieces, piece{p, kept})
			j.out.More = append(j.out.More, kept)
		}
	}
	for _, u := range in.Unreadable {
		if u.Facts != 0 && u.Facts&p.Authority == 0 {
			if u.Facts&SetOf(KindClient, KindStaff) == 0 || p.Authority == 0 {
				continue // it only tells who somebody is, and nothing rests on that
			}
			u.Facts = p.Authority // what would have been joined to it
		}
		u.Client, u.Staff = j.within(p, j.person(KindClient, u.Client)), j.person(KindStaff, u.Staff)
		j.out.Unreadable = append(j.out.Unreadable, u)
	}
	if p.Authority.Has(SetOf(KindVisit)) {
		placeBulk(j, p, KindVisit, in.Visits, j.out.Visits)
		j.out.VisitsFrom = max(j.out.VisitsFrom, in.VisitsFrom)
	}
	if p.Authority.Has(SetOf(KindNote)) {
		placeBulk(j, p, KindNote, in.Notes, j.out.Notes)
	}
	for ref, answers := range in.Answers {
		to := j.person(KindClient, p.name(ref))
		for _, a := range answers {
			j.out.Answers[to] = append(j.out.Answers[to], Answer{Service: p.name(a.Service), Found: a.Found})
		}
	}
	j.out.Incomplete = append(j.out.Incomplete, p.gaps()...)
	j.out.AsOf = in.AsOf
	j.out.Provides |= p.Authority
	if p.Authority.Has(SetOf(KindQualification)) && in.QualificationsDeclared {
		j.out.QualificationsDeclared = true
	}
	if p.Authority.Has(SetOf(KindAssignment)) && in.AssignmentsUndated {
		j.out.AssignmentsUndated = true
	}
}

// keep makes of a record what counts of it, and says whether that is anything.
func (j *joining) keep(p *Part, r *Record) bool {
	if r.Staff != nil && p.Authority.Has(SetOf(KindQualification)) {
		j.learn(p, r)
	}
	counts := p.Authority
	if _, elsewhere := j.same[r.Ref]; elsewhere || !counts.Has(SetOf(KindStaff)) {
		r.Staff = nil
	}
	if _, elsewhere := j.same[r.Ref]; elsewhere {
		r.Person, r.Unit = nil, nil
	}
	if r.Role != nil {
		r.Role.limit(counts)
	}
	if r.Person != nil && j.protected[r.Ref] && !r.Person.Protected {
		hidden := *r.Person
		hidden.Protected = true
		r.Person = &hidden
	}
	own := r.Ref
	r.eachRef(func(ref *Ref) { *ref = j.canonical(*ref) })
	r.Ref, r.Client = own, j.within(p, r.Client)
	r.keep(counts)
	return r.HoldsFacts()
}

// placeBulk takes visits or notes. Of several systems that are authorities the
// first in their order counts that has any of the client.
func placeBulk[F any](j *joining, p *Part, kind FactKind, from, to map[Ref][]F) {
	rank := p.Rank[kind]
	for _, ref := range sorted(from) {
		rows := from[ref]
		if len(rows) == 0 {
			continue
		}
		client := j.within(p, j.person(KindClient, p.name(ref)))
		at := bulkOf{kind, client}
		other, taken := j.bulk[at]
		switch {
		case !taken || rank < other:
			to[client], j.bulk[at] = rows, rank
		case rank == other:
			to[client] = join(to[client], rows)
		}
	}
}

// gaps are what was not read whole and counts. Where records could not be read that
// only tell whom others are about, all that would have been joined to them is missing.
func (p *Part) gaps() (out []Gap) {
	for _, g := range p.Input.Incomplete {
		switch facts := g.Facts & p.Authority; {
		case facts != 0:
			g.Facts = facts
		case g.Facts&^SetOf(KindUnit) != 0 && p.Authority != 0:
			g.Facts = p.Authority
		default:
			continue
		}
		out = append(out, g)
	}
	return out
}

// limit takes from an employment what does not count.
func (r *RoleFact) limit(authority FactSet) {
	if !authority.Has(SetOf(KindStaffAbsence)) {
		r.Absences = nil
	}
	if !authority.Has(SetOf(KindEmployment)) {
		r.AbsencesOnly = true
	}
}

// canonical is who a person or unit is in the system that is the authority.
func (j *joining) canonical(r Ref) Ref {
	if to, ok := j.same[r]; ok {
		return to
	}
	return r
}

// person is canonical, and resolves an identifier that one person carries.
func (j *joining) person(kind FactKind, r Ref) Ref {
	r = j.canonical(r)
	if hash, ok := hashOf(r); ok {
		if c := j.carriers[kind][hash]; len(c) == 1 {
			return c[0]
		}
	}
	if to, ok := j.aliases(kind)[r]; ok {
		return to
	}
	return r
}

// within leaves a client whom a part names by an identifier that is not valid to the
// clients of that same system: what it is in another is another matter.
func (j *joining) within(p *Part, r Ref) Ref {
	hash, ok := hashOf(r)
	if !ok || len(j.carriers[KindClient][hash]) > 0 || len(j.wrong[hash]) == 0 || slices.Contains(j.wrong[hash], p.System) {
		return r
	}
	return Ref(p.System) + ":" + r
}
