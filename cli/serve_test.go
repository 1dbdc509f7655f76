package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/jobs"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

// shout is a log that may be read while it is written.
type shout struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *shout) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *shout) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// serving is a folder with configurations.
type serving struct {
	*testing.T
	dir string
}

func newServing(t *testing.T) serving { return serving{t, t.TempDir()} }

func (s serving) write(name, text string) string {
	s.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return path
}

// tenant writes the configuration of a municipality whose record system is at url.
func (s serving) tenant(file, tenant, store, url string) {
	s.Helper()
	dir := filepath.Dir(file)
	s.write(filepath.Join(dir, "key"), strings.Repeat("7a", 32))
	s.write(file, fmt.Sprintf("tenant: %s\nstore: sqlite:%s\nkeys: {pseudonym: file:key}\n"+
		"systems:\n  journal: {kind: fhir, url: %s, timeout: 2s, receives: [flags, tasks]}\nwrites: {mode: write}\nserve: {listen: \"127.0.0.1:0\"}\n", tenant, store, url))
}

// serve runs the daemon at an instant until done says so, and gives its exit and log.
func (s serving) serve(now time.Time, done func(log string) bool) (code int, log string) {
	s.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var errs shout
	exit := make(chan int, 1)
	go func() {
		exit <- Main(ctx, []string{"serve", "-c", s.dir}, Process{
			In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs, Now: func() time.Time { return now },
			LookupEnv: func(string) (string, bool) { return "", false },
		})
	}()
	for range 3000 {
		select {
		case code := <-exit:
			return code, errs.String()
		default:
		}
		if done(errs.String()) {
			stop()
			return <-exit, errs.String()
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.Fatalf("waited in vain; the log is:\n%s", errs.String())
	return 0, ""
}

// store opens a tenant's store, as another process would.
func (s serving) store(file string) *store.Store {
	s.Helper()
	cfg, problems := config.Load(filepath.Join(s.dir, file), os.LookupEnv)
	if err := problems.Err(); err != nil {
		s.Fatal(err)
	}
	st, _, err := jobs.OpenStore(s.Context(), cfg, zerolog.Nop())
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { st.Close() })
	return st
}

func says(words string, times int) func(string) bool {
	return func(log string) bool { return strings.Count(log, words) >= times }
}

// recordSystem is a municipality in a FHIR server of our own.
func recordSystem(t *testing.T, now time.Time) (*sandbox.Server, string) {
	t.Helper()
	server := sandbox.New(sandbox.Options{Clock: func() time.Time { return now }})
	for r := range people.Small("t-", "2026-11-22").Resources {
		if err := server.Load(r.JSON); err != nil {
			t.Fatal(err)
		}
	}
	url, stop, err := server.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return server, url
}

// Two municipalities in one daemon, one of which has a dead system: each has its night,
// its own store, and its own record of it; a third has a store that is no database.
func TestServeRunsTheNightsOfAFolder(t *testing.T) {
	before := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	after := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC) // 02:00; the night was due at 01:30
	server, url := recordSystem(t, before)
	s := newServing(t)
	s.tenant("a.yaml", "a-kommun", "a.db", url)
	s.tenant("b/brygga.yaml", "b-kommun", "b.db", "http://127.0.0.1:9")
	s.tenant("c.yaml", "c-kommun", "c.db", url)
	s.write("c.db", strings.Repeat("this is no database\n", 1000))

	code, log := s.serve(before, says(`"scheduled"`, 4))
	if code != jobs.ExitDone || strings.Contains(log, "the job begins") {
		t.Fatalf("at noon it ends with %d and says\n%s", code, log)
	}
	if n := len(server.All("Flag")); n != 0 {
		t.Fatalf("%d Flags stand before the first night", n)
	}
	code, log = s.serve(after, says(`"the job is done"`, 2))
	if code != jobs.ExitDone {
		t.Errorf("it ends with %d", code)
	}
	if n := len(server.All("Flag")); n == 0 {
		t.Error("after the night no Flag stands in the record system")
	}
	for _, want := range []string{`"brygga begins"`, `"tenants":["c-kommun"]`, "nothing runs for these tenants", `"trigger":"catch-up"`, `"brygga has stopped`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %s:\n%s", want, log)
		}
	}
	for _, row := range []struct{ file, tenant, want string }{
		{"a.yaml", "a-kommun", "done"},
		{"b/brygga.yaml", "b-kommun", "incomplete: journal"},
	} {
		code, out, errs := call(t, process{now: after}, "run", "list", "-c", filepath.Join(s.dir, row.file))
		if code != 0 || !strings.Contains(out, row.want) || !strings.Contains(out, "catch-up") {
			t.Errorf("%s: exit %d, runs are\n%s%s", row.tenant, code, out, errs)
		}
		if n := strings.Count(out, "reconcile"); n != 1 {
			t.Errorf("%s has %d runs:\n%s", row.tenant, n, out)
		}
	}
	code, out, _ := call(t, process{now: after}, "run", "list", "-o", "json", "-c", filepath.Join(s.dir, "a.yaml"))
	var runs []jobs.Report
	if err := json.Unmarshal([]byte(out), &runs); err != nil || code != 0 || len(runs) != 1 || runs[0].Tenant != "a-kommun" || runs[0].Totals.Create == 0 {
		t.Errorf("as JSON: exit %d, %v\n%.300s", code, err, out)
	}
	_, out, _ = call(t, process{now: after}, "status", "-c", filepath.Join(s.dir, "a.yaml"))
	if !strings.Contains(out, "Next, under brygga serve: reconcile 2026-11-23 01:30") {
		t.Errorf("status says\n%s", out)
	}
}

// What is done already by a person is waited for, and not done at the same time.
func TestServeWaitsForARunThatGoesOn(t *testing.T) {
	before := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	after := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	_, url := recordSystem(t, before)
	s := newServing(t)
	s.tenant("a.yaml", "a-kommun", "a.db", url)
	s.serve(before, says(`"scheduled"`, 1))
	st := s.store("a.yaml")
	if ok, _, _, err := st.Tenant("a-kommun").Lease(t.Context(), jobs.JobReconcile, "somebody else", after, time.Hour); err != nil || !ok {
		t.Fatal(ok, err)
	}
	code, log := s.serve(after, says("the job waits", 1))
	if code != 0 || strings.Contains(log, "the job is done") {
		t.Errorf("exit %d, the log says\n%s", code, log)
	}
}

func TestServeRefuses(t *testing.T) {
	for _, row := range []struct {
		name  string
		files func(s serving)
		args  []string
		code  int
		says  []string
	}{
		{"a folder without configurations", func(serving) {}, nil, 2, []string{"no *.yaml stands in this folder"}},
		{"two files of one tenant", func(s serving) {
			s.tenant("a.yaml", "a-kommun", "a.db", "http://127.0.0.1:9")
			s.tenant("b.yaml", "a-kommun", "b.db", "http://127.0.0.1:9")
		}, nil, 2, []string{"a.yaml", "b.yaml", "are both the tenant a-kommun"}},
		{"what is wrong in two files is said of both", func(s serving) {
			s.write("a.yaml", "tenant: a-kommun\nsystms: {}\n")
			s.write("b.yaml", "tenant: B\n")
		}, nil, 2, []string{"a.yaml", "systms", "b.yaml", "is not a tenant's name"}},
		{"a file that is not there", func(s serving) {}, []string{"-c", "nowhere.yaml"}, 2, []string{"nowhere.yaml"}},
		{"a tenant that is not there", func(s serving) {
			s.tenant("a.yaml", "a-kommun", "a.db", "http://127.0.0.1:9")
		}, []string{"--tenant", "b-kommun"}, 2, []string{"b-kommun"}},
		{"another day than today", func(s serving) {
			s.tenant("a.yaml", "a-kommun", "a.db", "http://127.0.0.1:9")
		}, []string{"--as-of", "2026-11-20"}, 2, []string{"--as-of"}},
		{"only a store that is no database", func(s serving) {
			s.tenant("a.yaml", "a-kommun", "a.db", "http://127.0.0.1:9")
			s.write("a.db", strings.Repeat("no database\n", 1000))
		}, nil, 1, []string{"a-kommun", "a.db"}},
		{"two tenants in one store with different keys", func(s serving) {
			s.tenant("a.yaml", "a-kommun", "a.db", "http://127.0.0.1:9")
			s.tenant("b/brygga.yaml", "b-kommun", "../a.db", "http://127.0.0.1:9")
			s.write("b/key", strings.Repeat("7b", 32))
		}, nil, 1, []string{"a-kommun: ", "b-kommun: ", "different keys (keys.pseudonym)"}},
		{"two files, of which one is wrong and claims the other's name", func(s serving) {
			s.tenant("a.yaml", "a-kommun", "a.db", "http://127.0.0.1:9")
			s.write("b.yaml", "tenant: a-kommun\nsystms: {}\n")
		}, nil, 2, []string{"are both the tenant a-kommun", "systms"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newServing(t)
			row.files(s)
			args := append([]string{"serve", "-c", s.dir}, row.args...)
			code, _, errs := call(t, process{}, args...)
			if code != row.code {
				t.Errorf("exit %d, want %d", code, row.code)
			}
			for _, want := range row.says {
				if !strings.Contains(errs, want) {
					t.Errorf("it does not say %q:\n%s", want, errs)
				}
			}
		})
	}
}
