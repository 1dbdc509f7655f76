package care

import "testing"

// visited is a client of 87 with two visits a day on the 14 days before today,
// by two people in turn, the first of whom is the contact.
func visited(change func(*Client, *Names)) (*View, *Days) {
	names := NewNames("Practitioner/s", "PractitionerRole/r", "Practitioner/x")
	c := &Client{
		PersonFact:  PersonFact{Born: day("1939-02-23")},
		Placements:  []Placement{{Ref: "EpisodeOfCare/e", Setting: HomeCare}},
		Assignments: []Assignment{{Team: "CareTeam/t", Member: "Practitioner/s", Period: Period{Start: today - 60}}},
	}
	for d := today - indicatorDays; d < today; d++ {
		for i, hour := range []uint32{8, 18} {
			c.Visits = append(c.Visits, Visit{
				KeyHi: uint32(d), KeyLo: uint32(i), Start: d.FirstMinute() + hour*60, Services: PersonalCare,
				Staff: [2]uint32{uint32(1 + 2*i)},
			})
		}
	}
	if change != nil {
		change(c, names)
	}
	r := Assemble(Input{Provides: AllFacts, Names: names, AsOf: today, Records: []Record{
		practitioner("s"), role("r", "Practitioner/s"), practitioner("x"),
	}}).Roster
	v := new(View)
	v.See(c, r, Terms{}, today)
	return v, NewDays(today-36, today)
}

func TestStaffCount(t *testing.T) {
	rows := []struct {
		name   string
		change func(*Client, *Names)
		staff  int
		left   Reason
	}{
		{"two people", nil, 2, ""},
		{"an employment of one of them is the same person", func(c *Client, _ *Names) { c.Visits[0].Staff[1] = 2 }, 2, ""},
		{"the second of a double-manned visit counts", func(c *Client, n *Names) { c.Visits[0].Staff[1] = n.ID("Practitioner/y") }, 3, ""},
		{"a third person on a second row counts, and the visit once", func(c *Client, n *Names) {
			third := c.Visits[0]
			third.Staff = [2]uint32{n.ID("Practitioner/y")}
			c.Visits = append([]Visit{third}, c.Visits...)
		}, 3, ""},
		{"one visit missing", func(c *Client, _ *Names) { c.Visits = c.Visits[1:] }, 0, LeftVisits},
		{"two rows of one visit are one visit", func(c *Client, _ *Names) { c.Visits[1] = c.Visits[0] }, 0, LeftVisits},
		{"a visit that does not count", func(c *Client, _ *Names) { c.Visits[3].Services = SafetyAlarm }, 0, LeftVisits},
		{"64 years old", func(c *Client, _ *Names) { c.Born = day("1961-11-22") }, 0, LeftAge},
		{"birth date unknown", func(c *Client, _ *Names) { c.Born = 0 }, 0, LeftAge},
		{"away on the last day", func(c *Client, _ *Names) { c.Absences = []Absence{{Period: Period{today - 1, today}}} }, 0, LeftAbsent},
		{"away from today", func(c *Client, _ *Names) { c.Absences = []Absence{{Period: Period{today, 0}}} }, 2, ""},
		{"no home care", func(c *Client, _ *Names) { c.Placements = nil }, 0, LeftHomeCare},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			v, days := visited(r.change)
			if staff, left := v.StaffCount(days); staff != r.staff || left != r.left {
				t.Errorf("%d %s", staff, left)
			}
		})
	}
}

func TestContactShare(t *testing.T) {
	rows := []struct {
		name   string
		change func(*Client, *Names)
		all    int
		by     int
	}{
		{"every other visit", nil, 28, 14},
		{"a contact as the second of two", func(c *Client, _ *Names) { c.Visits[1].Staff[1] = 1 }, 28, 15},
		{"a contact under an employment", func(c *Client, _ *Names) { c.Visits[1].Staff[0] = 2 }, 28, 15},
		{"a contact on the second row of a visit", func(c *Client, _ *Names) {
			second := c.Visits[1]
			second.Staff = [2]uint32{1}
			c.Visits = append(c.Visits[:2:2], append([]Visit{second}, c.Visits[2:]...)...)
		}, 28, 15},
		{"a contact on both rows is one visit", func(c *Client, _ *Names) {
			c.Visits = append([]Visit{c.Visits[0]}, c.Visits...)
		}, 28, 14},
		{"a contact since a week", func(c *Client, _ *Names) { c.Assignments[0].Start = today - 7 }, 28, 7},
		{"nobody on a visit is nobody", func(c *Client, _ *Names) { c.Visits[0].Staff = [2]uint32{} }, 28, 13},
		{"a visit that does not count", func(c *Client, _ *Names) { c.Visits[0].Services = MealDelivery }, 27, 13},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			v, days := visited(r.change)
			if all, by := v.ContactShare(days, today-28, today-1); all != r.all || by != r.by {
				t.Errorf("%d of %d", by, all)
			}
		})
	}
}

func TestCarriedOut(t *testing.T) {
	s := &Service{Ref: "ServiceRequest/1", Code: Shopping, Decided: today - 30, Period: Period{Start: today - 20}}
	at := func(d Date, code ServiceCode) Visit { return Visit{Start: d.FirstMinute(), Services: code} }
	rows := []struct {
		name   string
		visits []Visit
		based  int // index of the visit that is based on the service, -1 for none
		change func(*Service)
		want   bool
	}{
		{"no visit", nil, -1, nil, false},
		{"carries it on the first day", []Visit{at(today-20, Shopping|Cleaning)}, -1, nil, true},
		{"carries it the day before", []Visit{at(today-21, Shopping)}, -1, nil, false},
		{"carries it tomorrow", []Visit{at(today+1, Shopping)}, -1, nil, false},
		{"carries it today", []Visit{at(today, Shopping)}, -1, nil, true},
		{"carries another", []Visit{at(today, Cleaning)}, -1, nil, false},
		{"is based on it, whatever and whenever", []Visit{at(today, Cleaning), at(today-25, 0)}, 1, nil, true},
		{"without a start the decision counts", []Visit{at(today-30, Shopping)}, -1, func(s *Service) { s.Start = 0 }, true},
		{"a code that no table knows may be the same", []Visit{at(today, UnknownService)}, -1, func(s *Service) { s.Code = UnknownService }, true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			names := NewNames("ServiceRequest/0", "ServiceRequest/1")
			for i := range r.visits {
				r.visits[i].BasedOn = 1
				if i == r.based {
					r.visits[i].BasedOn = 2
				}
			}
			one := *s
			if r.change != nil {
				r.change(&one)
			}
			v := &View{AsOf: today, Client: &Client{Visits: r.visits}, Roster: &Roster{Names: names}}
			if got := v.CarriedOut(&one); got != r.want {
				t.Errorf("carried out: %v", got)
			}
			if r.based < 0 {
				v.Roster.Names = nil
				if got := v.CarriedOut(&one); got != r.want {
					t.Errorf("without names: %v", got)
				}
			}
		})
	}
}

func TestAwayTheWholeTime(t *testing.T) {
	away := func(ps ...Period) *View {
		c := &Client{}
		for _, p := range ps {
			c.Absences = append(c.Absences, Absence{Period: p})
		}
		return &View{Client: c}
	}
	rows := []struct {
		name string
		v    *View
		want bool
	}{
		{"in one stay", away(Period{today - 6, today}), true},
		{"in one open stay", away(Period{today - 9, 0}), true},
		{"in two stays that follow each other", away(Period{today - 9, today - 3}, Period{today - 2, today}), true},
		{"with a day between", away(Period{today - 9, today - 3}, Period{today - 1, today}), false},
		{"not at all", away(), false},
	}
	for _, r := range rows {
		if got := r.v.AbsentThrough(today-6, today); got != r.want {
			t.Errorf("%s: %v", r.name, got)
		}
	}
}
