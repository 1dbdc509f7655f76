package jobs

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/care"
	"brygga/sandbox"
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

// One municipality, read from Lifecare, exports and lists, stands as it does when it
// is read from one FHIR server: wherever these systems have a place for the facts.
func TestANightOfSeveralSystemsFindsWhatOneSystemWouldHaveFound(t *testing.T) {
	o := people.Options{Seed: 1, Clients: 300, AsOf: bedDay, VisitsPerMonth: 24, Months: 1}
	b, _ := newTown(t, mixed.Options{People: o}, "")
	mixed, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	f := bedOf(t, people.Generate(o), sandbox.Options{}, "writes: {mode: report}")
	alone, err := f.job.Preview(f.ctx(), f.options())
	if err != nil {
		t.Fatal(err)
	}
	got := map[care.Ref]Judged{}
	for _, j := range mixed.Judged {
		got[mixed.there[j.Client.Ref]] = j
	}
	equal, vacant, lost := 0, 0, 0
	for _, w := range alone.Judged {
		g, found := got[w.Client.Ref]
		switch {
		case !found:
			lost++ // known by a reservnummer only, which Lifecare has no place for
		case g.Plan.Status == w.Plan.Status && g.Contact.Status == w.Contact.Status:
			equal++
		case g.Plan.Status == w.Plan.Status && w.Contact.Status == care.ContactVacant:
			vacant++ // leave of staff, and contacts that ended before the first night, are not known there
		default:
			t.Errorf("%s: %s and %s, of one system %s and %s", w.Client.Ref, g.Contact.Status, g.Plan.Status, w.Contact.Status, w.Plan.Status)
		}
	}
	if equal < 290 || lost != 1 {
		t.Errorf("of %d clients %d stand alike, %d are vacant in one only, and %d were not found", len(alone.Judged), equal, vacant, lost)
	}
}

func TestNightsOfSeveralSystems(t *testing.T) {
	b, town := newTown(t, mixed.Options{}, "")
	rep := b.run(ExitDone)
	if rep.Applied == nil || rep.Applied.Created == 0 {
		t.Fatalf("nothing was created: %+v", rep.Totals)
	}
	again := b.run(ExitDone)
	b.written(0)
	if again.Totals.Writes() != 0 {
		t.Errorf("the second run would write %+v", again.Totals)
	}
	for _, k := range again.Kinds {
		if k.System == "lifecare" && k.Kind != "plan" && k.Whole {
			t.Errorf("%s was read whole again, and Lifecare tells what changed in it", k.Kind)
		}
	}
	b.nextDay()
	if _, err := town.NextDay(); err != nil {
		t.Fatal(err)
	}
	b.run(ExitDone)
	lines := strings.Join(slices.Collect(maps.Values(b.stands("Task"))), "\n")
	for _, want := range []string{
		"requested contact.vacant", // a contact left: what is no longer listed has ended
		"completed plan.review",    // a plan was followed up, and the register says so
		"cancelled plan.",          // a client died
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("no Task is %s:\n%s", want, lines)
		}
	}
	b.run(ExitDone)
	b.written(0)
}

// Keys and person numbers go no further than the page that they came in.
func TestNothingPersonalStaysOfANightOfSeveralSystems(t *testing.T) {
	var log bytes.Buffer
	b, town := newTown(t, mixed.Options{}, "")
	b.log = zerolog.New(zerolog.SyncWriter(&log)).Level(zerolog.TraceLevel)
	b.reopen()
	b.run(ExitDone)
	if err := b.job.Close(); err != nil {
		t.Fatal(err)
	}
	kept := map[string][]byte{"the log": log.Bytes()}
	for _, file := range []string{"brygga.db", "brygga.db-wal"} {
		content, err := os.ReadFile(filepath.Join(b.dir, file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		kept[file] = content
	}
	if len(kept["brygga.db"]) < 100_000 {
		t.Fatalf("the store is %d bytes", len(kept["brygga.db"]))
	}
	secrets := map[string]string{town.Key: "the key"}
	for r := range town.Municipality.Records {
		if r.PersonID() != "" {
			secrets[r.PersonID()] = "a person number"
		}
	}
	for where, content := range kept {
		for secret, what := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %s", where, what)
			}
		}
	}
}
