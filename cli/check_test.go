package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"brygga/config"
	"brygga/sandbox"
)

// served is a FHIR server in this process with the data of a scenario, and a
// configuration for it.
type served struct {
	*sandbox.Server
	url, config string
	tests       string // the folder of these tests
	env         map[string]string
}

// serve starts a server with the resources of a scenario; more is what the
// configuration says besides.
func serve(t *testing.T, opt sandbox.Options, scenario, more string) *served {
	t.Helper()
	opt.Clock = func() time.Time { return testNow }
	s := &served{Server: sandbox.New(opt), env: secrets}
	files, err := filepath.Glob("../testdata/" + scenario + "/input/*.ndjson")
	if err != nil || len(files) == 0 {
		t.Fatalf("no data of %s: %v", scenario, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n") {
			if err := s.Load(json.RawMessage(line)); err != nil {
				t.Fatal(err)
			}
		}
	}
	url, stop, err := s.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s.url = url
	s.config = configure(t, url, more)
	return s
}

// configure writes a configuration for a server.
func configure(t *testing.T, url, more string) string {
	t.Helper()
	return mustWrite(t, filepath.Join(t.TempDir(), "brygga.yaml"), `tenant: exempelkommun
keys: {pseudonym: env:BRYGGA_PSEUDONYM_KEY}
systems:
  journal:
    kind: fhir
    url: `+url+`
    display_name: Exempeljournal
    receives: [flags, tasks]
    auth: {kind: bearer, token: env:BRYGGA_FHIR_TOKEN}
`+more)
}

// tidy takes out of a text what differs from one test run to the next.
func (s *served) tidy(text string) string {
	return strings.ReplaceAll(text, strings.TrimPrefix(strings.TrimSuffix(s.url, "/fhir"), "http://"), "HOST")
}

// here goes to the folder of the configuration, so that views show no path of a
// test run, whose length differs.
func (s *served) here(t *testing.T) {
	t.Helper()
	var err error
	if s.tests, err = os.Getwd(); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(s.config))
	s.config = filepath.Base(s.config)
}

// do runs a command on the server's configuration.
func (s *served) do(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	exit, out, errs := call(t, process{env: s.env}, append(args, "-c", s.config)...)
	return exit, s.tidy(out), s.tidy(errs)
}

func TestCheckReadsWell(t *testing.T) {
	const facts = "facts: {client: journal, placement: journal, assignment: journal, service: journal, plan: journal, staff: journal}\n"
	const units = "rules: {units: {sodra: {set: {plan.missing.days: 5}}, u2: {set: {plan.missing.days: 6}}}}\n"
	for _, c := range []struct {
		name string
		opt  sandbox.Options
		more string
		args []string
		exit int
		run  bool // the job has read once
	}{
		{"all-well", sandbox.Options{}, "", nil, 0, false},
		{"tried-by-writing", sandbox.Options{}, "", []string{"--write"}, 0, false},
		{"facts-missing", sandbox.Options{}, facts, nil, 0, false},
		{"a-unit-that-nobody-has", sandbox.Options{}, units, nil, 0, true},
		{"not-let-in", sandbox.Options{Token: "another"}, "", nil, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.opt, "contact-vacant", c.more)
			s.here(t)
			if c.run {
				if exit, _, errs := s.do(t, "preview"); exit != 0 {
					t.Fatalf("preview: exit %d: %s", exit, errs)
				}
			}
			exit, out, errs := s.do(t, append([]string{"check"}, c.args...)...)
			if exit != c.exit || errs != "" {
				t.Errorf("exit %d, want %d: %s", exit, c.exit, errs)
			}
			golden(t, s.tests+"/testdata/check/"+c.name+".txt", out)
			tasks := s.All("Task")
			if written := len(tasks); (written > 0) != (c.name == "tried-by-writing") {
				t.Errorf("%d Tasks were written", written)
			}
			for _, task := range tasks {
				if !strings.Contains(string(task), `"cancelled"`) {
					t.Errorf("a Task is left standing: %s", task)
				}
			}
		})
	}
}

func TestCheckForPrograms(t *testing.T) {
	s := serve(t, sandbox.Options{}, "contact-vacant", "")
	exit, out, _ := s.do(t, "check", "-o", "json")
	var v struct {
		Checks []checkLine
		Exit   int
	}
	mustDecode(t, out, &v)
	if exit != 0 || v.Exit != 0 || len(v.Checks) < 10 || v.Checks[0].Where != "configuration" {
		t.Errorf("exit %d: %+v", exit, v)
	}
	for _, l := range v.Checks {
		if l.Verdict == "" || l.Where == "" || l.What == "" {
			t.Errorf("half a check: %+v", l)
		}
	}
}

// Everything that is wrong with a configuration is said, each with its place.
func TestCheckSaysAllThatIsWrongWithAConfiguration(t *testing.T) {
	file := configure(t, "http://fhir.example.se/r4", "writes: {mod: write}\nrules: {pack: botkyrka, set: {plan.revew.months: 6}}\njobs: {reconcile: {schedule: \"30 2 31 2 *\"}}\n")
	s := &served{config: file, env: secrets}
	s.here(t)
	exit, out, errs := call(t, process{env: secrets}, "check")
	if exit != 2 || errs != "" {
		t.Errorf("exit %d: %s", exit, errs)
	}
	golden(t, s.tests+"/testdata/check/a-wrong-configuration.txt", out)
	for name, c := range map[string]struct{ file, tenant, says string }{
		"no file":        {"no-such.yaml", "", "no-such.yaml"},
		"another tenant": {configure(t, "https://fhir.example.se/r4", ""), "grannkommun", "not of grannkommun"},
	} {
		args := []string{"check", "-c", c.file}
		if c.tenant != "" {
			args = append(args, "--tenant", c.tenant)
		}
		exit, out, _ := call(t, process{env: secrets}, args...)
		if exit != 2 || !strings.Contains(out, "FAIL") || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit %d: %s", name, exit, out)
		}
	}
}

func TestCheckOfServersThatAreNoFHIRServers(t *testing.T) {
	t.Parallel() // brygga tries a few times before it gives up
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>Intranätet</title>")) // the test fails if nothing comes
	}))
	t.Cleanup(html.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(selfSigned.Close)
	for name, c := range map[string]struct{ url, says string }{
		"a web page":                {html.URL, "web page"},
		"nobody there":              {gone.URL, "refused the connection"},
		"a self-signed certificate": {selfSigned.URL, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notFHIR(t, c.url, c.says)
		})
	}
}

func notFHIR(t *testing.T, url, says string) {
	exit, out, errs := call(t, process{env: secrets}, "check", "-c", configure(t, url, ""))
	if exit != 1 || errs != "" || !strings.Contains(out, "FAIL  journal") || !strings.Contains(out, says) || !strings.Contains(out, "; ") {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
	if strings.Contains(out, secrets["BRYGGA_FHIR_TOKEN"]) {
		t.Error("a secret is printed")
	}
}

func TestCheckOfAStoreThatCannotBeOpened(t *testing.T) {
	file := configure(t, "https://fhir.example.se/r4", "")
	if err := os.Mkdir(filepath.Join(filepath.Dir(file), "brygga.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	exit, out, _ := call(t, process{env: secrets}, "check", "-c", file)
	if exit != 1 || !strings.Contains(out, "FAIL  store") || strings.Contains(out, "journal") {
		t.Errorf("exit %d: %s", exit, out)
	}
	short := map[string]string{"BRYGGA_PSEUDONYM_KEY": "short", "BRYGGA_FHIR_TOKEN": "x"}
	exit, out, _ = call(t, process{env: short}, "check", "-c", configure(t, "https://fhir.example.se/r4", ""))
	if exit == 0 || !strings.Contains(out, "FAIL") || !strings.Contains(out, "pseudonym") || strings.Contains(out, "short;") {
		t.Errorf("a key that is too short: exit %d: %s", exit, out)
	}
}

func TestCheckPrintsTheSchema(t *testing.T) {
	exit, out, _ := call(t, process{}, "check", "--schema")
	if exit != 0 || out != string(config.Schema()) {
		t.Errorf("exit %d: %.60s", exit, out)
	}
}
