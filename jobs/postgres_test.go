package jobs

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"brygga/sandbox"
	"brygga/sandbox/people"
)

// postgresVariable holds the URL of a database to test in; .ci/postgres makes one.
const postgresVariable = "BRYGGA_TEST_POSTGRES"

var postgresSchemas atomic.Int64

// onPostgres moves a bed's store into a schema of its own in a PostgreSQL database.
func (b *bed) onPostgres(dsn string) {
	b.Helper()
	schema := fmt.Sprintf("brygga_jobs_%d_%d", os.Getpid(), postgresSchemas.Add(1))
	u, err := url.Parse(dsn)
	if err != nil {
		b.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	b.place = u.String()
	b.Cleanup(func() {
		b.job.Close()
		c, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			return // a server that was thrown away
		}
		defer c.Close(context.Background())
		if _, err := c.Exec(context.Background(), `DROP SCHEMA IF EXISTS `+schema+` CASCADE`); err != nil {
			b.Error(err)
		}
	})
	b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\nwrites: {mode: write}")
}

func postgresForTests(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv(postgresVariable)
	if dsn == "" {
		t.Skipf("%s is not set: .ci/postgres run go test ./jobs -run PostgreSQL", postgresVariable)
	}
	return dsn
}

// lines are what stands in the record system, without the ids of resources.
func (b *bed) lines() map[string]int {
	b.Helper()
	out := map[string]int{}
	for _, typ := range []string{"Flag", "Task"} {
		for _, line := range b.stands(typ) {
			out[typ+" "+line]++
		}
	}
	return out
}

// Nights on PostgreSQL are the same as on a file.
func TestNightsOnPostgreSQL(t *testing.T) {
	dsn := postgresForTests(t)
	m := people.Small("t-", bedDay)
	onFile, b := newBed(t), newBed(t)
	b.onPostgres(dsn)
	for _, night := range []struct {
		name   string
		before func(*bed)
	}{
		{"the first", func(*bed) {}},
		{"the same again", func(*bed) {}},
		{"one after staff have ended a task", func(b *bed) {
			b.nextDay()
			b.edit(b.find("Task", "plan.review "+b.client(m, "plan-review-overdue")), func(r map[string]any) { r["status"] = "completed" })
		}},
		{"one that a new process runs", func(b *bed) { b.nextDay(); b.reopen() }},
	} {
		night.before(onFile)
		night.before(b)
		want, got := onFile.run(ExitDone), b.run(ExitDone)
		if !reflect.DeepEqual(want.Totals, got.Totals) || !maps.Equal(onFile.lines(), b.lines()) {
			t.Errorf("night %q: on a file %+v, on PostgreSQL %+v", night.name, want.Totals, got.Totals)
		}
		if night.name == "the same again" {
			b.written(0)
		}
	}
	runs, err := b.job.Job.Store.Runs(b.ctx(), 10)
	if err != nil || len(runs) != 4 {
		t.Errorf("%d runs are recorded, %v", len(runs), err)
	}
}

// throwAway starts a PostgreSQL of the test's own, which may crash.
func throwAway(t *testing.T) (dsn string, do func(what string) error) {
	t.Helper()
	postgresForTests(t)
	out, err := exec.Command("../.ci/postgres", "start").Output()
	if err != nil {
		t.Fatalf("starting a PostgreSQL: %v", err)
	}
	dsn = string(bytes.TrimSpace(out))
	do = func(what string) error { return exec.Command("../.ci/postgres", what, dsn).Run() }
	t.Cleanup(func() { _ = do("stop") })
	return dsn, do
}

// PostgreSQL crashes at some moment of a night and is there again a little later: the
// night goes on, or fails and says why; the next one completes it, and nothing is
// doubled or lost.
func TestPostgreSQLRestartsInTheMiddleOfANight(t *testing.T) {
	dsn, do := throwAway(t)
	want := newBed(t)
	want.run(ExitDone)
	kind := func(typ string) func(*http.Request) bool {
		return func(r *http.Request) bool { return strings.Contains(r.URL.Path, typ) }
	}
	for _, at := range []struct {
		name  string
		when  func(*http.Request) bool
		after int // so many such requests
		down  time.Duration
	}{
		{"before anything was read", func(*http.Request) bool { return true }, 0, 500 * time.Millisecond},
		{"while plans are read", kind("CarePlan"), 0, time.Second},
		{"while visits are read", kind("Encounter"), 1, time.Second},
		{"before the first write", isWrite, 0, time.Second},
		{"between two writes", isWrite, 1, time.Second},
	} {
		t.Run(at.name, func(t *testing.T) {
			b := newBed(t)
			b.onPostgres(dsn)
			var seen atomic.Int32
			var once sync.Once
			up := make(chan error, 1)
			crashed := false
			b.server.SetFault(func(r *http.Request) *sandbox.Fault {
				if at.when(r) && int(seen.Add(1)) > at.after {
					once.Do(func() {
						crashed = true
						if err := do("crash"); err != nil {
							up <- err
							return
						}
						go func() { time.Sleep(at.down); up <- do("again") }()
					})
				}
				return nil
			})
			rep, err := b.job.Reconcile(b.ctx(), b.options())
			if !crashed {
				t.Fatal("the server never crashed: this test has shown nothing")
			}
			if err := <-up; err != nil {
				t.Fatalf("crashing and starting again: %v", err)
			}
			b.server.SetFault(nil)
			switch {
			case err != nil:
				if !strings.Contains(err.Error(), "store postgres://") {
					t.Errorf("the night failed and does not say why: %v", err)
				}
				t.Logf("the night failed: %v", err)
			default:
				t.Logf("the night went on: exit %d", rep.Exit)
			}
			b.reopen()
			b.run(ExitDone)
			if !maps.Equal(want.lines(), b.lines()) {
				t.Errorf("after the next night there stand %v, and should stand %v", b.lines(), want.lines())
			}
			b.run(ExitDone)
			b.written(0)
		})
	}
}

// PostgreSQL crashes at a step of a handover: the run goes on, or fails and says why; the
// next one goes on with it, and each care home has its document once.
func TestPostgreSQLRestartsInTheMiddleOfAHandover(t *testing.T) {
	dsn, do := throwAway(t)
	quiet := newMoveTown(t)
	quiet.last()
	findings, handed := quiet.findings(), quiet.handed()
	for _, step := range []string{"decided", "written-ahead", "staged", "delivered", "announced", "receipt-written", "sent"} {
		t.Run("at "+step, func(t *testing.T) {
			b := newMoveTown(t)
			b.onPostgres(dsn)
			b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\n" + b.lines + townSettings)
			b.run(ExitDone)
			up := make(chan error, 1)
			crashed := false
			b.atStep(step, func() {
				crashed = true
				if err := do("crash"); err != nil {
					up <- err
					return
				}
				go func() { time.Sleep(500 * time.Millisecond); up <- do("again") }()
			})
			rep, err := b.job.RunHandover(b.ctx(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
			if !crashed {
				t.Fatal("the run did not come to this step")
			}
			if err := <-up; err != nil {
				t.Fatalf("crashing and starting again: %v", err)
			}
			switch {
			case err != nil && !strings.Contains(err.Error(), "store postgres://"):
				t.Errorf("the run failed and does not say why: %v", err)
			case err != nil:
				t.Logf("the run failed: %v", err)
			default:
				t.Logf("the run went on: exit %d", rep.Exit)
			}
			b.reopen()
			b.asUndisturbed(findings, handed)
		})
	}
}
