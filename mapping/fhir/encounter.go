package fhir

import (
	"cmp"
	"time"

	"brygga/care"
	"brygga/mapping"
)

// encounter is what is read of an Encounter.
type encounter struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Meta         thinMeta        `json:"meta"`
	Status       *string         `json:"status"`
	Class        thinCoding      `json:"class"`
	Type         []thinConcept   `json:"type"`
	Subject      thinReference   `json:"subject"`
	BasedOn      []thinReference `json:"basedOn"`
	Participant  []struct {
		Individual thinReference `json:"individual"`
	} `json:"participant"`
	Period thinPeriod `json:"period"`
}

func encounters() reader {
	return &spec[encounter]{
		name:  "Encounter",
		facts: care.SetOf(care.KindVisit, care.KindClientAbsence),
		bulky: true,
		fields: fields{
			"status":      textShape,
			"class":       codingShape,
			"type":        concepts,
			"subject":     refShape,
			"basedOn":     refList,
			"participant": list(fields{"individual": refShape}),
			"period":      periodShape,
		},
		gate: []string{"status", "class"},
		head: func(e *encounter) head {
			return head{typ: e.ResourceType, id: e.ID, version: e.Meta.VersionID, updated: e.Meta.LastUpdated}
		},
		about:    aboutEncounter,
		concerns: concernsOf,
		give:     (*reading).encounter,
	}
}

// aboutEncounter says whether an encounter is a visit that took place, or a stay
// away from home that did or does.
func aboutEncounter(x *reading, e *encounter) (bool, error) {
	switch {
	case e.Class.in(x.codes.HomeVisit):
		return isOneOf(e.Status, "finished"), statusIn(e.Status, encounterStatus)
	case e.Class.in(x.codes.Inpatient):
		return isOneOf(e.Status, "arrived", "triaged", "in-progress", "onleave", "finished"), statusIn(e.Status, encounterStatus)
	}
	return false, nil
}

func concernsOf(x *reading, e *encounter) care.FactSet {
	switch {
	case e.Class.in(x.codes.HomeVisit):
		return care.SetOf(care.KindVisit)
	case e.Class.in(x.codes.Inpatient):
		return care.SetOf(care.KindClientAbsence)
	}
	return care.SetOf(care.KindVisit, care.KindClientAbsence)
}

// encounter hands over a visit, a stay away, or both as void: which of them is
// wanted depends on the kind that was asked for, and both are for a resource that
// was read by itself.
func (x *reading) encounter(e *encounter, about bool, h recordHead, sink mapping.Sink) error {
	visit := e.Class.in(x.codes.HomeVisit)
	key := mapping.Key(h.ref)
	out := care.VisitRecord{
		Ref: h.ref, KeyHi: uint32(key >> 32), KeyLo: uint32(key), Version: h.version, Updated: h.updated,
	}
	rec := care.Record{Ref: h.ref, Version: h.version, Updated: h.updated}
	client, isClient, err := x.client(e.Subject.pointer(), "subject")
	if !about {
		out.Client = cmp.Or(client, x.hint) // of a visit that is taken back, where it can be told
	} else if err != nil {
		return err
	}
	switch {
	case !about || !isClient:
	case visit:
		if err := x.visits(e, &out); err != nil {
			return err
		}
		out.Client = client
	default:
		period, err := periodOf(e.Period.Start, e.Period.End, "period")
		if err != nil {
			return err
		}
		rec.Client, rec.Absences = client, []care.Absence{{Ref: h.ref, Period: period}}
	}
	if x.asked == 0 || x.asked.Has(care.SetOf(care.KindVisit)) {
		sink.Visit(out)
	}
	if x.asked == 0 || x.asked.Has(care.SetOf(care.KindClientAbsence)) {
		sink.Record(rec)
	}
	return nil
}

// visits packs a finished visit: one row, or several with one key where it has
// more than two staff or is based on more than one service. A visit whose start is
// not given, or lies before 1970, has Start 0: it took place, nobody knows when.
func (x *reading) visits(e *encounter, out *care.VisitRecord) error {
	v := care.Visit{KeyHi: out.KeyHi, KeyLo: out.KeyLo, Services: x.carried(e.Type)}
	start, err := instantOf(e.Period.Start, "period.start")
	if err != nil {
		return err
	}
	end, err := instantOf(e.Period.End, "period.end")
	if err != nil {
		return err
	}
	if s := start.at.Unix() / 60; start.at.Year() >= 1970 && s >= 0 && s <= int64(^uint32(0)) {
		v.Start = uint32(s)
	}
	if start.timed && end.timed {
		v.Minutes = uint16(min(max(end.at.Sub(start.at)/time.Minute, 0), 1<<16-1))
	}
	staff := make([]uint32, 0, 4)
	for i := range e.Participant {
		staff = x.number(staff, x.borrowStaff(e.Participant[i].Individual.pointer()))
	}
	services := make([]uint32, 0, 2)
	for i := range e.BasedOn {
		if t := x.borrow(e.BasedOn[i].pointer()); t.typ == "ServiceRequest" {
			services = x.number(services, t.ref)
		}
	}
	rows := max((len(staff)+1)/2, len(services), 1)
	out.Visits = x.room(rows)
	for i := range out.Visits {
		row := v
		copy(row.Staff[:], staff[min(2*i, len(staff)):])
		if len(services) > 0 {
			row.BasedOn = services[min(i, len(services)-1)]
		}
		out.Visits[i] = row
	}
	return nil
}

// room makes room for a record's visits. Those of one page lie side by side: one
// allocation for the page instead of one for each visit.
func (x *reading) room(n int) []care.Visit {
	if n > cap(x.visitRoom)-len(x.visitRoom) {
		return make([]care.Visit, n)
	}
	from := len(x.visitRoom)
	x.visitRoom = x.visitRoom[:from+n]
	return x.visitRoom[from : from+n : from+n]
}

// number adds the number of a name to a list, once; "" is no name.
func (x *reading) number(list []uint32, ref care.Ref) []uint32 {
	id := x.names.ID(ref)
	for _, n := range list {
		if n == id {
			return list
		}
	}
	if id == 0 {
		return list
	}
	return append(list, id)
}

// carried are the services carried out. A code of a services' system that the table
// does not know is an unknown service; types of other systems are no services.
func (x *reading) carried(types []thinConcept) (services care.ServiceCode) {
	for _, t := range types {
		for _, c := range t.Coding {
			if code, ok := x.codes.Services[Code(c)]; ok {
				services |= code
			} else if x.serviceSystems[c.System] {
				services |= care.UnknownService
			}
		}
	}
	return services
}

func instantOf(s *string, path string) (m moment, err error) {
	if s == nil {
		return m, nil
	}
	m, ok := parseMoment(*s)
	if !ok {
		return m, badDate(path)
	}
	return m, nil
}
