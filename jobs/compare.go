package jobs

import (
	"context"
	"maps"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
)

// compare reads what stands and makes the diff with what should stand.
func (j *Job) compare(ctx context.Context, p *Prepared, pulled *Pulled, opt RunOptions) error {
	j.Progress.stage("comparing")
	subjects, fault := j.subjects(p, pulled)
	p.there = subjects.There
	if fault == nil {
		j.wantAll(p, subjects, opt.AsOf)
		var standing Standing
		wanted := p.wantedIDs()
		if opt.unsettled != nil {
			maps.Copy(wanted, opt.unsettled.findings())
		}
		standing, fault = ReadStanding(ctx, j.Receiver, j.writer(), func(o *fhirmap.Own) bool {
			return wanted[o.Finding] || o.AuthoredOn() == opt.AsOf
		})
		p.diff.Standing, p.diff.Unread = standing.Own, standing.Unread
		j.step(stepStood)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if fault != nil {
		p.blocked = true
		p.Report.Exit = Worse(p.Report.Exit, ExitPartly)
		p.Report.Problems = append(p.Report.Problems, Problem{
			System: fault.System, Kind: fault.Kind,
			What: fault.Error() + "; what stands could not be read, so nothing is written",
		})
		return nil
	}
	for _, o := range p.diff.Unread {
		p.Report.Warnings = append(p.Report.Warnings, o.Type+"/"+o.ID+" was written by brygga and can no longer be read; it is left as it is")
	}
	return j.diff(ctx, p, pulled, opt)
}

// wantAll turns every finding into what shall stand for it, and notes what is
// known of each client of the receiving system.
func (j *Job) wantAll(p *Prepared, subjects Subjects, asOf care.Date) {
	in := &p.diff
	in.AsOf, in.Asked, in.Fates = asOf, j.asking, map[care.Ref]Fate{}
	rolledOut := NewUnits(p.Snapshot.Roster.Units, j.Rollout.Units)
	unitOf := map[care.Ref]string{}
	for i := range p.Judged {
		c := &p.Judged[i]
		if subject := subjects.In(c.Client.Ref); subject != "" {
			in.Fates[subject] = fateOf(c, p.Units)
			unitOf[subject] = rolledOut.Key(c.Unit)
		}
		for k := range c.Findings {
			if f := &c.Findings[k]; f.Owner != rules.IT { // what is IT's never reaches a client's record
				in.Wanted = append(in.Wanted, j.want(p, c, f, subjects, asOf))
			}
		}
	}
	in.Rollout = j.Rollout
	in.Rollout.AsOf = asOf
	in.Rollout.UnitOf = func(c care.Ref) string { return unitOf[c] }
}

func (p *Prepared) wantedIDs() map[string]bool {
	ids := make(map[string]bool, len(p.diff.Wanted))
	for i := range p.diff.Wanted {
		ids[p.diff.Wanted[i].ID] = true
	}
	return ids
}

func (j *Job) diff(ctx context.Context, p *Prepared, pulled *Pulled, opt RunOptions) error {
	baseline, err := j.Store.Baseline(ctx)
	if err != nil {
		return err
	}
	in := &p.diff
	known, err := j.knowsHandovers(ctx)
	if err != nil {
		return err
	}
	if !known {
		in.Asked = j.askingNoHandovers
	}
	if err := j.findGone(ctx, in, pulled, len(p.Judged)); err != nil {
		return err
	}
	p.baseline = make([]baselined, 0, len(baseline))
	in.Rollout.Baseline = make(map[string]bool, len(baseline))
	for item := range baseline {
		b := readBaselined(item)
		p.baseline = append(p.baseline, b)
		in.Rollout.Baseline[b.finding] = true
	}
	p.changes = Diff(*in)
	return nil
}

func fateOf(c *Judged, units *Units) Fate {
	f := Fate{
		Unknown:  len(c.Client.Gaps) > 0,
		Died:     c.ContactBecause == care.BecauseDead,
		LeftCare: c.Contact.Status == care.ContactNotApplicable,
		params:   c.Params,
		client:   c.Client.Ref,
	}
	for _, q := range c.Questions {
		if f.Pending == nil {
			f.Pending = map[string]bool{}
		}
		f.Pending[q.Rule] = true
	}
	if !c.Client.Protected {
		f.Shown = units.Label(c.Unit)
	}
	return f
}

// findGone asks for the clients who stand in the record system with something of
// ours and were not listed. Only who is not there any more is gone.
func (j *Job) findGone(ctx context.Context, in *DiffInput, pulled *Pulled, clients int) error {
	missing := map[care.Ref]bool{}
	for _, o := range in.Standing {
		if _, known := in.Fates[o.Subject]; !known && !o.Ended() {
			missing[o.Subject] = true
		}
	}
	for ref := range missing {
		in.Fates[ref] = Fate{Unsure: true}
	}
	may := pulled.listed[j.Receiver.Name] && !tooMany(len(missing), clients)
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(sideBySide)
	for _, ref := range sortedRefs(missing) {
		if !may || !strings.HasPrefix(string(ref), "Patient/") {
			continue
		}
		g.Go(func() error {
			body, err := j.Receiver.Source.Read(gctx, string(ref))
			if err == nil && body == nil {
				mu.Lock()
				in.Fates[ref] = Fate{Gone: true}
				mu.Unlock()
			}
			return gctx.Err()
		})
	}
	return g.Wait()
}

// asking says whether a rule is asked by these parameters; nil are the tenant's.
func (j *Job) asking(rule string, p *rules.Params) Asking {
	if p == nil {
		p = j.Params.Default
	}
	switch {
	case rules.ByCode(rule) == nil:
		return NotKnown
	case !p.Enabled(rule):
		return TurnedOff
	case !rules.ByCode(rule).Provided(j.provides()):
		return NotProvided
	}
	return Asked
}
