package people

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// Records and Resources tell the same: one is counted against the other.
func TestRecordsHoldWhatTheResourcesHold(t *testing.T) {
	m := town()
	fhir := map[string]int{}
	m.Resources(func(r Resource) bool { fhir[r.Type]++; return true })
	got := map[string]int{}
	m.Records(func(r *Record) bool {
		got["Patient"]++
		got["RelatedPerson"] += len(r.Relatives)
		got["EpisodeOfCare"] += len(r.Placements)
		got["ServiceRequest"] += len(r.Services)
		got["Observation"] += len(r.Decisions)
		got["Communication"] += len(r.Told)
		got["CarePlan"] += len(r.Plans)
		got["DocumentReference"] += len(r.Notes)
		got["DetectedIssue"] += len(r.Deviations)
		got["RiskAssessment"] += len(r.Risks)
		got["Consent"] += len(r.Consents)
		for _, p := range r.Plans {
			got["Procedure"] += len(p.Reviews)
		}
		for _, a := range r.Absences {
			if a.Hospital {
				got["Encounter"]++
			}
		}
		r.Visits(func(Visit) bool { got["Encounter"]++; return true })
		return true
	})
	got["Organization"] = len(m.Units()) + 1 // the provider has no place of its own
	got["Practitioner"] = len(m.Staff())
	for _, p := range m.Staff() {
		got["PractitionerRole"] += len(p.Jobs)
	}
	for kind, want := range fhir {
		if kind != "CareTeam" && got[kind] != want { // joint contacts share one
			t.Errorf("%s: %d in the records, %d in the resources", kind, got[kind], want)
		}
	}
}

func TestRecordsNameWhatTheResourcesName(t *testing.T) {
	m := town()
	known := map[string]bool{}
	m.Resources(func(r Resource) bool { known[r.Ref()] = true; return true })
	missing := func(kind, id string) {
		if !known[kind+"/"+id] {
			t.Errorf("%s %s is not among the resources", kind, id)
		}
	}
	m.Records(func(r *Record) bool {
		missing("Patient", r.ID)
		for _, p := range r.Placements {
			missing("EpisodeOfCare", p.ID)
			if p.Unit < 0 {
				t.Errorf("%s is at no unit", p.ID)
			}
		}
		for _, d := range r.Decisions {
			missing("Observation", d.ID)
		}
		for _, v := range r.Told {
			missing("Communication", v.ID)
			if !v.Client && !v.Relatives && v.Unit < 0 {
				t.Errorf("%s was told to nobody", v.ID)
			}
		}
		for _, p := range r.Plans {
			missing("CarePlan", p.ID)
			for _, v := range p.Reviews {
				missing("Procedure", v.ID)
			}
		}
		for i, n := range r.Notes {
			missing("DocumentReference", n.ID)
			if i > 0 && n.At.Before(r.Notes[i-1].At) {
				t.Errorf("%s stands before an earlier one", n.ID)
			}
		}
		for _, k := range r.Consents {
			missing("Consent", k.ID)
		}
		r.Visits(func(v Visit) bool {
			missing("Encounter", fmt.Sprintf("v-%s-%d", r.ID[len("p-"):], v.N))
			return v.N < 5
		})
		return true
	})
}

func TestRecordsAreTheSameEveryTime(t *testing.T) {
	all := func() (out []Record) {
		town().Records(func(r *Record) bool {
			c := *r
			c.of = nil
			out = append(out, c)
			return true
		})
		return out
	}
	if !reflect.DeepEqual(all(), all()) {
		t.Error("they differ")
	}
}

func TestDatesOfRecordsAreMidnights(t *testing.T) {
	for _, c := range []struct {
		name string
		day  day
		want time.Time
	}{
		{"no date", 0, time.Time{}},
		{"a date in summer", dayOf(2026, 7, 3), time.Date(2026, 7, 3, 0, 0, 0, 0, time.UTC)},
		{"a birth", dayOf(1931, 2, 28), time.Date(1931, 2, 28, 0, 0, 0, 0, time.UTC)},
	} {
		if got := c.day.midnight(); !got.Equal(c.want) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestOneNumberPerPerson(t *testing.T) {
	m := town()
	seen := map[string]string{}
	m.Records(func(r *Record) bool {
		id := r.PersonID()
		if id == "" {
			t.Errorf("%s has none", r.ID)
		}
		if first, again := seen[id]; again && r.Story != sameNumber {
			t.Errorf("%s and %s have the same", first, r.ID)
		}
		seen[id] = r.ID
		switch r.Story {
		case "without-a-number":
			if len(r.Numbers) != 0 || !strings.Contains(id, "TF") {
				t.Error("a number of the system's own is to hold letters")
			}
		case "with-two-numbers":
			if id != r.Numbers[1].Value || r.Numbers[1].Kind != "personnummer" {
				t.Error("the personnummer is not preferred")
			}
		case "with-a-samordningsnummer":
			if r.Numbers[0].Kind != "samordningsnummer" || id[6] < '6' {
				t.Error("no samordningsnummer")
			}
		}
		return true
	})
	for i, p := range m.Staff() {
		if _, taken := seen[p.Number]; taken || len(p.Number) != 12 || checkDigit(p.Number[2:11]) != int(p.Number[11]-'0') || p.Number[:2] != "18" {
			t.Errorf("the number of the %d-th member of staff is taken, or wrong", i)
		}
		seen[p.Number] = p.ID
	}
}

func TestActsAsRecords(t *testing.T) {
	m := town()
	asOf := m.asOf.midnight()
	for _, a := range m.Acts() {
		var touched []string
		for _, r := range a.Records {
			touched = append(touched, r.ID)
		}
		if !slices.Equal(touched, a.Clients) {
			t.Errorf("%s: %d records of %d clients", a.Name, len(touched), len(a.Clients))
			continue
		}
		r := a.Records[0]
		ok := true
		switch a.Name {
		case "contact-leaves":
			ok = len(a.Staff) == 1
			for i := range a.Staff {
				for _, r := range a.Records {
					ok = ok && slices.ContainsFunc(r.Contacts, func(k Contact) bool { return k.Staff == i && k.To.Equal(asOf.AddDate(0, 0, -1)) })
				}
				ok = ok && a.Staff[i].Jobs[len(a.Staff[i].Jobs)-1].To.Equal(asOf.AddDate(0, 0, -1))
			}
		case "plan-reviewed":
			p := r.Plans[len(r.Plans)-1]
			ok = p.FollowUp.After(asOf) && p.Reviews[len(p.Reviews)-1].On.Equal(asOf)
		case "moves-to-care-home":
			p := r.Placements[len(r.Placements)-1]
			ok = p.Setting == careHomeCare && m.Units()[p.Unit].Kind == careHomeCare && r.Placements[0].Status == "finished"
		case "dies":
			ok = r.Dead && r.Died.Equal(asOf.AddDate(0, 0, -1))
		case "arrives":
			ok = r.Index == m.o.Clients && r.Placements[0].From.Equal(asOf.AddDate(0, 0, -3))
		case "request-withdrawn":
			ok = !slices.ContainsFunc(r.Decisions, func(d Decision) bool { return "Observation/"+d.ID == a.Delete[0] })
		}
		if !ok {
			t.Errorf("%s: the record does not show it", a.Name)
		}
	}
}

func TestTheDirectoryHoldsPeopleAndNothingOfCare(t *testing.T) {
	m := town()
	n := map[string]int{}
	m.Directory(func(r Resource) bool {
		n[r.Type]++
		if strings.Contains(string(r.JSON), "qualification") {
			t.Errorf("%s says what somebody is qualified for", r.Ref())
		}
		return true
	})
	if len(n) != 3 || n["Patient"] != m.o.Clients || n["Practitioner"] != len(m.staff) || n["Organization"] != len(m.Units())+1 {
		t.Errorf("it holds %v", n)
	}
	first := 0
	m.Directory(func(Resource) bool { first++; return false })
	if first != 1 {
		t.Errorf("%d after the first was refused", first)
	}
}
