package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"brygga/config"
	"brygga/jobs"
)

func (a *app) runListCommand() *cobra.Command {
	n, job := 20, ""
	c := &cobra.Command{
		Use:   "list",
		Short: "The latest runs: when, why, what they did, how they ended",
		Long: `The latest runs: when, why, what they did, how they ended.

With -c FOLDER these are the latest of all its municipalities together, or with --tenant of one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 1 {
				return usage("-n %d: at least one run is shown", n)
			}
			if job != "" && !slices.ContainsFunc(schedules, func(s scheduled) bool { return s.name == job }) {
				return usage("--job %s: the jobs are reconcile, handover, report and retention", job)
			}
			cfg, towns, err := a.loadOneOrAll()
			if err != nil {
				return err
			}
			if towns != nil {
				return a.townsRuns(cmd.Context(), towns, job, n)
			}
			runs, err := a.runs(cmd.Context(), cfg, job, n)
			if err != nil {
				return err
			}
			return a.showRuns(runs, func() { runListView(a.Out, runs) })
		},
	}
	c.Flags().IntVarP(&n, "number", "n", n, "show the `N` latest")
	c.Flags().StringVar(&job, "job", "", "show only those of this `JOB`: reconcile, handover, report or retention")
	return c
}

// showRuns prints runs as JSON, or as the view does.
func (a *app) showRuns(runs []*jobs.Report, view func()) error {
	if !a.json() {
		view()
		return nil
	}
	if runs == nil {
		runs = []*jobs.Report{}
	}
	return a.printJSON(runs)
}

func (a *app) runs(ctx context.Context, cfg *config.Config, job string, n int) ([]*jobs.Report, error) {
	st, _, err := jobs.OpenStore(ctx, cfg, a.logger())
	if err != nil {
		return nil, err
	}
	defer st.Close()
	if job != "" {
		return jobs.ReportsOf(ctx, st.Tenant(cfg.Tenant), job, n)
	}
	return jobs.Reports(ctx, st.Tenant(cfg.Tenant), n)
}

// runListView is one line per run, the latest first.
func runListView(w io.Writer, runs []*jobs.Report) {
	if len(runs) == 0 {
		fmt.Fprintln(w, "No run has taken place yet. See what one would write: brygga preview")
		return
	}
	runTable(w, runs, "", func(*jobs.Report) string { return "" })
}

// runTable is one line per run, with a column before it that says whose it is.
func runTable(w io.Writer, runs []*jobs.Report, head string, whose func(*jobs.Report) string) {
	fmt.Fprintf(w, "%s%-16s  %8s  %-10s %-9s %-10s  %s\n", head, "Began", "took", "job", "trigger", "as of", "outcome")
	for _, r := range runs {
		fmt.Fprintf(w, "%s%-16s  %8s  %-10s %-9s %-10s  %s\n",
			whose(r), clock(r.Started), runTook(r), r.Job, r.Trigger, r.AsOf, runOutcome(r))
	}
}

func runTook(r *jobs.Report) string {
	switch d := r.Ended.Sub(r.Started); {
	case r.Ended.IsZero() || r.Skipped != "":
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
	}
}

// runOutcome says in one line how a run ended, what it did, and which sources it did
// not read completely.
func runOutcome(r *jobs.Report) string {
	switch {
	case r.Skipped != "":
		return r.Skipped
	case r.Ended.IsZero():
		return "goes on, or was cut off"
	}
	parts := []string{outcomes[r.Exit]}
	if r.Exit != jobs.ExitDone {
		parts[0] += fmt.Sprintf(" (exit %d)", r.Exit)
	}
	if r.Applied != nil {
		parts = append(parts, fmt.Sprintf("%d created, %d updated, %d closed", r.Applied.Created, r.Applied.Updated, r.Applied.Closed))
	} else if n := r.Totals.Writes(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d changes not written", n))
	}
	for _, d := range r.Did {
		parts = append(parts, fmt.Sprintf("%d %s", d.N, d.What))
	}
	if list := incomplete(r); len(list) > 0 {
		parts = append(parts, "incomplete: "+strings.Join(list, ", "))
	}
	if len(r.Problems) > 0 && r.Exit == jobs.ExitFailed {
		parts = append(parts, clip(oneLine(r.Problems[len(r.Problems)-1].What), 80))
	}
	if n := len(r.Quarantine); n > 0 {
		parts = append(parts, fmt.Sprintf("%d in quarantine", n))
	}
	return strings.Join(parts, "; ")
}

// incomplete are the sources that a run did not read completely, each once.
func incomplete(r *jobs.Report) []string {
	var out []string
	for _, k := range r.Kinds {
		if name := k.System; !k.Complete && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
