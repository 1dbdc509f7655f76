package lifecare

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"brygga/sandbox/people"
)

// What the stories come to, as rows.
func TestStoriesAsRows(t *testing.T) {
	for _, c := range []struct {
		story string
		what  string
		list  string
		want  func(rows []object) bool
	}{
		{"settled", "two contacts", "provider_contact_personnels", func(r []object) bool { return len(r) == 2 }},
		{"one-contact", "one contact", "provider_contact_personnels", func(r []object) bool { return len(r) == 1 }},
		{"contact-missing-overdue", "no contact", "provider_contact_personnels", func(r []object) bool { return len(r) == 0 }},
		{"contact-ended-without-successor", "no contact any more", "provider_contact_personnels", func(r []object) bool { return len(r) == 0 }},
		{"contact-left-last-week", "the contact still stands there", "provider_contact_personnels", func(r []object) bool { return len(r) == 1 }},
		{"plan-missing-overdue", "no plan", "service_plans", func(r []object) bool { return len(r) == 0 }},
		{"plan-ended", "a plan that has an end", "service_plans", func(r []object) bool { return len(r) == 1 && r[0]["EndDate"] != nil }},
		{"plan-without-a-follow-up-date", "no follow-up: nothing, or the year 1", "service_plans", func(r []object) bool {
			last := r[len(r)-1]["FollowUpDate"]
			return last == nil || last == string(absent)
		}},
		{"plan-made-without-the-client", "the client did not take part", "service_plans", func(r []object) bool {
			return r[len(r)-1]["ClientParticipation"] == false
		}},
		{"participation-not-said", "which looks like what nobody said", "service_plans", func(r []object) bool {
			return r[len(r)-1]["ClientParticipation"] == false
		}},
		{"service-never-carried-out", "a decision that was never carried out", "sol_decisions", func(r []object) bool {
			for _, o := range r {
				if o["ExecutionStartDate"] == nil {
					return true
				}
			}
			return false
		}},
		{"moving-without-consent", "a place in a care home to come", "executions", func(r []object) bool {
			for _, o := range r {
				if o["StartDate"].(string) > asOf+"T" && o["ServiceCategory"].(object)["Text"] == "Särskilt boende" {
					return true
				}
			}
			return false
		}},
		{"moved-long-ago", "home care that ended, and a care home that runs", "executions", func(r []object) bool {
			ended, running := 0, 0
			for _, o := range r {
				if o["EndDate"] == nil {
					running++
				} else if o["Law"] == "SoL" {
					ended++
				}
			}
			return ended >= 1 && running == 1
		}},
		{"died", "a client who is deregistered with a date", "clients", func(r []object) bool {
			d, _ := r[0]["Deregistration"].(object)
			return r[0]["Active"] == false && d["Reason"] == "Decease" && d["Date"] != nil
		}},
		{"moved-away", "a client who is deregistered for another reason", "clients", func(r []object) bool {
			d, _ := r[0]["Deregistration"].(object)
			return d["Reason"] == "Other" || d["Reason"] == "Emigrated"
		}},
		{"settled", "a client who is not deregistered", "clients", func(r []object) bool {
			return r[0]["Deregistration"] == nil && r[0]["Active"] == true && r[0]["UpdateTime"] != nil
		}},
		{"in-hospital", "an absence without an end", "client_absences", func(r []object) bool { return len(r) == 1 && r[0]["EndDate"] == nil }},
		{"travelled", "an absence that is over", "client_absences", func(r []object) bool { return len(r) == 1 && r[0]["EndDate"] != nil }},
		{"travelled", "and the stay in a short-term unit", "executions", func(r []object) bool { return len(r) >= 2 }},
	} {
		t.Run(c.story+": "+c.what, func(t *testing.T) {
			r, b := anyOf(t, c.story)
			if !c.want(b.rowsOf(c.list, r.PersonID())) {
				t.Error("it is not so")
			}
		})
	}
}

// anyOf gives a client of a story, and a server: of a municipality that has every story.
func anyOf(t *testing.T, story string) (*people.Record, *bed) {
	t.Helper()
	c := newClock()
	var found *people.Record
	whole().Records(func(r *people.Record) bool {
		if r.Story == story {
			found = r
		}
		return found == nil
	})
	if found == nil {
		t.Fatalf("no client has the story %s", story)
	}
	if all == nil {
		all = NewStore(whole(), c.now, Local)
	}
	return found, &bed{t, c, New(all, Options{Clock: c.now})}
}

var all *Store

func whole() *people.Municipality {
	return people.Generate(people.Options{Seed: 1, Clients: 500, AsOf: asOf, VisitsPerMonth: -1})
}

func TestProtectionComesInThreeWays(t *testing.T) {
	for _, c := range []struct {
		story, field string
		listed       bool
	}{
		{"protected", "IsConfidential", true},
		{"protected-registration", "ProtectedRegistration", true},
		{"settled", "", true},
	} {
		r, b := anyOf(t, c.story)
		rows := b.rowsOf("clients", r.PersonID())
		if len(rows) != 1 {
			t.Errorf("%s: %d rows", c.story, len(rows))
			continue
		}
		for _, f := range []string{"IsConfidential", "ProtectedRegistration"} {
			if rows[0][f] != (f == c.field) {
				t.Errorf("%s: %s is %v", c.story, f, rows[0][f])
			}
		}
	}
	c := newClock()
	m := people.Generate(people.Options{Seed: 1, Clients: 1000, AsOf: asOf, VisitsPerMonth: -1})
	b := &bed{t, c, New(NewStore(m, c.now, Local), Options{Clock: c.now})}
	m.Records(func(r *people.Record) bool {
		if r.Story == "confidential" && (len(b.rowsOf("clients", r.PersonID())) != 0 || len(b.rowsOf("executions", r.PersonID())) == 0) {
			t.Error("a confidential client is to be in other lists and not in this one")
		}
		return r.Story != "confidential"
	})
}

func TestEveryReferenceLeadsToARow(t *testing.T) {
	b := start(t, Options{})
	units := keys(b.whole("v1/provider_units", 500))
	runs := keys(b.whole("v1/executions", 500))
	signed, staff := map[any]bool{}, map[any]bool{}
	for _, o := range b.whole("v1/provider_personnels", 500) {
		signed[o["Signature"]], staff[o["PersonId"]] = true, true
	}
	unit := func(v any) bool { return units[fmt.Sprintf("%.0f", v)] == 1 }
	for _, o := range b.whole("v1/executions", 500) {
		if !unit(o["ProviderUnit"].(object)["Id"]) {
			t.Error("an execution at a unit that is not there")
		}
	}
	strangers := 0
	for _, o := range b.whole("v1/provider_contact_personnels", 500) {
		if !unit(o["ProviderUnitId"]) {
			t.Error("a contact of a unit that is not there")
		}
		if !staff[o["PersonnelPersonId"]] {
			strangers++
		}
	}
	if strangers > 2 {
		t.Errorf("%d contacts are nobody", strangers)
	}
	for _, o := range b.whole("v1/documentations", 500) {
		if runs[fmt.Sprintf("%.0f", o["ExecutionId"])] != 1 || !signed[o["CreatedSignature"]] {
			t.Error("a note of no execution, or signed by nobody")
		}
	}
	for _, o := range b.whole("v1/reported_visits", 500) {
		if !staff[o["PersonnelPersonId"]] {
			t.Error("a visit by nobody")
		}
	}
}

func TestDatesAreWrittenAsAsked(t *testing.T) {
	winter, summer := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 3, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		dates Dates
		of    time.Time
		want  stamp
	}{
		{"local", Local, winter, "2026-11-03T00:00:00"},
		{"as if it were UTC", Zulu, winter, "2026-11-03T00:00:00Z"},
		{"local midnight in winter", UTC, winter, "2026-11-02T23:00:00Z"},
		{"local midnight in summer", UTC, summer, "2026-07-02T22:00:00Z"},
		{"none", UTC, time.Time{}, ""},
	} {
		if got := c.dates.date(c.of); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if UTC.required(time.Time{}) != absent || Zulu.required(winter) != "2026-11-03T00:00:00Z" {
		t.Error("a required date")
	}
	at := time.Date(2026, 7, 3, 21, 30, 0, 0, time.UTC)
	if Local.instant(at) != "2026-07-03T23:30:00" || UTC.instant(at) != "2026-07-03T21:30:00Z" {
		t.Error("a moment")
	}
}

func TestMixedDatesHoldEachWay(t *testing.T) {
	b := start(t, Options{Dates: Mixed})
	seen := map[string]int{}
	for _, o := range b.whole("v1/executions", 500) {
		at := o["StartDate"].(string)
		seen[at[strings.Index(at, "T"):]]++
	}
	for _, form := range []string{"T00:00:00", "T00:00:00Z", "T22:00:00Z", "T23:00:00Z"} {
		if seen[form] == 0 {
			t.Errorf("no date is written %s", form)
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d forms", len(seen))
	}
}

func TestVisitsByTwoAreTwoRows(t *testing.T) {
	b := start(t, Options{})
	two := map[string]map[any]bool{}
	for _, o := range b.whole("v1/reported_visits", 500) {
		if o["IsDoubleManning"] == true {
			k := fmt.Sprint(o["ClientPersonId"], o["StartTime"])
			if two[k] == nil {
				two[k] = map[any]bool{}
			}
			two[k][o["PersonnelPersonId"]] = true
		}
	}
	if len(two) == 0 {
		t.Fatal("nobody is visited by two")
	}
	for _, who := range two {
		if len(who) != 2 {
			t.Errorf("a visit by two has %d people", len(who))
		}
	}
}
