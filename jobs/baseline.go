package jobs

import (
	"context"
)

// Baseline takes what stands today as known: every finding that would be
// opened now is reported from here on, and becomes a Flag or Task only with its
// next occurrence. It gives how many were taken, and the preview it was made
// from. Nothing is taken from incomplete data: clients who are unknown have no
// findings, and theirs will be new when they are read.
func (j *Job) Baseline(ctx context.Context, opt RunOptions) (int, *Prepared, error) {
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
	var ids []string
	taken := map[string]bool{}
	for i := range p.changes {
		c := &p.changes[i]
		opens := c.Action == ActCreate || c.Action == ActHold && c.Reason != NoSubject && c.Target == nil
		if opens && !stands[c.Finding] && !taken[c.Finding] {
			taken[c.Finding] = true
			ids = append(ids, c.Finding)
		}
	}
	return len(ids), p, j.Store.AddBaseline(ctx, ids, j.Now())
}

// forgetBaseline takes findings that are gone out of the baseline: when one
// comes back, it is a new occurrence. Those of unknown clients stay.
func (j *Job) forgetBaseline(ctx context.Context, p *Prepared) error {
	if len(p.diff.Rollout.Baseline) == 0 || p.blocked || p.anyUnknown() {
		return nil
	}
	stillThere := map[string]bool{}
	for _, w := range p.diff.Wanted {
		stillThere[w.ID] = true
	}
	var gone []string
	for id := range p.diff.Rollout.Baseline {
		if !stillThere[id] {
			gone = append(gone, id)
		}
	}
	return j.Store.RemoveBaseline(ctx, gone)
}

func (p *Prepared) anyUnknown() bool {
	for i := range p.Judged {
		if len(p.Judged[i].Client.Gaps) > 0 {
			return true
		}
	}
	return false
}
