package jobs

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"brygga/care"
)

// baselined is a finding that is taken as known. It says whose and which rule's
// it is, since its id tells nobody: a finding that is not there tonight is gone
// only if its client was known and its rule was asked.
type baselined struct {
	finding string
	client  care.Ref // in the system that receives
	rule    string
}

// String is how it is kept: finding, client and rule, with a space between.
func (b baselined) String() string { return b.finding + " " + string(b.client) + " " + b.rule }

func readBaselined(s string) baselined {
	finding, rest, _ := strings.Cut(s, " ")
	client, rule, _ := strings.Cut(rest, " ")
	return baselined{finding, care.Ref(client), rule}
}

// Baseline takes what stands today as known: every finding that would be
// opened now is reported from here on, and becomes a Flag or Task only with its
// next occurrence. It gives how many were taken, and the preview it was made
// from. Nothing is taken from incomplete data: clients who are unknown have no
// findings, and theirs will be new when they are read. It is about today only.
func (j *Job) Baseline(ctx context.Context, opt RunOptions) (int, *Prepared, error) {
	if opt.AsOf != j.Today() {
		return 0, nil, fmt.Errorf("a baseline takes what stands today, %s, and not on %s", j.Today(), opt.AsOf)
	}
	p, err := j.Preview(ctx, opt)
	if err != nil {
		return 0, nil, err
	}
	if p.blocked {
		return 0, p, nil
	}
	stands := map[string]bool{}
	for _, o := range p.diff.Standing {
		stands[o.Finding] = true
	}
	for _, o := range p.diff.Unread {
		stands[o.Finding] = true
	}
	log, err := j.audited(ctx, triggerBaseline, "", opt.Trigger)
	if err != nil {
		return 0, p, err
	}
	var items []string
	taken, of := map[string]bool{}, map[care.Ref]bool{}
	for i := range p.changes {
		c := &p.changes[i]
		opens := c.Action == ActCreate || c.Action == ActHold && c.Reason != NoSubject && c.Reason != InBaseline && c.Target == nil
		if opens && !stands[c.Finding] && !taken[c.Finding] {
			taken[c.Finding], of[cmp.Or(p.diff.Fates[c.Client].client, c.Client)] = true, true
			items = append(items, baselined{c.Finding, c.Client, c.Rule}.String())
		}
	}
	if err := j.Store.AddBaseline(ctx, items, j.Now()); err != nil {
		return 0, p, err
	}
	return len(items), p, log.baseline(ctx, len(items), of)
}

// forgetBaseline takes findings that are gone out of the baseline: when one
// comes back, it is a new occurrence.
func (j *Job) forgetBaseline(ctx context.Context, p *Prepared, pulled *Pulled) error {
	if len(p.baseline) == 0 || p.blocked || p.diff.AsOf != j.Today() {
		return nil
	}
	found := p.wantedIDs()
	var gone []string
	for _, b := range p.baseline {
		if !found[b.finding] && j.isGone(p, pulled, b) {
			gone = append(gone, b.String())
		}
	}
	return j.Store.RemoveBaseline(ctx, gone)
}

// isGone says whether a finding that was not made tonight is known not to be.
func (j *Job) isGone(p *Prepared, pulled *Pulled, b baselined) bool {
	fate, known := p.diff.Fates[b.client]
	switch {
	case !known || fate.Unsure:
		// Who is not in a whole list any more has been asked for.
		return pulled.listed[j.Receiver.Name] && !fate.Unsure
	case fate.Gone, fate.Died:
		return true
	case fate.Unknown, fate.Pending[b.rule]:
		return false
	}
	return j.asking(b.rule, fate.params) == Asked
}
