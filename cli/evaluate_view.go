package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"brygga/care"
	"brygga/care/rules"
	"brygga/jobs"
)

// evaluateView prints clients with their findings, and totals last.
func (a *app) evaluateView(e *evaluated, judged []jobs.Judged) error {
	w := bufio.NewWriterSize(a.Out, 1<<16)
	quiet := 0 // clients of whom nothing is said
	for i := range judged {
		j := &judged[i]
		if len(j.Findings) == 0 && j.Contact.Status != care.ContactUnknown && !a.verbose {
			quiet++
			continue
		}
		l := e.line(j)
		fmt.Fprintf(w, "%s   contact %s%s   plan %s%s\n", a.paint(bold, printable(string(l.Client))),
			a.paint(contactStyle(l.Contact.Status), string(l.Contact.Status)), heldBy(l.Contact.Staff),
			a.paint(planStyle(l.Plan.Status), string(l.Plan.Status)), dueWords(l.Plan.Due))
		t := a.table("  ")
		for _, f := range l.Findings {
			t.row(cell{string(f.State), stateStyle(f.State)}, f.Due, f.Rule, ownerWords(f.Owner, f.Staff), f.Text.EN)
		}
		t.write(w)
	}
	if quiet < len(judged) {
		fmt.Fprintln(w)
		if quiet > 0 {
			fmt.Fprintf(w, "%s without findings (-v shows them too).\n", count(quiet, "client"))
		}
	}
	a.evaluateTotals(w, e, judged)
	return w.Flush()
}

// evaluateTotals counts statuses and findings, and what could not be judged.
func (a *app) evaluateTotals(w io.Writer, e *evaluated, judged []jobs.Judged) {
	contacts, plans := map[care.ContactState]int{}, map[care.PlanState]int{}
	states := map[rules.State]int{}
	for i := range judged {
		contacts[judged[i].Contact.Status]++
		plans[judged[i].Plan.Status]++
		for _, f := range judged[i].Findings {
			states[f.State]++
		}
	}
	fmt.Fprintf(w, "%s on %s, pack %s.\n", count(len(judged), "client"), e.asOf, e.params.Default.Pack())
	t := a.table("  ")
	t.row("contact", tallied(care.ContactStates(), contacts))
	t.row("plan", tallied(care.PlanStates(), plans))
	t.row("findings", tallied([]rules.State{rules.Overdue, rules.DueSoon, rules.Open}, states))
	t.write(w)
	if n := len(e.Unreadable) + len(e.problems); n > 0 {
		fmt.Fprintf(w, "%s could not be read (named on stderr): the clients concerned are unknown, the rest is judged.\n",
			a.paint(red, count(n, "record")))
	}
	if n := len(e.Orphans); n > 0 {
		fmt.Fprintf(w, "%s left out: no client could be told (named on stderr).\n", count(n, "record"))
	}
}

// tallied says how many there are of each, leaving out what there is none of.
func tallied[K ~string](order []K, n map[K]int) string {
	var parts []string
	for _, k := range order {
		if n[k] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[k], k))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func heldBy(staff []care.Ref) string {
	if len(staff) == 0 {
		return ""
	}
	return " (" + refList(staff) + ")"
}

// refList writes references one after the other.
func refList(refs []care.Ref) string {
	words := make([]string, len(refs))
	for i, r := range refs {
		words[i] = printable(string(r))
	}
	return strings.Join(words, ", ")
}

func dueWords(d care.Date) string {
	if !d.Known() {
		return ""
	}
	return " (due " + d.String() + ")"
}

func ownerWords(owner rules.Role, staff care.Ref) string {
	if staff == "" || owner != rules.Contact {
		return string(owner)
	}
	return string(owner) + " " + string(staff)
}

func stateStyle(s rules.State) style {
	switch s {
	case rules.Overdue:
		return red
	case rules.DueSoon:
		return yellow
	}
	return plain
}

func contactStyle(s care.ContactState) style {
	switch s {
	case care.ContactAppointed:
		return green
	case care.ContactVacant, care.ContactMissing, care.ContactUnqualified:
		return red
	case care.ContactUnknown, care.ContactOffered, care.ContactExemptCandidate:
		return yellow
	}
	return plain
}

func planStyle(s care.PlanState) style {
	switch s {
	case care.PlanCurrent:
		return green
	case care.PlanOverdue, care.PlanMissing:
		return red
	case care.PlanUnknown, care.PlanDueSoon:
		return yellow
	}
	return plain
}
