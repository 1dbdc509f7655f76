package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strconv"
)

// The changes of a night that several workers write lie here while they do, sealed as
// all that may tell of a person: one piece per shard, numbered from 0, and one outcome
// in its place when it is done. What a piece and an outcome mean is the caller's.

const spreadArea = "spread"

// spread says that a run has shards, and how many.
type spread struct {
	Run    string `json:"run"`
	Shards int    `json:"shards"`
}

type shardDone struct {
	Shard   int    `json:"shard"`
	Outcome []byte `json:"outcome"`
}

func shardArea(run string) string     { return "shard:" + run }
func shardDoneArea(run string) string { return "shard-done:" + run }

// PutShards stores the shards of a run, all or none.
func (t *Tenant) PutShards(ctx context.Context, run string, shards [][]byte) error {
	if run == "" || len(shards) == 0 {
		return errors.New("a run that is spread has an id and shards")
	}
	return t.update(ctx, "storing the shards of a run", func(tx *sql.Tx) error {
		if err := t.putItem(ctx, tx, spreadArea, run, spread{run, len(shards)}, true); err != nil {
			return err
		}
		for n, s := range shards {
			if err := t.putItem(ctx, tx, shardArea(run), strconv.Itoa(n), s, true); err != nil {
				return err
			}
		}
		return nil
	})
}

// Shard gives a shard that has still to be done; ok is false where it is done, or was
// withdrawn.
func (t *Tenant) Shard(ctx context.Context, run string, n int) (content []byte, ok bool, err error) {
	err = t.store.viewAgain(ctx, "reading a shard", func(tx *sql.Tx) error {
		sealed, key, there, err := t.item(ctx, tx, shardArea(run), strconv.Itoa(n))
		if ok = there; err != nil || !there {
			return err
		}
		return t.openJSON("item."+shardArea(run), key, sealed, &content)
	})
	return content, ok && err == nil, err
}

// ShardStands says whether a shard has still to be done, without opening it.
func (t *Tenant) ShardStands(ctx context.Context, run string, n int) (ok bool, err error) {
	err = t.store.viewAgain(ctx, "looking for a shard", func(tx *sql.Tx) error {
		ok, err = t.hasItem(ctx, tx, shardArea(run), strconv.Itoa(n))
		return err
	})
	return ok && err == nil, err
}

// ShardDone stores what became of a shard, in its place. ok is false where it is not
// there to be done any more: then nothing is stored. The same outcome twice is as good
// as once.
func (t *Tenant) ShardDone(ctx context.Context, run string, n int, outcome []byte) (ok bool, err error) {
	err = t.update(ctx, "storing what became of a shard", func(tx *sql.Tx) error {
		name := strconv.Itoa(n)
		if ok, err = t.hasItem(ctx, tx, shardArea(run), name); err != nil {
			return err
		}
		if !ok {
			ok, err = t.isDone(ctx, tx, run, n, outcome)
			return err
		}
		if err := t.removeItem(ctx, tx, shardArea(run), name); err != nil {
			return err
		}
		return t.putItem(ctx, tx, shardDoneArea(run), name, shardDone{n, outcome}, true)
	})
	return ok && err == nil, err
}

// isDone says whether a shard has this outcome.
func (t *Tenant) isDone(ctx context.Context, tx *sql.Tx, run string, n int, outcome []byte) (is bool, err error) {
	sealed, key, there, err := t.item(ctx, tx, shardDoneArea(run), strconv.Itoa(n))
	if err != nil || !there {
		return false, err
	}
	var d shardDone
	err = t.openJSON("item."+shardDoneArea(run), key, sealed, &d)
	return err == nil && bytes.Equal(d.Outcome, outcome), err
}

// ShardsDone gives how many shards a run has, and what became of those that are done,
// by number; 0 of them where it has none (any more).
func (t *Tenant) ShardsDone(ctx context.Context, run string) (shards int, done map[int][]byte, err error) {
	err = t.store.viewAgain(ctx, "reading what became of shards", func(tx *sql.Tx) error {
		done = map[int][]byte{}
		if shards, err = t.spreadOf(ctx, tx, run); err != nil {
			return err
		}
		return items(ctx, t, tx, shardDoneArea(run), func(d shardDone) { done[d.Shard] = d.Outcome })
	})
	return shards, done, err
}

// Spreads gives the runs that have shards, and how many each.
func (t *Tenant) Spreads(ctx context.Context) (runs map[string]int, err error) {
	err = t.store.viewAgain(ctx, "reading which runs have shards", func(tx *sql.Tx) error {
		runs = map[string]int{}
		return items(ctx, t, tx, spreadArea, func(s spread) { runs[s.Run] = s.Shards })
	})
	return runs, err
}

// WithdrawShards removes what a run has still to do; that it had shards is remembered
// until ForgetShards. Twice is as good as once.
func (t *Tenant) WithdrawShards(ctx context.Context, run string) error {
	return t.update(ctx, "withdrawing the shards of a run", func(tx *sql.Tx) error {
		return t.clearArea(ctx, tx, shardArea(run))
	})
}

// ForgetShards removes everything of a run's shards, but for what one has begun and the
// audit log does not say what became of it.
func (t *Tenant) ForgetShards(ctx context.Context, run string) error {
	return t.update(ctx, "removing the shards of a run", func(tx *sql.Tx) error {
		return errors.Join(t.clearArea(ctx, tx, shardArea(run)), t.clearArea(ctx, tx, shardDoneArea(run)),
			t.removeItem(ctx, tx, spreadArea, run), t.forgetParts(ctx, tx, run))
	})
}

func (t *Tenant) spreadOf(ctx context.Context, tx *sql.Tx, run string) (shards int, err error) {
	sealed, key, ok, err := t.item(ctx, tx, spreadArea, run)
	if err != nil || !ok {
		return 0, err
	}
	var s spread
	err = t.openJSON("item."+spreadArea, key, sealed, &s)
	return s.Shards, err
}
