package care

import (
	"cmp"
	"slices"
	"strings"
)

// inOrder lists the parts that are authorities for a kind in the order in which
// they count, and then the others.
func (j *joining) inOrder(kind FactKind) []*Part {
	var all []*Part
	for i := range j.parts {
		all = append(all, &j.parts[i])
	}
	place := func(p *Part) int {
		if !p.Authority.Has(SetOf(kind)) {
			return int(factKinds) // after any rank
		}
		return p.Rank[kind]
	}
	slices.SortStableFunc(all, func(a, b *Part) int { return cmp.Compare(place(a), place(b)) })
	return all
}

// subject is a record of a person or unit.
type subject struct {
	ref       Ref
	ids       []Identifier
	protected bool // of a client: identity
}

// subjects lists the people that a part's records describe, each once.
func (p *Part) subjects(kind FactKind) (out []subject) {
	for r := range p.Input.Each {
		switch {
		case kind == KindClient && r.Person != nil:
			out = append(out, subject{r.Ref, r.Person.Identifiers, r.Person.Protected})
		case kind == KindStaff && r.Staff != nil:
			out = append(out, subject{r.Ref, r.Staff.Identifiers, false})
		}
	}
	return out
}

// people tells who of the clients, or of the staff, of each system is who in the
// system that is the authority.
func (j *joining) people(kind FactKind) {
	carriers := map[[16]byte][]Ref{}
	j.carriers[kind] = carriers
	if kind == KindClient {
		j.noteWrong()
	}
	earlier := map[Ref][]Ref{}
	for i, p := range j.inOrder(kind) {
		authority := p.Authority.Has(SetOf(kind))
		if i == 0 && authority {
			for _, s := range p.subjects(kind) {
				carry(carriers, s)
				j.there(p, s.ref, s.ref)
			}
			if kind == KindClient {
				j.imply()
			}
			continue
		}
		var more []subject
		whom := map[Ref][]subject{} // of the authority's → who here would be the same
		for _, s := range p.subjects(kind) {
			to, several := whose(carriers, s.ids)
			switch {
			case len(several) > 0:
				j.doubt(p, kind, s, several)
			case to != "":
				whom[to] = append(whom[to], s)
			case authority:
				more = append(more, s)
			default:
				j.out.Unjoined = append(j.out.Unjoined, Unjoined{System: p.System, Ref: s.ref, Kind: kind})
			}
		}
		for _, to := range sorted(whom) {
			j.sure(p, kind, to, whom[to], earlier)
		}
		for _, s := range more {
			carry(carriers, s)
			j.there(p, s.ref, s.ref)
		}
	}
	for number, whose := range earlier {
		hash, _ := hashOf(number)
		slices.Sort(whose)
		if len(slices.Compact(whose)) == 1 && len(carriers[hash]) == 0 {
			j.aliases(kind)[number] = whose[0]
		}
	}
}

// noteWrong notes who carries an identifier that is not valid, in which system.
func (j *joining) noteWrong() {
	for i := range j.parts {
		p := &j.parts[i]
		for _, s := range p.subjects(KindClient) {
			for _, id := range s.ids {
				if !id.Valid && !slices.Contains(j.wrong[id.Hash], p.System) {
					j.wrong[id.Hash] = append(j.wrong[id.Hash], p.System)
				}
			}
		}
	}
}

// sure joins one person of a part to who it is. Rows of a list that only tells
// of one kind of fact may be several for one person; two records of people are not.
//
// earlier notes the numbers that the authority does not know, with all whose they
// would be.
func (j *joining) sure(p *Part, kind FactKind, to Ref, here []subject, earlier map[Ref][]Ref) {
	if len(here) > 1 && !p.lists(kind) {
		for _, s := range here {
			j.doubt(p, kind, s, []Ref{to})
		}
		return
	}
	slices.SortFunc(here, func(a, b subject) int { return cmp.Compare(a.ref, b.ref) })
	j.there(p, to, here[0].ref) // of several rows the first, in whatever order they came
	for _, s := range here {
		j.same[s.ref] = to
		j.protect(s, to)
		for _, id := range s.ids {
			if id.Valid && len(j.carriers[kind][id.Hash]) == 0 {
				earlier[LogicalRef(id)] = append(earlier[LogicalRef(id)], to)
			}
		}
	}
}

// protect notes who a client with protected identity is, or could be, in the system that
// is the authority: it may not have heard of it, and no other system's word undoes it.
func (j *joining) protect(s subject, is ...Ref) {
	if !s.protected {
		return
	}
	for _, ref := range is {
		j.protected[ref] = true
	}
}

// aliases lead from numbers that only other systems know to whose they are.
func (j *joining) aliases(kind FactKind) map[Ref]Ref {
	if kind == KindClient {
		return j.out.Aliases
	}
	return j.out.StaffAliases
}

// lists says whether the part's records of staff are rows of a list, such as
// certificates, and not the people themselves.
func (p *Part) lists(kind FactKind) bool { return kind == KindStaff && p.Rows }

// doubt leaves somebody unjoined who could be several people. Those whom it could
// be are unknown as far as facts come from this system.
func (j *joining) doubt(p *Part, kind FactKind, s subject, could []Ref) {
	j.protect(s, could...)
	j.out.Unjoined = append(j.out.Unjoined, Unjoined{System: p.System, Ref: s.ref, Kind: kind, Several: true})
	if p.Authority == 0 {
		return
	}
	for _, c := range could {
		u := Unreadable{Ref: s.ref, Facts: p.Authority, Reason: "cannot be told apart from another record with the same identifier"}
		if kind == KindClient {
			u.Client = c
		} else {
			u.Staff, u.Facts = c, p.Authority&staffKinds
		}
		if u.Facts != 0 {
			j.out.Unreadable = append(j.out.Unreadable, u)
		}
	}
}

// there notes who somebody is in a system, as that system writes it.
func (j *joining) there(p *Part, joined, here Ref) {
	if !p.Plain {
		here = Ref(strings.TrimPrefix(string(here), p.System+":"))
	}
	j.out.There[p.System][joined] = here
}

func carry(carriers map[[16]byte][]Ref, s subject) {
	for _, id := range s.ids {
		if id.Valid && !slices.Contains(carriers[id.Hash], s.ref) {
			carriers[id.Hash] = append(carriers[id.Hash], s.ref)
		}
	}
}

// whose gives the one person whom the identifiers name; several where they name more.
func whose(carriers map[[16]byte][]Ref, ids []Identifier) (one Ref, several []Ref) {
	var all []Ref
	for _, id := range ids {
		if !id.Valid {
			continue
		}
		for _, c := range carriers[id.Hash] {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	switch len(all) {
	case 0:
		return "", nil
	case 1:
		return all[0], nil
	}
	return "", all
}
