package fhir

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseMoment(t *testing.T) {
	for _, c := range []struct {
		name, in    string
		first, last string // "" for no date
	}{
		{"a date is itself", "2026-11-21", "2026-11-21", "2026-11-21"},
		{"a month runs from its first day to its last", "2026-02", "2026-02-01", "2026-02-28"},
		{"February of a leap year has 29 days", "2028-02", "2028-02-01", "2028-02-29"},
		{"December ends with the year", "2026-12", "2026-12-01", "2026-12-31"},
		{"a year runs from its first day to its last", "2026", "2026-01-01", "2026-12-31"},
		{"half past eleven at night in UTC is the next day in summer", "2026-06-30T23:30:00Z", "2026-07-01", "2026-07-01"},
		{"half past ten at night in UTC is the next day in summer", "2026-09-30T22:30:00Z", "2026-10-01", "2026-10-01"},
		{"half past ten at night in UTC is the same day in winter", "2026-12-31T22:30:00Z", "2026-12-31", "2026-12-31"},
		{"a zone of one's own is heeded", "2026-11-21T00:30:00+05:00", "2026-11-20", "2026-11-20"},
		{"a zone west of Greenwich is heeded", "2026-11-20T22:00:00-03:30", "2026-11-21", "2026-11-21"},
		{"a time without zone is Stockholm's", "2026-11-21T00:30:00", "2026-11-21", "2026-11-21"},
		{"seconds may be left out", "2026-11-21T23:59Z", "2026-11-22", "2026-11-22"},
		{"fractions of a second change no date", "2026-11-21T10:00:00.123456789012+01:00", "2026-11-21", "2026-11-21"},
		{"a leap second belongs to the next minute", "2016-12-31T22:59:60Z", "2017-01-01", "2017-01-01"},
		{"the first day of all is a date", "0001-01-01", "0001-01-01", "0001-01-01"},
		{"the first instant of all is a date", "0001-01-01T00:00:00Z", "0001-01-01", "0001-01-01"},
		{"the day that stands for no end is a date", "9999-12-31", "9999-12-31", "9999-12-31"},
		{"30 February does not exist", "2026-02-30", "", ""},
		{"29 February of a common year does not exist", "2026-02-29", "", ""},
		{"29 February of 1900 does not exist", "1900-02-29", "", ""},
		{"31 November does not exist", "2026-11-31", "", ""},
		{"month 13 does not exist", "2026-13", "", ""},
		{"month 00 does not exist", "2026-00-10", "", ""},
		{"day 00 does not exist", "2026-11-00", "", ""},
		{"year 0000 does not exist", "0000-01-01", "", ""},
		{"24 o'clock does not exist", "2026-11-21T24:00:00Z", "", ""},
		{"minute 60 does not exist", "2026-11-21T10:60:00Z", "", ""},
		{"second 61 does not exist", "2026-11-21T10:00:61Z", "", ""},
		{"a day that does not exist has no times", "2026-02-30T10:00:00Z", "", ""},
		{"a zone of 15 hours does not exist", "2026-11-21T10:00:00+15:00", "", ""},
		{"a zone needs its colon", "2026-11-21T10:00:00+0100", "", ""},
		{"a zone needs its sign", "2026-11-21T10:00:00 01:00", "", ""},
		{"an hour alone is no time", "2026-11-21T10", "", ""},
		{"a point without digits is no fraction", "2026-11-21T10:00:00.Z", "", ""},
		{"a space is no T", "2026-11-21 10:00:00", "", ""},
		{"a small t is no T", "2026-11-21t10:00:00z", "", ""},
		{"a date without dashes is none", "20261121", "", ""},
		{"slashes are no dashes", "2026/11/21", "", ""},
		{"the day does not come first", "21-11-2026", "", ""},
		{"one digit is no month", "2026-1", "", ""},
		{"a dash at the end is too much", "2026-11-", "", ""},
		{"text behind a date is too much", "2026-11-21x", "", ""},
		{"a space behind a date is too much", "2026-11-21 ", "", ""},
		{"five digits are no year", "12026", "", ""},
		{"a minus is no year", "-026", "", ""},
		{"nothing is no date", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, ok := parseMoment(c.in)
			if !ok {
				if c.first != "" {
					t.Fatalf("%q was refused", c.in)
				}
				return
			}
			if m.first().String() != c.first || m.last().String() != c.last {
				t.Errorf("%q is %s to %s, want %s to %s", c.in, m.first(), m.last(), c.first, c.last)
			}
		})
	}
}

// Whatever Go's own parser of RFC 3339 takes, is taken and means the same; and a
// date is taken if and only if Go takes it.
func TestParseMomentAgreesWithGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]`).Draw(t, "date")
		d, err := time.Parse(time.DateOnly, s)
		m, ok := parseMoment(s)
		if ok != (err == nil) || ok && m.first().String() != d.Format(time.DateOnly) {
			t.Fatalf("%s: %v, Go says %v", s, ok, err)
		}
		s += rapid.StringMatching(`T[0-2][0-9]:[0-6][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]0[0-9]:[0-5][0-9])`).Draw(t, "time")
		at, err := time.Parse(time.RFC3339Nano, s)
		m, ok = parseMoment(s)
		if ok != (err == nil) || ok && !m.at.Equal(at) {
			t.Fatalf("%s: %v %v, Go says %v %v", s, ok, m.at, err, at)
		}
	})
}

func TestATimeInTheHourThatIsSkippedIsStillOnItsDay(t *testing.T) {
	m, ok := parseMoment("2027-03-28T02:30:00")
	if !ok || m.first().String() != "2027-03-28" {
		t.Errorf("got %v %s", ok, m.first())
	}
}
