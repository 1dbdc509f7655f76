package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"brygga/jobs"
)

func (a *app) previewCommand() *cobra.Command {
	var opt jobs.RunOptions
	var out string
	var detailed bool
	c := &cobra.Command{
		Use:   "preview",
		Short: "What a run would write, like a plan; nothing is written",
		Long: "What a run would write, like a plan: + created, ~ updated, x closed, . held back. Nothing is\n" +
			"written to any record system; what was read is kept as the snapshot.\n\n" + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer o.Close()
			if opt.AsOf, err = a.asOf(); err != nil {
				return err
			}
			opt.Trigger = "preview"
			p, err := o.Preview(cmd.Context(), opt)
			if err != nil {
				return err
			}
			if out != "" {
				file, err := o.Save(p)
				if err != nil {
					return err
				}
				if err := writeWhole(out, file); err != nil {
					return err
				}
			}
			return a.previewed(p.Report, out, detailed)
		},
	}
	f := c.Flags()
	f.StringVar(&out, "out", "", "save the preview in `FILE`, for brygga apply")
	f.BoolVar(&detailed, "detailed-exitcode", false, "exit 6 when there are changes")
	f.BoolVar(&opt.Full, "full", false, "read visits and notes whole, not only what changed")
	f.BoolVar(&opt.AcceptGone, "accept-gone", false, "believe a list that suddenly lacks many known records")
	return c
}

func (a *app) previewed(rep *jobs.Report, out string, detailed bool) error {
	if a.json() {
		if err := a.printJSON(rep); err != nil {
			return err
		}
	} else {
		problemsView(a.Out, rep)
		planView(a.Out, rep.Changes, rep.Totals, a.verbose)
		if rep.Guard != nil {
			fmt.Fprintln(a.Out)
			guardView(a.Out, rep.Guard)
		}
		if out != "" {
			fmt.Fprintf(a.Out, "Saved in %s. To write exactly this, today: brygga apply %s\n", out, out)
		}
	}
	exit := rep.Exit
	if detailed && rep.Totals.Writes() > 0 {
		exit = jobs.Worse(exit, jobs.ExitChanges)
	}
	return code(exit)
}

// writeWhole writes a file for its owner alone, whole or not at all.
func writeWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".brygga-*")
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}
