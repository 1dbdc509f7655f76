package jobs

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

func TestTheFirstNightWritesWhatTheStoriesSayAndTheSecondNothing(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	rep := b.run(ExitDone)
	tasks := map[string]bool{}
	for _, line := range b.stands("Task") {
		tasks[line] = true
	}
	for c := range m.Clients {
		for _, f := range c.Story.Findings {
			if !f.In("national") || strings.HasPrefix(f.Rule, "data.") || strings.HasPrefix(f.Rule, "transfer.") || f.Rule == "contact.qualification-unverified" {
				continue
			}
			line := fmt.Sprintf("requested %s Patient/%s", f.Rule, c.ID)
			if !tasks[line] {
				t.Errorf("story %s: no Task %q", c.Story.Name, line)
			}
			delete(tasks, line)
		}
	}
	if len(tasks) > 0 {
		t.Errorf("Tasks that no story asks for: %v", slices.Sorted(maps.Keys(tasks)))
	}
	b.written(rep.Applied.Created)

	rep = b.run(ExitDone)
	b.written(0)
	if rep.Totals.Writes() != 0 || rep.Totals.Keep == 0 {
		t.Errorf("second night: %+v", rep.Totals)
	}
	b.nextDay()
	b.run(ExitDone)
	b.written(0)
}

func TestWhatChangesIsFollowedAndNothingElse(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	overdue := b.client(m, "plan-review-overdue")
	taken := b.find("Task", "plan.review "+b.client(m, "plan-due-in-ten-days"))
	b.edit(taken, func(t map[string]any) { t["status"] = "in-progress" })
	act, _ := m.PlanReviewed()
	for _, r := range act.Put {
		b.putJSON(string(r.JSON))
	}
	b.run(ExitDone)
	b.written(2)
	if got := b.stands("Task")[taken]; !strings.HasPrefix(got, "in-progress ") {
		t.Errorf("the Task that staff have taken is %q", got)
	}
	for typ, want := range map[string]string{"Task": "completed plan.review " + overdue, "Flag": "inactive plan.review " + overdue} {
		b.find(typ, want)
	}
	b.run(ExitDone)
	b.written(0)

	for _, r := range act.Put { // the review was a mistake: the finding is back
		b.server.Delete(r.Ref())
	}
	b.run(ExitDone)
	b.written(2)
	b.find("Task", "requested plan.review "+overdue)
	b.find("Flag", "active plan.review "+overdue)
	b.run(ExitDone)
	b.written(0)
}

// Whatever goes wrong while a kind is read: the run says which source and kind,
// every client is unknown, and nothing is opened or closed.
func TestIncompleteMeansUnknown(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"is not let in":                  {Status: http.StatusUnauthorized},
		"is forbidden":                   {Status: http.StatusForbidden},
		"fails":                          {Status: http.StatusInternalServerError},
		"is too busy":                    {Status: http.StatusTooManyRequests, RetryAfter: "1"},
		"breaks off":                     {Truncate: 120},
		"breaks off and looks whole":     {Truncate: 120, Quietly: true},
		"answers with a web page":        {HTML: true},
		"answers with an outcome":        {Outcome: true},
		"answers with another Bundle":    {BundleType: "history"},
		"turns in a circle":              {NextLoop: true},
		"drops the connection":           {Cut: sandbox.CutBefore},
		"gives a list that is not there": {Status: http.StatusNotFound},
	}
	kinds := map[string]string{
		"Patient": "client", "EpisodeOfCare": "placement", "ServiceRequest": "service", "CareTeam": "assignment", "CarePlan": "plan",
		"Procedure": "review", "Practitioner": "staff", "PractitionerRole": "employment", "Observation": "contact-decision", "Encounter": "visit",
	}
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	flags, tasks := b.stands("Flag"), b.stands("Task")
	act, _ := m.PlanReviewed() // something to close, if the data were whole
	for _, r := range act.Put {
		b.putJSON(string(r.JSON))
	}
	b.put(`{"resourceType":"EpisodeOfCare","id":"t-new","status":"active","type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],
		"patient":{"reference":%q},"period":{"start":"2026-01-01"}}`, b.client(m, "settled"))
	for name, fault := range faults {
		for typ, kind := range kinds {
			t.Run(typ+" "+name, func(t *testing.T) {
				if typ == "Procedure" && fault.NextLoop {
					t.Skip("one page")
				}
				b.server.SetFault(onType(typ, fault))
				defer b.server.SetFault(nil)
				rep := b.run(ExitPartly)
				b.written(0)
				found := false
				for _, p := range rep.Problems {
					found = found || p.System == "journal" && p.Kind == kind && strings.Contains(p.What, "journal, "+kind)
				}
				if !found {
					t.Errorf("no problem names the source and the kind %s: %+v", kind, rep.Problems)
				}
				if all := rep.Coverage[len(rep.Coverage)-1]; all.Unknown != all.Clients || all.Clients == 0 {
					t.Errorf("%d of %d clients are unknown", all.Unknown, all.Clients)
				}
			})
		}
	}
	if !maps.Equal(flags, b.stands("Flag")) || !maps.Equal(tasks, b.stands("Task")) {
		t.Error("what stood has changed")
	}
	rep := b.run(ExitDone)
	if rep.Applied == nil || rep.Applied.Closed != 2 {
		t.Errorf("the run after the faults does not catch up: %+v", rep.Applied)
	}
}

func TestWhatStandsCannotBeReadSoNothingIsWritten(t *testing.T) {
	b := newBed(t)
	for _, typ := range []string{"Flag", "Task"} {
		b.server.SetFault(onType(typ, sandbox.Fault{Status: http.StatusForbidden}))
		rep := b.run(ExitPartly)
		b.written(0)
		if len(rep.Problems) == 0 || !strings.Contains(rep.Problems[0].What, "nothing is written") {
			t.Errorf("%s: %+v", typ, rep.Problems)
		}
	}
}

func TestTheSourceIsDown(t *testing.T) {
	b := newBed(t)
	b.run(ExitDone)
	before := b.stands("Task")
	b.server.SetFault(func(*http.Request) *sandbox.Fault { return &sandbox.Fault{Cut: sandbox.CutBefore} })
	first := b.run(ExitPartly)
	b.nextDay()
	// A night that was skipped says nothing of the source.
	if err := RecordSkipped(b.ctx(), b.job.Job.Store, b.job.Tenant, JobReconcile, "schedule", b.now(), "skipped: an earlier run is still going on"); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(int64(time.Minute))
	second := b.run(ExitPartly)
	if !second.Problems[0].Since.Equal(first.Problems[0].Since) || second.Problems[0].Since.IsZero() {
		t.Errorf("a problem of two nights is said to be since %v, and began %v", second.Problems[0].Since, first.Problems[0].Since)
	}
	b.server.SetFault(nil)
	b.clock.Add(int64(time.Minute))
	b.run(ExitDone)
	b.written(0)
	if !maps.Equal(before, b.stands("Task")) {
		t.Error("Tasks have changed")
	}
}

func TestARecordThatCannotBeReadKeepsItsClientUnknownAndNobodyElse(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	overdue := b.client(m, "plan-review-overdue")
	broken := fmt.Sprintf(`{"resourceType":"CarePlan","id":"t-broken","status":"active","intent":"plan","subject":{"reference":%q},"created":"2026-02-30",
		"category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"implementation"}]}]}`, overdue)
	if err := b.server.Load([]byte(broken)); err != nil {
		t.Fatal(err)
	}
	act, _ := m.PlanReviewed()
	for _, r := range act.Put {
		b.putJSON(string(r.JSON))
	}
	for range 2 { // as long as it stands there
		rep := b.run(ExitPartly)
		b.written(0)
		if len(rep.Quarantine) != 1 || rep.Quarantine[0].Record != "CarePlan/t-broken" || rep.Quarantine[0].Path != "CarePlan.created" {
			t.Errorf("quarantine %+v", rep.Quarantine)
		}
		if all := rep.Coverage[len(rep.Coverage)-1]; all.Unknown != 1 {
			t.Errorf("%d clients are unknown, want one", all.Unknown)
		}
	}
	b.server.Delete("CarePlan/t-broken")
	rep := b.run(ExitDone)
	if rep.Applied == nil || rep.Applied.Closed != 2 {
		t.Errorf("once it is gone, the client is judged again: %+v", rep.Applied)
	}
}

func TestAnUnreadableRecordThatChangedItsClientKeepsBothUnknown(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	one, other := b.client(m, "settled"), b.client(m, "declined")
	plan := ""
	for _, raw := range b.server.All("CarePlan") {
		if strings.Contains(string(raw), `"`+one+`"`) {
			plan = string(raw)
		}
	}
	broken := strings.Replace(strings.Replace(plan, `"`+one+`"`, `"`+other+`"`, 1), `"status":"active"`, `"status":"running"`, 1)
	if broken == plan {
		t.Fatalf("no plan of %s: %s", one, plan)
	}
	if err := b.server.Load([]byte(broken)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		rep := b.run(ExitPartly)
		if all := rep.Coverage[len(rep.Coverage)-1]; all.Unknown != 2 {
			t.Errorf("%d clients are unknown, want the old and the new one", all.Unknown)
		}
	}
}

func TestAClientWhoIsGoneFromTheRecord(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	gone := b.client(m, "plan-review-overdue")
	b.server.Delete(gone)
	b.run(ExitDone)
	b.find("Task", "cancelled plan.review "+gone)
	b.find("Flag", "inactive plan.review "+gone)
	b.run(ExitDone)
	b.written(0)
}

func TestARowThatAListNoLongerShowsIsAskedForBeforeItIsGone(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	b.run(ExitDone)
	settled := b.client(m, "settled")
	// A search that forgets rows: the server filters on a category that is gone,
	// but the records are there.
	hidden := ""
	for _, raw := range b.server.All("CareTeam") {
		if strings.Contains(string(raw), `"`+settled+`"`) {
			hidden = string(raw)
		}
	}
	if hidden == "" {
		t.Fatal("no team of", settled)
	}
	b.server.SetFault(onType("CareTeam", sandbox.Fault{BundleType: "searchset", Stale: true}))
	b.run(ExitDone)
	b.written(0)
}

func TestAListThatSuddenlyLacksMostRowsIsNotBelieved(t *testing.T) {
	m := people.Generate(people.Options{Clients: 60, AsOf: bedDay, VisitsPerMonth: 2, Months: 1, Seed: 3})
	b := bedOf(t, m, sandbox.Options{}, "writes: {mode: write}\nguard: {at_least: 1000}")
	b.run(ExitDone)
	for i, raw := range b.server.All("CareTeam") {
		if i%2 == 0 {
			b.server.Delete("CareTeam/" + idOf(t, raw))
		}
	}
	rep := b.run(ExitPartly)
	b.written(0)
	if !strings.Contains(rep.Problems[0].What, "--accept-gone") {
		t.Errorf("the problem does not say how to go on: %+v", rep.Problems)
	}
	rep = b.run(ExitDone, func(o *RunOptions) { o.AcceptGone = true })
	if rep.Applied == nil || rep.Applied.Created == 0 {
		t.Errorf("accepted, the teams are gone: %+v", rep.Applied)
	}
}

func TestTheGuardStopsAndLetsExactlyTheAcceptedSetPass(t *testing.T) {
	b := newBed(t, "writes: {mode: write}\nguard: {at_least: 2, open_share: 0.1}")
	rep := b.run(ExitGuard)
	b.written(0)
	wrong := b.run(ExitGuard, func(o *RunOptions) { o.Accept = "000000000000" })
	if wrong.Guard.Hash != rep.Guard.Hash {
		t.Error("the same changes have another hash in the next run")
	}
	b.run(ExitDone, func(o *RunOptions) { o.Accept = rep.Guard.Hash })
	if b.server.Requests().Written() == 0 {
		t.Error("nothing was written")
	}
}

func TestReportModeWritesNothing(t *testing.T) {
	b := newBed(t, "writes: {mode: report}")
	rep := b.run(ExitDone)
	b.written(0)
	if rep.Totals.Why[ReportOnly] == 0 {
		t.Errorf("nothing is held back: %+v", rep.Totals)
	}
}

func TestTheBaselineIsReportedAndOnlyNewOccurrencesAreWritten(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	n, _, err := b.job.Baseline(b.ctx(), b.options())
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
	rep := b.run(ExitDone)
	b.written(0)
	if rep.Totals.Why[InBaseline] == 0 {
		t.Errorf("%+v", rep.Totals)
	}
	// A plan is reviewed, and falls due again: that is a new occurrence.
	act, _ := m.PlanReviewed()
	for _, r := range act.Put {
		b.putJSON(string(r.JSON))
	}
	b.run(ExitDone)
	b.written(0)
	for _, r := range act.Put { // taken back: the same finding as at the baseline, come back after it was gone
		b.server.Delete(r.Ref())
	}
	b.run(ExitDone)
	b.find("Task", "requested plan.review "+b.client(m, "plan-review-overdue"))
}

func TestUnitsComeInOneByOne(t *testing.T) {
	b := newBed(t, "writes: {mode: write, units: [nowhere]}")
	rep := b.run(ExitDone)
	b.written(0)
	if rep.Totals.Why[UnitNotIn] == 0 || !strings.Contains(strings.Join(rep.Warnings, "\n"), `"nowhere"`) {
		t.Errorf("totals %+v, warnings %v", rep.Totals, rep.Warnings)
	}
	unit := ""
	for _, raw := range b.server.All("EpisodeOfCare") {
		_, after, _ := strings.Cut(string(raw), `"Organization/`)
		unit, _, _ = strings.Cut(after, `"`)
	}
	b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", receives: [flags, tasks]}\nwrites: {mode: write, units: [" + unit + "]}")
	b.run(ExitDone)
	if b.server.Requests().Written() == 0 {
		t.Error("the unit is in, and nothing is written")
	}
}

func TestVisitsAndNotesArePulledByChangeAfterTheFirstNight(t *testing.T) {
	m := people.Generate(people.Options{Clients: 20, AsOf: bedDay, VisitsPerMonth: 30, Months: 1, Seed: 5})
	b := bedOf(t, m, sandbox.Options{}, "writes: {mode: report}\nrules: {pack: botkyrka}")
	kind := func(rep *Report, name string) KindReport {
		for _, k := range rep.Kinds {
			if k.Kind == name {
				return k
			}
		}
		t.Fatalf("%s was not pulled", name)
		return KindReport{}
	}
	first := b.run(ExitDone)
	b.nextDay()
	second := b.run(ExitDone)
	for _, name := range []string{"visit", "note"} {
		if f := kind(first, name); !f.Whole || f.Rows == 0 {
			t.Errorf("the first pull of %s: %+v", name, f)
		}
		if s := kind(second, name); s.Whole || s.Rows != 0 {
			t.Errorf("the second pull of %s: %+v", name, s)
		}
	}
	visit := b.server.All("Encounter")[0]
	b.putJSON(strings.Replace(string(visit), `"finished"`, `"entered-in-error"`, 1))
	if s := kind(b.run(ExitDone), "visit"); s.Rows != 1 || s.Changed != 1 {
		t.Errorf("one visit was taken back: %+v", s)
	}
	for range 8 {
		b.nextDay()
	}
	if s := kind(b.run(ExitDone), "visit"); !s.Whole {
		t.Errorf("after full_after it is read whole again: %+v", s)
	}
}

func TestASavedPreviewIsWrittenExactlyOrRefused(t *testing.T) {
	prepare := func(t *testing.T) (*bed, []byte) {
		b := newBed(t)
		p, err := b.job.Preview(b.ctx(), b.options())
		if err != nil {
			t.Fatal(err)
		}
		b.written(0)
		file, err := b.job.Save(p)
		if err != nil {
			t.Fatal(err)
		}
		return b, file
	}
	t.Run("it is written, and a run after it writes nothing", func(t *testing.T) {
		b, file := prepare(t)
		rep, err := b.job.ApplySaved(b.ctx(), file, "test")
		if err != nil || rep.Exit != ExitDone || rep.Applied.Created == 0 {
			t.Fatal(rep, err)
		}
		b.run(ExitDone)
		b.written(0)
	})
	for name, spoil := range map[string]func(b *bed, file []byte) []byte{
		"it was changed": func(_ *bed, file []byte) []byte {
			return []byte(strings.Replace(string(file), "requested", "completed", 1))
		},
		"it is of yesterday": func(b *bed, file []byte) []byte { b.nextDay(); return file },
		"what it creates stands by now": func(b *bed, file []byte) []byte {
			b.run(ExitDone)
			return file
		},
		"the configuration is another": func(b *bed, file []byte) []byte {
			b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", receives: [flags, tasks]}\nwrites: {mode: write}\nrules: {pack: hemvard}")
			return file
		},
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			b, file := prepare(t)
			file = spoil(b, file)
			b.server.ResetRequests()
			if rep, err := b.job.ApplySaved(b.ctx(), file, "test"); !errors.Is(err, ErrStale) {
				t.Errorf("got %+v, %v", rep, err)
			}
			b.written(0)
		})
	}
}

func TestOneRunAtATime(t *testing.T) {
	b := newBed(t)
	release, err := b.job.lease(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.job.Reconcile(b.ctx(), b.options())
	var busy *ErrBusy
	if !errors.As(err, &busy) {
		t.Errorf("a second run is let in: %v", err)
	}
	release()
	b.run(ExitDone)
	// A run whose process is dead does not block the next one.
	if ok, _, _, err := b.job.Job.Store.Lease(b.ctx(), JobReconcile, strings.Replace(busy.Holder, " pid ", " pid 99999999", 1), b.now(), leaseTTL); !ok || err != nil {
		t.Fatal(ok, err)
	}
	b.run(ExitDone)
}

func TestFindingsGoToAnotherSystemByIdentifier(t *testing.T) {
	m := people.Small("t-", bedDay)
	source := newBed(t)
	// The same people in another system, where every record has another id.
	sink := bedOf(t, m, sandbox.Options{})
	for _, typ := range []string{"Patient", "Practitioner", "PractitionerRole", "Organization", "EpisodeOfCare", "CarePlan"} {
		for _, raw := range sink.server.All(typ) {
			renamed := strings.ReplaceAll(strings.ReplaceAll(string(raw), `"t-`, `"o-`), `/t-`, `/o-`)
			sink.server.Delete(typ + "/" + idOf(t, raw))
			sink.putJSON(renamed)
		}
	}
	source.configure("systems:\n  care: {kind: fhir, url: " + source.url + "}\n  journal: {kind: fhir, url: " + sink.url + ", receives: [flags, tasks]}\nwrites: {mode: write}")
	source.run(ExitDone)
	source.written(0)
	there := strings.Replace(source.client(m, "plan-review-overdue"), "/t-", "/o-", 1)
	sink.find("Task", "requested plan.review "+there)
	if lines := slices.Collect(maps.Values(sink.stands("Task"))); strings.Contains(strings.Join(lines, "\n"), source.client(m, "plan-review-overdue")) {
		t.Errorf("a reference of the source has come to the receiver: %v", lines)
	}
	sink.server.ResetRequests()
	source.run(ExitDone)
	sink.written(0)
	sink.server.Delete(there)
	rep := source.run(ExitDone)
	if rep.Totals.Why[NoSubject] == 0 || len(rep.Warnings) == 0 {
		t.Errorf("who is not found in the receiver must be said: %+v, %v", rep.Totals, rep.Warnings)
	}
}

func TestWorseExitCode(t *testing.T) {
	order := []int{ExitUsage, ExitStale, ExitGuard, ExitFailed, ExitPartly, ExitChanges, ExitDone}
	for i, a := range order {
		for _, b := range order[i:] {
			if Worse(a, b) != a || Worse(b, a) != a {
				t.Errorf("of %d and %d, %d counts", a, b, a)
			}
		}
	}
}

func TestUnitOf(t *testing.T) {
	day := care.NewDate(2026, 11, 22)
	place := func(ref string, s care.Setting, unit string, start, end care.Date) care.Placement {
		return care.Placement{Ref: care.Ref(ref), Setting: s, Unit: care.Ref(unit), Period: care.Period{Start: start, End: end}}
	}
	for name, row := range map[string]struct {
		placements []care.Placement
		want       care.Ref
	}{
		"without a placement it is the client's own unit":      {nil, "Organization/own"},
		"the home-care placement that began first counts":      {[]care.Placement{place("e2", care.HomeCare, "u2", day-1, 0), place("e1", care.HomeCare, "u1", day-9, 0)}, "u1"},
		"home care counts before a care home":                  {[]care.Placement{place("e1", care.CareHome, "u1", day-9, 0), place("e2", care.HomeCare, "u2", day, 0)}, "u2"},
		"a placement that is over does not count":              {[]care.Placement{place("e1", care.HomeCare, "u1", day-9, day-1), place("e2", care.CareHome, "u2", day, 0)}, "u2"},
		"a placement without a unit leaves it to the client's": {[]care.Placement{place("e1", care.HomeCare, "", day-9, 0)}, "Organization/own"},
	} {
		c := &care.Client{PersonFact: care.PersonFact{Unit: "Organization/own"}, Placements: row.placements}
		if got := UnitOf(c, day); got != row.want {
			t.Errorf("%s: got %s, want %s", name, got, row.want)
		}
	}
}
