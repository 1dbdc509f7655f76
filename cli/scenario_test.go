package cli

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scenario is one folder of testdata: FHIR data in input, how it is judged, and
// why it comes out as expected.ndjson (stdout) and stderr.ndjson say.
type scenario struct {
	Why  string   `json:"why"`
	Args []string `json:"args"`
	Exit int      `json:"exit"`
}

func scenarios(t *testing.T, run func(t *testing.T, s scenario)) {
	files, err := filepath.Glob("../testdata/*/scenario.json")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d scenarios found: %v", len(files), err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			s := readScenario(t, dir)
			t.Chdir(dir)
			run(t, s)
		})
	}
}

func readScenario(t *testing.T, dir string) (s scenario) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "scenario.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &s); err != nil || s.Why == "" {
		t.Fatalf("%s has no why: %v", dir, err)
	}
	return s
}

func TestScenariosComeOutAsExpected(t *testing.T) {
	scenarios(t, func(t *testing.T, s scenario) {
		args := append([]string{"evaluate", "input", "-o", "json"}, s.Args...)
		exit, out, errs := call(t, process{}, args...)
		if exit != s.Exit {
			t.Errorf("exit %d, want %d; stderr: %s", exit, s.Exit, errs)
		}
		golden(t, "expected.ndjson", out)
		golden(t, "stderr.ndjson", errs)
	})
}

// In whatever order the records come, and also on stdin, the answer is the same.
func TestTheOrderOfRecordsDoesNotMatter(t *testing.T) {
	scenarios(t, func(t *testing.T, s scenario) {
		files, err := filepath.Glob("input/*.ndjson")
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(string(b), "\n") {
				if line != "" {
					lines = append(lines, line)
				}
			}
		}
		if others, _ := filepath.Glob("input/*.json"); len(others) > 0 {
			t.Skip("has documents, which cannot be lines")
		}
		want, err := os.ReadFile("expected.ndjson")
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, uint64(len(lines))))
		for range 3 {
			r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
			args := append([]string{"evaluate", "-", "-o", "json"}, s.Args...)
			exit, out, errs := call(t, process{in: strings.Join(lines, "\n")}, args...)
			if exit != s.Exit || out != string(want) {
				t.Fatalf("exit %d, want %d\n%s\n%s", exit, s.Exit, firstDifference(string(want), out), errs)
			}
		}
	})
}

// The fields of a line are those of the contract, in that order, and no others.
func TestALineHasTheFieldsOfTheContract(t *testing.T) {
	exit, out, _ := call(t, process{}, "evaluate", "../testdata/plan-review/input", "--as-of", "2026-11-21", "-o", "json")
	if exit != 0 {
		t.Fatalf("exit %d", exit)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
		if !strings.Contains(line, `"client":"Patient/overdue"`) {
			continue
		}
		const want = `{"client":"Patient/overdue","contact":{"status":"appointed","staff":["Practitioner/s1"]},"plan":{"status":"overdue","due":"2026-11-20"},` +
			`"findings":[{"rule":"plan.review","state":"overdue","due":"2026-11-20","owner":"contact","staff":"Practitioner/s1","id":"`
		if !strings.HasPrefix(line, want) {
			t.Errorf("%s\ndoes not begin with\n%s", line, want)
		}
		var v struct{ Findings []map[string]any }
		if err := json.Unmarshal([]byte(line), &v); err != nil || len(v.Findings) != 1 {
			t.Fatalf("%v: %s", err, line)
		}
		for _, key := range []string{"rule", "state", "due", "owner", "staff", "id", "evidence", "text"} {
			if _, ok := v.Findings[0][key]; !ok {
				t.Errorf("%s is missing", key)
			}
		}
		if len(v.Findings[0]) != 8 {
			t.Errorf("%d fields: %v", len(v.Findings[0]), v.Findings[0])
		}
		return
	}
	t.Fatal("the client has no line")
}
