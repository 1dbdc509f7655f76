package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"brygga/jobs"
)

func (a *app) baselineCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "baseline",
		Short: "Take what stands today as known",
		Long: "Take every finding of today that has no Flag or Task yet as known: it is reported from here on,\n" +
			"and becomes a Flag or Task only with its next occurrence. For the first day of a rollout.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer o.Close()
			opt := jobs.RunOptions{Trigger: "baseline"}
			if opt.AsOf, err = a.asOf(); err != nil {
				return err
			}
			n, p, err := o.Baseline(cmd.Context(), opt)
			if err != nil {
				return err
			}
			if a.json() {
				if err := a.printJSON(map[string]any{"asOf": opt.AsOf, "taken": n, "exit": p.Report.Exit}); err != nil {
					return err
				}
			} else {
				problemsView(a.Out, p.Report)
				fmt.Fprintf(a.Out, "%s: %d findings are taken as known. New ones become Flags and Tasks as writes says.\n", opt.AsOf, n)
			}
			return code(p.Report.Exit)
		},
	}
}
