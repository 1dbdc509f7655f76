package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/jobs"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

// movers is a municipality in which some move to a care home.
func movers() *people.Municipality { return people.Small("t-", "2026-11-21") }

// handingTown is a town whose care homes have outboxes, and that hands over.
func handingTown(t *testing.T) *served {
	t.Helper()
	s := &served{Server: sandbox.New(sandbox.Options{Clock: func() time.Time { return testNow }})}
	movers().Resources(func(r people.Resource) bool {
		if err := s.Load(r.JSON); err != nil {
			t.Fatal(err)
		}
		return true
	})
	url, stop, err := s.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s.url = url
	s.config = configure(t, url, `writes: {mode: write}
jobs: {handover: {sections: [contact, services, plan, risks, sip]}}
carehomes:
  solgarden: {kind: outbox, organization: {id: t-o-solgarden}, path: outbox, recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]}
  bjorkhagen: {kind: outbox, organization: {id: t-o-bjorkhagen}, path: outbox, recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]}
`)
	s.here(t)
	b, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s.config, strings.Replace(string(b), "keys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}\n", auditKeys, 1))
	s.env = map[string]string{"BRYGGA_AUDIT_KEY": strings.Repeat("fedcba9876543210", 4)}
	for k, v := range secrets {
		s.env[k] = v
	}
	if err := os.Mkdir("outbox", 0o700); err != nil {
		t.Fatal(err)
	}
	if exit, out, errs := s.do(t, "preview"); exit != 0 && exit != 3 {
		t.Fatalf("preview: exit %d: %s%s", exit, out, errs)
	}
	return s
}

// mover is the client of the town with a story.
func mover(t *testing.T, story string) string {
	t.Helper()
	found := ""
	movers().Clients(func(c people.Client) bool {
		if c.Story.Name == story {
			found = "Patient/" + c.ID
		}
		return found == ""
	})
	if found == "" {
		t.Fatalf("nobody has the story %s", story)
	}
	return found
}

// An auditor asks of one client why something was handed over: one command says on which
// consent, what, to whom, in whose name, with which receipt, and that the log is whole.
func TestAuditShowAnswersAnAuditor(t *testing.T) {
	s := handingTown(t)
	client := mover(t, "moving-with-a-part-permitted")
	exit, out, errs := s.do(t, "audit", "show", client)
	if exit != 0 || !strings.HasPrefix(out, "The log holds nothing of "+client) {
		t.Errorf("before anything: exit %d: %s%s", exit, out, errs)
	}
	if exit, out, errs := s.do(t, "handover", "release", client, "--yes", "--by", "Kim Exempel"); exit != 0 {
		t.Fatalf("release: exit %d: %s%s", exit, out, errs)
	}
	exit, out, _ = s.do(t, "audit", "show", client, "-o", "json")
	var shown shownLog
	if err := json.Unmarshal([]byte(out), &shown); err != nil || exit != 0 || len(shown.Handovers) != 1 || shown.Log.Broken != nil {
		t.Fatalf("exit %d, %v: %s", exit, err, out)
	}
	h := shown.Handovers[0]
	exit, out, _ = s.do(t, "audit", "show", client)
	wanted := []string{
		"handover.released  by Kim Exempel (handover release)", "handover " + h.ID + " to " + h.CareHome,
		"rests on  " + h.Consents[0], "content   " + h.Hash, strings.Join(h.Sections, ", "),
		"Receipt of handover " + h.ID + " to " + h.CareHome + ": " + h.ID + ".age", "all as brygga wrote them",
	}
	for _, want := range wanted {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if exit != 0 {
		t.Errorf("exit %d", exit)
	}
	_, exported, _ := s.do(t, "audit", "export")
	for _, e := range shown.Entries {
		if !strings.Contains(exported, fmt.Sprintf(`"hash":%q`, e.Hash)) {
			t.Error("an entry that is shown is not in the export under its hash")
		}
	}
	if _, out, _ := s.do(t, "audit", "show", mover(t, "moving-with-everything-refused")); !strings.HasPrefix(out, "The log holds nothing") {
		t.Errorf("of another client: %s", out)
	}
	s.env["BRYGGA_AUDIT_KEY"] = strings.Repeat("0", 64)
	if exit, out, _ := s.do(t, "audit", "show", client); exit != 1 || !strings.Contains(out, "! The audit log is not as brygga wrote it") || strings.Contains(out, "handover.sent") {
		t.Errorf("a log that cannot be believed: exit %d: %s", exit, out)
	}
}

// What was begun when a process died is shown as such, by verify and of the clients whom it
// is about, until the next run says what became of it.
func TestWhatIsBegunIsShownUntilItIsSaidWhatBecameOfIt(t *testing.T) {
	s := auditedTown(t)
	cfg, problems := config.Load(s.config, func(name string) (string, bool) { v, ok := s.env[name]; return v, ok })
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	st, _, err := jobs.OpenStore(t.Context(), cfg, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	key, err := cfg.Keys.Audit.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tenant := st.Tenant(cfg.Tenant)
	_, err = tenant.AuditTurn(t.Context(), key, store.Turn{
		Run:  "earlier",
		Next: &store.AuditEntry{At: testNow, Job: "reconcile", Run: "earlier", By: "schedule", Action: "records.writing", Resource: "Task in journal", Count: 1, Counts: map[string]int{"Task.create": 1}},
		What: []byte(`{"system":"journal","by":"schedule","writes":[{"action":"create","type":"Task","finding":"f","client":"` + tenant.AuditClient("Patient/somebody") + `"}]}`),
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	const open = "Entry 1 says what was about to be written, and none yet what became of it"
	exit, out, _ := s.do(t, "audit", "verify")
	if exit != 0 || !strings.HasPrefix(out, open) || !strings.Contains(out, "1 entry, all as brygga wrote them") {
		t.Errorf("verify: exit %d: %s", exit, out)
	}
	_, out, _ = s.do(t, "audit", "verify", "-o", "json")
	var v verifiedLog
	if err := json.Unmarshal([]byte(out), &v); err != nil || !slices.Equal(v.Open, []int64{1}) {
		t.Errorf("verify as JSON: %v: %s", err, out)
	}
	_, out, _ = s.do(t, "audit", "show", "Patient/somebody")
	if !strings.Contains(out, "records.writing  by schedule (reconcile)") || !strings.Contains(out, "outcome   not known yet: a run is at it, or died over it") {
		t.Errorf("of who it is about: %s", out)
	}
	if _, out, _ := s.do(t, "audit", "show", "Patient/another"); !strings.HasPrefix(out, "The log holds nothing") {
		t.Errorf("of another client: %s", out)
	}
	if exit, out, errs := s.do(t, "run", "reconcile"); exit != 0 && exit != 3 {
		t.Fatalf("run: exit %d: %s%s", exit, out, errs)
	}
	if exit, out, _ := s.do(t, "audit", "verify"); exit != 0 || strings.Contains(out, open) {
		t.Errorf("verify after the next run: exit %d: %s", exit, out)
	}
	_, out, _ = s.do(t, "audit", "show", "Patient/somebody")
	if !strings.Contains(out, "records.written  by schedule (reconcile)") || !strings.Contains(out, "outcome   not written, as the run ") || strings.Contains(out, "not known yet") {
		t.Errorf("after the next run: %s", out)
	}
}

// A person number on the command line is refused, and not repeated.
func TestAPersonNumberIsNoClientOfAHandover(t *testing.T) {
	s := handingTown(t)
	for _, args := range [][]string{{"handover", "preview"}, {"handover", "release", "--yes", "--by", "x"}, {"handover", "list"}, {"audit", "show"}} {
		exit, out, errs := s.do(t, append(args, "195009072553")...)
		if exit != 2 || strings.Contains(out+errs, "195009072553") || !strings.Contains(errs, "person number") {
			t.Errorf("%v: exit %d: %s%s", args, exit, out, errs)
		}
	}
}

// check says of each care home whether it takes what would be sent, and what to do.
func TestCheckLooksAtCareHomes(t *testing.T) {
	s := handingTown(t)
	exit, out, errs := s.do(t, "check")
	if exit != 0 || strings.Count(out, "carehomes.solgarden") != 2 || !strings.Contains(out, "0 waiting to be fetched") {
		t.Errorf("all well: exit %d: %s%s", exit, out, errs)
	}
	if left, _ := filepath.Glob("outbox/*"); len(left) > 0 {
		t.Errorf("the check left %v", left)
	}
	if err := os.Remove("outbox"); err != nil {
		t.Fatal(err)
	}
	exit, out, _ = s.do(t, "check", "-o", "json")
	if exit != 1 || !strings.Contains(out, `"where":"carehomes.bjorkhagen"`) || !strings.Contains(out, "make it, or mount its share") {
		t.Errorf("no outbox: exit %d: %s", exit, out)
	}
}
