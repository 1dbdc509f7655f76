package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity tells what stops a start from what is only worth knowing.
type Severity uint8

// The severities. The zero value is an error, so that a forgotten one is not overlooked.
const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText writes "error" or "warning".
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Problem is one thing that is wrong with a configuration: where, what, and what
// to do about it. It never holds the value of a secret.
type Problem struct {
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"`   // from 1; 0 where it is about the whole file
	Column   int      `json:"column,omitempty"` // from 1, in characters
	Key      string   `json:"key,omitempty"`    // "writes.units"; empty where no key is meant
	What     string   `json:"what"`             // lower case
	Do       string   `json:"do,omitempty"`
	Severity Severity `json:"severity"`
}

// String is the problem in one line: `brygga.yaml:12:5: writes.unit: unknown key; did you mean writes.units?`.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.What)
	if p.Do != "" {
		b.WriteString("; " + p.Do)
	}
	return b.String()
}

// Problems are all that was found, in the order of the file. As an error they
// read one line each. Some may be warnings: use Err, not a comparison with nil,
// to tell whether the configuration may be used.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err is the problems that stop a start, or nil where there are only warnings.
func (ps Problems) Err() error {
	var errs Problems
	for _, p := range ps {
		if p.Severity == Error {
			errs = append(errs, p)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// Warnings are the problems that do not stop a start.
func (ps Problems) Warnings() Problems {
	var out Problems
	for _, p := range ps {
		if p.Severity == Warning {
			out = append(out, p)
		}
	}
	return out
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
