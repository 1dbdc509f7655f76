package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shards notes who did which shard.
type shards struct {
	mu   sync.Mutex
	done []string // "daemon run shard"
}

func (s *shards) note(daemon string, p Piece) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, fmt.Sprintf("%s %s %d", daemon, p.Run, p.Shard))
}

func (s *shards) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.done)
}

// of are the shards that were done, without who did them.
func (s *shards) of() (out []string) {
	for _, line := range s.all() {
		_, piece, _ := strings.Cut(line, " ")
		out = append(out, piece)
	}
	slices.Sort(out)
	return out
}

// spreads is a job whose run shares out n shards and waits until all are done.
func (b *bed) spreads(s *shards, daemon, tenant string, n int, shard func(ctx context.Context, p Piece) error) Job {
	j := b.job(tenant, "reconcile", night, func(ctx context.Context, c Call) (Outcome, error) {
		if err := c.Spread(ctx, tenant+"-run", n); err != nil {
			return Outcome{}, err
		}
		for ctx.Err() == nil {
			done := 0
			for _, piece := range slices.Compact(s.of()) {
				if strings.HasPrefix(piece, tenant+"-run ") {
					done++
				}
			}
			if done == n {
				return Outcome{}, nil
			}
			wait(ctx, 20*time.Millisecond)
		}
		return Outcome{}, ctx.Err()
	})
	j.Shard = func(ctx context.Context, p Piece) error {
		if err := shard(ctx, p); err != nil {
			return err
		}
		s.note(daemon, p)
		return nil
	}
	return j
}

func takes(d time.Duration) func(context.Context, Piece) error {
	return func(ctx context.Context, _ Piece) error {
		wait(ctx, d)
		return ctx.Err()
	}
}

// What one run shares out, all daemons on the database do, each piece once.
func TestDaemonsShareTheShardsOfARun(t *testing.T) {
	onBoth(t, "2026-11-21T12:00:00Z", func(b *bed) {
		var s shards
		one := b.start(Options{}, b.spreads(&s, "one", "a", 8, takes(300*time.Millisecond)))
		two := b.startOn(b.again(), Options{}, b.spreads(&s, "two", "a", 8, takes(300*time.Millisecond)))
		b.set("2026-11-22T00:30:00Z")
		one.round(b)
		b.idle()
		one.end(b)
		two.end(b)
		var want []string
		for n := range 8 {
			want = append(want, fmt.Sprint("a-run ", n))
		}
		if got := s.of(); !slices.Equal(got, want) {
			b.Errorf("done were %q", got)
		}
		by := strings.Join(s.all(), "\n")
		if !strings.Contains(by, "one ") || !strings.Contains(by, "two ") {
			b.Errorf("one daemon did it all:\n%s", by)
		}
	})
}

// With one worker, the run that waits and what it waits for do not wait for each other.
func TestARunAndItsShardsNeedOneWorker(t *testing.T) {
	b := newBed(t, "2026-11-21T12:00:00Z")
	var s shards
	d := b.start(Options{Gate: NewGate(1, 2)}, b.spreads(&s, "one", "a", 3, takes(time.Millisecond)), b.spreads(&s, "one", "b", 3, takes(time.Millisecond)))
	b.set("2026-11-22T00:30:00Z")
	d.round(t)
	b.idle()
	d.end(t)
	if got := s.of(); len(got) != 6 || len(slices.Compact(got)) != 6 {
		t.Errorf("done were %q", got)
	}
}

func TestWhatBecomesOfAShard(t *testing.T) {
	for _, row := range []struct {
		name  string
		fails func(first bool) error
		says  string // in the log; empty: nothing of it
		fault fault  // in the queue
	}{
		{"one that is done is nothing to speak of", func(bool) error { return nil }, "", ""},
		{"one that fails on our own side is tried again", func(first bool) error {
			if first {
				return errors.New("the store is away")
			}
			return nil
		}, "a shard failed on our own side", faultRun},
		{"one that crashes is tried again, and what it held is not told", func(first bool) error {
			if first {
				panic("19121212-1212")
			}
			return nil
		}, "the run crashed (string)", faultPanic},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBed(t, "2026-11-21T12:00:00Z")
			var s shards
			var mu sync.Mutex
			first := true
			d := b.start(Options{}, b.spreads(&s, "one", "a", 1, func(context.Context, Piece) error {
				mu.Lock()
				was := first
				first = false
				mu.Unlock()
				return row.fails(was)
			}))
			b.set("2026-11-22T00:30:00Z")
			d.round(t)
			b.idle()
			d.end(t)
			if got := s.of(); !slices.Equal(got, []string{"a-run 0"}) {
				t.Errorf("done were %q", got)
			}
			log := b.log.String()
			if row.says != "" && !strings.Contains(log, row.says) || strings.Contains(log, "shard failed") != (row.says != "") || strings.Contains(log, "1212") {
				t.Errorf("the log says:\n%s", log)
			}
			var errs string
			if err := b.db.QueryRow(`SELECT coalesce(json(errors), '') FROM river_job WHERE kind = 'reconcile-shard'`).Scan(&errs); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(errs, string(row.fault)) || strings.Contains(errs, "1212") || strings.Contains(errs, "away") {
				t.Errorf("the queue keeps %s", errs)
			}
		})
	}
}

// Shards that a daemon had when it died are done by another.
func TestAShardOfADaemonThatDiedIsDoneByAnother(t *testing.T) {
	onBoth(t, "2026-11-21T12:00:00Z", func(b *bed) {
		var s shards
		held := make(chan struct{})
		defer close(held)
		begun := make(chan struct{}, 9)
		hangs := b.spreads(&s, "gone", "a", 2, func(context.Context, Piece) error { begun <- struct{}{}; <-held; return nil })
		gone := b.start(Options{ID: "gone", Shutdown: time.Millisecond}, hangs)
		b.set("2026-11-22T00:30:00Z")
		gone.round(b)
		<-begun
		other := b.startOn(b.again(), Options{Dead: func(id string) bool { return id == "gone" }}, b.spreads(&s, "other", "a", 2, takes(time.Millisecond)))
		until(b, "both shards are done", func() bool { return len(slices.Compact(s.of())) == 2 })
		other.round(b)
		until(b, "the run is done by the other", func() bool { return strings.Contains(b.log.String(), "the job is done") })
		other.end(b)
	})
}

// A daemon that cannot help, since it is of a version or a configuration without shards,
// leaves them alone; and no tenant has another's queue.
func TestShardsAreLeftToThoseWhoKnowThem(t *testing.T) {
	b := newBed(t, "2026-11-21T12:00:00Z")
	var s shards
	d := b.start(Options{}, b.spreads(&s, "one", "a", 4, takes(300*time.Millisecond)))
	b.set("2026-11-22T00:30:00Z")
	d.round(t)
	b.untilRuns(1)
	plain := b.startOn(b.again(), Options{}, b.job("a", "reconcile", night, nil))
	b.idle()
	d.end(t)
	plain.end(t)
	if got := s.of(); len(got) != 4 || len(b.began()) != 1 {
		t.Errorf("done were %q by the run of %q", got, b.began())
	}
	names := map[string]bool{}
	for _, tenant := range []string{"a", "tenant-a", "a-shards", "tenant-shards-a", "Å", strings.Repeat("x", 90)} {
		for _, name := range []string{queueName(tenant), shardQueueName(tenant)} {
			if names[name] || len(name) > 64 {
				t.Errorf("%q is the queue of two, or too long", name)
			}
			names[name] = true
		}
	}
}
