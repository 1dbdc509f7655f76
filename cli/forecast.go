package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"brygga/config"
	"brygga/jobs"
)

func (a *app) forecastCommand() *cobra.Command {
	var days int
	var dir string
	cmd := &cobra.Command{
		Use:   "forecast",
		Short: "What falls due in the coming days if nothing is done, per day, unit and owner",
		Long: "The facts of the last pull, judged on each of the coming days: no system is reached. Clients with a\n" +
			"protected identity are counted in the whole only. With --ics there is one calendar file per unit,\n" +
			"with counts per rule and nothing about any person.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 || days > jobs.LongestForecast {
				return usage("--days %d: a forecast is 1 to %d days long", days, jobs.LongestForecast)
			}
			f, cfg, err := a.forecast(cmd.Context(), days)
			if err != nil {
				return err
			}
			if dir != "" {
				if err := a.writeCalendars(f, cfg, dir); err != nil {
					return err
				}
			}
			if a.json() {
				return a.printJSON(f)
			}
			a.forecastView(f)
			if dir != "" {
				fmt.Fprintf(a.Out, "\n%s in %s.\n", count(len(f.Units), "calendar"), dir)
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&days, "days", 30, "how many days to look ahead")
	cmd.Flags().StringVar(&dir, "ics", "", "write one iCalendar file per unit to the folder `DIR`")
	return cmd
}

func (a *app) forecast(ctx context.Context, days int) (*jobs.Forecast, *config.Config, error) {
	cfg, s, err := a.stored(ctx)
	if err != nil {
		return nil, nil, err
	}
	asOf, err := a.asOf()
	if err != nil {
		return nil, nil, err
	}
	f, err := jobs.MakeForecast(s, asOf, days)
	return f, cfg, err
}

// stored is the snapshot of the last pull, and the configuration.
func (a *app) stored(ctx context.Context) (*config.Config, *jobs.Stored, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	asOf, err := a.asOf()
	if err != nil {
		return nil, nil, err
	}
	st, _, err := jobs.OpenStore(ctx, cfg, a.logger())
	if err != nil {
		return nil, nil, err
	}
	s, err := jobs.LoadSnapshot(ctx, cfg, st.Tenant(cfg.Tenant), asOf, a.Now())
	return cfg, s, errors.Join(err, st.Close())
}

func (a *app) writeCalendars(f *jobs.Forecast, cfg *config.Config, dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the folder for calendars: %w", err)
	}
	for _, c := range f.Calendars(cfg.Tenant, cfg.Language, a.Now()) {
		if err := writeWhole(filepath.Join(dir, c.File), c.Body); err != nil {
			return err
		}
	}
	return nil
}

// forecastView prints a bar per day on which anything falls due, and then units
// and owners.
func (a *app) forecastView(f *jobs.Forecast) {
	fmt.Fprintf(a.Out, "What falls due from %s to %s if nothing is done, by the facts read %s.\n", f.AsOf, f.To, clock(f.Read))
	fmt.Fprintf(a.Out, "%s; %d findings are overdue and %d open already, and not shown below.\n", count(f.Clients, "client"), f.Overdue, f.Open)
	if f.Unknown > 0 {
		fmt.Fprintf(a.Out, "! %d clients are unknown and cannot be forecast: see brygga status.\n", f.Unknown)
	}
	if f.Questions > 0 {
		fmt.Fprintf(a.Out, "%s may fall due besides: only the source can say whether they were ever carried out.\n", count(f.Questions, "service"))
	}
	if len(f.LeftOut) > 0 {
		fmt.Fprintf(a.Out, "Left out, since the visits of days to come are not known: %s.\n", strings.Join(f.LeftOut, ", "))
	}
	most, total := 0, 0
	for _, d := range f.Days {
		most, total = max(most, d.Count), total+d.Count
	}
	if total == 0 {
		fmt.Fprintln(a.Out, "\nNothing falls due.")
		return
	}
	fmt.Fprintln(a.Out)
	t := a.table("")
	t.right[2] = true
	for _, d := range f.Days {
		if d.Count > 0 {
			t.row(d.Date, d.Date.Weekday().String()[:3], d.Count, bar(d.Count, most), rulesByCount(d.Rules))
		}
	}
	t.write(a.Out)
	a.forecastUnits(f, total)
}

// bar is at most barWidth blocks long, and at least one.
func bar(n, most int) string { return strings.Repeat("█", max(1, n*barWidth/max(most, 1))) }

const barWidth = 20

// rulesByCount lists rules, those with the most first.
func rulesByCount(n map[string]int) string {
	codes := sortedKeys(n)
	slices.SortStableFunc(codes, func(x, y string) int { return cmp.Compare(n[y], n[x]) })
	parts := make([]string, len(codes))
	for i, code := range codes {
		parts[i] = fmt.Sprintf("%s %d", code, n[code])
	}
	return strings.Join(parts, ", ")
}

func (a *app) forecastUnits(f *jobs.Forecast, total int) {
	owners := map[string]bool{}
	of := map[string]map[string]int{}
	shown := 0
	for _, l := range f.Lines {
		owner := string(l.Owner)
		owners[owner] = true
		if of[l.Name] == nil {
			of[l.Name] = map[string]int{}
		}
		of[l.Name][owner] += l.Count
		shown += l.Count
	}
	columns := sortedKeys(owners)
	fmt.Fprintln(a.Out)
	t := a.table("")
	head := []string{"UNIT"}
	for i, o := range columns {
		t.right[i+1] = true
		head = append(head, o)
	}
	t.right[len(head)] = true
	t.head(append(head, "all")...)
	for _, unit := range sortedKeys(of) {
		row, n := []any{unit}, 0
		for _, o := range columns {
			row, n = append(row, dash(of[unit][o])), n+of[unit][o]
		}
		t.row(append(row, n)...)
	}
	t.write(a.Out)
	if hidden := total - shown; hidden > 0 {
		fmt.Fprintf(a.Out, "%d more concern clients with a protected identity; they are in the days above and in no unit.\n", hidden)
	}
}
