package care

import "slices"

// skills are one person's qualifications, from the first system in the order that
// has any.
type skills struct {
	rank int
	all  []Qualification
}

// learn takes the qualifications of a record of staff, or of a row of a list.
func (j *joining) learn(p *Part, r *Record) {
	person, rank := j.canonical(r.Ref), p.Rank[KindQualification]
	s := j.skills[person]
	switch {
	case len(r.Staff.Qualifications) == 0:
	case s == nil || rank < s.rank:
		j.skills[person] = &skills{rank, slices.Clone(r.Staff.Qualifications)}
	case rank == s.rank:
		s.all = append(s.all, r.Staff.Qualifications...)
	}
}

// giveSkills puts qualifications on the people whose they are.
func (j *joining) giveSkills() {
	for r := range j.out.Each {
		if r.Staff == nil {
			continue
		}
		r.Staff.Qualifications = nil
		if s := j.skills[r.Ref]; s != nil {
			r.Staff.Qualifications = s.all
		}
	}
}

// imply makes clients of those whom records name and no list of clients has: the
// system keeps them from us, so they are taken to be protected (lifecare.md).
func (j *joining) imply() {
	carriers := j.carriers[KindClient]
	var records []Record
	for _, p := range j.inOrder(KindClient) {
		if !p.Implied {
			continue
		}
		listed := j.listed(p)
		see := func(ref Ref) {
			hash, ok := hashOf(ref)
			if !ok || len(carriers[hash]) > 0 || len(j.wrong[hash]) > 0 || listed[hash] {
				return
			}
			own := p.name("unlisted/" + ref[len(logicalPrefix):])
			id := Identifier{Kind: Personnummer, Hash: hash, Valid: true}
			carry(carriers, subject{ref: own, ids: []Identifier{id}})
			records = append(records, Record{Ref: own, Client: own, Facts: Facts{Person: &PersonFact{Protected: true, Identifiers: []Identifier{id}}}})
		}
		for r := range p.Input.Each {
			if r.Person == nil && r.HoldsFacts() {
				see(r.Client)
			}
		}
		for ref := range p.Input.Visits {
			see(ref)
		}
		for ref := range p.Input.Notes {
			see(ref)
		}
	}
	if len(records) > 0 {
		j.out.More = append(j.out.More, Pack(records...))
	}
}

// listed are the identifiers, besides the first authority's, of which it is known
// whose they are: those of the part's own list of clients and of every other list
// that counts, and what one system has beside an identifier of one listed client, as
// an earlier number.
func (j *joining) listed(p *Part) map[[16]byte]bool {
	listed := map[[16]byte]bool{}
	beside := map[[16]byte][]Ref{}
	for i := range j.parts {
		of := &j.parts[i]
		counts := of == p || of.Authority.Has(SetOf(KindClient))
		for _, s := range of.subjects(KindClient) {
			one, _ := whose(j.carriers[KindClient], s.ids)
			for _, id := range s.ids {
				switch {
				case !id.Valid:
				case counts:
					listed[id.Hash] = true
				case one != "" && !slices.Contains(beside[id.Hash], one):
					beside[id.Hash] = append(beside[id.Hash], one)
				}
			}
		}
	}
	for hash, of := range beside {
		if len(of) == 1 {
			listed[hash] = true
		}
	}
	return listed
}

// owners resolves clients who are named by another record of theirs: a note by the
// placement that it was written in.
func (j *joining) owners() {
	wanted := map[Ref]Ref{}
	want := func(client Ref) {
		if client != "" && !isLogical(client) {
			wanted[client] = ""
		}
	}
	for r := range j.out.Each {
		if r.Person == nil {
			want(r.Client)
		}
	}
	for ref := range j.out.Visits {
		want(ref)
	}
	for ref := range j.out.Notes {
		want(ref)
	}
	for _, u := range j.out.Unreadable {
		want(u.Client)
	}
	found := false
	for r := range j.out.Each {
		if _, is := wanted[r.Ref]; is && r.Person == nil && r.Client != "" && r.Client != r.Ref {
			wanted[r.Ref], found = j.person(KindClient, r.Client), true
		}
	}
	if !found {
		return
	}
	owner := func(ref Ref) Ref {
		if to := wanted[ref]; to != "" {
			return to
		}
		return ref
	}
	for _, records := range j.out.More {
		for i := range records {
			records[i].Client = owner(records[i].Client)
		}
	}
	for i := range j.out.Unreadable {
		j.out.Unreadable[i].Client = owner(j.out.Unreadable[i].Client)
	}
	rehang(j.out.Visits, owner)
	rehang(j.out.Notes, owner)
}

// rehang moves rows to their owners.
func rehang[F any](rows map[Ref][]F, owner func(Ref) Ref) {
	for _, ref := range sorted(rows) {
		if to := owner(ref); to != ref {
			rows[to] = join(rows[to], rows[ref])
			delete(rows, ref)
		}
	}
}

// first sees that of a kind with several authorities only the first in their order
// counts that has any such fact of the client, or of the member of staff.
func (j *joining) first() {
	for _, kind := range FactKinds() {
		if !j.several(kind) {
			continue
		}
		best := map[Ref]int{}
		whose := func(r *Record) Ref {
			if r.Role != nil {
				return j.person(KindStaff, r.Role.Person)
			}
			return j.person(KindClient, r.Client)
		}
		for _, piece := range j.pieces {
			rank := piece.part.Rank[kind]
			for i := range piece.records {
				r := piece.records[i].Open()
				if !r.kinds().Has(SetOf(kind)) {
					continue
				}
				if other, seen := best[whose(&r)]; !seen || rank < other {
					best[whose(&r)] = rank
				}
			}
		}
		for _, piece := range j.pieces {
			rank := piece.part.Rank[kind]
			edit(piece.records, func(r *Record) bool {
				if r.kinds().Has(SetOf(kind)) && rank > best[whose(r)] {
					r.keep(AllFacts &^ SetOf(kind))
				}
				return true
			})
		}
	}
}

// several says whether more than one system is an authority for a kind that is
// chosen client by client: people and units are joined, and what is packed is
// chosen when it is placed.
func (j *joining) several(kind FactKind) bool {
	if SetOf(kind)&SetOf(KindClient, KindStaff, KindUnit, KindQualification, KindVisit, KindNote, KindStaffAbsence) != 0 {
		return false
	}
	n := 0
	for i := range j.parts {
		if j.parts[i].Authority.Has(SetOf(kind)) {
			n++
		}
	}
	return n > 1
}
