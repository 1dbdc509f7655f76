package jobs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"brygga/care"
	"brygga/care/rules"
)

// lines writes a list as "unit: client rule state due owner".
func (w *Worklist) lines() (out []string) {
	for _, u := range w.Units {
		for _, i := range u.Items {
			due := "-"
			if i.Due.Known() {
				due = i.Due.String()
			}
			out = append(out, fmt.Sprintf("%s: %s %s %s %s %s", u.Name, i.Shown(), i.Rule, i.State, due, i.Owner))
		}
	}
	for _, p := range w.Protected {
		out = append(out, fmt.Sprintf("protected: %s %d %s", p.Client, p.Count, p.Owner))
	}
	return out
}

// numbered gives a client's record something.
func numbered(records []care.Record, change func(*care.PersonFact)) []care.Record {
	for i := range records {
		if p := records[i].Person; p != nil {
			change(p)
		}
	}
	return records
}

func TestWhatStandsOnWorklists(t *testing.T) {
	const unit, other = care.Ref("Organization/norra"), care.Ref("Organization/sodra")
	long, soon := dayOf(t, "2026-01-10"), dayOf(t, "2026-06-01")
	vacant := func(f *care.Facts) { f.Assignments[0].End = dayOf(t, "2026-11-01") }
	name := func(s *Stored, ref care.Ref) string { return s.Units.Label(ref) }
	for _, c := range []struct {
		name    string
		set     map[string]string
		records [][]care.Record
		want    []string // of which UNIT and OTHER are names of units
	}{
		{"nobody with anything to be done", nil, [][]care.Record{homeClient("Patient/a", unit, dayOf(t, "2026-11-01"))}, nil},
		{"what is overdue and what soon will be, by due date", nil, [][]care.Record{
			homeClient("Patient/a", unit, soon), homeClient("Patient/b", unit, long),
		}, []string{"UNIT: Patient/b plan.review overdue 2026-07-10 unit-manager", "UNIT: Patient/a plan.review due-soon 2026-12-01 contact"}},
		{"by unit, then due date, then client", nil, [][]care.Record{
			homeClient("Patient/c", other, soon), homeClient("Patient/b", unit, soon), homeClient("Patient/a", unit, soon),
		}, []string{"UNIT: Patient/a plan.review due-soon 2026-12-01 contact", "UNIT: Patient/b plan.review due-soon 2026-12-01 contact", "OTHER: Patient/c plan.review due-soon 2026-12-01 contact"}},
		{"what has no due date comes first", nil, [][]care.Record{homeClient("Patient/a", unit, soon, vacant)}, []string{
			"UNIT: Patient/a contact.vacant open - coordinator", "UNIT: Patient/a plan.review due-soon 2026-12-01 coordinator",
		}},
		{"by the number that the record system has", nil, [][]care.Record{
			numbered(homeClient("Patient/a", unit, soon), func(p *care.PersonFact) { p.Number = "B00017" }),
		}, []string{"UNIT: B00017 plan.review due-soon 2026-12-01 contact"}},
		{"what is long overdue goes up only where it shall", map[string]string{"plan.review.escalate_after": "0"}, [][]care.Record{homeClient("Patient/b", unit, long)}, []string{
			"UNIT: Patient/b plan.review overdue 2026-07-10 contact",
		}},
		{"what is only reported stands nowhere", map[string]string{"plan.review.write": "report"}, [][]care.Record{homeClient("Patient/b", unit, long)}, nil},
		{"what is off stands nowhere", map[string]string{"plan.review.enabled": "false"}, [][]care.Record{homeClient("Patient/b", unit, long)}, nil},
		{"what is IT's stands nowhere", nil, [][]care.Record{homeClient("Patient/a", unit, dayOf(t, "2026-11-01"), func(f *care.Facts) { f.Placements[0].Start = 0 })}, nil},
		{"a client with a protected identity is a count and a reference", nil, [][]care.Record{
			numbered(homeClient("Patient/a", unit, soon, vacant), func(p *care.PersonFact) { p.Protected, p.Number = true, "B00017" }), homeClient("Patient/b", unit, soon),
		}, []string{"UNIT: Patient/b plan.review due-soon 2026-12-01 contact", "protected: Patient/a 2 unit-manager"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := storedOf(t, c.set, slices.Concat(c.records...)...)
			got := MakeWorklist(s, forecastDay, "sv").lines()
			replace := strings.NewReplacer("UNIT", name(s, unit), "OTHER", name(s, other))
			want := []string{}
			for _, l := range c.want {
				want = append(want, replace.Replace(l))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("the list is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestAWorklistSaysWhomItCannotSpeakOf(t *testing.T) {
	s := storedOf(t, nil, slices.Concat(homeClient("Patient/a", "Organization/norra", dayOf(t, "2026-01-10")), homeClient("Patient/b", "Organization/sodra", dayOf(t, "2026-01-10")))...)
	for _, c := range s.Clients {
		if c.Ref == "Patient/a" {
			c.Gaps = []care.Gap{{Source: "journal", Facts: care.SetOf(care.KindPlan), Reason: "plan was not read whole"}}
		}
	}
	w := MakeWorklist(s, forecastDay, "sv")
	if w.Unknown != 1 || w.Count() != 1 || len(w.Units) != 2 || w.Units[0].Unknown+w.Units[1].Unknown != 1 {
		t.Errorf("%+v", w)
	}
	if !w.Only(s, "Organization/norra") || w.Unknown != 1 || w.Count() != 0 {
		t.Errorf("of the unit %+v", w)
	}
	if w.Only(s, "nowhere") {
		t.Error("there is a unit nowhere")
	}
}

// Texts are in the language asked for, and the owner of each thing is the one that
// its Task would have.
func TestAWorklistAndTasksAgree(t *testing.T) {
	b := newBed(t)
	b.run(ExitDone)
	tasks := map[string]int{}
	for _, line := range b.stands("Task") {
		if f := strings.Fields(line); f[0] == "requested" {
			tasks[f[1]+" "+f[2]]++
		}
	}
	s := b.stored()
	for _, language := range []string{"sv", "en"} {
		listed := map[string]int{}
		w := MakeWorklist(s, b.job.Today(), language)
		for _, u := range w.Units {
			for _, i := range u.Items {
				r := rules.ByCode(i.Rule)
				if r.Writes.Task() {
					listed[i.Rule+" "+string(i.Client)]++
				}
				if i.Title != inLanguage(r.Title, language) || i.Text == "" {
					t.Errorf("%s: %s %q", language, i.Title, i.Text)
				}
			}
		}
		protected := 0
		for key, n := range tasks {
			_, client, _ := strings.Cut(key, " ")
			if slices.ContainsFunc(w.Protected, func(p ProtectedWork) bool { return string(p.Client) == client }) {
				protected++
				continue
			}
			if listed[key] != n {
				t.Errorf("%s is a Task %d times, and stands on the list %d times", key, n, listed[key])
			}
			delete(listed, key)
		}
		if len(listed) > 0 || len(tasks) < 10 {
			t.Errorf("on the list, and no Tasks: %v", listed)
		}
	}
}
