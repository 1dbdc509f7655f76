package jobs

import (
	"cmp"
	"slices"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
)

// Rollout says how far a municipality has gone live. It decides which new Flags
// and Tasks may be written; what stands already follows the facts in any case,
// except in report mode, where nothing at all is written.
type Rollout struct {
	Write    bool      // writes.mode is write
	From     care.Date // writes.from; no date is "at once"
	Units    []string  // empty is every unit
	Rules    []string  // empty is every rule
	PerOwner int       // new Tasks per owner and day, over all runs of that day; 0 is no limit
	Baseline map[string]bool
	AsOf     care.Date
	// UnitOf gives a client's unit as the configuration names it.
	UnitOf func(client care.Ref) string
}

// apply turns what may not be written into ActHold, with the reason. standing
// tells what was written earlier the same day.
func (r Rollout) apply(changes []Change, standing []*fhirmap.Own) {
	var tasks []*Change
	for i := range changes {
		c := &changes[i]
		if !c.Writes() {
			continue
		}
		if why := r.held(c); why != "" {
			c.Action, c.Reason = ActHold, why
			continue
		}
		if c.Action == ActCreate && c.Type == fhirmap.TaskType {
			tasks = append(tasks, c)
		}
	}
	r.limit(tasks, changes, standing)
}

func (r Rollout) held(c *Change) Reason {
	switch {
	case !r.Write:
		return ReportOnly
	case r.From.Known() && r.AsOf < r.From:
		return NotYet
	case c.Action != ActCreate && c.Reason != Returned:
		return ""
	case len(r.Rules) > 0 && !slices.Contains(r.Rules, c.Rule):
		return RuleNotIn
	case len(r.Units) > 0 && !slices.Contains(r.Units, r.UnitOf(c.Client)):
		return UnitNotIn
	case r.Baseline[c.Finding]:
		return InBaseline
	}
	return ""
}

// limit holds back what is more than writes.per_owner_per_night: the most
// overdue goes first. What earlier runs of the day have written counts, so that
// running again gives nobody more. A finding's Flag waits with its Task.
func (r Rollout) limit(tasks []*Change, all []Change, standing []*fhirmap.Own) {
	if r.PerOwner <= 0 {
		return
	}
	slices.SortFunc(tasks, func(a, b *Change) int {
		return cmp.Or(urgency(a)-urgency(b), cmp.Compare(a.Due, b.Due), cmp.Compare(a.Finding, b.Finding))
	})
	count, full := map[string]int{}, map[string]bool{}
	owner := func(c fhirmap.Content, client care.Ref) string {
		return c.Performer + "|" + string(c.Owner) + "|" + r.UnitOf(client)
	}
	for _, o := range standing {
		if o.Type == fhirmap.TaskType && o.AuthoredOn() == r.AsOf {
			count[owner(o.Content, o.Subject)]++
		}
	}
	for _, t := range tasks {
		if of := owner(t.Content, t.Client); count[of] < r.PerOwner {
			count[of]++
		} else {
			t.Action, t.Reason = ActHold, OwnerFull
			full[t.Finding] = true
		}
	}
	for i := range all {
		c := &all[i]
		opens := c.Action == ActCreate || c.Action == ActUpdate && c.Reason == Returned
		if c.Type == fhirmap.FlagType && opens && full[c.Finding] {
			c.Action, c.Reason = ActHold, OwnerFull
		}
	}
}

func urgency(c *Change) int {
	switch c.State {
	case rules.Overdue:
		return 0
	case rules.Open:
		return 1
	}
	return 2
}
