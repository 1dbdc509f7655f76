package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/jobs"
	"brygga/sandbox"
	"brygga/sandbox/people"
	"brygga/store"
)

// value finds the line of a series.
func value(t *testing.T, metrics, series string) string {
	t.Helper()
	for line := range strings.Lines(metrics) {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "nothing"
}

func TestMetricsSayHowJobsStand(t *testing.T) {
	c := one(jobs.JobCondition{Job: "reconcile", Ended: noon, Success: noon.Add(-time.Hour), Done: noon, Took: 90 * time.Second, Exit: 3, Late: noon})
	c.Jobs = append(c.Jobs, jobs.JobCondition{Job: "retention", Began: noon})
	c.Last = &jobs.Report{
		Kinds: []jobs.KindReport{
			{System: "journal", Kind: "visit", Rows: 7, Complete: true}, {System: "journal", Kind: "care-plan", Quarantined: 2},
		},
		Findings: []jobs.Tally{{Rule: "plan.review", Open: 1, DueSoon: 2, Overdue: 3}},
		Applied: &jobs.Applied{Created: 4, Closed: 1, Refused: 2, Kinds: map[string]map[string]int{
			"Flag": {"created": 1}, "Task": {"created": 3, "closed": 1, "refused": 2},
		}},
		Coverage: []jobs.Coverage{{Clients: 3}, {Clients: 40, Unknown: 5}},
		Guard:    &jobs.Stop{},
	}
	counters := &Counters{}
	w := counters.Watch("exempelkommun")("journal")
	w.Retried()
	w.Retried()
	w.Circuit(true)
	problems := map[string]string{"b.yaml": "its configuration was wrong"}
	d := newDaemon(t, c, func(o *Options) {
		o.Counters, o.Problems = counters, func() map[string]string { return problems }
	})
	_, metrics := d.get(t, "/metrics")
	job := func(name, job string) string {
		return fmt.Sprintf(`brygga_job_%s{job=%q,tenant="exempelkommun"}`, name, job)
	}
	for series, want := range map[string]string{
		job("last_success_timestamp_seconds", "reconcile"): "1.7953416e+09", job("last_done_timestamp_seconds", "reconcile"): "1.7953452e+09",
		job("last_duration_seconds", "reconcile"): "90", job("last_exit_code", "reconcile"): "3", job("late", "reconcile"): "1", job("unfinished", "reconcile"): "0",
		job("unfinished", "retention"): "1", job("last_exit_code", "retention"): "nothing",
		`brygga_store_readable{tenant="exempelkommun"}`:                                                 "1",
		`brygga_jobs_can_begin{tenant="exempelkommun"}`:                                                 "1",
		`brygga_jobs_can_begin{tenant="b.yaml"}`:                                                        "0",
		`brygga_last_run_pulled_rows{kind="visit",system="journal",tenant="exempelkommun"}`:             "7",
		`brygga_last_run_pull_complete{kind="visit",system="journal",tenant="exempelkommun"}`:           "1",
		`brygga_last_run_pull_complete{kind="care-plan",system="journal",tenant="exempelkommun"}`:       "0",
		`brygga_last_run_quarantined_records{kind="care-plan",system="journal",tenant="exempelkommun"}`: "2",
		`brygga_last_run_findings{rule="plan.review",state="overdue",tenant="exempelkommun"}`:           "3",
		`brygga_last_run_findings{rule="plan.review",state="due-soon",tenant="exempelkommun"}`:          "2",
		`brygga_last_run_writes{kind="flag",outcome="created",tenant="exempelkommun"}`:                  "1",
		`brygga_last_run_writes{kind="task",outcome="created",tenant="exempelkommun"}`:                  "3",
		`brygga_last_run_writes{kind="task",outcome="refused",tenant="exempelkommun"}`:                  "2",
		`brygga_last_run_clients{tenant="exempelkommun"}`:                                               "40",
		`brygga_last_run_clients_unknown{tenant="exempelkommun"}`:                                       "5",
		`brygga_last_run_stopped_by_guard{tenant="exempelkommun"}`:                                      "1",
		`brygga_retries_total{system="journal",tenant="exempelkommun"}`:                                 "2",
		`brygga_circuit_open{system="journal",tenant="exempelkommun"}`:                                  "1",
	} {
		if got := value(t, metrics, series); got != want {
			t.Errorf("%s is %s, want %s", series, got, want)
		}
	}
	problems["exempelkommun"] = "the database does not answer"
	d.err, d.condition, d.now = context.DeadlineExceeded, nil, d.now.Add(time.Minute)
	status, metrics := d.get(t, "/metrics")
	if status != 200 || value(t, metrics, `brygga_store_readable{tenant="exempelkommun"}`) != "0" || value(t, metrics, `brygga_jobs_can_begin{tenant="exempelkommun"}`) != "0" {
		t.Errorf("when the store is away, %d: %s", status, metrics)
	}
}

// Values that are of no known set share one series, whatever they are and however many.
func TestLabelsTakeOnlyWhatIsKnown(t *testing.T) {
	r := &jobs.Report{}
	for i := range 5000 {
		name := fmt.Sprintf("Anna Andersson 19%08d", i)
		r.Kinds = append(r.Kinds, jobs.KindReport{System: name, Kind: name, Rows: 1}, jobs.KindReport{System: "journal", Kind: fmt.Sprintf("kind-%d", i), Rows: 1})
		r.Findings = append(r.Findings, jobs.Tally{Rule: name, Open: 1})
	}
	c := one(jobs.JobCondition{Job: "reconcile"})
	c.Last = r
	d := newDaemon(t, c)
	_, metrics := d.get(t, "/metrics")
	if got := value(t, metrics, `brygga_last_run_pulled_rows{kind="other",system="other",tenant="exempelkommun"}`); got != "5000" {
		t.Errorf("the others share %s", got)
	}
	if got := value(t, metrics, `brygga_last_run_findings{rule="other",state="open",tenant="exempelkommun"}`); got != "5000" {
		t.Errorf("other rules share %s", got)
	}
	if n := strings.Count(metrics, "\nbrygga_"); n > 4*mostKinds || strings.Contains(metrics, "Anna") {
		t.Errorf("%d series", n)
	}
}

// The names and ids of a night in which everything that can be hostile is. The person
// number has a year of 120 less.
var hostile = []string{"181912199815", "Andersson", "Elaka", `x"} 1`, "drop-table"}

// After a night in a record system whose names and ids are made to get out, what is
// served holds none of them, and no more series than the configuration makes.
func TestAHostileNightLeavesNoTraceInMetrics(t *testing.T) {
	var passed atomic.Int64
	now := func() time.Time {
		return time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC).Add(time.Duration(passed.Add(1)) * time.Millisecond)
	}
	server := sandbox.New(sandbox.Options{Clock: now})
	for r := range people.Small("t-", "2026-11-22").Resources {
		if err := server.Load(r.JSON); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 200 {
		for _, r := range []string{
			`{"resourceType":"Patient","id":"181912199815-%d","identifier":[{"system":"http://electronichealth.se/identifier/personnummer","value":"181912199815"}],"name":[{"family":"Andersson"}],"birthDate":"1819-12-19"}`,
			`{"resourceType":"Patient","id":"Elaka-Andersson-%d","birthDate":"Elaka 181912199815"}`,
			`{"resourceType":"Organization","id":"drop-table-%d","name":"Elaka enheten x\"} 1"}`,
			`{"resourceType":"Practitioner","id":"Elaka-%d","name":[{"family":"Andersson"}]}`,
			`{"resourceType":"CarePlan","id":"Andersson-%d","status":"Elaka","intent":"plan","subject":{"reference":"Patient/181912199815-1"}}`,
		} {
			if err := server.Load([]byte(fmt.Sprintf(r, i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	url, stop, err := server.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"key": strings.Repeat("7a", 32),
		"brygga.yaml": "tenant: exempelkommun\nstore: sqlite:brygga.db\nkeys: {pseudonym: file:key}\nsystems:\n  journal: {kind: fhir, url: " + url +
			", receives: [flags, tasks]}\nwrites: {mode: write}\nguard: {open_share: 1, close_share: 1}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, problems := config.Load(filepath.Join(dir, "brygga.yaml"), os.LookupEnv)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	counters := &Counters{}
	o, err := jobs.Open(t.Context(), cfg, jobs.Deps{
		Now: now, Watch: counters.Watch(cfg.Tenant),
		Sleep: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	rep, err := o.Reconcile(t.Context(), jobs.RunOptions{AsOf: o.Today(), Trigger: "test"})
	if err != nil || len(rep.Quarantine) == 0 || rep.Applied == nil || rep.Applied.Created == 0 {
		t.Fatalf("the night is not as it should be: %v", err)
	}
	served := scraped(t, cfg, o.Job.Store, counters)
	for path, text := range served {
		for _, h := range hostile {
			if strings.Contains(text, h) {
				t.Errorf("%s shows %q", path, h)
			}
		}
	}
	known := regexp.MustCompile(`^(exempelkommun|journal|reconcile|report|retention|handover|open|due-soon|overdue|created|updated|closed|existed|left|refused|failed|[a-z]+(-[a-z]+)*|[a-z]+(\.[a-z-]+)+)$`)
	series := 0
	for line := range strings.Lines(served["/metrics"]) {
		if !strings.HasPrefix(line, "brygga_") {
			continue
		}
		series++
		for _, l := range regexp.MustCompile(`="([^"]*)"`).FindAllStringSubmatch(line, -1) {
			if !known.MatchString(l[1]) {
				t.Errorf("a label is %q", l[1])
			}
		}
	}
	if series < 30 || series > 250 {
		t.Errorf("there are %d series", series)
	}
}

func scraped(t *testing.T, cfg *config.Config, tenant *store.Tenant, counters *Counters) map[string]string {
	t.Helper()
	d := newDaemon(t, nil, func(o *Options) {
		o.Counters = counters
		o.Tenants = func() []Tenant {
			return []Tenant{{cfg.Tenant, func(ctx context.Context) (*jobs.Condition, error) { return jobs.ConditionOf(ctx, cfg, tenant, noon) }}}
		}
		o.Log = zerolog.Nop()
	})
	out := map[string]string{}
	for _, path := range []string{"/metrics", "/health/ready", "/health/live"} {
		_, out[path] = d.get(t, path)
	}
	return out
}
