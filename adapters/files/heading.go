package files

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// heading compares the first row of a file with the columns that the mapping
// wants. A first row may be data in truth: of what stands in it, a message
// repeats only what is nearly the name of a wanted column.
type heading struct {
	there     []string // cleaned by columnName
	wanted    []string // the same
	shown     []string // wanted, as the mapping writes it
	delimiter byte
}

// columnName is how names are compared: without space around, and with å as one
// character.
func columnName(s string) string { return norm.NFC.String(strings.TrimSpace(s)) }

var otherDelimiters = []byte{';', ',', '\t', '|'}

func nameDelimiter(b byte) string {
	if b == '\t' {
		return "tab"
	}
	return string(b)
}

// differs says how the header is another one than the mapping expects; nil if
// each wanted column is there once. Columns that nobody wants may be there.
func (h heading) differs() error {
	var missing, twice []string
	var close []string
	sure := h.isHeader()
	for i, w := range h.wanted {
		switch n := count(h.there, w); {
		case n == 0:
			missing = append(missing, h.shown[i])
			for _, t := range h.there {
				if t != "" && near(w, t, sure) && !slices.Contains(h.wanted, t) && !slices.Contains(close, t) {
					close = append(close, t)
				}
			}
		case n > 1:
			twice = append(twice, h.shown[i])
		}
	}
	const do = "correct columns of this list in the mapping, or have the file written as before"
	switch {
	case len(missing) == 0 && len(twice) == 0:
		return nil
	case len(missing) == 0:
		return &flaw{1, "the header has more than one column " + quoted(twice), "have each column written once"}
	}
	if d, ok := h.other(); ok {
		return &flaw{1, "its columns seem to be divided by " + nameDelimiter(d) + ", not by " + nameDelimiter(h.delimiter), "set delimiter of this list to " + nameDelimiter(d)}
	}
	what := fmt.Sprintf("the header lacks %s of the %d columns wanted", quoted(missing), len(h.wanted))
	switch {
	case len(missing) == len(h.wanted) && len(close) == 0:
		return &flaw{1, fmt.Sprintf("%s; none of its %d columns is one of them", what, len(h.there)), "check that the file has a header (header: false if not), and columns of this list"}
	case len(close) > 0:
		what += "; it has " + quoted(close) + " instead"
	default:
		what += fmt.Sprintf("; it has %d columns", len(h.there))
	}
	return &flaw{1, what, do}
}

// isHeader: half of the wanted names are there, so that the row is no data.
func (h heading) isHeader() bool {
	known := 0
	for _, w := range h.wanted {
		if slices.ContainsFunc(h.there, func(t string) bool { return plain(t) == plain(w) }) {
			known++
		}
	}
	return 2*known >= len(h.wanted)
}

// headless checks the first row of a file without a header.
func (h heading) headless() error {
	known := 0
	for _, w := range h.wanted {
		known += min(count(h.there, w), 1)
	}
	if known == len(h.wanted) {
		return &flaw{1, "the first row is a header, and none is expected", "set header: true of this list"}
	}
	if len(h.there) >= len(h.wanted) {
		return nil
	}
	if d, ok := h.other(); ok {
		return &flaw{1, "its columns seem to be divided by " + nameDelimiter(d) + ", not by " + nameDelimiter(h.delimiter), "set delimiter of this list to " + nameDelimiter(d)}
	}
	return &flaw{1, fmt.Sprintf("the first row has %d columns, and %d are wanted", len(h.there), len(h.wanted)), "correct columns of this list in the mapping, or have the file written as before"}
}

// other is the delimiter by which the row, as it is one field only, would have
// the wanted columns.
func (h heading) other() (byte, bool) {
	if len(h.there) != 1 || len(h.wanted) < 2 {
		return 0, false
	}
	for _, d := range otherDelimiters {
		cut := strings.Split(h.there[0], string(d))
		if d != h.delimiter && len(cut) >= len(h.wanted) {
			return d, true
		}
	}
	return 0, false
}

func count(in []string, s string) (n int) {
	for _, x := range in {
		if x == s {
			n++
		}
	}
	return n
}

func quoted(names []string) string {
	const most = 12
	var b strings.Builder
	for i, n := range names[:min(len(names), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
	}
	if len(names) > most {
		fmt.Fprintf(&b, " and %d more", len(names)-most)
	}
	return b.String()
}

var manyDigits = regexp.MustCompile(`[0-9]{4}`)

// near says whether a name in a file is nearly the wanted one: but for capitals,
// spaces, marks and accents; and where it is sure that it is a header's, since
// a person's name may be a letter from a column's, with few letters changed.
func near(wanted, there string, sure bool) bool {
	if len(there) > 60 || manyDigits.MatchString(there) {
		return false
	}
	a, b := plain(wanted), plain(there)
	if a == "" || b == "" {
		return false
	}
	return a == b || sure && len(a) >= 4 && apart(a, b) <= max(1, len(a)/4)
}

// plain is a name without what people write differently.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFD.String(s))
}

// apart counts the letters that must change, come or go to make b of a.
func apart(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			change := diagonal
			if x[i] != y[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(y)]
}
