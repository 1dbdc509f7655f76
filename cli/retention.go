package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"brygga/jobs"
)

func (a *app) retentionCommand() *cobra.Command {
	opt := jobs.RetentionOptions{Trigger: "command"}
	c := &cobra.Command{
		Use:   jobs.JobRetention,
		Short: "Remove what is no longer needed, and say what",
		Long: "Removes, as jobs.retention says: facts of clients who left the record system long ago, records of old runs,\n" +
			"files that nobody fetched from an outbox, handovers that ended long ago of clients who are not there any more,\n" +
			"and entries of the audit log that are older than five years, or more if that is configured.\n" +
			"A client who stands in a system is never removed. No system is reached.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.retain(cmd.Context(), opt) },
	}
	c.Flags().BoolVar(&opt.DryRun, "dry-run", false, "say what would be removed, and remove nothing")
	return c
}

func (a *app) retain(ctx context.Context, opt jobs.RetentionOptions) (err error) {
	opt.By = jobs.Asker{By: "command", Job: "run retention"}
	if a.User != nil && a.User() != "" {
		opt.By.By, opt.By.User = a.User(), a.User()
	}
	o, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	rep, err := o.Retain(ctx, opt)
	if err != nil {
		return err
	}
	if a.json() {
		err = a.printJSON(rep)
	} else {
		retentionView(a.Out, rep)
	}
	if err != nil {
		return err
	}
	return code(rep.Exit)
}

func retentionView(w io.Writer, r *jobs.RetentionReport) {
	verb := "Removed"
	if r.DryRun {
		verb = "Would remove"
	}
	if !r.Removed() {
		fmt.Fprintln(w, "Nothing is old enough to be removed.")
	} else {
		fmt.Fprintf(w, "%s:\n", verb)
	}
	for _, l := range []struct {
		n    int
		what string
	}{
		{r.Clients, fmt.Sprintf("clients who left long ago (%d rows)", r.Rows)},
		{r.Handovers, "handovers that ended long ago, of clients who are not there any more"},
		{r.Files, "files that nobody fetched from an outbox"},
		{r.Runs, "records of old runs"},
		{r.Audit, "entries of the audit log"},
	} {
		if l.n > 0 {
			fmt.Fprintf(w, "%8d %s\n", l.n, l.what)
		}
	}
	if r.Away > 0 {
		fmt.Fprintf(w, "%d clients have left, and are kept until they have been away for jobs.retention.gone.\n", r.Away)
	}
	if len(r.Untold) > 0 {
		fmt.Fprintf(w, "Who left cannot be told, and nobody was removed, of: %s (its list of people was never read whole, or is empty)\n", strings.Join(r.Untold, ", "))
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "! %s\n", p.What)
	}
}
