package web

import (
	"regexp"
	"slices"

	"brygga/care/rules"
)

// other is what a label says in place of a value that is of no known set.
const other = "other"

// kindName is what a kind of records is called, here or in a mapping.
var (
	kindName   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	manyDigits = regexp.MustCompile(`[0-9]{4}`)
)

// mostKinds bounds how many kinds of one tenant have series of their own.
const mostKinds = 100

// labels lets only what is of a closed set become the value of a label: a name that
// came from a record must never make a series, nor be shown.
type labels struct {
	systems []string
	kinds   map[string]bool
}

func (l *labels) system(s string) string {
	if slices.Contains(l.systems, s) {
		return s
	}
	return other
}

func (l *labels) kind(s string) string {
	if !kindName.MatchString(s) || manyDigits.MatchString(s) {
		return other
	}
	if !l.kinds[s] {
		if len(l.kinds) >= mostKinds {
			return other
		}
		if l.kinds == nil {
			l.kinds = map[string]bool{}
		}
		l.kinds[s] = true
	}
	return s
}

func (l *labels) rule(s string) string {
	for _, r := range rules.Catalogue() {
		if r.Code == s {
			return s
		}
	}
	return other
}
