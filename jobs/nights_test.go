package jobs

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
	"brygga/care"
	"brygga/care/rules"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

// asking is a municipality in which services were never carried out, with a
// count of the questions that the source is asked.
func asking(t *testing.T) (*bed, *tamper, *atomic.Int32) {
	t.Helper()
	m := people.Generate(people.Options{Seed: 1, Clients: 500, AsOf: bedDay, VisitsPerMonth: 2})
	b := bedOf(t, m, sandbox.Options{}, "writes: {mode: write}\nguard: {at_least: 100000}")
	s := b.between()
	n := new(atomic.Int32)
	s.any = func(q adapters.Query) (bool, error) {
		n.Add(1)
		return s.Source.Any(t.Context(), q)
	}
	return b, s, n
}

func (r *Report) found(rule string) int {
	for _, f := range r.Findings {
		if f.Rule == rule {
			return f.Open + f.DueSoon + f.Overdue
		}
	}
	return 0
}

func TestAServiceIsAskedForOnceAndANoAgainAfterAWeek(t *testing.T) {
	const rule = "service.not-carried-out"
	b, s, n := asking(t)
	rep := b.run(ExitDone)
	first, found := n.Load(), rep.found(rule)
	if first == 0 || found == 0 {
		t.Fatalf("%d questions, %d findings: the test shows nothing", first, found)
	}
	b.run(ExitDone)
	if n.Load() != first {
		t.Errorf("asked %d times in one night, first %d", n.Load(), first)
	}
	for range 8 {
		b.nextDay()
	}
	before := b.stands("Task")
	s.any = func(adapters.Query) (bool, error) {
		return false, &adapters.Error{System: "journal", Class: adapters.Retry, What: "answered 503"}
	}
	rep = b.run(ExitPartly)
	if p := rep.problem("journal", "questions"); p == nil || !strings.Contains(p.What, "503") || rep.found(rule) >= found {
		t.Errorf("%d findings, problems %+v", rep.found(rule), rep.Problems)
	}
	for ref, was := range before { // an unanswered question closes nothing
		if strings.Contains(was, rule) && b.stands("Task")[ref] != was {
			t.Errorf("%s was %q and is %q", ref, was, b.stands("Task")[ref])
		}
	}
	s.any = func(adapters.Query) (bool, error) { return true, nil }
	b.run(ExitDone)
	for _, line := range b.stands("Task") {
		if strings.HasPrefix(line, "requested "+rule) {
			t.Errorf("it was carried out, and there stands %q", line)
		}
	}
}

func TestASourceThatDoesNotAnswerIsNotAskedForLong(t *testing.T) {
	b, s, _ := asking(t)
	var n atomic.Int32
	s.any = func(adapters.Query) (bool, error) {
		n.Add(1)
		return false, &adapters.Error{System: "journal", Class: adapters.Retry, What: "answered 503"}
	}
	b.run(ExitPartly)
	if n.Load() > giveUp+sideBySide {
		t.Errorf("asked %d times", n.Load())
	}
}

func TestBelieved(t *testing.T) {
	for _, row := range []struct {
		name string
		a    store.Answer
		want bool
	}{
		{"a yes is believed for ever", store.Answer{At: noon.AddDate(-3, 0, 0), Found: true}, true},
		{"a no of yesterday is believed", store.Answer{At: noon.AddDate(0, 0, -1)}, true},
		{"a no of a week ago is not", store.Answer{At: noon.Add(-askAgain)}, false},
		{"a no of tomorrow was given before the clock went back", store.Answer{At: noon.AddDate(0, 0, 1)}, false},
	} {
		if got := believed(row.a, noon); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

func TestUnitsAreNamedByIdIdentifierOrName(t *testing.T) {
	units := map[care.Ref]care.Unit{
		"Organization/u1": {Name: "Norra", Identifiers: []string{"SE1-A"}},
		"Organization/u2": {Name: "Lilla", PartOf: "Organization/u1"},
		"Organization/u3": {Name: "Slingan", PartOf: "Organization/u4"},
		"Organization/u4": {PartOf: "Organization/u3"}, // each is part of the other
	}
	for name, want := range map[string]string{"u1": "u1", "Organization/u1": "Organization/u1", "norra": "norra", "SE1-A": "SE1-A", "se1-a": "Organization/u1"} {
		u := NewUnits(units, []string{name})
		if got := u.Key("Organization/u1"); got != want {
			t.Errorf("%s: %s", name, got)
		}
		matched := want == name
		if (len(u.Unmatched()) == 0) != matched {
			t.Errorf("%s: unmatched %v", name, u.Unmatched())
		}
		if matched && u.Key("Organization/u2") != name {
			t.Errorf("%s: a part of it is %s", name, u.Key("Organization/u2"))
		}
	}
	u := NewUnits(units, []string{"Norra", "norra"})
	if len(u.Unmatched()) != 0 {
		t.Errorf("two spellings of one unit: %v", u.Unmatched())
	}
	if got := u.Key("Organization/u3"); got != "Organization/u3" {
		t.Errorf("units in a circle: %s", got)
	}
	if u.Label("Organization/u4") != "Organization/u4" || u.Label("Organization/u1") != "Norra" {
		t.Error("labels")
	}
}

func TestUnitsOfOneNameAreToldApart(t *testing.T) {
	units := NewUnits(map[care.Ref]care.Unit{"Organization/a": {Name: "Norra"}, "Organization/b": {Name: "Norra"}}, nil)
	of := func(unit care.Ref, protected bool) Judged {
		return Judged{
			Client: &care.Client{PersonFact: care.PersonFact{Protected: protected}}, Unit: unit,
			Judgement: rules.Judgement{Contact: care.ContactStatus{Status: care.ContactMissing}},
		}
	}
	got := coverage([]Judged{of("Organization/a", false), of("Organization/b", false), of("Organization/b", true), of("", false)}, units)
	var lines []string
	for _, c := range got {
		lines = append(lines, fmt.Sprint(c.Unit, " ", c.Clients))
	}
	want := []string{"Norra (Organization/a) 1", "Norra (Organization/b) 1", "no unit 1", "all units 4"}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestALeaseIsRenewedUntilItIsGivenBack(t *testing.T) {
	b := newBed(t)
	tenant := b.job.Job.Store
	if ok, _, _, err := tenant.Lease(b.ctx(), JobReconcile, "me", b.now(), leaseTTL); !ok || err != nil {
		t.Fatal(ok, err)
	}
	tick, done := make(chan time.Time), make(chan struct{})
	ctx := t.Context()
	go func() { b.job.renew(ctx, JobReconcile, "me", tick); close(done) }()
	for range 4 { // longer than the lease would last
		b.clock.Add(int64(leaseTTL / 2))
		tick <- time.Time{}
	}
	tick <- time.Time{} // the one before has been handled
	if by, _, held, err := tenant.Holder(b.ctx(), JobReconcile, b.now()); !held || by != "me" || err != nil {
		t.Errorf("held %v by %s, %v", held, by, err)
	}
	b.clock.Add(int64(2 * leaseTTL))
	release, err := b.job.lease(b.ctx()) // a run on another machine died: its time is over
	if err != nil {
		t.Fatal(err)
	}
	tick <- time.Time{} // and whoever had it does not get it back
	tick <- time.Time{}
	if by, _, _, _ := tenant.Holder(b.ctx(), JobReconcile, b.now()); by == "me" {
		t.Error("a lease that was taken over is renewed")
	}
	release()
}

func TestDead(t *testing.T) {
	for holder, want := range map[string]bool{
		"here pid 99999999 x": true, fmt.Sprintf("here pid %d x", os.Getpid()): false, "here pid 1 x": false,
		"there pid 99999999 x": false, "here pid many x": false, "": false,
	} {
		if got := dead(holder, "here"); got != want {
			t.Errorf("%q: %v", holder, got)
		}
	}
	if text := (&ErrBusy{Holder: "here pid 7", Since: noon}).Error(); !strings.Contains(text, "here pid 7") {
		t.Error(text)
	}
}

func TestWhatACheckTries(t *testing.T) {
	b := newBed(t)
	p := b.job.probe("journal")
	for _, typ := range []string{"Patient", "CareTeam", "CarePlan", "Encounter", "Practitioner"} {
		if !slices.Contains(p.Types, typ) {
			t.Errorf("%s is not tried: %v", typ, p.Types)
		}
	}
	if !slices.Equal(p.Writes, []string{"Flag", "Task"}) || !strings.HasSuffix(p.Tag, "|bed") {
		t.Errorf("%+v", p)
	}
	b.configure("systems:\n  care: {kind: fhir, url: " + b.url + "}\n  journal: {kind: fhir, url: " + b.url + ", receives: [tasks]}\nwrites: {mode: report}")
	if p := b.job.probe("journal"); !slices.Equal(p.Writes, []string{"Task"}) || slices.Contains(p.Types, "CarePlan") || !slices.Contains(p.Types, "Patient") {
		t.Errorf("the receiver: %+v", p)
	}
	if p := b.job.probe("care"); len(p.Writes) != 0 || !slices.Contains(p.Types, "CarePlan") {
		t.Errorf("the source: %+v", p)
	}
}

func TestARunThatWritesAndABaselineAreOfToday(t *testing.T) {
	b := newBed(t)
	opt := b.options()
	opt.AsOf--
	if _, err := b.job.Reconcile(b.ctx(), opt); err == nil {
		t.Error("a run of yesterday writes")
	}
	if _, _, err := b.job.Baseline(b.ctx(), opt); err == nil {
		t.Error("a baseline of yesterday is taken")
	}
	b.written(0)
}

// One unreadable record somewhere does not keep everybody's baseline for ever, and
// a rule that is off for a while does not lose it.
func TestTheBaselineIsForgottenFindingByFinding(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	n, _, err := b.job.Baseline(b.ctx(), b.options())
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
	kept := func() int {
		t.Helper()
		all, err := b.job.Job.Store.Baseline(b.ctx())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	system := "systems:\n  journal: {kind: fhir, url: " + b.url + ", receives: [flags, tasks]}\nwrites: {mode: write}\n"
	b.configure(system + "rules: {set: {plan.review.enabled: \"false\"}}")
	b.run(ExitDone)
	if kept() != n {
		t.Errorf("%d of %d are kept while a rule is off", kept(), n)
	}
	b.configure(system)
	plan := fmt.Sprintf(`{"resourceType":"CarePlan","id":"t-broken","status":"active","intent":"plan","subject":{"reference":%q},"created":"2026-02-30",
		"category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"implementation"}]}]}`, b.client(m, "settled"))
	if err := b.server.Load([]byte(plan)); err != nil {
		t.Fatal(err)
	}
	act, _ := m.PlanReviewed()
	for _, r := range act.Put {
		b.putJSON(string(r.JSON))
	}
	b.run(ExitPartly)
	b.written(0)
	if kept() != n-1 {
		t.Errorf("%d of %d are kept, want all but the one that is gone", kept(), n)
	}
}

func TestASavedPreviewIsRefusedWhenWhatItRestsOnHasChanged(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	save := func() []byte {
		t.Helper()
		p, err := b.job.Preview(b.ctx(), b.options())
		if err != nil {
			t.Fatal(err)
		}
		file, err := b.job.Save(p)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := save()
	b.edit(b.client(m, "plan-review-overdue"), func(r map[string]any) { r["active"] = true })
	if rep, err := b.job.ApplySaved(b.ctx(), file, "test"); !errors.Is(err, ErrStale) || rep.Exit != ExitStale {
		t.Errorf("%+v, %v", rep, err)
	}
	b.written(0)
	file = save()
	b.server.SetFault(onType("Patient", sandbox.Fault{Status: http.StatusForbidden}))
	if rep, err := b.job.ApplySaved(b.ctx(), file, "test"); err != nil || rep.Exit != ExitPartly {
		t.Errorf("%+v, %v", rep, err)
	}
	b.written(0)
	b.server.SetFault(nil)
	if rep, err := b.job.ApplySaved(b.ctx(), file, "test"); err != nil || rep.Exit != ExitDone || rep.Applied.Created == 0 {
		t.Errorf("%+v, %v", rep, err)
	}
}

// FuzzSavedPreview: whatever is in a file, it is refused unless it is what was saved.
func FuzzSavedPreview(f *testing.F) {
	j := &Job{Tenant: "t", Secret: []byte("key"), Config: "c", Receiver: &System{Name: "journal"}, Now: func() time.Time { return noon }}
	p := &Prepared{Report: &Report{AsOf: today, Hash: "h"}, changes: Diff(input([]Wanted{overduePlan()}))}
	file, err := j.Save(p)
	if err != nil {
		f.Fatal(err)
	}
	good, err := readSaved(file)
	if err != nil || j.mayApply(good) != nil {
		f.Fatal("what was saved is refused")
	}
	for _, s := range []string{string(file), string(file[:len(file)/2]), "", "null", "{}", "[]", strings.Replace(string(file), "urgent", "routine", 1)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := readSaved(b)
		if err != nil || j.mayApply(s) != nil {
			return
		}
		if s.MAC != good.MAC {
			t.Fatalf("another file than was saved is let through: %s", b)
		}
	})
}
