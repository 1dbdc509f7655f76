package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

// worker is another process on the same store, as far as a run can see.
func (b *bed) worker() *Opened {
	b.Helper()
	o, err := Open(b.ctx(), b.job.Config, Deps{Now: b.now, Log: b.log, Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		b.Fatal(err)
	}
	o.Spread = NewSpread(2)
	b.Cleanup(func() { o.Close() })
	return o
}

// spread lets the runs of the bed share out what they write, whatever there is, among
// themselves and so many others.
func (b *bed) spread(shards, helpers int) (help *sync.WaitGroup) {
	b.Helper()
	help = &sync.WaitGroup{}
	if shards < 2 {
		b.job.Spread = nil
		return help
	}
	var others []*Opened
	for range helpers {
		others = append(others, b.worker())
	}
	s := NewSpread(shards)
	s.AtLeast = 1
	b.job.Spread = s.With(func(ctx context.Context, run string, shards int) error {
		for i, o := range others {
			help.Go(func() {
				if err := o.WorkShard(ctx, run, i*shards/len(others)); err != nil {
					b.Errorf("a worker: %v", err)
				}
			})
		}
		return nil
	})
	return help
}

// counted adds up what the audit log says of a run's writes, but for those that were
// thought over: how many a transaction takes along depends on what else is in it.
func (b *bed) counted(run string) map[string]int {
	b.Helper()
	key, err := b.job.Config.Keys.Audit.Key(b.ctx())
	if err != nil {
		b.Fatal(err)
	}
	if v, err := b.job.Job.Store.VerifyAudit(b.ctx(), key, nil); err != nil || v.Broken != nil {
		b.Errorf("the audit log: %+v, %v", v, err)
	}
	out := map[string]int{}
	for _, e := range entries(b.T, b.job.Job.Store) {
		if e.Run != run || e.Action != auditWrites {
			continue
		}
		if e.By != "test" || e.Config != b.job.Job.Config || e.Resource == "" {
			b.Errorf("an entry of the run says %+v", e)
		}
		for what, n := range e.Counts {
			if !strings.HasSuffix(what, ".stale") {
				out[what] += n
			}
		}
	}
	return out
}

// spreadNights are nights one after the other, each after something has happened.
var spreadNights = []struct {
	name   string
	before func(b *bed, m *people.Municipality)
}{
	{"the first", func(*bed, *people.Municipality) {}},
	{"the same again", func(*bed, *people.Municipality) {}},
	{"when due dates move, and staff take a Task and end another while brygga writes", func(b *bed, m *people.Municipality) {
		b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\n" +
			"writes: {mode: write, transaction_size: 3}\nrules: {set: {plan.review.months: 5, contact.missing.days: 13, plan.missing.days: 13}}")
		taken, ended := b.find("Task", "plan.review "+b.client(m, "plan-review-overdue")), b.find("Task", "plan.review "+b.client(m, "plan-due-in-ten-days"))
		b.once(func() {
			b.edit(taken, func(r map[string]any) { r["status"] = "in-progress" })
			b.edit(ended, func(r map[string]any) { r["status"] = "completed" })
		})
	}},
	{"when a plan was reviewed and somebody died", func(b *bed, m *people.Municipality) {
		b.server.SetFault(nil)
		b.nextDay()
		for _, act := range []func() (people.Act, bool){m.PlanReviewed, m.Dies, m.ContactLeaves} {
			a, _ := act()
			for _, r := range a.Put {
				b.putJSON(string(r.JSON))
			}
		}
	}},
	{"when rules are turned off", func(b *bed, _ *people.Municipality) {
		b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\n" +
			"writes: {mode: write}\nrules: {set: {plan.review.enabled: false}}\nguard: {at_least: 1000}")
	}},
}

// A law: into however many shards a night is cut and whoever helps, the same stands in
// the record system, the report counts the same, and so does the audit log.
func TestANightWritesTheSameInAnyNumberOfShards(t *testing.T) {
	type outcome struct {
		Lines   map[string]int
		Totals  Totals
		Applied *Applied
		Audit   map[string]int
	}
	want := map[string]outcome{}
	for _, row := range []struct {
		name            string
		shards, helpers int
	}{
		{"without shards", 1, 0},
		{"in two shards, alone", 2, 0},
		{"in two shards, with one who helps", 2, 1},
		{"in seven shards, with two who help", 7, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := people.Small("t-", bedDay)
			b := bedOf(t, m, sandbox.Options{}, "writes: {mode: write, transaction_size: 3}")
			for _, night := range spreadNights {
				night.before(b, m)
				help := b.spread(row.shards, row.helpers)
				rep := b.run(ExitDone)
				help.Wait()
				got := outcome{b.lines(), rep.Totals, rep.Applied, b.counted(rep.Run)}
				if w, there := want[night.name]; !there {
					want[night.name] = got
				} else if !reflect.DeepEqual(got, w) {
					t.Errorf("the night %q:\n%+v\n%+v\nand without shards:\n%+v\n%+v\nstanding alike: %v", night.name, got.Applied, got.Audit, w.Applied, w.Audit, maps.Equal(got.Lines, w.Lines))
				}
				b.nothingShared()
			}
			b.singly()
		})
	}
	if a := want["when due dates move, and staff take a Task and end another while brygga writes"].Applied; a == nil || a.Moved == 0 {
		t.Errorf("nothing moved while brygga wrote: this test has shown too little: %+v", a)
	}
	if a := want["when a plan was reviewed and somebody died"].Applied; a == nil || a.Closed == 0 {
		t.Errorf("nothing was closed: this test has shown too little: %+v", a)
	}
}

// nothingShared asserts that no run has left anything of its shards in the store.
func (b *bed) nothingShared() {
	b.Helper()
	runs, err := b.job.Job.Store.Spreads(b.ctx())
	if err != nil || len(runs) > 0 {
		b.Errorf("shards of %v are left, %v", runs, err)
	}
}

// All changes of one client, and all of one finding, are in one shard; together they
// are what was to be written; and each can be written as if it were all.
func TestShardsDivideWhatIsWritten(t *testing.T) {
	b, _ := later(t, sandbox.Options{})
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for i := range p.changes {
		if c := &p.changes[i]; c.Writes() {
			want[lineOf(c)] = true
		}
	}
	if len(want) < 5 {
		t.Fatalf("%d changes: too few to show anything", len(want))
	}
	for _, n := range []int{1, 2, 7, 1000} {
		seen, at := map[string]bool{}, map[care.Ref]int{}
		for number, s := range cutShards(p.diff, p.changes, n) {
			content, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			read, err := readShard(content)
			if err != nil {
				t.Fatal(err)
			}
			diff, changes, err := read.open()
			if err != nil {
				t.Fatal(err)
			}
			for i := range changes {
				c := &changes[i]
				if other, twice := at[c.Client]; twice && other != number {
					t.Errorf("of %d shards %d and %d have changes of one client", n, other, number)
				}
				at[c.Client] = number
				if seen[lineOf(c)] {
					t.Errorf("of %d shards two have the same change", n)
				}
				seen[lineOf(c)] = true
				if f, was := diff.Fates[c.Client], p.diff.Fates[c.Client]; f.client != was.client || f.Died != was.Died || !reflect.DeepEqual(f.Pending, was.Pending) {
					t.Errorf("a shard knows of a client %+v, and the run %+v", f, was)
				}
			}
			again := Diff(diff)
			if i := len(changes); countWrites(again) != i {
				t.Errorf("thought over again, a shard of %d writes has %d", i, countWrites(again))
			}
		}
		if !maps.Equal(seen, want) {
			t.Errorf("%d shards have %d changes, and %d are to be written", n, len(seen), len(want))
		}
	}
}

func lineOf(c *Change) string {
	return fmt.Sprint(c.Action, c.Reason, c.Type, c.Finding, c.Occurrence, c.Client, c.Content, c.KeepStaff, c.targetID(), c.Target)
}

func countWrites(changes []Change) (n int) {
	for i := range changes {
		if changes[i].Writes() {
			n++
		}
	}
	return n
}

func TestWhoMayHelp(t *testing.T) {
	for _, row := range []struct {
		name  string
		other func(o *Opened) // what is different about who helps
		run   func(run string) string
		did   bool
	}{
		{"a worker of the same configuration", func(*Opened) {}, nil, true},
		{"a worker of another configuration", func(o *Opened) { o.Job.Config = "another" }, nil, false},
		{"a worker whose receiving system has another name", func(o *Opened) { o.Receiver.Name = "elsewhere" }, nil, false},
		{"a worker who is asked for a run that is over", func(*Opened) {}, func(string) string { return "over" }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBed(t)
			o := b.worker()
			row.other(o)
			var helped int
			s := NewSpread(4)
			s.AtLeast = 1
			b.job.Spread = s.With(func(ctx context.Context, run string, shards int) error {
				if row.run != nil {
					run = row.run(run)
				}
				if err := o.WorkShard(ctx, run, 1); err != nil {
					t.Error(err)
				}
				_, done, err := b.job.Job.Store.ShardsDone(ctx, run)
				helped = len(done)
				return err
			})
			rep := b.run(ExitDone)
			if (helped > 0) != row.did || rep.Applied.Created != rep.Totals.Create {
				t.Errorf("%d shards were written by who helped; %+v of %+v", helped, rep.Applied, rep.Totals)
			}
			b.nothingShared()
		})
	}
}

func TestIntoHowManyShards(t *testing.T) {
	for _, row := range []struct {
		name   string
		spread *Spread
		writes int
		want   int
	}{
		{"a run in the foreground is not cut", nil, 10_000, 0},
		{"a small night is not cut", NewSpread(24), spreadAtLeast - 1, 0},
		{"a night that is worth it is cut into few", NewSpread(24), spreadAtLeast, 5},
		{"a large night is cut into as many as are configured", NewSpread(24), 10_000, 24},
		{"one shard is no shard", NewSpread(1), 10_000, 0},
	} {
		if got := row.spread.among(row.writes); got != row.want {
			t.Errorf("%s: into %d, and should be into %d", row.name, got, row.want)
		}
	}
}

// Somebody who has a shard and gets no further does not hold up the night for ever.
func TestARunEndsWithoutWhoGetsNoFurther(t *testing.T) {
	b := newBed(t)
	o := b.worker()
	var stuck func()
	s := NewSpread(4)
	s.AtLeast, s.Still = 1, 2*spreadLook
	b.job.Spread = s.With(func(ctx context.Context, run string, _ int) (err error) {
		stuck, err = o.leaseOf(ctx, shardLease(run, 0))
		return err
	})
	rep := b.run(ExitPartly)
	if rep.Applied.Left == 0 || rep.Applied.Created+rep.Applied.Left != rep.Totals.Create {
		t.Errorf("%+v of %+v", rep.Applied, rep.Totals)
	}
	if p := rep.Problems; len(p) != 1 || !strings.Contains(p[0].What, "another brygga that had taken them got no further") {
		t.Errorf("the run says %+v", p)
	}
	if err := b.job.awaitShard(b.ctx(), rep.Run, 0); err != nil {
		t.Errorf("who gets no further is waited for: %v", err)
	}
	stuck()
	b.job.Spread = nil
	if rep = b.run(ExitDone); rep.Totals.Create == 0 {
		t.Error("nothing was left to be written: this test has shown nothing")
	}
	b.singly()
	b.nothingShared()
}

// A clock that jumps while a night is shared out leaves nothing undone: those who cannot
// tell any more whether the run lives leave it to the run.
func TestAClockJumpsWhileANightIsShared(t *testing.T) {
	for _, row := range []struct {
		name string
		by   time.Duration
	}{
		{"an hour ahead", time.Hour},
		{"an hour back", -time.Hour},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBed(t)
			help := b.spread(7, 1)
			b.once(func() { b.clock.Add(int64(row.by)) })
			rep := b.run(ExitDone)
			help.Wait()
			// Who is taken for dead may have written what the next one finds in place.
			if rep.Applied.Created+rep.Applied.Existed != rep.Totals.Create || rep.Totals.Create == 0 {
				t.Errorf("%+v of %+v", rep.Applied, rep.Totals)
			}
			b.singly()
			b.nothingShared()
		})
	}
}

// A worker who is still at it when its run is over stops before its next batch.
func TestAWorkerStopsWhenItsRunIsOver(t *testing.T) {
	b := newBed(t)
	o := b.worker()
	s := NewSpread(2)
	s.AtLeast = 1
	var worker sync.WaitGroup
	var first atomic.Bool
	at, on := make(chan struct{}), make(chan struct{})
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if isWrite(r) && strings.HasSuffix(r.URL.Path, "/fhir") && first.CompareAndSwap(false, true) {
			close(at)
			<-on
		}
		return nil
	})
	ctx, stop := context.WithCancel(b.ctx())
	b.job.Spread = s.With(func(_ context.Context, run string, _ int) error {
		worker.Go(func() {
			if err := o.WorkShard(b.ctx(), run, 1); err != nil {
				t.Error(err)
			}
		})
		<-at
		stop() // the run is told to stop
		return nil
	})
	if _, err := b.job.Reconcile(ctx, b.options()); err == nil {
		t.Error("a run that was stopped says that all is well")
	}
	close(on)
	worker.Wait()
	stood := len(b.stands("Task"))
	b.job.Spread = nil
	rep := b.run(ExitDone)
	if rep.Totals.Create == 0 || stood == 0 {
		t.Errorf("%d Tasks stood, and %d were left: this test has shown nothing", stood, rep.Totals.Create)
	}
	b.singly()
	b.nothingShared()
}
