package cli

import (
	"fmt"
	"io"
	"strings"
)

// townsShown is how many lines fit on a screen, with what stands around them.
const townsShown = 40

// townsView is one line each, and then how one is seen in full.
func townsView(w io.Writer, rep *townsReport, all string) {
	fmt.Fprintf(w, "%s, %s: %d municipalities, %s\n\n", rep.Folder, clock(rep.Now), len(rep.Tenants), attention(rep.Attention))
	rows := rep.Tenants[:min(len(rep.Tenants), townsShown)]
	width := 12
	for _, t := range rows {
		width = max(width, min(len([]rune(t.name)), 30))
	}
	for _, t := range rows {
		mark, last := " ", "-"
		if t.State.needsSomebody() {
			mark = "!"
		}
		if !t.LastEnd.IsZero() {
			last = clock(t.LastEnd)
		}
		outcome := t.outcome
		if t.Running {
			outcome = "running"
		}
		line := fmt.Sprintf("%s %-*s  %-16s  %-20s  %s", mark, width, clip(t.name, 30), last, outcome, t.brief())
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	if hidden := rep.Tenants[len(rows):]; len(hidden) > 0 {
		n := 0
		for _, t := range hidden {
			if t.State.needsSomebody() {
				n++
			}
		}
		fmt.Fprintf(w, "  ... and %d more, %s: %s\n", len(hidden), attention(n), all)
	}
	if len(rows) > 0 {
		fmt.Fprintf(w, "\nOne in full: %s\n", rows[0].Command)
	}
}

func attention(n int) string {
	switch n {
	case 0:
		return "none of which needs anybody"
	case 1:
		return "1 of which needs somebody"
	}
	return fmt.Sprintf("%d of which need somebody", n)
}

// brief is the first thing that is wrong. What is wrong with a configuration is not cut:
// what to do stands at its end.
func (t *townReport) brief() string {
	if len(t.Says) == 0 {
		return ""
	}
	first := t.Says[0]
	if t.State != stateLeftOut {
		first = clip(first, 100)
	}
	if n := len(t.Says) - 1; n > 0 {
		first += fmt.Sprintf(" (and %d more)", n)
	}
	return first
}
