package people

import "time"

// day is a calendar date in Stockholm, counted in days from 1970-01-01; zero
// is no date (nothing in a municipality is dated on that day).
type day int

func dayOf(year int, month time.Month, d int) day {
	return day(time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

const secondsPerDay = 24 * 60 * 60

func parseDay(s string) day {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0 // Validate has refused it
	}
	return day(t.Unix() / secondsPerDay)
}

func (d day) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func (d day) weekday() time.Weekday { return d.utc().Weekday() }

// monthStart is the first day of the date's month.
func (d day) monthStart() day {
	y, m, _ := d.utc().Date()
	return dayOf(y, m, 1)
}

// addMonths counts calendar months, clamped to the last day, as domain.md asks.
func (d day) addMonths(n int) day {
	y, m, dd := d.utc().Date()
	first := dayOf(y, m+time.Month(n), 1)
	last := dayOf(y, m+time.Month(n)+1, 1) - 1
	return min(first+day(dd)-1, last)
}

// weekStart is the Monday of the date's ISO week.
func (d day) weekStart() day { return d - day((int(d.weekday())+6)%7) }

// lastWeek is the Monday of the last ISO week that is complete before d.
func (d day) lastWeek() day { return d.weekStart() - 7 }

// String is YYYY-MM-DD, or nothing for no date.
func (d day) String() string {
	if d == 0 {
		return ""
	}
	return string(d.append(nil))
}

func (d day) append(b []byte) []byte {
	y, m, dd := d.utc().Date()
	b = append2(b, y/100)
	b = append2(b, y%100)
	b = append2(append(b, '-'), int(m))
	return append2(append(b, '-'), dd)
}

// month is YYYY-MM, a FHIR date that is known to the month.
func (d day) month() string { return d.String()[:7] }

func append2(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// instant is a moment, in minutes since 1970-01-01T00:00Z.
type instant int64

// at is the moment when clocks in Stockholm show the given minute of the day.
// A wall time that clocks skip in March is an hour later; of one that they show
// twice in October it is the first.
func (d day) at(minute int) instant {
	wall := instant(int64(d)*24*60 + int64(minute))
	if t := wall - 120; t.summer() {
		return t
	}
	if t := wall - 60; !t.summer() {
		return t
	}
	return wall - 60 // skipped: 02:30 winter time is 03:30 summer time
}

// summer says whether Stockholm has summer time: in the European Union from
// 01:00 UTC on the last Sunday of March to 01:00 UTC on that of October
// (directive 2000/84/EC). Computed here, so that no time zone data is needed.
func (t instant) summer() bool {
	y, m, _ := day(t / (24 * 60)).utc().Date()
	switch {
	case m < time.March || m > time.October:
		return false
	case m > time.March && m < time.October:
		return true
	}
	last := dayOf(y, m+1, 1) - 1
	sunday := last - day(last.weekday())
	after := t >= instant(int64(sunday)*24*60+60)
	return after == (m == time.March)
}

// local writes the moment as Stockholm's clocks show it, with its offset:
// 2026-10-25T02:30:00+02:00.
func (t instant) local() string { return string(t.append(make([]byte, 0, 25))) }

func (t instant) append(b []byte) []byte {
	offset, zone := instant(60), "+01:00"
	if t.summer() {
		offset, zone = 120, "+02:00"
	}
	return append(appendWall(b, t+offset), zone...)
}

// zulu writes the moment in UTC, as some systems do.
func (t instant) zulu() string { return string(append(appendWall(nil, t), 'Z')) }

func appendWall(b []byte, wall instant) []byte {
	b = day(wall / (24 * 60)).append(b)
	m := int(wall % (24 * 60))
	b = append2(append(b, 'T'), m/60)
	b = append2(append(b, ':'), m%60)
	return append(b, ":00"...)
}
