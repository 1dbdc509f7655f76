package vendor

import (
	"slices"
	"strings"

	"brygga/care"
	"brygga/mapping/person"
)

func fillClient(_ *reading, v *values, rec *care.Record) {
	on, number := v.day("deceased_on"), strings.TrimSpace(v.at("number").text)
	if isNumber(number) {
		number = "" // it is not for lists that people read
	}
	rec.Client = rec.Ref
	rec.Person = &care.PersonFact{
		Identifiers: v.identifiers("person", "former"),
		Born:        v.day("born"),
		Protected:   v.at("protected").flag,
		Deceased:    v.at("deceased").flag || on.Known(),
		DeceasedOn:  on,
		Unit:        v.ref("unit"),
		Number:      strings.Clone(number),
	}
}

// oneLine is a text with single spaces; where it is one word it is still a part of s.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func fillUnit(x *reading, v *values, rec *care.Record) {
	u := &care.Unit{Ref: rec.Ref, Name: strings.Clone(oneLine(v.at("name").text)), PartOf: v.ref("part_of"), CareHome: v.at("care_home").flag}
	for _, id := range v.all("identifiers") {
		if s := strings.TrimSpace(id.text); s != "" && !slices.Contains(u.Identifiers, s) {
			u.Identifiers = append(u.Identifiers, strings.Clone(s))
			u.Also = append(u.Also, x.organization(s))
		}
	}
	rec.Unit = u
}

func fillStaff(_ *reading, v *values, rec *care.Record) {
	s := staffOf(rec)
	s.Identifiers = append(s.Identifiers, v.identifiers("person", "hsa", "known_as")...)
	s.Title = strings.Clone(v.at("title").text)
}

func fillQualification(_ *reading, v *values, rec *care.Record) {
	kind := map[string]care.QualificationKind{
		"assistant-nurse": care.AssistantNurse, "transitional": care.AssistantNurseTransitional, "routine": care.RoutineAcknowledged,
	}[v.code("kind")]
	s := staffOf(rec)
	for _, id := range v.identifiers("staff") {
		if !slices.Contains(s.Identifiers, id) {
			s.Identifiers = append(s.Identifiers, id)
		}
	}
	if kind != 0 {
		s.Qualifications = append(s.Qualifications, care.Qualification{Kind: kind, Period: v.period()})
	}
}

func staffOf(rec *care.Record) *care.StaffFact {
	if rec.Staff == nil {
		rec.Staff = &care.StaffFact{}
	}
	return rec.Staff
}

func fillEmployment(_ *reading, v *values, rec *care.Record) {
	r := roleOf(rec)
	r.Person, r.Unit, r.Period, r.Left = v.ref("staff"), v.ref("unit"), v.period(), v.at("left").flag
}

// fillStaffAbsence: a row that tells of no employment is not one that holds.
func fillStaffAbsence(_ *reading, v *values, rec *care.Record) {
	if rec.Role == nil {
		roleOf(rec).Left = true
		rec.Role.Person = v.ref("staff")
	}
	rec.Role.Absences = append(rec.Role.Absences, care.Absence{Ref: rec.Ref, Period: v.period()})
}

func roleOf(rec *care.Record) *care.RoleFact {
	if rec.Role == nil {
		rec.Role = &care.RoleFact{}
	}
	return rec.Role
}

func fillRelative(_ *reading, v *values, rec *care.Record) {
	if a := v.at("active"); a.set && !a.flag {
		return
	}
	r := care.Relative{Ref: rec.Ref, Decides: v.at("decides").flag, Period: v.period()}
	for _, id := range v.identifiers("person") {
		r.Also = append(r.Also, person.Ref(id))
	}
	rec.Relatives = append(rec.Relatives, r)
}
