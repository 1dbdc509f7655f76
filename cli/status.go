package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"brygga/config"
	"brygga/jobs"
)

// statusReport is what `brygga status` says: the last run, and how things stood
// then. It needs no system to be reached.
type statusReport struct {
	Tenant    string         `json:"tenant"`
	Now       time.Time      `json:"now"`
	Running   *jobs.Report   `json:"running,omitempty"`
	Died      *jobs.Report   `json:"died,omitempty"` // began after the last run, and its process is gone
	Last      *jobs.Report   `json:"last,omitempty"`
	LastClean *jobs.Report   `json:"lastClean,omitempty"` // the latest that read everything and wrote what it had to
	Runs      []*jobs.Report `json:"runs"`                // the latest nights, and the last run of each other job
	// Next are the instants to come, at which the daemon runs what is scheduled.
	Next []nextRun `json:"next"`
	// Others are the last runs of other jobs that did not go well, and Missed what was
	// due under the daemon and has not begun.
	Others []*jobs.Report `json:"others,omitempty"`
	Missed []missedRun    `json:"missed,omitempty"`
	Mode   string         `json:"mode"`
	// Lacks are the rules that are off or weaker, for want of which facts.
	Lacks []jobs.Lack `json:"lacks"`
	// Unaudited: keys.audit is not set, so that nothing is written into the audit log.
	Unaudited bool `json:"unaudited,omitempty"`
	Exit      int  `json:"exit"`

	// where says where a secret of a system is kept; command is a command as it has to be
	// typed here.
	where   func(system, setting string) string
	command func(args string) string
}

func (a *app) statusCommand() *cobra.Command {
	check := false
	c := &cobra.Command{
		Use:   "status",
		Short: "How the last runs went, what is known of each unit, what is overdue, what to do",
		Long: `How the last runs went, what is known of each unit, what is overdue, what to do.

With -c FOLDER it is one line for each municipality, those first that need somebody; with --tenant one of
them in full. The exit code is that of the worst.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, towns, err := a.loadOneOrAll()
			if err != nil {
				return err
			}
			if towns != nil {
				return a.townsStatus(cmd.Context(), towns, check)
			}
			s, err := a.status(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			switch {
			case check:
				return a.healthy(s)
			case a.json():
				err = a.printJSON(s)
			default:
				statusView(a.Out, s)
			}
			if err != nil {
				return err
			}
			return code(s.Exit)
		},
	}
	c.Flags().BoolVar(&check, "check", false, "say nothing but whether the last run is well and recent, for a health check")
	return c
}

func (a *app) status(ctx context.Context, cfg *config.Config) (*statusReport, error) {
	st, _, err := jobs.OpenStore(ctx, cfg, a.logger())
	if err != nil {
		return nil, err
	}
	defer st.Close()
	tenant := st.Tenant(cfg.Tenant)
	nights, err := jobs.ReportsOf(ctx, tenant, jobs.JobReconcile, 10)
	if err != nil {
		return nil, err
	}
	next, err := nextRuns(cfg, a.Now())
	if err != nil {
		return nil, err
	}
	running, err := jobs.Running(ctx, tenant, a.Now())
	if err != nil {
		return nil, err
	}
	params, err := jobs.Params(cfg)
	if err != nil {
		return nil, err
	}
	s := &statusReport{Tenant: cfg.Tenant, Now: a.Now(), Next: next, Mode: modeWords(cfg), Lacks: params.Lacks(cfg.Provides()), Unaudited: !cfg.Keys.Audit.Set()}
	for _, r := range nights {
		switch {
		case r.Skipped != "":
			// Nothing took place; the list of runs says why.
		case r.Ended.IsZero() && running && s.Last == nil && s.Running == nil:
			s.Running = r
		case r.Ended.IsZero():
			if s.Last == nil && s.Died == nil {
				s.Died = r
			}
		default:
			if s.Last == nil {
				s.Last = r
			}
			if s.LastClean == nil && r.Exit == jobs.ExitDone {
				s.LastClean = r
			}
		}
	}
	if s.Last != nil {
		s.Exit = s.Last.Exit
	}
	s.where = func(system, setting string) string { return secretOf(cfg, system, setting) }
	s.command = a.commandWith
	return s, a.otherJobs(ctx, s, cfg, tenant)
}

func modeWords(cfg *config.Config) string {
	if cfg.Writes.Mode != config.Write {
		return "report only: nothing is written"
	}
	words := "writing"
	if cfg.Writes.From.Known() {
		words += " from " + cfg.Writes.From.String()
	}
	if n := len(cfg.Writes.Units); n > 0 {
		words += fmt.Sprintf(", for %d units", n)
	}
	if n := len(cfg.Writes.Rules); n > 0 {
		words += fmt.Sprintf(", by %d rules", n)
	}
	return words
}

// staleAfter is how old the last good run may be before a health check fails:
// two nights.
const staleAfter = 50 * time.Hour

func (a *app) healthy(s *statusReport) error {
	switch {
	case s.Last == nil:
		return nil // installed, and not run yet
	case s.LastClean == nil || s.Now.Sub(s.LastClean.Ended) > staleAfter:
		return fmt.Errorf("no run has gone well since %s", lastGood(s))
	}
	return nil
}

func lastGood(s *statusReport) string {
	if s.LastClean == nil {
		return "brygga was installed"
	}
	return clock(s.LastClean.Ended)
}

var outcomes = map[int]string{
	jobs.ExitDone: "done", jobs.ExitFailed: "FAILED", jobs.ExitUsage: "refused",
	jobs.ExitPartly: "done in part", jobs.ExitGuard: "stopped by the guard", jobs.ExitStale: "refused: stale preview",
}

// statusView fits on one screen: what is wrong and what to do about it first.
func statusView(w io.Writer, s *statusReport) {
	fmt.Fprintf(w, "%s, %s (%s)\n", s.Tenant, clock(s.Now), s.Mode)
	if s.Running != nil {
		fmt.Fprintf(w, "A run is going on since %s.\n", clock(s.Running.Started))
	}
	if s.Died != nil {
		fmt.Fprintf(w, "! The run that began %s was cut off: its process died. Nothing is lost; run again: %s\n", clock(s.Died.Started), s.command("run reconcile"))
	}
	if s.Unaudited {
		fmt.Fprintf(w, "Nothing is audited: %s.\n", noAuditKey)
	}
	othersView(w, s)
	if s.Last == nil {
		fmt.Fprintln(w, "No run has finished yet. See what one would write: "+s.command("preview"))
		nextView(w, s.Next)
		lacksView(w, s.Lacks)
		return
	}
	l := s.Last
	fmt.Fprintf(w, "Last run %s: %s (%s, as of %s)", clock(l.Ended), outcomes[l.Exit], l.Trigger, l.AsOf)
	if l.Applied != nil {
		fmt.Fprintf(w, ": %d created, %d updated, %d closed", l.Applied.Created, l.Applied.Updated, l.Applied.Closed)
	}
	fmt.Fprintln(w, ".")
	if l.Exit != jobs.ExitDone {
		fmt.Fprintf(w, "No run has gone well since %s.\n", lastGood(s))
	}
	troubleView(w, s)
	coverageView(w, l.Coverage)
	findingsView(w, l.Findings)
	codesView(w, l.Codes)
	if len(s.Runs) > 1 {
		fmt.Fprintln(w)
		runListView(w, s.Runs)
	}
	fmt.Fprintln(w)
	nextView(w, s.Next)
	if len(s.Lacks) > 0 {
		fmt.Fprintln(w)
		lacksView(w, s.Lacks)
	}
}

// nextView says what comes, if the daemon runs.
func nextView(w io.Writer, next []nextRun) {
	var list []string
	for _, n := range next {
		list = append(list, n.Job+" "+clock(n.Next))
	}
	if len(list) > 0 {
		fmt.Fprintf(w, "Next, under brygga serve: %s\n", strings.Join(list, ", "))
	}
}

// troubleView says what went wrong, since when, and what to do.
func troubleView(w io.Writer, s *statusReport) {
	const shown = 4
	l := s.Last
	lines := s.problems(l)
	for i, line := range lines {
		if i == shown {
			fmt.Fprintf(w, "! ... and %d more (brygga status -o json)\n", len(lines)-shown)
			break
		}
		fmt.Fprintf(w, "! %s\n", line)
	}
	if n := len(l.Quarantine); n > 0 {
		q := l.Quarantine[0]
		fmt.Fprintf(w, "! %d records cannot be read, the first: %s, %s; all of them: %s\n", n, q.Record, q.Why(), s.command("quarantine list"))
	}
	if n := len(l.Coverage); n > 0 && l.Coverage[n-1].Unknown > 0 {
		fmt.Fprintf(w, "! %d clients are unknown: their Flags and Tasks stay as they are.\n", l.Coverage[n-1].Unknown)
	}
	if l.Guard != nil {
		guardView(w, l.Guard)
	} else if len(l.Problems) > 0 {
		fmt.Fprintln(w, "Then run again: "+s.command("run reconcile"))
	}
}

func coverageView(w io.Writer, units []jobs.Coverage) {
	if len(units) == 0 || units[len(units)-1].Clients == 0 {
		return
	}
	fmt.Fprintf(w, "\n%-24s %7s %9s %6s %6s %7s %7s %6s %8s %6s %7s  %s\n", "Unit", "clients", "appointed", "unqual",
		"vacant", "missing", "offered", "assess", "declined", "exempt", "unknown", "plan current/soon/overdue/missing")
	const rows = 12
	for i, u := range units {
		if i >= rows && i < len(units)-1 {
			if i == rows {
				fmt.Fprintf(w, "... and %d more units\n", len(units)-1-rows)
			}
			continue
		}
		fmt.Fprintf(w, "%-24s %7d %9d %6d %6d %7d %7d %6d %8d %6d %7d  %d/%d/%d/%d\n", clip(u.Unit, 24), u.Clients, u.Appointed, u.Unqualified,
			u.Vacant, u.Missing, u.Offered, u.Candidates, u.Declined, u.Exempt, u.Unknown,
			u.PlanCurrent, u.PlanDueSoon, u.PlanOverdue, u.PlanMissing)
	}
}

func findingsView(w io.Writer, findings []jobs.Tally) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%-34s %8s %8s %8s\n", "Findings", "overdue", "due soon", "open")
	for _, t := range findings {
		fmt.Fprintf(w, "%-34s %8s %8s %8s\n", t.Rule, dash(t.Overdue), dash(t.DueSoon), dash(t.Open))
	}
}

// codesView shows how well the mappings' tables knew the codes that were read.
// What keeps a run from writing stands among the problems.
func codesView(w io.Writer, codes []jobs.CodeShare) {
	for _, c := range codes {
		if c.Unknown > 0 && !c.Refused {
			fmt.Fprintf(w, "\n%s\n", c.Text())
		}
	}
}

func dash(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// oneLine is a text with single spaces, as a line of a screen takes it.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip shortens a text to n characters.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
