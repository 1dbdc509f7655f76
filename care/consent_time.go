package care

import "time"

// Instant counts microseconds since 1970-01-01T00:00Z.
type Instant int64

// InstantOf gives the microsecond that a time is in.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Moment is a time as exactly as it was written: a day, a month, a second. It
// lasts from From to just before Until. The zero Moment is no time.
type Moment struct {
	From  Instant `json:"f"`
	Until Instant `json:"u"`
}

// DayMoment is the time from one day to another, both included, in Stockholm.
func DayMoment(first, last Date) Moment {
	return Moment{InstantOf(first.midnight()), InstantOf((last + 1).midnight())}
}

// TimeMoment is a time of day that was written to a precision, at least a microsecond.
func TimeMoment(t time.Time, precision time.Duration) Moment {
	from := InstantOf(t)
	return Moment{from, from + Instant(max(precision, time.Microsecond).Microseconds())}
}

func (d Date) midnight() time.Time {
	y, m, day := d.Calendar()
	return time.Date(y, m, day, 0, 0, 0, 0, Stockholm)
}

// Known says whether there is a time.
func (m Moment) Known() bool { return m != Moment{} }

// After says whether m is certainly later than n: a day and a time within it are
// neither earlier nor later than each other, and what is not known is neither.
func (m Moment) After(n Moment) bool { return m.Known() && n.Known() && m.From >= n.Until }

// Day is the first day that it may be of, in Stockholm; no date for no time.
func (m Moment) Day() Date {
	if !m.Known() {
		return 0
	}
	return m.first()
}

// first and last are the days that m begins and ends on, in Stockholm.
func (m Moment) first() Date { return dayOf(m.From) }
func (m Moment) last() Date  { return dayOf(m.Until - 1) }

// dayOf is not DateOf, which takes the first midnight of year 1 for no date.
func dayOf(i Instant) Date {
	return NewDate(time.UnixMicro(int64(i)).In(Stockholm).Date())
}

// whole says whether m is whole days.
func (m Moment) whole() bool { return m == DayMoment(m.first(), m.last()) }

// Interval holds from the beginning of Start to the end of End, both included;
// either may be open.
type Interval struct {
	Start Moment `json:"s,omitzero"`
	End   Moment `json:"e,omitzero"`
}

// Holds says whether it holds at an instant.
func (v Interval) Holds(at Instant) bool {
	return (!v.Start.Known() || v.Start.From <= at) && (!v.End.Known() || at < v.End.Until)
}

// And is what two intervals share.
func (v Interval) And(w Interval) Interval {
	if !v.Start.Known() || w.Start.Known() && w.Start.From > v.Start.From {
		v.Start = w.Start
	}
	if !v.End.Known() || w.End.Known() && w.End.Until < v.End.Until {
		v.End = w.End
	}
	return v
}

// Empty says whether it never holds.
func (v Interval) Empty() bool {
	return v.Start.Known() && v.End.Known() && v.Start.From >= v.End.Until
}

// Text gives start and end for a person to read: days where they are whole days
// in Stockholm, else times there; empty where they are open.
func (v Interval) Text() (start, end string) {
	if v.Start.Known() {
		if start = v.Start.first().String(); !v.Start.whole() {
			start = inStockholm(v.Start.From)
		}
	}
	if v.End.Known() {
		if end = v.End.last().String(); !v.End.whole() {
			end = inStockholm(v.End.From)
		}
	}
	return start, end
}

func inStockholm(i Instant) string {
	return time.UnixMicro(int64(i)).In(Stockholm).Format(time.RFC3339Nano)
}
