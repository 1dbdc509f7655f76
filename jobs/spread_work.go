package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"brygga/adapters"
	"brygga/care"
)

// errShardOver says that a shard is not to be written any more: its run has ended, died
// or taken it back.
var errShardOver = errors.New("the run that this shard is of is over")

func shardLease(run string, n int) string { return fmt.Sprintf("shard %s %d", run, n) }

// WorkShard helps a run: it writes the shard with this number, and then whatever others
// of the run nobody is at. It does nothing where the run is over, or where it was made
// by a brygga of another version or configuration: then the run does it by itself. It is
// safe to be cut off at any moment and called again. The error is about our own side.
func (j *Job) WorkShard(ctx context.Context, run string, first int) error {
	select {
	case j.Spread.Turn <- struct{}{}:
		defer func() { <-j.Spread.Turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for did := true; did; {
		shards, done, err := j.Store.ShardsDone(ctx, run)
		if err != nil {
			return err
		}
		did = false
		for i := 0; i < shards && !did; i++ {
			n := (first + i) % shards
			if _, is := done[n]; is {
				continue
			}
			if did, err = j.writeShard(ctx, run, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeShard writes one shard if it has still to be done and nobody is at it. did says
// whether it was done here.
func (j *Job) writeShard(ctx context.Context, run string, n int) (did bool, err error) {
	var busy *ErrBusy
	release, err := j.leaseOf(ctx, shardLease(run, n))
	if errors.As(err, &busy) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer release()
	content, there, err := j.Store.Shard(ctx, run, n)
	if err != nil || !there {
		return false, err
	}
	s, err := readShard(content)
	if err != nil {
		return false, err
	}
	if s.Format != shardFormat || s.Config != j.Config || s.System != j.Receiver.Name {
		return false, nil
	}
	res, err := j.applyShard(ctx, s, n)
	if errors.Is(err, errShardOver) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	outcome, err := json.Marshal(res)
	if err != nil {
		return false, fmt.Errorf("tell what became of a shard: %w", err)
	}
	return j.Store.ShardDone(context.WithoutCancel(ctx), run, n, outcome)
}

// applyShard writes what a shard says.
func (j *Job) applyShard(ctx context.Context, s *shard, n int) (Applied, error) {
	diff, changes, err := s.open()
	if err != nil {
		return Applied{}, err
	}
	var key []byte
	if j.AuditKey != nil {
		if key, err = j.AuditKey(ctx); err != nil {
			return Applied{}, err
		}
	}
	notes := &writeLog{
		audit: s.audit(j, key), system: s.System, basis: s.Basis, part: strconv.Itoa(n),
		client: func(c care.Ref) care.Ref { return cmp.Or(diff.Fates[c].client, c) },
	}
	if err := j.takeOver(ctx, notes, changes); err != nil {
		var fault *adapters.Error
		if errors.As(err, &fault) {
			return notWritten(changes, fault), nil
		}
		return Applied{}, err
	}
	a := &applier{
		sink: j.Receiver.Sink, source: j.Receiver.Source, writer: j.writer(), now: j.Now, diff: diff,
		notes: notes, step: j.step,
		may: func(ctx context.Context) error { return j.shardStands(ctx, s, n) },
	}
	return a.apply(ctx, changes)
}

// notWritten is the outcome of changes that may not be written.
func notWritten(changes []Change, why *adapters.Error) Applied {
	a := applier{}
	for i := range changes {
		a.res.Failed++
		a.res.count(changes[i].Type, "failed", 1)
	}
	a.problem(why.Error() + "; what somebody had written who died could not be read, so the rest is not written")
	return a.res
}

// shardStands is nil while a shard's run lives and wants it done. A run knows of itself
// that it lives, also when its clock has jumped past the end of its lease: then it only
// matters that nobody has taken that.
func (j *Job) shardStands(ctx context.Context, s *shard, n int) error {
	at := j.Now()
	if j.Spread.holder == s.Holder {
		at = time.Unix(1, 0)
	}
	by, _, held, err := j.Store.Holder(ctx, JobReconcile, at)
	if err != nil {
		return err
	}
	if !held || by != s.Holder {
		return errShardOver
	}
	there, err := j.Store.ShardStands(ctx, s.Run, n)
	if err == nil && !there {
		err = errShardOver
	}
	return err
}
