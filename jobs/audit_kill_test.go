package jobs

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"brygga/care"
)

// accounted asserts that the audit log tells of every write that the record system has
// had, of each once, and names everybody whose record was written to; and that it says of
// all that was begun what became of it. Nobody else may have written Flags or Tasks.
func (b *bed) accounted() {
	b.Helper()
	told, named, open := map[string]int{}, map[string]bool{}, map[int64]bool{}
	for _, e := range b.logged() {
		switch e.Action {
		case "records.writing":
			open[e.N] = true
		case "records.written":
			delete(open, e.Of)
			for what, n := range e.Counts {
				told[what] += n
			}
			for _, c := range e.Clients {
				named[c] = true
			}
		}
	}
	if len(open) > 0 {
		b.Errorf("of %d entries it is not said what became of what they begin: %v", len(open), slices.Collect(maps.Keys(open)))
	}
	for _, typ := range []string{"Flag", "Task"} {
		created, revised := 0, 0
		for _, raw := range b.server.All(typ) {
			var r struct {
				Meta         struct{ VersionID string }
				Subject, For struct{ Reference string }
			}
			if err := json.Unmarshal(raw, &r); err != nil {
				b.Fatal(err)
			}
			v, err := strconv.Atoi(r.Meta.VersionID)
			if err != nil {
				b.Fatal(err)
			}
			created, revised = created+1, revised+v-1
			if who := b.job.Job.Store.AuditClient(care.Ref(r.Subject.Reference + r.For.Reference)); !named[who] {
				b.Errorf("a %s was written, and its client is not in the log", typ)
			}
		}
		if n := told[typ+".created"]; n != created {
			b.Errorf("%d %ss stand, and the log tells of %d: %v", created, typ, n, told)
		}
		if n := told[typ+".updated"] + told[typ+".closed"]; n != revised {
			b.Errorf("%ss were changed %d times, and the log tells of %d: %v", typ, revised, n, told)
		}
		if told[typ+".unclear"] > 0 {
			b.Errorf("nobody but brygga wrote, and what became of a write is said to be unclear: %v", told)
		}
	}
}

// Whatever a night had written when it was killed is in the audit log when the next one
// is over, and is told once.
func TestWhatAKilledNightHadWrittenIsInTheAuditLog(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, d := range []death{
		{stepSending, 1},
		{stepWritten, 1},
		{stepNoted, 1},
		{stepApplied, 1},
		{requestToRecord, 1}, // not carried out
		{requestToRecord, 2}, // carried out, and not heard of
		{requestToRecord, 5},
		{requestToRecord, 6},
	} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			b := newMoveTown(t)
			if !b.dies(JobReconcile, d) {
				t.Fatal("the night did not come to where it dies")
			}
			b.run(ExitDone)
			b.accounted()
			b.changes() // what stands is updated and closed
			if !b.dies(JobReconcile, d) {
				t.Fatal("the second night did not come to where it dies")
			}
			b.run(ExitDone)
			b.accounted()
			b.singly()
			n := len(b.logged())
			b.run(ExitDone)
			b.written(0)
			if again := len(b.logged()); again != n {
				t.Errorf("a night that had nothing to write or to find added %d entries", again-n)
			}
		})
	}
}

// Whatever workers had written who were killed in the middle of a shard, one after the
// other, is in the audit log when the night is over, and is told once.
func TestWhatKilledWorkersHadWrittenIsInTheAuditLog(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, row := range []struct {
		name   string
		deaths []death
	}{
		{"before anything is sent", []death{{stepSending, 1}}},
		{"when all of a shard is written and nothing is told", []death{{stepWritten, 1}}},
		{"when all of a shard is told, before it is said to be done", []death{{stepNoted, 2}}},
		{"in the second shard", []death{{stepWritten, 2}}},
		{"two, the second of whom finds all there that the first had told", []death{{stepNoted, 2}, {stepWritten, 1}}},
		{"two, the second of whom finds all there that the first had not told", []death{{stepWritten, 1}, {stepWritten, 1}}},
		{"three, each before sending", []death{{stepSending, 1}, {stepSending, 1}, {stepNoted, 1}}},
		{"three, each after writing", []death{{stepWritten, 1}, {stepNoted, 2}, {stepWritten, 2}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b, want := inSmallTransactions(t)
			night := func() Totals {
				s := NewSpread(4)
				s.AtLeast = 1
				b.job.Spread = s.With(func(_ context.Context, run string, _ int) error {
					for _, d := range row.deaths {
						cmd, _ := b.spreadChild(run, "BRYGGA_CHILD_DIES="+d.String())
						_ = cmd.Wait()
						if status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
							t.Errorf("a worker did not come to %s", d)
						}
					}
					return nil
				})
				rep := b.run(ExitDone)
				b.singly()
				b.accounted()
				b.nothingShared()
				if left, err := b.job.Job.Store.Begun(b.ctx()); err != nil || len(left) > 0 {
					t.Errorf("%d batches are left beside the log, %v", len(left), err)
				}
				return rep.Totals
			}
			night()
			if !maps.Equal(b.lines(), want) {
				t.Errorf("there stand %v, and should stand %v", b.lines(), want)
			}
			b.nextDay()
			b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\n" +
				"writes: {mode: write, transaction_size: 3}\nguard: {at_least: 1000}\n" +
				"rules: {set: {plan.review.months: 3, contact.vacant.enabled: false, contact.missing.days: 13, plan.missing.days: 13}}")
			if n := night(); n.Update == 0 || n.Close == 0 {
				t.Errorf("the second night had %+v to write: this test has shown too little", n)
			}
			b.run(ExitDone)
			b.written(0)
		})
	}
}

// changes lets due dates move and turns a rule off.
func (b *moveBed) changes() {
	b.Helper()
	b.nextDay()
	b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\n" + b.lines + townSettings +
		"\nrules: {set: {plan.review.months: 5, contact.vacant.enabled: false}}")
}
