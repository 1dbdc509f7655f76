package vendor

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// table is one table of codes: what the source writes, and what it means.
type table struct {
	name  string
	at    place
	index int
	codes map[string]string // by what the source writes, folded
	other string            // of everything else; "" where there is no "*"
}

// fold makes texts one that differ in case, in spaces, and in how å is put together.
func fold(s string) string {
	return strings.ToLower(norm.NFC.String(oneLine(s)))
}

// gives lists what the table may give.
func (t *table) gives() []string {
	out := slices.Sorted(maps.Values(t.codes))
	return append(slices.Compact(out), t.other)
}

// tableRow is what was asked of a table for one row; tableCount for many.
type tableRow struct {
	asked, unknown bool
	word           string // the last one that it does not know
}

type tableCount struct {
	rows, unknown int
	words         map[string]int
	seen          map[string]string // of this page: what is known, by how it was written
}

// code looks a text up. Nothing gives nothing, unless the table says otherwise.
func (x *reading) code(name, s string) (string, error) {
	t := x.list.tables[name]
	seen := &x.counts[t.index].seen
	v, ok := (*seen)[s]
	if !ok {
		key := fold(s)
		if v, ok = t.codes[key]; ok || key == "" {
			if *seen == nil {
				*seen = map[string]string{}
			}
			(*seen)[s] = v // there are as many as the table has, and spellings of them
		}
	}
	if ok || v == "" && strings.TrimSpace(s) == "" {
		x.tables[t.index].asked = x.tables[t.index].asked || v != ""
		return v, nil
	}
	if r := &x.tables[t.index]; !r.unknown || r.word != s { // a row may be asked once for each field
		x.counts[t.index].add(s, 1)
	}
	x.tables[t.index] = tableRow{asked: true, unknown: true, word: s}
	if t.other == "" {
		return "", unreadable("a code that the table " + name + " does not know")
	}
	return t.other, nil
}

// How many unknown codes are remembered, and how much of each.
const (
	maxUnknown = 200
	maxRunes   = 60
)

func (c *tableCount) add(word string, n int) {
	if c.words == nil {
		c.words = map[string]int{}
	}
	word = shown(word)
	if _, ok := c.words[word]; ok || len(c.words) < maxUnknown {
		c.words[word] += n
	}
}

// shown is what may be shown of a text that no table knows: its beginning, and no
// long row of figures, which may be somebody's number.
func shown(s string) string {
	s = oneLine(strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s))
	figures := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if figures++; figures >= 6 {
				return "(a number)"
			}
		case r == '-' || r == ' ':
		default:
			figures = 0
		}
	}
	if r := []rune(s); len(r) > maxRunes {
		return string(r[:maxRunes])
	}
	return strings.Clone(s)
}

// endRow counts what was asked of the tables for one row.
func (x *reading) endRow() {
	for i := range x.tables {
		if r := &x.tables[i]; r.asked {
			x.counts[i].rows++
			if r.unknown {
				x.counts[i].unknown++
			}
			*r = tableRow{}
		}
	}
}

// CodeCount is how well one table of codes knew what was read since New.
type CodeCount struct {
	Table   string
	Place   string // where it stands: file:line
	Word    string // a value that every table of its sort may give, for a line to paste
	Rows    int    // rows for which it was asked
	Unknown int    // rows with a code that it does not know
	// Commonest are the unknown codes, the commonest first: at most 20, each of at
	// most 60 characters.
	Commonest []UnknownCode
}

// UnknownCode is a code that no table knows, and how often it was read.
type UnknownCode struct {
	Code  string
	Count int
}

// Codes tells how many rows had codes that no table knows, table by table. Rows of a
// page are counted when it has been taken.
func (m *Mapper) Codes() []CodeCount { return m.codes("") }

// CodesOf is Codes for the rows of one list.
func (m *Mapper) CodesOf(list string) []CodeCount { return m.codes(list) }

// codes counts for one list, or for all where it is empty.
func (m *Mapper) codes(list string) []CodeCount {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []CodeCount
	for i, t := range m.tables {
		var all tableCount
		for name, counts := range m.counts {
			if list == "" || list == name {
				all.join(counts[i])
			}
		}
		c := CodeCount{Table: t.name, Place: t.at.String(), Word: t.word(), Rows: all.rows, Unknown: all.unknown}
		for w, n := range all.words {
			c.Commonest = append(c.Commonest, UnknownCode{w, n})
		}
		slices.SortFunc(c.Commonest, func(a, b UnknownCode) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
		})
		c.Commonest = c.Commonest[:min(20, len(c.Commonest))]
		out = append(out, c)
	}
	return out
}

// word is what may be written for a code until somebody knows what it means: of a
// table of services another service, since one that is left out could make somebody
// seem to need no contact; else nothing at all.
func (t *table) word() string {
	for _, v := range t.gives() {
		if v == "other" || slices.Contains(serviceValues, v) && !slices.Contains(settings, v) {
			return "other"
		}
	}
	return none
}

// count adds what one page of a list counted.
func (m *Mapper) count(list string, counts []tableCount) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.counts[list]
	if all == nil {
		all = make([]tableCount, len(m.tables))
		m.counts[list] = all
	}
	for i := range counts {
		all[i].join(counts[i])
	}
}

func (c *tableCount) join(o tableCount) {
	c.rows += o.rows
	c.unknown += o.unknown
	for w, n := range o.words {
		c.add(w, n)
	}
}
