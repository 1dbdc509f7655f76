package jobs

import (
	"cmp"
	"slices"
	"strings"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
)

// Texts that brygga writes as Task.statusReason when it ends one.
const (
	statusResolved  = "resolved in the record"
	statusLeft      = "the client left home care"
	statusDied      = "the client is deceased"
	statusGone      = "the client is no longer in the record"
	statusRuleOff   = "the rule is no longer asked"
	statusDuplicate = "written twice"
)

// Fate is what a run knows of one client of the receiving system, for what
// stands there without being wanted.
type Fate struct {
	Unknown  bool // data was incomplete: nothing is closed
	Died     bool
	LeftCare bool   // no home-care placement holds
	Gone     bool   // confirmed gone from the record system
	Unsure   bool   // not listed, and not confirmed gone
	Shown    string // the unit for views; empty for a protected client
	// Pending are rules of which the source has not answered a question: whether
	// there is a finding is not known, so what stands for them is kept.
	Pending map[string]bool
	client  care.Ref // in the source; empty where nobody judged the client
	// params are those by which the client was judged; nil: nobody judged the client
	params *rules.Params
}

// Asking says whether a rule is asked.
type Asking uint8

// A rule is asked, turned off by the configuration, lacks facts that no
// configured system provides, or is none that this version knows.
const (
	Asked Asking = iota
	TurnedOff
	NotProvided
	NotKnown
)

// DiffInput is everything a diff depends on. Nothing else enters.
type DiffInput struct {
	Wanted   []Wanted
	Standing []*fhirmap.Own
	// Unread are ours by their marks, and could not be read: nothing is written
	// for their findings.
	Unread  []*fhirmap.Own
	Fates   map[care.Ref]Fate // by client in the receiving system
	Rollout Rollout
	// Asked says whether a rule is asked by these parameters (nil: the tenant's). What stands for a
	// rule that the configuration has turned off is cancelled; what stands for one
	// that no system provides the facts for is kept.
	Asked func(rule string, p *rules.Params) Asking
	AsOf  care.Date
}

// Diff compares what should stand with what stands. It is pure and its answer
// does not depend on the order of its input; it comes sorted by client, rule,
// finding, type. Incomplete data never makes and never clears anything: clients
// whose Fate is Unknown only get lines of ActKeep.
func Diff(in DiffInput) []Change {
	d := differ{in: in, standing: map[string][]*fhirmap.Own{}, unread: map[string]bool{}}
	for _, o := range in.Unread {
		d.unread[key(o.Type, o.Finding)] = true
		d.keep(o, NotOurs)
	}
	for _, o := range in.Standing {
		k := key(o.Type, o.Finding)
		d.standing[k] = append(d.standing[k], o)
	}
	wanted := map[string]bool{}
	for i := range in.Wanted {
		w := &in.Wanted[i]
		wanted[w.ID] = true
		d.wanted(w, fhirmap.TaskType, w.Task, w.TaskContent)
		d.wanted(w, fhirmap.FlagType, w.Flag, w.FlagContent)
	}
	for _, o := range in.Standing {
		if !wanted[o.Finding] {
			d.unwanted(o)
		}
	}
	in.Rollout.apply(d.out, in.Standing)
	slices.SortFunc(d.out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Finding, b.Finding),
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.Occurrence, b.Occurrence), cmp.Compare(a.targetID(), b.targetID()))
	})
	return d.out
}

func key(typ, finding string) string { return typ + "/" + finding }

type differ struct {
	in       DiffInput
	standing map[string][]*fhirmap.Own
	unread   map[string]bool
	out      []Change
}

// latest gives the occurrence that counts, the newest, and ends the others that
// are one too many: two own resources for one occurrence come from a server
// whose conditional create let two writers through. What staff have taken or
// opened again is theirs, and stays.
func (d *differ) latest(w *Wanted, typ string) *fhirmap.Own {
	all := d.standing[key(typ, w.ID)]
	if len(all) == 0 {
		return nil
	}
	twin := func(o *fhirmap.Own) bool { return o.Ended() && o.Reason == statusDuplicate }
	untouched := func(o *fhirmap.Own) bool { return !o.Touched }
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *fhirmap.Own) int {
		return cmp.Or(cmp.Compare(b.Occurrence, a.Occurrence), falseFirst(twin, a, b), falseFirst(untouched, a, b),
			cmp.Compare(a.Authored, b.Authored), cmp.Compare(a.ID, b.ID))
	})
	for _, o := range all[1:] {
		switch {
		case o.Ended():
		case o.Reopened:
			d.keep(o, ReopenedStaff)
		case o.Touched:
			d.keep(o, StaffHasIt)
		default:
			d.close(o, DuplicateWrite)
		}
	}
	return all[0]
}

// falseFirst orders what is not so before what is.
func falseFirst(is func(*fhirmap.Own) bool, a, b *fhirmap.Own) int {
	switch x, y := is(a), is(b); {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

func (d *differ) wanted(w *Wanted, typ string, wantIt bool, c fhirmap.Content) {
	if d.in.Fates[w.Subject].Unknown || d.unread[key(typ, w.ID)] {
		return // an unknown client has no findings that are written
	}
	have := d.latest(w, typ)
	ch := Change{
		Type: typ, Finding: w.ID, Client: w.Subject, Rule: w.Rule, State: w.State, Due: w.Due,
		Unit: w.Shown, Owner: w.TaskContent.Performer, Content: c, Target: have,
	}
	if have != nil {
		ch.Occurrence = have.Occurrence
	}
	switch {
	case w.Subject == "" && wantIt:
		ch.Action, ch.Reason = ActHold, NoSubject
	case !wantIt && (have == nil || have.Ended()):
		return
	case !wantIt && have.Reopened:
		d.keep(have, ReopenedStaff)
		return
	case !wantIt && typ == fhirmap.FlagType && w.FlagWhenLate:
		d.close(have, NoLongerLate)
		return
	case !wantIt:
		d.close(have, RuleOff) // the configuration writes less for this rule than it did
		return
	case have == nil:
		ch.Action, ch.Reason = ActCreate, NewFinding
	case have.Ended() && !have.EndedByUs:
		ch.Action, ch.Reason = ActKeep, ClosedByStaff
	case have.Ended() && typ == fhirmap.TaskType:
		ch.Action, ch.Reason, ch.Target, ch.Occurrence = ActCreate, Returned, nil, have.Occurrence+1
	case have.Ended():
		ch.Action, ch.Reason, ch.Content.Start = ActUpdate, Returned, have.Start // active again
		c.Start = have.Start
		ch.Fields = have.Content.Differs(c)
	default:
		d.update(&ch, w, have)
	}
	d.out = append(d.out, ch)
}

// update decides about something that stands open and is still wanted.
func (d *differ) update(ch *Change, w *Wanted, have *fhirmap.Own) {
	if ch.Type == fhirmap.FlagType {
		ch.Content.Start = have.Start // the day first found stays
	}
	if have.Touched {
		ch.KeepStaff = true
		mine := have.Content
		mine.Due, mine.Priority = ch.Content.Due, ch.Content.Priority
		ch.Content = mine
	}
	ch.Fields = have.Content.Differs(ch.Content)
	switch {
	case len(ch.Fields) > 0 && w.Escalated && slices.Contains(ch.Fields, "performer"):
		ch.Action, ch.Reason = ActUpdate, Escalated
	case len(ch.Fields) > 0:
		ch.Action, ch.Reason = ActUpdate, FactsMoved
	case have.Touched:
		ch.Action, ch.Reason = ActKeep, StaffHasIt
	default:
		ch.Action, ch.Reason = ActKeep, Unchanged
	}
}

// unwanted decides about something that stands for a finding that is no more.
func (d *differ) unwanted(o *fhirmap.Own) {
	if o.Ended() {
		return
	}
	fate, known := d.in.Fates[o.Subject]
	reason := Resolved
	switch {
	case known && fate.Unknown:
		d.keep(o, Unknown)
		return
	case !known || fate.Unsure:
		d.keep(o, SubjectUnsure)
		return
	case o.Reopened:
		d.keep(o, ReopenedStaff)
		return
	case fate.Gone:
		reason = ClientGone
	case fate.Died:
		reason = Died
	case fate.Pending[o.Rule]:
		d.keep(o, Unknown)
		return
	default:
		switch d.in.Asked(o.Rule, fate.params) {
		case NotProvided:
			d.keep(o, NoFacts)
			return
		case NotKnown:
			d.keep(o, RuleNotKnown)
			return
		case TurnedOff:
			reason = RuleOff
		case Asked:
			if fate.LeftCare && !strings.HasPrefix(o.Rule, "transfer.") && !strings.HasPrefix(o.Rule, "handover.") {
				reason = LeftCare
			}
		}
	}
	d.close(o, reason)
}

func (d *differ) line(o *fhirmap.Own, a Action, r Reason) Change {
	return Change{
		Action: a, Reason: r, Type: o.Type, Finding: o.Finding, Occurrence: o.Occurrence,
		Client: o.Subject, Rule: o.Rule, Due: o.Due, Owner: o.Performer, Unit: d.in.Fates[o.Subject].Shown,
		Content: o.Content, Target: o,
	}
}

func (d *differ) keep(o *fhirmap.Own, r Reason) { d.out = append(d.out, d.line(o, ActKeep, r)) }

func (d *differ) close(o *fhirmap.Own, r Reason) {
	ch := d.line(o, ActClose, r)
	if o.Type == fhirmap.FlagType {
		ch.Content.Status, ch.Content.End = fhirmap.FlagInactive, d.in.AsOf
	} else {
		ch.Content.Status, ch.Content.Reason = closing(r)
	}
	ch.Fields = o.Content.Differs(ch.Content)
	d.out = append(d.out, ch)
}

// closing gives Task.status and the text of Task.statusReason.
func closing(r Reason) (status, reason string) {
	switch r {
	case LeftCare:
		return fhirmap.TaskCancelled, statusLeft
	case Died:
		return fhirmap.TaskCancelled, statusDied
	case ClientGone:
		return fhirmap.TaskCancelled, statusGone
	case RuleOff:
		return fhirmap.TaskCancelled, statusRuleOff
	case DuplicateWrite:
		return fhirmap.TaskCancelled, statusDuplicate
	}
	return fhirmap.TaskCompleted, statusResolved
}

func (c *Change) targetID() string {
	if c.Target == nil {
		return ""
	}
	return c.Target.ID
}
