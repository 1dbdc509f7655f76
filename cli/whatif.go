package cli

import (
	"fmt"
	"io"
	"strings"

	"brygga/care"
	"brygga/jobs"
)

// comparison is what --set would change, on the same facts.
type comparison struct {
	AsOf care.Date         `json:"asOf"`
	Pack string            `json:"pack"` // of the parameters in force
	Set  map[string]string `json:"set"`
	*jobs.WhatIf
	Problems []jobs.Problem `json:"problems,omitempty"`
	Exit     int            `json:"exit"`
}

// whatIfView prints a comparison: what comes and goes per rule.
func (a *app) whatIfView(w io.Writer, v *comparison) {
	var set []string
	for _, name := range sortedKeys(v.Set) {
		set = append(set, name+"="+v.Set[name])
	}
	fmt.Fprintf(w, "With %s, on the same facts:\n", strings.Join(set, ", "))
	if v.Come+v.Go+v.Moved == 0 {
		fmt.Fprintln(w, "  nothing comes, nothing goes.")
		return
	}
	t := a.table("  ")
	for i := 1; i <= 6; i++ {
		t.right[i] = true
	}
	t.head("RULE", "NOW", "THEN", "COME", "GO", "MOVED", "OVERDUE")
	for _, r := range v.Rules {
		if r.Come+r.Go+r.Moved == 0 {
			continue
		}
		t.row(r.Rule, sum(r.Now), sum(r.Then), signed("+", r.Come), signed("-", r.Go), dash(r.Moved),
			fmt.Sprintf("%d -> %d", r.Now.Overdue, r.Then.Overdue))
	}
	t.write(w)
	fmt.Fprintf(w, "%s: %d findings come, %d go, %d stay with another date or state.\n", count(v.Clients, "client"), v.Come, v.Go, v.Moved)
	if v.Questions > 0 {
		fmt.Fprintf(w, "%d more can only be told when the source is asked whether a service was ever carried out.\n", v.Questions)
	}
}

func sum(t jobs.Tally) int { return t.Open + t.DueSoon + t.Overdue }

func signed(sign string, n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(sign, n)
}
