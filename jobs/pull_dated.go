package jobs

import (
	"slices"

	"brygga/care"
	"brygga/mapping"
	"brygga/store"
)

// dated gives dates to the assignments of a source that has none (domain.md,
// "Facts that no system provides"). One that appears between two complete pulls
// starts on the day when it is first seen, and one that disappears ended on the
// day when it was last seen; of those that were there from the beginning nobody
// knows the start. An assignment that has ended stays among what is stored.
func (p *puller) dated(k mapping.Kind, old known, put store.KindPut) store.KindPut {
	if !k.FirstSeen && !k.LastSeen {
		return put
	}
	before := make(map[care.Ref]*care.Record, len(old.records))
	for i := range old.records {
		before[old.records[i].Ref] = &old.records[i]
	}
	today := care.DateOf(p.opt.Now)
	for i := range put.Upserts {
		r := put.Upserts[i].Open()
		was := before[r.Ref]
		for n := range r.Assignments {
			if a := &r.Assignments[n]; k.FirstSeen {
				a.Start = startOf(was, a, old.ok, today)
			}
		}
		if k.LastSeen && was != nil {
			r.Assignments = append(r.Assignments, replaced(was, &r, care.DateOf(old.checkpoint.At))...)
		}
		put.Upserts[i] = r.Pack()
	}
	if k.LastSeen {
		lastSeen := care.DateOf(old.checkpoint.At)
		put.Gone = slices.DeleteFunc(put.Gone, func(ref care.Ref) bool {
			was := before[ref]
			if was == nil || len(was.Assignments) == 0 {
				return false
			}
			gone := ended(*was, lastSeen)
			put.Upserts = append(put.Upserts, gone.Pack())
			return true
		})
	}
	return put
}

// startOf is when an assignment began: as it was known, if the same person had it,
// else the day when it was first seen; unknown if nothing was read before.
func startOf(was *care.Record, a *care.Assignment, readBefore bool, today care.Date) care.Date {
	if was != nil {
		for i := range was.Assignments {
			if o := &was.Assignments[i]; o.Member == a.Member && !o.Inactive {
				return o.Start
			}
		}
	}
	if readBefore {
		return today
	}
	return a.Start
}

// replaced are the assignments that the same record told of before and does not
// any more: another person has it now.
func replaced(was, now *care.Record, lastSeen care.Date) (out []care.Assignment) {
	for _, o := range was.Assignments {
		if slices.ContainsFunc(now.Assignments, func(a care.Assignment) bool { return a.Member == o.Member && !o.Inactive }) {
			continue
		}
		if !o.Inactive {
			o.Inactive, o.End = true, lastSeen
		}
		out = append(out, o)
	}
	return out
}

// ended is a record whose assignments have ended on a day, those that had not
// ended before.
func ended(r care.Record, on care.Date) care.Record {
	r.Assignments = slices.Clone(r.Assignments)
	for i := range r.Assignments {
		if a := &r.Assignments[i]; !a.Inactive {
			a.Inactive, a.End = true, on
		}
	}
	return r
}
