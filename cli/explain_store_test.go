package cli

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"brygga/care/rules"
	"brygga/sandbox"
)

// gist is what two explanations of one client must share, wherever the facts were.
func gist(v explanation) string {
	var b strings.Builder
	b.WriteString(string(v.Contact.Status) + " " + string(v.Plan.Status) + " " + v.Plan.Due.String())
	for _, r := range v.Rules {
		b.WriteString("\n" + r.Rule + " " + string(r.Outcome) + " " + r.Why + " " + r.Anchor)
		if r.Finding != nil {
			b.WriteString(" " + string(r.Finding.State) + " " + r.Finding.Due.String() + " " + string(r.Finding.Owner) + " " + string(r.Finding.Staff))
		}
	}
	for _, g := range v.Gaps {
		b.WriteString("\n! " + string(g.Record) + " " + g.Reason)
	}
	return b.String()
}

// What explain says of the snapshot is what it says of the same data on disk,
// also when the server is gone.
func TestExplainFromTheStoreIsThatOfTheData(t *testing.T) {
	for _, scenario := range []string{"contact-vacant", "contact-hemvard", "plan-review", "journal-monthly", "two-with-one-number", "contact-exempt"} {
		t.Run(scenario, func(t *testing.T) {
			spec := readScenario(t, "../testdata/"+scenario)
			pack := "national"
			if i := slices.Index(spec.Args, "--pack"); i >= 0 {
				pack = spec.Args[i+1]
			}
			day := []string{"--as-of", spec.Args[slices.Index(spec.Args, "--as-of")+1]}
			s := serve(t, sandbox.Options{}, scenario, "rules: {pack: "+pack+"}\n")
			if exit, _, errs := s.do(t, append([]string{"preview"}, day...)...); exit != 0 {
				t.Fatalf("preview: exit %d: %s", exit, errs)
			}
			s.SetFault(func(*http.Request) *sandbox.Fault { t.Error("the server was asked"); return nil })
			t.Chdir("../testdata/" + scenario)
			for _, c := range clientsOf(t, spec) {
				exit, out, errs := s.do(t, append([]string{"explain", c, "-o", "json"}, day...)...)
				if exit != 0 {
					t.Fatalf("%s: exit %d: %s", c, exit, errs)
				}
				var stored, onDisk explanation
				mustDecode(t, out, &stored)
				_, out, _ = call(t, process{}, append([]string{"explain", c, "--path", "input", "-o", "json"}, spec.Args...)...)
				mustDecode(t, out, &onDisk)
				if a, b := gist(stored), gist(onDisk); a != b {
					t.Errorf("%s\n%s", c, firstDifference(b, a))
				}
				if stored.System != "Exempeljournal" || !strings.HasPrefix(stored.Source, "the snapshot of journal, read 2026-11-21 07:30") {
					t.Errorf("%s: from %s, %s", c, stored.System, stored.Source)
				}
				for _, r := range stored.Rules {
					if r.Finding != nil && r.Finding.ID == "" {
						t.Errorf("%s: %s has no id", c, r.Rule)
					}
				}
			}
		})
	}
}

// explained runs explain on the store of a server.
func (s *served) explained(t *testing.T, client string) explanation {
	t.Helper()
	exit, out, errs := s.do(t, "explain", client, "-o", "json")
	if exit != 0 {
		t.Fatalf("%s: exit %d: %s", client, exit, errs)
	}
	var v explanation
	mustDecode(t, out, &v)
	return v
}

func TestExplainKnowsWhatTheLastRunCouldNotRead(t *testing.T) {
	s := serve(t, sandbox.Options{}, "contact-vacant", "")
	if exit, _, errs := s.do(t, "preview"); exit != 0 {
		t.Fatalf("preview: exit %d: %s", exit, errs)
	}
	if v := s.explained(t, "ended"); v.Contact.Status != "vacant" || len(v.Gaps) != 0 {
		t.Errorf("before: %s, %v", v.Contact.Status, v.Gaps)
	}
	s.SetFault(func(r *http.Request) *sandbox.Fault {
		if strings.HasSuffix(r.URL.Path, "/CareTeam") {
			return &sandbox.Fault{Status: http.StatusForbidden}
		}
		return nil
	})
	if exit, _, errs := s.do(t, "run", "reconcile"); exit != 3 {
		t.Fatalf("run: exit %d: %s", exit, errs)
	}
	v := s.explained(t, "ended")
	if v.Contact.Status != "unknown" || len(v.Gaps) == 0 || !slices.Contains(v.Gaps[0].Facts, "assignment") {
		t.Errorf("after: %s, %+v", v.Contact.Status, v.Gaps)
	}
	for _, r := range v.Rules {
		if r.Outcome == rules.Fired && !strings.HasPrefix(r.Rule, "data.") {
			t.Errorf("%s is found of a client who is unknown", r.Rule)
		}
	}
	_, text, _ := s.do(t, "explain", "ended")
	if !strings.Contains(text, "assignment was not read whole") {
		t.Errorf("it does not say what was not read:\n%s", text)
	}
}

func TestExplainSaysWhyItHasNothingToSay(t *testing.T) {
	s := serve(t, sandbox.Options{}, "contact-vacant", "")
	exit, _, errs := s.do(t, "explain", "ended")
	if exit != 1 || !strings.Contains(errs, "nothing has been read yet") {
		t.Errorf("exit %d: %s", exit, errs)
	}
	if exit, _, errs := s.do(t, "preview"); exit != 0 {
		t.Fatalf("preview: exit %d: %s", exit, errs)
	}
	exit, _, errs = s.do(t, "explain", "nobody")
	if exit != 1 || !strings.Contains(errs, "Patient/nobody is not in the snapshot of journal, read 2026-11-21 07:30") {
		t.Errorf("exit %d: %s", exit, errs)
	}
	exit, _, errs = call(t, process{env: secrets}, "explain", "ended", "-c", filepath.Join(t.TempDir(), "none.yaml"))
	if exit != 2 || !strings.Contains(errs, "none.yaml") {
		t.Errorf("exit %d: %s", exit, errs)
	}
	exit, _, errs = s.do(t, "explain", "ended", "--set", "plan.review.months=x")
	if exit != 2 || !strings.Contains(errs, "whole number") {
		t.Errorf("exit %d: %s", exit, errs)
	}
	if exit, _, errs := s.do(t, "run", "reconcile"); exit != 0 {
		t.Fatalf("run: exit %d: %s", exit, errs)
	}
	_, out, _ := s.do(t, "explain", "ended", "--pack", "hemvard", "--as-of", "2026-11-20")
	if !strings.Contains(out, "on 2026-11-20, pack hemvard") || !strings.Contains(out, "the last run judged 2026-11-21") {
		t.Errorf("%.300s", out)
	}
}

// A record that cannot be read any more, and names another client than before,
// makes both unknown: in the run, and where it is explained.
func TestExplainKnowsOfARecordThatMovedAndCannotBeRead(t *testing.T) {
	s := serve(t, sandbox.Options{}, "contact-vacant", "")
	if exit, _, errs := s.do(t, "preview"); exit != 0 {
		t.Fatalf("preview: exit %d: %s", exit, errs)
	}
	const plan = `{"resourceType":"CarePlan","id":"cp-ended-3","status":"alive","intent":"plan","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"implementation"}]}],"subject":{"reference":"Patient/has-left"},"created":"2026-01-01"}`
	if err := s.Load(json.RawMessage(plan)); err != nil {
		t.Fatal(err)
	}
	if exit, _, errs := s.do(t, "run", "reconcile"); exit != 3 {
		t.Fatalf("run: exit %d: %s", exit, errs)
	}
	for _, client := range []string{"ended", "has-left"} {
		v := s.explained(t, client)
		if v.Contact.Status != "unknown" || len(v.Gaps) != 1 || v.Gaps[0].Record != "CarePlan/cp-ended-3" ||
			len(v.Quarantine) != 1 || v.Quarantine[0].Quarantined != "CarePlan/cp-ended-3" {
			t.Errorf("%s: %s, %+v, %+v", client, v.Contact.Status, v.Gaps, v.Quarantine)
		}
	}
	if v := s.explained(t, "28-days-away"); v.Contact.Status != "vacant" || len(v.Quarantine) != 0 {
		t.Errorf("another client: %s, %+v", v.Contact.Status, v.Quarantine)
	}
}
