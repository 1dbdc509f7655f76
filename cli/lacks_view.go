package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"brygga/care/rules"
	"brygga/jobs"
)

// lacksView says which rules are off or weaker, for want of which facts. It is
// silent where nothing is lacking.
func lacksView(w io.Writer, lacks []jobs.Lack) {
	var off []string
	facts := map[string][]string{}
	for _, l := range lacks {
		if l.Effect == rules.Off {
			if !slices.Contains(off, l.Rule) {
				off = append(off, l.Rule)
			}
			facts[l.Rule] = append(facts[l.Rule], l.Fact)
		}
	}
	for i, code := range off {
		off[i] = code + " (" + strings.Join(facts[code], ", ") + ")"
	}
	if len(off) > 0 {
		fmt.Fprintf(w, "Off, since no system provides the facts: %s\n", wrapped("  ", strings.Join(off, ", ")))
	}
	for _, l := range lacks {
		if l.Effect == rules.Weaker {
			fmt.Fprintf(w, "Weaker without %s: %s: %s\n", l.Fact, l.Rule, l.Text.EN)
		}
	}
}
