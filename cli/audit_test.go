package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"brygga/sandbox"
	"brygga/store"
)

const auditKeys = "keys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY, audit: env:BRYGGA_AUDIT_KEY}\n"

// auditedTown is a town that has been read, and of which names may be read.
func auditedTown(t *testing.T) *served {
	t.Helper()
	s := town(t, "").shield(t)
	b, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s.config, strings.Replace(string(b), "keys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}\n", auditKeys, 1))
	s.env = map[string]string{"BRYGGA_AUDIT_KEY": strings.Repeat("fedcba9876543210", 4)}
	for k, v := range secrets {
		s.env[k] = v
	}
	if exit, _, errs := s.do(t, "preview"); exit != 0 && exit != 3 {
		t.Fatalf("preview: exit %d: %s", exit, errs)
	}
	return s
}

// exported are the entries of the audit log.
func (s *served) exported(t *testing.T) (out []store.AuditEntry) {
	t.Helper()
	exit, text, errs := s.do(t, "audit", "export")
	if exit != 0 {
		t.Fatalf("export: exit %d: %s", exit, errs)
	}
	for line := range strings.Lines(text) {
		var l struct {
			Entry     store.AuditEntry `json:"entry"`
			Hash, MAC string
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || len(l.Hash) != 64 || len(l.MAC) != 64 {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, l.Entry)
	}
	return out
}

// Names are read for the list that was asked for, of those on it and of nobody
// protected, and are in no log, error, or store. The audit log says who did it.
func TestNamesAreReadForOneListAndWrittenDown(t *testing.T) {
	s := auditedTown(t)
	plain := s.listed(t)
	unit := plain.Units[0]
	wanted := map[string]bool{}
	for _, i := range unit.Items {
		wanted[string(i.Client)] = true
	}
	names, _ := allNames(townsfolk())
	requests := make(chan string, 10_000)
	s.SetFault(func(r *http.Request) *sandbox.Fault { requests <- r.URL.Path; return nil })
	exit, out, errs := s.do(t, "report", "worklist", "--with-names", "--by", "Enhetschef Norra", "--unit", unit.Name, "-v")
	if exit != 0 {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	s.SetFault(nil)
	close(requests)
	asked := map[string]bool{}
	for path := range requests {
		what := strings.TrimPrefix(path, "/fhir/")
		if asked[what] = true; !wanted[what] {
			t.Errorf("%s was asked for, and is not on the list", what)
		}
	}
	for client := range wanted {
		if !asked[client] || !strings.Contains(out, names[client]) {
			t.Errorf("%s was asked for: %v, and stands there with a name: %v", client, asked[client], strings.Contains(out, names[client]))
		}
	}
	if !strings.Contains(out, "av Enhetschef Norra") {
		t.Error("the list does not say that it was logged")
	}
	kept := map[string]string{"the log": errs}
	for _, file := range []string{"brygga.db", "brygga.db-wal"} {
		if b, err := os.ReadFile(file); err == nil {
			kept[file] = string(b)
		}
	}
	for where, text := range kept {
		for _, name := range names {
			if strings.Contains(text, name) {
				t.Errorf("%s holds a name", where)
			}
		}
	}
	lines := s.exported(t)
	if len(lines) != 1 {
		t.Fatalf("%d entries", len(lines))
	}
	e := lines[0]
	if e.By != "Enhetschef Norra" || e.User != "" || e.Count != len(wanted) || len(e.Clients) != len(wanted) || !e.At.Equal(testNow) || e.Action != "names.read" || e.Resource != "names in journal" {
		t.Errorf("the entry is %+v", e)
	}
	if len(plain.Protected) != 1 || strings.Contains(out, shielded) {
		t.Errorf("the protected are %+v", plain.Protected)
	}
	v := s.listed(t, "--with-names", "--by", "x", "--csv", "namn.csv", "--html", "namn.html")
	clients := map[string]bool{}
	for _, u := range plain.Units {
		for _, i := range u.Items {
			clients[string(i.Client)] = true
		}
	}
	if v.Names == nil || v.Names.Asked != len(clients) || v.Names.Found != v.Names.Asked {
		t.Errorf("%+v", v.Names)
	}
	if rows := readCSV(t, "namn.csv"); rows[0][2] != "Namn" || rows[1][2] != names[rows[1][1]] {
		t.Errorf("the table of names begins %q", rows[:2])
	}
	for _, file := range []string{"namn.csv", "namn.html"} {
		b, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(b), names[shielded]) || !strings.Contains(string(b), shielded) {
			t.Errorf("%s names who is protected, or leaves the reference out: %v", file, err)
		}
	}
	if n := len(s.exported(t)); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// A record system that does not answer gives no names at all, and that too is
// written down.
func TestNamesThatCannotBeRead(t *testing.T) {
	s := auditedTown(t)
	s.SetFault(func(*http.Request) *sandbox.Fault { return &sandbox.Fault{Status: http.StatusForbidden} })
	exit, out, errs := s.do(t, "report", "worklist", "--with-names", "--by", "chef")
	if exit != 1 || out != "" || !strings.Contains(errs, "read names from journal") || !strings.Contains(errs, "403") || regexp.MustCompile(`Patient/t-`).MatchString(errs) {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
	lines := s.exported(t)
	if len(lines) != 2 || lines[0].Outcome != "asked" || lines[1].Outcome != "failed" {
		t.Errorf("%+v", lines)
	}
}

func TestWhoReadsNames(t *testing.T) {
	for _, c := range []struct {
		name, by, user, says, logged string
	}{
		{"the user of the machine", "", "anna", "anna", "anna"},
		{"somebody by name, at a user's machine", "Enhetschef Norra", "anna", "Enhetschef Norra", "anna"},
		{"somebody by name, where the machine does not say", "Enhetschef Norra", "", "Enhetschef Norra", ""},
		{"a user whose name is a number", "", "u1234567", "u1234567", "u1234567"},
	} {
		who, err := (&app{Process: Process{User: func() string { return c.user }}}).asker(c.by)
		if err != nil || who.By != c.says || who.User != c.logged {
			t.Errorf("%s: %+v, %v", c.name, who, err)
		}
	}
}

func TestAuditVerify(t *testing.T) {
	s := auditedTown(t)
	exit, out, _ := s.do(t, "audit", "verify")
	if exit != 0 || !strings.HasPrefix(out, "0 entries, all as brygga wrote them.") {
		t.Errorf("an empty log: exit %d: %s", exit, out)
	}
	s.listed(t, "--with-names", "--by", "x")
	_, out, _ = s.do(t, "audit", "verify")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	mark := lines[len(lines)-1]
	s.listed(t, "--with-names", "--by", "y")
	if exit, out, errs := s.do(t, "audit", "verify", "--expect", mark); exit != 0 || !strings.HasPrefix(out, "2 entries") {
		t.Errorf("what was kept: exit %d: %s%s", exit, out, errs)
	}
	exit, out, _ = s.do(t, "audit", "verify", "-o", "json")
	var v verifiedLog
	if err := json.Unmarshal([]byte(out), &v); exit != 0 || err != nil || v.Count != 2 || v.Mark != "2:"+v.Head || v.Broken != nil {
		t.Errorf("exit %d: %s", exit, out)
	}
	other := "1:" + strings.Repeat("ab", 32)
	exit, out, _ = s.do(t, "audit", "verify", "--expect", other)
	if exit != 1 || !strings.Contains(out, "! The audit log is not as brygga wrote it: entry 1 is not the one whose head was kept") {
		t.Errorf("another head: exit %d: %s", exit, out)
	}
	if exit, _, errs := s.do(t, "audit", "verify", "--expect", "1"); exit != 2 || !strings.Contains(errs, "COUNT:HEAD") {
		t.Errorf("no mark: exit %d: %s", exit, errs)
	}
	s.env["BRYGGA_AUDIT_KEY"] = strings.Repeat("0", 64)
	if exit, out, _ := s.do(t, "audit", "verify", "-o", "json"); exit != 1 || !strings.Contains(out, `"broken":{"entry":1,"what":"is not signed with this keys.audit`) {
		t.Errorf("another key: exit %d: %s", exit, out)
	}
	if exit, out, errs := s.do(t, "report", "worklist", "--with-names", "--by", "x"); exit != 1 || out != "" || !strings.Contains(errs, "nothing is added to it") {
		t.Errorf("names under another key: exit %d: %s%s", exit, out, errs)
	}
	delete(s.env, "BRYGGA_AUDIT_KEY")
	if exit, _, errs := s.do(t, "audit", "verify"); exit == 0 || !strings.Contains(errs, "BRYGGA_AUDIT_KEY") {
		t.Errorf("without the key: exit %d: %s", exit, errs)
	}
}

func TestAuditOfAConfigurationWithoutAKey(t *testing.T) {
	s := town(t, "")
	if exit, _, errs := s.do(t, "audit", "verify"); exit != 2 || !strings.Contains(errs, "keys.audit is not set") {
		t.Errorf("exit %d: %s", exit, errs)
	}
	if exit, out, errs := s.do(t, "audit", "export"); exit != 0 || out != "" {
		t.Errorf("an export of nothing: exit %d: %s%s", exit, out, errs)
	}
	if exit, out, _ := s.do(t, "audit"); exit != 0 || !strings.Contains(out, "verify") || !strings.Contains(out, "export") {
		t.Errorf("audit alone: exit %d: %s", exit, out)
	}
}

// check and status say once that nothing is audited, and nothing of it where there is a
// key; check says too that no run would begin.
func TestItIsSaidThatNothingIsAudited(t *testing.T) {
	const said = "keys.audit is not set"
	views := []string{"check", "status"}
	plain := town(t, "")
	for _, view := range views {
		if _, out, _ := plain.do(t, view); strings.Count(out, said) != 1 {
			t.Errorf("%s of a town without a key:\n%s", view, out)
		}
	}
	signed := auditedTown(t)
	for _, view := range views {
		if _, out, _ := signed.do(t, view); strings.Contains(out, said) || strings.Contains(out, "not audited") {
			t.Errorf("%s of a town with a key:\n%s", view, out)
		}
	}
	if _, out, _ := signed.do(t, "check"); !strings.Contains(out, "audit log") || !strings.Contains(out, "ends as brygga left it") {
		t.Errorf("check does not look at the log:\n%s", out)
	}
	signed.listed(t, "--with-names", "--by", "x")
	signed.env["BRYGGA_AUDIT_KEY"] = strings.Repeat("0", 64)
	exit, out, _ := signed.do(t, "check")
	if exit != 1 || !strings.Contains(out, "keys.audit is another key than before") || !strings.Contains(out, "put back the key") {
		t.Errorf("under another key: exit %d:\n%s", exit, out)
	}
	if exit, _, errs := signed.do(t, "run", "reconcile"); exit != 1 || !strings.Contains(errs, "Put back the key") || strings.Contains(errs, "Patient/") {
		t.Errorf("a run under another key: exit %d: %s", exit, errs)
	}
}

// The log of a night with writes, names and another configuration, as FHIR: one
// AuditEvent per entry, in their order, and without anything personal.
func TestTheLogAsAuditEvents(t *testing.T) {
	s := auditedTown(t)
	b, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s.config, string(b)+"\nwrites: {mode: write}\nguard: {at_least: 10000}\n")
	if exit, _, errs := s.do(t, "run", "reconcile"); exit != 0 && exit != 3 {
		t.Fatalf("run: exit %d: %s", exit, errs)
	}
	s.listed(t, "--with-names", "--by", "Enhetschef Norra")
	exit, out, errs := s.do(t, "audit", "export", "--format", "fhir")
	if exit != 0 {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	entries := s.exported(t)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(entries) || len(entries) < 3 {
		t.Fatalf("%d events, %d entries", len(lines), len(entries))
	}
	for i, line := range lines {
		var ev struct {
			ResourceType, ID string
			Subtype          []struct{ Code string }
			Entity           []struct {
				What struct{ Identifier struct{ Value string } }
			}
		}
		if err := json.Unmarshal([]byte(line), &ev); err != nil || ev.ResourceType != "AuditEvent" || len(ev.ID) != 64 || ev.Subtype[0].Code != entries[i].Action {
			t.Errorf("entry %d: %v, %+v", i+1, err, ev)
		}
		if n := len(entries[i].Clients); n > 0 && ev.Entity[len(ev.Entity)-1].What.Identifier.Value != entries[i].Clients[n-1] {
			t.Errorf("entry %d does not name its clients", i+1)
		}
	}
	names, _ := allNames(townsfolk())
	for client, name := range names {
		if strings.Contains(out, client) || strings.Contains(out, name) {
			t.Errorf("somebody is named")
		}
	}
	if exit, out, errs := s.do(t, "audit", "export", "--format", "csv"); exit != 2 || out != "" || !strings.Contains(errs, "write ndjson or fhir") {
		t.Errorf("another format: exit %d: %s%s", exit, out, errs)
	}
	if dir := os.Getenv("BRYGGA_TEST_KEEP"); dir != "" { // to look at them with other validators
		mustWrite(t, dir+"/audit.ndjson", out)
	}
}
