package care

import (
	"testing"
	"time"
)

// indicatorClient is 70 years old, in home care, and has two visits on each of
// the 14 days before asOf, by staff 1 and 2 in turn; change alters the client.
func indicatorClient(asOf Date, change func(c *Client, v []Visit) []Visit) (*Client, *Roster) {
	c := &Client{Ref: "Patient/p1", PersonFact: PersonFact{Born: asOf.AddMonths(-12 * 70)}}
	c.Placements = []Placement{{Ref: "EpisodeOfCare/e1", Setting: HomeCare, Period: Period{Start: asOf - 100}}}
	var visits []Visit
	for d := asOf - 14; d < asOf; d++ {
		for k, hour := range []int{8, 18} {
			y, m, day := d.Calendar()
			at := time.Date(y, m, day, hour, 0, 0, 0, Stockholm).Unix() / 60
			visits = append(visits, Visit{KeyHi: uint32(d), KeyLo: uint32(k), Start: uint32(at), Minutes: 30, Services: PersonalCare, Staff: [2]uint32{uint32(k + 1)}})
		}
	}
	c.Visits = visits
	if change != nil {
		c.Visits = change(c, visits)
	}
	c.sort()
	return c, &Roster{Provides: AllFacts, Names: NewNames("Practitioner/a", "Practitioner/b", "Practitioner/c")}
}

func TestReadingsOfTheNationalIndicator(t *testing.T) {
	asOf := NewDate(2026, 11, 21)
	at := func(v *Visit, hour, minute int) {
		y, m, d := DateOf(time.Unix(int64(v.Start)*60, 0)).Calendar()
		v.Start = uint32(time.Date(y, m, d, hour, minute, 0, 0, Stockholm).Unix() / 60)
	}
	for _, row := range []struct {
		name   string
		how    Indicator
		change func(c *Client, v []Visit) []Visit
		staff  int
		left   Reason
	}{
		{"two visits on each day", Indicator{}, nil, 2, ""},
		{"one visit on one of the days", Indicator{}, func(_ *Client, v []Visit) []Visit { return v[1:] }, 0, LeftVisits},
		{"one visit on one of the days, and two on average", Indicator{DailyMean: true}, func(_ *Client, v []Visit) []Visit {
			extra := v[5]
			extra.KeyLo = 9
			return append(v[1:], extra)
		}, 2, ""},
		{"fewer than two on average", Indicator{DailyMean: true}, func(_ *Client, v []Visit) []Visit { return v[1:] }, 0, LeftVisits},
		{"away on one of the days", Indicator{}, func(c *Client, v []Visit) []Visit {
			c.Absences = []Absence{{Period: Period{Start: asOf - 3, End: asOf - 3}}}
			return v
		}, 0, LeftAbsent},
		{"away on one of the days, and the visits are enough", Indicator{KeepAbsent: true}, func(c *Client, v []Visit) []Visit {
			c.Absences = []Absence{{Period: Period{Start: asOf - 3, End: asOf - 3}}}
			return v
		}, 2, ""},
		{"a visit that starts at 06:59 and ends after seven", Indicator{}, func(_ *Client, v []Visit) []Visit { at(&v[0], 6, 59); return v }, 0, LeftVisits},
		{"the same, where any part counts", Indicator{AnyPart: true}, func(_ *Client, v []Visit) []Visit { at(&v[0], 6, 59); return v }, 2, ""},
		{"a visit that ends at seven sharp has no part within the hours", Indicator{AnyPart: true}, func(_ *Client, v []Visit) []Visit { at(&v[0], 6, 30); return v }, 0, LeftVisits},
		{"a visit that starts at 22:00", Indicator{AnyPart: true}, func(_ *Client, v []Visit) []Visit { at(&v[1], 22, 0); return v }, 0, LeftVisits},
		{"any part, and a service that does not count", Indicator{AnyPart: true}, func(_ *Client, v []Visit) []Visit {
			v[0].Services = SafetyAlarm
			return v
		}, 0, LeftVisits},
		{"both of a double-manned visit", Indicator{}, func(_ *Client, v []Visit) []Visit { v[3].Staff[1] = 3; return v }, 3, ""},
		{"somebody of 64", Indicator{DailyMean: true, KeepAbsent: true, AnyPart: true}, func(c *Client, v []Visit) []Visit {
			c.Born = asOf.AddMonths(-12*65) + 1
			return v
		}, 0, LeftAge},
		{"somebody of 65 today", Indicator{}, func(c *Client, v []Visit) []Visit { c.Born = asOf.AddMonths(-12 * 65); return v }, 2, ""},
		{"nobody without home care", Indicator{KeepAbsent: true}, func(c *Client, v []Visit) []Visit { c.Placements = nil; return v }, 0, LeftHomeCare},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, r := indicatorClient(asOf, row.change)
			var v View
			v.See(c, r, Terms{}, asOf)
			w := IndicatorDays(asOf)
			staff, left := v.StaffCountBy(NewDays(w.Start, w.End), row.how)
			if staff != row.staff || left != row.left {
				t.Errorf("%d, %q; want %d, %q", staff, left, row.staff, row.left)
			}
			if plain, why := v.StaffCount(NewDays(w.Start, w.End)); row.how == (Indicator{}) && (plain != staff || why != left) {
				t.Errorf("the rule's own reading says %d, %q", plain, why)
			}
		})
	}
}
