package rules

import "brygga/care"

// visitWeekly: somebody with day activity is met by a contact in every week. The
// last complete week is, on a Sunday, the week before.
func visitWeekly(e *eval) {
	sunday := e.AsOf.WeekStart() - 1
	monday := sunday - 6
	h := e.placement()
	h.week = monday
	for _, s := range e.Client.Services {
		if s.Code == care.DayActivity && s.Decided <= e.AsOf && s.Covers(monday, sunday) {
			h.use(s.Ref, "service", s.Start)
			break
		}
	}
	if h.n == 1 {
		e.not("no-day-activity", h)
		return
	}
	var held *care.Assigned
	for i := range e.Assigned {
		if g := &e.Assigned[i]; held == nil && g.HeldThrough(monday, sunday) {
			held = g
			h.use(g.Team, "assignment", g.Seen.Start)
		}
	}
	switch {
	case held == nil:
		e.not("no-assignment-that-week", h)
		return
	case e.AbsentThrough(monday, sunday):
		e.not("client-away", h)
		return
	case e.visitedByContact(monday, sunday):
		e.not("visited", h)
		return
	}
	e.clock(h, e.Placement.Ref, "week-end", sunday)
	e.due(h)
}

func (e *eval) visitedByContact(a, b care.Date) bool {
	days := e.p.days(e.AsOf)
	visits := days.Visits(e.Client.Visits, a, b)
	for i := range visits {
		if e.VisitByContact(&visits[i], days.Date(&visits[i])) {
			return true
		}
	}
	return false
}

// continuityShare: of the counted visits of four weeks, less than half were made
// by a contact, although one was assigned all the time.
func continuityShare(e *eval) {
	from, to := e.AsOf.AddDays(-e.p.shareDays), e.AsOf-1
	var held *care.Assigned
	for i := range e.Assigned {
		if g := &e.Assigned[i]; held == nil && g.HeldThrough(from, to) {
			held = g
		}
	}
	if held == nil {
		e.not("no-assignment-throughout", nil)
		return
	}
	h := e.assigned(held)
	all, byContact := e.ContactShare(e.p.days(e.AsOf), from, to)
	switch {
	case all < e.p.shareVisits:
		e.not("few-visits", h)
	case float64(byContact) >= e.p.share*float64(all):
		e.not("share-enough", h)
	default:
		e.open(h)
	}
}

func continuityStaff(e *eval) {
	h := e.placement()
	staff, left := e.StaffCount(e.p.days(e.AsOf))
	switch {
	case left != "":
		e.not(string(left), h)
	case staff <= e.p.staff:
		e.not("staff-few", h)
	default:
		e.open(h)
	}
}

// serviceNotCarriedOut: granted three months ago, and nothing shows that it ever
// began. Where visits are pulled for a few weeks only, the source is asked for
// one visit before anything is said.
func serviceNotCarriedOut(e *eval) {
	if e.HomeCare == 0 {
		e.not("no-service", nil)
	}
	for _, s := range e.Running {
		if !s.IsHomeCare() {
			continue
		}
		h := e.start(s.Ref)
		h.use(s.Ref, "service", s.Decided)
		e.clock(h, s.Ref, "service-decided", s.Decided)
		due := h.terms[0].plus.After(s.Decided)
		switch {
		case s.FirstCarried != 0 && s.FirstCarried <= e.AsOf:
			e.not("carried-out", h)
		case care.StateOn(due, e.rp.warn, e.AsOf) == "":
			e.due(h) // nothing yet; visits need not be looked through
		case e.CarriedOut(s):
			e.not("visited", h)
		case !e.askedFor(s, h):
		default:
			e.due(h)
		}
	}
}

// askedFor says whether it is known that no visit was ever based on the service;
// if nobody knows yet, it puts the question.
func (e *eval) askedFor(s *care.Service, h *hit) bool {
	began := s.Start
	if began == 0 || s.Decided < began {
		began = s.Decided
	}
	if e.Roster.VisitsFrom == 0 || began >= e.Roster.VisitsFrom {
		return true
	}
	for _, a := range e.Client.Answers {
		if a.Service != s.Ref {
			continue
		}
		if a.Found {
			e.not("visited", h)
			return false
		}
		return true
	}
	e.out.Questions = append(e.out.Questions, Question{Client: e.Client.Ref, Rule: e.rule.Code, Service: s.Ref})
	e.not("question-open", h)
	return false
}
