package people

import (
	"testing"
	"time"
	_ "time/tzdata" // to compare with; the package itself needs none
)

func TestLocalTimesAreStockholms(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	for d := dayOf(2024, 1, 1); d < dayOf(2034, 1, 1); d++ {
		y, m, dd := d.utc().Date()
		for minute := 0; minute < 26*60; minute += 30 {
			got, err := time.Parse(time.RFC3339, d.at(minute).local())
			if err != nil {
				t.Fatal(err)
			}
			want := time.Date(y, m, dd, 0, minute, 0, 0, zone)
			if !got.Equal(want) && !twice(want, got) {
				t.Fatalf("%s minute %d: %s, want %s", d, minute, got, want)
			}
			if _, offset := got.Zone(); offset != offsetAt(zone, got) {
				t.Fatalf("%s minute %d: %s has a wrong offset", d, minute, got)
			}
			zulu, err := time.Parse(time.RFC3339, d.at(minute).zulu())
			if err != nil || !zulu.Equal(got) {
				t.Fatalf("%s minute %d: %s in UTC is %s (%v)", d, minute, got, zulu, err)
			}
		}
	}
}

func offsetAt(zone *time.Location, t time.Time) int { _, o := t.In(zone).Zone(); return o }

// twice: of an hour that clocks show twice, Go says nothing of which it gives.
func twice(a, b time.Time) bool {
	diff := a.Sub(b)
	return (diff == time.Hour || diff == -time.Hour) && a.UTC().Month() == time.October
}

func TestChangesOfClocks(t *testing.T) {
	for _, row := range []struct {
		name   string
		on     day
		minute int
		want   string
	}{
		{"an hour that is skipped is an hour later", dayOf(2026, 3, 29), 150, "2026-03-29T03:30:00+02:00"},
		{"the last minute of winter time", dayOf(2026, 3, 29), 119, "2026-03-29T01:59:00+01:00"},
		{"the first minute of summer time", dayOf(2026, 3, 29), 180, "2026-03-29T03:00:00+02:00"},
		{"an hour that comes twice is the first", dayOf(2026, 10, 25), 150, "2026-10-25T02:30:00+02:00"},
		{"the hour after it", dayOf(2026, 10, 25), 180, "2026-10-25T03:00:00+01:00"},
		{"after midnight", dayOf(2026, 12, 31), 24*60 + 10, "2027-01-01T00:10:00+01:00"},
	} {
		if got := row.on.at(row.minute).local(); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestCalendar(t *testing.T) {
	for _, row := range []struct{ name, got, want string }{
		{"six months after the last of August", dayOf(2026, 8, 31).addMonths(6).String(), "2027-02-28"},
		{"the same in a leap year", dayOf(2027, 8, 31).addMonths(6).String(), "2028-02-29"},
		{"a month back over New Year", dayOf(2026, 1, 31).addMonths(-1).String(), "2025-12-31"},
		{"two months back in March", dayOf(2026, 4, 30).addMonths(-2).String(), "2026-02-28"},
		{"the first of the month", dayOf(2026, 11, 21).monthStart().String(), "2026-11-01"},
		{"the Monday of a Sunday", dayOf(2026, 11, 22).weekStart().String(), "2026-11-16"},
		{"a Monday is its own", dayOf(2026, 11, 23).weekStart().String(), "2026-11-23"},
		{"on a Sunday the last complete week is the one before", dayOf(2026, 11, 22).lastWeek().String(), "2026-11-09"},
		{"a date before 1970", dayOf(1939, 2, 23).String(), "1939-02-23"},
		{"a month", dayOf(2026, 11, 1).month(), "2026-11"},
		{"no date", day(0).String(), ""},
		{"no date from nonsense", parseDay("soon").String(), ""},
	} {
		if row.got != row.want {
			t.Errorf("%s: %s, want %s", row.name, row.got, row.want)
		}
	}
}
