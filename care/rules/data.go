package rules

import "brygga/care"

// dataUnknownStart: what stops clocks, said once. A source that has no dates of
// assignments is not blamed for theirs.
func dataUnknownStart(e *eval) {
	if !e.InHomeCare() {
		e.not("not-in-home-care", nil)
		return
	}
	h := e.start(e.Client.Ref)
	for i := range e.Client.Placements {
		if p := &e.Client.Placements[i]; p.Start == 0 && p.Holds(e.AsOf) {
			h.use(p.Ref, "placement", 0)
		}
	}
	for i := range e.Assigned {
		if g := &e.Assigned[i]; g.Holds && g.Seen.Start == 0 && !e.Roster.AssignmentsUndated {
			h.use(g.Team, "assignment", 0)
		}
	}
	for _, s := range e.Running {
		if s.Start == 0 && s.IsHomeCare() {
			h.use(s.Ref, "service", 0)
		}
	}
	if h.n == 0 {
		e.not("starts-known", nil)
		return
	}
	e.open(h)
}

func dataPersonID(e *eval) {
	h := e.start(e.Client.Ref)
	h.use(e.Client.Ref, "client", 0)
	for _, id := range e.Client.Identifiers {
		if !id.Valid {
			e.open(h)
			return
		}
	}
	e.not("identifiers-valid", h)
}

func dataDuplicate(e *eval) {
	h := e.start(e.Client.Ref)
	h.use(e.Client.Ref, "client", 0)
	others := e.Roster.Duplicates(e.Client.Ref)
	if len(others) == 0 {
		e.not("identifiers-unique", h)
		return
	}
	for _, o := range others {
		h.use(o, "other-client", 0)
	}
	e.open(h)
}

// dataUnknownStaff: where staff records are incomplete, who is missing says
// nothing about the data.
func dataUnknownStaff(e *eval) {
	if !e.InHomeCare() {
		e.not("not-in-home-care", nil)
		return
	}
	if e.Roster.Incomplete&care.SetOf(care.KindStaff) != 0 {
		e.not("staff-incomplete", nil)
		return
	}
	e.eachHolding(func(g *care.Assigned) {
		h := e.person(g)
		if g.Read {
			e.not("staff-read", h)
			return
		}
		e.open(h)
	})
}
