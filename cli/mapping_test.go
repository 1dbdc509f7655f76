package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const oneVisit = `{"Id": 91, "ClientPersonId": "195009072553", "PersonnelPersonId": "19610118-2803",
	"StartTime": "2026-11-01T08:00:00", "EndTime": "2026-11-01T08:45:00", "Status": "Completed", "Law": "SoL",
	"Services": [{"Status": "Done", "Name": "Städ"}, {"Status": "Done", "Name": "Fika"}], "Comment": "is not read"}`

func TestMappingReadsWell(t *testing.T) {
	dir := t.TempDir()
	broken := mustWrite(t, filepath.Join(dir, "broken.yaml"), "mapping: broken\nextends: lifecare\nfacts: {visit: {start: StartTme, clint: x}}\n")
	failing := mustWrite(t, filepath.Join(dir, "failing.yaml"), "mapping: failing\nextends: hr-list\nexamples: ex/\n")
	if err := os.Mkdir(filepath.Join(dir, "ex"), 0o755); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "ex", "one.yaml"), "- list: certificate\n  says: a nurse\n  csv: |\n    HSA-id;Personnummer;Intyg;Från;Till\n    SE1;;usk;2026-01-01;\n  facts:\n    - staff: {person: [hsa(Hsa)]}\n    - qualification: {kind: routine, start: 2026-01-01}\n- list: nothing\n  says: a list that is not there\n  record: {}\n")
	ours := mustWrite(t, filepath.Join(dir, "ours.yaml"), "mapping: ours\nextends: hr-list\nrecords: {certificate: {files: {glob: \"usk*.csv\"}}}\n")
	record := mustWrite(t, filepath.Join(dir, "record.csv"), "HSA-id;Personnummer;Intyg;Från;Till\nSE2321000000-0001;19610118-2803;Undersköterska;2023-07-01;\n")
	for _, c := range []struct {
		name string
		in   string
		exit int
		args []string
	}{
		{"list", "", 0, []string{"list"}},
		{"test", "", 0, []string{"test"}},
		{"test-broken", "", 1, []string{"test", broken}},
		{"test-failing", "", 1, []string{"test", failing, ours}},
		{"explain-visit", oneVisit, 0, []string{"explain", "lifecare", "visit"}},
		{"explain-cancelled", strings.Replace(oneVisit, "Completed", "Cancelled", 1), 0, []string{"explain", "lifecare", "visit", "-"}},
		{"explain-unreadable", strings.Replace(oneVisit, "2026-11-01", "2026-02-30", 1), 0, []string{"explain", "lifecare", "visit"}},
		{"explain-csv", "", 0, []string{"explain", "hr-list", "certificate", record}},
		{"explain-print", "", 0, []string{"explain", ours, "--print"}},
		{"explain-setting", `{"Id":61,"ClientPersonId":"195009072553","PersonnelPersonId":"196101182803","ProviderUnitId":5}`, 0, []string{"explain", "lifecare", "contact", "--set", "contact_personnel_is=fast-omsorgskontakt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			exit, out, errs := call(t, process{in: c.in}, append([]string{"mapping"}, c.args...)...)
			if exit != c.exit || errs != "" {
				t.Errorf("exit %d, want %d: %s", exit, c.exit, errs)
			}
			for _, number := range []string{"195009072553", "19610118-2803", "196101182803"} {
				if strings.Contains(out, number) {
					t.Error("a person number is shown")
				}
			}
			golden(t, "testdata/mapping/"+c.name+".txt", strings.ReplaceAll(out, dir+string(filepath.Separator), ""))
		})
	}
}

func TestMappingSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		in   string
		want string
	}{
		{"a mapping that is not there", []string{"list", "lifcare"}, "", "lifecare is meant?"},
		{"a file that is not there", []string{"list", "./none.yaml"}, "", "none.yaml: does not exist"},
		{"no list", []string{"explain", "lifecare"}, "", "which list? lifecare has unit, staff, client"},
		{"a list that is not there", []string{"explain", "lifecare", "vist"}, "{}", "visit is meant?"},
		{"a list that a setting turns off", []string{"explain", "lifecare", "note"}, "{}", "reads no list note under these settings"},
		{"a setting that is not there", []string{"explain", "lifecare", "visit", "--set", "x=y"}, "{}", "has no setting x"},
		{"a setting without a value", []string{"explain", "lifecare", "visit", "--set", "x"}, "{}", "NAME=VALUE"},
		{"no record", []string{"explain", "lifecare", "visit"}, "", "an empty answer where JSON is expected"},
		{"a record that is none", []string{"explain", "lifecare", "visit"}, "195009072553", "neither an array nor an object"},
		{"a file of a record that is not there", []string{"explain", "lifecare", "visit", "195009072553.json"}, "", "the file of the record cannot be opened"},
		{"templates of a mapping without any", []string{"template", "lifecare", "--out", dir}, "", "known are hr-list, register"},
		{"templates to nowhere", []string{"template", "register"}, "", "--out: which folder?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			exit, out, errs := call(t, process{in: c.in}, append([]string{"mapping"}, c.args...)...)
			if exit != 2 || out != "" || !strings.Contains(errs, c.want) {
				t.Errorf("exit %d, want 2 and %q:\n%s%s", exit, c.want, out, errs)
			}
			if strings.Contains(errs, "195009072553") {
				t.Error("a person number is shown")
			}
		})
	}
}

func TestMappingGivesJSON(t *testing.T) {
	for _, c := range []struct {
		args []string
		in   string
		has  string
	}{
		{[]string{"list"}, "", `"name":"lifecare"`},
		{[]string{"test"}, "", `"ok":true`},
		{[]string{"explain", "lifecare", "visit"}, oneVisit, `"fact":"visit"`},
		{[]string{"explain", "lifecare", "--print"}, "", `"settings"`},
		{[]string{"schema"}, "", `"$schema"`},
	} {
		exit, out, errs := call(t, process{in: c.in}, append([]string{"mapping", "-o", "json"}, c.args...)...)
		if exit != 0 || errs != "" || !json.Valid([]byte(out)) || !strings.Contains(out, c.has) {
			t.Errorf("%v: exit %d, %s%s", c.args, exit, out, errs)
		}
		if strings.Contains(out, "195009072553") {
			t.Errorf("%v: a person number is shown", c.args)
		}
	}
}

func TestTemplatesAreNeverWrittenOver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "register")
	exit, out, errs := call(t, process{}, "mapping", "template", "register", "--out", dir)
	if exit != 0 || errs != "" || !strings.Contains(out, "samtycke.csv") {
		t.Fatalf("exit %d: %s%s", exit, out, errs)
	}
	file := mustWrite(t, filepath.Join(dir, "samtycke.csv"), "filled in")
	exit, out, _ = call(t, process{}, "mapping", "template", "register", "--out", dir)
	if exit != 1 || !strings.Contains(out, "samtycke.csv is there already, and is left as it is") {
		t.Errorf("exit %d: %s", exit, out)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "filled in" {
		t.Errorf("it is %q now", b)
	}
}

func TestMappingsOfTheConfigurationAreTestedToo(t *testing.T) {
	dir := t.TempDir()
	cfg := mustWrite(t, filepath.Join(dir, "brygga.yaml"), `tenant: exempelkommun
keys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}
systems:
  export: {kind: files, mapping: ./mappings/ours.yaml, display_name: Verksamhetssystemet, path: exports}
  hr: {kind: files, mapping: hr-list, display_name: HR, path: hr}
  journal: {kind: fhir, url: https://fhir.example.se/r4, receives: [flags, tasks]}
facts:
  client: export
  unit: export
  staff: export
  placement: export
  service: export
  qualification: hr
  assignment: journal
`)
	mustWrite(t, filepath.Join(dir, "mappings", "ours.yaml"), "mapping: ours\nextends: procapita-example\n")
	for _, args := range [][]string{{"mapping", "test"}, {"mapping", "list"}} {
		exit, out, errs := call(t, process{}, append(args, "--config", cfg)...)
		if exit != 0 || !strings.Contains(out, "ours") || strings.Count(out, "hr-list") != 1 {
			t.Errorf("%v: exit %d: %s%s", args, exit, errs, out)
		}
	}
	mustWrite(t, filepath.Join(dir, "mappings", "ours.yaml"), "mapping: ours\nextends: procapita-example\nfacts: {visit: {start: Strat}}\n")
	exit, _, errs := call(t, process{}, "mapping", "test", "--config", cfg)
	if exit == 0 || !strings.Contains(errs, "no field Strat in the shape; Start is meant?") {
		t.Errorf("exit %d: %s", exit, errs)
	}
}

func TestExplainReadsAPieceOfAFileAsANightDoes(t *testing.T) {
	for _, c := range []struct{ name, list, in, want string }{
		{"a file in the encoding that the mapping says", "decision", "Besluts-ID;Personnr;Insats;Beslutsdatum;Fr\xe5n;Till\n1;195009072553;St\xe4d;2026-01-02;2026-01-03;\n", "code: cleaning"},
		{"what an editor saved as UTF-8", "decision", "Besluts-ID;Personnr;Insats;Beslutsdatum;Från;Till\n1;195009072553;Städ;2026-01-02;2026-01-03;\n", "code: cleaning"},
		{"another heading, in that encoding", "decision", "Nr;Fr\xe5n\n1;2\n", `the file of the record: line 1: the header lacks "Besluts-ID"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, out, errs := call(t, process{in: c.in}, "mapping", "explain", "procapita-example", c.list)
			if !strings.Contains(out+errs, c.want) || strings.Contains(out+errs, "195009072553") {
				t.Errorf("%s%s, want %q", out, errs, c.want)
			}
		})
	}
}
