package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// row is one figure beside its goal.
type row struct {
	Measure string
	Figure  string
	Goal    string
	Met     bool
	NoGoal  bool
}

func (r row) verdict() string {
	switch {
	case r.NoGoal:
		return ""
	case r.Met:
		return "met"
	}
	return "MISSED"
}

// atMost compares a figure with the most that it may be.
func atMost(measure string, figure, most float64, form, detail string) row {
	r := row{Measure: measure, Figure: fmt.Sprintf(form, figure), Goal: "at most " + fmt.Sprintf(form, most), Met: figure <= most}
	if detail != "" {
		r.Figure += "  (" + detail + ")"
	}
	return r
}

// atLeast compares a figure with the least that it may be.
func atLeast(measure string, figure, least float64, form, detail string) row {
	r := atMost(measure, figure, least, form, detail)
	r.Goal, r.Met = "at least "+fmt.Sprintf(form, least), figure >= least
	return r
}

func plain(measure, figure string) row { return row{Measure: measure, Figure: figure, NoGoal: true} }

func print(out io.Writer, rows []row) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Measure\tGoal\t\tFigure")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Measure, r.Goal, r.verdict(), r.Figure)
	}
	_ = w.Flush()
}
