package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"brygga/jobs"
)

// A record that cannot be read is listed until it is mended in its system; asking again
// says that it is read, and what counts then.
func TestTheQuarantineIsListedAndAskedAgain(t *testing.T) {
	s := town(t, "")
	list := func(args ...string) (int, string) {
		exit, out, errs := s.do(t, append([]string{"quarantine"}, args...)...)
		return exit, out + errs
	}
	if exit, out := list("list"); exit != 0 || !strings.Contains(out, "Nothing has been read yet: brygga ") {
		t.Fatalf("before the first read: exit %d: %s", exit, out)
	}
	const broken = `{"resourceType":"CarePlan","id":"cp-broken","status":"alive","intent":"plan","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"implementation"}]}],"subject":{"reference":"Patient/t-p-000001"},"created":"2026-01-01"}`
	for _, step := range []struct {
		name   string
		load   string
		args   []string
		exit   int
		says   []string
		listed int
	}{
		{"a record that cannot be read", broken, []string{"retry"}, jobs.ExitPartly, []string{"CarePlan/cp-broken", "quarantine retry"}, 1},
		{"it is listed without asking", "", []string{"list"}, jobs.ExitPartly, []string{"CarePlan/cp-broken", "journal"}, 1},
		{"asked again, it is as it was", "", []string{"retry"}, jobs.ExitPartly, []string{"CarePlan/cp-broken"}, 1},
		{
			"mended, it leaves the quarantine", strings.Replace(broken, `"alive"`, `"active"`, 1),
			[]string{"retry"},
			0,
			[]string{"Not in quarantine any more: journal, CarePlan/cp-broken", "No record stands in quarantine", "run reconcile"},
			0,
		},
		{"which word is meant", "", nil, jobs.ExitUsage, []string{"quarantine list", "quarantine retry"}, 0},
	} {
		if step.load != "" {
			if err := s.Load([]byte(step.load)); err != nil {
				t.Fatal(err)
			}
		}
		exit, out := list(step.args...)
		if exit != step.exit {
			t.Errorf("%s: exit %d, want %d: %s", step.name, exit, step.exit, out)
		}
		for _, want := range step.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s: it does not say %q:\n%s", step.name, want, out)
			}
		}
		var q quarantineReport
		if _, out := list("list", "-o", "json"); json.Unmarshal([]byte(out), &q) != nil || len(q.Records) != step.listed {
			t.Errorf("%s: as JSON %d records, want %d: %s", step.name, len(q.Records), step.listed, out)
		}
		if _, status, _ := s.do(t, "status", "-o", "json"); strings.Contains(status, "Patient/") {
			t.Errorf("%s: status names a client: %s", step.name, status)
		}
	}
}
