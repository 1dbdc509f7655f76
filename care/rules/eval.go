package rules

import (
	"fmt"

	"brygga/care"
)

// eval is one client being judged by one rule after the other. A rule looks at
// the view, and says what it found by due, open and not; finding and trace both
// come out of these.
type eval struct {
	care.View
	p       *Params
	rule    *Rule
	rp      *ruleParams
	out     *Judgement
	words   *wording
	tracing bool
	made    int // how many findings there were before this rule
	plans   []care.RunningPlan
	hit     hit     // the one in hand
	traces  []Trace // so far
	kept    kept
}

// most is how many facts one finding rests on, at the most.
const most = 6

// hit is what a rule has in hand about one anchor.
type hit struct {
	anchor, with care.Ref  // the identity: anchor, or anchor|with
	month, week  care.Date // or anchor|2026-10, anchor|2026-W47: a day of it
	facts        [most]Used
	n            int
	terms        [2]term
	about        *care.Assigned // the person it is about; nil where the contact in charge acts
	person       care.Ref       // whom it is about where there is no assignment
	variant      string         // which of the rule's texts
	write        Write          // instead of the rule's own; empty: the rule's own
}

// term is a Term while it is being computed: the latest of up to three dates.
type term struct {
	of   [3]Used
	n    int
	plus care.Span
}

// start takes up an anchor. There is one hit in hand at a time: it is the eval's
// own, and good until the next start.
func (e *eval) start(anchor care.Ref) *hit {
	h := &e.hit
	h.anchor, h.with, h.month, h.week = anchor, "", 0, 0
	h.n, h.terms[0].n, h.terms[1].n = 0, 0, 0
	h.terms[0].plus, h.terms[1].plus = care.Span{}, care.Span{}
	h.about, h.person, h.variant, h.write = nil, "", "", ""
	return h
}

// noHit is for what is said of no anchor.
var noHit hit

// use notes a fact that the rule rests on; an empty reference is not noted.
func (h *hit) use(ref care.Ref, as string, on care.Date) {
	if ref != "" && h.n < most {
		h.facts[h.n] = Used{ref, as, on}
		h.n++
	}
}

// from adds a date to a term; the clock starts at the latest of them.
func (t *term) from(ref care.Ref, as string, on care.Date) {
	t.of[t.n] = Used{ref, as, on}
	t.n++
}

// latest is when the term's clock starts; no date if one of its dates is unknown.
func (t *term) latest() care.Date {
	var latest care.Date
	for _, u := range t.of[:t.n] {
		if u.Date == 0 {
			return 0
		}
		latest = max(latest, u.Date)
	}
	return latest
}

// clock starts the hit's one clock at a fact's date, to which the rule's days
// and months are added.
func (e *eval) clock(h *hit, ref care.Ref, as string, on care.Date) {
	h.terms[0].n, h.terms[0].plus = 0, e.rp.span()
	h.terms[0].from(ref, as, on)
}

// due closes a hit of a rule with a deadline: the earliest of its terms. It is a
// finding once the warning begins; where no date is known no clock runs.
func (e *eval) due(h *hit) {
	var due, start care.Date
	for i := range h.terms {
		t := &h.terms[i]
		latest := t.latest()
		if d := t.plus.After(latest); d != 0 {
			if start == 0 {
				start = latest
			}
			if due == 0 || d < due {
				due = d
			}
		}
	}
	state := care.StateOn(due, e.rp.warn, e.AsOf)
	switch {
	case due == 0:
		e.trace(NotFired, "no-clock", h, 0, "")
	case state == "":
		e.trace(NotFired, "not-yet", h, due, "")
	default:
		e.find(h, state, start, due)
	}
}

// open closes a hit of a rule without a deadline.
func (e *eval) open(h *hit) { e.find(h, Open, 0, 0) }

// not says that a condition failed, so that there is no finding at this anchor.
func (e *eval) not(why string, h *hit) {
	if e.tracing {
		if h == nil {
			h = &noHit
		}
		e.trace(NotFired, why, h, 0, "")
	}
}

// find makes the finding, unless the rule already made one of this identity.
func (e *eval) find(h *hit, state State, start, due care.Date) {
	anchor := h.identity()
	for i := e.made; i < len(e.out.Findings); i++ {
		if e.out.Findings[i].Anchor == anchor {
			return
		}
	}
	f := Finding{
		Rule: e.rule.Code, State: state, Anchor: anchor, AnchorDate: start, Due: due,
		Owner: e.rule.Owner, Unit: e.unit(), Writes: e.rp.write,
		Text: e.words.text(e.rule, h.variant), Ground: e.rule.GroundOn(e.AsOf),
	}
	if h.write != "" {
		f.Writes = h.write
	}
	if f.Owner == Contact && !e.HasContact() {
		f.Owner = Coordinator
	}
	about := h.about
	if about == nil && f.Owner == Contact {
		about = e.InCharge()
	}
	if about != nil {
		f.Staff, f.StaffAbsent = about.Person, about.Away || about.Left
	} else {
		f.Staff = h.person
	}
	if h.n > 0 {
		f.Focus = h.facts[0].Ref
		f.Evidence = make([]care.Ref, 0, h.n)
		for _, u := range h.facts[:h.n] {
			f.Evidence = append(f.Evidence, u.Ref)
		}
	}
	e.out.Findings = append(e.out.Findings, f)
	e.trace(Fired, "fired", h, due, state)
}

// unit is where the client is cared for.
func (e *eval) unit() care.Ref {
	if e.Placement != nil && e.Placement.Unit != "" {
		return e.Placement.Unit
	}
	return e.Client.Unit
}

func (h *hit) identity() string {
	switch {
	case h.month != 0:
		return string(h.anchor) + "|" + h.month.String()[:len("2026-10")]
	case h.week != 0:
		y, w := h.week.Noon().ISOWeek()
		return fmt.Sprintf("%s|%04d-W%02d", h.anchor, y, w)
	case h.with != "":
		return string(h.anchor) + "|" + string(h.with)
	}
	return string(h.anchor)
}

// trace notes an evaluation, where traces are wanted.
func (e *eval) trace(o Outcome, why string, h *hit, due care.Date, state State) {
	if !e.tracing {
		return
	}
	t := Trace{
		Rule: e.rule.Code, Outcome: o, Why: why, State: state, Anchor: h.identity(), Params: e.rp.shown,
	}
	t.Facts = e.kept.facts(h.facts[:h.n])
	t.Clock = e.kept.clock(h, Clock{Due: due, Warn: e.rp.warn, AsOf: e.AsOf})
	e.traces = append(e.traces, t)
}
