package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
)

var (
	today  = care.NewDate(2026, 11, 22)
	atNoon = today.Noon()
	writer = fhirmap.Writer{Tenant: "t"}
	// atThatTime is when after writes.
	atThatTime = atNoon
)

const patient = care.Ref("Patient/p1")

// overduePlan is a finding as a run wants it: a plan overdue since 1 October.
func overduePlan(change ...func(*Wanted)) Wanted {
	w := Wanted{
		ID: "f1", Subject: patient, Rule: "plan.review", State: rules.Overdue, Due: care.NewDate(2026, 11, 12), Shown: "Norra",
		Flag: true, Task: true, FlagWhenLate: true,
		FlagContent: fhirmap.Content{Status: fhirmap.FlagActive, Text: "flagga", Start: today},
		TaskContent: fhirmap.Content{
			Status: fhirmap.TaskRequested, Text: "uppgift", Due: care.NewDate(2026, 11, 12), Priority: "urgent",
			Focus: "CarePlan/cp1", Owner: "Practitioner/s1", Performer: "contact", Ground: "rutin",
		},
	}
	for _, c := range change {
		c(&w)
	}
	return w
}

func onlyTask(w *Wanted) { w.Flag, w.FlagWhenLate = false, false }
func onlyFlag(w *Wanted) { w.Task = false }
func dueSoon(w *Wanted) {
	w.State, w.Flag = rules.DueSoon, false
	w.Due, w.TaskContent.Due, w.TaskContent.Priority = today+5, today+5, "routine"
}

// stands gives what brygga would have written for a wanted finding, read back.
func stands(t testing.TB, w Wanted, typ string, edit ...func(*fhirmap.Own, map[string]any)) *fhirmap.Own {
	t.Helper()
	c := w.TaskContent
	if typ == fhirmap.FlagType {
		c = w.FlagContent
	}
	body, err := writer.Create(typ, w.ID, 0, w.Subject, w.Rule, c, atNoon)
	if err != nil {
		t.Fatal(err)
	}
	return readBack(t, body, typ+"-"+w.ID, "1")
}

func readBack(t testing.TB, body []byte, id, version string) *fhirmap.Own {
	t.Helper()
	s := strings.Replace(string(body), "{", fmt.Sprintf(`{"id":%q,`, id), 1)
	s = strings.Replace(s, `"meta":{`, fmt.Sprintf(`"meta":{"versionId":%q,`, version), 1)
	o, ours, err := writer.ReadOwn([]byte(s))
	if err != nil || !ours {
		t.Fatalf("what was written is not read back: ours %v, %v\n%s", ours, err, s)
	}
	return o
}

// after applies a change as a record system would, and reads the result back.
func after(t testing.TB, c Change) *fhirmap.Own {
	t.Helper()
	if c.Action == ActCreate {
		body, err := writer.Create(c.Type, c.Finding, c.Occurrence, c.Client, c.Rule, c.Content, atThatTime)
		if err != nil {
			t.Fatal(err)
		}
		return readBack(t, body, fmt.Sprint(c.Type, "-", c.Finding, "-", c.Occurrence), "1")
	}
	body, err := writer.Revise(c.Target, c.Content, c.KeepStaff, atNoon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	o, ours, err := writer.ReadOwn(body)
	if err != nil || !ours {
		t.Fatalf("a revised resource is not ours any more: %v\n%s", err, body)
	}
	o.Version = c.Target.Version + "+"
	return o
}

// touched is what stands after a person has put other values in its JSON.
func touched(t testing.TB, o *fhirmap.Own, pairs ...string) *fhirmap.Own {
	t.Helper()
	s := string(o.Raw)
	for i := 0; i < len(pairs); i += 2 {
		n := strings.Replace(s, pairs[i], pairs[i+1], 1)
		if n == s {
			t.Fatalf("%q is not in %s", pairs[i], s)
		}
		s = n
	}
	got, ours, err := writer.ReadOwn([]byte(s))
	if err != nil || !ours {
		t.Fatal(err, ours)
	}
	return got
}

func input(wanted []Wanted, standing ...*fhirmap.Own) DiffInput {
	return DiffInput{
		Wanted: wanted, Standing: standing, AsOf: today,
		Fates:   map[care.Ref]Fate{patient: {Shown: "Norra"}},
		Asked:   func(string, *rules.Params) Asking { return Asked },
		Rollout: Rollout{Write: true, AsOf: today, UnitOf: func(care.Ref) string { return "norra" }},
	}
}

// in words: "create Task new", "update Task facts-moved (due, priority)".
func inWords(changes []Change) []string {
	var out []string
	for _, c := range changes {
		s := fmt.Sprintf("%s %s %s", c.Action, c.Type, c.Reason)
		if c.Occurrence > 0 {
			s += fmt.Sprintf(" #%d", c.Occurrence)
		}
		if len(c.Fields) > 0 {
			s += " (" + strings.Join(c.Fields, ", ") + ")"
		}
		out = append(out, s)
	}
	return out
}

func TestDiff(t *testing.T) {
	plan := overduePlan()
	task := func(w Wanted) *fhirmap.Own { return stands(t, w, fhirmap.TaskType) }
	flag := func(w Wanted) *fhirmap.Own { return stands(t, w, fhirmap.FlagType) }
	taken := func(o *fhirmap.Own) *fhirmap.Own {
		return touched(t, o, `"status":"requested"`, `"status":"accepted"`, `"Practitioner/s1"`, `"Practitioner/s9"`)
	}
	closedBy := func(in DiffInput, standing ...*fhirmap.Own) *fhirmap.Own {
		in.Wanted, in.Standing = nil, standing
		return after(t, Diff(in)[0])
	}
	fate := func(f Fate) func(*DiffInput) {
		return func(in *DiffInput) { in.Fates[patient] = f }
	}
	duplicate := task(plan)
	duplicate.ID = "z-later"
	duplicate.Raw = []byte(strings.Replace(string(duplicate.Raw), `"id":"Task-f1"`, `"id":"z-later"`, 1))
	cancelledTwin := touched(t, after(t, Change{
		Action: ActClose, Type: fhirmap.TaskType, Target: duplicate,
		Content: func() fhirmap.Content {
			c := duplicate.Content
			c.Status, c.Reason = closing(DuplicateWrite)
			return c
		}(),
	}), `"intent"`, `"note":[{"text":"varför?"}],"intent"`)
	second := after(t, Change{Action: ActCreate, Type: fhirmap.TaskType, Finding: "f1", Occurrence: 1, Client: patient, Rule: plan.Rule, Content: plan.TaskContent})

	for _, row := range []struct {
		name string
		in   DiffInput
		but  func(*DiffInput)
		want []string
	}{
		{
			"a new finding that is overdue becomes a Flag and a Task", input([]Wanted{plan}), nil,
			[]string{"create Flag new", "create Task new"},
		},
		{
			"a finding that is only due soon becomes a Task and no Flag", input([]Wanted{overduePlan(dueSoon)}), nil,
			[]string{"create Task new"},
		},
		{
			"what stands as it should is kept", input([]Wanted{plan}, task(plan), flag(plan)), nil,
			[]string{"keep Flag unchanged", "keep Task unchanged"},
		},
		{
			"a Flag keeps the day on which it was first found", input([]Wanted{overduePlan(onlyFlag, func(w *Wanted) { w.FlagContent.Start = today + 3 })}, flag(plan)), nil,
			[]string{"keep Flag unchanged"},
		},
		{
			"a Task follows when what was due soon is overdue, and a Flag comes", input([]Wanted{plan}, task(overduePlan(dueSoon))), nil,
			[]string{"create Flag new", "update Task facts-moved (due, priority)"},
		},
		{
			"a Flag ends when what was overdue is only due soon", input([]Wanted{overduePlan(dueSoon)}, task(overduePlan(dueSoon)), flag(plan)), nil,
			[]string{"close Flag no-longer-late (status, end)", "keep Task unchanged"},
		},
		{
			"an untouched Task follows another owner", input([]Wanted{overduePlan(onlyTask, func(w *Wanted) { w.TaskContent.Owner = "Practitioner/s2" })}, task(plan)), nil,
			[]string{"update Task facts-moved (owner)"},
		},
		{
			"a long overdue Task goes up", input([]Wanted{overduePlan(onlyTask, func(w *Wanted) {
				w.Escalated, w.TaskContent.Performer, w.TaskContent.Owner = true, "coordinator", "Organization/u1"
			})}, task(plan)), nil,
			[]string{"update Task escalated (owner, performer)"},
		},
		{
			"a Task that staff has taken keeps its owner and status", input([]Wanted{overduePlan(onlyTask, func(w *Wanted) { w.TaskContent.Owner = "Practitioner/s2" })}, taken(task(plan))), nil,
			[]string{"keep Task staff-has-it"},
		},
		{
			"a Task that staff has taken does not go up", input([]Wanted{overduePlan(onlyTask, func(w *Wanted) { w.Escalated, w.TaskContent.Performer = true, "coordinator" })}, taken(task(plan))), nil,
			[]string{"keep Task staff-has-it"},
		},
		{
			"the due date of a Task that staff has taken follows the facts", input([]Wanted{overduePlan(onlyTask, func(w *Wanted) { w.TaskContent.Due = today + 1 })}, taken(task(plan))), nil,
			[]string{"update Task facts-moved (due)"},
		},
		{
			"a due date that a person moved follows the facts, and is no touch", input([]Wanted{overduePlan(onlyTask)}, touched(t, task(plan), "2026-11-12", "2027-01-31")), nil,
			[]string{"update Task facts-moved (due)"},
		},
		{
			"a note makes a Task staff's own", input([]Wanted{overduePlan(onlyTask, func(w *Wanted) { w.TaskContent.Text = "ny text" })}, touched(t, task(plan), `"intent"`, `"note":[{"text":"ringt"}],"intent"`)), nil,
			[]string{"keep Task staff-has-it"},
		},
		{
			"a Task that staff completed stays closed while the finding stands", input([]Wanted{overduePlan(onlyTask)}, touched(t, task(plan), `"requested"`, `"completed"`)), nil,
			[]string{"keep Task closed-by-staff"},
		},
		{
			"a Task that staff rejected stays closed while the finding stands", input([]Wanted{overduePlan(onlyTask)}, touched(t, task(plan), `"requested"`, `"rejected"`)), nil,
			[]string{"keep Task closed-by-staff"},
		},
		{
			"a Flag that staff made inactive stays so while the finding stands", input([]Wanted{overduePlan(onlyFlag)}, touched(t, flag(plan), `"active"`, `"inactive"`)), nil,
			[]string{"keep Flag closed-by-staff"},
		},
		{
			"what brygga had ended comes back: a new Task, the Flag active again", input([]Wanted{plan}, closedBy(input(nil), task(plan)), closedBy(input(nil), flag(plan))), nil,
			[]string{"update Flag returned (status, end)", "create Task returned #1"},
		},
		{
			"a finding that is gone completes its Task and ends its Flag", input(nil, task(plan), flag(plan)), nil,
			[]string{"close Flag resolved (status, end)", "close Task resolved (status, reason)"},
		},
		{
			"a Task that staff had taken is completed when the finding is gone", input(nil, taken(task(plan))), nil,
			[]string{"close Task resolved (status, reason)"},
		},
		{"what is ended stays ended", input(nil, closedBy(input(nil), task(plan))), nil, nil},
		{
			"a Task that staff opened again after brygga had ended it is left to staff", input(nil, touched(t, closedBy(input(nil), task(plan)), `"completed"`, `"in-progress"`)), nil,
			[]string{"keep Task reopened-by-staff"},
		},
		{
			"a Task that staff put back as it was after brygga had ended it is left to staff", input(nil, touched(t, closedBy(input(nil), task(plan)), `"completed"`, `"requested"`, `,"statusReason":{"text":"resolved in the record"}`, ``)), nil,
			[]string{"keep Task reopened-by-staff"},
		},
		{
			"a Flag that staff made active again after brygga had ended it is left to staff", input(nil, touched(t, closedBy(input(nil), flag(plan)), `"inactive"`, `"active"`, `"end":"2026-11-22",`, ``)), nil,
			[]string{"keep Flag reopened-by-staff"},
		},
		{
			"a note on a Task that brygga had ended does not hide that the finding is back", input([]Wanted{overduePlan(onlyTask)}, touched(t, closedBy(input(nil), task(plan)), `"intent"`, `"note":[{"text":"bra"}],"intent"`)), nil,
			[]string{"create Task returned #1"},
		},
		{
			"a Task that staff ended in our very words is closed by staff", input([]Wanted{overduePlan(onlyTask)}, touched(t, task(plan), `"requested"`, `"completed","statusReason":{"text":"resolved in the record"}`)), nil,
			[]string{"keep Task closed-by-staff"},
		},
		{
			"what staff opened again stays theirs beside the new occurrence", input([]Wanted{overduePlan(onlyTask)}, touched(t, closedBy(input(nil), task(plan)), `"completed"`, `"in-progress"`), second), nil,
			[]string{"keep Task reopened-by-staff", "keep Task unchanged #1"},
		},
		{
			"of two Tasks for one occurrence the one that staff has taken stays", input([]Wanted{overduePlan(onlyTask)}, task(plan), taken(duplicate)), nil,
			[]string{"close Task duplicate-write (status, reason)", "keep Task staff-has-it"},
		},
		{
			"a note on the one that was written twice and cancelled changes nothing", input([]Wanted{overduePlan(onlyTask)}, task(plan), cancelledTwin), nil,
			[]string{"keep Task unchanged"},
		},
		{
			"what is ours and cannot be read is left as it is, and nothing is written beside it", input([]Wanted{plan}, flag(plan)), func(in *DiffInput) { in.Unread = []*fhirmap.Own{task(plan)} },
			[]string{"keep Flag unchanged", "keep Task not-readable"},
		},
		{
			"what cannot be read is not closed", input(nil), func(in *DiffInput) { in.Unread = []*fhirmap.Own{task(plan)} },
			[]string{"keep Task not-readable"},
		},
		{
			"a rule that waits for an answer of the source closes nothing", input(nil, task(plan)), fate(Fate{Pending: map[string]bool{"plan.review": true}}),
			[]string{"keep Task unknown"},
		},
		{
			"another rule of that client is resolved all the same", input(nil, task(plan)), fate(Fate{Pending: map[string]bool{"service.not-carried-out": true}}),
			[]string{"close Task resolved (status, reason)"},
		},
		{
			"a rule that this version does not know keeps what stands", input(nil, task(plan)), func(in *DiffInput) { in.Asked = func(string, *rules.Params) Asking { return NotKnown } },
			[]string{"keep Task rule-not-known"},
		},
		{
			"a client who died has the Task cancelled, also where nobody provides the rule's facts any more", input(nil, task(plan)), func(in *DiffInput) {
				in.Fates[patient] = Fate{Died: true}
				in.Asked = func(string, *rules.Params) Asking { return NotProvided }
			},
			[]string{"close Task died (status, reason)"},
		},
		{
			"a rule that is now only reported has its Task cancelled, not completed", input([]Wanted{overduePlan(func(w *Wanted) { w.Flag, w.FlagWhenLate, w.Task = false, false, false })}, task(plan)), nil,
			[]string{"close Task rule-off (status, reason)"},
		},
		{"nothing is opened for an unknown client", input([]Wanted{plan}), fate(Fate{Unknown: true}), nil},
		{
			"nothing is closed for an unknown client", input(nil, task(plan), flag(plan)), fate(Fate{Unknown: true}),
			[]string{"keep Flag unknown", "keep Task unknown"},
		},
		{
			"a client who died has the Task cancelled", input(nil, task(plan)), fate(Fate{Died: true, LeftCare: true}),
			[]string{"close Task died (status, reason)"},
		},
		{
			"a client who left home care has the Task cancelled", input(nil, task(plan)), fate(Fate{LeftCare: true}),
			[]string{"close Task left-care (status, reason)"},
		},
		{
			"who left home care has moved: what was about the handover is resolved",
			input(nil, task(overduePlan(func(w *Wanted) { w.Rule = "handover.unanswered" }))), fate(Fate{LeftCare: true}),
			[]string{"close Task resolved (status, reason)"},
		},
		{
			"a client who is gone from the record has the Task cancelled", input(nil, task(plan)), fate(Fate{Gone: true}),
			[]string{"close Task client-gone (status, reason)"},
		},
		{
			"a client who was not listed and is not confirmed gone keeps everything", input(nil, task(plan)), fate(Fate{Unsure: true}),
			[]string{"keep Task subject-unsure"},
		},
		{
			"a rule that was turned off has its Tasks cancelled", input(nil, task(plan)), func(in *DiffInput) { in.Asked = func(string, *rules.Params) Asking { return TurnedOff } },
			[]string{"close Task rule-off (status, reason)"},
		},
		{
			"a rule whose facts nobody provides any more closes nothing", input(nil, task(plan)), func(in *DiffInput) { in.Asked = func(string, *rules.Params) Asking { return NotProvided } },
			[]string{"keep Task facts-not-provided"},
		},
		{
			"a client who is not found in the receiving system gets nothing", input([]Wanted{overduePlan(func(w *Wanted) { w.Subject = "" })}), nil,
			[]string{"hold Flag no-subject", "hold Task no-subject"},
		},
		{
			"of two Tasks for one occurrence the later one is cancelled", input([]Wanted{overduePlan(onlyTask)}, task(plan), duplicate), nil,
			[]string{"keep Task unchanged", "close Task duplicate-write (status, reason)"},
		},
		{
			"in report mode nothing is written, nothing is closed", input([]Wanted{plan}, task(overduePlan(func(w *Wanted) { w.ID = "f2" }))), func(in *DiffInput) { in.Rollout.Write = false },
			[]string{"hold Flag report-only", "hold Task report-only", "hold Task report-only (status, reason)"},
		},
		{
			"before the first day nothing is written", input([]Wanted{overduePlan(onlyTask)}), func(in *DiffInput) { in.Rollout.From = today + 1 },
			[]string{"hold Task not-yet"},
		},
		{
			"on the first day it is", input([]Wanted{overduePlan(onlyTask)}), func(in *DiffInput) { in.Rollout.From = today },
			[]string{"create Task new"},
		},
		{
			"another unit waits", input([]Wanted{overduePlan(onlyTask)}), func(in *DiffInput) { in.Rollout.Units = []string{"sodra"} },
			[]string{"hold Task unit-not-in"},
		},
		{
			"another rule waits", input([]Wanted{overduePlan(onlyTask)}), func(in *DiffInput) { in.Rollout.Rules = []string{"contact.missing"} },
			[]string{"hold Task rule-not-in"},
		},
		{
			"what stands in a unit that is no longer in follows the facts to its end", input(nil, task(plan)), func(in *DiffInput) { in.Rollout.Units = []string{"sodra"} },
			[]string{"close Task resolved (status, reason)"},
		},
		{
			"what stood at the baseline is not opened", input([]Wanted{plan}), func(in *DiffInput) { in.Rollout.Baseline = map[string]bool{"f1": true} },
			[]string{"hold Flag baseline", "hold Task baseline"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := row.in
			if row.but != nil {
				row.but(&in)
			}
			if got := inWords(Diff(in)); !slices.Equal(got, row.want) {
				t.Errorf("got  %q\nwant %q", got, row.want)
			}
		})
	}
}

func TestASecondRunInTheSameNightGivesOwnersNothingMore(t *testing.T) {
	var many []Wanted
	for i := range 5 {
		many = append(many, overduePlan(onlyTask, func(w *Wanted) { w.ID, w.Due = fmt.Sprint("f", i), today-care.Date(i) }))
	}
	in := input(many)
	in.Rollout.PerOwner = 2
	for night := range 3 {
		in.AsOf, in.Rollout.AsOf = today+care.Date(night), today+care.Date(night)
		atThatTime = in.AsOf.Noon()
		for run := range 3 {
			changes := Diff(in)
			want := min(2, 5-2*night)
			if run > 0 {
				want = 0
			}
			if n := totals(changes).Create; n != want {
				t.Errorf("night %d, run %d: %d are created, want %d", night, run, n, want)
			}
			in.Standing = applyAll(t, in.Standing, changes)
		}
	}
	atThatTime = atNoon
}

func TestAFlagThatComesBackWaitsWithItsTask(t *testing.T) {
	flag := stands(t, overduePlan(), fhirmap.FlagType)
	gone := input(nil, flag)
	ended := after(t, Diff(gone)[0])
	other := overduePlan(onlyTask, func(w *Wanted) { w.ID, w.Due = "f0", today-30 })
	in := input([]Wanted{overduePlan(), other}, ended)
	in.Rollout.PerOwner = 1
	got := inWords(Diff(in))
	want := []string{"create Task new", "hold Flag owner-full (status, end)", "hold Task owner-full"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOwnersGetNoMoreThanTheyCanTakeInOneNight(t *testing.T) {
	var many []Wanted
	for i := range 5 {
		many = append(many, overduePlan(func(w *Wanted) {
			w.ID = fmt.Sprint("f", i)
			w.Due = today - care.Date(i)
			if i == 0 {
				w.State = rules.DueSoon
			}
		}))
	}
	other := overduePlan(func(w *Wanted) { w.ID, w.TaskContent.Owner = "other", "Practitioner/s2" })
	in := input(append(many, other))
	in.Rollout.PerOwner = 2
	created := map[string][]string{}
	for _, c := range Diff(in) {
		if c.Action == ActCreate {
			created[c.Finding] = append(created[c.Finding], c.Type)
		} else if c.Reason != OwnerFull {
			t.Errorf("%s is held back for %s", c.Finding, c.Reason)
		}
	}
	for _, id := range []string{"f4", "f3", "other"} {
		if len(created[id]) != 2 {
			t.Errorf("%s: created %v, want its Flag and its Task: the most overdue of each owner come first", id, created[id])
		}
	}
	if len(created) != 3 {
		t.Errorf("created %v, want two findings of one owner and one of the other", created)
	}
}

// Whatever stood before: after a diff is applied, the next diff of the same
// facts writes nothing.
func TestApplyingTwiceIsApplyingOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var wanted []Wanted
		var standing []*fhirmap.Own
		in := input(nil)
		for i := range rapid.IntRange(1, 6).Draw(r, "findings") {
			id := fmt.Sprint("f", i)
			who := care.Ref(fmt.Sprint("Patient/", rapid.IntRange(1, 3).Draw(r, "client")))
			in.Fates[who] = Fate{Unknown: rapid.Bool().Draw(r, "unknown"), LeftCare: rapid.Bool().Draw(r, "left")}
			w := overduePlan(func(w *Wanted) { w.ID, w.Subject = id, who })
			if rapid.Bool().Draw(r, "due soon") {
				dueSoon(&w)
			}
			for _, typ := range []string{fhirmap.TaskType, fhirmap.FlagType} {
				if rapid.Bool().Draw(r, "stands "+typ) {
					o := stands(t, w, typ)
					if typ == fhirmap.TaskType && rapid.Bool().Draw(r, "touched") {
						o = touched(t, o, `"requested"`, `"`+rapid.SampledFrom([]string{"accepted", "completed", "cancelled"}).Draw(r, "status")+`"`)
					}
					standing = append(standing, o)
				}
			}
			if rapid.Bool().Draw(r, "still found") {
				w.TaskContent.Due += care.Date(rapid.IntRange(0, 1).Draw(r, "moved"))
				wanted = append(wanted, w)
			}
		}
		in.Wanted, in.Standing = wanted, standing
		in.Rollout.Write = rapid.Bool().Draw(r, "write")
		in.Rollout.PerOwner = rapid.IntRange(0, 2).Draw(r, "per owner")
		first := Diff(in)
		in.Standing = applyAll(t, in.Standing, first)
		second := Diff(in)
		for _, c := range second {
			if c.Writes() {
				r.Fatalf("the second run writes: %v\nfirst run: %v", inWords([]Change{c}), inWords(first))
			}
		}
	})
}

// The order of what is given does not matter.
func TestDiffDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var in DiffInput = input(nil)
		for i := range 5 {
			w := overduePlan(func(w *Wanted) { w.ID = fmt.Sprint("f", i) })
			if i%2 == 0 {
				in.Wanted = append(in.Wanted, w)
			}
			in.Standing = append(in.Standing, stands(t, w, fhirmap.TaskType))
		}
		want := inWords(Diff(in))
		in.Wanted = rapid.Permutation(in.Wanted).Draw(r, "wanted")
		in.Standing = rapid.Permutation(in.Standing).Draw(r, "standing")
		if got := inWords(Diff(in)); !slices.Equal(got, want) {
			r.Fatalf("got %v, want %v", got, want)
		}
	})
}

func applyAll(t testing.TB, standing []*fhirmap.Own, changes []Change) []*fhirmap.Own {
	out := slices.Clone(standing)
	for _, c := range changes {
		if !c.Writes() {
			continue
		}
		now := after(t, c)
		if i := slices.Index(out, c.Target); i >= 0 {
			out[i] = now
		} else {
			out = append(out, now)
		}
	}
	return out
}

func TestClimb(t *testing.T) {
	for _, row := range []struct {
		name  string
		from  rules.Role
		late  int
		after int
		want  rules.Role
	}{
		{"a contact has 14 days", rules.Contact, 14, 14, rules.Contact},
		{"on the 15th it is the coordinator's", rules.Contact, 15, 14, rules.Coordinator},
		{"after 28 days still the coordinator's", rules.Contact, 28, 14, rules.Coordinator},
		{"on the 29th it is the unit manager's", rules.Contact, 29, 14, rules.UnitManager},
		{"it goes no higher", rules.Contact, 400, 14, rules.UnitManager},
		{"a coordinator's goes to the unit manager", rules.Coordinator, 15, 14, rules.UnitManager},
		{"a care assessor's stays", rules.CareAssessor, 90, 14, rules.CareAssessor},
		{"0 is never", rules.Contact, 400, 0, rules.Contact},
	} {
		if got := climb(row.from, row.late, row.after); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

func TestGuard(t *testing.T) {
	changes := func(a Action, r Reason, n int) []Change {
		var out []Change
		for i := range n {
			for _, typ := range []string{fhirmap.FlagType, fhirmap.TaskType} {
				out = append(out, Change{Action: a, Reason: r, Type: typ, Finding: fmt.Sprint("f", i), Client: patient})
			}
		}
		return out
	}
	standing := func(n int) []*fhirmap.Own {
		var out []*fhirmap.Own
		for i := range n {
			out = append(out, &fhirmap.Own{Finding: fmt.Sprint("f", i), Content: fhirmap.Content{Status: fhirmap.TaskRequested}})
		}
		return out
	}
	l := Limits{CloseShare: 0.5, OpenShare: 0.2, AtLeast: 20}
	for _, row := range []struct {
		name     string
		changes  []Change
		standing int
		clients  int
		stops    bool
	}{
		{"twenty openings never stop a run", changes(ActCreate, NewFinding, 20), 0, 10, false},
		{"twenty-one for a hundred clients do", changes(ActCreate, NewFinding, 21), 0, 100, true},
		{"twenty-one for 105 clients are a fifth, and do not", changes(ActCreate, NewFinding, 21), 0, 105, false},
		{"half of what is open may be closed", changes(ActClose, Resolved, 30), 60, 500, false},
		{"more than half may not", changes(ActClose, Resolved, 31), 60, 500, true},
		{"twenty of twenty may", changes(ActClose, Resolved, 20), 20, 500, false},
		{"Flags that end because nothing is overdue any more close no finding", changes(ActClose, NoLongerLate, 50), 60, 500, false},
		{"what is held back does not count", changes(ActHold, ReportOnly, 400), 0, 500, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := Guard(row.changes, standing(row.standing), row.clients, l)
			if (got != nil) != row.stops {
				t.Fatalf("stops: %v, want %v", got, row.stops)
			}
			if got != nil && (len(got.Why) == 0 || got.Hash == "") {
				t.Errorf("a stop must say why and how to accept it: %+v", got)
			}
		})
	}
}

func TestHashNamesExactlyOneSetOfWrites(t *testing.T) {
	in := input([]Wanted{overduePlan()}, stands(t, overduePlan(func(w *Wanted) { w.ID = "f2" }), fhirmap.TaskType))
	a := Diff(in)
	b := slices.Clone(a)
	slices.Reverse(b)
	if HashOf(a) != HashOf(b) {
		t.Error("the order of changes is part of the hash")
	}
	in.Standing[0].Version = "2"
	if HashOf(a) == HashOf(Diff(in)) && a[0].Target != nil {
		t.Error("the version of a target is not part of the hash")
	}
	c := slices.Clone(a)
	c[0].Content.Text += "."
	if HashOf(a) == HashOf(c) {
		t.Error("what is written is not part of the hash")
	}
}
