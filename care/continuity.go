package care

import (
	"cmp"
	"sort"
	"time"
)

// minute is when a date begins in Stockholm, in minutes since 1970 as in Visit.Start.
func (d Date) minute() int64 {
	y, m, day := d.Calendar()
	return time.Date(y, m, day, 0, 0, 0, 0, Stockholm).Unix() / 60
}

// FirstMinute is the earliest Visit.Start on a date in Stockholm; 0 for no date
// and for dates before 1970.
func (d Date) FirstMinute() uint32 {
	if d == 0 {
		return 0
	}
	return uint32(max(0, d.minute()))
}

// Days tells dates and times of day of visits within some weeks, without a time
// zone calculation per visit. It is immutable.
type Days struct {
	from  Date
	start []int64 // the first minute of each day; one more at the end
	noon  []int64 // minutes to add to UTC for Stockholm's time, as it is at noon
}

// NewDays covers the dates from a to b, both included.
func NewDays(a, b Date) *Days {
	d := &Days{from: a}
	for day := a; day <= b+1; day++ {
		d.start = append(d.start, day.minute())
		_, offset := day.Noon().Zone()
		d.noon = append(d.noon, int64(offset/60))
	}
	return d
}

// Visits gives the part of visits, sorted by start, that began on the dates from
// a to b, which must be covered.
func (d *Days) Visits(visits []Visit, a, b Date) []Visit {
	from, to := d.start[a-d.from], d.start[b+1-d.from]
	lo := sort.Search(len(visits), func(i int) bool { return int64(visits[i].Start) >= from })
	hi := lo + sort.Search(len(visits)-lo, func(i int) bool { return int64(visits[lo+i].Start) >= to })
	return visits[lo:hi]
}

// Date is a covered visit's date.
func (d *Days) Date(v *Visit) Date {
	i := int((int64(v.Start) - d.start[0]) / (24 * 60))
	i = min(max(i, 0), len(d.start)-2)
	for int64(v.Start) < d.start[i] {
		i--
	}
	for int64(v.Start) >= d.start[i+1] {
		i++
	}
	return d.from + Date(i)
}

// What counts for continuity (domain.md, "National indicator").
const (
	countsFrom     = 7 * 60  // 07:00
	countsTo       = 22 * 60 // 21:59 is the last minute
	indicatorDays  = 14      // the days before asOf
	indicatorAge   = 65      // on asOf
	indicatorDaily = 2       // counted visits on each day
	notCounted     = SafetyAlarm | MealDelivery
)

// Counts says whether a covered visit on a date counts for continuity: it starts
// 07:00–21:59 Stockholm time and carries some service other than safety-alarm
// and meal-delivery. (Clocks change at night: noon's offset holds at seven.)
func (d *Days) Counts(v *Visit, on Date) bool {
	if v.Services&^notCounted == 0 {
		return false
	}
	local := (int64(v.Start) + d.noon[on-d.from]) % (24 * 60)
	return local >= countsFrom && local < countsTo
}

// Why a client is not in the national indicator's population.
const (
	LeftAge      Reason = "indicator-age"
	LeftAbsent   Reason = "indicator-absent"
	LeftVisits   Reason = "indicator-visits"
	LeftHomeCare Reason = "indicator-home-care"
)

// StaffCount is the national indicator for one client: how many different
// members of staff made the counted visits of the 14 days before AsOf. Where the
// client is not in its population, left says why and staff is 0.
func (v *View) StaffCount(d *Days) (staff int, left Reason) { return v.StaffCountBy(d, Indicator{}) }

// ContactShare counts the counted visits on the dates from a to b, and those of
// them that somebody made who held an assignment for this client on that day.
func (v *View) ContactShare(d *Days, a, b Date) (all, byContact int) {
	visits := d.Visits(v.Client.Visits, a, b)
	was := false // whether the rows of this visit so far were a contact's
	for i := range visits {
		w := &visits[i]
		on := d.Date(w)
		if !d.Counts(w, on) {
			continue
		}
		if i == 0 || !w.sameVisit(&visits[i-1]) {
			all++
			was = false
		}
		if !was && v.VisitByContact(w, on) {
			byContact++
			was = true
		}
	}
	return all, byContact
}

// absentOn says whether the client was away on any day of a period.
func (v *View) absentOn(p Period) bool {
	for _, a := range v.Client.Absences {
		if a.Overlaps(p) {
			return true
		}
	}
	return false
}

// AbsentThrough says whether the client was away on every day from a to b, in
// one stay or in several that follow each other.
func (v *View) AbsentThrough(a, b Date) bool {
	for d := a; d <= b; d++ {
		away := false
		for _, s := range v.Client.Absences {
			away = away || s.Holds(d)
		}
		if !away {
			return false
		}
	}
	return true
}

func (v *Visit) sameVisit(o *Visit) bool {
	return v.KeyHi == o.KeyHi && v.KeyLo == o.KeyLo && v.Start == o.Start
}

func compareVisits(x, y Visit) int {
	return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.KeyHi, y.KeyHi), cmp.Compare(x.KeyLo, y.KeyLo),
		cmp.Compare(x.Staff[0], y.Staff[0]), cmp.Compare(x.Staff[1], y.Staff[1]))
}

// CarriedOut says whether a visit up to AsOf shows that a service was carried
// out: it is based on it, or carries its code on or after the service's start
// (else its decision). A code that no table knows may be the same one.
func (v *View) CarriedOut(s *Service) bool {
	var based uint32
	if v.Roster.Names != nil {
		based = v.Roster.Names.Number(s.Ref)
	}
	from := s.Start
	if from == 0 {
		from = s.Decided
	}
	first, end := from.FirstMinute(), (v.AsOf + 1).FirstMinute()
	for i := range v.Client.Visits {
		w := &v.Client.Visits[i]
		if w.Start >= end {
			continue
		}
		if based != 0 && w.BasedOn == based || w.Services&s.Code != 0 && w.Start >= first {
			return true
		}
	}
	return false
}
