package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"brygga/jobs"
)

// planLine is one finding's Flag and Task where the same happens to both.
type planLine struct {
	jobs.Change
	types string
}

// planView prints changes like a plan: by unit and client, what is created,
// updated, closed and held back, and why; totals last.
func planView(w io.Writer, changes []jobs.Change, t jobs.Totals, all bool) {
	lines := planLines(changes, all)
	slices.SortStableFunc(lines, func(a, b planLine) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Client, b.Client))
	})
	unit, client := "\x00", ""
	for _, l := range lines {
		if l.Unit != unit {
			unit = l.Unit
			fmt.Fprintf(w, "\n%s\n", cmp.Or(unit, "(unit not shown)"))
			client = ""
		}
		if string(l.Client) != client {
			client = string(l.Client)
			fmt.Fprintf(w, "  %s\n", cmp.Or(client, "(not found in the system that receives)"))
		}
		fmt.Fprintf(w, "    %s %-9s  %-30s %-22s %s\n", signs[l.Action], l.types, l.Rule, stateWords(l), lineWords(l))
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
	}
	totalsView(w, t)
}

// planLines keeps what a reader of a plan wants to see: everything that is
// written or held back, and what staff's hand left standing.
func planLines(changes []jobs.Change, all bool) []planLine {
	var lines []planLine
	at := map[string]int{}
	for _, c := range changes {
		if c.Action == jobs.ActKeep && !all && c.Reason != jobs.ClosedByStaff && c.Reason != jobs.ReopenedStaff {
			continue
		}
		k := fmt.Sprint(c.Finding, c.Action, c.Reason)
		if i, ok := at[k]; ok && lines[i].types != c.Type {
			lines[i].types = "Flag+Task"
			lines[i].Due = max(lines[i].Due, c.Due) // a Flag that is closed has none
			continue
		}
		at[k] = len(lines)
		lines = append(lines, planLine{c, c.Type})
	}
	return lines
}

func stateWords(l planLine) string {
	switch {
	case l.State != "" && l.Due.Known():
		return fmt.Sprintf("%s %s", l.State, l.Due)
	case l.State != "":
		return string(l.State)
	case l.Due.Known():
		return "due " + l.Due.String()
	}
	return ""
}

func lineWords(l planLine) string {
	why := reasons[l.Reason]
	switch l.Action {
	case jobs.ActCreate:
		return fmt.Sprintf("for %s: %s", l.Owner, why)
	case jobs.ActUpdate:
		return fmt.Sprintf("for %s: %s (%s)", l.Owner, why, strings.Join(l.Fields, ", "))
	case jobs.ActClose:
		return "closed: " + why
	case jobs.ActHold:
		return "held back: " + why
	}
	return "left: " + why
}

func totalsView(w io.Writer, t jobs.Totals) {
	fmt.Fprintf(w, "%d to create, %d to update, %d to close; %d stand as they are, %d held back.\n",
		t.Create, t.Update, t.Close, t.Keep, t.Hold)
	var held []string
	for _, r := range slices.Sorted(maps.Keys(t.Why)) {
		switch r {
		case jobs.ReportOnly, jobs.NotYet, jobs.UnitNotIn, jobs.RuleNotIn, jobs.InBaseline, jobs.OwnerFull, jobs.NoSubject,
			jobs.ClosedByStaff, jobs.ReopenedStaff, jobs.StaffHasIt, jobs.Unknown, jobs.NoFacts, jobs.SubjectUnsure,
			jobs.RuleNotKnown, jobs.NotOurs:
			held = append(held, fmt.Sprintf("  %6d  %s", t.Why[r], reasons[r]))
		}
	}
	if len(held) > 0 {
		fmt.Fprintln(w, "Of these:")
		fmt.Fprintln(w, strings.Join(held, "\n"))
	}
}
