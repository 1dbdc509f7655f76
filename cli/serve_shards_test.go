package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/jobs"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

// postgresVariable holds the URL of a database to test in; .ci/postgres makes one.
const postgresVariable = "BRYGGA_TEST_POSTGRES"

// Two daemons on one PostgreSQL write a large night together, each with the connections
// that are configured; the report is that of one run, and nothing is written twice.
func TestTwoDaemonsWriteOneNight(t *testing.T) {
	dsn := os.Getenv(postgresVariable)
	if dsn == "" {
		t.Skipf("%s is not set: .ci/postgres run go test ./cli -run TwoDaemons", postgresVariable)
	}
	if testing.Short() {
		t.Skip("a night of a town of 1600")
	}
	before := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	after := time.Date(2026, 11, 22, 0, 31, 0, 0, time.UTC)
	s := newServing(t)
	server, base := largeTown(t, before)
	place, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s cannot be read", postgresVariable)
	}
	q := place.Query()
	q.Set("search_path", fmt.Sprintf("cli_shards_%d", os.Getpid()))
	place.RawQuery = q.Encode()
	s.write("key", strings.Repeat("7a", 32))
	s.write("a.yaml", fmt.Sprintf("tenant: a-kommun\nstore: %s\nkeys: {pseudonym: file:key, audit: file:key}\n"+
		"systems:\n  journal: {kind: fhir, url: %s, receives: [flags, tasks], connections: 1}\n"+
		"rules: {pack: botkyrka}\nwrites: {mode: write, transaction_size: 2}\nguard: {at_least: 100000}\nserve: {listen: \"127.0.0.1:0\"}\n", place, base))
	st := s.store("a.yaml")
	t.Cleanup(func() { _, _ = st.DB().Exec("DROP SCHEMA " + q.Get("search_path") + " CASCADE") })

	if code, log := s.serve(before, says(`"scheduled"`, 2)); code != jobs.ExitDone {
		t.Fatalf("at noon it ends with %d and says\n%s", code, log)
	}
	var now, most atomic.Int32
	server.SetFault(func(r *http.Request) *sandbox.Fault {
		if r.Method != http.MethodPost || strings.Contains(r.URL.Path, "_search") {
			return nil
		}
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(20 * time.Millisecond) // the time that the other side takes
		now.Add(-1)
		return nil
	})
	var wg sync.WaitGroup
	var over atomic.Bool
	logs := make([]string, 2)
	for i := range logs {
		wg.Go(func() {
			_, logs[i] = s.serve(after, func(log string) bool {
				if strings.Contains(log, `"the job is done"`) {
					over.Store(true)
				}
				return over.Load()
			})
		})
	}
	wg.Wait()
	var done string
	for _, log := range logs {
		if strings.Contains(log, `"the job is done"`) {
			done += log
		}
	}
	if strings.Count(done, `"the job begins"`) != 1 || !strings.Contains(done, `"exit":0`) {
		t.Errorf("the daemons say\n%s", strings.Join(logs, "\n"))
	}
	if got := most.Load(); got != 2 {
		t.Errorf("at most %d wrote at a time; two daemons of one connection each are two", got)
	}
	tenant := st.Tenant("a-kommun")
	runs, err := tenant.Runs(t.Context(), 5)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	var rep jobs.Report
	if err := json.Unmarshal(runs[0].Outcome, &rep); err != nil || rep.Applied == nil {
		t.Fatalf("the run's report: %+v, %v", rep, err)
	}
	stood := len(server.All("Flag")) + len(server.All("Task"))
	if rep.Applied.Created != rep.Totals.Create || stood != rep.Totals.Create || stood < 500 {
		t.Errorf("%d stand; %+v of %+v", stood, rep.Applied, rep.Totals)
	}
	if left, err := tenant.Spreads(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("shards of %v are left, %v", left, err)
	}
}

// largeTown is a municipality whose first night writes much.
func largeTown(t *testing.T, now time.Time) (*sandbox.Server, string) {
	t.Helper()
	m := people.Generate(people.Options{Seed: 7, Clients: 1600, AsOf: "2026-11-22", VisitsPerMonth: -1, Prefix: "t-"})
	server := sandbox.New(sandbox.Options{Clock: func() time.Time { return now }})
	for r := range m.Resources {
		if err := server.Load(r.JSON); err != nil {
			t.Fatal(err)
		}
	}
	base, stop, err := server.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return server, base
}
