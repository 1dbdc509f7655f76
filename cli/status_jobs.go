package cli

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"brygga/config"
	"brygga/jobs"
	"brygga/jobs/engine"
	"brygga/store"
)

// missedRun is a job that was due under the daemon and has not begun.
type missedRun struct {
	Job string    `json:"job"`
	Due time.Time `json:"due"` // the latest instant
	N   int       `json:"n"`   // how many instants since it last began
}

// missedAfter is how late a job may begin before it counts as missed: the daemon looks
// every ten seconds, and a machine that is starting takes some minutes.
const missedAfter = 10 * time.Minute

// otherJobs fills in what is wrong besides the night itself: other jobs whose last run
// did not go well, and what the daemon should have begun. Where no daemon ever ran a
// job, nothing of it is missed: something else starts it.
func (a *app) otherJobs(ctx context.Context, s *statusReport, cfg *config.Config, t *store.Tenant) error {
	for _, job := range schedules {
		runs, err := jobs.ReportsOf(ctx, t, job.name, 20)
		if err != nil {
			return err
		}
		listed := 1
		if job.name == jobs.JobReconcile {
			listed = 4
		}
		s.Runs = append(s.Runs, runs[:min(len(runs), listed)]...)
		for _, r := range runs {
			if r.Ended.IsZero() || r.Skipped != "" {
				continue
			}
			if job.name != jobs.JobReconcile && r.Exit != jobs.ExitDone {
				s.Others = append(s.Others, r)
				s.Exit = jobs.Worse(s.Exit, r.Exit)
			}
			break
		}
		if m := missed(cfg, job, runs, s.Now); m.N > 0 && (job.name != jobs.JobReconcile || s.Running == nil) {
			s.Missed = append(s.Missed, m)
		}
	}
	slices.SortStableFunc(s.Runs, func(a, b *jobs.Report) int { return b.Started.Compare(a.Started) })
	return nil
}

// missed says which instants of a job have passed since it last began, or was skipped.
func missed(cfg *config.Config, job scheduled, runs []*jobs.Report, now time.Time) missedRun {
	text, _ := job.when(cfg)
	schedule, err := engine.ParseSchedule(text)
	if err != nil {
		return missedRun{} // it is off
	}
	byDaemon := false
	for _, r := range runs {
		byDaemon = byDaemon || r.Trigger == engine.TriggerSchedule || r.Trigger == engine.TriggerCatchUp
	}
	if !byDaemon {
		return missedRun{}
	}
	due, n := schedule.Latest(runs[0].Started, now.Add(-missedAfter))
	return missedRun{job.name, due, n}
}

// othersView says what is wrong with other jobs, and what to do.
func othersView(w io.Writer, s *statusReport) {
	for _, m := range s.Missed {
		times := ""
		if m.N > 1 {
			times = fmt.Sprintf(", the last of %d times", m.N)
		}
		fmt.Fprintf(w, "! %s was due %s%s, and has not begun: does the daemon run? %s, systemctl status brygga\n", m.Job, clock(m.Due), times, s.command("health"))
	}
	for _, r := range s.Others {
		fmt.Fprintf(w, "! The last %s, %s: %s.\n", r.Job, clock(r.Ended), outcomes[r.Exit])
		const shown = 3
		lines := s.problems(r)
		for i, line := range lines {
			if i == shown {
				fmt.Fprintf(w, "!   ... and %d more (%s)\n", len(lines)-shown, s.command("status -o json"))
				break
			}
			fmt.Fprintf(w, "!   %s\n", line)
		}
		fmt.Fprintf(w, "  Then run again: %s\n", s.command("run "+r.Job))
	}
}

// problems are the problems of a run, with the place of each secret that is to be renewed.
func (s *statusReport) problems(r *jobs.Report) []string {
	lines := problemLines(r, true)
	for i, line := range lines {
		for _, p := range r.Problems {
			if !strings.HasPrefix(line, p.System+",") && !strings.HasPrefix(line, p.System+":") {
				continue
			}
			lines[i] = secretSetting.ReplaceAllStringFunc(line, func(words string) string {
				setting := secretSetting.FindStringSubmatch(words)[1]
				if where := s.where(p.System, setting); where != "" {
					return fmt.Sprintf("systems.%s.%s (%s)", p.System, setting, where)
				}
				return words
			})
			break
		}
	}
	return lines
}

// secretSetting is how adapters name a secret of the system that they speak of.
var secretSetting = regexp.MustCompile(`(auth\.(?:token|password|client_secret|domain|key|keys\.[a-z0-9_-]+)) of this system`)

// secretOf is where the configuration says that a secret is kept: env:NAME or file:PATH.
func secretOf(cfg *config.Config, system, setting string) string {
	auth := cfg.Systems[system].Auth
	group, inGroup := strings.CutPrefix(setting, "auth.keys.")
	switch setting {
	case "auth.token":
		return auth.Token.String()
	case "auth.password":
		return auth.Password.String()
	case "auth.client_secret":
		return auth.ClientSecret.String()
	case "auth.domain":
		return auth.Domain.String()
	case "auth.key":
		return auth.Key.String()
	}
	if inGroup {
		return auth.Keys[group].String()
	}
	return ""
}

// plainPath is a path that no shell reads anything into.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// commandWith is a command with the configuration that this one was given, to be
// copied.
func (a *app) commandWith(args string) string {
	if !a.configSet {
		return "brygga " + args
	}
	return commandOn(a.configPath, args)
}

// commandOn is a command with a configuration that it is given.
func commandOn(path, args string) string {
	if !plainPath.MatchString(path) {
		path = "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return "brygga -c " + path + " " + args
}
