package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Spread is how a night's changes are written by several processes. The daemon sets
// it; without it a run writes everything by itself.
type Spread struct {
	// Shards is into how many parts the changes are cut at most; 1 and less: they are not.
	Shards int
	// AtLeast is from how many writes on it is worth it; 0: spreadAtLeast.
	AtLeast int
	// Still is for how long no shard may come to its end; 0: spreadStill.
	Still time.Duration
	// Queue asks others for help with the shards of a run, numbered from 0.
	Queue func(ctx context.Context, run string, shards int) error
	// Turn is held by whoever writes in this process: it has room for one, so that a
	// process never has more connections to a record system than are configured.
	Turn chan struct{}

	holder string // of the lease of the run that this process coordinates
}

// NewSpread is what all runs of a tenant in this process share; nil for less than two
// shards.
func NewSpread(shards int) *Spread {
	if shards < 2 {
		return nil
	}
	return &Spread{Shards: shards, Turn: make(chan struct{}, 1)}
}

// With is for a run that asks for help by queue.
func (s *Spread) With(queue func(ctx context.Context, run string, shards int) error) *Spread {
	if s == nil {
		return nil
	}
	own := *s
	own.Queue = queue
	return &own
}

const (
	// spreadAtLeast is how many writes take longer than asking others for help.
	spreadAtLeast = 500
	// spreadLook is how often a run looks what others have done.
	spreadLook = 250 * time.Millisecond
	// spreadStill is for how long no shard may come to its end before a run goes on
	// without those that are held by others.
	spreadStill = 30 * time.Minute
)

// among is into how many shards so many writes are cut; less than 2: they are not. None
// is so small that asking for help takes longer than writing it.
func (s *Spread) among(writes int) int {
	if s == nil {
		return 0
	}
	least := cmp.Or(s.AtLeast, spreadAtLeast)
	if writes < least {
		return 0
	}
	return min(s.Shards, writes/max(least/5, 1))
}

// mostLooks is how often others who get no further are looked at before they are waited
// for no longer. Looks are counted and no clocks compared, so that a clock that jumps
// ends nothing.
func (j *Job) mostLooks() int {
	still := spreadStill
	if j.Spread != nil && j.Spread.Still > 0 {
		still = j.Spread.Still
	}
	return int(still / spreadLook)
}

// spreader is a run that coordinates the writing of its changes.
type spreader struct {
	*Job
	run    string
	shards int
}

// applySpread writes changes as applyChanges does, together with whoever helps. The
// run itself writes too, so that it waits for nobody while there is something to do,
// and does alone what nobody takes, or what somebody took who died.
func (j *Job) applySpread(ctx context.Context, p *Prepared, rep *Report, notes *writeLog) error {
	shards := cutShards(p.diff, p.changes, j.Spread.among(rep.Totals.Writes()))
	contents := make([][]byte, len(shards))
	for n, s := range shards {
		s.Format, s.Run, s.Holder, s.Made = shardFormat, rep.Run, p.holder, j.Now().UTC()
		s.Config, s.System, s.Basis = j.Config, j.Receiver.Name, notes.basis
		if notes.audit != nil {
			s.Entry = shardAsks{By: notes.entry.By, User: notes.entry.User}
		}
		var err error
		if contents[n], err = json.Marshal(s); err != nil {
			return fmt.Errorf("divide the changes of the run: %w", err)
		}
	}
	if err := j.Store.PutShards(ctx, rep.Run, contents); err != nil {
		return err
	}
	if j.Spread.Queue != nil {
		if err := j.Spread.Queue(ctx, rep.Run, len(shards)); err != nil {
			j.Log.Warn().Err(err).Str("run", rep.Run).Msg("nobody could be asked to help with writing; the run writes everything by itself")
		}
	}
	j.Spread.holder = p.holder
	s := &spreader{Job: j, run: rep.Run, shards: len(shards)}
	done, err := s.wait(ctx)
	j.conclude(rep, gathered(done))
	if err == nil {
		j.leave(rep, shards, done)
	}
	alive := context.WithoutCancel(ctx)
	if len(done) == len(shards) {
		err = errors.Join(err, j.Store.ForgetShards(alive, rep.Run))
	} else { // the next run waits for whoever is still at it
		err = errors.Join(err, j.Store.WithdrawShards(alive, rep.Run))
	}
	return err
}

// leave reports the shards that were not done.
func (j *Job) leave(rep *Report, shards []*shard, done map[int]Applied) {
	left := 0
	for n, s := range shards {
		if _, is := done[n]; !is {
			left += len(s.Changes)
		}
	}
	if left == 0 {
		return
	}
	rep.Applied.Left += left
	rep.Exit = Worse(rep.Exit, ExitPartly)
	rep.Problems = append(rep.Problems, Problem{System: j.Receiver.Name, Kind: "writes", What: fmt.Sprintf(
		"%s: %d changes were left, since another brygga that had taken them got no further; the next run looks at them again; if this is said again, restart the other",
		j.Receiver.Name, left)})
}

// wait writes and waits until all shards are done, or until too long nobody has got any
// further.
func (s *spreader) wait(ctx context.Context) (done map[int]Applied, err error) {
	got := 0
	for looks := 0; ; looks++ {
		if done, err = s.done(ctx); err != nil || len(done) == s.shards {
			return done, err
		}
		if len(done) > got {
			got, looks = len(done), 0
		}
		did, err := s.help(ctx, done)
		switch {
		case err != nil:
			now, again := s.done(context.WithoutCancel(ctx))
			if again != nil {
				now = done
			}
			return now, err
		case did:
			continue // it is seen to be done
		case looks > s.mostLooks():
			s.Log.Error().Str("run", s.run).Int("shards", s.shards-len(done)).
				Msg("others who write a part of the changes get no further; the run ends without them, and the next run does the rest")
			return done, nil
		}
		pause(ctx, spreadLook)
	}
}

// help writes one shard that nobody is at; did is false where there is none, or where
// this process is writing already.
func (s *spreader) help(ctx context.Context, done map[int]Applied) (did bool, err error) {
	select {
	case s.Spread.Turn <- struct{}{}:
		defer func() { <-s.Spread.Turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	default:
		return false, ctx.Err()
	}
	for n := range s.shards {
		if _, is := done[n]; is {
			continue
		}
		switch did, err := s.writeShard(ctx, s.run, n); {
		case err != nil, did:
			return did, err
		}
	}
	return false, nil
}

func (s *spreader) done(ctx context.Context) (map[int]Applied, error) {
	_, outcomes, err := s.Store.ShardsDone(ctx, s.run)
	if err != nil {
		return nil, err
	}
	out := map[int]Applied{}
	for n, outcome := range outcomes {
		var a Applied
		if err := json.Unmarshal(outcome, &a); err != nil {
			return nil, fmt.Errorf("what became of a shard cannot be read: %w", err)
		}
		out[n] = a
	}
	return out, nil
}

// gathered adds up what became of shards, in their order.
func gathered(done map[int]Applied) (all Applied) {
	var numbers []int
	for n := range done {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	a := applier{}
	for _, n := range numbers {
		d := done[n]
		all.Created += d.Created
		all.Updated += d.Updated
		all.Closed += d.Closed
		all.Existed += d.Existed
		all.Moved += d.Moved
		all.Left += d.Left
		all.Refused += d.Refused
		all.Failed += d.Failed
		for typ, outcomes := range d.Kinds {
			for outcome, n := range outcomes {
				all.count(typ, outcome, n)
			}
		}
		for _, text := range d.Problems {
			a.problem(text)
		}
	}
	all.Problems = a.res.Problems
	return all
}

// pause sleeps, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
