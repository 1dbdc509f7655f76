package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/config"
	"brygga/jobs"
)

func (a *app) runReportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   jobs.JobReport,
		Short: "Write the figures of `brygga report` to the folder jobs.report.path",
		Long: "Writes coverage and continuity per unit, as the last pull left them, to the folder jobs.report.path: coverage.csv,\n" +
			"continuity.csv, report.json and report.html are the latest ones, and each stands there once more with its date\n" +
			"(coverage-2026-11-29.csv), where it is kept. Each file is there whole, old or new, at every moment. No system is\n" +
			"reached; nobody's name is in any of them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runReport(cmd.Context()) },
	}
}

func (a *app) runReport(ctx context.Context) (err error) {
	o, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if o.Config.Jobs.Report.Path == "" {
		return usage("jobs.report.path is not set: write the folder that reports go to into the configuration, or use brygga report --html FILE")
	}
	rep, err := o.RunReport(ctx, jobs.FiguresOptions{Trigger: "command", Write: figuresWriter(o.Config)})
	if err != nil {
		return err
	}
	if a.json() {
		err = a.printJSON(rep)
	} else {
		runReportView(a.Out, rep, o.Config.Jobs.Report.Path)
	}
	if err != nil {
		return err
	}
	return code(rep.Exit)
}

func runReportView(w io.Writer, rep *jobs.FiguresReport, folder string) {
	for _, p := range rep.Problems {
		fmt.Fprintf(w, "! %s\n", p.What)
	}
	for _, file := range rep.Files {
		fmt.Fprintf(w, "Written: %s\n", filepath.Join(folder, file))
	}
}

// figuresWriter writes all figures to the folder of the configuration: each file as the
// latest, and once more with its date.
func figuresWriter(cfg *config.Config) func(*jobs.Stored, care.Date) ([]string, error) {
	return func(s *jobs.Stored, asOf care.Date) (files []string, err error) {
		folder := cfg.Jobs.Report.Path
		if err := os.Mkdir(folder, 0o750); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("jobs.report.path: %w; make the folder, or mount it, and let brygga write to it", err)
		}
		coverage := jobs.MakeCoverage(s, asOf)
		continuity := jobs.MakeContinuity(s, asOf, care.Indicator{})
		both := &figures{cfg.Tenant, coverage, continuity}
		for _, f := range []struct {
			name, ext string
			make      func() ([]byte, error)
		}{
			{partCoverage, ".csv", func() ([]byte, error) { return (&figures{Tenant: cfg.Tenant, Coverage: coverage}).csv(cfg.Language) }},
			{partContinuity, ".csv", func() ([]byte, error) {
				return (&figures{Tenant: cfg.Tenant, Continuity: continuity}).csv(cfg.Language)
			}},
			{jobs.JobReport, ".json", func() ([]byte, error) {
				b, err := json.Marshal(both)
				return append(b, '\n'), err
			}},
			{jobs.JobReport, ".html", func() ([]byte, error) {
				return bytesOf(func(w io.Writer) error { return both.html(w, cfg.Language, asOf, s.Read) })
			}},
		} {
			content, err := f.make()
			if err != nil {
				return files, fmt.Errorf("the report %s%s: %w", f.name, f.ext, err)
			}
			for _, name := range []string{f.name + "-" + asOf.String() + f.ext, f.name + f.ext} {
				if err := writeShared(filepath.Join(folder, name), content); err != nil {
					return files, fmt.Errorf("jobs.report.path: %w; let brygga write to the folder, and see that its disk has space", err)
				}
				files = append(files, name)
			}
		}
		return files, nil
	}
}

// writeShared writes a file whole, for the folder's group to read.
func writeShared(path string, content []byte) error {
	if err := writeWhole(path, content); err != nil {
		return err
	}
	return os.Chmod(path, 0o640)
}
