package jobs

import (
	"fmt"
	"testing"

	"brygga/sandbox/people"
)

const townSettings = "writes: {mode: write, transaction_size: 4}\nguard: {at_least: 1000}\njobs: {handover: {release: automatic}}"

// newMoveTown is a small municipality out of which people move.
func newMoveTown(t *testing.T) *moveBed {
	t.Helper()
	b := newMoveBed(t, townSettings)
	for r := range people.Small("t-", bedDay).Resources {
		b.must(b.server.Load(r.JSON))
	}
	return b
}

// newcomer is a client of whom something is to be found, since nobody has done anything.
func (b *moveBed) newcomer(name string) {
	b.put(`{"resourceType":"Patient","id":%q,"birthDate":"1935-05-05"}`, name)
	b.put(`{"resourceType":"EpisodeOfCare","id":"ep-%s","status":"active","type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],
		"patient":{"reference":"Patient/%s"},"managingOrganization":{"reference":"Organization/unit"},"period":{"start":"2026-01-01"}}`, name, name)
	b.put(`{"resourceType":"ServiceRequest","id":"sr-%s","status":"active","intent":"order","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],
		"code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/service","code":"personal-care"}]},"subject":{"reference":"Patient/%s"},"authoredOn":"2026-01-01","occurrencePeriod":{"start":"2026-01-01"}}`, name, name)
}

// arrive puts what happens before the kth kill of a round.
func (b *moveBed) arrive(round, k int) {
	b.newcomer(fmt.Sprintf("new-%d-%d", round, k))
	b.mover(fmt.Sprintf("moves-%d-%d", round, k), []string{"solgarden", "bjorken"}[k%2]) // k even has a FHIR server
}

// last are runs that nobody disturbs: a night, handing over, and a night that sees it.
func (b *moveBed) last() {
	b.Helper()
	b.run(ExitDone)
	b.hand(ExitDone)
	b.run(ExitDone)
}

// undisturbed is what stands when nothing goes wrong: a night, a handover, and a night.
func undisturbed(t *testing.T) (findings, handed map[string]int) {
	t.Helper()
	quiet := newMoveTown(t)
	quiet.last()
	return quiet.findings(), quiet.handed()
}

// asUndisturbed lets what was left undone be done, and asserts that it came to the same.
func (b *moveBed) asUndisturbed(findings, handed map[string]int) {
	b.Helper()
	b.last()
	b.sameAs("the record system", b.findings(), findings)
	b.sameAs("the care homes", b.handed(), handed)
	b.singly()
	b.unbroken()
	b.run(ExitDone)
	b.written(0)
	b.hand(ExitDone)
	b.sameAs("the care homes, once more", b.handed(), handed)
}
