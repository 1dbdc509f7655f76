package jobs

import (
	"context"
	"errors"
)

// withdraw takes back what a run that died had shared out, and waits until nobody
// writes it any more: what stands is read after that. Whoever does not let go in a long
// time is no longer waited for; what is written twice is written once all the same. It is
// called with the lease of the job, so that no run is going on.
func (j *Job) withdraw(ctx context.Context) error {
	runs, err := j.Store.Spreads(ctx)
	if err != nil {
		return err
	}
	for run, shards := range runs {
		if err := j.Store.WithdrawShards(ctx, run); err != nil {
			return err
		}
		for n := range shards {
			if err := j.awaitShard(ctx, run, n); err != nil {
				return err
			}
		}
		if err := j.Store.ForgetShards(ctx, run); err != nil {
			return err
		}
		j.Log.Warn().Str("run", run).Msg("an earlier run ended before all that it had shared out was written; this run looks at all of it again")
	}
	return nil
}

// awaitShard waits until nobody has a shard that was withdrawn; whoever dies with it
// loses it soon.
func (j *Job) awaitShard(ctx context.Context, run string, n int) error {
	var busy *ErrBusy
	for looks := 0; ; looks++ {
		release, err := j.leaseOf(ctx, shardLease(run, n))
		if err == nil {
			release()
			return nil
		}
		if !errors.As(err, &busy) {
			return err
		}
		if looks > j.mostLooks() {
			j.Log.Error().Str("run", run).Str("holder", busy.Holder).
				Msg("a part of the changes of an earlier run is still held and is not waited for any longer; if this is said again, restart the brygga that holds it")
			return nil
		}
		if pause(ctx, spreadLook); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
