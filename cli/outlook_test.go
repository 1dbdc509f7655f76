package cli

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"brygga/jobs"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

// townsfolk is a municipality of three units.
func townsfolk() *people.Municipality {
	return people.Generate(people.Options{Seed: 3, Clients: 120, Units: 3, AsOf: "2026-11-21", Months: 1, Prefix: "t-"})
}

// town is that municipality on a server of our own. read reads it once by a
// preview; after that the server may not be asked any more.
func town(t *testing.T, more string) *served {
	t.Helper()
	s := &served{Server: sandbox.New(sandbox.Options{Clock: func() time.Time { return testNow }}), env: secrets}
	for r := range townsfolk().Resources {
		if err := s.Load(r.JSON); err != nil {
			t.Fatal(err)
		}
	}
	url, stop, err := s.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s.url = url
	s.config = configure(t, url, more)
	s.here(t)
	return s
}

func (s *served) read(t *testing.T) *served {
	t.Helper()
	if exit, _, errs := s.do(t, "preview"); exit != 0 && exit != 3 {
		t.Fatalf("preview: exit %d: %s", exit, errs)
	}
	s.SetFault(func(*http.Request) *sandbox.Fault { t.Error("the server was asked"); return nil })
	return s
}

// nobody fails where an output names a person.
func nobody(t *testing.T, what, text string) {
	t.Helper()
	for _, never := range []string{"Patient/", "Practitioner/t-", "<script", "http://", "https://"} {
		if strings.Contains(text, never) {
			t.Errorf("%s holds %s", what, never)
		}
	}
	if regexp.MustCompile(`\b(18|19|20)?\d{6}[-+]?\d{4}\b`).MatchString(text) {
		t.Errorf("%s holds what looks like a person number", what)
	}
}

func TestForecastReadsWell(t *testing.T) {
	s := town(t, "").read(t)
	exit, out, errs := s.do(t, "forecast", "--days", "60", "--ics", "kalendrar")
	if exit != 0 || errs != "" {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	golden(t, filepath.Join(s.tests, "testdata/outlook/forecast.txt"), out)
	nobody(t, "the text", out)
	exit, asJSON, _ := s.do(t, "forecast", "--days", "60", "-o", "json")
	var f jobs.Forecast
	if err := json.Unmarshal([]byte(asJSON), &f); exit != 0 || err != nil || len(f.Days) != 61 || len(f.Lines) == 0 {
		t.Fatalf("exit %d, %v: %s", exit, err, asJSON)
	}
	if strings.Contains(asJSON, "Patient/") {
		t.Error("the JSON names clients")
	}
	files, err := filepath.Glob("kalendrar/*.ics")
	if err != nil || len(files) != len(f.Units) {
		t.Errorf("calendars %v for %d units: %v", files, len(f.Units), err)
	}
	due, counted := 0, 0
	for _, l := range f.Lines {
		counted += l.Count
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		nobody(t, file, string(b))
		if strings.Contains(string(b), "Practitioner") || !strings.Contains(string(b), "DTSTAMP:20261121T063000Z\r\n") {
			t.Errorf("%s: %s", file, b)
		}
		for _, m := range regexp.MustCompile(`SUMMARY:brygga: (\d+) att`).FindAllStringSubmatch(string(b), -1) {
			n := 0
			for _, c := range m[1] {
				n = 10*n + int(c-'0')
			}
			due += n
		}
	}
	if due != counted {
		t.Errorf("the calendars count %d, the lines %d", due, counted)
	}
}

func TestForecastBeforeAnythingWasRead(t *testing.T) {
	s := town(t, "")
	for _, c := range []struct {
		name string
		args []string
		exit int
		want string
	}{
		{"nothing has been read", []string{"forecast"}, 1, "nothing has been read yet"},
		{"nothing to report", []string{"report"}, 1, "nothing has been read yet"},
		{"no days", []string{"forecast", "--days", "0"}, 2, "1 to 366 days"},
		{"more than a year", []string{"forecast", "--days", "367"}, 2, "1 to 366 days"},
		{"a report that there is not", []string{"report", "quality"}, 2, "there is coverage and continuity"},
		{"a table of two kinds", []string{"report", "--csv", "x.csv"}, 2, "one table"},
		{"a reading that there is not", []string{"report", "--daily", "some"}, 2, "write each or mean"},
		{"a preview that is saved and only compared", []string{"preview", "--set", "plan.review.months=5", "--out", "x"}, 2, "leave out --out"},
		{"a parameter that there is not", []string{"preview", "--set", "plan.review.month=5"}, 2, "did you mean plan.review.months?"},
		{"a setting without a value", []string{"preview", "--set", "plan.review.months"}, 2, "write RULE.PARAM=VALUE"},
		{"nothing to compare with", []string{"evaluate", ".", "--what-if"}, 2, "give them with --set"},
	} {
		exit, _, errs := s.do(t, c.args...)
		if exit != c.exit || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q", c.name, exit, errs)
		}
	}
}

func TestReportReadsWell(t *testing.T) {
	s := town(t, "rules: {pack: hemvard}\n").read(t)
	exit, out, errs := s.do(t, "report")
	if exit != 0 || errs != "" {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	golden(t, filepath.Join(s.tests, "testdata/outlook/report.txt"), out)
	nobody(t, "the text", out)
	for _, part := range []string{"coverage", "continuity"} {
		if exit, out, errs := s.do(t, "report", part, "--csv", part+".csv", "--html", part+".html", "--absent", "in"); exit != 0 || !strings.Contains(out, "Written: "+part+".csv") {
			t.Fatalf("exit %d: %s", exit, errs)
		}
		b, err := os.ReadFile(part + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		text, marked := strings.CutPrefix(string(b), "\uFEFF")
		r := csv.NewReader(strings.NewReader(text))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if err != nil || !marked || len(rows) < 2 || rows[len(rows)-1][0] != "Alla enheter" {
			t.Errorf("%s: %v %v", part, err, rows)
		}
		nobody(t, part, text)
		golden(t, filepath.Join(s.tests, "testdata/outlook/"+part+".csv"), string(b))
		page, err := os.ReadFile(part + ".html")
		if err != nil {
			t.Fatal(err)
		}
		nobody(t, part, string(page))
		for _, must := range []string{"size: A4", `<html lang="sv">`, "</html>", "Alla enheter"} {
			if !strings.Contains(string(page), must) {
				t.Errorf("%s.html lacks %s", part, must)
			}
		}
		golden(t, filepath.Join(s.tests, "testdata/outlook/"+part+".html"), string(page))
	}
	var v figures
	if exit, out, _ = s.do(t, "report", "-o", "json"); exit != 0 || json.Unmarshal([]byte(out), &v) != nil || v.Coverage == nil || v.Continuity == nil {
		t.Fatalf("exit %d: %s", exit, out)
	}
	if v.Coverage.Whole.Clients == 0 || v.Continuity.Whole.Population == 0 {
		t.Errorf("%+v", v)
	}
	nobody(t, "the JSON", out)
}

// A unit's name comes from elsewhere: it becomes neither markup nor a formula.
func TestStrangeUnitsInReports(t *testing.T) {
	v := &figures{Tenant: "<b>", Coverage: &jobs.CoverageReport{Units: []jobs.UnitCoverage{
		{Coverage: jobs.Coverage{Unit: `=HYPERLINK("x");<script>alert(1)</script>`}}, {Coverage: jobs.Coverage{Unit: "@a\r\nb"}},
	}}}
	b, err := v.csv("sv")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "\n=") || strings.Contains(string(b), "\n@") || strings.Contains(string(b), "\n\"=") || strings.Contains(string(b), "\n\"@") {
		t.Errorf("a formula: %s", b)
	}
	var page strings.Builder
	if err := v.html(&page, "sv", 740000, testNow); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script") || strings.Contains(page.String(), "<b>") {
		t.Errorf("markup: %s", page.String())
	}
}

func TestWhatOtherThresholdsWouldFind(t *testing.T) {
	s := town(t, "")
	exit, out, errs := s.do(t, "preview", "--set", "plan.review.months=4", "--set", "sip.review.enabled=true")
	if exit != 0 || errs != "" {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	golden(t, filepath.Join(s.tests, "testdata/outlook/preview-set.txt"), out)
	if n := s.Requests().Written(); n != 0 {
		t.Errorf("%d resources were written", n)
	}
	exit, out, _ = s.do(t, "preview", "--set", "plan.review.months=4", "-o", "json")
	var v comparison
	if err := json.Unmarshal([]byte(out), &v); exit != 0 || err != nil || v.Set["plan.review.months"] != "4" || v.Pack != "national" || v.WhatIf == nil || v.Come == 0 {
		t.Errorf("exit %d, %v: %s", exit, err, out)
	}
	input := filepath.Join(s.tests, "../testdata/plan-review/input")
	exit, out, _ = call(t, process{}, "evaluate", input, "--as-of", "2026-11-21", "--set", "plan.review.months=12", "--what-if")
	if exit != 0 || !strings.HasPrefix(out, "With plan.review.months=12, on the same facts:\n") || !strings.Contains(out, "plan.review") {
		t.Errorf("exit %d: %s", exit, out)
	}
	exit, whole, _ := call(t, process{}, "evaluate", input, "--as-of", "2026-11-21", "--set", "plan.review.months=12")
	if exit != 0 || !strings.HasSuffix(whole, out) {
		t.Errorf("the text of evaluate --set does not end with the comparison: %s", whole)
	}
	exit, out, _ = call(t, process{}, "evaluate", input, "--as-of", "2026-11-21", "--set", "plan.review.months=12", "--what-if", "-o", "json")
	if err := json.Unmarshal([]byte(out), &v); exit != 0 || err != nil || v.Go == 0 {
		t.Errorf("exit %d, %v: %s", exit, err, out)
	}
	exit, out, _ = call(t, process{}, "evaluate", input, "--as-of", "2026-11-21", "--set", "plan.review.months=6", "--what-if")
	if exit != 0 || !strings.Contains(out, "nothing comes, nothing goes") {
		t.Errorf("what holds already: exit %d: %s", exit, out)
	}
}

// A municipality's own pack, and what differs for a service and a provider, hold
// in every command alike.
func TestOwnPacksAndLayersHoldEverywhere(t *testing.T) {
	s := town(t, "rules: {pack: packs/mine.yaml, services: {safety-alarm: {set: {plan.review.warn: 21}}}, providers: {nobody: {set: {plan.review.warn: 20}}}}\n")
	mustWrite(t, "packs/mine.yaml", "pack: exempel\nextends: grund.yaml\nset: {plan.review.months: 4}\n")
	mustWrite(t, "packs/grund.yaml", "pack: grund\nextends: hemvard\noff: [sip.review]\n")
	exit, out, errs := s.do(t, "rules")
	for _, want := range []string{"Pack exempel, from brygga.yaml", "Other for clients with the service safety-alarm:\n  plan.review.warn  21 days", "Other for the provider nobody:"} {
		if exit != 0 || !strings.Contains(out, want) {
			t.Fatalf("rules: exit %d, no %q: %s%s", exit, want, out, errs)
		}
	}
	exit, out, _ = call(t, process{}, "rules", "plan.review", "--pack", "packs/mine.yaml")
	if exit != 0 || !regexp.MustCompile(`plan\.review\.months +4 months +pack`).MatchString(out) {
		t.Errorf("rules --pack FILE: exit %d: %s", exit, out)
	}
	for _, c := range []struct{ name, pack, text, want string }{
		{"a wrong file", "packs/bad.yaml", "pack: bad\nextends: national\non: [plan.reviw]\n", `packs/bad.yaml:3:6: on: there is no rule "plan.reviw"; did you mean plan.review?`},
		{"no file", "packs/gone.yaml", "", "packs/gone.yaml: does not exist"},
		{"no pack", "hemvrd", "", `there is no pack "hemvrd"; did you mean hemvard?`},
	} {
		if c.text != "" {
			mustWrite(t, c.pack, c.text)
		}
		if exit, _, errs := call(t, process{}, "rules", "--pack", c.pack); exit != 2 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d: %s", c.name, exit, errs)
		}
	}
	exit, out, errs = s.do(t, "preview")
	if exit != 0 || !strings.Contains(out, `the configuration names the provider "nobody"`) {
		t.Fatalf("preview: exit %d: %s%s", exit, out, errs)
	}
	m := townsfolk()
	explained := 0
	for c := range m.Clients {
		if exit, out, _ := s.do(t, "explain", "Patient/"+c.ID, "-o", "json"); exit == 0 && strings.Contains(out, `"name":"plan.review.months"`) || strings.Contains(out, `plan.review.months`) {
			if !strings.Contains(out, `"pack":"exempel"`) {
				t.Errorf("explain of %s: %s", c.ID, out)
			}
			explained++
		}
		if explained == 3 {
			break
		}
	}
	if explained == 0 {
		t.Error("nobody was explained")
	}
}

// The figures say so where nobody could be left out for being away, unless those who
// were away are to be counted.
func TestTheReportTellsWhetherAbsencesWereRead(t *testing.T) {
	for _, row := range []struct {
		name, absent string
		read, want   bool
	}{
		{"they were", "out", true, false},
		{"they were not", "out", false, true},
		{"they were not, and nobody asks", "in", false, false},
	} {
		v := &figures{Continuity: &jobs.Continuity{AbsencesRead: row.read, Reading: []jobs.Reading{{Point: "absent", Chosen: row.absent}}}}
		for _, language := range []string{"sv", "en"} {
			said := slices.Contains(v.sheets(language, ".")[0].notes, inWords(figureWords["absences-unread"], language))
			if said != row.want {
				t.Errorf("%s (%s): said %v", row.name, language, said)
			}
		}
	}
}
