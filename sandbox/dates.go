package sandbox

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

// span is a stretch of time in milliseconds since 1970, from lo up to but not
// including hi. Open ends are the lowest and highest number.
type span struct{ lo, hi int64 }

const (
	forever = math.MaxInt64
	always  = math.MinInt64
)

// dateForm is FHIR's date, dateTime and instant; a time may lack seconds (in a
// search) and a zone (an old record).
var dateForm = regexp.MustCompile(`^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$`)

// parseSpan gives the time that a written date covers: a year the whole year, a
// second the whole second. What has no zone is in the given one. It is false for
// what is no date, also for one that the calendar does not have.
func parseSpan(text string, zone *time.Location) (span, bool) {
	m := dateForm.FindStringSubmatch(text)
	if m == nil {
		return span{}, false
	}
	n := func(i, other int) int {
		if m[i] == "" {
			return other
		}
		v, _ := strconv.Atoi(m[i])
		return v
	}
	year, month, day, hour, minute, second := n(1, 0), n(2, 1), n(3, 1), n(4, 0), n(5, 0), n(6, 0)
	if year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return span{}, false
	}
	if m[8] != "" {
		if m[8] == "Z" {
			zone = time.UTC
		} else {
			h, _ := strconv.Atoi(m[8][1:3])
			mm, _ := strconv.Atoi(m[8][4:])
			if h > 14 || mm > 59 {
				return span{}, false
			}
			off := (h*60 + mm) * 60
			if m[8][0] == '-' {
				off = -off
			}
			zone = time.FixedZone("", off)
		}
	}
	lo := time.Date(year, time.Month(month), day, hour, minute, second, 0, zone)
	if time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return span{}, false
	}
	at := lo.UnixMilli()
	switch {
	case m[2] == "":
		return span{at, time.Date(year+1, 1, 1, 0, 0, 0, 0, zone).UnixMilli()}, true
	case m[3] == "":
		return span{at, time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, zone).UnixMilli()}, true
	case m[4] == "":
		return span{at, time.Date(year, time.Month(month), day+1, 0, 0, 0, 0, zone).UnixMilli()}, true
	case m[6] == "":
		return span{at, at + 60_000}, true
	case m[7] == "":
		return span{at, at + 1000}, true
	}
	digits := (m[7] + "00")[:3]
	ms, _ := strconv.Atoi(digits)
	at += int64(ms)
	switch len(m[7]) {
	case 1:
		return span{at, at + 100}, true
	case 2:
		return span{at, at + 10}, true
	}
	return span{at, at + 1}, true
}

// spanOf is the time that a date or Period element covers.
func spanOf(v doc, zone *time.Location) (span, bool) {
	if v.isString() {
		return parseSpan(v.str(), zone)
	}
	start, end := v.get("start"), v.get("end")
	if !start.exists() && !end.exists() {
		return span{}, false
	}
	out := span{always, forever}
	if start.exists() {
		s, ok := parseSpan(start.str(), zone)
		if !ok {
			return span{}, false
		}
		out.lo = s.lo
	}
	if end.exists() {
		e, ok := parseSpan(end.str(), zone)
		if !ok {
			return span{}, false
		}
		out.hi = e.hi
	}
	return out, true
}

// compare says whether a resource's time matches a search value under a prefix, R4 §3.1.1.5.7:
// eq wants all of it inside the value, the others compare the ends, and "ge" and "le" are met
// as soon as the two overlap.
func (of span) matches(prefix string, v span) bool {
	switch prefix {
	case "eq":
		return v.lo <= of.lo && of.hi <= v.hi
	case "ne":
		return v.lo > of.lo || of.hi > v.hi
	case "gt":
		return of.hi > v.hi
	case "ge":
		return of.hi > v.lo
	case "lt":
		return of.lo < v.lo
	case "le":
		return of.lo < v.hi
	case "sa":
		return of.lo >= v.hi
	default: // eb
		return of.hi <= v.lo
	}
}

// instant writes milliseconds as meta.lastUpdated does.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
