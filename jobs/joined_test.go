package jobs

import (
	"reflect"
	"strings"
	"testing"

	"brygga/sandbox"
	"brygga/sandbox/people"
)

// elsewhere is the same municipality in another record system, where every record
// has another id.
func elsewhere(t *testing.T, m *people.Municipality) *bed {
	t.Helper()
	b := bedOf(t, m, sandbox.Options{})
	for _, typ := range []string{
		"Organization", "Patient", "Practitioner", "PractitionerRole", "EpisodeOfCare", "ServiceRequest", "CareTeam", "Observation",
		"Communication", "CarePlan", "Procedure", "DocumentReference", "DetectedIssue", "RiskAssessment", "Encounter", "Consent", "RelatedPerson",
	} {
		for _, raw := range b.server.All(typ) {
			renamed := strings.ReplaceAll(strings.ReplaceAll(string(raw), `"t-`, `"o-`), `/t-`, `/o-`)
			b.server.Delete(typ + "/" + idOf(t, raw))
			b.putJSON(renamed)
		}
	}
	return b
}

// split has care give who people are and what care they have, and diary give
// what was written down about it.
const split = `
facts:
  client: care
  unit: care
  placement: care
  service: care
  staff: care
  employment: care
  absence: care
  assignment: care
  visit: care
  client-absence: care
  relative: care
  qualification: diary
  contact-decision: diary
  information: diary
  plan: diary
  review: diary
  note: diary
  deviation: diary
  risk: diary
  consent: diary
`

// Wherever facts come from, the same is found: nobody's systems decide what is due.
func TestFactsOfTwoSystemsAreJudgedAsOfOne(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t, "writes: {mode: report}")
	alone := b.run(ExitDone)
	journal := elsewhere(t, m)
	b.configure("systems:\n  care: {kind: fhir, url: " + b.url + "}\n  diary: {kind: fhir, url: " + journal.url + ", receives: [flags, tasks]}\nwrites: {mode: write}" + split)
	joined := b.run(ExitDone)
	if !reflect.DeepEqual(alone.Findings, joined.Findings) {
		t.Errorf("of one system %+v,\nof two %+v", alone.Findings, joined.Findings)
	}
	if !reflect.DeepEqual(alone.Coverage, joined.Coverage) {
		t.Errorf("of one system %+v,\nof two %+v", alone.Coverage, joined.Coverage)
	}
	if len(joined.Warnings) != len(alone.Warnings) {
		t.Errorf("warnings %v, of one system %v", joined.Warnings, alone.Warnings)
	}
	there := strings.Replace(b.client(m, "plan-review-overdue"), "/t-", "/o-", 1)
	journal.find("Task", "requested plan.review "+there)
	again := b.run(ExitDone)
	if again.Totals.Writes() != 0 {
		t.Errorf("the second run would write %+v", again.Totals)
	}
}

// What one of the systems cannot give makes those unknown whom it is about, and
// nothing is cleared.
func TestASystemThatIsDownMakesItsFactsUnknown(t *testing.T) {
	m := people.Small("t-", bedDay)
	b := newBed(t)
	journal := elsewhere(t, m)
	b.configure("systems:\n  care: {kind: fhir, url: " + b.url + "}\n  diary: {kind: fhir, url: " + journal.url + ", receives: [flags, tasks]}\nwrites: {mode: write}" + split)
	b.run(ExitDone)
	before := journal.stands("Task")
	journal.server.SetFault(onType("CarePlan", sandbox.Fault{Status: 401}))
	rep := b.run(ExitPartly)
	whole := rep.Coverage[len(rep.Coverage)-1]
	if whole.Unknown != whole.Clients || rep.Totals.Writes() != 0 {
		t.Errorf("%d of %d are unknown, %+v", whole.Unknown, whole.Clients, rep.Totals)
	}
	if !reflect.DeepEqual(before, journal.stands("Task")) {
		t.Error("what stands was changed")
	}
	if i := rep.problem("diary", "plan"); i == nil || !strings.Contains(i.What, "401") {
		t.Errorf("the problem is not told: %+v", rep.Problems)
	}
}
