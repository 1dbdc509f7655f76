package jobs

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"brygga/sandbox"
	"brygga/sandbox/exports"
	"brygga/sandbox/lifecare"
	"brygga/sandbox/mixed"
)

// A fault in one list or file makes those unknown whom its facts concern, or is
// overcome; it never opens or clears anything, moves no checkpoint, and leaves no
// trace when it is over.
func TestFaultsOfOneSystemAmongSeveral(t *testing.T) {
	if testing.Short() {
		t.Skip("each row is several nights; nights of several systems run also in short tests")
	}
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
