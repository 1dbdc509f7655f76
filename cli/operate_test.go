package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// A backup is made of a town that was read, and restored elsewhere with its keys: the
// audit log is as it was, and the next run writes nothing.
func TestABackupIsRestoredElsewhere(t *testing.T) {
	s := auditedTown(t)
	if exit, _, errs := s.do(t, "report", "worklist", "--with-names", "--by", "Enhetschef"); exit != 0 {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	s.env["BACKUP_KEY"] = id.String()
	file := filepath.Join(t.TempDir(), "b.age")
	exit, out, errs := s.do(t, "backup", file, "--recipient", id.Recipient().String())
	if exit != 0 || !strings.Contains(out, "The keys are not in it") {
		t.Fatalf("exit %d: %s%s", exit, out, errs)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	before := s.exported(t)
	config, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "new.db")
	mustWrite(t, s.config, "store: sqlite:"+store+"\n"+string(config))
	cut, other := filepath.Join(t.TempDir(), "cut.age"), filepath.Join(t.TempDir(), "other.age")
	mustWrite(t, cut, string(whole[:len(whole)-100]))
	mustWrite(t, other, "not age")
	s.env["OTHER_KEY"] = func() string { k, _ := age.GenerateX25519Identity(); return k.String() }()
	for _, c := range []struct {
		name string
		args []string
		exit int
		says string
	}{
		{"a name that is there already", []string{"backup", file, "--recipient", id.Recipient().String()}, 1, "is there already"},
		{"a backup for nobody", []string{"backup", file + "2"}, 2, "--recipient"},
		{"a recipient who is none", []string{"backup", file + "2", "--recipient", "age1x"}, 1, "no age public key"},
		{"a short passphrase", []string{"backup", file + "2", "--passphrase", "env:SHORT"}, 1, "at least 16"},
		{"a passphrase in clear", []string{"backup", file + "2", "--passphrase", "hemligt"}, 2, "env:NAME"},
		{"a file that was cut", []string{"restore", cut, "--identity", "env:BACKUP_KEY"}, 1, "nothing is restored"},
		{"a file of something else", []string{"restore", other, "--identity", "env:BACKUP_KEY"}, 1, "not encrypted as brygga does"},
		{"another key", []string{"restore", file, "--identity", "env:OTHER_KEY"}, 1, "another key"},
		{"a file that is not there", []string{"restore", file + "3", "--identity", "env:BACKUP_KEY"}, 1, "cannot be read"},
		{"the right one", []string{"restore", file, "--identity", "env:BACKUP_KEY"}, 0, "audit verify"},
		{"and once more", []string{"restore", file, "--identity", "env:BACKUP_KEY"}, 2, "not empty"},
		{"the audit log", []string{"audit", "verify"}, 0, "all as brygga wrote"},
	} {
		s.env["SHORT"] = "kort"
		exit, out, errs := s.do(t, c.args...)
		if exit != c.exit || !strings.Contains(out+errs, c.says) || strings.Contains(out+errs, "hemligt") {
			t.Errorf("%s: exit %d, want %d with %q: %s%s", c.name, exit, c.exit, c.says, out, errs)
		}
	}
	if after := s.exported(t); len(after) != len(before) {
		t.Errorf("the audit log has %d entries, and had %d", len(after), len(before))
	}
}

func TestRetentionSaysWhatItWouldRemove(t *testing.T) {
	s := auditedTown(t)
	exit, out, errs := s.do(t, "run", "retention", "--dry-run")
	if exit != 0 || !strings.Contains(out, "Nothing is old enough") {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
	exit, out, errs = s.do(t, "run", "retention", "-o", "json")
	var rep struct {
		Job     string
		Clients int
	}
	if err := json.Unmarshal([]byte(out), &rep); err != nil || exit != 0 || rep.Job != "retention" {
		t.Errorf("exit %d, %v: %s%s", exit, err, out, errs)
	}
}

func TestHealthAsksTheDaemon(t *testing.T) {
	status, body := 200, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body + r.URL.Query().Get("x")))
	}))
	defer server.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, c := range []struct {
		name, url string
		status    int
		body      string
		exit      int
		says      string
	}{
		{"it is ready", server.URL, 200, `{"ok":true,"reasons":[]}`, 0, "ready"},
		{"it is not", server.URL, 503, `{"ok":false,"reasons":["exempelkommun: reconcile is late"]}`, 1, "! exempelkommun: reconcile is late"},
		{"it says one thing and answers another", server.URL, 503, `{"ok":true,"reasons":[]}`, 1, "not ready"},
		{"somebody else answers", server.URL, 200, `<html>`, 1, "not as brygga does"},
		{"somebody else answers JSON", server.URL, 200, `{}`, 1, "not as brygga does"},
		{"nothing of that name", server.URL, 404, `{"ok":true,"reasons":[]}`, 1, "answers 404"},
		{"nobody answers", gone.URL, 0, "", 1, "does not answer"},
		{"no address", "brygga", 0, "", 2, "--url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body = c.status, c.body
			exit, out, errs := call(t, process{}, "health", "--url", c.url)
			if exit != c.exit || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit %d, want %d with %q: %s%s", exit, c.exit, c.says, out, errs)
			}
		})
	}
}

// Who asks for the health needs nothing of what the daemon needs: no key, no variable of
// its environment. A folder of configurations has one daemon.
func TestHealthNeedsNoKey(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ok":true,"reasons":[]}`))
	}))
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	mustWrite(t, file, "tenant: a-kommun\nkeys: {pseudonym: env:NOT_SET, audit: file:not-there}\n"+
		"systems:\n  journal: {kind: fhir, url: https://fhir.example.se, auth: {kind: bearer, token: env:NOT_SET}, receives: [flags]}\n"+
		"serve: {listen: \""+strings.TrimPrefix(server.URL, "http://")+"\"}\n")
	mustWrite(t, filepath.Join(dir, "b.yaml"), "tenant: b-kommun\n")
	for name, path := range map[string]string{"a file": file, "a folder": dir} {
		if exit, out, errs := call(t, process{}, "health", "-c", path); exit != 0 || !strings.Contains(out, "ready") {
			t.Errorf("%s: exit %d: %s%s", name, exit, out, errs)
		}
	}
	if exit, _, errs := call(t, process{}, "health", "-c", t.TempDir()); exit != 2 || !strings.Contains(errs, "no *.yaml") {
		t.Errorf("an empty folder: exit %d: %s", exit, errs)
	}
}
