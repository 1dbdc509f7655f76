package care

import "slices"

// Indicator chooses among readings of the national continuity indicator where its
// definition (domain.md, "National indicator") can be read in more than one way.
// The zero value is the reading that rules use.
type Indicator struct {
	// DailyMean: at least two counted visits a day on average over the 14 days,
	// instead of at least two on each of them.
	DailyMean bool
	// KeepAbsent: who was away on some day stays in, if the visits are enough.
	KeepAbsent bool
	// AnyPart: a visit counts if any part of it lies within 07:00–22:00, instead of
	// only if it starts 07:00–21:59.
	AnyPart bool
}

// IndicatorDays is the window of the indicator: the days before asOf, both included.
func IndicatorDays(asOf Date) Period {
	return Period{Start: asOf - indicatorDays, End: asOf - 1}
}

// StaffCountBy is StaffCount by another reading of the definition.
func (v *View) StaffCountBy(d *Days, how Indicator) (staff int, left Reason) {
	window := IndicatorDays(v.AsOf)
	switch {
	case !v.InHomeCare():
		return 0, LeftHomeCare
	case v.Client.Born == 0 || v.Client.Born.Years(v.AsOf) < indicatorAge:
		return 0, LeftAge
	case !how.KeepAbsent && v.absentOn(window):
		return 0, LeftAbsent
	}
	var daily [indicatorDays]int
	var room [32]uint32
	seen := room[:0]
	visits := d.Visits(v.Client.Visits, window.Start, window.End)
	for i := range visits {
		w := &visits[i]
		on := d.Date(w)
		if !d.Counts(w, on) && !(how.AnyPart && d.touches(w, on)) {
			continue
		}
		if i == 0 || !w.sameVisit(&visits[i-1]) {
			daily[on-window.Start]++
		}
		for _, id := range w.Staff {
			if id = v.Roster.person(id); id != 0 && !slices.Contains(seen, id) {
				seen = append(seen, id)
			}
		}
	}
	all, least := 0, daily[0]
	for _, n := range daily {
		all, least = all+n, min(least, n)
	}
	if how.DailyMean && all < indicatorDaily*indicatorDays || !how.DailyMean && least < indicatorDaily {
		return 0, LeftVisits
	}
	return len(seen), ""
}

// touches says whether any part of a covered visit that carries a counted service
// lies within the hours that count, on the day on which it starts.
func (d *Days) touches(v *Visit, on Date) bool {
	if v.Services&^notCounted == 0 {
		return false
	}
	local := (int64(v.Start) + d.noon[on-d.from]) % (24 * 60)
	return local < countsTo && local+int64(v.Minutes) > countsFrom
}
