package rules

import "brygga/care"

// journalMonthly asks for two months, each on its own: the last complete one,
// and the present one; each only if the placement covers it whole.
func journalMonthly(e *eval) {
	this := e.AsOf.MonthStart()
	e.monthsNote(this.AddMonths(-1), "")
	e.monthsNote(this, "this-month")
}

func (e *eval) monthsNote(first care.Date, variant string) {
	last := first.AddMonths(1) - 1
	h := e.placement()
	h.month = first
	h.variant = variant
	if !e.Placement.Covers(first, last) {
		e.not("placement-not-whole-month", h)
		return
	}
	for i := range e.Client.Notes {
		if d := e.Client.Notes[i].Date; d >= first && d <= min(last, e.AsOf) {
			e.not("note-there", h)
			return
		}
	}
	h.terms[0].from(e.Placement.Ref, "month-end", last)
	e.due(h)
}

func journalDeviation(e *eval) {
	if len(e.Client.Deviations) == 0 {
		e.not("no-deviation", nil)
	}
	for i := range e.Client.Deviations {
		d := &e.Client.Deviations[i]
		if d.Date > e.AsOf {
			continue
		}
		h := e.start(d.Ref)
		h.use(d.Ref, "deviation", d.Date)
		if d.Remedied != 0 && d.Remedied <= e.AsOf {
			e.not("remedied", h)
			continue
		}
		e.clock(h, d.Ref, "deviation", d.Date)
		e.due(h)
	}
}

func sipReview(e *eval) {
	e.plans = e.RunningPlans(care.SIP, e.plans[:0])
	if len(e.plans) == 0 {
		e.not("no-sip", nil)
	}
	for i := range e.plans {
		h := e.reviewed(&e.plans[i])
		h.terms[1].n = 0 // last review (else created) and nothing else
		e.due(h)
	}
}

// riskActionPlan: any action plan made on or after the assessment will do.
func riskActionPlan(e *eval) {
	if len(e.Client.Risks) == 0 {
		e.not("no-risk", nil)
	}
	for i := range e.Client.Risks {
		r := &e.Client.Risks[i]
		if r.Date > e.AsOf {
			continue
		}
		h := e.start(r.Ref)
		h.use(r.Ref, "risk", r.Date)
		if p := e.actionPlanSince(r.Date); p != "" {
			h.use(p, "plan", 0)
			e.not("action-plan-there", h)
			continue
		}
		e.clock(h, r.Ref, "risk", r.Date)
		e.due(h)
	}
}

func (e *eval) actionPlanSince(on care.Date) care.Ref {
	for i := range e.Client.Plans {
		p := &e.Client.Plans[i]
		if p.Kind == care.ActionPlan && p.MadeOn() >= on && p.MadeOn() <= e.AsOf && p.MadeOn() != 0 {
			return p.Ref
		}
	}
	return ""
}
