package vendor

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a mapping, and where it stands; lines
// and columns count from 1, and 0 is unknown. It says what was expected.
type Problem struct {
	File         string
	Line, Column int
	Text         string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems are all that is wrong with a mapping, in the order of the file.
type Problems []Problem

// Error gives one line per problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// err is nil where there is no problem.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		if a.File != b.File {
			return 0
		}
		return (a.Line-b.Line)*1000 + a.Column - b.Column
	})
	return slices.Compact(p)
}

// place is where something stands.
type place struct {
	file         string
	line, column int
}

func (p place) String() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

// nearest gives the name among known that was most likely meant; "" where none
// is near. Upper case, hyphens and underscores make no difference.
func nearest(name string, known []string) string {
	flat := strings.NewReplacer("-", "", "_", "", ".", "")
	name = strings.ToLower(flat.Replace(name))
	best, least := "", max(2, min(4, len(name)/2+1))
	for _, k := range known {
		if d := distance(name, strings.ToLower(flat.Replace(k))); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, remove or exchange between a and b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 100 || len(y) > 100 {
		return 100
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		corner := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			corner, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, corner+cost)
		}
	}
	return row[len(y)]
}

// meant is "; NAME is meant?" in words, or what there is to choose from.
func meant(name string, known []string) string {
	if n := nearest(name, known); n != "" {
		return fmt.Sprintf("; %s is meant?", n)
	}
	if len(known) == 0 {
		return "; there is none"
	}
	known = slices.Sorted(slices.Values(known))
	if len(known) > 24 {
		return "; known are " + strings.Join(known[:24], ", ") + " ..."
	}
	return "; known are " + strings.Join(known, ", ")
}
