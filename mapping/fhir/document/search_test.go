package document

import (
	"encoding/json"
	"fmt"
	"testing"

	"brygga/care"
)

func TestWhatASectionAsksFor(t *testing.T) {
	for _, c := range []struct {
		section care.Section
		want    []string
	}{
		{care.SectionContact, []string{"CareTeam?category=https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs|fast-kontakt&patient=Patient/p1"}},
		{care.SectionRelatives, []string{"RelatedPerson?patient=Patient/p1"}},
		{care.SectionServices, []string{"ServiceRequest?patient=Patient/p1"}},
		{care.SectionPlan, []string{"CarePlan?category=" + planSystem + "|implementation&patient=Patient/p1"}},
		{care.SectionJournal, []string{"DocumentReference?date=ge2026-09-12&patient=Patient/p1&type=" + journal.token()}},
		{care.SectionDeviations, []string{"DetectedIssue?code=" + deviationSystem + "|&patient=Patient/p1"}},
		{care.SectionRisks, []string{"RiskAssessment?patient=Patient/p1", "CarePlan?category=" + planSystem + "|action&patient=Patient/p1"}},
		{care.SectionSIP, []string{"CarePlan?category=" + planSystem + "|sip&patient=Patient/p1"}},
	} {
		var got []string
		for _, s := range Searches(c.section, "Patient/p1", asOf) {
			got = append(got, shown(s))
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s asks %v, want %v", c.section, got, c.want)
		}
	}
}

// shown is a search without escapes, its parameters in order.
func shown(s Search) string {
	out, sep := s.Type, "?"
	for _, k := range []string{"based-on", "category", "code", "date", "patient", "type"} {
		for _, v := range s.Params[k] {
			out, sep = out+sep+k+"="+v, "&"
		}
	}
	return out
}

func TestReviewsAreAskedForByTheirPlans(t *testing.T) {
	c := record()
	for _, k := range []struct {
		name    string
		section care.Section
		change  func(*Collection)
		want    []string
	}{
		{"of implementation plans", care.SectionPlan, nil, []string{"Procedure?based-on=CarePlan/cp1&code=" + planSystem + "|review&patient=Patient/p1"}},
		{"of SIPs", care.SectionSIP, nil, []string{"Procedure?based-on=CarePlan/cp3&code=" + planSystem + "|review&patient=Patient/p1"}},
		{"of no plans, none", care.SectionPlan, func(c *Collection) { c.Rows[care.SectionPlan] = nil }, nil},
		{"of a section without plans, none", care.SectionServices, nil, nil},
		{"of plans of another section, none", care.SectionPlan, func(c *Collection) { c.Rows[care.SectionPlan] = c.Rows[care.SectionSIP] }, nil},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := record()
			if k.change != nil {
				k.change(&c)
			}
			var got []string
			for _, s := range c.Reviews(k.section, "Patient/p1") {
				got = append(got, shown(s))
			}
			if fmt.Sprint(got) != fmt.Sprint(k.want) {
				t.Errorf("asked %v, want %v", got, k.want)
			}
		})
	}
	for i := range 45 {
		c.Rows[care.SectionPlan] = append(c.Rows[care.SectionPlan], rowOf("CarePlan", fmt.Sprint("n", i), `"category":[`+concept(planSystem, "implementation")+`]`))
	}
	if n := len(c.Reviews(care.SectionPlan, "Patient/p1")); n != 3 {
		t.Errorf("46 plans are asked about in %d searches, want 3", n)
	}
}

func TestWhatIsWanted(t *testing.T) {
	c := record()
	c.Support = map[care.Ref]json.RawMessage{}
	for _, round := range []struct {
		sections []care.Section
		want     []care.Ref
	}{
		{[]care.Section{care.SectionContact}, []care.Ref{"PractitionerRole/r1"}},
		{[]care.Section{care.SectionServices}, []care.Ref{"Organization/norra", "Practitioner/assessor"}},
		{[]care.Section{care.SectionJournal}, []care.Ref{"Binary/b1", "Practitioner/anna"}}, // not of the note that is too old
		{[]care.Section{care.SectionRisks}, nil},
	} {
		if got := c.Wants(options(round.sections...)); fmt.Sprint(got) != fmt.Sprint(round.want) {
			t.Errorf("%v wants %v, want %v", round.sections, got, round.want)
		}
	}
	c.Support["PractitionerRole/r1"] = record().Support["PractitionerRole/r1"]
	if got := c.Wants(options(care.SectionContact)); fmt.Sprint(got) != "[Organization/norra Practitioner/anna]" {
		t.Errorf("the role leads to %v", got)
	}
}
