package care

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// see gives a view of one client with what the test is about.
func see(c *Client, t Terms, asOf Date, staff ...Record) *View {
	s := Assemble(Input{Provides: AllFacts, Names: NewNames(), Records: staff, AsOf: asOf})
	v := new(View)
	v.See(c, s.Roster, t, asOf)
	return v
}

func TestAServiceThatNeedsAContact(t *testing.T) {
	v := &View{Terms: Terms{ServiceOnly: Cleaning | Shopping}}
	rows := []struct {
		name            string
		s               Service
		homeCare, needs bool
	}{
		{"personal care at home", Service{Code: PersonalCare, Setting: HomeCare}, true, true},
		{"cleaning at home", Service{Code: Cleaning, Setting: HomeCare}, true, false},
		{"cleaning without a category is not service-only", Service{Code: Cleaning}, true, true},
		{"an unknown code at home", Service{Code: UnknownService, Setting: HomeCare}, true, true},
		{"an unknown code without a category", Service{Code: UnknownService}, true, true},
		{"no code at all", Service{}, true, true},
		{"day activity is never home care", Service{Code: DayActivity, Setting: HomeCare}, false, false},
		{"a care home is never home care", Service{Code: CareHomeService}, false, false},
		{"personal care in a care home", Service{Code: PersonalCare, Setting: CareHome}, false, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if r.s.IsHomeCare() != r.homeCare || v.NeedsContact(&r.s) != r.needs {
				t.Errorf("home care %v, needs %v", r.s.IsHomeCare(), v.NeedsContact(&r.s))
			}
		})
	}
}

func TestThePlacementIsTheOneThatStartsEarliest(t *testing.T) {
	at := func(ref Ref, s Setting, start, end Date) Placement {
		return Placement{Ref: ref, Setting: s, Period: Period{start, end}}
	}
	rows := []struct {
		name       string
		placements []Placement
		homeFrom   Date
		want       Ref
		careHome   bool
	}{
		{"none", nil, 0, "", false},
		{"the earliest", []Placement{at("b", HomeCare, today-1, 0), at("a", HomeCare, today-2, 0)}, 0, "a", false},
		{"an unknown start is earliest", []Placement{at("b", HomeCare, 0, 0), at("a", HomeCare, today-2, 0)}, 0, "b", false},
		{"of two that start on one day the first by name", []Placement{at("b", HomeCare, today, 0), at("a", HomeCare, today, 0)}, 0, "a", false},
		{"its last day is today", []Placement{at("a", HomeCare, today-9, today)}, 0, "a", false},
		{"its last day was yesterday", []Placement{at("a", HomeCare, today-9, today-1)}, 0, "", false},
		{"it starts tomorrow", []Placement{at("a", HomeCare, today+1, 0)}, 0, "", false},
		{"a category that is not understood", []Placement{at("a", NoSetting, today-9, 0)}, 0, "", false},
		{"a care home", []Placement{at("a", CareHome, today-9, 0)}, 0, "", false},
		{"a care home from today", []Placement{at("a", CareHome, today-9, 0)}, today, "a", true},
		{"a care home from tomorrow", []Placement{at("a", CareHome, today-9, 0)}, today + 1, "", false},
		{"home care goes first", []Placement{at("a", CareHome, today-9, 0), at("b", HomeCare, today-1, 0)}, today, "b", false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			v := see(&Client{Placements: r.placements}, Terms{CareHomeFrom: r.homeFrom}, today)
			var got Ref
			if v.Placement != nil {
				got = v.Placement.Ref
			}
			if got != r.want || v.CareHome != r.careHome || v.InHomeCare() != (r.want != "" && !r.careHome) {
				t.Errorf("%q, care home %v", got, v.CareHome)
			}
		})
	}
}

func TestAnAssignmentAsSeen(t *testing.T) {
	rows := []struct {
		name      string
		a         Assignment
		ok, holds bool
		end       Date
	}{
		{"open", Assignment{}, true, true, 0},
		{"begins today", Assignment{Period: Period{Start: today}}, true, true, 0},
		{"begins tomorrow", Assignment{Period: Period{Start: today + 1}}, false, false, 0},
		{"ends today", Assignment{Period: Period{End: today}}, true, true, today},
		{"ended yesterday", Assignment{Period: Period{End: today - 1}}, true, false, today - 1},
		{"ends before it begins", Assignment{Period: Period{today - 1, today - 2}}, false, false, 0},
		{"inactive with a later end ended yesterday", Assignment{Inactive: true, Period: Period{End: today + 9}}, true, false, today - 1},
		{"inactive with an earlier end", Assignment{Inactive: true, Period: Period{End: today - 9}}, true, false, today - 9},
		{"inactive with one day", Assignment{Inactive: true, Period: Period{today - 9, today - 9}}, true, false, today - 9},
		{"inactive without an end", Assignment{Inactive: true, Period: Period{Start: today - 9}}, true, false, 0},
		{"inactive that began today and has an end never held", Assignment{Inactive: true, Period: Period{today, today}}, false, false, 0},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p, holds, ok := r.a.seen(today)
			if ok != r.ok || holds != r.holds || ok && p.End != r.end {
				t.Errorf("%v %v %v", p, holds, ok)
			}
		})
	}
}

func TestByAContactIsWhoHeldAnAssignmentThatDay(t *testing.T) {
	c := &Client{
		Placements: []Placement{{Setting: HomeCare}},
		Assignments: []Assignment{
			{Team: "t", Member: "PractitionerRole/r", Period: Period{today - 20, today - 10}},
			{Team: "u", Member: "Practitioner/u", Inactive: true, Period: Period{Start: today - 20}},
		},
	}
	v := see(c, Terms{}, today, practitioner("s"), role("r", "Practitioner/s"))
	rows := []struct {
		name string
		who  Ref
		on   Date
		want bool
	}{
		{"on the first day", "Practitioner/s", today - 20, true},
		{"on the last day", "PractitionerRole/r", today - 10, true},
		{"the day after", "Practitioner/s", today - 9, false},
		{"the day before", "Practitioner/s", today - 21, false},
		{"somebody else", "Practitioner/x", today - 15, false},
		{"nobody", "", today - 15, false},
		{"on no day", "Practitioner/s", 0, false},
		{"inactive without an end holds on no day", "Practitioner/u", today - 15, false},
	}
	for _, r := range rows {
		if got := v.ByContact(r.who, r.on); got != r.want {
			t.Errorf("%s: %v", r.name, got)
		}
	}
}

func TestDaysTellDateAndTimeOverClockChanges(t *testing.T) {
	for _, around := range []string{"2026-03-29", "2026-10-25", "2026-11-21"} {
		mid := day(around)
		days := NewDays(mid-3, mid+3)
		first := (mid - 3).FirstMinute()
		last := (mid + 4).FirstMinute()
		for m := first; m < last; m += 7 {
			v := &Visit{Start: m, Services: PersonalCare}
			at := time.Unix(int64(m)*60, 0).In(Stockholm)
			if got := days.Date(v); got != DateOf(at) {
				t.Fatalf("%s is on %s", at, got)
			}
			want := at.Hour() >= 7 && at.Hour() < 22
			if got := days.Counts(v, days.Date(v)); got != want {
				t.Fatalf("%s counts: %v", at, got)
			}
		}
	}
	if Date(0).FirstMinute() != 0 || NewDate(1950, 1, 1).FirstMinute() != 0 {
		t.Error("before 1970 is 0")
	}
}

func TestVisitsOfSomeDays(t *testing.T) {
	days := NewDays(today-5, today)
	var visits []Visit
	for d := today - 5; d <= today; d++ {
		visits = append(visits, Visit{Start: d.FirstMinute()}, Visit{Start: (d + 1).FirstMinute() - 1})
	}
	if got := days.Visits(visits, today-3, today-2); len(got) != 4 || days.Date(&got[0]) != today-3 || days.Date(&got[3]) != today-2 {
		t.Errorf("%v", got)
	}
	if got := days.Visits(nil, today-3, today-2); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestAViewCanBeUsedAgain(t *testing.T) {
	r := Assemble(Input{Provides: AllFacts, AsOf: today}).Roster
	full := &Client{
		Placements:  []Placement{{Ref: "e", Setting: HomeCare}},
		Services:    []Service{{Ref: "s", Code: PersonalCare, Setting: HomeCare}},
		Assignments: []Assignment{{Team: "t", Member: "m"}},
		Plans:       []Plan{{Ref: "p", Kind: Implementation, Active: true, Created: today}},
		Decisions:   []Decision{{Kind: Declined, Date: today}},
	}
	v := new(View)
	v.See(full, r, Terms{}, today)
	if v.Contact != ContactAppointed || len(v.Plans) != 1 {
		t.Fatalf("%+v", v)
	}
	v.See(&Client{}, r, Terms{}, today)
	if v.Contact != ContactNotApplicable || len(v.Plans)+len(v.Assigned)+len(v.Running)+v.HomeCare+v.Needing+v.Holding != 0 || v.Latest != nil {
		t.Errorf("%+v", v)
	}
	if first, _ := v.First(); first != nil || v.InCharge() != nil || v.LastEnded() != nil || v.ContactStaff() != nil {
		t.Error("there is nobody")
	}
}

// Exactly one status per client, whatever the facts, and a reason with it.
func TestEveryClientHasOneStatus(t *testing.T) {
	states := map[ContactState]bool{}
	for _, s := range ContactStates() {
		states[s] = true
	}
	rapid.Check(t, func(rt *rapid.T) {
		date := func(label string) Date { return Date(rapid.Int32Range(-40, 40).Draw(rt, label)) + today }
		c := &Client{Placements: []Placement{{Setting: Setting(rapid.IntRange(0, 2).Draw(rt, "setting")), Period: Period{date("start"), date("end")}}}}
		if rapid.Bool().Draw(rt, "assigned") {
			c.Assignments = []Assignment{{Team: "t", Member: "m", Inactive: rapid.Bool().Draw(rt, "inactive"), Period: Period{date("from"), date("to")}}}
		}
		if rapid.Bool().Draw(rt, "decided") {
			c.Decisions = []Decision{{Kind: DecisionKind(rapid.IntRange(1, 5).Draw(rt, "kind")), Date: date("on")}}
		}
		c.Services = []Service{{Code: Cleaning, Setting: HomeCare, Period: Period{date("service"), 0}}}
		v := see(c, Terms{ServiceOnly: Cleaning}, today)
		if !states[v.Contact] || v.ContactReason == "" || v.PlanReason == "" || v.Plan.Status == "" {
			rt.Fatalf("%q because %q, plan %q because %q", v.Contact, v.ContactReason, v.Plan.Status, v.PlanReason)
		}
		if (v.Contact == ContactNotApplicable) != (v.Placement == nil) {
			rt.Fatalf("%s, placement %v", v.Contact, v.Placement)
		}
	})
}
