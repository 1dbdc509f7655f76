package jobs

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"brygga/config"
	"brygga/sandbox"
	"brygga/sandbox/exports"
	"brygga/sandbox/lifecare"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

// faultTown is a municipality of several systems in which things go wrong. Its
// pages are short, so that lists have several; waiting costs no time but moves
// the clock.
type faultTown struct {
	*bed
	town  *mixed.Town
	slept atomic.Int64
}

func newFaultTown(t *testing.T, opt mixed.Options, more string) *faultTown {
	t.Helper()
	opt.People = people.Options{Seed: 1, Clients: 64, AsOf: bedDay, VisitsPerMonth: 4, Months: 1}
	opt.Lifecare.MaxLimit = 50
	f := &faultTown{}
	f.bed, f.town = newTown(t, opt, "rules: {pack: botkyrka}\n"+more)
	f.open()
	return f
}

// open opens what is configured as a new process would, with a sleep of its own.
func (f *faultTown) open() {
	f.Helper()
	cfg, problems := config.Load(filepath.Join(f.dir, "brygga.yaml"), os.LookupEnv)
	if err := problems.Err(); err != nil {
		f.Fatal(err)
	}
	f.job.Close()
	o, err := Open(f.ctx(), cfg, Deps{Now: f.now, Log: f.log, Sleep: func(ctx context.Context, d time.Duration) error {
		f.slept.Add(int64(d))
		f.clock.Add(int64(d))
		return ctx.Err()
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.job = o
	f.Cleanup(func() { o.Close() })
}

// lines is all that brygga has written, sorted, without the server's own ids.
func (f *faultTown) lines() []string {
	f.Helper()
	all := slices.Collect(maps.Values(f.stands("Task")))
	for _, l := range f.stands("Flag") {
		all = append(all, "Flag "+l)
	}
	slices.Sort(all)
	return all
}

// checkpointOf gives the stored checkpoint of a kind, as a text to compare.
func (f *faultTown) checkpointOf(system, kind string) string {
	f.Helper()
	all, err := f.job.Job.Store.Checkpoints(f.ctx())
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range all {
		if c.System == system && c.Kind == kind {
			return fmt.Sprintf("%+v, %d rows", c.Checkpoint, c.Rows)
		}
	}
	return "none"
}

// dawn lets the day pass and what happened in it, in all systems.
func (f *faultTown) dawn() {
	f.Helper()
	f.nextDay()
	if _, err := f.town.NextDay(); err != nil {
		f.Fatal(err)
	}
}

// mend ends everything that went wrong, and has the files exported anew.
func (f *faultTown) mend() {
	f.Helper()
	f.town.Lifecare.SetFault(nil)
	f.town.Lifecare.SetQuirks(lifecare.Quirks{})
	f.town.Exports.SetFaults(exports.Faults{})
	if _, err := f.town.NextDay(); err != nil {
		f.Fatal(err)
	}
}

// list is the name of the list that a request asks for: "executions".
func list(r *http.Request) string {
	_, name, _ := strings.Cut(r.URL.Path, "/api/")
	return strings.TrimPrefix(name, "v1/")
}

// onList breaks the requests for a list that which names, counted from 1.
func onList(name string, which func(n int64) bool, fault sandbox.Fault) func(*http.Request) *sandbox.Fault {
	var n atomic.Int64
	return func(r *http.Request) *sandbox.Fault {
		if name != "*" && list(r) != name || !which(n.Add(1)) {
			return nil
		}
		return &fault
	}
}

func always(int64) bool                 { return true }
func onlyThe(n int64) func(int64) bool  { return func(i int64) bool { return i == n } }
func firstOf(n int64) func(int64) bool  { return func(i int64) bool { return i <= n } }
func afterThe(n int64) func(int64) bool { return func(i int64) bool { return i > n } }

// exported is the folder of exports with the file of a kind as of today.
func (f *faultTown) exported(kind string) string {
	return filepath.Join(f.town.Exports.Dir(), kind+"_"+strings.ReplaceAll(bedDay, "-", "")+".csv")
}

// rewrite changes the newest file of a kind.
func (f *faultTown) rewrite(kind string, change func(string) string) {
	f.Helper()
	b, err := os.ReadFile(f.exported(kind))
	if err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(f.exported(kind), []byte(change(string(b))), 0o600); err != nil {
		f.Fatal(err)
	}
	at := f.now().Add(-time.Hour)
	if err := os.Chtimes(f.exported(kind), at, at); err != nil {
		f.Fatal(err)
	}
}

// A fault in one list or file makes those unknown whom its facts concern, or is
// overcome; it never opens or clears anything, moves no checkpoint, and leaves no
// trace when it is over.
func TestFaultsOfOneSystemAmongSeveral(t *testing.T) {
	fault := func(name string, which func(int64) bool, f sandbox.Fault) func(*faultTown) {
		return func(b *faultTown) { b.town.Lifecare.SetFault(onList(name, which, f)) }
	}
	quirk := func(q lifecare.Quirks) func(*faultTown) {
		return func(b *faultTown) { b.town.Lifecare.SetQuirks(q) }
	}
	files := func(fault exports.Faults) func(*faultTown) {
		return func(b *faultTown) {
			b.town.Exports.SetFaults(fault)
			if _, err := b.town.NextDay(); err != nil {
				b.Fatal(err)
			}
		}
	}
	rows := []struct {
		name   string
		breaks func(*faultTown)
		delta  bool // the night reads changes; else everything is read whole
		exit   int
		either bool   // it may be overcome as well: what then stands is right
		few    bool   // single records are what cannot be read, and only their clients are unknown
		system string // of the kind that is not read whole
		kind   string
		says   []string
	}{
		{
			name: "401 in the middle of a list", breaks: fault("executions", afterThe(1), sandbox.Fault{Status: 401}),
			exit: ExitPartly, system: "lifecare", kind: "execution", says: []string{"401"},
		},
		{
			name: "401 for the changes of a list", breaks: fault("clients", always, sandbox.Fault{Status: 401}), delta: true,
			exit: ExitPartly, system: "lifecare", kind: "client", says: []string{"401"},
		},
		{
			name: "403 for visits alone", breaks: fault("reported_visits", always, sandbox.Fault{Status: 403}),
			exit: ExitPartly, system: "lifecare", kind: "visit", says: []string{"403"},
		},
		{
			name: "429 with a Retry-After of a day", breaks: fault("service_plans", always, sandbox.Fault{Status: 429, RetryAfter: "86400"}),
			exit: ExitPartly, system: "lifecare", kind: "plan", says: []string{"429"},
		},
		{
			name: "429 with a Retry-After of a moment, twice", breaks: fault("service_plans", firstOf(2), sandbox.Fault{Status: 429, RetryAfter: "3"}),
			exit: ExitDone,
		},
		{
			name: "a burst of 503", breaks: fault("*", firstOf(3), sandbox.Fault{Status: 503}),
			exit: ExitDone,
		},
		{
			name: "503 for ever in one list", breaks: fault("sol_decisions", always, sandbox.Fault{Status: 503}),
			exit: ExitPartly, system: "lifecare", kind: "decision", says: []string{"503"},
		},
		{
			name: "truncated JSON, and the connection breaks", breaks: fault("executions", afterThe(1), sandbox.Fault{Truncate: 900}),
			exit: ExitPartly, system: "lifecare", kind: "execution",
		},
		{
			name: "truncated JSON that looks whole to HTTP", breaks: fault("executions", afterThe(1), sandbox.Fault{Truncate: 900, Quietly: true}),
			exit: ExitPartly, system: "lifecare", kind: "execution",
		},
		{
			name: "one broken connection", breaks: fault("executions", onlyThe(2), sandbox.Fault{Truncate: 900}),
			exit: ExitDone,
		},
		{
			name: "a dropped connection, once", breaks: fault("provider_contact_personnels", onlyThe(1), sandbox.Fault{Cut: sandbox.CutBefore}),
			exit: ExitDone,
		},
		{
			name: "a sign-in page instead of the list", breaks: fault("provider_contact_personnels", always, sandbox.Fault{HTML: true}),
			exit: ExitPartly, system: "lifecare", kind: "contact", says: []string{"web page"},
		},
		{
			name: "a sign-in page instead of the changes", breaks: fault("provider_contact_personnels", always, sandbox.Fault{HTML: true}), delta: true,
			exit: ExitPartly, system: "lifecare", kind: "contact", says: []string{"web page"},
		},
		{
			name: "an object that tells of success instead of the list", breaks: fault("clients", always, sandbox.Fault{Status: 200}),
			exit: ExitPartly, system: "lifecare", kind: "client",
		},
		{
			name: "a page that repeats", breaks: quirk(lifecare.Quirks{Repeats: lifecare.Lists{"executions"}}),
			exit: ExitPartly, system: "lifecare", kind: "execution", says: []string{"repeat"},
		},
		{
			name: "rows that shift by a few between pages", breaks: quirk(lifecare.Quirks{Shift: 3}),
			either: true, exit: ExitPartly,
		},
		{
			name: "rows in another order in every answer", breaks: quirk(lifecare.Quirks{Shuffled: lifecare.Lists{"executions"}}),
			exit: ExitPartly, system: "lifecare", kind: "execution", says: []string{"shift"},
		},
		{
			name: "404 for a list that has no fallback", breaks: fault("executions", always, sandbox.Fault{Status: 404}),
			exit: ExitPartly, system: "lifecare", kind: "execution", says: []string{"404"},
		},
		{
			name: "404 for the changes of a list that has no fallback", breaks: fault("provider_contact_personnels", always, sandbox.Fault{Status: 404}), delta: true,
			exit: ExitPartly, system: "lifecare", kind: "contact", says: []string{"404"},
		},
		{
			name: "the first version of the list of staff is gone: the fallback is read", breaks: quirk(lifecare.Quirks{StaffGone: true}),
			exit: ExitDone,
		},
		{
			name: "the first version of the list of staff is gone: its changes come from the fallback", breaks: quirk(lifecare.Quirks{StaffGone: true}), delta: true,
			exit: ExitDone,
		},
		{
			name: "204 where a list of changes is empty", breaks: quirk(lifecare.Quirks{NoContent: true}), delta: true,
			exit: ExitDone,
		},
		{
			name: "204 at the end of lists that are read whole", breaks: quirk(lifecare.Quirks{NoContent: true}),
			exit: ExitDone,
		},
		{
			name: "204 for a list that had rows", breaks: fault("provider_contact_personnels", always, sandbox.Fault{Status: 204}),
			exit: ExitPartly, system: "lifecare", kind: "contact", says: []string{"no longer listed", "--accept-gone"},
		},
		{
			name: "a list that suddenly is empty", breaks: func(b *faultTown) {
				b.town.Lifecare.SetFault(func(r *http.Request) *sandbox.Fault {
					if q := r.URL.Query(); list(r) == "executions" {
						q.Set("q", "Law='NN'")
						r.URL.RawQuery = q.Encode()
					}
					return nil
				})
			},
			exit: ExitPartly, system: "lifecare", kind: "execution", says: []string{"no longer listed"},
		},
		{
			name: "a half-written file of decisions", breaks: files(exports.Faults{HalfWritten: exports.Kinds{"kontakt"}}),
			exit: ExitPartly, system: "export", kind: "contact-decision",
		},
		{
			name: "a half-written file of notes", breaks: files(exports.Faults{HalfWritten: exports.Kinds{"journal"}}),
			exit: ExitPartly, system: "export", kind: "note",
		},
		{
			name: "a half-written list of certificates", breaks: files(exports.Faults{HalfWritten: exports.Kinds{"intyg"}}),
			exit: ExitPartly, system: "hr", kind: "certificate",
		},
		{
			name: "a file with another header", breaks: files(exports.Faults{OtherHeader: exports.Kinds{"kontakt"}}),
			exit: ExitPartly, system: "export", kind: "contact-decision", says: []string{"Datum"},
		},
		{
			name: "a file in another encoding", breaks: files(exports.Faults{WrongEncoding: exports.Kinds{"journal"}}),
			exit: ExitPartly, system: "export", kind: "note",
		},
		{
			name: "a file in another encoding, in whose header it does not show", breaks: files(exports.Faults{WrongEncoding: exports.Kinds{"kontakt"}}),
			exit: ExitPartly, few: true,
		},
		{
			name: "a file that was cut off after a whole row", breaks: func(b *faultTown) {
				b.rewrite("kontakt", func(text string) string {
					return text[:strings.LastIndex(strings.TrimSpace(text), "\r\n")]
				})
			},
			exit: ExitPartly, system: "export", kind: "contact-decision", says: []string{"cut off"},
		},
		{
			name: "a file of nothing", breaks: func(b *faultTown) { b.rewrite("kontakt", func(string) string { return "" }) },
			exit: ExitPartly, system: "export", kind: "contact-decision", says: []string{"empty"},
		},
		{
			name: "a file with a header alone", breaks: files(exports.Faults{Empty: exports.Kinds{"kontakt"}}),
			exit: ExitPartly, system: "export", kind: "contact-decision", says: []string{"no longer listed"},
		},
		{
			name: "a folder without the files", breaks: func(b *faultTown) {
				all, err := filepath.Glob(filepath.Join(b.town.Exports.Dir(), "uppfoljningar_*.csv"))
				if err != nil || len(all) == 0 {
					b.Fatal(len(all), err)
				}
				for _, name := range all {
					if err := os.Remove(name); err != nil {
						b.Fatal(err)
					}
				}
			},
			exit: ExitPartly, system: "register", kind: "review", says: []string{"there is no file", "uppfoljning*.csv"},
		},
	}
	want := control(t)
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFaultTown(t, mixed.Options{}, "")
			f.run(ExitDone)
			before := f.lines()
			f.dawn()
			checkpoint := f.checkpointOf(c.system, c.kind)
			if c.system != "" && checkpoint == "none" {
				t.Fatalf("%s of %s was never read: there are %v", c.kind, c.system, f.kinds())
			}
			c.breaks(f)
			opt := f.options()
			opt.Full = !c.delta
			rep, err := f.job.Reconcile(f.ctx(), opt)
			if err != nil {
				t.Fatal(err)
			}
			if rep.Exit != c.exit && (!c.either || rep.Exit != ExitDone) {
				t.Fatalf("exit %d, want %d: %v", rep.Exit, c.exit, rep.Problems)
			}
			switch whole := rep.Coverage[len(rep.Coverage)-1]; {
			case rep.Exit == ExitDone:
				f.same("of the night itself", want)
			case c.few:
				if whole.Unknown == 0 || whole.Unknown > 5 || len(rep.Quarantine) == 0 {
					t.Errorf("%d clients are unknown, quarantine %v", whole.Unknown, rep.Quarantine)
				}
			default:
				f.withheld(rep, before)
			}
			if c.system != "" {
				f.told(rep, c.system, c.kind, c.says...)
				if now := f.checkpointOf(c.system, c.kind); now != checkpoint {
					t.Errorf("the checkpoint moved from %s to %s", checkpoint, now)
				}
			}
			f.mend()
			if again := f.run(ExitDone); len(again.Problems) > 0 {
				t.Errorf("what is over is still told: %v", again.Problems)
			}
			f.same("after it was over", want)
			if again := f.run(ExitDone); again.Totals.Writes() > 0 {
				t.Errorf("once more writes %+v", again.Totals)
			}
		})
	}
}

// control is what stands after the same two nights without any fault.
func control(t *testing.T) []string {
	t.Helper()
	f := newFaultTown(t, mixed.Options{}, "")
	f.run(ExitDone)
	first := f.lines()
	f.dawn()
	f.run(ExitDone)
	if slices.Equal(first, f.lines()) {
		t.Fatal("nothing happened on the second day")
	}
	return f.lines()
}

func (f *faultTown) kinds() (names []string) {
	all, err := f.job.Job.Store.Checkpoints(f.ctx())
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range all {
		names = append(names, c.System+" "+c.Kind)
	}
	return names
}

// same asserts what stands.
func (f *faultTown) same(when string, want []string) {
	f.Helper()
	got := f.lines()
	if !slices.Equal(got, want) {
		f.Errorf("what stands %s is %s", when, difference(got, want))
	}
}

// difference shows which lines are in one of the two only.
func difference(got, want []string) string {
	count := map[string]int{}
	for _, l := range got {
		count[l]++
	}
	for _, l := range want {
		count[l]--
	}
	var out []string
	for _, l := range slices.Sorted(maps.Keys(count)) {
		if n := count[l]; n != 0 {
			out = append(out, fmt.Sprintf("%+d %s", n, l))
		}
	}
	return strings.Join(out, "\n")
}

// withheld asserts that everybody is unknown and that nothing was written.
func (f *faultTown) withheld(rep *Report, before []string) {
	f.Helper()
	whole := rep.Coverage[len(rep.Coverage)-1]
	if whole.Unknown != whole.Clients || whole.Clients == 0 {
		f.Errorf("%d of %d clients are unknown", whole.Unknown, whole.Clients)
	}
	f.same("although facts are missing", before)
}

// told asserts that one problem is told, and in which words.
func (f *faultTown) told(rep *Report, system, kind string, says ...string) {
	f.Helper()
	p := rep.problem(system, kind)
	if p == nil {
		f.Fatalf("no problem of %s, %s is told: %v", system, kind, rep.Problems)
	}
	for _, word := range says {
		if !strings.Contains(p.What, word) {
			f.Errorf("%q is not said in %q", word, p.What)
		}
	}
	if len(rep.Problems) != 1 {
		f.Errorf("%d problems: %v", len(rep.Problems), rep.Problems)
	}
}
