package care

import (
	"cmp"
	"slices"
)

// placeRecords puts each record's facts on its client.
func (a *assembly) placeRecords() {
	plans := map[Ref]Ref{} // plan → the client it was put on
	for r := range a.each {
		for i := range r.Plans {
			if c := a.client(r.Client); c != nil {
				plans[r.Plans[i].Ref] = c.Ref
			}
		}
	}
	for r := range a.each {
		if !r.concernsClient() {
			continue
		}
		c := a.client(r.Client)
		// A review is the plan's client's, whatever else it says of itself.
		placed := false
		for _, v := range r.Reviews {
			if owner, ok := plans[v.Plan]; ok {
				a.clients[owner].Reviews = append(a.clients[owner].Reviews, v)
				placed = true
			} else if c != nil {
				c.Reviews = append(c.Reviews, v)
			}
		}
		own := len(r.Handovers) > 0 // of a client who has left: the ledger keeps it
		if !placed && !own && (c == nil || a.phantoms[c.Ref]) {
			a.orphans = append(a.orphans, Orphan{r.Ref, r.Client})
		}
		if c == nil {
			if !placed && !own {
				a.either(r.Client, r.Ref, r.kinds())
			}
			continue
		}
		c.Placements = append(c.Placements, r.Placements...)
		c.Services = append(c.Services, r.Services...)
		c.Assignments = append(c.Assignments, r.Assignments...)
		c.Decisions = append(c.Decisions, r.Decisions...)
		c.Information = append(c.Information, r.Information...)
		c.Plans = append(c.Plans, r.Plans...)
		c.Deviations = append(c.Deviations, r.Deviations...)
		c.Risks = append(c.Risks, r.Risks...)
		c.Absences = append(c.Absences, r.Absences...)
		c.Relatives = append(c.Relatives, r.Relatives...)
		c.Handovers = append(c.Handovers, r.Handovers...)
	}
}

// either makes those unknown who all have the identifier by which a record names its
// client: it is one of them, and none of them may be judged without it. Consents are
// put on each of them (placeConsents).
func (a *assembly) either(client, record Ref, facts FactSet) {
	if facts &^= SetOf(KindConsent); facts == 0 {
		return
	}
	for _, c := range a.among(client) {
		c.Gaps = append(c.Gaps, Gap{Source: a.in.System, Facts: facts, Record: record, Reason: "is of this client or of another one with the same identifier"})
	}
}

// settlePlacements puts right what only several records together say: a placement
// at a unit that is a care home is one in a care home, and one that renews another
// continues it. A continued placement keeps the reference of its first part, so
// that what was found in it stays the same finding.
func (a *assembly) settlePlacements() {
	for _, c := range a.clients {
		renewed := false
		for i := range c.Placements {
			p := &c.Placements[i]
			if a.roster.Units[p.Unit].CareHome {
				p.Setting = CareHome
			}
			renewed = renewed || p.Renewed > 0
		}
		if renewed {
			c.Placements = continued(c.Placements)
		}
		for i := range c.Services {
			if s := &c.Services[i]; s.Unplaced && s.Performer == "" && s.Code&CareHomeService != 0 {
				s.Performer = c.careHome(s.Period)
			}
		}
	}
}

// careHome is the unit of the placement in a care home that begins first of those
// that share a day with the period; empty where there is none.
func (c *Client) careHome(of Period) Ref {
	var first *Placement
	for i := range c.Placements {
		p := &c.Placements[i]
		if p.Setting == CareHome && p.Unit != "" && p.Overlaps(of) &&
			(first == nil || cmp.Or(cmp.Compare(p.Start, first.Start), cmp.Compare(p.Ref, first.Ref)) < 0) {
			first = p
		}
	}
	if first == nil {
		return ""
	}
	return first.Unit
}

func continued(all []Placement) []Placement {
	slices.SortFunc(all, func(x, y Placement) int {
		return cmp.Or(cmp.Compare(x.Unit, y.Unit), cmp.Compare(x.Setting, y.Setting), cmp.Compare(x.Start, y.Start), cmp.Compare(x.Ref, y.Ref))
	})
	out := all[:0]
	for _, p := range all {
		n := len(out)
		if n == 0 || !out[n-1].continuedBy(p) {
			out = append(out, p)
			continue
		}
		last := &out[n-1]
		if last.End != 0 && (p.End == 0 || p.End > last.End) {
			last.End = p.End
		}
	}
	return out
}

// continuedBy says whether a placement that begins later carries on p.
func (p *Placement) continuedBy(next Placement) bool {
	return p.Renewed > 0 && next.Renewed > 0 && p.Unit == next.Unit && p.Setting == next.Setting && next.Start != 0 &&
		(p.End == 0 || next.Start <= p.End.AddDays(int(p.Renewed)+1))
}

// concernsClient says whether a record holds facts that belong to a client.
func (r *Record) concernsClient() bool {
	if r.Person != nil || r.Unit != nil || r.Staff != nil || r.Role != nil {
		return false
	}
	return r.Client != "" || r.kinds() != 0
}

// placeBulk puts visits, notes and answers on their clients.
func (a *assembly) placeBulk() {
	orphan := func(ref Ref, c *Client, kind FactKind) bool {
		if c == nil || a.phantoms[c.Ref] {
			a.orphans = append(a.orphans, Orphan{Client: ref})
		}
		if c == nil {
			a.either(ref, "", SetOf(kind))
		}
		return c == nil
	}
	for _, ref := range sorted(a.in.Visits) {
		if c := a.client(ref); !orphan(ref, c, KindVisit) {
			c.Visits = join(c.Visits, a.in.Visits[ref])
		}
	}
	for _, ref := range sorted(a.in.Notes) {
		if c := a.client(ref); !orphan(ref, c, KindNote) {
			c.Notes = join(c.Notes, a.in.Notes[ref])
		}
	}
	for _, ref := range sorted(a.in.Answers) {
		if c := a.client(ref); c != nil {
			c.Answers = append(c.Answers, a.in.Answers[ref]...)
		}
	}
}

// join appends without copying what is most of a run's memory.
func join[F any](to, more []F) []F {
	if len(to) == 0 {
		return more
	}
	return append(slices.Clip(to), more...)
}

func sorted[V any](m map[Ref]V) []Ref {
	refs := make([]Ref, 0, len(m))
	for r := range m {
		refs = append(refs, r)
	}
	slices.Sort(refs)
	return refs
}

// placeUnreadable makes the clients of unreadable records unknown.
func (a *assembly) placeUnreadable() {
	a.staffGaps = map[Ref]Gap{}
	for _, u := range a.unreadable {
		g := Gap{Source: a.in.System, Facts: u.Facts, Record: u.Ref, Reason: u.Reason}
		if u.Client == "" && u.Facts.Has(SetOf(KindClient)) {
			u.Client = u.Ref
		}
		placed := a.gap(u.Client, g)
		if u.aboutStaff() {
			// An assignment may name the person, or the employment itself. Whose
			// employment it is may be what cannot be read: then it is unplaced too.
			a.staffGaps[u.Ref] = g
			if u.Staff != "" {
				person := a.colleagues.resolve(u.Staff)
				a.staffGaps[person] = g
				a.roster.markUnreadable(person)
				if u.Ref != person {
					a.roster.members[u.Ref] = person
				}
				placed = true
			}
		}
		if !placed {
			a.unplaced = append(a.unplaced, u)
		}
		for _, r := range a.aside {
			if r.Ref != u.Ref {
				continue
			}
			a.gap(r.Client, g)
			if r.Role != nil {
				person := a.colleagues.resolve(r.Role.Person)
				a.staffGaps[person] = g
				a.roster.markUnreadable(person)
			}
		}
	}
}

const staffKinds = FactSet(1<<KindStaff | 1<<KindQualification | 1<<KindEmployment | 1<<KindStaffAbsence)

// aboutStaff says whether the record is one of a member of staff.
func (u *Unreadable) aboutStaff() bool {
	return u.Staff != "" || (u.Client == "" && u.Facts != 0 && staffKinds.Has(u.Facts))
}

// gapsOfStaff makes everyone unknown who has an assignment, on AsOf, to a person
// of whom a record could not be read.
func (a *assembly) gapsOfStaff() {
	if len(a.staffGaps) == 0 {
		return
	}
	for _, c := range a.clients {
		for i := range c.Assignments {
			as := &c.Assignments[i]
			if _, holds, ok := as.seen(a.in.AsOf); !ok || !holds {
				continue
			}
			person, _, _ := a.roster.Person(as.Member)
			g, named := a.staffGaps[as.Member]
			if !named {
				g, named = a.staffGaps[person]
			}
			if named {
				c.Gaps = append(c.Gaps, g)
			}
		}
	}
}

// gapsOfKinds makes every client unknown for a kind that was not read whole.
func (a *assembly) gapsOfKinds() {
	for _, c := range a.clients {
		c.Gaps = append(c.Gaps, a.in.Incomplete...)
	}
}

// findDuplicates lists for each client who else has one of its identifiers.
func (a *assembly) findDuplicates() {
	for _, refs := range a.people.carriers {
		if len(refs) < 2 {
			continue
		}
		for _, r := range refs {
			for _, o := range refs {
				if o != r {
					a.roster.duplicates[r] = append(a.roster.duplicates[r], o)
				}
			}
		}
	}
	for r, others := range a.roster.duplicates {
		slices.Sort(others)
		a.roster.duplicates[r] = slices.Compact(others)
	}
}

// sort puts a client's facts in one order, whatever order they were read in.
func (c *Client) sort() {
	sortRefs(c.Placements, func(f Placement) Ref { return f.Ref })
	sortRefs(c.Services, func(f Service) Ref { return f.Ref })
	slices.SortFunc(c.Assignments, func(x, y Assignment) int {
		return cmp.Or(cmp.Compare(x.Team, y.Team), cmp.Compare(x.Member, y.Member),
			cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End))
	})
	sortRefs(c.Decisions, func(f Decision) Ref { return f.Ref })
	sortRefs(c.Information, func(f Information) Ref { return f.Ref })
	sortRefs(c.Plans, func(f Plan) Ref { return f.Ref })
	slices.SortFunc(c.Reviews, func(x, y Review) int {
		return cmp.Or(cmp.Compare(x.Ref, y.Ref), cmp.Compare(x.Plan, y.Plan))
	})
	sortRefs(c.Deviations, func(f Deviation) Ref { return f.Ref })
	sortRefs(c.Risks, func(f Risk) Ref { return f.Ref })
	slices.SortFunc(c.Absences, func(x, y Absence) int {
		return cmp.Or(cmp.Compare(x.Ref, y.Ref), cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End))
	})
	sortRefs(c.Relatives, func(f Relative) Ref { return f.Ref })
	sortRefs(c.Handovers, func(f Handover) Ref { return f.Ref })
	slices.SortFunc(c.Gaps, func(x, y Gap) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Record, y.Record),
			cmp.Compare(x.Facts, y.Facts), cmp.Compare(x.Reason, y.Reason))
	})
	c.Gaps = slices.Compact(c.Gaps)
	if !slices.IsSortedFunc(c.Visits, compareVisits) {
		slices.SortFunc(c.Visits, compareVisits)
	}
}

func sortRefs[F any](facts []F, ref func(F) Ref) {
	if len(facts) > 1 {
		slices.SortStableFunc(facts, func(x, y F) int { return cmp.Compare(ref(x), ref(y)) })
	}
}
