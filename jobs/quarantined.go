package jobs

import (
	"cmp"
	"slices"
)

// Quarantine lists the records that could not be read when they were last asked for, by
// system and record, each with every reason that it has.
func (s *Stored) Quarantine() []QuarantineLine {
	out := []QuarantineLine{}
	for _, u := range s.Unreadable { // one may stand for several clients
		line := QuarantineLine{Path: u.Path, Reason: u.Reason}
		line.System, line.Record = s.ownOf(u.Ref)
		out = append(out, line)
	}
	return sortedQuarantine(out)
}

// Released are the lines of before that do not stand in after any more.
func Released(before, after []QuarantineLine) (out []QuarantineLine) {
	for _, l := range before {
		if !slices.ContainsFunc(after, func(o QuarantineLine) bool { return o.System == l.System && o.Record == l.Record }) {
			out = append(out, l)
		}
	}
	return out
}

func sortedQuarantine(lines []QuarantineLine) []QuarantineLine {
	slices.SortFunc(lines, func(a, b QuarantineLine) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Record, b.Record), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(lines)
}
