package interop

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

// A municipality without FHIR for its care: Lifecare, exports and lists, and this
// server for Flags and Tasks alone. It knows the people under ids of its own.
func TestLifecareExportsAndListsWithThisServerForFlagsAndTasks(t *testing.T) {
	m := &municipality{t: t, place: map[string]string{}, clean: map[string]string{}}
	tenant := newTenant()
	in := &installation{t: t, dir: t.TempDir(), tenant: tenant}
	town, err := mixed.Start(t.Context(), mixed.Options{
		// Other tests have people on the server: these have other numbers.
		People: people.Options{Seed: 90125, Clients: 240, AsOf: today().String(), VisitsPerMonth: 12, Months: 1},
		Clock:  time.Now, Dir: in.dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(town.Close)
	town.Municipality.Directory(func(r people.Resource) bool {
		m.add(r.JSON)
		return true
	})
	in.file("pseudonym.key", strings.Repeat("5c", 32))
	in.file("domain", town.Domain)
	in.file("lifecare.key", town.Key)
	auth := ""
	if under.token != "" {
		auth = ", auth: {kind: bearer, token: env:" + envToken + "}"
	}
	in.file("brygga.yaml", `tenant: `+tenant+`
store: sqlite:brygga.db
keys: {pseudonym: file:pseudonym.key}
systems:
  lifecare:
    kind: rest
    mapping: lifecare
    url: `+town.LifecareURL+`
    auth: {kind: query-key, domain: file:domain, key: file:lifecare.key}
    settings: {contact_personnel_is: fast-omsorgskontakt}
  export: {kind: files, mapping: procapita-example, path: `+filepath.Join(in.dir, "exports")+`}
  hr: {kind: files, mapping: hr-list, path: exports}
  register: {kind: files, mapping: register, path: exports}
  journal: {kind: fhir, url: `+under.base+`, receives: [flags, tasks]`+auth+`}
facts: {client: lifecare, unit: lifecare, staff: lifecare, placement: lifecare, service: lifecare, visit: lifecare, employment: export, note: export, contact-decision: export}
writes: {mode: write}
guard: {at_least: 1000}
`)
	in.night()
	first := standing(t, tenant)
	if len(first) < 10 {
		t.Fatalf("%d Flags and Tasks were written", len(first))
	}
	for _, o := range first {
		if m.clean[o.client] == "" {
			t.Errorf("%s is about nobody of this municipality", o)
		}
	}
	if again := in.night(); again.rep.Applied != nil || again.rep.Totals.Create+again.rep.Totals.Update+again.rep.Totals.Close != 0 {
		t.Errorf("the second run would write %+v", again.rep.Totals)
	}
	if _, err := town.NextDay(); err != nil {
		t.Fatal(err)
	}
	next := in.night()
	if a := next.rep.Applied; a == nil || a.Closed == 0 {
		t.Errorf("a day's acts closed nothing: %+v", a)
	}
	if e := in.brygga("status"); e.exit != 0 || strings.Contains(e.out+e.err, town.Key) {
		t.Errorf("status ended with %d: %s", e.exit, e.err)
	}
}
