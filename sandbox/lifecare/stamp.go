package lifecare

import (
	"time"
	_ "time/tzdata" // dates are Stockholm's also where no zone files are installed
)

// Dates says how a calendar date is written. The interface description calls all
// of them date-times and states no zone.
type Dates uint8

// The ways to write 2 March 2026, in winter and in summer time.
const (
	// Local: 2026-03-02T00:00:00.
	Local Dates = iota
	// Zulu: 2026-03-02T00:00:00Z, which means that calendar date, not that moment.
	Zulu
	// UTC: 2026-03-01T23:00:00Z, or 22:00:00Z in summer: local midnight.
	UTC
	// Mixed: each of them, by the row.
	Mixed
)

// stamp is a date-time as it is written; "" is null.
type stamp string

// absent is a required date that nobody entered.
const absent stamp = "0001-01-01T00:00:00"

func (s stamp) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return []byte(`"` + string(s) + `"`), nil
}

var stockholm = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic("lifecare: " + err.Error()) // the zone files are compiled in
	}
	return zone
}()

// of chooses a way for one row.
func (d Dates) of(row int64) Dates {
	if d == Mixed {
		return Dates(row % int64(Mixed)) //nolint:gosec // 0 to 2
	}
	return d
}

// date writes a calendar date that is given as midnight UTC; none is null.
func (d Dates) date(t time.Time) stamp {
	if t.IsZero() {
		return ""
	}
	switch d {
	case Zulu:
		return stamp(t.Format("2006-01-02T15:04:05Z"))
	case UTC:
		at := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, stockholm)
		return stamp(at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return stamp(t.Format("2006-01-02T15:04:05"))
}

// required writes a date that the description calls required: none is the year 1.
func (d Dates) required(t time.Time) stamp {
	if t.IsZero() {
		return absent
	}
	return d.date(t)
}

// instant writes a moment: on Stockholm's clocks without a zone, or in UTC.
func (d Dates) instant(t time.Time) stamp {
	if d == Local {
		return stamp(t.In(stockholm).Format("2006-01-02T15:04:05"))
	}
	return stamp(t.UTC().Format("2006-01-02T15:04:05Z"))
}

// modified writes when a row changed last: always UTC.
func modified(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
