package jobs

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/sandbox"
	"brygga/sandbox/exports"
	"brygga/sandbox/lifecare"
	"brygga/sandbox/mixed"
)

// A system that is down is asked a few times and then left alone: the run ends
// soon, says since when, and the next one finds everything.
func TestASystemThatIsDownIsLeftAlone(t *testing.T) {
	f := newFaultTown(t, mixed.Options{}, "")
	f.run(ExitDone)
	before := f.lines()
	f.dawn()
	var asked atomic.Int64
	f.town.Lifecare.SetFault(func(*http.Request) *sandbox.Fault {
		asked.Add(1)
		return &sandbox.Fault{Status: 503}
	})
	f.slept.Store(0)
	rep := f.run(ExitPartly)
	f.withheld(rep, before)
	if n := asked.Load(); n > 60 {
		t.Errorf("it was asked %d times", n)
	}
	if slept := time.Duration(f.slept.Load()); slept > 5*time.Minute {
		t.Errorf("the run waited %s", slept)
	}
	told := 0
	for _, p := range rep.Problems {
		if p.System != "lifecare" {
			t.Errorf("a problem of another system: %+v", p)
		}
		if strings.Contains(p.What, "since 2026-11-23 ") && strings.Contains(p.What, "503") {
			told++
		}
	}
	if told == 0 {
		t.Errorf("nobody is told since when it fails: %v", rep.Problems)
	}
	for _, k := range rep.Kinds {
		if k.System != "lifecare" && !k.Complete {
			t.Errorf("%s of %s was not read, and its system is well", k.Kind, k.System)
		}
	}
	f.mend()
	f.clock.Add(int64(time.Hour))
	f.run(ExitDone)
	f.same("when it is up again", control(t))
}

// The first night of all fails in one list: nothing is stored of it, nothing is
// written for anybody, and the night after is a first night.
func TestAFirstNightThatFails(t *testing.T) {
	if testing.Short() {
		t.Skip("a town of several systems is made for each row")
	}
	for _, list := range []string{"clients", "executions", "provider_contact_personnels", "provider_personnels", "reported_visits"} {
		t.Run(list, func(t *testing.T) {
			f := newFaultTown(t, mixed.Options{}, "")
			f.town.Lifecare.SetFault(onList(list, afterThe(1), sandbox.Fault{Status: 401}))
			rep := f.run(ExitPartly)
			f.withheld(rep, nil)
			f.town.Lifecare.SetFault(nil)
			f.run(ExitDone)
			f.dawn()
			f.run(ExitDone)
			f.same("after the second day", control(t))
		})
	}
}

// A key that is not licensed for one list is told by that list; with the key of
// that list, named by the list, all is read.
func TestAKeyThatIsGoodForOneGroupOnly(t *testing.T) {
	f := newFaultTown(t, mixed.Options{Lifecare: lifecare.Options{GroupKeys: map[string]string{"visit": "another-sandbox-key"}}}, "")
	rep := f.run(ExitPartly)
	f.withheld(rep, nil)
	f.told(rep, "lifecare", "visit", "401", "visit")
	f.write("visit.key", "another-sandbox-key")
	f.reconfigure("key: file:lifecare.key}", "key: file:lifecare.key, keys: {visit: file:visit.key}}")
	f.run(ExitDone)
	f.dawn()
	f.run(ExitDone)
	f.same("with both keys", control(t))
}

// reconfigure changes the configuration and opens it as a new process would.
func (f *faultTown) reconfigure(old, with string) {
	f.Helper()
	path := filepath.Join(f.dir, "brygga.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		f.Fatalf("the configuration does not say %q", old)
	}
	f.write("brygga.yaml", strings.ReplaceAll(string(b), old, with))
	f.open()
}

// The list of staff that is left when the first one is gone tells changes of seven
// days. After a longer outage the whole list is read, and nothing is missed.
func TestChangesThatReachBackTooShort(t *testing.T) {
	for _, c := range []struct {
		name  string
		days  int
		whole bool
	}{
		{"after two days the changes are read", 2, false},
		{"after eight days the whole list is read", 8, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFaultTown(t, mixed.Options{Lifecare: lifecare.Options{Quirks: lifecare.Quirks{StaffGone: true}}}, "jobs: {reconcile: {full_after: 30d}}\n")
			f.town.Lifecare.SetQuirks(lifecare.Quirks{StaffGone: true})
			f.run(ExitDone)
			if err := f.town.Lifecare.Store().TitleChanges(3, "Specialistundersköterska"); err != nil {
				t.Fatal(err)
			}
			f.clock.Add(int64(c.days) * int64(24*time.Hour))
			f.exportToday()
			rep := f.run(ExitDone)
			i := slices.IndexFunc(rep.Kinds, func(k KindReport) bool { return k.System == "lifecare" && k.Kind == "staff" })
			if k := rep.Kinds[i]; !k.Complete || k.Whole != c.whole || k.Changed != 1 {
				t.Errorf("read %+v, want whole %v and one change", k, c.whole)
			}
		})
	}
}

// exportToday has the files written as of the clock's day.
func (f *faultTown) exportToday() {
	f.Helper()
	today := f.now().Truncate(24 * time.Hour)
	if _, err := f.town.Exports.Write(today, f.now().Add(-time.Hour)); err != nil {
		f.Fatal(err)
	}
}

// A server that knows no changes from so long ago, and answers as if there were
// none, is found out by the whole read that is due after full_after.
func TestChangesThatAreSilentlyForgottenAreFoundByTheNextWholeRead(t *testing.T) {
	f := newFaultTown(t, mixed.Options{}, "jobs: {reconcile: {full_after: 5d}}\nguard: {at_least: 1000}\n")
	f.run(ExitDone)
	if _, err := f.town.NextDay(); err != nil {
		t.Fatal(err)
	}
	f.town.Lifecare.SetFault(func(r *http.Request) *sandbox.Fault {
		if q := r.URL.Query(); list(r) == "executions" && q.Has("gt") {
			q.Set("limit", "0")
			r.URL.RawQuery = q.Encode()
		}
		return nil
	})
	f.clock.Add(int64(3 * 24 * time.Hour))
	f.exportToday()
	early := f.run(ExitDone)
	f.clock.Add(int64(3 * 24 * time.Hour))
	f.exportToday()
	late := f.run(ExitDone)
	changed := func(rep *Report) (n int) {
		for _, k := range rep.Kinds {
			if k.System == "lifecare" && k.Kind == "execution" {
				n += k.Added + k.Changed + k.Removed
			}
		}
		return n
	}
	if changed(early) != 0 || changed(late) == 0 {
		t.Errorf("%d rows of executions changed at first and %d when the list was read whole", changed(early), changed(late))
	}
}

// Exports that have not come for days make all unknown whom they are about, and
// the first one that comes ends it.
func TestAnExportThatHasNotRunForDays(t *testing.T) {
	f := newFaultTown(t, mixed.Options{}, "")
	f.run(ExitDone)
	before := f.lines()
	f.clock.Add(int64(3 * 24 * time.Hour))
	rep := f.run(ExitPartly)
	f.withheld(rep, before)
	for _, kind := range []string{"contact-decision", "note", "staff", "unit"} {
		p := rep.problem("export", kind)
		if p == nil || !strings.Contains(p.What, "old") || !strings.Contains(p.What, "max_age") {
			t.Errorf("%s: %+v", kind, p)
		}
	}
	if len(rep.Problems) != 4 {
		t.Errorf("%d problems: %v", len(rep.Problems), rep.Problems)
	}
	f.exportToday()
	if rep := f.run(ExitDone); len(rep.Problems) > 0 {
		t.Errorf("what is over is told: %v", rep.Problems)
	}
}

// A file that is still being written is left alone: yesterday's counts until it is
// whole. One that nobody writes any more has been cut off.
func TestAFileThatGrows(t *testing.T) {
	day, err := time.Parse(time.DateOnly, bedDay)
	if err != nil {
		t.Fatal(err)
	}
	f := newFaultTown(t, mixed.Options{}, "")
	f.run(ExitDone)
	f.dawn()
	_, finish, err := f.town.Exports.Grow("kontakt", day)
	if err != nil {
		t.Fatal(err)
	}
	touch := func(at time.Time) {
		t.Helper()
		if err := os.Chtimes(f.exported("kontakt"), at, at); err != nil {
			t.Fatal(err)
		}
	}
	touch(f.now().Add(-time.Second))
	young := f.run(ExitDone)
	for _, k := range young.Kinds {
		if k.System == "export" && k.Kind == "contact-decision" && (k.Removed > 0 || k.Changed > 0) {
			t.Errorf("the file that is being written was read: %+v", k)
		}
	}
	touch(f.now().Add(-time.Hour))
	before := f.lines()
	cut := f.run(ExitPartly)
	f.withheld(cut, before)
	f.told(cut, "export", "contact-decision", "cut off")
	if err := finish(); err != nil {
		t.Fatal(err)
	}
	touch(f.now().Add(-time.Hour))
	f.run(ExitDone)
	f.same("when the file is whole", control(t))
}

// With manifests a half-written file is not complete, and yesterday's counts: it
// is no fault, until it is too old.
func TestAHalfWrittenFileWithAManifestIsLeftAlone(t *testing.T) {
	f := newFaultTown(t, mixed.Options{Exports: exports.Options{Manifest: true}}, "")
	f.write("export.yaml", `mapping: own
extends: procapita-example
version: 1
records:
  contact-decision:
    files: {complete: "manifest({name}.ok)"}
  note:
    files: {complete: "manifest({name}.ok)"}
`)
	f.reconfigure("mapping: procapita-example", "mapping: ./export.yaml")
	f.run(ExitDone)
	f.nextDay()
	f.town.Exports.SetFaults(exports.Faults{HalfWritten: exports.Kinds{"kontakt", "journal"}})
	if _, err := f.town.NextDay(); err != nil {
		t.Fatal(err)
	}
	rep := f.run(ExitDone)
	for _, k := range rep.Kinds {
		if k.System == "export" && (k.Kind == "contact-decision" && k.Added+k.Changed+k.Removed > 0 || k.Kind == "note" && k.Rows > 0) {
			t.Errorf("of a half-written file: %+v", k)
		}
	}

	f.mend()
	f.run(ExitDone)
	f.same("when the file is whole", control(t))
}

// The system that receives cannot tell who its people are: nobody may be taken as
// not found there, so nothing is written.
func TestTheReceiverCannotTellItsPeople(t *testing.T) {
	if testing.Short() {
		t.Skip("a town of several systems is made for each row")
	}
	for _, typ := range []string{"Patient", "Practitioner", "Organization", "Task", "Flag"} {
		t.Run(typ, func(t *testing.T) {
			f := newFaultTown(t, mixed.Options{}, "")
			f.run(ExitDone)
			before := f.lines()
			f.dawn()
			f.town.FHIR.SetFault(onType(typ, sandbox.Fault{Status: 401}))
			rep := f.run(ExitPartly)
			f.same("although the receiver is half read", before)
			if len(rep.Problems) == 0 || rep.Problems[0].System != "journal" {
				t.Errorf("problems %v", rep.Problems)
			}
			f.town.FHIR.SetFault(nil)
			f.run(ExitDone)
			f.same("after it was over", control(t))
		})
	}
}

// Rows that come and go while the lists are read: what the pull says is complete
// is right, and what it says is not makes everybody unknown.
func TestRowsThatChangeWhileTheyAreRead(t *testing.T) {
	f := newFaultTown(t, mixed.Options{}, "")
	f.run(ExitDone)
	f.nextDay()
	// Whoever asks meanwhile waits until all has changed: other lists are read beside
	// this one, and no reading of theirs may be spent on every single change.
	var changing sync.Mutex
	changed := false
	f.town.Lifecare.SetFault(func(r *http.Request) *sandbox.Fault {
		changing.Lock()
		defer changing.Unlock()
		if !changed && list(r) == "executions" && r.URL.Query().Get("offset") != "0" {
			changed = true
			for _, act := range f.town.Municipality.Acts() {
				f.town.Lifecare.Store().Act(act)
			}
		}
		return nil
	})
	f.run(ExitDone, func(o *RunOptions) { o.Full = true })
	f.mend()
	f.run(ExitDone)
	f.same("on the run after", control(t))
}
