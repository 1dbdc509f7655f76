package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"brygga/jobs"
)

func ageKey() (string, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	return id.Recipient().String(), nil
}

// The figures are written as the latest and with their date; a later day leaves those of
// an earlier one, and what is there is whole.
func TestReportsAreKeptByDay(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "reports")
	s := town(t, "jobs: {report: {path: "+folder+"}}\n").read(t)
	do := func(day time.Time, args ...string) (int, string) {
		exit, out, errs := call(t, process{now: day, env: s.env}, append([]string{"-c", s.config}, args...)...)
		return exit, out + errs
	}
	if exit, out := do(testNow, "run", "report"); exit != 0 || strings.Count(out, "Written: ") != 8 {
		t.Fatalf("exit %d: %s", exit, out)
	}
	earlier := contentOf(t, folder, "coverage-2026-11-21.csv")
	if latest := contentOf(t, folder, "coverage.csv"); latest != earlier {
		t.Error("the latest is not that of the day")
	}
	if exit, out := do(testNow.AddDate(0, 0, 7), "run", "report", "-o", "json"); exit != 0 || !strings.Contains(out, `"job":"report"`) {
		t.Fatalf("a week later: exit %d: %s", exit, out)
	}
	var names []string
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
		nobody(t, e.Name(), contentOf(t, folder, e.Name()))
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
	want := []string{
		"continuity-2026-11-21.csv", "continuity-2026-11-28.csv", "continuity.csv", "coverage-2026-11-21.csv", "coverage-2026-11-28.csv", "coverage.csv",
		"report-2026-11-21.html", "report-2026-11-21.json", "report-2026-11-28.html", "report-2026-11-28.json", "report.html", "report.json",
	}
	if !slices.Equal(names, want) {
		t.Errorf("there are %q, want %q", names, want)
	}
	if contentOf(t, folder, "coverage-2026-11-21.csv") != earlier {
		t.Error("the figures of the earlier day have changed")
	}
	var both figures
	if err := json.Unmarshal([]byte(contentOf(t, folder, "report.json")), &both); err != nil || both.Coverage == nil || both.Continuity == nil || both.Coverage.AsOf.String() != "2026-11-28" {
		t.Errorf("report.json: %v", err)
	}
}

func contentOf(t *testing.T, folder, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReportsThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a-file")
	mustWrite(t, file, "")
	for _, row := range []struct {
		name, path string
		read       bool
		exit       int
		says       string
	}{
		{"a folder that is not mounted", "/nowhere/reports", true, jobs.ExitFailed, "jobs.report.path: "},
		{"a file in its place", file, true, jobs.ExitFailed, "jobs.report.path: "},
		{"no folder is configured", "", true, jobs.ExitUsage, "jobs.report.path is not set"},
		{"nothing has been read", t.TempDir(), false, jobs.ExitFailed, "nothing has been read yet"},
	} {
		t.Run(row.name, func(t *testing.T) {
			more := ""
			if row.path != "" {
				more = "jobs: {report: {path: " + row.path + "}}\n"
			}
			s := town(t, more)
			if row.read {
				s.read(t)
			}
			exit, out, errs := s.do(t, "run", "report")
			if exit != row.exit || !strings.Contains(out+errs, row.says) {
				t.Errorf("exit %d, want %d with %q: %s%s", exit, row.exit, row.says, out, errs)
			}
			if row.exit != jobs.ExitFailed {
				return
			}
			if _, list, _ := s.do(t, "run", "list"); !strings.Contains(list, "report") || !strings.Contains(list, "FAILED (exit 1)") {
				t.Errorf("the list of runs does not say so:\n%s", list)
			}
		})
	}
}
