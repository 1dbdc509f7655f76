package fhir

import (
	"net/url"
	"strings"

	"brygga/care"
	"brygga/mapping"
)

// The windows of the bulky kinds, in days (fhir.md, "Reading back and pulling").
const (
	visitDays = 35
	noteDays  = 70
)

// Kinds lists everything that is pulled, staff and units first. Two kinds ask
// for Encounters: visits, and stays away from home.
func Kinds(c Codes) []mapping.Kind {
	set := care.SetOf
	return []mapping.Kind{
		{Name: "unit", Type: "Organization", Facts: set(care.KindUnit)},
		{Name: "staff", Type: "Practitioner", Facts: set(care.KindStaff, care.KindQualification)},
		{Name: "employment", Type: "PractitionerRole", Facts: set(care.KindEmployment, care.KindStaffAbsence)},
		{Name: "client", Type: "Patient", Facts: set(care.KindClient)},
		{Name: "placement", Type: "EpisodeOfCare", Facts: set(care.KindPlacement, care.KindClientAbsence)},
		{Name: "service", Type: "ServiceRequest", Facts: set(care.KindService)},
		{Name: "assignment", Type: "CareTeam", Facts: set(care.KindAssignment)},
		{Name: "contact-decision", Type: "Observation", Facts: set(care.KindDecision), Params: token("code", c.Decision)},
		{Name: "information", Type: "Communication", Facts: set(care.KindInformation)},
		{Name: "plan", Type: "CarePlan", Facts: set(care.KindPlan)},
		{Name: "review", Type: "Procedure", Facts: set(care.KindReview), Params: token("code", c.Review)},
		{Name: "deviation", Type: "DetectedIssue", Facts: set(care.KindDeviation)},
		{Name: "risk", Type: "RiskAssessment", Facts: set(care.KindRisk)},
		{Name: "relative", Type: "RelatedPerson", Facts: set(care.KindRelative)},
		{Name: "consent", Type: "Consent", Facts: set(care.KindConsent)},
		{Name: "client-absence", Type: "Encounter", Facts: set(care.KindClientAbsence), Params: token("class", c.Inpatient)},
		{
			Name: "note", Type: "DocumentReference", Facts: set(care.KindNote), Params: token("type", c.Journal),
			Bulky: true, DateParam: "date", WindowDays: noteDays,
		},
		{
			Name: "visit", Type: "Encounter", Facts: set(care.KindVisit), Params: token("class", c.HomeVisit),
			Bulky: true, DateParam: "date", WindowDays: visitDays,
		},
	}
}

// token makes a search criterion that matches any of the codes.
func token(name string, codes []Code) url.Values {
	values := make([]string, len(codes))
	for i, c := range codes {
		values[i] = c.System + "|" + c.Code
	}
	return url.Values{name: {strings.Join(values, ",")}}
}
