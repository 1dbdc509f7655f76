package cli

import (
	"fmt"
	"time"

	"brygga/care"
)

// bulk sums up visits and notes, of which there are many, and answers of the source.
func (t *timeline) bulk() {
	t.visits()
	var first, last care.Date
	after := 0
	for _, n := range t.Client.Notes {
		switch {
		case n.Date > t.asOf:
			after++
			continue
		case !first.Known() || n.Date < first:
			first = n.Date
		}
		last = max(last, n.Date)
	}
	if n := len(t.Client.Notes) - after; n > 0 {
		t.during(care.KindNote, "", care.Period{Start: first, End: last}, count(n, "note"))
	}
	for _, a := range t.Client.Answers {
		what := "the source was asked, and has no visit based on it"
		if a.Found {
			what = "the source was asked, and has a visit based on it"
		}
		t.at(care.KindVisit, a.Service, 0, what)
	}
}

// visits counts the visits up to the day, one with several staff once, and those
// of them that somebody made who held an assignment then.
func (t *timeline) visits() {
	var v care.View
	v.See(t.Client, t.Roster, t.Params.Terms(), t.asOf)
	type visit struct{ hi, lo, start uint32 }
	by := map[visit]bool{}
	var first, last care.Date
	undated := 0
	for i := range t.Client.Visits {
		w := &t.Client.Visits[i]
		on := care.DateOf(time.Unix(int64(w.Start)*60, 0))
		if on > t.asOf {
			continue
		}
		k := visit{w.KeyHi, w.KeyLo, w.Start}
		if _, again := by[k]; !again && w.Start == 0 {
			undated++
		}
		if w.Start != 0 {
			if !first.Known() || on < first {
				first = on
			}
			last = max(last, on)
		}
		by[k] = by[k] || w.Start != 0 && v.VisitByContact(w, on)
	}
	if len(by) == 0 {
		return
	}
	contacts := 0
	for _, yes := range by {
		if yes {
			contacts++
		}
	}
	what := fmt.Sprintf("%s, %d of them by a contact", count(len(by), "visit"), contacts)
	if undated > 0 {
		what += fmt.Sprintf(", %d without a date", undated)
	}
	t.during(care.KindVisit, "", care.Period{Start: first, End: last}, what)
}
