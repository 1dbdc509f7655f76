package people

import (
	"testing"
	"time"
)

// tellsFirst gives the first client of a municipality who has a story.
func tellsFirst(t *testing.T, m *Municipality, name string) *client {
	t.Helper()
	c, ok := m.nth(0, name)
	if !ok {
		t.Fatalf("nobody has the story %s", name)
	}
	return c
}

func visitsOf(c *client) []visit {
	var all []visit
	c.visits(func(v visit) bool { all = append(all, v); return true })
	return all
}

// onDay is the date in Stockholm on which a visit starts.
func (v visit) onDay() day {
	if v.start.summer() {
		return day((v.start + 120) / (24 * 60))
	}
	return day((v.start + 60) / (24 * 60))
}

// counts says whether a visit counts in the national indicator: finished, 07:00
// to 21:59, with some service other than alarm and meal delivery.
func (v visit) counts() bool {
	if v.cancelled {
		return false
	}
	at, _ := time.Parse(time.RFC3339, v.start.local())
	if at.Hour() < 7 || at.Hour() > 21 {
		return false
	}
	for _, s := range v.services {
		if s != nil && s.code != "safety-alarm" && s.code != "meal-delivery" {
			return true
		}
	}
	return false
}

// byContact says whether a visit was made by somebody who was a contact that day.
func (c *client) byContact(v visit) bool {
	for _, k := range c.contacts {
		if (k.who == v.by || k.who == v.with) && k.holds(v.onDay()) {
			return true
		}
	}
	return false
}

// share gives the counted visits in the 28 days before asOf, and how many of
// them a contact made.
func (c *client) shareOf() (counted, contact int) {
	for _, v := range visitsOf(c) {
		if v.counts() && v.onDay() >= c.asOf-28 {
			counted++
			if c.byContact(v) {
				contact++
			}
		}
	}
	return counted, contact
}

func TestContactsMakeMostVisitsOfThoseWhoAreSettled(t *testing.T) {
	checked := 0
	for i := range town().o.Clients {
		c := town().client(i)
		if len(c.story.Findings) > 0 || c.story.Contact != appointed {
			continue
		}
		counted, contact := c.shareOf()
		if counted >= 10 {
			checked++
			if 2*contact < counted && c.newest() < c.asOf-28 {
				t.Errorf("%s (%s): %d of %d visits by a contact", c.patientID(), c.story.Name, contact, counted)
			}
		}
	}
	if checked < 150 {
		t.Errorf("only %d clients were looked at", checked)
	}
}

func TestVisitsFitTheStory(t *testing.T) {
	m := Generate(Options{Seed: 4, Clients: 2000, AsOf: testDay})
	each := func(name string, check func(t *testing.T, c *client)) {
		t.Run(name, func(t *testing.T) {
			n := 0
			for i := range m.o.Clients {
				if m.storyAt(i).Name == name {
					n++
					check(t, m.client(i))
				}
			}
			if n == 0 {
				t.Fatal("nobody has this story")
			}
		})
	}
	each("mostly-others", func(t *testing.T, c *client) {
		if counted, contact := c.shareOf(); counted < 10 || 2*contact >= counted {
			t.Errorf("%s: %d of %d visits by a contact", c.patientID(), contact, counted)
		}
	})
	each("contact-on-long-leave", func(t *testing.T, c *client) {
		if counted, contact := c.shareOf(); counted < 10 || contact != 0 {
			t.Errorf("%s: %d of %d visits by a contact who is on leave", c.patientID(), contact, counted)
		}
	})
	each("contact-left-last-week", func(t *testing.T, c *client) {
		gone := c.m.staff[c.contacts[0].who].jobs[0].to
		for _, v := range visitsOf(c) {
			if v.by == c.contacts[0].who && v.onDay() > gone {
				t.Errorf("%s: a visit by a contact after the last day", c.patientID())
			}
		}
		if counted, contact := c.shareOf(); 2*contact < counted {
			t.Errorf("%s: %d of %d visits by the contact, who was there for most of the time", c.patientID(), contact, counted)
		}
	})
	each("many-faces", func(t *testing.T, c *client) {
		faces, perDay := map[int]bool{}, map[day]int{}
		for _, v := range visitsOf(c) {
			if v.counts() && v.onDay() >= c.asOf-14 {
				faces[v.by] = true
				perDay[v.onDay()]++
			}
		}
		if len(faces) <= 15 || len(perDay) != 14 {
			t.Errorf("%s: %d faces on %d days", c.patientID(), len(faces), len(perDay))
		}
		for d, n := range perDay {
			if n < 2 {
				t.Errorf("%s: %d counted visits on %s", c.patientID(), n, d)
			}
		}
	})
	each("no-meeting-last-week", func(t *testing.T, c *client) {
		week := c.asOf.lastWeek()
		for _, v := range visitsOf(c) {
			if d := v.onDay(); d >= week && d < week+7 && c.byContact(v) {
				t.Errorf("%s: a contact came last week", c.patientID())
			}
		}
		if counted, contact := c.shareOf(); 2*contact < counted {
			t.Errorf("%s: %d of %d visits by a contact", c.patientID(), contact, counted)
		}
	})
	each("travelling", func(t *testing.T, c *client) {
		for _, v := range visitsOf(c) {
			if v.onDay() >= c.asOf-9 {
				t.Errorf("%s: visited while travelling", c.patientID())
			}
		}
	})
	each("in-hospital", func(t *testing.T, c *client) {
		for _, v := range visitsOf(c) {
			if v.onDay() >= c.asOf-6 {
				t.Errorf("%s: visited at home while in hospital", c.patientID())
			}
		}
	})
	each("moved-long-ago", func(t *testing.T, c *client) {
		for _, v := range visitsOf(c) {
			if v.onDay() > c.home().to {
				t.Errorf("%s: visited at home after moving", c.patientID())
			}
		}
	})
	each("service-never-carried-out", func(t *testing.T, c *client) {
		for _, v := range visitsOf(c) {
			for _, s := range v.services {
				if s != nil && s.code == "respite" {
					t.Errorf("%s: a visit carries out what was never carried out", c.patientID())
				}
			}
		}
	})
	each("service-seen-in-visits", func(t *testing.T, c *client) {
		for _, v := range visitsOf(c) {
			if v.services[0] == &c.services[0] && !v.cancelled {
				return
			}
		}
		t.Errorf("%s: no visit shows the service", c.patientID())
	})
}

func TestThoseAtADayCentreAreMetEveryWeek(t *testing.T) {
	for _, perMonth := range []int{4, 60} {
		m := Generate(Options{Seed: 2, AsOf: testDay, VisitsPerMonth: perMonth})
		n := 0
		for i := range m.o.Clients {
			c := m.client(i)
			if !c.dayCentre || c.missedWeek {
				continue
			}
			n++
			week, met, absent := c.asOf.lastWeek(), false, 0
			for d := week; d < week+7; d++ {
				if c.absent(d) {
					absent++
				}
			}
			for _, v := range visitsOf(c) {
				if d := v.onDay(); !v.cancelled && d >= week && d < week+7 && c.byContact(v) {
					met = true
				}
			}
			if !met && absent < 7 {
				t.Errorf("%s (%s), %d a month: nobody met last week", c.patientID(), c.story.Name, perMonth)
			}
		}
		if n < 10 {
			t.Errorf("only %d go to day activity", n)
		}
	}
}

func TestVisitsAreAsManyAsAsked(t *testing.T) {
	for _, perMonth := range []int{-1, 4, 30, 60, 200} {
		m := Generate(Options{Seed: 1, Clients: 300, AsOf: testDay, VisitsPerMonth: perMonth, Months: 1})
		n := 0
		for i := range m.o.Clients {
			n += len(visitsOf(m.client(i)))
		}
		mean := n / 300
		if perMonth < 0 && n != 0 || perMonth > 0 && (mean < perMonth*75/100-1 || mean > perMonth*115/100+2) {
			t.Errorf("%d a month were asked for, %d came", perMonth, mean)
		}
	}
}

func TestVisitsOfAllKindsOccur(t *testing.T) {
	m := Generate(Options{Seed: 1, AsOf: "2026-04-10"}) // over the night when clocks change
	var double, night, cancelled, two, skipped int
	for i := range m.o.Clients {
		c := m.client(i)
		var before instant
		for _, v := range visitsOf(c) {
			if v.end <= v.start || v.onDay() < c.from || v.onDay() >= c.asOf {
				t.Errorf("%s: a visit from %s to %s", c.patientID(), v.start.local(), v.end.local())
			}
			if v.with == v.by {
				t.Errorf("%s: two people who are one", c.patientID())
			}
			if v.start+24*60 < before {
				t.Errorf("%s: visits out of order", c.patientID())
			}
			before = v.start
			if !c.m.staff[v.by].works(v.onDay()) {
				t.Errorf("%s: a visit by somebody who is not at work", c.patientID())
			}
			at, _ := time.Parse(time.RFC3339, v.start.local())
			if h := at.Hour(); h < 7 || h > 21 {
				night++
			}
			if v.onDay() == dayOf(2026, 3, 29) && at.Hour() < 5 {
				skipped++
				if at.Hour() == 2 {
					t.Errorf("%s: a visit in the hour that was skipped", c.patientID())
				}
			}
			if v.with >= 0 {
				double++
			}
			if v.cancelled {
				cancelled++
			}
			if v.services[1] != nil {
				two++
			}
		}
	}
	for name, n := range map[string]int{"by two": double, "at night": night, "cancelled": cancelled, "with two services": two, "in the short night": skipped} {
		if n == 0 {
			t.Errorf("no visits %s", name)
		}
	}
}

func TestVisitsStopWhenAsked(t *testing.T) {
	c := tellsFirst(t, town(), "settled")
	n := 0
	c.visits(func(visit) bool { n++; return n < 3 })
	if n != 3 {
		t.Errorf("asked to stop at 3, stopped at %d", n)
	}
}

func TestVisitsRefToWhatTheyCarryOut(t *testing.T) {
	m := town()
	for i := range 60 {
		c := m.client(i)
		own := map[string]bool{}
		for _, s := range c.services {
			own["ServiceRequest/"+s.id] = true
		}
		for _, v := range decodeClient(m, i)["Encounter"] {
			if v.text("class", "code") != "HH" {
				continue
			}
			if !own[v.text("basedOn", "reference")] || v.text("subject", "reference") != c.ref() || len(v.list("type")) == 0 {
				t.Fatalf("%s: %v", v.ref(), v.body)
			}
		}
	}
}
