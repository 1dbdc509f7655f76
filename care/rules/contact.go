package rules

import "brygga/care"

// status says whether the client has the contact status that a rule is about.
func (e *eval) status(s care.ContactState) bool {
	if e.Contact != s {
		e.not("other-status", nil)
		return false
	}
	return true
}

// placement starts a hit whose identity is the placement.
func (e *eval) placement() *hit {
	h := e.start(e.Placement.Ref)
	h.use(e.Placement.Ref, "placement", e.Placement.Start)
	return h
}

// assigned starts a hit about one assignment: its identity is team and person.
func (e *eval) assigned(g *care.Assigned) *hit {
	h := e.start(g.Team)
	h.with, h.about = g.Person, g
	h.use(g.Team, "assignment", g.Seen.Start)
	h.use(g.Person, "staff", 0)
	return h
}

// contactMissing: nobody is, was offered, declined or assessed. The clock starts
// when there was both a placement and a service that needs a contact.
func contactMissing(e *eval) {
	if !e.status(care.ContactMissing) {
		return
	}
	h := e.placement()
	t := &h.terms[0]
	t.plus = e.rp.span()
	t.from(e.Placement.Ref, "placement-start", e.Placement.Start)
	if e.CareHome {
		t.from("", "care-home-from", e.Terms.CareHomeFrom)
	} else if s := e.firstNeeding(); s != nil {
		h.use(s.Ref, "service", s.Start)
		t.from(s.Ref, "service-start", s.Start)
	}
	switch {
	case !e.Roster.Provides.Has(care.SetOf(care.KindDecision)):
		h.variant, h.write = "undecided", WriteReport
	case e.Latest != nil: // one that gives no status: an answer, or a wish
		h.variant = "decided"
	}
	e.due(h)
}

// firstNeeding is the running service that first needed a contact; one without
// start is earliest, and stops the clock. Nil where no service is known.
func (e *eval) firstNeeding() *care.Service {
	var first *care.Service
	for _, s := range e.Running {
		if e.NeedsContact(s) && (first == nil || s.Start < first.Start || s.Start == first.Start && s.Ref < first.Ref) {
			first = s
		}
	}
	return first
}

func contactOfferUnanswered(e *eval) {
	if !e.status(care.ContactOffered) {
		return
	}
	h := e.start(e.Latest.Ref)
	h.use(e.Latest.Ref, "offer", e.Latest.Date)
	e.clock(h, e.Latest.Ref, "offer", e.Latest.Date)
	e.due(h)
}

func contactUnqualified(e *eval) {
	e.eachHolding(func(g *care.Assigned) {
		h := e.assigned(g)
		if g.State != care.ContactUnqualified {
			e.not("not-shown-unqualified", h)
			return
		}
		e.open(h)
	})
}

// contactUnverified is about the person: it is the same shortcoming in however
// many teams somebody is.
func contactUnverified(e *eval) {
	e.eachHolding(func(g *care.Assigned) {
		h := e.person(g)
		switch {
		case g.State != care.ContactAppointed:
			e.not("not-available", h)
		case g.Verified:
			e.not("qualifications-known", h)
		default:
			e.open(h)
		}
	})
}

// person starts a hit about a person, whatever the team.
func (e *eval) person(g *care.Assigned) *hit {
	h := e.start(g.Person)
	h.about = g
	if h.anchor == "" {
		h.anchor = g.Team
	}
	h.use(g.Team, "assignment", g.Seen.Start)
	h.use(g.Person, "staff", 0)
	return h
}

// eachHolding goes through the assignments that hold, in order.
func (e *eval) eachHolding(judge func(*care.Assigned)) {
	if e.Holding == 0 {
		e.not("no-assignment", nil)
		return
	}
	for i := range e.Assigned {
		if g := &e.Assigned[i]; g.Holds {
			judge(g)
		}
	}
}

func contactExemptUndocumented(e *eval) {
	if !e.status(care.ContactExemptCandidate) {
		return
	}
	h := e.placement()
	for _, s := range e.Running {
		if s.IsHomeCare() {
			h.use(s.Ref, "service", s.Start)
		}
	}
	e.open(h)
}

// contactExemptReassess: needs have grown since somebody assessed that a contact
// is unnecessary. An assessment without a date is older than nothing.
func contactExemptReassess(e *eval) {
	if !e.status(care.ContactExempt) {
		return
	}
	any := false
	for _, s := range e.Running {
		if !e.NeedsContact(s) {
			continue
		}
		any = true
		on := s.Decided
		if on == 0 {
			on = s.Start
		}
		h := e.start(s.Ref)
		h.use(s.Ref, "service", on)
		h.use(e.Latest.Ref, "decision", e.Latest.Date)
		if e.Latest.Date == 0 || on <= e.Latest.Date {
			e.not("service-not-newer", h)
			continue
		}
		e.clock(h, s.Ref, "service-decided", on)
		e.due(h)
	}
	if !any {
		e.not("only-service", nil)
	}
}

// contactVacant judges each holding assignment by its own state; where none
// holds, the latest that ended is what is vacant.
func contactVacant(e *eval) {
	if e.Holding == 0 {
		if !e.status(care.ContactVacant) {
			return
		}
		last := e.LastEnded()
		h := e.assigned(last)
		h.about, h.person, h.variant = nil, last.Person, "ended"
		h.facts[0].Date = last.Seen.End
		e.open(h)
		return
	}
	e.eachHolding(func(g *care.Assigned) {
		h := e.assigned(g)
		switch {
		case g.State != care.ContactVacant:
			e.not("contact-available", h)
		case g.Left:
			h.variant = "left"
			e.open(h)
		default:
			e.open(h)
		}
	})
}

// contactChangeRequested: a change was asked for after the newest assignment
// began, so nobody has been appointed since.
func contactChangeRequested(e *eval) {
	if e.Latest == nil || e.Latest.Kind != care.ChangeRequested {
		e.not("no-request", nil)
		return
	}
	var newest *care.Assigned
	for i := range e.Assigned {
		if g := &e.Assigned[i]; g.Counts {
			newest = g // they are sorted by start
		}
	}
	h := e.start(e.Latest.Ref)
	h.use(e.Latest.Ref, "request", e.Latest.Date)
	if newest == nil {
		e.not("no-assignment", h)
		return
	}
	h.use(newest.Team, "assignment", newest.Seen.Start)
	if e.Latest.Date <= newest.Seen.Start {
		e.not("request-older", h)
		return
	}
	e.clock(h, e.Latest.Ref, "request", e.Latest.Date)
	e.due(h)
}

func contactSecondMissing(e *eval) {
	if !e.status(care.ContactAppointed) {
		return
	}
	var first *care.Assigned
	for i := range e.Assigned {
		g := &e.Assigned[i]
		if !g.Holds || g.State == care.ContactVacant {
			continue
		}
		if first != nil && g.Person != first.Person {
			e.not("two-available", nil)
			return
		}
		if first == nil {
			first = g
		}
	}
	h := e.assigned(first)
	e.open(h)
}
