package cli

import (
	"context"
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
	var chosen choice
	c := &cobra.Command{
		Use:   "preview",
		Short: "What a run would write, like a plan; nothing is written",
		Long: "What a run would write, like a plan: + created, ~ updated, x closed, . held back. Nothing is\n" +
			"written to any record system; what was read is kept as the snapshot.\n\n" + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(chosen.set) > 0 {
				if out != "" || detailed {
					return usage("--set shows what other parameters would find, and nothing that can be written: leave out --out and --detailed-exitcode")
				}
				return a.previewWhatIf(cmd.Context(), opt, chosen)
			}
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
	f.StringArrayVar(&chosen.set, "set", nil, "show instead what would come and go with another parameter, as `RULE.PARAM=VALUE`; may be repeated")
	return c
}

// previewWhatIf reads as a preview does, and compares what is found by the
// parameters in force with what --set would find in the same facts.
func (a *app) previewWhatIf(ctx context.Context, opt jobs.RunOptions, chosen choice) error {
	set, err := chosen.settings()
	if err != nil {
		return err
	}
	o, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer o.Close()
	other, err := o.Params.With(set)
	if err != nil {
		return usage("%w", err)
	}
	if opt.AsOf, err = a.asOf(); err != nil {
		return err
	}
	opt.Trigger, opt.Also = "preview", other.Needs()
	p, err := o.Preview(ctx, opt)
	if err != nil {
		return err
	}
	v := &comparison{AsOf: opt.AsOf, Pack: o.Params.Default.Pack(), Set: set, Problems: p.Report.Problems, Exit: p.Report.Exit}
	v.WhatIf = p.WhatIf(other, opt.AsOf)
	if a.json() {
		err = a.printJSON(v)
	} else {
		problemsView(a.Out, p.Report)
		a.whatIfView(a.Out, v)
	}
	if err != nil {
		return err
	}
	return code(v.Exit)
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
