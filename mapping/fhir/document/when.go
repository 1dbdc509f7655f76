package document

import (
	"strings"
	"time"

	"brygga/care"
)

// momentOf reads a FHIR date, dateTime or instant, as exactly as it is written; a time
// without zone is Stockholm's. It is no time for anything else.
func momentOf(s string) care.Moment {
	day := func(layout string, next func(care.Date) care.Date) (care.Moment, bool) {
		t, err := time.Parse(layout, s)
		if err != nil || t.Year() < 1 {
			return care.Moment{}, false
		}
		first := care.NewDate(t.Date())
		return care.DayMoment(first, next(first)-1), true
	}
	var m care.Moment
	ok := false
	switch len(s) {
	case 4:
		m, ok = day("2006", func(d care.Date) care.Date { return d.AddMonths(12) })
	case 7:
		m, ok = day("2006-01", func(d care.Date) care.Date { return d.AddMonths(1) })
	case 10:
		m, ok = day(time.DateOnly, func(d care.Date) care.Date { return d + 1 })
	}
	if ok || len(s) <= 10 {
		return m
	}
	for layout, precision := range map[string]time.Duration{
		time.RFC3339: time.Second, "2006-01-02T15:04:05": time.Second,
		"2006-01-02T15:04Z07:00": time.Minute, "2006-01-02T15:04": time.Minute,
	} {
		t, err := time.ParseInLocation(layout, s, care.Stockholm)
		if err == nil && t.Year() >= 1 && t.Year() <= 9999 {
			if strings.Contains(s, ".") {
				precision = time.Microsecond
			}
			return care.TimeMoment(t, precision)
		}
	}
	return care.Moment{}
}

// madeAt is when a resource was made: what its type calls so, else when it began.
func madeAt(o object) care.Moment {
	for _, path := range madePaths[text(o, "resourceType")] {
		from, key := o, path
		if parent, child, ok := strings.Cut(path, "."); ok {
			from, key = one(o, parent), child
		}
		if s := text(from, key); s != "" {
			return momentOf(s)
		}
	}
	return care.Moment{}
}

var madePaths = map[string][]string{
	"CareTeam":          {"period.start"},
	"RelatedPerson":     {"period.start"},
	"ServiceRequest":    {"authoredOn", "occurrenceDateTime", "occurrencePeriod.start"},
	"CarePlan":          {"created", "period.start"},
	"Procedure":         {"performedDateTime", "performedPeriod.start"},
	"DocumentReference": {"date"},
	"DetectedIssue":     {"identifiedDateTime", "identifiedPeriod.start"},
	"RiskAssessment":    {"occurrenceDateTime", "occurrencePeriod.start"},
}

// within says whether all of a time lies inside one of the intervals; a time that is not
// known does not. No intervals are all the time there is.
func within(m care.Moment, data []care.Interval) bool {
	if len(data) == 0 {
		return true
	}
	for _, v := range data {
		if m.Known() && v.Holds(m.From) && v.Holds(m.Until-1) {
			return true
		}
	}
	return false
}

// disordered says whether there is a period in it that ends before it starts: whoever
// gets it could not tell what was meant.
func disordered(v any) bool {
	switch v := v.(type) {
	case object:
		start, end := momentOf(text(v, "start")), momentOf(text(v, "end"))
		if start.After(end) {
			return true
		}
		for _, e := range v {
			if disordered(e) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if disordered(e) {
				return true
			}
		}
	}
	return false
}
