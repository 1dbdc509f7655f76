package files

import (
	"fmt"
	"io"
	"slices"
)

// table is the rows of a CSV file as objects of strings: of the wanted columns,
// or of all where none are named.
type table struct {
	csv  *csvReader
	l    *list
	keys [][]byte // what is written before each value
	from []int    // which field it is
	wide int      // how many fields a row has; 0: the first row is yet to come
}

func newTable(r io.Reader, l *list) *table {
	return &table{csv: &csvReader{window: window{r: r}, delimiter: l.delimiter, quote: l.quote, line: 1}, l: l}
}

func (t *table) next(dst []byte) ([]byte, error) {
	row, err := t.csv.row()
	if err != nil {
		return dst, t.ended(err)
	}
	if t.wide == 0 {
		names, from, err := t.first(row)
		if err != nil {
			return dst, err
		}
		t.wide, t.from, t.keys = len(row), from, keysOf(names)
		if t.l.Header {
			if row, err = t.csv.row(); err != nil {
				return dst, err
			}
		}
	}
	if len(row) != t.wide {
		do := "have the file written again; a delimiter within a value must stand in quotes"
		return dst, &flaw{t.csv.at, fmt.Sprintf("the row has %d columns where the first one has %d", len(row), t.wide), do}
	}
	if err := t.cut(); err != nil {
		return dst, err
	}
	for i, key := range t.keys {
		dst = append(dst, key...)
		dst = appendString(dst, row[t.from[i]])
	}
	return append(dst, '}'), nil
}

// cut: of a file that is known to be complete by its name alone, a last row that has
// no end of line may be half of one, and what follows it may be missing.
func (t *table) cut() error {
	if !t.csv.open || t.l.Complete.How != Pattern {
		return nil
	}
	do := "have the file written to its end, with an end of line after the last row, or delivered with a manifest"
	return &flaw{t.csv.at, "the last row has no end of line: the file may be cut off", do}
}

// ended: a file that ends where its header should be is none.
func (t *table) ended(err error) error {
	if err == io.EOF && t.wide == 0 && t.l.Header {
		return &flaw{0, "has no header: it is empty", "have the file written again; one without rows still has its header"}
	}
	return err
}

// first makes of the first row which field is which column.
func (t *table) first(row [][]byte) (names []string, from []int, err error) {
	there := make([]string, len(row))
	for i, f := range row {
		there[i] = columnName(string(f))
	}
	wanted := make([]string, len(t.l.Columns))
	for i, w := range t.l.Columns {
		wanted[i] = columnName(w)
	}
	h := heading{there: there, wanted: wanted, shown: t.l.Columns, delimiter: t.l.delimiter}
	if !t.l.Header {
		if err := h.headless(); err != nil {
			return nil, nil, err
		}
		for i := range wanted {
			from = append(from, i)
		}
		return t.l.Columns, from, nil
	}
	if len(wanted) == 0 {
		for _, n := range there {
			if n != "" {
				wanted = append(wanted, n)
			}
		}
		h.wanted, h.shown = wanted, wanted
		if len(wanted) == 0 {
			return nil, nil, &flaw{1, "its header names no column", "have the file written with a header, or set header: false and name the columns"}
		}
	}
	if err := h.differs(); err != nil {
		return nil, nil, err
	}
	for _, w := range wanted {
		from = append(from, slices.Index(there, w))
	}
	return h.shown, from, nil
}

func keysOf(names []string) (keys [][]byte) {
	for i, n := range names {
		key := []byte{','}
		if i == 0 {
			key[0] = '{'
		}
		keys = append(keys, append(appendString(key, []byte(n)), ':'))
	}
	return keys
}

const hexDigits = "0123456789abcdef"

// appendString writes valid UTF-8 as a JSON string.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i, b := range s {
		if b >= 0x20 && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
