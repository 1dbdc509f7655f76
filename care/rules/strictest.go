package rules

import (
	"fmt"
	"slices"
	"strings"

	"brygga/care"
)

// Value gives a parameter in force, as text; empty for one that does not exist
// or that has no value.
func (p *Params) Value(name string) string { return p.values[name] }

// Strictest gives, of several values for one parameter, the one that asks the
// most: somebody who has several services is judged by the strictest of them
// (docs/decisions/0006). ok is false where no value of the parameter is stricter
// than another one, or none of them is one; then nothing is chosen.
//
//   - a deadline in days or months, and escalate_after: the shortest; 0 days of
//     escalate_after are "never", and the least strict
//   - warn: the longest, since it tells earliest
//   - enabled: true; write: the one that writes most
//   - continuity.contact-share.share: the largest; the counts: the smallest
//   - contact.not-informed.media: both; contact.absence_days: the shortest
func Strictest(name string, values []string) (strictest string, ok bool) {
	s := specs()[name]
	if s == nil {
		return "", false
	}
	best := 0.0
	for _, v := range values {
		n, comparable := s.strictness(v)
		if comparable && (!ok || n > best) {
			strictest, best, ok = v, n, true
		}
	}
	return strictest, ok
}

// strictness is a number that is the larger the more a value asks.
func (s *ParamSpec) strictness(value string) (n float64, ok bool) {
	v, err := s.parse(value)
	if err != nil {
		return 0, false
	}
	last := s.Name[strings.LastIndexByte(s.Name, '.')+1:]
	switch s.Type {
	case TypeBool:
		if v.yes {
			return 1, true
		}
		return 0, true
	case TypeDays, TypeMonths, TypeCount:
		switch {
		case last == "warn":
			return float64(v.number), true
		case last == "escalate_after" && v.number == 0:
			return -1e9, true
		case s.Name == "continuity.contact-share.days":
			return 0, false // the length of a window
		}
		return -float64(v.number), true
	case TypeShare:
		return v.share, true
	case TypeChoice:
		order := []string{string(WriteReport), string(WriteFlag), string(WriteTask), string(WriteFlagAndTask)}
		if last == "media" {
			order = []string{"any", "both"}
		}
		i := slices.Index(order, value)
		return float64(i), i >= 0
	}
	return 0, false
}

// CheckService says that there is no service of this code, with the nearest
// known one; nil where there is.
func CheckService(code string) error {
	known := care.ServiceNames[:]
	if slices.Contains(known, code) {
		return nil
	}
	if near := nearest(code, known); near != "" {
		return fmt.Errorf("there is no service %q; did you mean %s?", code, near)
	}
	return fmt.Errorf("there is no service %q; there are %s", code, strings.Join(known, ", "))
}
