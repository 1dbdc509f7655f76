package jobs

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/care"
)

// met is a client of a unit, with two visits a day by so many members of staff.
func met(s *Stored, id int, unit care.Ref, staff int, change ...func(*care.Client)) *care.Client {
	c := clientAt(unit, "personal-care")
	c.Ref, c.Born = care.Ref(fmt.Sprintf("Patient/c%03d", id)), care.NewDate(1940, 1, 1)
	n := 0
	for d := forecastDay - 14; d < forecastDay; d++ {
		for k := range 2 {
			who := s.Roster.Names.ID(care.Ref(fmt.Sprintf("Practitioner/v%d", n%staff)))
			n++
			c.Visits = append(c.Visits, care.Visit{KeyHi: uint32(id), KeyLo: uint32(n), Start: d.FirstMinute() + uint32(9+k)*60, Services: care.PersonalCare, Staff: [2]uint32{who}})
		}
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// continuityOf puts clients, given by their number of staff, into units.
func continuityOf(t testing.TB, units map[care.Ref][]int, more ...func(s *Stored) *care.Client) *Stored {
	t.Helper()
	r := &care.Roster{Provides: care.AllFacts, Names: care.NewNames(), Units: map[care.Ref]care.Unit{}}
	p, err := Params(configOf("national"))
	if err != nil {
		t.Fatal(err)
	}
	s := &Stored{Snapshot: &care.Snapshot{Roster: r}, Params: p, VisitsRead: time.Date(2026, 11, 21, 0, 30, 0, 0, time.UTC)}
	id := 0
	for unit, clients := range units {
		r.Units[unit] = care.Unit{Ref: unit, Name: strings.TrimPrefix(string(unit), "Organization/")}
		for _, staff := range clients {
			id++
			s.Clients = append(s.Clients, met(s, id, unit, staff))
		}
	}
	for _, f := range more {
		s.Clients = append(s.Clients, f(s))
	}
	s.Units = NewUnits(r.Units, nil)
	return s
}

// Who was away is left out only where that is read: by a rule that needs it, from a
// system that provides it.
func TestContinuityTellsWhetherAbsencesWereRead(t *testing.T) {
	for _, row := range []struct {
		name, pack string
		provides   care.FactSet
		want       bool
	}{
		{"no rule of the pack needs them", "national", care.AllFacts, false},
		{"nor of this one", "hemvard", care.AllFacts, false},
		{"a rule needs them", "botkyrka", care.AllFacts, true},
		{"no system provides them", "botkyrka", care.AllFacts &^ care.SetOf(care.KindClientAbsence), false},
	} {
		s := continuityOf(t, map[care.Ref][]int{"Organization/norra": {2, 2, 2, 2, 2}})
		s.Roster.Provides = row.provides
		var err error
		if s.Params, err = Params(configOf(row.pack)); err != nil {
			t.Fatal(err)
		}
		if c := MakeContinuity(s, forecastDay, care.Indicator{}); c.AbsencesRead != row.want || c.Cannot != "" {
			t.Errorf("%s: %v %s", row.name, c.AbsencesRead, c.Cannot)
		}
	}
}

func TestContinuityPerUnitAndWhole(t *testing.T) {
	s := continuityOf(t, map[care.Ref][]int{"Organization/norra": {2, 4, 6, 8, 10}, "Organization/sodra": {3, 3, 3, 3, 3, 9}},
		func(s *Stored) *care.Client { // too young
			return met(s, 90, "Organization/norra", 3, func(c *care.Client) { c.Born = care.NewDate(1990, 1, 1) })
		},
		func(s *Stored) *care.Client { // away
			return met(s, 91, "Organization/norra", 3, func(c *care.Client) {
				c.Absences = []care.Absence{{Period: care.Period{Start: forecastDay - 2}}}
			})
		},
		func(s *Stored) *care.Client { // too few visits
			return met(s, 92, "Organization/sodra", 3, func(c *care.Client) { c.Visits = c.Visits[2:] })
		},
		func(s *Stored) *care.Client { // unknown
			return met(s, 93, "Organization/sodra", 3, func(c *care.Client) { c.Gaps = []care.Gap{{Reason: "cannot be read"}} })
		},
		func(s *Stored) *care.Client { // in the whole only
			return met(s, 94, "Organization/norra", 12, func(c *care.Client) { c.Protected = true })
		},
		func(s *Stored) *care.Client { // not in home care
			return met(s, 95, "Organization/norra", 12, func(c *care.Client) { c.Placements = nil })
		},
	)
	c := MakeContinuity(s, forecastDay, care.Indicator{})
	if c.Cannot != "" || c.From.String() != "2026-11-07" || c.To.String() != "2026-11-20" {
		t.Fatalf("%+v", c)
	}
	check := func(u ContinuityFigures, unit string, clients, population int, mean, median float64, left string) {
		t.Helper()
		if u.Unit != unit || u.Clients != clients || u.Population != population || u.Mean == nil ||
			math.Abs(*u.Mean-mean) > 1e-9 || *u.Median != median || fmt.Sprint(u.LeftOut) != left {
			t.Errorf("%+v, mean %v, median %v", u, *u.Mean, *u.Median)
		}
	}
	check(c.Units[0], "norra", 7, 5, 6, 6, "map[indicator-absent:1 indicator-age:1]")
	check(c.Units[1], "sodra", 8, 6, 4, 3, "map[indicator-unknown:1 indicator-visits:1]")
	check(c.Whole, "all units", 16, 12, (30+24+12)/12.0, 3.5, "map[indicator-absent:1 indicator-age:1 indicator-unknown:1 indicator-visits:1]")
	want := []Reading{{"daily", "each", "mean"}, {"absent", "out", "in"}, {"hours", "start", "any-part"}}
	if !reflect.DeepEqual(c.Reading, want) {
		t.Errorf("readings %v", c.Reading)
	}
	other := MakeContinuity(s, forecastDay, care.Indicator{KeepAbsent: true})
	if other.Reading[1].Chosen != "in" || other.Units[0].Population != 6 {
		t.Errorf("absent clients in: %+v", other.Units[0])
	}
}

// No figure rests on fewer than five clients, none can be told by subtraction,
// and nobody is lost.
func TestSmallUnitsAreNeverShownAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 7).Draw(rt, "sizes")
		var units []*ContinuityFigures
		total := 0
		for i, n := range sizes {
			u := &ContinuityFigures{Unit: fmt.Sprintf("u%d", i), LeftOut: map[care.Reason]int{}}
			for range n {
				u.add(3, "")
			}
			u.add(0, care.LeftAge)
			total += n
			units = append(units, u)
		}
		sum, left, merged := 0, 0, 0
		for _, u := range mergeSmall(units) {
			u.conclude()
			sum, left = sum+u.Population, left+u.LeftOut[care.LeftAge]
			merged += max(u.Merged, 1)
			if (u.Mean != nil) != (u.Population >= 5) {
				rt.Fatalf("%d clients, mean %v", u.Population, u.Mean)
			}
			if u.Population < 5 && total >= 5 {
				rt.Fatalf("a line of %d beside others: %v", u.Population, sizes)
			}
		}
		if sum != total || left != len(sizes) || merged != len(sizes) {
			rt.Fatalf("%d of %d clients, %d of %d units", sum, total, merged, len(sizes))
		}
	})
}

func TestWhenThereAreNoContinuityFigures(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(s *Stored)
		want   string
	}{
		{"no system provides visits", func(s *Stored) { s.Roster.Provides &^= care.SetOf(care.KindVisit) }, "no system provides visits"},
		{"visits were cut short", func(s *Stored) { s.Roster.Incomplete = care.SetOf(care.KindVisit) }, "not read whole"},
		{"visits are kept for a shorter time", func(s *Stored) { s.Roster.VisitsFrom = forecastDay - 13 }, "read from 2026-11-08"},
		{"visits are kept for just as long", func(s *Stored) { s.Roster.VisitsFrom = forecastDay - 14 }, ""},
		{"visits were read before the last day was over", func(s *Stored) { s.VisitsRead = s.VisitsRead.Add(-2 * time.Hour) }, "read last on 2026-11-20"},
		{"visits were never read", func(s *Stored) { s.VisitsRead = time.Time{} }, "have not been read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := continuityOf(t, map[care.Ref][]int{"Organization/norra": {2, 3, 4, 5, 6}})
			row.change(s)
			c := MakeContinuity(s, forecastDay, care.Indicator{})
			if row.want == "" && c.Cannot != "" || !strings.Contains(c.Cannot, row.want) || (c.Cannot == "") != (c.Whole.Mean != nil) {
				t.Errorf("%q, want %q; %+v", c.Cannot, row.want, c.Whole)
			}
		})
	}
}

func TestCoverageCountsStatusesQualificationAndLoad(t *testing.T) {
	s := storedOf(t, nil, append(append(append(append(append(
		homeClient("Patient/p1", "Organization/norra", care.NewDate(2026, 11, 1)),
		homeClient("Patient/p2", "Organization/norra", care.NewDate(2026, 11, 1))...),
		homeClient("Patient/p3", "Organization/norra", care.NewDate(2026, 11, 1), func(f *care.Facts) { f.Assignments[0].Member = "Practitioner/s2" })...),
		homeClient("Patient/p4", "Organization/norra", care.NewDate(2026, 11, 1), func(f *care.Facts) { f.Assignments[0].End = care.NewDate(2026, 11, 1) })...),
		homeClient("Patient/p5", "Organization/sodra", care.NewDate(2026, 11, 1), func(f *care.Facts) { f.Assignments[0].Member = "Practitioner/unread" })...),
		homeClient("Patient/p6", "Organization/norra", care.NewDate(2026, 11, 1), protectedPerson)...)...)
	r := MakeCoverage(s, forecastDay)
	if len(r.Units) != 2 {
		t.Fatalf("%+v", r.Units)
	}
	norra, sodra := r.Units[0], r.Units[1]
	if norra.Unit != "Norra" || norra.Clients != 4 || norra.Appointed != 3 || norra.Qualified != 3 || norra.Vacant != 1 ||
		norra.Contacts != 2 || norra.PerContact != 1.5 || norra.MostPerContact != 2 {
		t.Errorf("Norra: %+v", norra)
	}
	if sodra.Appointed != 1 || sodra.Qualified != 0 || sodra.Contacts != 1 {
		t.Errorf("a contact who was not read is not shown to be qualified: %+v", sodra)
	}
	if r.Whole.Clients != 6 || r.Whole.MostPerContact != 3 || r.Whole.Qualified != 4 || r.Whole.Contacts != 3 {
		t.Errorf("the whole: %+v", r.Whole)
	}
	// It agrees with what a run reports.
	judged := JudgeAll(s.Snapshot, s.Params, s.Units, forecastDay)
	for i, c := range coverage(judged, s.Units) {
		mine := r.Whole.Coverage
		if i < len(r.Units) {
			mine = r.Units[i].Coverage
		}
		if c != mine {
			t.Errorf("the report says %+v, the run %+v", mine, c)
		}
	}
}

func TestWhatComesAndGoes(t *testing.T) {
	s := storedOf(t, nil, append(append(
		homeClient("Patient/p1", "Organization/norra", care.NewDate(2026, 5, 1)),      // overdue by six months, and by five
		homeClient("Patient/p2", "Organization/norra", care.NewDate(2026, 6, 10))...), // only by five
		homeClient("Patient/p3", "Organization/norra", care.NewDate(2026, 5, 28))...)...) // due soon by six, overdue by five
	months := func(n string) []Judged {
		p, err := s.Params.With(map[string]string{"plan.review.months": n})
		if err != nil {
			t.Fatal(err)
		}
		return JudgeAll(s.Snapshot, p, s.Units, forecastDay)
	}
	now := JudgeAll(s.Snapshot, s.Params, s.Units, forecastDay)
	w := Compare(now, months("5"))
	want := &WhatIf{Clients: 3, Come: 1, Moved: 2, Rules: []WhatIfRule{{
		Rule: "plan.review", Now: Tally{Rule: "plan.review", DueSoon: 1, Overdue: 1}, Then: Tally{Rule: "plan.review", Overdue: 3}, Come: 1, Moved: 2,
	}}}
	if !reflect.DeepEqual(w, want) {
		t.Errorf("shorter: %+v", w)
	}
	w = Compare(now, months("12"))
	if w.Go != 2 || w.Come != 0 || w.Moved != 0 || w.Rules[0].Then.Overdue != 0 {
		t.Errorf("longer: %+v", w)
	}
	if w = Compare(now, now); w.Come+w.Go+w.Moved+w.Clients != 0 || len(w.Rules) != 1 {
		t.Errorf("the same: %+v", w)
	}
	there, back := Compare(now, months("5")), Compare(months("5"), now)
	if there.Come != back.Go || there.Go != back.Come || there.Moved != back.Moved {
		t.Errorf("there %+v, back %+v", there, back)
	}
}
