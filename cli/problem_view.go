package cli

import (
	"fmt"
	"slices"
	"strings"

	"brygga/jobs"
)

// problemLines says each problem in one line, and what is the same for many
// kinds once: a key that is no longer valid fails all of them alike. Since when is said
// where it began before this run; always is for who looks at it later.
func problemLines(r *jobs.Report, always bool) []string {
	type group struct {
		jobs.Problem
		rest  string
		kinds []string
	}
	var groups []*group
	for _, p := range r.Problems {
		_, rest, _ := strings.Cut(p.What, ": ")
		i := slices.IndexFunc(groups, func(g *group) bool { return p.Kind != "" && g.System == p.System && g.rest == rest })
		if i < 0 {
			groups = append(groups, &group{p, rest, []string{p.Kind}})
			continue
		}
		groups[i].kinds = append(groups[i].kinds, p.Kind)
		if p.Since.Before(groups[i].Since) {
			groups[i].Since = p.Since
		}
	}
	var lines []string
	for _, g := range groups {
		line := g.What
		if n := len(g.kinds); n > 1 {
			const named = 3
			kinds := strings.Join(g.kinds[:min(n, named)], ", ")
			if n > named {
				kinds += fmt.Sprintf(" and %d more kinds", n-named)
			}
			line = fmt.Sprintf("%s, %s: %s", g.System, kinds, g.rest)
		}
		if !g.Since.IsZero() && (always || g.Since.Before(r.Started)) {
			line += " (since " + clock(g.Since) + ")"
		}
		lines = append(lines, line)
	}
	return lines
}
