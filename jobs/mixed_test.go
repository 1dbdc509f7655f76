package jobs

import (
	"strings"
	"testing"
	"time"

	"brygga/sandbox/lifecare"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

// mixedFacts says which of the systems counts where more than one could.
const mixedFacts = `
facts:
  client: lifecare
  unit: lifecare
  staff: lifecare
  placement: lifecare
  service: lifecare
  visit: lifecare
  employment: export
  note: export
  contact-decision: export
  relative: [register, lifecare]
`

// newTown runs a municipality as several systems, and a brygga that is configured
// for them: Lifecare for clients, care, plans and visits, an export for notes and
// decisions, a list from HR, a register, and FHIR for Flags and Tasks.
func newTown(t *testing.T, opt mixed.Options, more string) (*bed, *mixed.Town) {
	t.Helper()
	b := &bed{T: t, dir: t.TempDir()}
	b.set(time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC))
	opt.Clock, opt.Dir = b.now, b.dir
	if opt.People.Clients == 0 {
		opt.People = people.Options{Seed: 1, Clients: 120, AsOf: bedDay, VisitsPerMonth: 24, Months: 1}
	}
	town, err := mixed.Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(town.Close)
	b.server, b.url = town.FHIR, town.FHIRURL
	b.write("domain", town.Domain)
	b.write("lifecare.key", town.Key)
	b.configure(`
systems:
  lifecare:
    kind: rest
    mapping: lifecare
    display_name: Lifecare
    url: ` + town.LifecareURL + `
    auth: {kind: query-key, domain: file:domain, key: file:lifecare.key}
    settings: {contact_personnel_is: fast-omsorgskontakt}
  export: {kind: files, mapping: procapita-example, path: exports}
  hr: {kind: files, mapping: hr-list, path: exports, settings: {complete: "yes"}}
  register: {kind: files, mapping: register, path: exports, settings: {representatives: "yes"}}
  journal: {kind: fhir, url: ` + town.FHIRURL + `, receives: [flags, tasks]}
writes: {mode: write}
` + mixedFacts + more)
	return b, town
}

func TestANightOfSeveralSystems(t *testing.T) {
	b, town := newTown(t, mixed.Options{}, "")
	rep := b.run(ExitDone)
	for _, w := range rep.Warnings {
		t.Log(w)
	}
	for _, f := range rep.Findings {
		t.Logf("%+v", f)
	}
	for _, k := range rep.Kinds {
		t.Logf("%+v", k)
	}
	t.Logf("%+v", rep.Coverage[len(rep.Coverage)-1])
	if rep.Applied == nil || rep.Applied.Written() == 0 {
		t.Fatalf("nothing was written: %+v", rep.Totals)
	}
	again := b.run(ExitDone)
	b.written(0)
	if again.Totals.Writes() != 0 {
		t.Errorf("the second run would write %+v", again.Totals)
	}
	b.nextDay()
	if _, err := town.NextDay(); err != nil {
		t.Fatal(err)
	}
	next := b.run(ExitDone)
	for _, c := range next.Changes {
		if c.Writes() {
			t.Logf("%s %s %s %s", c.Action, c.Type, c.Rule, c.Reason)
		}
	}
	_ = lifecare.Quirks{}
	_ = strings.Contains
}
