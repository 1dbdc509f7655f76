package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEvaluateReadsWell(t *testing.T) {
	for _, c := range []struct{ name, scenario, view string }{
		{"findings-and-totals", "plan-missing", ""},
		{"nothing-found", "contact-appointed", ""},
		{"all-clients", "contact-appointed", "-v"},
		{"something-unreadable", "bad-dates", ""},
		{"something-of-nobody", "references", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := readScenario(t, "../testdata/"+c.scenario)
			args := append([]string{"evaluate", "../testdata/" + c.scenario + "/input"}, s.Args...)
			if c.view != "" {
				args = append(args, c.view)
			}
			exit, out, _ := call(t, process{}, args...)
			if exit != s.Exit {
				t.Errorf("exit %d, want %d", exit, s.Exit)
			}
			golden(t, "testdata/evaluate/"+c.name+".txt", out)
		})
	}
}

func TestEvaluateShowsColoursOnATerminalAlone(t *testing.T) {
	args := []string{"evaluate", "../testdata/plan-missing/input", "--as-of", "2026-11-21"}
	_, plainly, _ := call(t, process{}, args...)
	_, coloured, _ := call(t, process{terminal: true}, args...)
	_, without, _ := call(t, process{terminal: true, env: map[string]string{"NO_COLOR": "1"}}, args...)
	if strings.Contains(plainly, "\x1b") || !strings.Contains(coloured, "\x1b[31moverdue\x1b[0m") || without != plainly {
		t.Error("colours are wrong")
	}
}

func TestEvaluateJudgesTodayInStockholm(t *testing.T) {
	late := time.Date(2026, 11, 20, 23, 30, 0, 0, time.UTC) // half past midnight on the 21st
	_, out, _ := call(t, process{now: late}, "evaluate", "../testdata/plan-missing/input")
	if !strings.Contains(out, "on 2026-11-21, pack national") {
		t.Errorf("%.200s", out[max(0, len(out)-200):])
	}
}

func TestWrongUsageOfEvaluate(t *testing.T) {
	const input = "../testdata/plan-missing/input"
	for _, c := range []struct {
		name string
		args []string
		exit int
		says string
	}{
		{"no path", nil, 2, "accepts 1 arg"},
		{"a path that is not there", []string{"no-such-folder"}, 2, "no such file or folder"},
		{"a folder without data", []string{"testdata"}, 1, "no *.ndjson or *.json files"},
		{"a day that does not exist", []string{input, "--as-of", "2026-02-30"}, 2, "must exist"},
		{"a day in another form", []string{input, "--as-of", "21/11 2026"}, 2, "YYYY-MM-DD"},
		{"an unknown pack", []string{input, "--pack", "x"}, 2, "there is no pack"},
		{"a wrong parameter", []string{input, "--set", "plan.review.months=never"}, 2, "whole number"},
		{"an unknown view", []string{input, "-o", "xml"}, 2, "text and json"},
		{"an unknown flag", []string{input, "--quick"}, 2, "unknown flag"},
		{"a configuration that is not there", []string{input, "-c", "no-such.yaml"}, 2, "no-such.yaml"},
	} {
		exit, out, errs := call(t, process{}, append([]string{"evaluate"}, c.args...)...)
		if exit != c.exit || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, want %d; %q does not say %q", c.name, exit, c.exit, errs, c.says)
		}
	}
}

// Every line on stderr is a JSON object of its own.
func TestWhatCannotBeReadIsNamedAsJSON(t *testing.T) {
	for _, scenario := range []string{"bad-lines", "bad-dates", "references", "contact-unknown"} {
		_, _, errs := call(t, process{}, "evaluate", "../testdata/"+scenario+"/input", "--as-of", "2026-11-21")
		for line := range strings.SplitSeq(strings.TrimSpace(errs), "\n") {
			var v map[string]any
			if err := json.Unmarshal([]byte(line), &v); err != nil || v["level"] != "warn" || v["reason"] == "" {
				t.Errorf("%s: %v: %s", scenario, err, line)
			}
		}
	}
}

// An array of ten thousand entries, and a line of many megabytes, are read like any other.
func TestHugeArraysAreRead(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"CareTeam","id":"ct1","status":"active","category":[{"coding":[{"system":"https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs","code":"fast-kontakt"}]}],"subject":{"reference":"Patient/p1"},"participant":[`)
	for i := range 10_000 {
		fmt.Fprintf(&b, `{"role":[{"coding":[{"system":"urn:oid:1.2.752.129.5.1.69","code":"9"}]}],"member":{"reference":"Practitioner/x%d","display":%q}},`, i, strings.Repeat("x", 300))
	}
	b.WriteString(`{"role":[{"coding":[{"system":"urn:oid:1.2.752.129.5.1.69","code":"3"}]}],"member":{"reference":"Practitioner/s1"}}]}` + "\n")
	b.WriteString(`{"resourceType":"Patient","id":"p1"}` + "\n" + `{"resourceType":"Practitioner","id":"s1"}` + "\n")
	b.WriteString(`{"resourceType":"EpisodeOfCare","id":"e1","status":"active","type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],"patient":{"reference":"Patient/p1"},"period":{"start":"2026-11-20"}}` + "\n")
	exit, out, errs := call(t, process{in: b.String()}, "evaluate", "-", "--as-of", "2026-11-21", "-o", "json")
	var l clientLine
	mustDecode(t, out, &l)
	if exit != 0 || l.Contact.Status != "appointed" || len(l.Contact.Staff) != 1 || l.Contact.Staff[0] != "Practitioner/s1" {
		t.Errorf("exit %d: %+v %s", exit, l, errs)
	}
}

// A configuration is looked at only where it is named, and needs no secrets.
func TestEvaluateTakesAConfigurationThatIsNamed(t *testing.T) {
	dir := t.TempDir()
	data, err := filepath.Abs("../testdata/plan-missing/input")
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "brygga.yaml"), withFacts)
	t.Chdir(dir)
	_, without, _ := call(t, process{}, "evaluate", data, "--as-of", "2026-11-21", "-o", "json")
	exit, with, errs := call(t, process{}, "evaluate", data, "--as-of", "2026-11-21", "-o", "json", "-c", "brygga.yaml")
	if exit != 0 || errs != "" {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	if strings.Contains(without, "second-missing") || !strings.Contains(with, "second-missing") {
		t.Error("the pack of the configuration is not where it should be")
	}
	if strings.Contains(without, "Exempeljournal") || !strings.Contains(with, "Exempeljournal") {
		t.Error("the name of the system is not where it should be")
	}
	id := func(out string) string {
		var l clientLine
		mustDecode(t, strings.SplitN(out, "\n", 2)[0], &l)
		for _, f := range l.Findings {
			if f.Rule == "plan.missing" {
				return f.ID
			}
		}
		return ""
	}
	if id(without) == "" || id(without) == id(with) {
		t.Errorf("findings of two tenants: %q and %q", id(without), id(with))
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for b.Loop() {
		exit := Main(b.Context(), []string{"evaluate", "../testdata/plan-review/input", "--as-of", "2026-11-21", "-o", "json"}, Process{
			In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Now: func() time.Time { return testNow },
			LookupEnv: func(string) (string, bool) { return "", false },
		})
		if exit != 0 {
			b.Fatal(exit)
		}
	}
}
