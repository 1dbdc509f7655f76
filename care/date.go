package care

import (
	"errors"
	"fmt"
	"time"
)

// Date is a calendar date in Europe/Stockholm, counted in days; the zero value
// is "no date" and is earlier than every other. Dates are compared with < and >.
type Date int32

// Stockholm is the only time zone in brygga: dates of care are dates there.
var Stockholm = mustLoad("Europe/Stockholm")

func mustLoad(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // main imports time/tzdata, so the zone is always there
	}
	return l
}

const secondsPerDay = 24 * 60 * 60

// origin is day 0, 0000-12-31, so that 0001-01-01 is day 1 and 0 is free for "no date".
var origin = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix() - secondsPerDay

// NewDate gives the date of a year, month and day, normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return Date((time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() - origin) / secondsPerDay)
}

// DateOf gives the date in Stockholm at an instant; the zero time has no date.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return 0
	}
	y, m, d := t.In(Stockholm).Date()
	return NewDate(y, m, d)
}

// ParseDate reads YYYY-MM-DD and nothing else; an impossible date is an error.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("not a date of the form YYYY-MM-DD: %w", errDate)
	}
	return DateOf(t.Add(12 * time.Hour)), nil
}

var errDate = errors.New("impossible or malformed")

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsPerDay+origin, 0).UTC() }

// Calendar gives year, month and day.
func (d Date) Calendar() (int, time.Month, int) { return d.utc().Date() }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Known says whether there is a date.
func (d Date) Known() bool { return d != 0 }

// AddDays gives the date n days later (earlier when n is negative); no date stays no date.
func (d Date) AddDays(n int) Date {
	if d == 0 {
		return 0
	}
	return d + Date(n)
}

// AddMonths gives the date n calendar months later, clamped to the last day of
// the month: six months after 31 August is the last of February. (Go's AddDate
// would say 3 March; domain.md, "Time".)
func (d Date) AddMonths(n int) Date {
	if d == 0 {
		return 0
	}
	y, m, day := d.Calendar()
	first := NewDate(y, m+time.Month(n), 1)
	fy, fm, _ := first.Calendar()
	return first + Date(min(day, DaysIn(fy, int(fm)))-1)
}

// DaysIn is how many days a month has, 1 being January.
func DaysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// MonthStart is the first day of the date's month.
func (d Date) MonthStart() Date {
	y, m, _ := d.Calendar()
	return NewDate(y, m, 1)
}

// WeekStart is the Monday of the date's ISO week.
func (d Date) WeekStart() Date { return d - Date((int(d.Weekday())+6)%7) }

// Noon is the instant of twelve o'clock in Stockholm on that date.
func (d Date) Noon() time.Time {
	y, m, day := d.Calendar()
	return time.Date(y, m, day, 12, 0, 0, 0, Stockholm)
}

// Years is how many whole years lie between d and a later date: an age.
func (d Date) Years(later Date) int {
	y, _, _ := d.Calendar()
	ly, _, _ := later.Calendar()
	n := ly - y
	if d.AddMonths(12*n) > later {
		n--
	}
	return n
}

func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.utc().Format(time.DateOnly)
}

// MarshalText writes YYYY-MM-DD, or nothing for no date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	*d = v
	return err
}

// Period holds from Start to End, both included. No Start means "always" for
// holding and "unknown" for clocks; no End means open (domain.md, "Time").
type Period struct {
	Start Date `json:"start,omitzero"`
	End   Date `json:"end,omitzero"`
}

// Holds says whether the period covers d.
func (p Period) Holds(d Date) bool { return p.Start <= d && (p.End == 0 || d <= p.End) }

// Covers says whether the period holds on every day from a to b.
func (p Period) Covers(a, b Date) bool { return p.Start <= a && (p.End == 0 || b <= p.End) }

// Overlaps says whether the two periods share a day.
func (p Period) Overlaps(q Period) bool {
	return (q.End == 0 || p.Start <= q.End) && (p.End == 0 || q.Start <= p.End)
}

// And is the part that both periods share; it may be empty (End before Start).
func (p Period) And(q Period) Period {
	r := Period{Start: max(p.Start, q.Start), End: p.End}
	if r.End == 0 || (q.End != 0 && q.End < r.End) {
		r.End = q.End
	}
	return r
}
