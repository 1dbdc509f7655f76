package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mayBeInError are the types of records that can have been entered in error.
// What a Consent in error says is a matter of its own (consent.md, "Unreadable").
var mayBeInError = []string{
	"EpisodeOfCare", "ServiceRequest", "CareTeam", "Observation", "Communication", "CarePlan", "Procedure",
	"DetectedIssue", "RiskAssessment", "DocumentReference", "Encounter",
}

// What was entered in error is as if it had never been entered: every client of
// every scenario, for each type of records.
func TestWhatWasEnteredInErrorIsAsIfItWereNotThere(t *testing.T) {
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
			lines = append(lines, strings.Split(strings.TrimSpace(string(b)), "\n")...)
		}
		for _, typ := range mayBeInError {
			inError, gone, some := inError(lines, typ)
			if !some {
				continue
			}
			args := append([]string{"evaluate", "-", "-o", "json"}, s.Args...)
			_, want, _ := call(t, process{in: gone}, args...)
			_, got, errs := call(t, process{in: inError}, args...)
			if got != want {
				t.Errorf("%s in error:\n%s\n%s", typ, firstDifference(want, got), errs)
			}
		}
	})
}

// inError gives the lines with all records of a type entered in error, and
// without them; some says whether there are any.
func inError(lines []string, typ string) (marked, gone string, some bool) {
	var with, without strings.Builder
	for _, line := range lines {
		var r map[string]any
		if json.Unmarshal([]byte(line), &r) == nil && r["resourceType"] == typ {
			r["status"] = "entered-in-error"
			b, err := json.Marshal(r)
			if err != nil {
				panic(err)
			}
			with.Write(append(b, '\n'))
			some = true
			continue
		}
		with.WriteString(line + "\n")
		without.WriteString(line + "\n")
	}
	return with.String(), without.String(), some
}
