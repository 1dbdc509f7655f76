package vendor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (l *loader) fail(p place, format string, args ...any) {
	l.problems = append(l.problems, Problem{p.file, p.line, p.column, fmt.Sprintf(format, args...)})
}

func (l *loader) failAt(n *node, format string, args ...any) {
	if n == nil {
		n = l.root
	}
	l.fail(n.place, format, args...)
}

// known refuses keys that are not known in a section.
func (l *loader) known(n *node, keys ...string) {
	if n == nil {
		return
	}
	if n.form != section {
		l.fail(n.place, "a section of keys is expected: %s", strings.Join(keys, ", "))
		return
	}
	for _, e := range n.entries {
		if !slices.Contains(keys, e.key) {
			l.fail(e.place, "the key %s is not known here%s", e.key, meant(e.key, keys))
		}
	}
}

// text gives a single value; "" where there is none.
func (l *loader) text(n *node, key string) string {
	v := n.get(key)
	if v == nil || v.form == null {
		return ""
	}
	if v.form != scalar {
		l.fail(v.place, "%s is a single value", key)
		return ""
	}
	return v.text
}

// oneOf gives one of several words, the first where nothing is written.
func (l *loader) oneOf(n *node, key string, words ...string) string {
	s := l.text(n, key)
	if s == "" {
		return words[0]
	}
	if !slices.Contains(words, s) {
		l.fail(n.get(key).place, "%s is one of %s%s", key, strings.Join(words, ", "), meant(s, words))
	}
	return s
}

func (l *loader) flag(n *node, key string, otherwise bool) bool {
	switch s := l.text(n, key); s {
	case "":
		return otherwise
	case "true", "false":
		return s == "true"
	default:
		l.fail(n.get(key).place, "%s is true or false", key)
		return otherwise
	}
}

func (l *loader) whole(n *node, key string, most int) int {
	s := l.text(n, key)
	if s == "" {
		return 0
	}
	i, err := strconv.Atoi(s)
	if err != nil || i < 0 || i > most {
		l.fail(n.get(key).place, "%s is a whole number from 0 to %d", key, most)
		return 0
	}
	return i
}

func (l *loader) duration(n *node, key string) time.Duration {
	s := l.text(n, key)
	if s == "" {
		return 0
	}
	d, ok := duration(s)
	if !ok {
		l.fail(n.get(key).place, "%s is a length of time, as in 60s, 10m, 36h or 7d", key)
	}
	return d
}

func duration(s string) (time.Duration, bool) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		i, err := strconv.Atoi(n)
		return time.Duration(i) * 24 * time.Hour, err == nil && i >= 0 && i < 10_000
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0
}
