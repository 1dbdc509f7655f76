package fhir

import (
	"strconv"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

type practitioner struct {
	ResourceType string `json:"resourceType"`
	r4.Practitioner
}

func practitioners() reader {
	return &spec[practitioner]{
		name:  "Practitioner",
		facts: care.SetOf(care.KindStaff, care.KindQualification),
		fields: fields{
			"identifier":    list(identFields),
			"qualification": list(fields{"code": conceptShape, "period": periodShape}),
		},
		head:  func(p *practitioner) head { return headOf(p.ResourceType, p.Id, p.Meta) },
		about: always[practitioner],
		give:  recordOf((*reading).practitioner),
	}
}

// practitioner reads a member of staff. A qualification of another code than those
// of the table is not read further; the first text of any is the title.
func (x *reading) practitioner(p *practitioner, rec *care.Record) error {
	fact := &care.StaffFact{Identifiers: x.identifiers(p.Identifier, care.HSAID)}
	for i, q := range p.Qualification {
		if fact.Title == "" {
			fact.Title = text(q.Code.Text)
		}
		kind, ok := find(x.codes.Qualifications, q.Code)
		if !ok {
			continue
		}
		start, end := bounds(q.Period)
		period, err := periodOf(start, end, "qualification["+strconv.Itoa(i)+"].period")
		if err != nil {
			return err
		}
		fact.Qualifications = append(fact.Qualifications, care.Qualification{Kind: kind, Period: period})
	}
	rec.Staff = fact
	return nil
}

type practitionerRole struct {
	ResourceType string `json:"resourceType"`
	r4.PractitionerRole
}

func roles() reader {
	return &spec[practitionerRole]{
		name:  "PractitionerRole",
		facts: care.SetOf(care.KindEmployment, care.KindStaffAbsence),
		fields: fields{
			"active":       flagShape,
			"period":       periodShape,
			"practitioner": refShape,
			"organization": refShape,
			"notAvailable": list(fields{"during": periodShape}),
		},
		head:  func(r *practitionerRole) head { return headOf(r.ResourceType, r.Id, r.Meta) },
		about: always[practitionerRole],
		give:  recordOf((*reading).role),
	}
}

// role reads an employment with its absences. One that does not say when it is
// says nothing: neither date of it would be known.
func (x *reading) role(r *practitionerRole, rec *care.Record) (err error) {
	fact := &care.RoleFact{
		Person: x.resolve(pointerOf(r.Practitioner)).ref,
		Unit:   x.resolve(pointerOf(r.Organization)).ref,
		Left:   r.Active != nil && !*r.Active,
	}
	if fact.Person == "" && r.Practitioner != nil {
		return &fault{"practitioner", "a reference that cannot be resolved"}
	}
	start, end := bounds(r.Period)
	if fact.Period, err = periodOf(start, end, "period"); err != nil {
		return err
	}
	for i, n := range r.NotAvailable {
		start, end := bounds(n.During)
		if start == nil && end == nil {
			continue
		}
		period, err := periodOf(start, end, "notAvailable["+strconv.Itoa(i)+"].during")
		if err != nil {
			return err
		}
		fact.Absences = append(fact.Absences, care.Absence{Ref: rec.Ref, Period: period})
	}
	rec.Role = fact
	return nil
}
