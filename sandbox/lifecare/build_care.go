package lifecare

import (
	"strconv"
	"time"

	"brygga/sandbox/people"
)

// executions makes the rows of placements; a place in a care home that begins later
// is one too. Beside them stand executions that are no home care: day activity,
// health care at home (of another law), a stay in a short-term unit.
func (b *builder) executions(s *rows, r *people.Record, person string) {
	lives := map[int]bool{}
	put := func(n int, law string, what coded, unit unitName, from, to time.Time, why string) {
		d := b.dates.of(id(r, n))
		s.add("executions", id(r, n), b.changed(r, from, to), false, execution{
			id(r, n), person, d.required(from), d.date(to), law, what, unit, why,
		})
	}
	for _, p := range r.Placements {
		what, why := homeCare, ""
		if p.Setting == "care-home" {
			what = careHome
			lives[p.Unit] = true
		}
		switch {
		case p.To.IsZero():
		case r.Dead:
			why = "Avliden"
		default:
			why = "Avslutad"
		}
		put(suffix(p.ID), "SoL", what, b.unitName(p.Unit), p.From, p.To, why)
	}
	home := r.Placements[0]
	for _, v := range r.Services {
		switch {
		case v.Setting == "care-home" && v.Performer >= 0 && !lives[v.Performer]:
			put(50, "SoL", careHome, b.unitName(v.Performer), v.From, v.To, "")
		case v.Code == "day-activity":
			put(70, "SoL", dayActivity, unitName{dayUnit, "Träffpunkten"}, v.From, v.To, "")
		}
	}
	if r.Index%13 == 5 {
		put(60, "HSL", healthCare, unitName{healthUnit, "Hemsjukvården"}, home.From, home.To, "")
	}
	for _, a := range r.Absences {
		if !a.Hospital && !a.To.IsZero() {
			put(80, "SoL", coded{"KORT", "Korttidsboende"}, unitName{shortUnit, "Korttidsenheten Eken"}, a.From, a.To, "Avslutad")
		}
	}
}

// notes makes the rows of documentations. Some clients also have one that was
// marked as an error, and one that was deleted: neither is a note.
func (b *builder) notes(r *people.Record) []entry {
	s := &rows{of: r}
	home := id(r, suffix(r.Placements[0].ID))
	put := func(n int, at time.Time, by int, status string, wrong bool) {
		s.add("documentations", id(r, n), at, false, documentation{
			id(r, n), home, b.dates.of(id(r, n)).instant(at), signature(by), status, wrong, "Allt väl vid besöket, åt med god aptit.",
		})
	}
	for _, n := range r.Notes {
		put(suffix(n.ID), n.At, n.By, "Current", false)
	}
	if r.Index%7 == 0 {
		put(90, b.asOf.AddDate(0, 0, -20).Add(9*time.Hour), 0, "Current", true)
		put(91, b.asOf.AddDate(0, 0, -3).Add(9*time.Hour), 0, "Deleted", false)
	}
	return s.all
}

// visits calls yield with the rows of reported_visits: two of a visit by two. Now
// and then one was reported by mistake and is deleted.
func (b *builder) visits(r *people.Record, yield func(entry)) {
	person := r.PersonID()
	put := func(n int64, at time.Time, gone bool, v reportedVisit) {
		yield(entry{"reported_visits", strconv.FormatInt(n, 10), r.Index, at, gone, v})
	}
	r.Visits(func(v people.Visit) bool {
		first := int64(r.Index+1)*perVisits + 2*int64(v.N)
		d := b.dates.of(first)
		done := make([]visitService, 0, 3)
		status, did := "Completed", "Done"
		switch {
		case v.Cancelled:
			status, did = "Cancelled", "NotDone"
		case v.N%9 == 0:
			status = "CompletedAndChangedTime"
		}
		for _, code := range v.Services {
			done = append(done, visitService{serviceTypes[code].Text, did})
		}
		if v.N%11 == 0 {
			done = append(done, visitService{"Fönsterputs", "NotDone"})
		}
		at := v.End.Add(time.Duration(5+v.N%30) * time.Minute)
		row := reportedVisit{
			first, person, b.nth(v.By), d.instant(v.Start), d.instant(v.End), status, done, v.With >= 0, "SoL",
		}
		put(first, at, false, row)
		if v.With >= 0 {
			row.ID, row.PersonnelPersonID = first+1, b.nth(v.With)
			put(first+1, at, false, row)
		}
		if v.N%400 == 7 {
			put(int64(r.Index+1)*perVisits+90_000+int64(v.N/400), at, true, reportedVisit{})
		}
		return true
	})
}
