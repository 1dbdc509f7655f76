package cli

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"brygga/jobs"
)

// open makes the job of the configuration, with progress on stderr.
func (a *app) open(ctx context.Context) (*jobs.Opened, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	return jobs.Open(ctx, cfg, jobs.Deps{Now: a.Now, Log: a.logger(), Progress: a.progress(), User: a.user()})
}

// user is who calls, as the operating system says; empty where it does not.
func (a *app) user() string {
	if a.User == nil {
		return ""
	}
	return a.User()
}

func (a *app) runCommand() *cobra.Command {
	var opt jobs.RunOptions
	run := &cobra.Command{
		Use:   "run",
		Short: "Run one job now, in the foreground",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage("which job? `brygga run reconcile`, `run handover`, `run report` or `run retention`; `brygga run list` shows the latest runs")
		},
	}
	reconcile := &cobra.Command{
		Use:   jobs.JobReconcile,
		Short: "Read, judge, compare, and write what differs",
		Long:  "Read, judge, compare, and write what differs. Running it again writes nothing.\n\n" + exitCodes,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reconcile(cmd.Context(), opt)
		},
	}
	f := reconcile.Flags()
	f.BoolVar(&opt.Full, "full", false, "read visits and notes whole, not only what changed")
	f.StringVar(&opt.Accept, "accept", "", "let exactly the set of changes with this `HASH` pass the guard")
	f.BoolVar(&opt.AcceptGone, "accept-gone", false, "believe a list that suddenly lacks many known records")
	handover := &cobra.Command{
		Use:   jobs.JobHandover,
		Short: "Prepare handovers to care homes, send what is released, follow what was sent",
		Long: "Prepares a handover for each client who moves to a configured care home within 30 days, as far as the consent\n" +
			"reaches; sends what was released; follows what was sent. Running it again sends nothing twice.\n\n" + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runHandover(cmd.Context()) },
	}
	run.AddCommand(reconcile, handover, a.runReportCommand(), a.retentionCommand(), a.runListCommand())
	return run
}

func (a *app) runHandover(ctx context.Context) (err error) {
	by := jobs.Asker{By: "command"} // the job asks for nobody: who released a handover did
	if a.User != nil {
		by.User = a.User()
	}
	o, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	rep, err := o.RunHandover(ctx, jobs.HandoverOptions{Trigger: "command", By: by})
	switch {
	case errors.Is(err, jobs.ErrNoCareHomes):
		return &codeError{jobs.ExitUsage, err}
	case err != nil:
		return err
	}
	return a.handoverReported(rep, "")
}

func (a *app) reconcile(ctx context.Context, opt jobs.RunOptions) error {
	o, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer o.Close()
	if opt.AsOf, err = a.asOf(); err != nil {
		return err
	}
	if opt.AsOf != o.Today() && o.Rollout.Write {
		return usage("--as-of: a run that writes judges today; use `brygga preview --as-of %s`", opt.AsOf)
	}
	opt.Trigger = "command"
	rep, err := o.Reconcile(ctx, opt)
	return a.reported(rep, err)
}

// reported prints a report and gives its exit code.
func (a *app) reported(rep *jobs.Report, err error) error {
	if rep == nil {
		return err
	}
	if a.json() {
		if perr := a.printJSON(rep); perr != nil {
			return errors.Join(err, perr)
		}
	} else if err == nil {
		reportView(a.Out, rep, a.verbose)
	}
	if err != nil {
		return &codeError{jobs.Worse(rep.Exit, jobs.ExitFailed), err}
	}
	return code(rep.Exit)
}

func (a *app) applyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "apply FILE",
		Short: "Write exactly what was previewed, or refuse if the state has moved",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.ReadFile(args[0])
			if err != nil {
				return usage("%w", err)
			}
			o, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer o.Close()
			rep, err := o.ApplySaved(cmd.Context(), file, "command")
			if errors.Is(err, jobs.ErrStale) {
				return &codeError{jobs.ExitStale, err}
			}
			return a.reported(rep, err)
		},
	}
}
