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
