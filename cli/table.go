package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style is how a word is shown on a terminal, as an ANSI code; anywhere else the
// word stands plain. Nothing is ever said by colour alone.
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

// colour says whether styles are shown: on a terminal, and not where NO_COLOR is
// set to anything (no-color.org) or the terminal is a dumb one.
func (a *app) colour() bool {
	if !a.OutTerminal || a.json() {
		return false
	}
	if v, _ := a.LookupEnv("NO_COLOR"); v != "" {
		return false
	}
	term, _ := a.LookupEnv("TERM")
	return term != "dumb"
}

// paint gives a text its style where styles are shown.
func (a *app) paint(s style, text string) string {
	if s == plain || text == "" || !a.colour() {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// cell is a text in a table with the style that it is shown in.
type cell struct {
	text  string
	style style
}

// table is rows of text in aligned columns. The last column of a row is never
// padded, so no line ends in spaces.
type table struct {
	indent string
	gap    string       // between columns; two spaces where nothing is said
	right  map[int]bool // columns of figures, which are aligned to the right
	paint  func(style, string) string
	rows   [][]cell
}

// table makes an empty table in the colours of this call.
func (a *app) table(indent string) *table {
	return &table{indent: indent, gap: "  ", paint: a.paint, right: map[int]bool{}}
}

// row adds a row of cells, or of anything that fmt can print.
func (t *table) row(values ...any) {
	row := make([]cell, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case cell:
			row[i] = cell{printable(v.text), v.style}
		case string:
			row[i] = cell{text: printable(v)}
		default:
			row[i] = cell{text: printable(fmt.Sprint(v))}
		}
	}
	t.rows = append(t.rows, row)
}

// head adds a row of column titles.
func (t *table) head(titles ...string) {
	row := make([]cell, len(titles))
	for i, title := range titles {
		row[i] = cell{title, faint}
	}
	t.rows = append(t.rows, row)
}

// write prints the rows.
func (t *table) write(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if i < len(row)-1 || t.right[i] { // what stands last in its row pushes nothing aside
				widths[i] = max(widths[i], utf8.RuneCountInString(c.text))
			}
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		b.Reset()
		last := len(row) - 1
		for last > 0 && row[last].text == "" {
			last--
		}
		b.WriteString(t.indent)
		for i, c := range row[:last+1] {
			pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(c.text)))
			switch {
			case t.right[i]:
				b.WriteString(pad + t.paint(c.style, c.text))
			case i == last:
				b.WriteString(t.paint(c.style, c.text))
			default:
				b.WriteString(t.paint(c.style, c.text) + pad)
			}
			if i < last {
				b.WriteString(t.gap)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// printable takes out what could move a terminal's cursor or change its colours:
// names of units, titles and ids come from elsewhere.
func printable(s string) string {
	clean := true
	for _, r := range s {
		clean = clean && unicode.IsPrint(r)
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return '?'
	}, s)
}

// textWidth is how wide running text is set.
const textWidth = 96

// wrapped breaks a text at spaces into lines of at most textWidth letters, of
// which all but the first begin with the indent. A word is never broken.
func wrapped(indent, text string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(printable(text)) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			b.WriteString(word)
			column = utf8.RuneCountInString(indent) + n
			continue
		case column+1+n > textWidth:
			b.WriteString("\n" + indent + word)
			column = utf8.RuneCountInString(indent) + n
			continue
		}
		b.WriteString(" " + word)
		column += 1 + n
	}
	return b.String()
}

// count says how many there are of something: "1 client", "3 clients".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
