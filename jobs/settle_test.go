package jobs

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"brygga/care"
	fhirmap "brygga/mapping/fhir"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

func TestWhatBecameOfAWriteThatIsLookedFor(t *testing.T) {
	standing := Standing{
		Own: []*fhirmap.Own{
			{Type: "Task", ID: "t1", Version: "2", Finding: "f1", Content: fhirmap.Content{Status: "requested", Due: 100, Priority: "urgent"}},
			{Type: "Task", ID: "t2", Version: "1", Finding: "f2", Occurrence: 1, Content: fhirmap.Content{Status: "in-progress", Due: 90}},
		},
		Unread: []*fhirmap.Own{{Type: "Flag", ID: "x1", Version: "3", Finding: "f3"}},
	}
	f := newFound(standing)
	create := func(typ, finding string, occurrence int) begunWrite {
		return begunWrite{Action: ActCreate, Type: typ, Finding: finding, Occurrence: occurrence}
	}
	revise := func(a Action, id, version string, c fhirmap.Content, fields ...string) begunWrite {
		return begunWrite{Action: a, Type: "Task", ID: id, Version: version, Content: c, Fields: fields}
	}
	stood := func(w begunWrite) begunWrite { w.Stood = true; return w }
	for _, row := range []struct {
		name  string
		found *found
		write begunWrite
		want  string
	}{
		{"created, and it stands", f, create("Task", "f1", 0), "created"},
		{"created, and it stood before", f, stood(create("Task", "f1", 0)), "existed"},
		{"created, and only an earlier occurrence stands", f, create("Task", "f1", 1), "absent"},
		{"created, and only the Task of it stands", f, create("Flag", "f1", 0), "absent"},
		{"created, and what stands cannot be read any more", f, create("Flag", "f3", 0), "created"},
		{"updated, and it says so", f, revise(ActUpdate, "t1", "1", fhirmap.Content{Due: 100}, "due"), "updated"},
		{"closed, and it says so", f, revise(ActClose, "t1", "1", fhirmap.Content{Status: "requested"}, "status"), "closed"},
		{"updated, and a person has changed something else since", f, revise(ActUpdate, "t2", "0", fhirmap.Content{Status: "requested", Due: 90}, "due"), "updated"},
		{"updated, and it said so before", f, stood(revise(ActUpdate, "t1", "1", fhirmap.Content{Due: 100}, "due")), "stale"},
		{"updated, and it stands as it stood", f, revise(ActUpdate, "t1", "2", fhirmap.Content{Due: 101}, "due"), "unwritten"},
		{"updated in two things, and only one is so", f, revise(ActUpdate, "t1", "2", fhirmap.Content{Due: 100, Priority: "routine"}, "due", "priority"), "unwritten"},
		{"updated, and it stands otherwise", f, revise(ActUpdate, "t1", "1", fhirmap.Content{Due: 101}, "due"), "unclear"},
		{"closed, and it is gone", f, revise(ActClose, "t9", "1", fhirmap.Content{Status: "completed"}, "status"), "unclear"},
		{"nothing can be looked for", nil, create("Task", "f1", 0), "unclear"},
	} {
		if got := row.found.became(&row.write); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

// A write that is carried out and whose answer is lost has failed as far as the run knows;
// the next one sees it, and the log says so, once.
func TestAWriteWhoseAnswerWasLostIsToldWhenItIsSeen(t *testing.T) {
	b := newBed(t)
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if isWrite(r) {
			return &sandbox.Fault{Cut: sandbox.CutAfter}
		}
		return nil
	})
	b.run(ExitFailed)
	b.server.SetFault(nil)
	log := b.logged()
	if e := log[len(log)-1]; e.Counts["Task.failed"] == 0 || e.Counts["Task.created"] > 0 || len(b.stands("Task")) == 0 {
		t.Fatalf("nothing was in doubt: this test has shown nothing: %v", e.Counts)
	}
	doubts, err := b.job.Job.Store.Doubts(b.ctx())
	if err != nil || len(doubts) == 0 {
		t.Fatalf("%d are in doubt, %v", len(doubts), err)
	}
	b.reopen() // another process, with no circuit open
	rep := b.run(ExitDone)
	b.accounted()
	found := b.logged()[len(log)]
	if found.Found != rep.Run || found.Run == rep.Run || found.Of != log[len(log)-1].Of || !slices.Equal(found.Clients, b.whoStands()) {
		t.Errorf("what was found is told as %+v", found)
	}
	n := len(b.logged())
	b.run(ExitDone)
	b.written(0)
	if again := len(b.logged()); again != n {
		t.Errorf("it is told again, in %d entries", again-n)
	}
	if doubts, err := b.job.Job.Store.Doubts(b.ctx()); err != nil || len(doubts) > 0 {
		t.Errorf("%d are still in doubt, %v", len(doubts), err)
	}
}

// What never comes to be seen is given up.
func TestADoubtIsGivenUp(t *testing.T) {
	b := newBed(t)
	b.run(ExitDone)
	w := begunWrite{Action: ActCreate, Type: "Task", Finding: "never", Client: "c"}
	d, err := newDoubt(&begunWrites{System: "journal"}, &w, "earlier", 2, b.now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.job.Config.Keys.Audit.Key(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.job.Job.Store.AuditTurn(b.ctx(), key, store.Turn{Run: "earlier", Doubts: []store.Doubt{d.Doubt}}); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		after time.Duration
		want  int
	}{{time.Hour, 1}, {doubtFor, 0}} {
		b.clock.Add(int64(row.after))
		b.run(ExitDone)
		if left, err := b.job.Job.Store.Doubts(b.ctx()); err != nil || len(left) != row.want {
			t.Errorf("after %v there are %d in doubt, %v", row.after, len(left), err)
		}
	}
}

// A night that cannot read what stands says nothing of what an earlier one had begun, and
// writes nothing; the one after it does both.
func TestWhatCannotBeLookedForStaysOpen(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process")
	}
	b := newMoveTown(t)
	if !b.dies(JobReconcile, death{stepWritten, 1}) {
		t.Fatal("the night did not come to where it dies")
	}
	b.server.SetFault(onType("Task", sandbox.Fault{Status: http.StatusInternalServerError}))
	b.run(ExitPartly)
	b.written(0)
	open := func() []int64 {
		key, err := b.job.Config.Keys.Audit.Key(b.ctx())
		if err != nil {
			t.Fatal(err)
		}
		s, err := b.job.Job.Store.VerifyAudit(b.ctx(), key, nil)
		if err != nil || s.Broken != nil {
			t.Fatalf("%+v, %v", s.Broken, err)
		}
		return s.Open
	}
	if n := len(open()); n != 1 {
		t.Errorf("%d entries are open", n)
	}
	b.server.SetFault(nil)
	b.reopen()
	b.run(ExitDone)
	b.accounted()
	if n := len(open()); n != 0 {
		t.Errorf("%d entries are open in the end", n)
	}
}

// A saved preview is applied on what is known of the run that died before it.
func TestASavedPreviewSaysWhatAnEarlierRunHadWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process")
	}
	b := newMoveTown(t)
	if !b.dies(JobReconcile, death{requestToRecord, 2}) {
		t.Fatal("the night did not come to where it dies")
	}
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	file, err := b.job.Save(p)
	if err != nil {
		t.Fatal(err)
	}
	if rep, err := b.job.ApplySaved(b.ctx(), file, "command"); err != nil || rep.Exit != ExitDone {
		t.Fatalf("%+v, %v", rep, err)
	}
	b.accounted()
}

// Where another system receives now, what became of it cannot be known.
func TestWhatWasBegunInAnotherSystemIsNotKnown(t *testing.T) {
	b := bedOf(t, people.Small("t-", bedDay), sandbox.Options{})
	key, err := b.job.Config.Keys.Audit.Key(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	l := &writeLog{audit: &audit{store: b.job.Job.Store, key: key, now: b.now, entry: store.AuditEntry{Run: "earlier", By: "schedule"}}, system: "before", client: func(c care.Ref) care.Ref { return c }}
	changes := many(2, 2)
	if err := l.turn(b.ctx(), []*Change{&changes[0], &changes[1]}); err != nil {
		t.Fatal(err)
	}
	if open, err := BegunFor(b.ctx(), b.job.Job.Store, b.job.Job.Store.AuditClient(changes[0].Client)); err != nil || len(open) != 1 || !open[1] {
		t.Errorf("of a client of it are open %v, %v", open, err)
	}
	if open, err := BegunFor(b.ctx(), b.job.Job.Store, b.job.Job.Store.AuditClient("Patient/other")); err != nil || len(open) != 0 {
		t.Errorf("of another client are open %v, %v", open, err)
	}
	rep := b.run(ExitDone)
	for _, e := range b.logged() {
		if e.Of != 1 {
			continue
		}
		if e.Outcome != "not known" || e.Run != "earlier" || e.By != "schedule" || e.Found != rep.Run || e.Resource != "Task in before" || e.Counts["Task.unclear"] != 2 || e.Count != 2 {
			t.Errorf("%+v", e)
		}
		return
	}
	t.Error("nothing is said of what was begun")
}
