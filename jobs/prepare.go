package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"brygga/care"
	"brygga/care/rules"
)

// prepare reads, judges and compares: everything up to the first write.
func (j *Job) prepare(ctx context.Context, opt RunOptions) (*Prepared, error) {
	rep := &Report{
		Tenant: j.Tenant, Job: JobReconcile, Trigger: opt.Trigger, AsOf: opt.AsOf, Started: j.Now(),
		Mode: "report",
	}
	if j.Rollout.Write {
		rep.Mode = "write"
	}
	j.Progress.stage("reading")
	names, err := j.Store.Names(ctx, j.Source.Name)
	if err != nil {
		return nil, err
	}
	j.Source.number(names)
	pulled, err := Pull(ctx, j.Source, j.Store, PullOptions{
		AsOf: opt.AsOf, Now: j.Now(), Full: opt.Full, FullAfter: j.FullAfter, AcceptGone: opt.AcceptGone,
		Needs: j.Params.Needs() | opt.Also, Progress: j.Progress.Pulled,
	})
	if err != nil {
		return nil, err
	}
	p, err := j.judge(ctx, pulled.Input, opt.AsOf, j.ask)
	if err != nil {
		return nil, err
	}
	p.Report = rep
	rep.Kinds = pulled.Kinds
	j.describe(rep, p, pulled)
	if err := j.compare(ctx, p, pulled, opt); err != nil {
		return nil, err
	}
	rep.Changes = p.changes
	rep.Totals = totals(p.changes)
	if rep.Totals.Writes() > 0 {
		rep.Hash = HashOf(p.changes)
	}
	return p, j.since(ctx, rep)
}

// judge puts facts together and judges every client; ask is called with the
// questions that the rules have for the source, and its answers are judged with.
func (j *Job) judge(ctx context.Context, in care.Input, asOf care.Date, ask askFunc) (*Prepared, error) {
	j.Progress.stage("judging")
	if err := j.addAnswers(ctx, &in); err != nil {
		return nil, err
	}
	snap := care.Assemble(in)
	units := NewUnits(snap.Roster.Units, j.UnitNames)
	p := &Prepared{Snapshot: snap, Units: units}
	p.Judged = JudgeAll(snap, j.Params, units, asOf)
	if ask != nil {
		if err := ask(ctx, p, asOf); err != nil {
			return nil, err
		}
	}
	for i := range p.Judged {
		if p.Judged[i].Contact.Status != care.ContactNotApplicable {
			p.inCare++
		}
	}
	return p, nil
}

// describe fills in what was read and what was found.
func (j *Job) describe(rep *Report, p *Prepared, pulled *Pulled) {
	for _, k := range pulled.Kinds {
		if !k.Complete {
			rep.Problems = append(rep.Problems, Problem{System: k.System, Kind: k.Kind, What: k.What})
			rep.Exit = Worse(rep.Exit, ExitPartly)
		}
	}
	for _, u := range p.Snapshot.Unreadable {
		line := QuarantineLine{System: j.Source.Name, Record: u.Ref, Path: u.Path, Reason: u.Reason}
		if !slices.Contains(rep.Quarantine, line) {
			rep.Quarantine = append(rep.Quarantine, line)
		}
	}
	slices.SortFunc(rep.Quarantine, func(a, b QuarantineLine) int { return compareText(string(a.Record), string(b.Record)) })
	if len(rep.Quarantine) > 0 {
		rep.Exit = Worse(rep.Exit, ExitPartly)
	}
	for _, u := range p.Snapshot.Unplaced {
		rep.Warnings = append(rep.Warnings, fmt.Sprintf("%s could not be read and does not say whom it concerns: %s may be judged without it",
			u.Ref, strings.Join(rulesNeeding(u.Facts), ", ")))
	}
	if n := len(p.Snapshot.Orphans); n > 0 {
		o := p.Snapshot.Orphans[0]
		rep.Warnings = append(rep.Warnings, fmt.Sprintf("%d records name a client who was not read (the first: %s); they are left out", n, o.Record))
	}
	for _, name := range p.Units.Unmatched() {
		rep.Warnings = append(rep.Warnings, fmt.Sprintf("the configuration names the unit %q, and no unit has that id, identifier or name", name))
	}
	for _, name := range j.Params.In(p.Units).Unmatched() {
		rep.Warnings = append(rep.Warnings, fmt.Sprintf("the configuration names the provider %q, and no organization has that id, identifier or name", name))
	}
	if f := p.unanswered; f != nil {
		rep.Problems = append(rep.Problems, Problem{System: f.System, Kind: "questions", What: f.Error() + "; findings that rest on the answer are not made"})
		rep.Exit = Worse(rep.Exit, ExitPartly)
	}
	rep.Coverage = coverage(p.Judged, p.Units)
	rep.Findings = tally(p.Judged)
}

// rulesNeeding lists the rules that read any of these facts.
func rulesNeeding(facts care.FactSet) []string {
	var out []string
	for _, r := range rules.Catalogue() {
		if r.Needs&facts != 0 {
			out = append(out, r.Code)
		}
	}
	return out
}

// compare reads what stands and makes the diff.
func (j *Job) compare(ctx context.Context, p *Prepared, pulled *Pulled, opt RunOptions) error {
	j.Progress.stage("comparing")
	subjects, fault, err := j.subjects(ctx, p)
	if err != nil {
		return err
	}
	if fault == nil {
		var bad []string
		p.diff.Standing, bad, fault = ReadStanding(ctx, j.Receiver, j.writer())
		for _, ref := range bad {
			p.Report.Warnings = append(p.Report.Warnings, ref+" was written by brygga and can no longer be read; it is left as it is")
		}
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
	return j.diff(ctx, p, subjects, pulled, opt)
}

func (j *Job) diff(ctx context.Context, p *Prepared, subjects Subjects, pulled *Pulled, opt RunOptions) error {
	baseline, err := j.Store.Baseline(ctx)
	if err != nil {
		return err
	}
	in := &p.diff
	in.AsOf = opt.AsOf
	in.Asked = j.asking
	in.Fates = map[care.Ref]Fate{}
	unitOf := map[care.Ref]string{}
	for i := range p.Judged {
		c := &p.Judged[i]
		subject := subjects.In(c.Client.Ref)
		if subject != "" {
			in.Fates[subject] = fateOf(c, p.Units)
			unitOf[subject] = c.Key
		}
		for k := range c.Findings {
			if w := j.want(p, c, &c.Findings[k], subjects, opt.AsOf); w.Task || w.Flag || w.FlagWhenLate {
				in.Wanted = append(in.Wanted, w)
			}
		}
	}
	if err := j.findGone(ctx, in, pulled, len(p.Judged)); err != nil {
		return err
	}
	in.Rollout = j.Rollout
	in.Rollout.AsOf = opt.AsOf
	in.Rollout.UnitOf = func(c care.Ref) string { return unitOf[c] }
	in.Rollout.Baseline = map[string]bool{}
	for id := range baseline {
		in.Rollout.Baseline[id] = true
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
	tooMany := len(missing) > goneAtLeast && float64(len(missing)) > goneShare*float64(clients)
	for _, ref := range sortedRefs(missing) {
		fate := Fate{Unsure: true}
		if j.Source == j.Receiver && pulled.PatientsListed && !tooMany && strings.HasPrefix(string(ref), "Patient/") {
			body, err := j.Source.Source.Read(ctx, string(ref))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil && body == nil {
				fate = Fate{Gone: true}
			}
		}
		in.Fates[ref] = fate
	}
	return nil
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
	case !rules.ByCode(rule).Provided(j.Source.Provides):
		return NotProvided
	}
	return Asked
}

// since carries over when each problem was first seen.
func (j *Job) since(ctx context.Context, rep *Report) error {
	runs, err := j.Reports(ctx, 30)
	if err != nil {
		return err
	}
	for i := range rep.Problems {
		pr := &rep.Problems[i]
		pr.Since = rep.Started
		for _, r := range runs {
			if r.Ended.IsZero() {
				continue // this run, or one that died and cannot tell
			}
			earlier := r.problem(pr.System, pr.Kind)
			if earlier == nil {
				break
			}
			pr.Since = earlier.Since
		}
	}
	return nil
}

func (r *Report) problem(system, kind string) *Problem {
	for i := range r.Problems {
		if p := &r.Problems[i]; p.System == system && p.Kind == kind {
			return p
		}
	}
	return nil
}
