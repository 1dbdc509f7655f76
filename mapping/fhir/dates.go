package fhir

import (
	"time"

	"brygga/care"
)

// moment is a FHIR date, dateTime or instant, read. What is only a year or a
// month runs from its first day to its last (domain.md, "Time").
type moment struct {
	from, to care.Date // of a date: its first and last day
	at       time.Time // the instant; of a date, midnight in Stockholm on its first day
	timed    bool      // there was a time of day
}

// first and last are days in Stockholm; the same day unless a year or a month.
func (m moment) first() care.Date {
	if m.timed {
		return m.day()
	}
	return m.from
}

func (m moment) last() care.Date {
	if m.timed {
		return m.day()
	}
	return m.to
}

// day is not care.DateOf: that takes year 1 at midnight UTC for no date.
func (m moment) day() care.Date { return care.NewDate(m.at.In(care.Stockholm).Date()) }

// parseMoment reads YYYY, YYYY-MM, YYYY-MM-DD or a date with a time, to the
// minute at least; a time without zone is Stockholm's. ok is false for anything
// else, and for days and times that do not exist: nothing is ever normalised.
func parseMoment(s string) (m moment, ok bool) {
	year, ok := number(s, 0, 4)
	if !ok || year < 1 {
		return m, false
	}
	if len(s) == 4 {
		return dated(care.NewDate(year, 1, 1), care.NewDate(year, 12, 31)), true
	}
	month, ok := number(s, 5, 7)
	if !ok || s[4] != '-' || month < 1 || month > 12 {
		return m, false
	}
	if len(s) == 7 {
		return dated(care.NewDate(year, time.Month(month), 1), care.NewDate(year, time.Month(month)+1, 1)-1), true
	}
	day, ok := number(s, 8, 10)
	if !ok || s[7] != '-' || day < 1 || day > care.DaysIn(year, month) {
		return m, false
	}
	if len(s) == 10 {
		d := care.NewDate(year, time.Month(month), day)
		return dated(d, d), true
	}
	return clocked(s, year, time.Month(month), day)
}

func dated(first, last care.Date) moment {
	y, m, d := first.Calendar()
	return moment{from: first, to: last, at: time.Date(y, m, d, 0, 0, 0, 0, care.Stockholm)}
}

// clocked reads the time of day and the zone behind a date: Thh:mm[:ss[.f]] and
// nothing, Z or ±hh:mm.
func clocked(s string, year int, month time.Month, day int) (m moment, ok bool) {
	hour, ok1 := number(s, 11, 13)
	minute, ok2 := number(s, 14, 16)
	if !ok1 || !ok2 || s[10] != 'T' || s[13] != ':' || hour > 23 || minute > 59 {
		return m, false
	}
	second, nanos, rest := 0, 0, s[16:]
	if len(rest) > 0 && rest[0] == ':' {
		// 60 is a leap second, which FHIR allows; it becomes the next minute.
		if second, ok = number(rest, 1, 3); !ok || second > 60 {
			return m, false
		}
		if nanos, rest, ok = fraction(rest[3:]); !ok {
			return m, false
		}
	}
	at := time.Time{}
	if rest == "" {
		at = time.Date(year, month, day, hour, minute, second, nanos, care.Stockholm)
	} else {
		offset, ok := zone(rest)
		if !ok {
			return m, false
		}
		at = time.Date(year, month, day, hour, minute, second, nanos, time.UTC).Add(-offset)
	}
	return moment{at: at, timed: true}, true
}

// fraction reads an optional fraction of a second and gives what is left.
func fraction(s string) (nanos int, rest string, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	i, unit := 1, 100_000_000
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		nanos += int(s[i]-'0') * unit
		unit /= 10
	}
	return nanos, s[i:], i > 1
}

func zone(s string) (offset time.Duration, ok bool) {
	if s == "Z" {
		return 0, true
	}
	hours, ok1 := number(s, 1, 3)
	minutes, ok2 := number(s, 4, 6)
	if len(s) != 6 || !ok1 || !ok2 || s[3] != ':' || hours > 14 || minutes > 59 {
		return 0, false
	}
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	switch s[0] {
	case '+':
		return offset, true
	case '-':
		return -offset, true
	}
	return 0, false
}

// number reads the digits s[from:to]; ok is false where there is anything else.
func number(s string, from, to int) (n int, ok bool) {
	if len(s) < to {
		return 0, false
	}
	for i := from; i < to; i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// startOf reads a date that begins something, or is a single point; no text is no date.
func startOf(s *string, path string) (care.Date, error) {
	if s == nil {
		return 0, nil
	}
	m, ok := parseMoment(*s)
	if !ok {
		return 0, badDate(path)
	}
	return m.first(), nil
}

// endOf reads a date that ends something.
func endOf(s *string, path string) (care.Date, error) {
	if s == nil {
		return 0, nil
	}
	m, ok := parseMoment(*s)
	if !ok {
		return 0, badDate(path)
	}
	return m.last(), nil
}

// periodOf reads a Period; nil is a period without start and end. One that ends
// before it starts stays as it is: it holds never.
func periodOf(start, end *string, path string) (p care.Period, err error) {
	if p.Start, err = startOf(start, path+".start"); err != nil {
		return p, err
	}
	p.End, err = endOf(end, path+".end")
	return p, err
}
