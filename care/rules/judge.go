package rules

import (
	"cmp"
	"slices"
	"sync"

	"brygga/care"
)

// Judgement is all that is said of one client on one day.
type Judgement struct {
	Client  care.Ref
	Contact care.ContactStatus
	Plan    care.PlanStatus
	// ContactBecause and PlanBecause name what decided the statuses;
	// Words("because." + ...) says it in both languages.
	ContactBecause care.Reason
	PlanBecause    care.Reason
	// Findings are sorted by rule, then due, then anchor.
	Findings []Finding
	// Traces say for every rule why; nil unless the parameters ask for them.
	Traces []Trace
	// Questions are facts that a rule needs and that are not pulled. The caller
	// asks the source, stores the Answer, and judges again.
	Questions []Question
}

// evals holds working memory for Judge; nothing of it is part of a Judgement.
var evals = sync.Pool{New: func() any { return new(eval) }}

// Judge gives a client's statuses and findings on asOf. It is pure: the same
// client, roster, parameters and date always give the same, in whatever order
// the facts stand. It may be called from several goroutines.
func Judge(c *care.Client, r *care.Roster, p *Params, asOf care.Date) Judgement {
	e := evals.Get().(*eval)
	defer evals.Put(e)
	e.View.See(c, r, p.terms, asOf)
	j := Judgement{
		Client: c.Ref, Plan: e.Plan, ContactBecause: e.ContactReason, PlanBecause: e.PlanReason,
		Contact: care.ContactStatus{Status: e.Contact, Staff: e.ContactStaff()},
	}
	e.p, e.out, e.words, e.tracing = p, &j, p.words(r), p.trace
	for _, rule := range p.asked() {
		e.ask(rule)
	}
	if p.trace {
		j.Traces = slices.Clone(e.traces)
		clear(e.traces)
		e.traces = e.traces[:0]
	}
	if len(j.Findings) > 1 {
		slices.SortFunc(j.Findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Due, b.Due), cmp.Compare(a.Anchor, b.Anchor))
		})
	}
	e.out, e.p, e.words, e.rule = nil, nil, nil, nil
	return j
}

// ask asks one rule, if it is to be asked of this client.
func (e *eval) ask(rule *Rule) {
	e.rule, e.rp = rule, &e.p.rules[rule.index]
	if why, lacks := e.notAsked(); why != "" {
		if e.tracing {
			e.traces = append(e.traces, Trace{
				Rule: rule.Code, Outcome: NotAsked, Why: why, Lacks: lacks, Params: e.rp.shown,
			})
		}
		return
	}
	e.made = len(e.out.Findings)
	traces := len(e.traces)
	rule.judge(e)
	if len(e.traces) == traces {
		e.not("nothing-to-judge", nil)
	}
}

// notAsked says why a rule is not asked (domain.md, "Where rules are asked");
// empty if it is.
func (e *eval) notAsked() (why string, lacks care.FactSet) {
	if !e.rp.enabled {
		return "disabled", 0
	}
	if lacks := e.rule.off &^ e.Roster.Provides; lacks != 0 {
		if lacks == care.OwnFacts {
			return "no-handovers", 0 // no system lacks anything
		}
		return "not-provided", lacks
	}
	where := e.rule.where
	switch {
	case e.Unknown && where < anyClient:
		return "client-unknown", 0
	case e.Dead && where != anyBody:
		return "client-dead", 0
	case where >= anywhere:
		return "", 0
	case e.Placement == nil:
		return "no-placement", 0
	case e.CareHome && where != contactFamily:
		return "care-home", 0
	}
	return "", 0
}
