package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

const night = "30 1 * * *"

func TestATickRunsItsJobOnce(t *testing.T) {
	b := newBed(t, "2026-11-21T12:00:00Z")
	d := b.start(Options{}, b.job("a-kommun", "reconcile", night, nil))
	d.round(t)
	if runs := b.began(); len(runs) != 0 {
		t.Fatalf("at noon, %q ran", runs)
	}
	b.set("2026-11-22T00:30:03Z")
	d.round(t)
	b.untilRuns(1)
	b.idle()
	b.advance(10 * time.Second)
	d.round(t)
	d.end(t)
	want := []string{"a-kommun reconcile 2026-11-22 01:30 schedule"}
	if runs := b.began(); !slices.Equal(runs, want) {
		t.Errorf("ran %q, want %q", runs, want)
	}
	for _, said := range []string{`"scheduled"`, `"tick"`, `"the job begins"`, `"the job is done"`, `"exit":0`, `"duration_ms"`, `"next":"2026-11-22T01:30:00+01:00"`} {
		if !strings.Contains(b.log.String(), said) {
			t.Errorf("the log does not say %s:\n%s", said, b.log.String())
		}
	}
}

// nights is what a daemon does when the clock shows these instants, one after the
// other; "restart" is a new process.
func TestNightsOverOutagesAndClocks(t *testing.T) {
	for _, row := range []struct {
		name, schedule, begin string
		clock                 []string
		want                  []string // ticks and triggers
		skips                 int
	}{
		{
			"a night is run once, however often one looks", night, "2026-11-21T12:00:00Z",
			[]string{"2026-11-22T00:30:00Z", "2026-11-22T00:30:10Z", "2026-11-22T12:00:00Z"},
			[]string{"2026-11-22 01:30 schedule"},
			0,
		},
		{
			"an outage of one night is caught up within the window", night, "2026-11-21T12:00:00Z",
			[]string{"restart", "2026-11-22T05:00:00Z", "2026-11-22T05:00:10Z"},
			[]string{"2026-11-22 01:30 catch-up"},
			0,
		},
		{
			"an outage of three nights is caught up once", night, "2026-11-21T12:00:00Z",
			[]string{"restart", "2026-11-24T05:00:00Z", "2026-11-24T05:00:10Z", "2026-11-25T00:30:00Z"},
			[]string{"2026-11-24 01:30 catch-up", "2026-11-25 01:30 schedule"},
			0,
		},
		{
			"an outage that ends after the window is not caught up, and that is said once", night, "2026-11-21T12:00:00Z",
			[]string{"restart", "2026-11-22T12:00:00Z", "2026-11-22T12:00:10Z", "restart", "2026-11-22T12:00:20Z", "2026-11-23T00:30:00Z"},
			[]string{"2026-11-23 01:30 schedule"},
			1,
		},
		{
			"a clock that jumps forward a day, and back, neither skips nor doubles", night, "2026-11-21T12:00:00Z",
			[]string{"2026-11-22T00:30:00Z", "2026-11-23T00:40:00Z", "2026-11-22T00:40:10Z", "2026-11-23T00:30:00Z", "2026-11-23T00:40:10Z", "2026-11-24T00:30:00Z"},
			[]string{"2026-11-22 01:30 schedule", "2026-11-23 01:30 catch-up", "2026-11-24 01:30 schedule"},
			0,
		},
		{
			"a clock that goes back an hour over a tick does not double it", night, "2026-11-21T12:00:00Z",
			[]string{"2026-11-22T00:30:00Z", "2026-11-21T23:30:00Z", "2026-11-22T00:30:00Z"},
			[]string{"2026-11-22 01:30 schedule"},
			0,
		},
		{
			"a clock that was ten years ahead for a moment skips nothing when it is right again", night, "2026-11-21T12:00:00Z",
			[]string{"2026-11-22T00:30:00Z", "2036-11-22T12:00:00Z", "2026-11-22T12:00:00Z", "2026-11-23T00:30:00Z", "restart", "2026-11-24T00:30:00Z"},
			[]string{"2026-11-22 01:30 schedule", "2026-11-23 01:30 schedule", "2026-11-24 01:30 schedule"},
			1,
		},
		{
			"a clock that goes back behind the installation counts from there", night, "2026-11-21T12:00:00Z",
			[]string{"2025-11-21T12:00:00Z", "2025-11-22T00:30:00Z"},
			[]string{"2025-11-22 01:30 schedule"},
			0,
		},
		{
			"summer time begins: 02:30 is run at three", "30 2 * * *", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T00:59:50Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"},
			[]string{"2026-03-29 03:00 schedule", "2026-03-30 02:30 schedule"},
			0,
		},
		{
			"summer time ends: 02:30 is run when it comes first", "30 2 * * *", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"},
			[]string{"2026-10-25 02:30 schedule", "2026-10-26 02:30 schedule"},
			0,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, row.begin)
			job := b.job("a-kommun", "reconcile", row.schedule, nil)
			d := b.start(Options{}, job)
			for i, step := range row.clock {
				if step == "restart" {
					d.end(t)
					b.set(row.clock[i+1])
					d = b.start(Options{}, job)
					continue
				}
				b.set(step)
				d.round(t)
				b.idle()
			}
			d.end(t)
			var want []string
			for _, w := range row.want {
				want = append(want, "a-kommun reconcile "+w)
			}
			if runs := b.began(); !slices.Equal(runs, want) {
				t.Errorf("ran  %q\nwant %q", runs, want)
			}
			if skips := b.skipped(); len(skips) != row.skips {
				t.Errorf("skipped %q, want %d", skips, row.skips)
			}
		})
	}
}

func TestAChangedScheduleIsNotCaughtUp(t *testing.T) {
	b := newBed(t, "2026-11-22T09:00:00Z")
	d := b.start(Options{}, b.job("a-kommun", "reconcile", night, nil))
	d.end(t)
	b.set("2026-11-23T09:00:00Z") // the night at 01:30 was missed, and that at 08:00 never meant
	d = b.start(Options{}, b.job("a-kommun", "reconcile", "0 8 * * *", nil))
	d.round(t)
	b.set("2026-11-24T07:00:00Z")
	d.round(t)
	b.untilRuns(1)
	d.end(t)
	if runs := b.began(); !slices.Equal(runs, []string{"a-kommun reconcile 2026-11-24 08:00 schedule"}) {
		t.Errorf("ran %q", runs)
	}
}

func TestAJobThatStillRunsIsNotStartedAgain(t *testing.T) {
	b := newBed(t, "2026-11-22T09:00:00Z")
	release := make(chan struct{})
	d := b.start(Options{}, b.job("a-kommun", "handover", "*/15 7-18 * * *", func(ctx context.Context, _ Call) (Outcome, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return Outcome{}, nil
	}))
	b.set("2026-11-22T09:15:00Z")
	d.round(t)
	b.untilRuns(1)
	if s := d.Snapshot(); s[0].Running.IsZero() || !s[0].Tick.Equal(at("2026-11-22T09:15:00Z")) {
		t.Errorf("while it runs the snapshot is %+v", s[0])
	}
	b.set("2026-11-22T09:30:00Z")
	d.round(t)
	close(release)
	b.idle()
	b.set("2026-11-22T09:45:00Z")
	d.round(t)
	b.untilRuns(2)
	b.idle()
	d.end(t)
	if runs := b.began(); !slices.Equal(runs, []string{"a-kommun handover 2026-11-22 10:15 schedule", "a-kommun handover 2026-11-22 10:45 schedule"}) {
		t.Errorf("ran %q", runs)
	}
	if skips := b.skipped(); !slices.Equal(skips, []string{"a-kommun handover 2026-11-22 10:30 skipped: the run of 10:15 is still going on"}) {
		t.Errorf("skipped %q", skips)
	}
	if s := d.Snapshot(); !s[0].Running.IsZero() || !s[0].LastSuccess.Equal(at("2026-11-22T09:45:00Z")) {
		t.Errorf("afterwards the snapshot is %+v", s[0])
	}
}

func TestWhatTheEndOfARunLeadsTo(t *testing.T) {
	secret := "hemlig-uppgift"
	for _, row := range []struct {
		name  string
		ends  []func(ctx context.Context) (Outcome, error) // attempt by attempt; the last for all others
		runs  int
		state string
		said  string
		fails string // what is recorded besides what the run records itself
	}{
		{"a source that fails is a done job", []func(context.Context) (Outcome, error){
			func(context.Context) (Outcome, error) { return Outcome{Exit: 3}, nil },
		}, 1, "completed", `"exit":3`, ""},
		{"our own fault is tried again", []func(context.Context) (Outcome, error){
			func(context.Context) (Outcome, error) { return Outcome{}, errors.New("the disk is full") },
			func(context.Context) (Outcome, error) { return Outcome{}, nil },
		}, 2, "completed", "tried again soon", ""},
		{"a crash is tried again, and its words are not kept", []func(context.Context) (Outcome, error){
			func(context.Context) (Outcome, error) { panic(secret) },
			func(context.Context) (Outcome, error) { return Outcome{}, nil },
		}, 2, "completed", "engine_test.go:", "a-kommun reconcile 2026-11-22 01:30 the run crashed (string)"},
		{"one that could not begin is tried again", []func(context.Context) (Outcome, error){
			func(context.Context) (Outcome, error) {
				return Outcome{}, &Unrecorded{errors.New("the secret is gone")}
			},
			func(context.Context) (Outcome, error) { return Outcome{}, nil },
		}, 2, "completed", "tried again soon", "a-kommun reconcile 2026-11-22 01:30 the secret is gone"},
		{"who else is at it is waited for", []func(context.Context) (Outcome, error){
			func(context.Context) (Outcome, error) {
				return Outcome{}, &Busy{errors.New("another run is going on")}
			},
		}, 1, "scheduled", "the job waits", ""},
		{"a run that takes too long is stopped and not tried again", []func(context.Context) (Outcome, error){
			func(ctx context.Context) (Outcome, error) { <-ctx.Done(); return Outcome{}, ctx.Err() },
		}, 1, "cancelled", "took longer than it may", "took longer than it may"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, "2026-11-21T12:00:00Z")
			n := 0
			job := b.job("a-kommun", "reconcile", night, func(ctx context.Context, c Call) (Outcome, error) {
				if n++; c.Attempt != n {
					t.Errorf("attempt %d is called %d", n, c.Attempt)
				}
				return row.ends[min(n, len(row.ends))-1](ctx)
			})
			if row.state == "cancelled" {
				job.Timeout = 50 * time.Millisecond
			}
			d := b.start(Options{}, job)
			b.set("2026-11-22T00:30:00Z")
			d.round(t)
			b.untilRuns(row.runs)
			until(t, "the job is "+row.state, func() bool {
				var state string
				err := b.db.QueryRow(`SELECT state FROM river_job`).Scan(&state)
				return err == nil && state == row.state
			})
			d.end(t)
			var kept string
			if err := b.db.QueryRow(`SELECT coalesce(json(errors), '') || json(args) || json(metadata) FROM river_job`).Scan(&kept); err != nil {
				t.Fatal(err)
			}
			if fails := b.failed(); !strings.Contains(fails, row.fails) || row.fails == "" && fails != "" {
				t.Errorf("recorded is %q", fails)
			}
			for _, text := range []string{kept, b.log.String(), b.failed()} {
				if strings.Contains(text, secret) {
					t.Errorf("a crash's words are kept: %s", text)
				}
			}
			if strings.Contains(kept, "disk") {
				t.Errorf("the words of an error are kept in the queue: %s", kept)
			}
			if !strings.Contains(b.log.String(), row.said) {
				t.Errorf("the log does not say %q:\n%s", row.said, b.log.String())
			}
		})
	}
}

func TestStopping(t *testing.T) {
	for _, row := range []struct {
		name     string
		shutdown time.Duration
		work     time.Duration // that the job still has to do
		again    bool          // the next start runs it again
	}{
		{"a job that is nearly done is finished", 10 * time.Second, 300 * time.Millisecond, false},
		{"a job that is not done in time is handed back, and the next start runs it at once", 200 * time.Millisecond, time.Hour, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, "2026-11-21T12:00:00Z")
			first := true
			job := b.job("a-kommun", "reconcile", night, func(ctx context.Context, c Call) (Outcome, error) {
				if c.Attempt != 1 {
					t.Errorf("being handed back counts as an attempt: %d", c.Attempt)
				}
				if !first {
					return Outcome{}, nil
				}
				first = false
				wait(ctx, row.work)
				return Outcome{}, ctx.Err()
			})
			d := b.start(Options{Shutdown: row.shutdown}, job)
			b.set("2026-11-22T00:30:00Z")
			d.round(t)
			b.untilRuns(1)
			began := time.Now()
			d.end(t)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %s to stop", took)
			}
			var daemons int
			if err := b.db.QueryRow(`SELECT count(*) FROM daemon`).Scan(&daemons); err != nil || daemons != 0 {
				t.Errorf("%d daemons are left behind, %v", daemons, err)
			}
			d = b.start(Options{}, job)
			b.idle()
			d.end(t)
			want := 1
			if row.again {
				want = 2
			}
			if runs := b.began(); len(runs) != want {
				t.Errorf("ran %q, want %d runs", runs, want)
			}
		})
	}
}

// What was handed back is a night that was missed, where brygga stays away for long: it
// is caught up within the same window.
func TestWhatWasHandedBackIsCaughtUpWithinTheWindow(t *testing.T) {
	for _, row := range []struct {
		name  string
		again string // when brygga is there again; the job of 01:30 on the 22nd was handed back
		runs  int    // then
		says  string // of what was skipped
	}{
		{"in the same night it runs again", "2026-11-22T04:00:00Z", 1, ""},
		{"while somebody else may have been at it, it runs again", "2026-11-22T07:30:00Z", 1, ""},
		{"by noon it is too late", "2026-11-22T12:00:00Z", 0, "too late to catch up"},
		{"days later, by noon, it is too late for that night too", "2026-11-25T12:00:00Z", 0, "too late to catch up"},
		{"days later, soon after a night, one run is for all of them", "2026-11-25T04:00:00Z", 1, "the run of 01:30"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, "2026-11-21T12:00:00Z")
			first := true
			job := b.job("a-kommun", "reconcile", night, func(ctx context.Context, _ Call) (Outcome, error) {
				if first {
					first = false
					wait(ctx, time.Hour)
				}
				return Outcome{}, ctx.Err()
			})
			d := b.start(Options{Shutdown: 50 * time.Millisecond}, job)
			b.set("2026-11-22T00:30:00Z")
			d.round(t)
			b.untilRuns(1)
			d.end(t)
			b.set(row.again)
			d = b.start(Options{}, job)
			b.idle()
			d.end(t)
			if runs := b.began(); len(runs) != 1+row.runs {
				t.Errorf("ran %q, want %d runs", runs, 1+row.runs)
			}
			if skips := strings.Join(b.skipped(), "; "); !strings.Contains(skips, row.says) || row.says == "" && skips != "" {
				t.Errorf("skipped: %s", skips)
			}
		})
	}
}
