package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/care/rules"
	"brygga/jobs"
)

// The parts of a report.
const (
	partCoverage   = "coverage"
	partContinuity = "continuity"
)

// figures are what `brygga report` says: counts per unit, nobody's name.
type figures struct {
	Tenant     string               `json:"tenant"`
	Coverage   *jobs.CoverageReport `json:"coverage,omitempty"`
	Continuity *jobs.Continuity     `json:"continuity,omitempty"`
}

// indicatorOptions choose how the indicator's open points are read.
type indicatorOptions struct{ daily, absent, hours string }

func (o indicatorOptions) reading() (how care.Indicator, err error) {
	for _, p := range []struct {
		flag, value, first, second string
		into                       *bool
	}{
		{"daily", o.daily, "each", "mean", &how.DailyMean},
		{"absent", o.absent, "out", "in", &how.KeepAbsent},
		{"hours", o.hours, "start", "any-part", &how.AnyPart},
	} {
		if p.value != p.first && p.value != p.second {
			return how, usage("--%s %s: write %s or %s", p.flag, p.value, p.first, p.second)
		}
		*p.into = p.value == p.second
	}
	return how, nil
}

func (a *app) reportCommand() *cobra.Command {
	var csvFile, htmlFile string
	var opt indicatorOptions
	cmd := &cobra.Command{
		Use:   "report [coverage|continuity]",
		Short: "Coverage, continuity and worklists per unit, as text, JSON, CSV or HTML",
		Long: "The figures are of the last pull: no system is reached. Clients with a protected identity are counted in\n" +
			"the whole only; continuity figures never rest on fewer than five clients. --daily, --absent and --hours\n" +
			"choose how the national indicator is read where its definition leaves it open.",
		Args: cobra.MaximumNArgs(1), ValidArgs: []string{partCoverage, partContinuity},
		RunE: func(cmd *cobra.Command, args []string) error {
			parts := []string{partCoverage, partContinuity}
			if len(args) == 1 {
				if !slices.Contains(parts, args[0]) {
					return usage("report %s: there is coverage and continuity, worklist and unjoined", args[0])
				}
				parts = args
			}
			if csvFile != "" && len(parts) != 1 {
				return usage("--csv holds one table: brygga report coverage --csv FILE, or brygga report continuity --csv FILE")
			}
			how, err := opt.reading()
			if err != nil {
				return err
			}
			return a.report(cmd, parts, how, csvFile, htmlFile)
		},
	}
	cmd.AddCommand(a.worklistCommand(), a.unjoinedCommand())
	f := cmd.Flags()
	f.StringVar(&csvFile, "csv", "", "write the table to `FILE`, as a Swedish Excel opens it: semicolons, decimal commas")
	f.StringVar(&htmlFile, "html", "", "write a page to print on A4 to `FILE`")
	f.StringVar(&opt.daily, "daily", "each", "two visits a day: on each day, or on average (mean)")
	f.StringVar(&opt.absent, "absent", "out", "who was away on one of the days: out, or in if the visits are enough")
	f.StringVar(&opt.hours, "hours", "start", "a visit counts that starts within 07:00-21:59 (start), or of which any-part lies there")
	return cmd
}

func (a *app) report(cmd *cobra.Command, parts []string, how care.Indicator, csvFile, htmlFile string) error {
	cfg, s, err := a.stored(cmd.Context())
	if err != nil {
		return err
	}
	asOf, err := a.asOf()
	if err != nil {
		return err
	}
	v := &figures{Tenant: cfg.Tenant}
	if slices.Contains(parts, partCoverage) {
		v.Coverage = jobs.MakeCoverage(s, asOf)
	}
	if slices.Contains(parts, partContinuity) {
		v.Continuity = jobs.MakeContinuity(s, asOf, how)
	}
	files := saved{
		csvFile: func() ([]byte, error) { return v.csv(cfg.Language) },
		htmlFile: func() ([]byte, error) {
			return bytesOf(func(w io.Writer) error { return v.html(w, cfg.Language, asOf, s.Read) })
		},
	}
	return a.shown(v, files, func() { a.figuresView(v, clock(s.Read)) })
}

// saved are the files that a report is written to; an empty name is no file.
type saved map[string]func() ([]byte, error)

// shown writes a report to the files asked for, and prints it: as JSON, or, where
// there is no file, as text.
func (a *app) shown(v any, files saved, text func()) error {
	var written []string
	for _, file := range sortedKeys(files) {
		if file == "" {
			continue
		}
		b, err := files[file]()
		if err == nil {
			err = writeWhole(file, b)
		}
		if err != nil {
			return err
		}
		written = append(written, file)
	}
	switch {
	case a.json():
		return a.printJSON(v)
	case written == nil:
		text()
	}
	for _, file := range written {
		fmt.Fprintf(a.Out, "Written: %s\n", file)
	}
	return nil
}

func bytesOf(write func(io.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	err := write(&b)
	return b.Bytes(), err
}

// sheet is one table of figures, with words for people.
type sheet struct {
	title string
	head  []string
	rows  [][]string
	notes []string
}

// sheets are the tables of a report in a language. decimal is what stands before decimals.
func (v *figures) sheets(language, decimal string) []sheet {
	say := func(name string) string { return inWords(figureWords[name], language) }
	number := func(f float64) string {
		return string(bytes.ReplaceAll([]byte(strconv.FormatFloat(f, 'f', 1, 64)), []byte("."), []byte(decimal)))
	}
	var all []sheet
	if c := v.Coverage; c != nil {
		s := sheet{title: say("coverage") + " " + c.AsOf.String()}
		for _, h := range []string{
			"unit", "clients", "appointed", "qualified", "unqualified", "vacant", "missing", "offered",
			"declined", "exempt", "candidates", "unknown", "contacts", "mean-load", "most-load",
		} {
			s.head = append(s.head, say(h))
		}
		for _, u := range append(slices.Clone(c.Units), c.Whole) {
			row := []string{unitWords(u.Unit, language)}
			for _, n := range []int{
				u.Clients, u.Appointed, u.Qualified, u.Unqualified, u.Vacant, u.Missing, u.Offered, u.Declined,
				u.Exempt, u.Candidates, u.Unknown, u.Contacts,
			} {
				row = append(row, strconv.Itoa(n))
			}
			s.rows = append(s.rows, append(row, number(u.PerContact), strconv.Itoa(u.MostPerContact)))
		}
		s.notes = []string{say("protected"), say("qualified-note")}
		all = append(all, s)
	}
	if c := v.Continuity; c != nil {
		s := sheet{title: say("continuity") + " " + c.From.String() + "–" + c.To.String()}
		if c.Cannot != "" {
			s.notes = []string{say("cannot") + ": " + c.Cannot}
			return append(all, s)
		}
		for _, h := range []string{"unit", "clients", "population", "mean", "median"} {
			s.head = append(s.head, say(h))
		}
		for _, why := range jobs.LeftReasons() {
			s.head = append(s.head, say(string(why)))
		}
		for _, u := range append(slices.Clone(c.Units), c.Whole) {
			name := unitWords(u.Unit, language)
			if u.Merged > 1 {
				name += " (" + strconv.Itoa(u.Merged) + ")"
			}
			row := []string{name, strconv.Itoa(u.Clients), strconv.Itoa(u.Population), "–", "–"}
			if u.Mean != nil {
				row[3], row[4] = number(*u.Mean), number(*u.Median)
			}
			for _, why := range jobs.LeftReasons() {
				row = append(row, strconv.Itoa(u.LeftOut[why]))
			}
			s.rows = append(s.rows, row)
		}
		s.notes = []string{say("definition"), say("small"), say("protected")}
		for _, r := range c.Reading {
			s.notes = append(s.notes, fmt.Sprintf("--%s %s: %s", r.Point, r.Chosen, say(r.Point+"="+r.Chosen)))
			if r.Point == "absent" && r.Chosen == "out" && !c.AbsencesRead {
				s.notes = append(s.notes, say("absences-unread"))
			}
		}
		all = append(all, s)
	}
	return all
}

func inWords(t rules.Text, language string) string {
	if language == "en" {
		return t.EN
	}
	return t.SV
}

// unitWords is a unit's name; lines that are no unit have words of their own.
func unitWords(name, language string) string {
	if t, ok := figureWords[name]; ok {
		return inWords(t, language)
	}
	return name
}

// figuresView prints the tables.
func (a *app) figuresView(v *figures, read string) {
	fmt.Fprintf(a.Out, "%s, by the facts read %s\n", v.Tenant, read)
	for _, s := range v.sheets("en", ".") {
		fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, s.title))
		t := a.table("  ")
		for i := 1; i < len(s.head); i++ {
			t.right[i] = true
		}
		if len(s.head) > 0 {
			t.head(s.head...)
		}
		for _, row := range s.rows {
			cells := make([]any, len(row))
			for i := range row {
				cells[i] = row[i]
			}
			t.row(cells...)
		}
		t.write(a.Out)
		for _, note := range s.notes {
			fmt.Fprintf(a.Out, "  %s\n", wrapped("  ", note))
		}
	}
}
