package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"brygga/jobs"
)

// quarantineReport is what `brygga quarantine` says. It holds references, and nothing
// of what a record says.
type quarantineReport struct {
	Tenant  string                `json:"tenant"`
	Read    time.Time             `json:"read,omitzero"` // zero: nothing has been read yet
	Records []jobs.QuarantineLine `json:"records"`
	// Of retry: what left the quarantine, and what could not be read this time.
	Released []jobs.QuarantineLine `json:"released,omitempty"`
	Problems []jobs.Problem        `json:"problems,omitempty"`
	Exit     int                   `json:"exit"`

	run *jobs.Report // of retry
}

func (a *app) quarantineCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "quarantine",
		Short: "Records that cannot be read: which, where, why; and reading them again",
		Long: "A record that cannot be read stands in quarantine until it is mended in its system, or is gone there. Whom it\n" +
			"concerns is unknown meanwhile: nothing is opened or closed for them. Every night asks for it again.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("which? `brygga quarantine list` or `brygga quarantine retry`")
		},
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "Which records cannot be read, and why, as the last pull left it",
		Long:  "Which records cannot be read, and why, as the last pull left it. No system is reached. Exit code 3 where there are any.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.quarantineList(cmd.Context()) },
	}
	retry := &cobra.Command{
		Use:   "retry",
		Short: "Read the systems again now, and say which records left the quarantine",
		Long: "Reads the systems again as a preview does, and says which records can be read now. Nothing is written to any\n" +
			"system: brygga run reconcile does that, and so does the next night.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.quarantineRetry(cmd.Context()) },
	}
	c.AddCommand(list, retry)
	return c
}

// quarantined is what stands in quarantine now; none where nothing was read yet.
func (a *app) quarantined(ctx context.Context) (*quarantineReport, error) {
	cfg, s, err := a.stored(ctx)
	switch {
	case errors.Is(err, jobs.ErrNothingRead):
		return &quarantineReport{Tenant: cfg.Tenant, Records: []jobs.QuarantineLine{}}, nil
	case err != nil:
		return nil, err
	}
	q := &quarantineReport{Tenant: cfg.Tenant, Read: s.Read, Records: s.Quarantine()}
	if len(q.Records) > 0 {
		q.Exit = jobs.ExitPartly
	}
	return q, nil
}

func (a *app) quarantineList(ctx context.Context) error {
	q, err := a.quarantined(ctx)
	if err != nil {
		return err
	}
	return a.quarantineShown(q)
}

func (a *app) quarantineRetry(ctx context.Context) error {
	before, err := a.quarantined(ctx)
	if err != nil {
		return err
	}
	run, err := a.pullAgain(ctx)
	if err != nil {
		return err
	}
	q, err := a.quarantined(ctx)
	if err != nil {
		return err
	}
	q.Released = jobs.Released(before.Records, q.Records)
	q.run, q.Problems = run, run.Problems
	q.Exit = jobs.Worse(q.Exit, run.Exit)
	return a.quarantineShown(q)
}

// pullAgain reads everything as a preview does.
func (a *app) pullAgain(ctx context.Context) (rep *jobs.Report, err error) {
	o, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	p, err := o.Preview(ctx, jobs.RunOptions{AsOf: o.Today(), Trigger: "quarantine"})
	if err != nil {
		return nil, err
	}
	return p.Report, nil
}

func (a *app) quarantineShown(q *quarantineReport) error {
	if a.json() {
		if err := a.printJSON(q); err != nil {
			return err
		}
		return code(q.Exit)
	}
	if q.run != nil {
		problemsView(a.Out, q.run)
	}
	for _, l := range q.Released {
		fmt.Fprintf(a.Out, "Not in quarantine any more: %s, %s\n", l.System, l.Record)
	}
	switch {
	case q.Read.IsZero():
		fmt.Fprintln(a.Out, "Nothing has been read yet: "+a.commandWith("preview"))
	case len(q.Records) == 0:
		fmt.Fprintln(a.Out, "No record stands in quarantine.")
	default:
		t := a.table("")
		t.head("System", "Record", "Where", "Why")
		for _, l := range q.Records {
			t.row(l.System, string(l.Record), l.Path, l.Reason)
		}
		t.write(a.Out)
		fmt.Fprintf(a.Out, "%s, as read %s. Mend them in their system; the next night reads them again, or: %s\n",
			count(len(q.Records), "line"), clock(q.Read), a.commandWith("quarantine retry"))
	}
	if len(q.Released) > 0 {
		fmt.Fprintln(a.Out, "What can be read again counts from the next run: "+a.commandWith("run reconcile"))
	}
	return code(q.Exit)
}
