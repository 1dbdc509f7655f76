package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"brygga/care"
	"brygga/care/rules"
)

// prepare reads, judges and compares: everything up to the first write.
func (j *Job) prepare(ctx context.Context, opt RunOptions) (*Prepared, *Pulled, error) {
	rep := &Report{
		Tenant: j.Tenant, Job: JobReconcile, Trigger: opt.Trigger, AsOf: opt.AsOf, Started: j.Now(),
		Mode: "report",
	}
	if j.Rollout.Write {
		rep.Mode = "write"
	}
	j.Progress.stage("reading")
	pulled, err := Pull(ctx, j.Systems, j.Store, PullOptions{
		AsOf: opt.AsOf, Now: j.Now(), Full: opt.Full, FullAfter: j.FullAfter, AcceptGone: opt.AcceptGone,
		Needs: j.Params.Needs() | opt.Also, Progress: j.Progress.Pulled, step: j.step,
	})
	if err != nil {
		return nil, nil, err
	}
	p, err := j.judge(ctx, pulled.Input, opt.AsOf, j.ask)
	if err != nil {
		return nil, nil, err
	}
	j.step(stepJudged)
	if !opt.versions {
		pulled.Input = care.Input{} // what counts of it is in the snapshot, and the rest would lie here all night
	}
	p.Report = rep
	rep.Kinds = pulled.Kinds
	j.describe(rep, p, pulled)
	j.codes(rep, pulled)
	if err := j.compare(ctx, p, pulled, opt); err != nil {
		return nil, nil, err
	}
	j.step(stepCompared)
	rep.listUnjoined(apart(pulled.Unjoined, p.lost, func(r care.Ref) (string, care.Ref) { return ownIn(j.Systems, r) }))
	rep.Changes = p.changes
	rep.Totals = totals(p.changes)
	if rep.Totals.Writes() > 0 {
		rep.Hash = HashOf(p.changes)
	}
	return p, pulled, j.since(ctx, rep)
}

// judge puts facts together and judges every client; ask is called with the
// questions that the rules have for the source, and its answers are judged with.
func (j *Job) judge(ctx context.Context, in care.Input, asOf care.Date, ask askFunc) (*Prepared, error) {
	in.Consent = j.Consent
	j.Progress.stage("judging")
	if err := j.addAnswers(ctx, &in); err != nil {
		return nil, err
	}
	if err := addHandovers(ctx, j.Store, j.Own, &in); err != nil {
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
	for _, u := range p.Snapshot.Unreadable { // sorted by record; one may stand for several clients
		line := QuarantineLine{Record: u.Ref, Path: u.Path, Reason: u.Reason}
		if s, own := j.systemOf(u.Ref); s != nil {
			line.System, line.Record = s.Name, own
		}
		rep.Quarantine = append(rep.Quarantine, line)
	}
	slices.SortStableFunc(rep.Quarantine, func(a, b QuarantineLine) int {
		return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	rep.Quarantine = slices.Compact(rep.Quarantine)
	if len(rep.Quarantine) > 0 {
		rep.Exit = Worse(rep.Exit, ExitPartly)
	}
	rep.Warnings = append(rep.Warnings, j.unplaced(p.Snapshot.Unplaced)...)
	if n := len(p.Snapshot.Orphans); n > 0 {
		o := p.Snapshot.Orphans[0]
		rep.Warnings = append(rep.Warnings, fmt.Sprintf("%d records name a client who was not read, or who could be several (the first: %s); they are left out",
			n, cmp.Or(o.Record, "what is recorded of "+o.Client)))
	}
	rep.Warnings = append(rep.Warnings, unjoined(pulled.Unjoined)...)
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

// mostWarnings is how many warnings of one sort are told one by one.
const mostWarnings = 20

// unplaced tells which rules may be judged without a record whose client cannot
// be told.
func (j *Job) unplaced(list []care.Unreadable) (out []string) {
	for i, u := range list {
		if i == mostWarnings {
			return append(out, fmt.Sprintf("%d more records could not be read and do not say whom they concern", len(list)-i))
		}
		out = append(out, fmt.Sprintf("%s could not be read and does not say whom it concerns: %s may be judged without it",
			u.Ref, cmp.Or(strings.Join(j.rulesNeeding(u.Facts), ", "), "nothing")))
	}
	return out
}

// unjoined tells, system by system, how many people and units could not be told to
// be somebody of the system that is the authority.
func unjoined(list []care.Unjoined) (out []string) {
	type group struct {
		system  string
		kind    care.FactKind
		several bool
	}
	n, first := map[group]int{}, map[group]care.Ref{}
	var groups []group
	for _, u := range list {
		g := group{u.System, u.Kind, u.Several}
		if n[g]++; n[g] == 1 {
			groups, first[g] = append(groups, g), u.Ref
		}
	}
	words := map[care.FactKind]string{care.KindClient: "clients", care.KindStaff: "members of staff", care.KindUnit: "units"}
	for _, g := range groups {
		why := "are not known by any identifier elsewhere"
		if g.kind == care.KindUnit {
			why = "are not known by identifier or name elsewhere"
		}
		if g.several {
			why = "could be more than one, and are joined to none"
		}
		out = append(out, fmt.Sprintf("%s: %d %s %s (the first: %s)", g.system, n[g], words[g.kind], why, first[g]))
	}
	return out
}

// rulesNeeding lists the rules that are on for somebody and read any of these facts.
func (j *Job) rulesNeeding(facts care.FactSet) []string {
	var out []string
	for _, r := range rules.Catalogue() {
		if r.Needs&facts != 0 && j.Params.Enabled(r.Code) {
			out = append(out, r.Code)
		}
	}
	return out
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
			if r.Ended.IsZero() || r.Skipped != "" {
				continue // this run, or one that died or was skipped and cannot tell
			}
			earlier := r.problem(pr.System, pr.Kind)
			if earlier == nil && len(r.Kinds) == 0 {
				continue // it read nothing
			}
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
