package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

var testAuditKey = []byte(strings.Repeat("k", 32))

// unaudited takes the key of the audit log out of the configuration.
func (b *bed) unaudited() {
	b.Helper()
	path := filepath.Join(b.dir, "brygga.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	b.write("brygga.yaml", strings.Replace(string(text), ", audit: file:audit.key", "", 1))
	b.reopen()
}

// logged is the audit log, which has to be as it was written.
func (b *bed) logged() (out []store.AuditEntry) {
	b.Helper()
	key, err := b.job.Config.Keys.Audit.Key(b.ctx())
	if err != nil {
		b.Fatal(err)
	}
	s, err := b.job.Job.Store.VerifyAudit(b.ctx(), key, nil)
	if err != nil || s.Broken != nil {
		b.Fatalf("%+v, %v", s.Broken, err)
	}
	return entries(b.T, b.job.Job.Store)
}

func entries(t *testing.T, s *store.Tenant) (out []store.AuditEntry) {
	t.Helper()
	err := s.EachAudit(t.Context(), func(a store.Audited) error {
		var e store.AuditEntry
		out = append(out, e)
		return json.Unmarshal(a.Canonical, &out[len(out)-1])
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// whoStands are the clients of what brygga has written, as the audit log names them.
func (b *bed) whoStands() []string {
	b.Helper()
	var out []string
	for _, typ := range []string{"Flag", "Task"} {
		for _, line := range b.stands(typ) {
			f := strings.Fields(line)
			out = append(out, b.job.Job.Store.AuditClient(care.Ref(f[len(f)-1])))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A night that writes says so: whose records, how many of what, in which run, on whose
// behalf and under which configuration. One that writes nothing adds nothing.
func TestWhatANightWritesIsInTheAuditLog(t *testing.T) {
	b := newBed(t)
	b.audited()
	b.job.User = "brygga"
	rep := b.run(ExitDone)
	log := b.logged()
	if len(log) != 3 {
		t.Fatalf("%d entries: %+v", len(log), log)
	}
	first, begun, e := log[0], log[1], log[2]
	if first.Action != "configuration.changed" || first.Before != "" || first.Config != b.job.Job.Config || first.User != "brygga" || first.Outcome != "first seen" || first.Count != 0 {
		t.Errorf("the configuration: %+v", first)
	}
	if begun.Action != "records.writing" || begun.Run != rep.Run || begun.By != "test" || begun.Resource != e.Resource || begun.Outcome != "begun" || begun.Count != e.Count || len(begun.Clients) > 0 ||
		begun.Counts["Flag.create"] != e.Counts["Flag.created"] || begun.Counts["Task.create"] != e.Counts["Task.created"] || len(begun.Counts) != 2 {
		t.Errorf("what was about to be written: %+v", begun)
	}
	if e.Of != begun.N || e.Found != "" {
		t.Errorf("what became of entry %d: %+v", begun.N, e)
	}
	if e.Action != "records.written" || e.Job != "reconcile" || e.Run != rep.Run || e.By != "test" || e.User != "brygga" || e.Config != b.job.Job.Config ||
		e.Resource != "Flag, Task in journal" || e.Outcome != "written" || e.Basis != "" {
		t.Errorf("the writes: %+v", e)
	}
	if e.Counts["Flag.created"] != len(b.stands("Flag")) || e.Counts["Task.created"] != len(b.stands("Task")) || len(e.Counts) != 2 {
		t.Errorf("%v, and there stand %d Flags and %d Tasks", e.Counts, len(b.stands("Flag")), len(b.stands("Task")))
	}
	if who := b.whoStands(); !slices.Equal(e.Clients, who) || e.Count != len(who) {
		t.Errorf("%d clients are named, and %d have something", e.Count, len(who))
	}
	b.run(ExitDone)
	b.written(0)
	if n := len(b.logged()); n != 3 {
		t.Errorf("a night that wrote nothing made %d entries", n-3)
	}
	b.nextDay()
	b.edit(b.find("Task", "contact.vacant"), func(m map[string]any) { m["status"] = "in-progress" })
	b.run(ExitDone)
}

// A saved preview that is applied, and a set of changes that somebody let pass the
// guard, say what they rest on; a person at a command is named.
func TestWhoLetSomethingPassIsInTheAuditLog(t *testing.T) {
	b := newBed(t)
	b.audited()
	b.job.User = "anna"
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(b.logged()); n != 0 {
		t.Errorf("a preview writes nothing, and made %d entries", n)
	}
	file, err := b.job.Save(p)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := b.job.ApplySaved(b.ctx(), file, "command")
	if err != nil {
		t.Fatal(err)
	}
	e := b.logged()[2]
	if e.By != "anna" || e.Run != rep.Run || e.Basis != "preview "+rep.Hash || !slices.Equal(e.Clients, b.whoStands()) {
		t.Errorf("the saved preview: %+v", e)
	}

	g := newBed(t, "writes: {mode: write}", "guard: {open_share: 0.01, at_least: 1}")
	g.audited()
	stopped := g.run(ExitGuard)
	if n := len(g.logged()); n != 1 {
		t.Errorf("a run that was stopped made %d entries", n)
	}
	g.run(ExitDone, func(o *RunOptions) { o.Accept = stopped.Guard.Hash })
	if e := g.logged()[2]; e.Basis != "accepted changes "+stopped.Guard.Hash || e.By != "test" {
		t.Errorf("what was accepted: %+v", e)
	}
}

// Stopped in the middle, a run still writes down what it had sent.
func TestARunThatIsStoppedIsInTheAuditLog(t *testing.T) {
	var n, answered atomic.Int32
	b := bedOf(t, people.Small("t-", bedDay), sandbox.Options{Observe: func(s sandbox.Seen) {
		if s.Act == "transaction" {
			answered.Add(1)
		}
	}}, "writes: {mode: write, transaction_size: 2}")
	b.audited()
	ctx, stop := context.WithCancel(b.ctx())
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if isWrite(r) && n.Add(1) == 3 {
			stop()
		}
		return nil
	})
	if _, err := b.job.Reconcile(ctx, b.options()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for answered.Load() < n.Load() {
		time.Sleep(time.Millisecond)
	}
	log := b.logged()
	e := log[len(log)-1]
	if e.Action != "records.written" || e.Outcome != "written in part" || e.Counts["Task.failed"]+e.Counts["Flag.failed"] == 0 {
		t.Fatalf("%+v", e)
	}
	for _, who := range b.whoStands() {
		if !slices.Contains(e.Clients, who) {
			t.Errorf("somebody's record was written to, and is not named")
		}
	}
	b.server.SetFault(nil)
	b.run(ExitDone)
	b.accounted() // what had been on its way is told when it is seen
}

func TestAChangeOfTheConfigurationIsInTheAuditLog(t *testing.T) {
	b := newBed(t, "writes: {mode: report}")
	b.audited()
	b.run(ExitDone)
	before := b.job.Job.Config
	b.run(ExitDone)
	system := "systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\nwrites: {mode: report}\n"
	b.configure(system + "rules: {set: {plan.review.months: 3}}")
	b.audited()
	b.job.User = "anna"
	b.run(ExitDone)
	after := b.job.Job.Config
	b.configure(system)
	b.audited()
	b.run(ExitDone)
	var got []string
	for _, e := range b.logged() {
		got = append(got, fmt.Sprint(e.Action, " ", e.Outcome, " ", e.Before, " ", e.Config, " ", e.User, " ", e.Run != ""))
	}
	want := []string{
		"configuration.changed first seen  " + before + "  true",
		"configuration.changed changed " + before + " " + after + " anna true",
		"configuration.changed changed " + after + " " + before + "  true",
	}
	if before == after || !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestABaselineIsInTheAuditLog(t *testing.T) {
	b := newBed(t)
	b.audited()
	b.job.User = "anna"
	opt := b.options()
	opt.Trigger = "baseline"
	taken, p, err := b.job.Baseline(b.ctx(), opt)
	if err != nil {
		t.Fatal(err)
	}
	who := map[string]bool{}
	for i := range p.changes {
		if c := &p.changes[i]; c.Action == ActCreate {
			who[b.job.Job.Store.AuditClient(c.Client)] = true
		}
	}
	log := b.logged()
	e := log[len(log)-1]
	if len(log) != 2 || e.Action != "baseline.taken" || e.Counts["findings"] != taken || e.By != "anna" || len(e.Clients) != len(who) || e.Count != len(who) {
		t.Errorf("%d taken of %d clients, and the entry is %+v", taken, len(who), e)
	}
	for _, c := range e.Clients {
		if !who[c] {
			t.Errorf("somebody is named of whom nothing was taken")
		}
	}
}

// What cannot be written down is not done: nothing is even read.
func TestNothingIsWrittenThatCannotBeWrittenDown(t *testing.T) {
	for name, spoil := range map[string]func(*bed){
		"another key":        func(b *bed) { b.write("audit.key", strings.Repeat("7b", 32)) },
		"no key any more":    func(b *bed) { b.write("audit.key", "short") },
		"a key that is gone": func(b *bed) { os.Remove(filepath.Join(b.dir, "audit.key")) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			b.audited()
			if err := b.job.Job.Store.Audit(b.ctx(), bytes.Repeat([]byte{0xc3}, 32), store.AuditEntry{At: b.now(), Action: "x"}); err != nil {
				t.Fatal(err)
			}
			spoil(b)
			b.server.ResetRequests()
			rep, err := b.job.Reconcile(b.ctx(), b.options())
			if err == nil || rep.Exit != ExitFailed || strings.Contains(err.Error(), strings.Repeat("7", 8)) {
				t.Errorf("%+v, %v", rep, err)
			}
			if name == "another key" && (!errors.Is(err, store.ErrAuditBroken) || !strings.Contains(err.Error(), "Put back the key")) {
				t.Errorf("what to do is not said: %v", err)
			}
			b.written(0)
			if _, _, err := b.job.Baseline(b.ctx(), b.options()); err == nil {
				t.Error("a baseline is taken")
			}
			if all, err := b.job.Job.Store.Baseline(b.ctx()); err != nil || len(all) > 0 {
				t.Errorf("%d are in the baseline, %v", len(all), err)
			}
		})
	}
}

func TestWithoutAKeyNothingIsAudited(t *testing.T) {
	b := newBed(t)
	b.unaudited()
	b.run(ExitDone)
	if _, _, err := b.job.Baseline(b.ctx(), b.options()); err != nil {
		t.Error(err)
	}
	if log := entries(t, b.job.Job.Store); len(log) > 0 {
		t.Errorf("%+v", log)
	}
}

// memory is an audit log in a store of its own, and writes to tell there.
func memory(t testing.TB, key []byte) (*store.Tenant, *writeLog) {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "a.db"), testAuditKey, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	tenant := s.Tenant("t")
	a := &audit{store: tenant, key: key, now: func() time.Time { return atNoon }, entry: store.AuditEntry{Job: "reconcile", Run: "r", By: "schedule"}}
	return tenant, &writeLog{audit: a, system: "journal", client: func(c care.Ref) care.Ref { return "lifecare:" + c }}
}

// many are changes that each create a Task, of so many clients.
func many(n, clients int) []Change {
	var wanted []Wanted
	for i := range n {
		wanted = append(wanted, overduePlan(onlyTask, func(w *Wanted) {
			w.ID, w.Subject = fmt.Sprint("f", i), care.Ref(fmt.Sprint("Patient/p", i%clients))
		}))
	}
	in := input(wanted)
	in.Fates = map[care.Ref]Fate{}
	for i := range clients {
		in.Fates[care.Ref(fmt.Sprint("Patient/p", i))] = Fate{}
	}
	return Diff(in)
}

// Thousands of writes are a few entries: two for each batch that is sent, and two for
// those that were thought over again. Only the second of them names clients.
func TestThereIsOneEntryPerBatch(t *testing.T) {
	tenant, log := memory(t, testAuditKey)
	stale := map[string]bool{}
	s := &sink{answer: func(_ int, w adapters.Write) adapters.Answer {
		switch {
		case strings.HasSuffix(w.Identifier, "7") && !stale[w.Identifier]:
			stale[w.Identifier] = true
			return adapters.Answer{Answered: adapters.Stale}
		case strings.HasSuffix(w.Identifier, "88"):
			return adapters.Answer{Answered: adapters.Refused}
		case strings.HasSuffix(w.Identifier, "99"):
			return adapters.Answer{Answered: adapters.Existed}
		}
		return adapters.Answer{Answered: adapters.Written}
	}}
	changes := many(1200, 300)
	a := &applier{sink: s, writer: writer, now: func() time.Time { return atNoon }, notes: log}
	res, err := a.apply(t.Context(), changes)
	if err != nil {
		t.Fatal(err)
	}
	log2 := entries(t, tenant)
	if len(log2) != 8 {
		t.Fatalf("%d entries", len(log2))
	}
	sum, who := map[string]int{}, map[string]bool{}
	begun, planned := int64(0), 0
	for _, e := range log2 {
		if e.Outcome == store.AuditBegun {
			if begun, planned = e.N, planned+e.Counts["Task.create"]; e.Action != "records.writing" || len(e.Clients) > 0 {
				t.Errorf("entry %d: %s, %d clients", e.N, e.Action, len(e.Clients))
			}
			continue
		}
		if e.Of != begun {
			t.Errorf("entry %d is the outcome of %d, and should be of %d", e.N, e.Of, begun)
		}
		for what, n := range e.Counts {
			sum[what] += n
		}
		for _, c := range e.Clients {
			who[c] = true
		}
		if last := e.N == 8; e.Count != len(e.Clients) || last != (e.Outcome == "written") || !last && e.Outcome != "written in part" || e.Resource != "Task in journal" {
			t.Errorf("entry %d: %d clients of %d, %s, %s", e.N, len(e.Clients), e.Count, e.Outcome, e.Resource)
		}
	}
	want := map[string]int{"Task.created": res.Created, "Task.existed": res.Existed, "Task.refused": res.Refused, "Task.stale": 120}
	if !reflect.DeepEqual(sum, want) || len(who) != 300 || !who[tenant.AuditClient("lifecare:Patient/p0")] {
		t.Errorf("counted are %v, want %v, of %d clients", sum, want, len(who))
	}
	if planned != 1200+120 {
		t.Errorf("%d are said to be about to be written", planned)
	}
	if b, err := tenant.Begun(t.Context()); err != nil || len(b) > 0 {
		t.Errorf("left beside the log: %+v, %v", b, err)
	}
}

// What cannot be written down before is not sent; and once it is not known what of it was
// stored, nothing more is added, and the next run finds out.
func TestNoBatchIsSentThatCouldNotBeWrittenDown(t *testing.T) {
	for _, row := range []struct {
		name    string
		at      int // the answer after which the log cannot be added to; 0: from the beginning
		batches int
	}{
		{"the first", 0, 0},
		{"the second", 1, 1},
		{"the third", applyChunk + 1, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			tenant, log := memory(t, testAuditKey)
			other := []byte(strings.Repeat("o", 32))
			if row.at == 0 {
				if err := tenant.Audit(t.Context(), other, store.AuditEntry{At: atNoon}); err != nil {
					t.Fatal(err)
				}
			}
			answers := 0
			s := &sink{answer: func(int, adapters.Write) adapters.Answer {
				if answers++; answers == row.at {
					log.key = other
				}
				return adapters.Answer{Answered: adapters.Written}
			}}
			a := &applier{sink: s, writer: writer, now: func() time.Time { return atNoon }, notes: log}
			res, err := a.apply(t.Context(), many(1200, 300))
			if !errors.Is(err, store.ErrAuditBroken) || strings.Count(err.Error(), "could not be written into the audit log") != 1 ||
				s.rounds != row.batches || res.Created != row.batches*applyChunk {
				t.Errorf("%d batches were sent, %d created: %v", s.rounds, res.Created, err)
			}
			if b, err := tenant.Begun(t.Context()); err != nil || len(b) != min(row.batches, 1) {
				t.Errorf("%d batches are kept beside the log, %v", len(b), err)
			}
		})
	}
}

func TestOutcomesOfABatch(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts map[string]int
		want   string
	}{
		{"all were created", map[string]int{"Task.created": 3, "Flag.created": 1}, "written"},
		{"some stood already", map[string]int{"Task.created": 3, "Task.existed": 1}, "written"},
		{"some were refused", map[string]int{"Task.closed": 3, "Flag.refused": 1}, "written in part"},
		{"some moved meanwhile", map[string]int{"Task.updated": 3, "Task.stale": 1}, "written in part"},
		{"all failed", map[string]int{"Task.failed": 3}, "not written"},
		{"the run was stopped before", map[string]int{"Task.created": 3, "Task.unsent": 1}, "written in part"},
		{"all that was found stands", map[string]int{"Task.created": 3, "Task.updated": 1}, "written"},
		{"nothing of it stands", map[string]int{"Task.absent": 3, "Task.unwritten": 1}, "not written"},
		{"nobody can tell of anything", map[string]int{"Task.absent": 3, "Task.unclear": 1}, "not known"},
		{"nobody can tell of some", map[string]int{"Task.created": 3, "Task.unclear": 1}, "written in part"},
	} {
		if got := outcomeOf(c.counts); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// BenchmarkAuditOfTenThousandWrites is what the log of a first night costs: go test
// ./jobs -run - -bench AuditOf.
func BenchmarkAuditOfTenThousandWrites(b *testing.B) {
	_, log := memory(b, testAuditKey)
	changes := many(10_000, 5_000)
	all := make([]*Change, len(changes))
	for i := range changes {
		all[i] = &changes[i]
	}
	for b.Loop() {
		for batch := range slices.Chunk(all, applyChunk) {
			if err := log.turn(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			for _, c := range batch {
				log.note(c, "created")
			}
		}
		if err := log.turn(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
