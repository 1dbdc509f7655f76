package vendor

import (
	"time"

	"brygga/care"
	"brygga/mapping"
)

// fillNote puts a note on the page's own record of notes.
func fillNote(x *reading, v *values, rec *care.Record) {
	x.note = care.NoteRecord{
		Ref: rec.Ref, Client: rec.Client, Updated: rec.Updated,
		Note: care.Note{Key: mapping.Key(rec.Ref), Date: v.day("date"), Author: x.names.ID(v.ref("author"))},
	}
}

// fillVisit packs a visit: one row, or several with one key where it has more than
// two staff or is based on more than one service. A visit whose start is not known
// has Start 0: it took place, nobody knows when.
func fillVisit(x *reading, v *values, rec *care.Record) {
	key := mapping.Key(rec.Ref)
	visit := care.Visit{KeyHi: uint32(key >> 32), KeyLo: uint32(key)}
	for _, s := range v.all("services") {
		visit.Services |= serviceOf(s.text)
	}
	start, end := v.at("start").time, v.at("end").time
	if m := start.Unix() / 60; !start.IsZero() && start.Year() >= 1970 && m >= 0 && m <= int64(^uint32(0)) {
		visit.Start = uint32(m)
	}
	if !start.IsZero() && !end.IsZero() {
		visit.Minutes = uint16(min(max(end.Sub(start)/time.Minute, 0), 1<<16-1))
	}
	staff := x.number(x.staffRoom[:0], v.all("staff"))
	services := x.number(x.serviceRoom[:0], v.all("based_on"))
	x.staffRoom, x.serviceRoom = staff, services
	x.visit = care.VisitRecord{Ref: rec.Ref, Client: rec.Client, KeyHi: visit.KeyHi, KeyLo: visit.KeyLo, Updated: rec.Updated}
	x.visit.Visits = x.room(max((len(staff)+1)/2, len(services), 1))
	for i := range x.visit.Visits {
		row := visit
		copy(row.Staff[:], staff[min(2*i, len(staff)):])
		if len(services) > 0 {
			row.BasedOn = services[min(i, len(services)-1)]
		}
		x.visit.Visits[i] = row
	}
}

// number gives the numbers of names, each once.
func (x *reading) number(list []uint32, of []value) []uint32 {
next:
	for i := range of {
		id := x.names.ID(of[i].ref)
		if id == 0 {
			continue
		}
		for _, n := range list {
			if n == id {
				continue next
			}
		}
		list = append(list, id)
	}
	return list
}

// room makes room for a record's visits. Those of one page lie side by side: one
// allocation for the page instead of one for each visit.
func (x *reading) room(n int) []care.Visit {
	if n > cap(x.visitRoom)-len(x.visitRoom) {
		if n > 256 {
			return make([]care.Visit, n)
		}
		x.visitRoom = make([]care.Visit, 0, 256)
	}
	from := len(x.visitRoom)
	x.visitRoom = x.visitRoom[:from+n]
	return x.visitRoom[from : from+n : from+n]
}
