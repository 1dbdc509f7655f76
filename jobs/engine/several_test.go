package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Two daemons share what is to be done: each tick of each tenant is run once.
func TestTwoDaemonsOnOneDatabase(t *testing.T) {
	onBoth(t, "2026-11-21T12:00:00Z", func(b *bed) {
		var jobs []Job
		for i := range 6 {
			jobs = append(jobs, b.job(fmt.Sprintf("kommun-%d", i), "reconcile", night, func(ctx context.Context, _ Call) (Outcome, error) {
				wait(ctx, 30*time.Millisecond)
				return Outcome{}, nil
			}))
		}
		one := b.start(Options{}, jobs...)
		two := b.startOn(b.again(), Options{}, slices.Clone(jobs)...)
		const nights = 3
		for n := range nights {
			b.set("2026-11-22T00:30:00Z")
			b.advance(time.Duration(n) * 24 * time.Hour)
			var both sync.WaitGroup
			both.Go(func() { one.round(b) })
			both.Go(func() { two.round(b) })
			both.Wait()
			b.idle()
		}
		one.end(b)
		two.end(b)
		runs := b.began()
		slices.Sort(runs)
		if want := 6 * nights; len(runs) != want || len(slices.Compact(runs)) != want {
			b.Errorf("%d runs, and want %d that differ:\n%s", len(runs), want, strings.Join(runs, "\n"))
		}
		if skips := b.skipped(); len(skips) > 0 {
			b.Errorf("skipped %q", skips)
		}
	})
}

// A daemon that only knows some tenants leaves the jobs of the others alone.
func TestADaemonTakesOnlyTheTenantsThatItKnows(t *testing.T) {
	b := newBed(t, "2026-11-21T12:00:00Z")
	both := b.start(Options{}, b.job("a", "reconcile", night, nil), b.job("b--", "reconcile", night, nil))
	both.end(t)
	b.set("2026-11-22T00:30:00Z")
	only := b.start(Options{}, b.job("a", "reconcile", night, nil))
	b.idle()
	if runs := b.began(); !slices.Equal(runs, []string{"a reconcile 2026-11-22 01:30 schedule"}) {
		t.Errorf("ran %q", runs)
	}
	other := b.startOn(b.again(), Options{}, b.job("b--", "reconcile", night, nil))
	b.untilRuns(2)
	b.idle()
	only.end(t)
	other.end(t)
	if runs := b.began(); runs[1] != "b-- reconcile 2026-11-22 01:30 schedule" {
		t.Errorf("ran %q", runs)
	}
}

// A daemon that is silent is taken for dead, and its job is done by another, whatever
// the clocks show.
func TestASilentDaemonsJobIsTakenOver(t *testing.T) {
	onBoth(t, "2026-11-21T12:00:00Z", func(b *bed) {
		held := make(chan struct{})
		defer close(held)
		hangs := b.job("a", "reconcile", night, func(context.Context, Call) (Outcome, error) {
			<-held
			return Outcome{}, nil
		})
		// It has one worker, which hangs: a process that is stopped takes no more jobs.
		silent := b.start(Options{Shutdown: time.Millisecond, Gate: NewGate(1, 1)}, hangs)
		b.set("2026-11-22T00:30:00Z")
		silent.round(b)
		b.untilRuns(1) // and from now on it makes no rounds

		attempts := make(chan int, 9)
		other := b.startOn(b.again(), Options{}, b.job("a", "reconcile", night, func(_ context.Context, c Call) (Outcome, error) {
			attempts <- c.Attempt
			return Outcome{}, nil
		}))
		b.advance(24 * time.Hour) // a clock that jumps makes nobody dead
		for range 2 {
			other.round(b)
		}
		time.Sleep(1500 * time.Millisecond)
		if n := len(b.began()); n != 1 {
			b.Fatalf("%d runs while both live", n)
		}
		for range silence {
			other.round(b)
		}
		b.untilRuns(2)
		if got := <-attempts; got != 2 {
			b.Errorf("the second run is attempt %d", got)
		}
		other.end(b)
		if !strings.Contains(b.log.String(), "cut off when its process died; it is run again") {
			b.Error("that a job was taken over is not said")
		}
	})
}

// What is known dead is not waited for.
func TestADaemonOfThisMachineThatIsGoneIsNotWaitedFor(t *testing.T) {
	onBoth(t, "2026-11-21T12:00:00Z", func(b *bed) {
		held := make(chan struct{})
		defer close(held)
		b.start(Options{ID: "gone", Shutdown: time.Millisecond}, b.job("a", "reconcile", night, func(context.Context, Call) (Outcome, error) {
			<-held
			return Outcome{}, nil
		})).endless(b)
		other := b.startOn(b.again(), Options{Dead: func(id string) bool { return id == "gone" }}, b.job("a", "reconcile", night, nil))
		b.untilRuns(2)
		other.end(b)
	})
}

// endless gives the daemon a job that hangs.
func (d *daemon) endless(b *bed) {
	b.Helper()
	b.set("2026-11-22T00:30:00Z")
	d.round(b)
	b.untilRuns(1)
}

// A job whose process dies of it each time is given up, and its next tick tries again.
func TestAJobThatKillsItsProcessIsGivenUp(t *testing.T) {
	onBoth(t, "2026-11-21T12:00:00Z", func(b *bed) {
		held := make(chan struct{})
		defer close(held)
		for n := range maxAttempts {
			d := b.startOn(b.again(), Options{
				ID: fmt.Sprint("life ", n), Shutdown: time.Millisecond,
				Dead: func(id string) bool { return strings.HasPrefix(id, "life ") && id < fmt.Sprint("life ", n) },
			}, b.job("a", "reconcile", night, func(context.Context, Call) (Outcome, error) {
				<-held
				return Outcome{}, nil
			}))
			b.set("2026-11-22T00:30:00Z")
			d.round(b)
			b.untilRuns(n + 1)
		}
		d := b.startOn(b.again(), Options{Dead: func(id string) bool { return strings.HasPrefix(id, "life ") }}, b.job("a", "reconcile", night, nil))
		b.idle()
		b.set("2026-11-23T00:30:00Z")
		d.round(b)
		b.untilRuns(maxAttempts + 1)
		d.end(b)
		if runs := b.began(); len(runs) != maxAttempts+1 || runs[maxAttempts] != "a reconcile 2026-11-23 01:30 schedule" {
			b.Errorf("ran %q", runs)
		}
		if !strings.Contains(b.log.String(), "given up") {
			b.Error("that the job was given up is not said")
		}
		if fails := b.failed(); !strings.HasPrefix(fails, "a reconcile 2026-11-22 01:30 ") || strings.Count(fails, "given up") != 1 {
			b.Errorf("recorded is %q", fails)
		}
	})
}

func TestTicksAreKeptInSmallNumber(t *testing.T) {
	onBoth(t, "2026-11-22T06:00:00Z", func(b *bed) {
		d := b.start(Options{}, b.job("a", "handover", "* * * * *", nil))
		d.end(b)
		ctx := context.Background()
		for i := range 2 * keptTicks {
			if _, _, err := d.queue.insertTick(ctx, tick{"a", "handover", b.now().Add(time.Duration(i+1) * time.Minute), "* * * * *", tickSkipped}, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.advance(time.Duration(2*keptTicks-10) * time.Minute) // the last ten are in the future of a clock that went back
		if err := d.db.pruneTicks(ctx, "a", "handover", b.now()); err != nil {
			b.Fatal(err)
		}
		var n int
		if err := b.db.QueryRow(`SELECT count(*) FROM tick`).Scan(&n); err != nil || n != keptTicks+10 {
			b.Errorf("%d ticks are kept, %v", n, err)
		}
		last, ok, err := d.db.lastTick(ctx, "a", "handover", b.now())
		if err != nil || !ok || !last.at.Equal(b.now()) {
			b.Errorf("the last tick is %+v, %v, %v", last, ok, err)
		}
	})
}
