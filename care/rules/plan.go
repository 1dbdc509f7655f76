package rules

import "brygga/care"

// planMissing: the clock is the placement's, or the latest decision's
// (plan.missing.clock); the identity is the placement's.
func planMissing(e *eval) {
	h := e.placement()
	if len(e.Plans) > 0 {
		h.use(e.Plans[0].Ref, "plan", e.Plans[0].MadeOn())
		e.not("plan-running", h)
		return
	}
	if e.OnlyService() {
		e.not("only-service", h)
		return
	}
	from, on := e.PlanStart()
	as := "placement-start"
	if e.Terms.PlanMissing.FromDecision {
		as = "service-decided"
		h.use(from, "service", on)
	}
	e.clock(h, from, as, on)
	e.due(h)
}

// planReview: per running plan, the earlier of the planned follow-up and the
// span after the last review (else after the plan was made).
func planReview(e *eval) {
	if len(e.Plans) == 0 {
		e.not("no-plan", nil)
	}
	for i := range e.Plans {
		h := e.reviewed(&e.Plans[i])
		e.due(h)
	}
}

// reviewed starts a hit about a plan's review; a new review gives a new identity.
func (e *eval) reviewed(p *care.RunningPlan) *hit {
	h := e.start(p.Ref)
	h.use(p.Ref, "plan", p.MadeOn())
	t := &h.terms[0]
	t.plus = e.rp.span()
	if p.LastReview != nil {
		h.anchor, h.with = p.LastReview.Ref, p.Ref
		h.use(p.LastReview.Ref, "review", p.LastReview.Date)
		t.from(p.LastReview.Ref, "review", p.Base)
	} else {
		t.from(p.Ref, "plan-made", p.Base)
	}
	if p.Planned != 0 {
		h.terms[1].from(p.Ref, "planned-follow-up", p.Planned)
	}
	return h
}

// planContactUpdate: the placement's first plan was written by somebody else,
// and no contact has taken it up since.
func planContactUpdate(e *eval) {
	if e.Placement.Start == 0 {
		e.not("no-clock", nil)
		return
	}
	first := e.firstPlan()
	if first == nil {
		e.not("no-plan", nil)
		return
	}
	h := e.start(first.Ref)
	h.use(first.Ref, "plan", first.MadeOn())
	if e.ByContact(first.Author, first.MadeOn()) {
		e.not("plan-by-contact", h)
		return
	}
	if by := e.followedByContact(first); by != "" {
		h.use(by, "followed", 0)
		e.not("followed-by-contact", h)
		return
	}
	g, start := e.First()
	if g == nil {
		e.not("no-assignment", h)
		return
	}
	h.use(g.Team, "assignment", g.Seen.Start)
	t := &h.terms[0]
	t.plus = e.rp.span()
	t.from(first.Ref, "plan-made", first.MadeOn())
	t.from(g.Team, "first-assignment-start", start)
	e.due(h)
}

// firstPlan is the implementation plan that was made first on or after the
// placement's start, whatever became of it.
func (e *eval) firstPlan() *care.Plan {
	var first *care.Plan
	for i := range e.Client.Plans {
		p := &e.Client.Plans[i]
		made := p.MadeOn()
		if p.Kind != care.Implementation || made == 0 || made < e.Placement.Start || made > e.AsOf {
			continue
		}
		if first == nil || made < first.MadeOn() || made == first.MadeOn() && p.Ref < first.Ref {
			first = p
		}
	}
	return first
}

// followedByContact finds a plan or a review that a contact made on or after the
// day a plan was made; empty where there is none.
func (e *eval) followedByContact(first *care.Plan) care.Ref {
	for i := range e.Client.Plans {
		p := &e.Client.Plans[i]
		made := p.MadeOn()
		if p.Kind == care.Implementation && p.Ref != first.Ref && made >= first.MadeOn() && made <= e.AsOf &&
			e.ByContact(p.Author, made) {
			return p.Ref
		}
	}
	for i := range e.Client.Reviews {
		r := &e.Client.Reviews[i]
		if r.Date < first.MadeOn() || r.Date > e.AsOf || e.ofOtherPlan(r.Plan) {
			continue
		}
		for _, by := range r.By {
			if e.ByContact(by, r.Date) {
				return r.Ref
			}
		}
	}
	return ""
}

// ofOtherPlan says whether a plan is known not to be an implementation plan.
func (e *eval) ofOtherPlan(ref care.Ref) bool {
	for i := range e.Client.Plans {
		if e.Client.Plans[i].Ref == ref {
			return e.Client.Plans[i].Kind != care.Implementation
		}
	}
	return false
}

// planDecisionChanged: a service was decided after the plans were last looked at.
// Where one of them has no known date, nobody can tell.
func planDecisionChanged(e *eval) {
	if len(e.Plans) == 0 {
		e.not("no-plan", nil)
		return
	}
	newest := &e.Plans[0]
	for i := range e.Plans {
		p := &e.Plans[i]
		if p.Base == 0 {
			e.not("no-clock", nil)
			return
		}
		if p.Base > newest.Base {
			newest = p
		}
	}
	for _, s := range e.Running {
		h := e.start(s.Ref)
		h.use(s.Ref, "service", s.Decided)
		h.use(newest.Ref, "plan", newest.MadeOn())
		if newest.LastReview != nil {
			h.use(newest.LastReview.Ref, "review", newest.Base)
		}
		if s.Decided <= newest.Base {
			e.not("service-not-newer", h)
			continue
		}
		e.clock(h, s.Ref, "service-decided", s.Decided)
		e.due(h)
	}
}

func planNoParticipation(e *eval) {
	e.eachPlan(func(p *care.RunningPlan, h *hit) {
		if p.Participation != care.DidNotParticipate {
			e.not("participation-not-denied", h)
			return
		}
		e.open(h)
	})
}

func planNoFollowUp(e *eval) {
	e.eachPlan(func(p *care.RunningPlan, h *hit) {
		if len(p.FollowUps) > 0 {
			e.not("follow-up-planned", h)
			return
		}
		e.open(h)
	})
}

// eachPlan goes through the running implementation plans.
func (e *eval) eachPlan(judge func(*care.RunningPlan, *hit)) {
	if len(e.Plans) == 0 {
		e.not("no-plan", nil)
	}
	for i := range e.Plans {
		h := e.start(e.Plans[i].Ref)
		h.use(h.anchor, "plan", e.Plans[i].MadeOn())
		judge(&e.Plans[i], h)
	}
}
