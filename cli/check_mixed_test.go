package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"brygga/sandbox"
	written "brygga/sandbox/exports"
	"brygga/sandbox/lifecare"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

// serveTown runs a municipality of several systems and writes a configuration for it.
func serveTown(t *testing.T, opt lifecare.Options) (*mixed.Town, *served) {
	t.Helper()
	dir := t.TempDir()
	town, err := mixed.Start(t.Context(), mixed.Options{
		People: people.Options{Seed: 1, Clients: 40, AsOf: testNow.Format(time.DateOnly), VisitsPerMonth: 2, Months: 1},
		Clock:  func() time.Time { return testNow }, Dir: dir, Lifecare: opt,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(town.Close)
	s := &served{Server: town.FHIR, url: town.FHIRURL, env: map[string]string{
		"BRYGGA_PSEUDONYM_KEY": secrets["BRYGGA_PSEUDONYM_KEY"], "LIFECARE_DOMAIN": town.Domain, "LIFECARE_KEY": town.Key,
	}}
	s.config = mustWrite(t, filepath.Join(dir, "brygga.yaml"), `tenant: exempelkommun
keys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}
systems:
  lifecare:
    kind: rest
    mapping: lifecare
    url: `+town.LifecareURL+`
    auth: {kind: query-key, domain: env:LIFECARE_DOMAIN, key: env:LIFECARE_KEY}
    settings: {contact_personnel_is: fast-omsorgskontakt}
  export: {kind: files, mapping: procapita-example, path: exports}
  hr: {kind: files, mapping: hr-list, path: exports, settings: {complete: "yes"}}
  register: {kind: files, mapping: register, path: exports, settings: {representatives: "yes"}}
  journal: {kind: fhir, url: `+town.FHIRURL+`, receives: [flags, tasks]}
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
rules: {pack: botkyrka}
`)
	return town, s
}

// Each list of each system is one line, with what to do where something is wrong,
// and never with a key or anything that came in an answer.
func TestCheckOfSeveralSystems(t *testing.T) {
	remove := func(t *testing.T, town *mixed.Town, glob string) {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(town.Exports.Dir(), glob))
		if err != nil || len(all) == 0 {
			t.Fatalf("%d files %s: %v", len(all), glob, err)
		}
		for _, name := range all {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	onList := func(name string, fault sandbox.Fault) func(*http.Request) *sandbox.Fault {
		return sandbox.OnPath("/v1/"+name, fault)
	}
	for _, c := range []struct {
		name   string
		opt    lifecare.Options
		breaks func(t *testing.T, town *mixed.Town, s *served)
		exit   int
		run    bool // the job has read once
	}{
		{name: "mixed-all-well"},
		{name: "mixed-after-a-night", run: true},
		{
			name: "mixed-not-let-in", exit: 1,
			breaks: func(_ *testing.T, _ *mixed.Town, s *served) { s.env["LIFECARE_KEY"] = "swordfish" },
		},
		{
			name: "mixed-key-of-one-group", exit: 1,
			opt: lifecare.Options{GroupKeys: map[string]string{"visit": "swordfish"}},
		},
		{
			name: "mixed-lists-that-fail", exit: 1,
			opt: lifecare.Options{Quirks: lifecare.Quirks{StaffGone: true}},
			breaks: func(_ *testing.T, town *mixed.Town, _ *served) {
				html, gone := onList("clients", sandbox.Fault{HTML: true}), onList("executions", sandbox.Fault{Status: 404})
				town.Lifecare.SetFault(func(r *http.Request) *sandbox.Fault {
					if f := html(r); f != nil {
						return f
					}
					return gone(r)
				})
			},
		},
		{
			name: "mixed-files-that-fail", exit: 1,
			breaks: func(t *testing.T, town *mixed.Town, _ *served) {
				town.Exports.SetFaults(written.Faults{OtherHeader: written.Kinds{"kontakt"}, WrongEncoding: written.Kinds{"journal"}, Empty: written.Kinds{"intyg"}})
				if _, err := town.Exports.Write(testNow.AddDate(0, 0, -1), testNow.Add(-8*time.Hour)); err != nil {
					t.Fatal(err)
				}
				remove(t, town, "uppfoljningar_*.csv")
			},
		},
		{
			name: "mixed-no-folder", exit: 1,
			breaks: func(t *testing.T, town *mixed.Town, _ *served) {
				if err := os.RemoveAll(town.Exports.Dir()); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			town, s := serveTown(t, c.opt)
			s.here(t)
			if c.run {
				if exit, _, errs := s.do(t, "preview"); exit != 0 {
					t.Fatalf("preview: exit %d: %s", exit, errs)
				}
			}
			if c.breaks != nil {
				c.breaks(t, town, s)
			}
			exit, out, errs := s.do(t, "check")
			if exit != c.exit || errs != "" {
				t.Errorf("exit %d, want %d: %s", exit, c.exit, errs)
			}
			out = strings.ReplaceAll(out, strings.TrimSuffix(strings.TrimPrefix(town.LifecareURL, "http://"), lifecare.BasePath), "LIFECARE")
			golden(t, s.tests+"/testdata/check/"+c.name+".txt", out)
			for secret, what := range map[string]string{town.Key: "the key", "swordfish": "a key"} {
				if strings.Contains(out, secret) {
					t.Errorf("%s is shown", what)
				}
			}
			for r := range town.Municipality.Records {
				if id := r.PersonID(); id != "" && strings.Contains(out, id) {
					t.Error("a person number is shown")
				}
			}
			for line := range strings.Lines(out) {
				if strings.HasPrefix(line, "FAIL") && !strings.Contains(line, ";") {
					t.Errorf("it is not said what to do: %s", line)
				}
			}
		})
	}
}
