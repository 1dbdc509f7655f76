package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"brygga/jobs"
	"brygga/sandbox"
)

// At 03:40 somebody who was asleep asks brygga status: a key ran out in the night. One
// screen says which, since when, what that means, and what to type.
func TestStatusAtTwentyToFour(t *testing.T) {
	day := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	server, url := recordSystem(t, day)
	s := newServing(t)
	s.tenant("a.yaml", "a-kommun", "a.db", url)
	s.write("token", "hemlig")
	b, err := os.ReadFile(filepath.Join(s.dir, "a.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("a.yaml", strings.Replace(string(b), "timeout: 2s,", "timeout: 2s, auth: {kind: bearer, token: file:token},", 1)+
		"jobs: {report: {schedule: 0 6 * * 1, path: nowhere/reports}}\n")
	file := filepath.Join(s.dir, "a.yaml")
	wellNight := time.Date(2026, 11, 22, 0, 31, 0, 0, time.UTC)
	badNight := wellNight.AddDate(0, 0, 1)
	s.serve(day, says(`"scheduled"`, 3))
	s.serve(wellNight, says(`"the job is done"`, 1))
	server.SetFault(func(*http.Request) *sandbox.Fault { return &sandbox.Fault{Status: 401} })
	s.serve(badNight, says(`"the job is done"`, 1))
	if exit, out, errs := call(t, process{now: badNight.Add(time.Hour)}, "run", "report", "-c", file); exit != jobs.ExitFailed || !strings.Contains(out, "jobs.report.path") {
		t.Fatalf("a report that has no folder: exit %d: %s%s", exit, out, errs)
	}
	command := "brygga -c " + file + " "
	for _, row := range []struct {
		name  string
		after time.Duration // since the bad night
		says  []string
		not   []string
	}{
		{"the same night", 3*time.Hour + 9*time.Minute, []string{
			"answered 401 Unauthorized; renew systems.journal.auth.token (file:token)",
			"(since 2026-11-23 01:31)",
			"clients are unknown: their Flags and Tasks stay as they are",
			"Then run again: " + command + "run reconcile",
			"! The last report, 2026-11-23 02:31: FAILED.",
			"jobs.report.path: ",
			"Then run again: " + command + "run report",
			"Next, under brygga serve: reconcile 2026-11-24 01:30, report 2026-11-23 06:00, retention 2026-11-29 04:00",
		}, []string{"has not begun", "hemlig"}},
		{"two days later, when no daemon runs", 56 * time.Hour, []string{
			"! reconcile was due 2026-11-25 01:30, the last of 2 times, and has not begun: does the daemon run? " + command + "health, systemctl status brygga",
		}, []string{"! report was due", "! retention was due"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			exit, out, errs := call(t, process{now: badNight.Add(row.after)}, "status", "-c", file)
			if exit != jobs.ExitFailed {
				t.Errorf("exit %d, want that of the job that failed: %s", exit, errs)
			}
			for _, want := range row.says {
				if !strings.Contains(out, want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			for _, not := range row.not {
				if strings.Contains(out+errs, not) {
					t.Errorf("it says %q:\n%s", not, out)
				}
			}
			if n := strings.Count(out, "\n"); n > 50 {
				t.Errorf("%d lines are more than one screen:\n%s", n, out)
			}
		})
	}
}

// The daemon runs every job that has a schedule, and the list of runs shows each.
func TestServeRunsEveryJobThatIsScheduled(t *testing.T) {
	before := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // Sunday
	after := time.Date(2026, 11, 23, 6, 1, 0, 0, time.UTC)   // Monday, 07:01
	_, url := recordSystem(t, before)
	s := newServing(t)
	s.tenant("a.yaml", "a-kommun", "a.db", url)
	b, err := os.ReadFile(filepath.Join(s.dir, "a.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	home, err := ageKey()
	if err != nil {
		t.Fatal(err)
	}
	s.write("audit", strings.Repeat("7b", 32))
	if err := os.Mkdir(filepath.Join(s.dir, "outbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.write("a.yaml", strings.Replace(string(b), "pseudonym: file:key}", "pseudonym: file:key, audit: file:audit}", 1)+
		"jobs: {report: {schedule: 0 7 * * 1, path: reports}, retention: {schedule: 0 7 * * 1}}\n"+
		"carehomes:\n  solgarden: {organization: {hsa_id: SE2321000000-E000000000001}, kind: outbox, path: outbox, recipients: ["+home+"]}\n")
	file := filepath.Join(s.dir, "a.yaml")
	s.serve(before, says(`"scheduled"`, 4))
	if exit, _, errs := call(t, process{now: before}, "run", "reconcile", "-c", file); exit != 0 {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	_, log := s.serve(after, says(`"the job is done"`, 4))
	for _, job := range []string{jobs.JobReconcile, jobs.JobHandover, jobs.JobReport, jobs.JobRetention} {
		exit, out, errs := call(t, process{now: after}, "run", "list", "-c", file, "--job", job)
		if exit != 0 || !strings.Contains(out, " done") || !strings.Contains(out, "schedule") && !strings.Contains(out, "catch-up") {
			t.Errorf("%s: exit %d, the runs are\n%s%s\nand the log\n%s", job, exit, out, errs, log)
		}
		if _, all, _ := call(t, process{now: after}, "run", "list", "-c", file); !strings.Contains(all, job) {
			t.Errorf("%s is not in the list of all runs:\n%s", job, all)
		}
	}
	for _, name := range []string{"coverage", "coverage-2026-11-23"} {
		if b, err := os.ReadFile(filepath.Join(s.dir, "reports", name+".csv")); err != nil || !strings.Contains(string(b), "Hemtj") {
			t.Errorf("%s.csv: %v\n%s", name, err, b)
		}
	}
	if exit, _, errs := call(t, process{}, "run", "list", "-c", file, "--job", "nattjobb"); exit != jobs.ExitUsage || !strings.Contains(errs, "retention") {
		t.Errorf("a job that there is not: exit %d: %s", exit, errs)
	}
}
