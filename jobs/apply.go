package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"brygga/adapters"
	fhirmap "brygga/mapping/fhir"
)

// Applied is what became of the changes that a run set out to write.
type Applied struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Closed  int `json:"closed"`
	// Existed: another run had created it in the meantime; nothing was written.
	Existed int `json:"existed,omitempty"`
	// Moved: a person or another run changed it between read and write, so that
	// what was meant no longer holds; the new diff was followed instead.
	Moved int `json:"moved,omitempty"`
	// Left: it kept moving; the next run looks at it again.
	Left     int      `json:"left,omitempty"`
	Refused  int      `json:"refused,omitempty"`
	Failed   int      `json:"failed,omitempty"`
	Problems []string `json:"problems,omitempty"` // what was refused or failed and why, each text once
	// Kinds counts by resource type what became of each: created, updated, closed,
	// existed, left, refused, failed.
	Kinds map[string]map[string]int `json:"kinds,omitempty"`
}

// count notes what became of n changes to resources of a type.
func (a *Applied) count(typ, outcome string, n int) {
	if a.Kinds == nil {
		a.Kinds = map[string]map[string]int{}
	}
	if a.Kinds[typ] == nil {
		a.Kinds[typ] = map[string]int{}
	}
	a.Kinds[typ][outcome] += n
}

// Written is how many resources were written.
func (a *Applied) Written() int { return a.Created + a.Updated + a.Closed }

// applyChunk is how many writes are handed to the sink at a time, so that
// progress is seen and an interrupted run stops soon; and how many are a batch of the
// audit log, so that a night of thousands is a few entries.
const applyChunk = 500

// applyRounds is how often a change is thought over again when its target moves.
const applyRounds = 4

// applier writes changes and thinks again about those whose target moved.
type applier struct {
	sink   adapters.Sink
	source adapters.Source // of the same system: reads targets again
	writer fhirmap.Writer
	now    func() time.Time
	diff   DiffInput // what the changes were made from
	told   func(done, of int)
	notes  *writeLog                   // nil: nothing is audited
	may    func(context.Context) error // asked before each part that is sent; nil: all may be
	step   func(name string)
	res    Applied
	seen   map[string]bool
}

// apply writes every change that writes, in transactions, and answers with what
// became of them. It is safe to be interrupted at any point and run again: each
// write is conditional. The error is the context's, that of may, or that of the audit
// log: no batch is sent that could not be written down before.
func (a *applier) apply(ctx context.Context, changes []Change) (res Applied, err error) {
	defer func() { err = errors.Join(err, a.notes.turn(ctx, nil)) }()
	var pending []*Change
	for i := range changes {
		if changes[i].Writes() {
			pending = append(pending, &changes[i])
		}
	}
	if len(pending) == 0 {
		return a.res, nil
	}
	total, sent := len(pending), 0
	for round := 1; ; round++ {
		var stale []*Change
		for batch := range slices.Chunk(pending, applyChunk) {
			if err := a.turn(ctx, batch); err != nil {
				return a.res, err
			}
			moved, err := a.sendBatch(ctx, batch, round)
			if err != nil {
				return a.res, err
			}
			stale = append(stale, moved...)
			if sent += len(batch); a.told != nil && round == 1 {
				a.told(sent, total)
			}
		}
		if round == applyRounds {
			a.res.Left += len(stale)
			for _, c := range stale {
				a.res.count(c.Type, "left", 1)
			}
			return a.res, a.turn(ctx, nil)
		}
		if pending = a.thinkAgain(ctx, stale); len(pending) == 0 {
			return a.res, a.turn(ctx, nil)
		}
	}
}

// turn tells the audit log of a batch that is about to be sent, and of what became of the
// one before it.
func (a *applier) turn(ctx context.Context, next []*Change) error {
	if err := a.notes.turn(ctx, next); err != nil {
		return err
	}
	a.at(stepNoted)
	return nil
}

// sendBatch sends what the audit log knows to be about to be written, and gives back what
// must be thought over again.
func (a *applier) sendBatch(ctx context.Context, batch []*Change, round int) (stale []*Change, err error) {
	chunk := applyChunk
	if round > 2 {
		chunk = 1 // one that keeps moving must not hold up its whole transaction
	}
	for part := range slices.Chunk(batch, chunk) {
		if a.may != nil {
			if err := a.may(ctx); err != nil {
				return nil, err
			}
		}
		a.at(stepSending)
		stale = append(stale, a.send(ctx, part)...)
		a.at(stepWritten)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return stale, nil
}

// at names a step of the night.
func (a *applier) at(step string) {
	if a.step != nil {
		a.step(step)
	}
}

// send writes one part and gives back what must be thought over again.
func (a *applier) send(ctx context.Context, part []*Change) (stale []*Change) {
	writes := make([]adapters.Write, 0, len(part))
	sent := make([]*Change, 0, len(part))
	for _, c := range part {
		w, err := a.write(c)
		if err != nil {
			a.res.Failed++
			a.res.count(c.Type, "failed", 1)
			a.problem(err.Error())
			continue
		}
		writes, sent = append(writes, w), append(sent, c)
	}
	for i, ans := range a.sink.Apply(ctx, writes) {
		c := sent[i]
		outcome := became(c, ans)
		a.notes.note(c, outcome)
		if ans.Answered != adapters.Stale {
			a.res.count(c.Type, outcome, 1)
		}
		switch ans.Answered {
		case adapters.Written:
			switch c.Action {
			case ActCreate:
				a.res.Created++
			case ActClose:
				a.res.Closed++
			default:
				a.res.Updated++
			}
		case adapters.Existed:
			a.res.Existed++
		case adapters.Stale:
			stale = append(stale, c)
		case adapters.Refused:
			a.res.Refused++
			a.answerProblem(ans)
		default:
			a.res.Failed++
			a.answerProblem(ans)
		}
	}
	return stale
}

func (a *applier) write(c *Change) (adapters.Write, error) {
	if c.Action == ActCreate {
		body, err := a.writer.Create(c.Type, c.Finding, c.Occurrence, c.Client, c.Rule, c.Content, a.now())
		return adapters.Write{
			Op: adapters.Create, Type: c.Type, Body: body,
			Identifier: fhirmap.FindingSystem + "|" + fhirmap.Identifier(c.Finding, c.Occurrence),
		}, err
	}
	body, err := a.writer.Revise(c.Target, c.Content, c.KeepStaff, a.now())
	return adapters.Write{Op: adapters.Update, Type: c.Type, ID: c.Target.ID, Version: c.Target.Version, Body: body}, err
}

// thinkAgain reads the targets of stale changes. What stands as it stood is
// written again (another entry failed its transaction); what moved gets a new
// diff, from the same judgement, so that a person's change is respected.
func (a *applier) thinkAgain(ctx context.Context, stale []*Change) []*Change {
	var again []*Change
	moved := map[string]bool{}
	for _, c := range stale {
		if c.Target == nil {
			again = append(again, c)
			continue
		}
		own, err := a.read(ctx, c.Type+"/"+c.Target.ID)
		switch {
		case err != nil:
			a.res.Failed++
			a.res.count(c.Type, "failed", 1)
			a.problem(err.Error())
		case own != nil && own.Version == c.Target.Version:
			again = append(again, c)
		default:
			a.notes.moved(c, own)
			a.res.Moved++
			moved[key(c.Type, c.Finding)] = true
			a.replace(c.Target, own)
		}
	}
	if len(moved) == 0 {
		return again
	}
	changes := Diff(a.about(moved))
	for i := range changes {
		if c := &changes[i]; c.Writes() && moved[key(c.Type, c.Finding)] {
			again = append(again, c)
		}
	}
	return again
}

// replace puts what stands now in the place of what stood; nil takes it out.
func (a *applier) replace(old, now *fhirmap.Own) {
	i := slices.Index(a.diff.Standing, old)
	switch {
	case i < 0:
	case now == nil:
		a.diff.Standing = slices.Delete(slices.Clone(a.diff.Standing), i, i+1)
	default:
		a.diff.Standing = slices.Clone(a.diff.Standing)
		a.diff.Standing[i] = now
	}
}

// about gives the part of the diff's input that concerns these findings.
func (a *applier) about(moved map[string]bool) DiffInput {
	concerns := func(finding string) bool {
		return moved[key(fhirmap.TaskType, finding)] || moved[key(fhirmap.FlagType, finding)]
	}
	in := a.diff
	in.Wanted = slices.DeleteFunc(slices.Clone(in.Wanted), func(w Wanted) bool { return !concerns(w.ID) })
	in.Standing = slices.DeleteFunc(slices.Clone(in.Standing), func(o *fhirmap.Own) bool { return !concerns(o.Finding) })
	in.Rollout.PerOwner = 0 // these were let through already
	return in
}

// read gives the target as it stands; nil if it is gone or no longer ours.
func (a *applier) read(ctx context.Context, ref string) (*fhirmap.Own, error) {
	body, err := a.source.Read(ctx, ref)
	if err != nil || body == nil {
		return nil, err
	}
	own, ours, err := a.writer.ReadOwn(body)
	if err != nil {
		return nil, fmt.Errorf("read %s again: %w", ref, err)
	}
	if !ours {
		return nil, nil
	}
	return own, nil
}

func (a *applier) answerProblem(ans adapters.Answer) {
	if ans.Err != nil {
		a.problem(ans.Err.Error())
	}
}

// problem keeps each text once: 500 refusals have one cause.
func (a *applier) problem(text string) {
	if a.seen == nil {
		a.seen = map[string]bool{}
	}
	if !a.seen[text] && len(a.res.Problems) < 20 {
		a.seen[text] = true
		a.res.Problems = append(a.res.Problems, text)
	}
}
