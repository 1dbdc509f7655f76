package files

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// node is where in a row the wanted columns are.
type node struct {
	text     []int // columns that are this element's text
	attrs    map[string][]int
	children map[string]*node
}

// allowance lets a reader through as long as it is renewed: what stands between
// two tokens cannot fill the memory.
type allowance struct {
	r    io.Reader
	left int
	err  error // by which reading ended
}

// allowed is how much may be read for one token: readers read ahead.
const allowed = 2 * maxRecord

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, tooLong()
	}
	n, err := a.r.Read(p[:min(len(p), a.left, chunk)])
	a.left -= n
	a.err = err
	return n, err
}

func (a *allowance) renew() { a.left = allowed }

// fieldTree reads Fields. A path is names of elements, and perhaps a last "@name".
func fieldTree(columns []string, fields map[string]string) (*node, error) {
	if len(columns) == 0 {
		return nil, errors.New("need columns: what of a row is wanted")
	}
	for c := range fields {
		if !slices.Contains(columns, c) {
			return nil, fmt.Errorf("%q is not one of columns", c)
		}
	}
	root := &node{}
	for i, c := range columns {
		path, given := fields[c]
		if !given {
			path = c
		}
		at := root
		parts := strings.Split(path, "/")
		if path == "." {
			parts = nil
		}
		for j, part := range parts {
			name, attr := strings.CutPrefix(part, "@")
			if name == "" || strings.ContainsAny(name, "@.[]*: \t") && given || attr && j < len(parts)-1 {
				return nil, fmt.Errorf(`%q: the path is not like "kund/pnr", "@id", "kund/@id" or "."`, c)
			}
			if attr {
				if at.attrs == nil {
					at.attrs = map[string][]int{}
				}
				at.attrs[name] = append(at.attrs[name], i)
				at = nil
				break
			}
			if at.children == nil {
				at.children = map[string]*node{}
			}
			if at.children[name] == nil {
				at.children[name] = &node{}
			}
			at = at.children[name]
		}
		if at != nil {
			at.text = append(at.text, i)
		}
	}
	return root, nil
}

// xmlRows are the rows of an XML file as objects of strings. It reads no DTD, no
// entity but XML's own five, and nothing from elsewhere. Prefixes of names are
// passed over. Each wanted column is there in each object, empty where the row
// has none.
type xmlRows struct {
	dec   *xml.Decoder
	allow *allowance
	l     *list
	keys  [][]byte

	open   []string // elements that are open, from the root
	ended  bool     // the root was closed
	parent bool     // the element that holds the rows was there
	other  map[string]int
	rows   int
	some   bool // some row had some wanted column

	in     []*node  // within a row: what is wanted of each open element, nil for nothing
	texts  [][]byte // of each of them
	values [][]byte // of the row
	has    []bool
	length int // of the row's values
}

func newXMLRows(r io.Reader, l *list) *xmlRows {
	a := &allowance{r: r, left: allowed}
	x := &xmlRows{dec: xml.NewDecoder(a), allow: a, l: l, keys: keysOf(l.Columns), other: map[string]int{}}
	x.values, x.has = make([][]byte, len(l.Columns)), make([]bool, len(l.Columns))
	x.dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if l.Encoding != "" {
			return in, nil // the setting counts; it was decoded by it
		}
		switch strings.ToLower(label) {
		case "iso-8859-1", "iso8859-1", "latin1":
			return newText(in, Latin1), nil
		case "windows-1252", "cp1252":
			return newText(in, Win1252), nil
		case "utf-16", "utf-16le", "utf-16be", "us-ascii":
			return in, nil // by its mark it was decoded already; without one it is no XML
		}
		return nil, &flaw{1, "declares an encoding that is none of utf-8, iso-8859-1, windows-1252, utf-16", "have the file written in one of them"}
	}
	return x
}

func (x *xmlRows) next(dst []byte) ([]byte, error) {
	for {
		t, err := x.dec.Token()
		x.allow.renew()
		if err != nil {
			return dst, x.broken(err)
		}
		switch t := t.(type) {
		case xml.Directive:
			return dst, x.flaw("holds a DTD, which is not read", "have the file written without <!DOCTYPE>")
		case xml.StartElement:
			err = x.start(t)
		case xml.CharData:
			err = x.chars(t)
		case xml.EndElement:
			var row bool
			if row, err = x.end(); row && err == nil {
				return x.object(dst), nil
			}
		}
		if err != nil {
			return dst, err
		}
	}
}

func (x *xmlRows) start(t xml.StartElement) error {
	name := t.Name.Local
	switch {
	case x.ended:
		return x.flaw("goes on after the end of its root element", "have the file written again")
	case len(x.open) == maxDepth:
		return x.flaw(tooDeep().what, tooDeep().do)
	case len(x.open) == 0 && name != x.l.rows[0]:
		return x.flaw(fmt.Sprintf("its root element is not %q", x.l.rows[0]), "check rows of this list: it leads from the root element, by its name, to the row")
	}
	x.open = append(x.open, name)
	depth := len(x.l.rows)
	switch {
	case len(x.in) > 0:
		var wanted *node
		if above := x.in[len(x.in)-1]; above != nil {
			wanted = above.children[name]
		}
		return x.enter(wanted, t.Attr)
	case slices.Equal(x.open, x.l.rows):
		x.parent = true
		x.rows++
		x.length = 0
		for i := range x.values {
			x.values[i], x.has[i] = x.values[i][:0], false
		}
		return x.enter(x.l.fields, t.Attr)
	case len(x.open) == depth-1 && slices.Equal(x.open, x.l.rows[:depth-1]):
		x.parent = true
	case len(x.open) == depth && slices.Equal(x.open[:depth-1], x.l.rows[:depth-1]) && len(x.other) < 100:
		x.other[name]++
	}
	return nil
}

func (x *xmlRows) enter(wanted *node, attrs []xml.Attr) error {
	x.in = append(x.in, wanted)
	if len(x.texts) < len(x.in) {
		x.texts = append(x.texts, nil)
	}
	x.texts[len(x.in)-1] = x.texts[len(x.in)-1][:0]
	if wanted == nil {
		return nil
	}
	for _, a := range attrs {
		if err := x.put(wanted.attrs[a.Name.Local], []byte(a.Value)); err != nil {
			return err
		}
	}
	return nil
}

// put gives columns a value; a further one is a further line.
func (x *xmlRows) put(columns []int, v []byte) error {
	for _, i := range columns {
		if x.has[i] {
			x.values[i] = append(x.values[i], '\n')
		}
		x.values[i] = append(x.values[i], v...)
		x.has[i], x.some = true, true
		if x.length += len(v) + 1; x.length > maxRecord {
			return x.flaw(tooLong().what, tooLong().do)
		}
	}
	return nil
}

func (x *xmlRows) chars(t xml.CharData) error {
	if len(x.open) == 0 {
		if strings.TrimSpace(string(t)) != "" {
			return x.flaw("holds text outside its root element", "have the file written again")
		}
		return nil
	}
	if n := len(x.in); n > 0 && x.in[n-1] != nil && len(x.in[n-1].text) > 0 {
		if len(x.texts[n-1])+len(t) > maxRecord {
			return x.flaw(tooLong().what, tooLong().do)
		}
		x.texts[n-1] = append(x.texts[n-1], t...)
	}
	return nil
}

// end closes an element, and says whether it was a row.
func (x *xmlRows) end() (row bool, err error) {
	x.open = x.open[:len(x.open)-1]
	x.ended = len(x.open) == 0
	n := len(x.in)
	if n == 0 {
		return false, nil
	}
	if wanted := x.in[n-1]; wanted != nil && len(wanted.text) > 0 {
		err = x.put(wanted.text, bytes.TrimSpace(x.texts[n-1]))
	}
	x.in = x.in[:n-1]
	return n == 1, err
}

func (x *xmlRows) object(dst []byte) []byte {
	for i, key := range x.keys {
		dst = append(dst, key...)
		dst = appendString(dst, x.values[i])
	}
	return append(dst, '}')
}

func (x *xmlRows) flaw(what, do string) error {
	line, _ := x.dec.InputPos()
	return &flaw{line, what, do}
}

// broken tells the right end of a file from a wrong one. The text of an error of
// encoding/xml may quote the file, so that only its line is told.
func (x *xmlRows) broken(err error) error {
	var syntax *xml.SyntaxError
	var known *flaw
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &syntax):
		return &flaw{syntax.Line, "is not right XML", "have the file written again: it may be cut off; entities other than XML's own are not read; an encoding may have to be set"}
	case !errors.Is(err, io.EOF) && x.allow.err != nil && !errors.Is(x.allow.err, io.EOF):
		return x.allow.err
	case !errors.Is(err, io.EOF): // its version, above all
		return x.flaw("is no XML 1.0", "have the file written as XML 1.0")
	case !x.ended:
		return &flaw{0, "has no root element", "have the file written again: it is empty or cut off"}
	case !x.parent:
		return &flaw{0, fmt.Sprintf("has no element %q", strings.Join(x.l.rows[:len(x.l.rows)-1], "/")), "check rows of this list"}
	case x.rows == 0 && x.repeats():
		return &flaw{0, fmt.Sprintf("has no element %q, but others where it should be", strings.Join(x.l.rows, "/")), "check rows of this list"}
	case x.rows > 0 && !x.some:
		return &flaw{0, fmt.Sprintf("has %d rows, and in none of them one of the columns wanted", x.rows), "check fields of this list"}
	}
	return io.EOF
}

// repeats: some other element stands several times where rows should stand.
func (x *xmlRows) repeats() bool {
	for _, n := range x.other {
		if n > 1 {
			return true
		}
	}
	return false
}
