package interop

import (
	"strconv"
	"testing"
	"time"
	_ "time/tzdata" // also on a machine without zone files
)

var stockholm = func() *time.Location {
	l, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err) // the zones are compiled in
	}
	return l
}()

// day is a calendar date in Stockholm, kept as its noon in UTC so that days can
// be added without minding when clocks change.
type day struct{ time.Time }

func today() day {
	now := time.Now().In(stockholm)
	return dayOf(now.Year(), now.Month(), now.Day())
}

func dayOf(y int, m time.Month, d int) day { return day{time.Date(y, m, d, 12, 0, 0, 0, time.UTC)} }

// on reads a FHIR date or instant; an instant is turned into Stockholm's date.
func on(t testing.TB, s string) day {
	t.Helper()
	if d, err := time.Parse(time.DateOnly, s); err == nil {
		return dayOf(d.Date())
	}
	i, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatalf("%q is no date", s)
	}
	return dayOf(i.In(stockholm).Date())
}

func (d day) String() string { return d.Format(time.DateOnly) }

func (d day) plus(days int) day { return day{d.AddDate(0, 0, days)} }

// months adds calendar months, clamped to the last day of the month.
func (d day) months(n int) day {
	first := dayOf(d.Year(), d.Month()+time.Month(n), 1)
	last := dayOf(first.Year(), first.Month()+1, 0).Day()
	return dayOf(first.Year(), first.Month(), min(d.Day(), last))
}

// since is how many days d is after e.
func (d day) since(e day) int { return int(d.Sub(e.Time).Hours()) / 24 }

func number(n int) string { return strconv.Itoa(n) }

func TestMonthsAreClampedToTheLastDay(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-08-31", 6, "2027-02-28"},
		{"2027-08-31", 6, "2028-02-29"},
		{"2026-11-30", 3, "2027-02-28"},
		{"2026-12-15", 1, "2027-01-15"},
	} {
		if got := on(t, c.from).months(c.n).String(); got != c.want {
			t.Errorf("%s and %d months: %s, want %s", c.from, c.n, got, c.want)
		}
	}
	if got := on(t, "2026-06-30T23:30:00Z").String(); got != "2026-07-01" {
		t.Errorf("half past eleven in the evening by UTC is %s in Stockholm", got)
	}
}
