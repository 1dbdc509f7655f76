package care

import (
	"cmp"
	"slices"
)

// PlanState is a client's plan status (domain.md, after "Contact status").
type PlanState string

// The plan statuses.
const (
	PlanUnknown       PlanState = "unknown"
	PlanNotApplicable PlanState = "not-applicable"
	PlanMissing       PlanState = "missing"
	PlanOverdue       PlanState = "overdue"
	PlanDueSoon       PlanState = "due-soon"
	PlanCurrent       PlanState = "current"
)

// PlanStates lists the statuses.
func PlanStates() []PlanState {
	return []PlanState{PlanUnknown, PlanNotApplicable, PlanMissing, PlanOverdue, PlanDueSoon, PlanCurrent}
}

// PlanStatus is the status and its deadline: when a plan is due, or when the
// review is that is due first. Due is no date where no clock runs.
type PlanStatus struct {
	Status PlanState `json:"status"`
	Due    Date      `json:"due,omitzero"`
}

// The reasons of a plan status, besides those of the contact status.
const (
	BecauseNoPlan      Reason = "no-plan"
	BecausePlanReview  Reason = "plan-review"
	BecausePlanCurrent Reason = "plan-current"
)

// RunningPlan is a plan that runs on asOf, with what its review's clock starts from.
type RunningPlan struct {
	*Plan
	LastReview *Review // the last one, nil without one
	Base       Date    // the last review's date, else created; no date where neither is known
	Planned    Date    // the first planned follow-up after the last review
}

// created is when a plan was made: its own date, else its period's start.
func (p *Plan) created() Date {
	if p.Created != 0 {
		return p.Created
	}
	return p.Start
}

// MadeOn is when the plan was made; no date where the source does not say.
func (p *Plan) MadeOn() Date { return p.created() }

// runs says whether a plan runs on a date.
func (p *Plan) runs(d Date) bool {
	return p.Active && p.created() <= d && (p.End == 0 || d <= p.End)
}

// RunningPlans appends the plans of a kind that run on AsOf, in order of Ref.
func (v *View) RunningPlans(kind PlanKind, to []RunningPlan) []RunningPlan {
	for i := range v.Client.Plans {
		p := &v.Client.Plans[i]
		if p.Kind != kind || !p.runs(v.AsOf) {
			continue
		}
		to = append(to, v.reviewed(p))
		for j := len(to) - 1; j > 0 && to[j].Ref < to[j-1].Ref; j-- {
			to[j], to[j-1] = to[j-1], to[j]
		}
	}
	return to
}

// reviewed finds a plan's last review and its next planned follow-up. Where no
// system provides reviews, a planned follow-up that was moved forward counts as
// reviewed, so the latest one is the one that stands.
func (v *View) reviewed(p *Plan) RunningPlan {
	r := RunningPlan{Plan: p, Base: p.created()}
	if !v.Roster.Provides.Has(SetOf(KindReview)) {
		if n := len(p.FollowUps); n > 0 {
			r.Planned, r.Base = slices.Max(p.FollowUps), 0
		}
		return r
	}
	for i := range v.Client.Reviews {
		w := &v.Client.Reviews[i]
		of := w.Plan == p.Ref || w.OfClient && p.Kind == Implementation && w.Date >= p.created()
		if !of || w.Date == 0 || w.Date > v.AsOf {
			continue
		}
		if r.LastReview == nil || cmp.Or(cmp.Compare(r.LastReview.Date, w.Date), cmp.Compare(w.Ref, r.LastReview.Ref)) < 0 {
			r.LastReview = w
		}
	}
	after := Date(0)
	if r.LastReview != nil {
		r.Base, after = r.LastReview.Date, r.LastReview.Date
	}
	for _, d := range p.FollowUps {
		if d > after && (r.Planned == 0 || d < r.Planned) {
			r.Planned = d
		}
	}
	return r
}

// ReviewDue is when the plan's next review is due: the earlier of the first
// planned follow-up after the last review, and the last review (else created)
// and the span. No date where none of them is known.
func (r *RunningPlan) ReviewDue(s Span) Date {
	due := s.After(r.Base)
	if r.Planned != 0 && (due == 0 || r.Planned < due) {
		return r.Planned
	}
	return due
}

func (v *View) seePlans() { v.Plans = v.RunningPlans(Implementation, v.Plans) }

// PlanStart is the day from which plan.missing counts, and the fact it comes
// from: the placement's start, or the latest decision of a running home-care
// service. No date where it is not known.
func (v *View) PlanStart() (Ref, Date) {
	if !v.Terms.PlanMissing.FromDecision {
		return v.Placement.Ref, v.Placement.Start
	}
	var from Ref
	var on Date
	for _, s := range v.Running {
		if s.IsHomeCare() && s.Decided != 0 && (s.Decided > on || s.Decided == on && s.Ref < from) {
			from, on = s.Ref, s.Decided
		}
	}
	return from, on
}

// planStatus gives the plan status.
func (v *View) planStatus() (PlanStatus, Reason) {
	switch {
	case v.Unknown:
		return PlanStatus{Status: PlanUnknown}, BecauseGap
	case v.Dead:
		return PlanStatus{Status: PlanNotApplicable}, BecauseDead
	case !v.Roster.Provides.Has(SetOf(KindPlacement, KindPlan)):
		return PlanStatus{Status: PlanUnknown}, BecauseNotProvided
	case !v.InHomeCare():
		return PlanStatus{Status: PlanNotApplicable}, BecauseNoPlacement
	case len(v.Plans) > 0:
		return v.worstReview()
	case v.OnlyService():
		return PlanStatus{Status: PlanNotApplicable}, BecauseOnlyService
	}
	_, start := v.PlanStart()
	due := v.Terms.PlanMissing.After(start)
	if StateOn(due, v.Terms.PlanMissing.Warn, v.AsOf) == Overdue {
		return PlanStatus{PlanOverdue, due}, BecauseNoPlan
	}
	return PlanStatus{PlanMissing, due}, BecauseNoPlan
}

// worstReview is the worst of the running plans: the one that is due first.
func (v *View) worstReview() (PlanStatus, Reason) {
	var due Date
	for i := range v.Plans {
		if d := v.Plans[i].ReviewDue(v.Terms.PlanReview.Span); d != 0 && (due == 0 || d < due) {
			due = d
		}
	}
	switch StateOn(due, v.Terms.PlanReview.Warn, v.AsOf) {
	case Overdue:
		return PlanStatus{PlanOverdue, due}, BecausePlanReview
	case DueSoon:
		return PlanStatus{PlanDueSoon, due}, BecausePlanReview
	}
	return PlanStatus{PlanCurrent, due}, BecausePlanCurrent
}

func sortedSet(refs []Ref) []Ref {
	slices.Sort(refs)
	return slices.Compact(refs)
}
