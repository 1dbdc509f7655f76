package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/jobs"
	"brygga/sandbox"
)

const nobodyThere = "http://127.0.0.1:9"

// spoil makes a file of the folder wrong: a word in it is another.
func (s serving) spoil(file, word, other string) {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil || !strings.Contains(string(b), word) {
		s.Fatalf("%s has no %q: %v", file, word, err)
	}
	s.write(file, strings.Replace(string(b), word, other, 1))
}

// shownAt is where a daemon's log says that health and metrics are shown.
var shownAt = regexp.MustCompile(`"address":"(127\.0\.0\.1:[0-9]+)"`)

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// A restart in the night, after somebody edited some files of the folder: whose file is
// right has its night, and of the others the log says what, where and what to do.
func TestAFileThatIsWrongStopsNobodyElsesNight(t *testing.T) {
	before := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	after := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	server, url := recordSystem(t, before)
	s := newServing(t)
	s.tenant("a.yaml", "a-kommun", "a.db", url)
	s.tenant("b/brygga.yaml", "b-kommun", "b.db", url)
	s.tenant("c.yaml", "c-kommun", "c.db", nobodyThere)
	s.serve(before, says(`"scheduled"`, 6)) // reconcile and retention of three

	s.spoil("b/brygga.yaml", "receives", "receivs")
	s.spoil("b/brygga.yaml", "mode: write", "mode: wrte")
	s.write("d.yaml", "tenant: d-kommun\nsystems: [\n")
	s.write("e.yaml", "tenant: {\n")
	b, err := os.ReadFile(filepath.Join(s.dir, "c.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("c-old.yaml", string(b))

	var ready, metrics, asked string
	code, log := s.serve(after, func(log string) bool {
		if !strings.Contains(log, `"the job is done"`) {
			return false
		}
		base := "http://" + shownAt.FindStringSubmatch(log)[1]
		if status, _ := get(t, base+"/health/live"); status != http.StatusOK {
			t.Errorf("live answers %d", status)
		}
		var status int
		if status, ready = get(t, base+"/health/ready"); status != http.StatusServiceUnavailable {
			t.Errorf("ready answers %d", status)
		}
		_, metrics = get(t, base+"/metrics")
		_, asked, _ = call(t, process{}, "health", "--url", base)
		return true
	})
	if code != jobs.ExitDone || len(server.All("Flag")) == 0 {
		t.Errorf("exit %d; %d Flags stand", code, len(server.All("Flag")))
	}
	if n := strings.Count(log, `"the job begins"`); n != 1 || !strings.Contains(log, `"tenants":1,"left_out":4`) {
		t.Errorf("%d jobs began; the log says\n%s", n, log)
	}
	for tenant, want := range map[string][]string{
		"b-kommun": {"b/brygga.yaml:5:", "systems.journal.receivs: unknown key; did you mean systems.journal.receives?", "brygga.yaml:6:16: writes.mode:"},
		"c-kommun": {"c-old.yaml and ", "c.yaml are both the tenant c-kommun, and which of them counts cannot be known", "remove what is not used"},
		"d-kommun": {"d.yaml:2:", "close the bracket"},
		"e.yaml":   {"e.yaml:1:"},
	} {
		i := strings.Index(log, `"level":"error","tenant":"`+tenant+`","problems":[`)
		if i < 0 {
			t.Errorf("nothing is said of %s:\n%s", tenant, log)
			continue
		}
		line, _, _ := strings.Cut(log[i:], "\n")
		for _, words := range want {
			if !strings.Contains(line, words) {
				t.Errorf("%s: it does not say %q: %s", tenant, words, line)
			}
		}
		for name, text := range map[string]string{"ready": ready, "brygga health": asked} {
			if !strings.Contains(text, tenant+": no job can begin: ") {
				t.Errorf("%s does not say that nothing runs for %s: %s", name, tenant, text)
			}
		}
		if !strings.Contains(metrics, fmt.Sprintf("\nbrygga_jobs_can_begin{tenant=%q} 0\n", tenant)) {
			t.Errorf("metrics do not say that nothing runs for %s:\n%s", tenant, metrics)
		}
	}
	if !strings.Contains(metrics, "\nbrygga_jobs_can_begin{tenant=\"a-kommun\"} 1\n") || strings.Contains(ready, "a-kommun: ") {
		t.Errorf("of a-kommun it is said\n%s%s", ready, metrics)
	}
	if !strings.Contains(ready, "b/brygga.yaml, line 5, and 1 more") || strings.Contains(ready, "receivs") || strings.Contains(ready, s.dir) {
		t.Errorf("whoever asks is shown %s", ready)
	}
}

// One key opens a store. Who comes with another has no nights, and keeps nobody from
// theirs; where nothing is stored yet, nobody can say which is right.
func TestAnotherKeyStopsNobodyElseOnTheSameStore(t *testing.T) {
	before := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	after := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	server, url := recordSystem(t, before)
	s := newServing(t)
	s.tenant("z/brygga.yaml", "z-kommun", "../shared.db", url)
	s.serve(before, says(`"scheduled"`, 2))
	s.tenant("a/brygga.yaml", "a-kommun", "../shared.db", url) // it comes first, and is wrong
	s.write("a/key", strings.Repeat("7b", 32))
	code, log := s.serve(after, func(log string) bool {
		return strings.Contains(log, `"the job is done"`) && strings.Contains(log, "nothing runs for these tenants")
	})
	if code != jobs.ExitDone || len(server.All("Flag")) == 0 || !strings.Contains(log, "this store was made with another key") || !strings.Contains(log, `"tenants":["a-kommun"]`) {
		t.Errorf("exit %d; %d Flags stand; the log says\n%s", code, len(server.All("Flag")), log)
	}
	code, out, errs := call(t, process{now: after}, "run", "list", "-c", s.dir)
	if code != jobs.ExitFailed || !strings.Contains(out, "z-kommun") || !strings.Contains(errs, "a-kommun: ") || !strings.Contains(errs, "another key") {
		t.Errorf("run list: exit %d\n%s%s", code, out, errs)
	}
	fresh := newServing(t)
	fresh.tenant("a/brygga.yaml", "a-kommun", "../shared.db", url)
	fresh.tenant("z/brygga.yaml", "z-kommun", "../shared.db", url)
	fresh.tenant("own.yaml", "own-kommun", "own.db", url)
	fresh.write("z/key", strings.Repeat("7b", 32))
	_, log = fresh.serve(before, func(log string) bool {
		return strings.Count(log, `"scheduled"`) == 2 && strings.Count(log, "nothing runs for these tenants") == 2
	})
	if !strings.Contains(log, "have different keys (keys.pseudonym): which is right cannot be known") {
		t.Errorf("the log says\n%s", log)
	}
	if _, err := os.Stat(filepath.Join(fresh.dir, "shared.db")); !os.IsNotExist(err) {
		t.Errorf("a store was made with one of two keys: %v", err)
	}
}

// A store that is opened anew, after it was away, is opened with the key of whoever still
// has the right one.
func TestAKeyThatIsLostMeanwhileStopsNobodyElse(t *testing.T) {
	for _, row := range []struct {
		name string
		lose func(s serving)
		says string // where nobody can open it; empty: somebody can
	}{
		{"nothing is lost", func(serving) {}, ""},
		{"the key of the first is gone", func(s serving) { os.Remove(filepath.Join(s.dir, "a/key")) }, ""},
		{"the key of the first is another", func(s serving) { s.write("a/key", strings.Repeat("7b", 32)) }, ""},
		{"all are gone", func(s serving) {
			os.Remove(filepath.Join(s.dir, "a/key"))
			os.Remove(filepath.Join(s.dir, "z/key"))
		}, "z-kommun: keys.pseudonym cannot be read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newServing(t)
			s.tenant("a/brygga.yaml", "a-kommun", "../shared.db", nobodyThere)
			s.tenant("z/brygga.yaml", "z-kommun", "../shared.db", nobodyThere)
			s.store("a/brygga.yaml")
			a := &app{Process: Process{Now: func() time.Time { return testNow }, LookupEnv: os.LookupEnv}, configPath: s.dir}
			towns, err := a.loadAll()
			if err != nil || len(towns.right) != 2 {
				t.Fatal(towns, err)
			}
			fleet := a.fleet(t.Context(), towns.right, zerolog.Nop())
			if len(fleet.Members) != 1 || len(fleet.Members[0].Tenants) != 2 {
				t.Fatalf("the members are %+v", fleet.Members)
			}
			row.lose(s)
			_, closing, err := fleet.Members[0].Open(t.Context())
			if closing != nil {
				defer closing()
			}
			if row.says == "" && err != nil || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
				t.Errorf("opening gives %v", err)
			}
		})
	}
}

// hook is who is told, and what came there.
type hook struct {
	mu   sync.Mutex
	came []told
}

// told is what a test reads of a message.
type told struct {
	ID, Tenant, Job, State string
	Exit                   int
	Begun, Over            []struct{ Sort string }
}

func newHook(t *testing.T) (*hook, string) {
	t.Helper()
	h := &hook{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m told
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		// A daemon that stops before it knows that a message came sends it again.
		if !slices.ContainsFunc(h.came, func(before told) bool { return before.ID == m.ID }) {
			h.came = append(h.came, m)
		}
	}))
	t.Cleanup(server.Close)
	return h, server.URL
}

func (h *hook) all() []told {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.came)
}

// Those who look after a municipality are told once that brygga began without it, and once
// that it is well again; and nobody else is. Where the part that says whom to tell is wrong
// itself, nobody can be.
func TestWhoseFileIsWrongIsToldOnce(t *testing.T) {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := newServing(t)
	a, aURL := newHook(t)
	b, bURL := newHook(t)
	s.tenant("a.yaml", "a-kommun", "a.db", nobodyThere)
	s.tenant("b/brygga.yaml", "b-kommun", "b.db", nobodyThere)
	s.write("hook", aURL+"/hemlig")
	s.write("b/hook", bURL+"/hemlig")
	for _, file := range []string{"a.yaml", "b/brygga.yaml"} {
		s.spoil(file, "serve:", "notify: {webhook: file:hook}\nserve:")
	}
	s.serve(noon, says(`"scheduled"`, 4))
	right, err := os.ReadFile(filepath.Join(s.dir, "a.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		spoil  func()
		begins int  // how often it begins like this
		told   int  // messages so far
		fails  bool // what the latest of them says; else that it is well again
	}{
		{"a key is misspelt", func() { s.spoil("a.yaml", "receives", "receivs") }, 2, 1, true},
		{"now whom to tell cannot be read", func() { s.spoil("a.yaml", "webhook", "webhok") }, 1, 1, true},
		{"it is mended", func() { s.write("a.yaml", string(right)) }, 2, 2, false},
		{"whom to tell cannot be read", func() { s.spoil("a.yaml", "webhook", "webhok") }, 1, 2, false},
	} {
		row.spoil()
		for range row.begins {
			began := time.Now()
			_, log := s.serve(noon, func(log string) bool {
				enough := len(a.all()) >= row.told
				// What is not to come is waited for a little.
				return strings.Contains(log, `"brygga begins"`) && enough && time.Since(began) > 300*time.Millisecond
			})
			if strings.Contains(log, "hemlig") {
				t.Errorf("the log shows an address:\n%s", log)
			}
		}
		came := a.all()
		if len(came) != row.told || len(b.all()) != 0 {
			t.Fatalf("%s: %d were told, want %d; others %d", row.name, len(came), row.told, len(b.all()))
		}
		last := came[len(came)-1]
		failing := len(last.Begun) == 1 && last.Begun[0].Sort == "configuration" && last.State == "failing" && last.Exit == jobs.ExitUsage
		well := len(last.Over) == 1 && last.Over[0].Sort == "configuration" && last.State == "well"
		if last.Tenant != "a-kommun" || last.Job != "serve" || row.fails && !failing || !row.fails && !well {
			t.Errorf("%s: told was %+v", row.name, last)
		}
	}
}

// Who was never served misses nothing: no store is made to remember that somebody was told.
func TestAMunicipalityThatIsNewIsNotToldOf(t *testing.T) {
	s := newServing(t)
	h, url := newHook(t)
	s.tenant("a.yaml", "a-kommun", "a.db", nobodyThere)
	s.tenant("b.yaml", "b-kommun", "b.db", nobodyThere)
	s.write("hook", url)
	s.spoil("b.yaml", "serve:", "notify: {webhook: file:hook}\nserve:")
	s.spoil("b.yaml", "receives", "receivs")
	began := time.Now()
	s.serve(testNow, func(log string) bool {
		return strings.Count(log, `"scheduled"`) == 2 && time.Since(began) > 300*time.Millisecond
	})
	if _, err := os.Stat(filepath.Join(s.dir, "b.db")); !os.IsNotExist(err) || len(h.all()) != 0 {
		t.Errorf("a store: %v; told: %v", err, h.all())
	}
}

// At 03:40, ten municipalities: one screen says which of them need somebody, the most
// urgent first, and how one is seen in full.
func TestStatusOfAFolder(t *testing.T) {
	day := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	night := time.Date(2026, 11, 22, 0, 31, 0, 0, time.UTC)
	server, url := recordSystem(t, day)
	s := newServing(t)
	s.tenant("well.yaml", "well-kommun", "well.db", url)
	s.tenant("part.yaml", "part-kommun", "part.db", nobodyThere)
	s.tenant("report.yaml", "report-kommun", "report.db", url)
	s.spoil("report.yaml", "serve:", "jobs: {report: {schedule: 0 6 * * 1, path: nowhere/reports}}\nserve:")
	s.serve(day, says(`"scheduled"`, 7))
	s.serve(night, says(`"the job is done"`, 3))
	if exit, out, errs := call(t, process{now: night}, "run", "report", "-c", filepath.Join(s.dir, "report.yaml")); exit != jobs.ExitFailed {
		t.Fatalf("exit %d: %s%s", exit, out, errs)
	}
	s.tenant("guard.yaml", "guard-kommun", "guard.db", url)
	s.spoil("guard.yaml", "serve:", "guard: {open_share: 0.01, at_least: 1}\nserve:")
	if exit, out, errs := call(t, process{now: night}, "run", "reconcile", "-c", filepath.Join(s.dir, "guard.yaml")); exit != jobs.ExitGuard {
		t.Fatalf("exit %d: %s%s", exit, out, errs)
	}
	server.SetFault(func(*http.Request) *sandbox.Fault { return &sandbox.Fault{Status: 401} })
	s.tenant("new.yaml", "new-kommun", "new.db", url)
	s.tenant("damaged.yaml", "damaged-kommun", "damaged.db", url)
	s.write("damaged.db", strings.Repeat("no database\n", 1000))
	s.tenant("wrong.yaml", "wrong-kommun", "wrong.db", url)
	s.spoil("wrong.yaml", "receives", "receivs")
	s.spoil("wrong.yaml", "mode: write", "mode: wrte")
	s.write("lost.yaml", "tenant: {\n")
	s.tenant("twice.yaml", "twice-kommun", "twice.db", url)
	s.tenant("once/brygga.yaml", "twice-kommun", "twice.db", url)

	now := night.Add(3*time.Hour + 9*time.Minute)
	exit, out, errs := call(t, process{now: now}, "status", "-c", s.dir)
	if exit != jobs.ExitUsage || errs != "" {
		t.Errorf("exit %d, want that of the worst: %s", exit, errs)
	}
	want := []struct{ mark, name, says string }{
		{"!", "lost.yaml", "LEFT OUT"},
		{"!", "twice-kommun", "are both the tenant twice-kommun"},
		{"!", "wrong-kommun", "unknown key; did you mean systems.journal.receives? (and 1 more)"},
		{"!", "damaged-kommun", "NO STORE"},
		{"!", "guard-kommun", "2026-11-22 01:31  stopped by the guard  the guard stopped it before its first write (and 1 more)"},
		{"!", "part-kommun", "2026-11-22 01:31  done in part"},
		{"!", "report-kommun", "the last report, 2026-11-22 01:31: FAILED"},
		{" ", "new-kommun", "no run yet"},
		{" ", "well-kommun", "2026-11-22 01:31  done"},
	}
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if len(lines) != len(want)+4 || !strings.Contains(lines[0], "2026-11-22 04:40: 9 municipalities, 7 of which need somebody") {
		t.Fatalf("it says\n%s", out)
	}
	for i, w := range want {
		line := lines[i+2]
		if !strings.HasPrefix(line, w.mark+" "+w.name+" ") || !strings.Contains(strings.Join(strings.Fields(line), " "), strings.Join(strings.Fields(w.says), " ")) {
			t.Errorf("line %d is not of %s and %q: %s", i, w.name, w.says, line)
		}
	}
	if last := lines[len(lines)-1]; last != "One in full: brygga -c "+filepath.Join(s.dir, "lost.yaml")+" status" {
		t.Errorf("at the end it says %s", last)
	}

	exit, out, _ = call(t, process{now: now}, "status", "-c", s.dir, "-o", "json")
	var rep townsReport
	if err := json.Unmarshal([]byte(out), &rep); err != nil || exit != jobs.ExitUsage || rep.Exit != exit || rep.Attention != 7 || len(rep.Tenants) != len(want) {
		t.Fatalf("as JSON: exit %d, %v\n%s", exit, err, out)
	}
	for i, w := range []struct {
		tenant string
		state  state
		exit   int
		says   int
	}{
		{"", stateLeftOut, 2, 1},
		{"twice-kommun", stateLeftOut, 2, 1},
		{"wrong-kommun", stateLeftOut, 2, 2},
		{"damaged-kommun", stateNoStore, 1, 1},
		{"guard-kommun", stateFailed, 4, 2},
		{"part-kommun", statePart, 3, 2},
		{"report-kommun", statePart, 1, 1},
		{"new-kommun", stateNew, 0, 0},
		{"well-kommun", stateWell, 0, 0},
	} {
		got := rep.Tenants[i]
		if got.Tenant != w.tenant || got.State != w.state || got.Exit != w.exit || len(got.Says) != w.says {
			t.Errorf("line %d is %+v, want %+v", i, got, w)
		}
	}

	for _, row := range []struct {
		name string
		args []string
		exit int
		says []string
		not  []string
	}{
		{"one of them in full", []string{"status", "--tenant", "report-kommun"}, 1, []string{"report-kommun, 2026-11-22 04:40 (writing)", "Then run again: brygga -c " + filepath.Join(s.dir, "report.yaml") + " run report"}, []string{"well-kommun"}},
		{"one that is left out, in full", []string{"status", "--tenant", "wrong-kommun"}, 2, []string{"wrong.yaml:5:", "wrong.yaml:6:"}, []string{"lost.yaml"}},
		{"one that is not there may be the one that cannot be read", []string{"status", "--tenant", "gone-kommun"}, 2, []string{"--tenant gone-kommun: none of", "lost.yaml:1:"}, []string{"wrong.yaml"}},
		{"a health check", []string{"status", "--check"}, 2, []string{"lost.yaml:1:", "damaged-kommun: ", "part-kommun: no run has gone well since brygga was installed"}, []string{"well-kommun", "new-kommun"}},
		{"all their runs", []string{"run", "list", "-n", "5"}, 2, []string{"Tenant ", "well-kommun ", "guard-kommun ", "wrong.yaml:5:", "damaged-kommun: "}, []string{"new-kommun"}},
		{"the runs of one", []string{"run", "list", "--tenant", "well-kommun"}, 0, []string{"schedule"}, []string{"Tenant", "guard-kommun", "wrong.yaml"}},
		{"the runs of one job", []string{"run", "list", "--job", "report"}, 2, []string{"report-kommun "}, []string{"well-kommun", "reconcile "}},
		{"another command", []string{"run", "reconcile"}, 2, []string{"is a folder; name the configuration file in it"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			exit, out, errs := call(t, process{now: now}, append(row.args, "-c", s.dir)...)
			if exit != row.exit {
				t.Errorf("exit %d, want %d", exit, row.exit)
			}
			for _, want := range row.says {
				if !strings.Contains(out+errs, want) {
					t.Errorf("it does not say %q:\n%s%s", want, out, errs)
				}
			}
			for _, not := range row.not {
				if strings.Contains(out+errs, not) {
					t.Errorf("it says %q:\n%s%s", not, out, errs)
				}
			}
		})
	}
	_, out, _ = call(t, process{now: now}, "run", "list", "-c", s.dir, "-n", "3", "-o", "json")
	var runs []jobs.Report
	if err := json.Unmarshal([]byte(out), &runs); err != nil || len(runs) != 3 || runs[0].Tenant == "" {
		t.Errorf("as JSON, the runs are %v\n%.300s", err, out)
	}

	// Two days later no daemon runs: that comes before what failed.
	_, out, _ = call(t, process{now: night.Add(56 * time.Hour)}, "status", "-c", s.dir)
	missed, guard := strings.Index(out, "reconcile was due 2026-11-24 01:30, and has not begun"), strings.Index(out, "guard-kommun")
	if missed < 0 || guard < missed {
		t.Errorf("two days later it says\n%s", out)
	}
}

// More municipalities than fit on a screen: those that need somebody are shown.
func TestStatusOfMoreThanFitOnAScreen(t *testing.T) {
	s := newServing(t)
	for i := range 60 {
		s.write(fmt.Sprintf("wrong%02d.yaml", i), fmt.Sprintf("tenant: kommun-%02d\n", i))
	}
	_, out, _ := call(t, process{}, "status", "-c", s.dir)
	if n := strings.Count(out, "\n"); n > 50 || !strings.Contains(out, "60 municipalities, 60 of which need somebody") ||
		!strings.Contains(out, "... and 20 more, 20 of which need somebody: brygga -c "+s.dir+" status -o json") {
		t.Errorf("%d lines:\n%s", n, out)
	}
}

// The daemon is asked at the address of a file that is right, and that it serves.
func TestHealthOfAFolderAsksWhereTheDaemonIs(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ok":true,"reasons":[]}`))
	}))
	defer server.Close()
	s := newServing(t)
	s.write("a.yaml", "tenant: [\n")
	if exit, _, errs := call(t, process{}, "health", "-c", s.dir); exit != jobs.ExitUsage || !strings.Contains(errs, "a.yaml:1:") {
		t.Errorf("where no file can be read: exit %d: %s", exit, errs)
	}
	s.tenant("b.yaml", "b-kommun", "b.db", nobodyThere)
	s.spoil("b.yaml", "127.0.0.1:0", "127.0.0.1:9") // its key is gone, so that the daemon left it out
	s.tenant("c/brygga.yaml", "c-kommun", "c.db", nobodyThere)
	if exit, _, errs := call(t, process{}, "health", "--url", nobodyThere); exit != jobs.ExitFailed || !strings.Contains(errs, "127.0.0.1:9 does not answer") {
		t.Errorf("exit %d: %s", exit, errs)
	}
	s.spoil("c/brygga.yaml", "127.0.0.1:0", strings.TrimPrefix(server.URL, "http://"))
	if exit, out, errs := call(t, process{}, "health", "-c", s.dir); exit != jobs.ExitDone || !strings.Contains(out, "ready") {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
	server.Close()
	if exit, _, errs := call(t, process{}, "health", "-c", s.dir); exit != jobs.ExitFailed || !strings.Contains(errs, "127.0.0.1:9 does not answer") {
		t.Errorf("when nobody is there: exit %d: %s", exit, errs)
	}
}
