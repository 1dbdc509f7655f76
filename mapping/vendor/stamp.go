package vendor

import (
	"strings"
	"time"

	"brygga/care"
)

// moment is a date or a date-time as it was read.
type moment struct {
	date   care.Date // as it was written
	hour   int
	minute int
	second int
	nanos  int
	timed  bool
	zoned  bool
	offset int // seconds east of UTC
}

// parseStamp reads YYYY-MM-DD or YYYYMMDD, alone or followed by T or a space and
// a time of day, with or without a zone. A date that does not exist is refused.
func parseStamp(s string) (m moment, ok bool) {
	s = strings.TrimSpace(s)
	year, month, dayOf := 0, 0, 0
	switch {
	case len(s) >= 10 && s[4] == '-' && s[7] == '-':
		year, month, dayOf = figures(s[:4]), figures(s[5:7]), figures(s[8:10])
		s = s[10:]
	case len(s) == 8:
		year, month, dayOf = figures(s[:4]), figures(s[4:6]), figures(s[6:])
		s = ""
	default:
		return m, false
	}
	if year < 1 || month < 1 || month > 12 || dayOf < 1 || dayOf > care.DaysIn(year, month) {
		return m, false
	}
	m.date = care.NewDate(year, time.Month(month), dayOf)
	if s == "" {
		return m, true
	}
	if s[0] != 'T' && s[0] != ' ' {
		return m, false
	}
	m.timed = true
	return m, m.clock(s[1:])
}

// clock reads HH:MM, HH:MM:SS or HH:MM:SS.fff and a zone.
func (m *moment) clock(s string) bool {
	if len(s) < 5 || s[2] != ':' {
		return false
	}
	m.hour, m.minute = figures(s[:2]), figures(s[3:5])
	s = s[5:]
	if len(s) >= 3 && s[0] == ':' {
		m.second = figures(s[1:3])
		s = s[3:]
		if len(s) > 1 && (s[0] == '.' || s[0] == ',') {
			n := 1
			for scale := 100_000_000; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
				m.nanos += int(s[n]-'0') * scale
				scale /= 10
			}
			if n == 1 {
				return false
			}
			s = s[n:]
		}
	}
	if m.hour < 0 || m.hour > 23 || m.minute < 0 || m.minute > 59 || m.second < 0 || m.second > 59 {
		return false
	}
	return m.zone(s)
}

func (m *moment) zone(s string) bool {
	switch {
	case s == "":
		return true
	case s == "Z" || s == "z":
		m.zoned = true
		return true
	case len(s) != 6 && len(s) != 5 || s[0] != '+' && s[0] != '-':
		return false
	}
	h, rest := figures(s[1:3]), strings.TrimPrefix(s[3:], ":")
	if len(rest) != 2 || h < 0 || h > 14 || figures(rest) < 0 || figures(rest) > 59 {
		return false
	}
	m.zoned, m.offset = true, h*3600+figures(rest)*60
	if s[0] == '-' {
		m.offset = -m.offset
	}
	return true
}

// figures reads digits; -1 where something else stands there.
func figures(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// yearOne is how many systems write that there is no date.
const yearOne = care.Date(1)

// absent says whether it is 0001-01-01, in whatever zone.
func (m *moment) absent() bool { return m.date <= yearOne+1 }

// instant gives the point in time. One without a zone is Stockholm's, or UTC's;
// a bare date is its first moment in Stockholm.
func (m *moment) instant(utc bool) time.Time {
	y, mon, d := m.date.Calendar()
	zone := care.Stockholm
	switch {
	case m.zoned || m.timed && utc:
		return time.Date(y, mon, d, m.hour, m.minute, m.second, m.nanos, time.UTC).Add(-time.Duration(m.offset) * time.Second)
	}
	return time.Date(y, mon, d, m.hour, m.minute, m.second, m.nanos, zone)
}

// calendar gives the date that is meant. Midnight, in UTC or without a zone, is a
// date for which a time was made up; anything else is the date in Stockholm, by
// which 22:00Z or 23:00Z is the local midnight that it stands for.
func (m *moment) calendar(utc bool) care.Date {
	midnight := m.hour == 0 && m.minute == 0 && m.second == 0 && m.nanos == 0
	switch {
	case !m.timed, midnight && (!m.zoned || m.offset == 0):
		return m.date
	case !m.zoned && !utc:
		return m.date
	}
	return care.DateOf(m.instant(utc))
}
