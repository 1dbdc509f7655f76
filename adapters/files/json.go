package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// elements are the objects of the array in a JSON file, at the file's top or
// below the keys of a list's Rows. The whole file must be right: what comes
// before and after the array is read as strictly as the array. At no time is more
// kept of it than one record, or one value outside the records that is no
// array or object.
type elements struct {
	window
	path  []string
	n     int // records so far
	began bool
}

func newElements(r io.Reader, l *list) *elements {
	return &elements{window: window{r: r}, path: l.rows}
}

func (e *elements) next(dst []byte) ([]byte, error) {
	first := !e.began
	if first {
		e.began = true
		if err := e.enter(); err != nil {
			return dst, err
		}
	}
	more, err := e.another(']', first)
	switch {
	case err != nil:
		return dst, err
	case !more:
		return dst, e.leave()
	}
	raw, err := e.value()
	if err != nil {
		return dst, err
	}
	if err := object(raw); err != nil {
		err.what = fmt.Sprintf("record %d: %s", e.n+1, err.what)
		return dst, err
	}
	e.n++
	return append(dst, raw...), nil
}

// enter goes down to the array.
func (e *elements) enter() error {
	missing := &flaw{0, "is no array", "check rows of this list: the keys from the top of the file to the array, with dots between them, as in data.items"}
	if len(e.path) > 0 {
		missing.what = "has no array at " + e.where()
	}
	for _, key := range e.path {
		if c, err := e.peek(); err != nil {
			return err
		} else if c != '{' {
			return missing
		}
		e.start++
		for first := true; ; first = false {
			more, err := e.another('}', first)
			if err != nil {
				return err
			}
			if !more {
				return missing
			}
			name, err := e.key()
			if err != nil {
				return err
			}
			if name == key {
				break
			}
			if err := e.skip(1); err != nil {
				return err
			}
		}
	}
	if c, err := e.peek(); err != nil {
		return err
	} else if c != '[' {
		return missing
	}
	e.start++
	return nil
}

func (e *elements) where() string { return strings.Join(e.path, ".") }

// leave reads from the end of the array to that of the file.
func (e *elements) leave() error {
	for i := len(e.path) - 1; i >= 0; i-- {
		for {
			more, err := e.another('}', false)
			if err != nil {
				return err
			}
			if !more {
				break
			}
			name, err := e.key()
			if err != nil {
				return err
			}
			if name == e.path[i] {
				return &flaw{0, "has more than one " + e.where(), "have the file written with one array of records"}
			}
			if err := e.skip(1); err != nil {
				return err
			}
		}
	}
	switch _, err := e.peek(); {
	case errors.Is(err, errEnds):
		return io.EOF
	case err != nil:
		return err
	}
	return &flaw{0, "goes on after the end of its JSON value", "set format: ndjson of this list, if each line is a record"}
}

var errEnds = errors.New("the text ends")

// peek gives the next byte that is no space, without taking it. Where the text
// ends it is a flaw that is errEnds as well.
func (e *elements) peek() (byte, error) {
	for {
		e.start = space(e.buf[:e.end], e.start)
		switch {
		case e.start < e.end:
			return e.buf[e.start], nil
		case e.ended:
			return 0, errors.Join(errEnds, e.cut())
		}
		if err := e.more(); err != nil {
			return 0, err
		}
	}
}

// another says whether a further member comes in an array or object that ends
// with last, and takes the comma before it, or the end.
func (e *elements) another(last byte, first bool) (bool, error) {
	c, err := e.peek()
	switch {
	case err != nil:
		return false, err
	case c == last:
		e.start++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, e.wrong()
	}
	e.start++
	if c, err = e.peek(); err == nil && c == last {
		err = e.wrong()
	}
	return true, err
}

// key takes a key and its colon.
func (e *elements) key() (string, error) {
	if c, err := e.peek(); err != nil {
		return "", err
	} else if c != '"' {
		return "", e.wrong()
	}
	raw, err := e.value()
	if err != nil {
		return "", err
	}
	var name string
	if err := json.Unmarshal(raw, &name); err != nil {
		return "", e.wrong()
	}
	if c, err := e.peek(); err != nil {
		return "", err
	} else if c != ':' {
		return "", e.wrong()
	}
	e.start++
	return name, nil
}

// skip reads over one value, part by part.
func (e *elements) skip(depth int) error {
	c, err := e.peek()
	if err != nil {
		return err
	}
	if c != '{' && c != '[' {
		_, err = e.value()
		return err
	}
	if depth > maxDepth {
		return tooDeep()
	}
	e.start++
	for first := true; ; first = false {
		more, err := e.another(c+2, first) // } is two after {, ] two after [
		if err != nil || !more {
			return err
		}
		if c == '{' {
			if _, err := e.key(); err != nil {
				return err
			}
		}
		if err := e.skip(depth + 1); err != nil {
			return err
		}
	}
}

// value takes one value whole. It holds until the next call.
func (e *elements) value() ([]byte, error) {
	for {
		if _, err := e.peek(); err != nil {
			return nil, err
		}
		b := e.buf[e.start:e.end]
		n, s := value(b, 0, 0)
		switch {
		case s == whole && n <= maxRecord:
			e.start += n
			return b[:n], nil
		case s == wrong:
			return nil, e.wrong()
		case s == deep:
			return nil, tooDeep()
		case len(b) > maxRecord:
			return nil, tooLong()
		case e.ended:
			return nil, e.cut()
		}
		if err := e.more(); err != nil {
			return nil, err
		}
	}
}

func (e *elements) cut() error {
	return &flaw{0, fmt.Sprintf("ends in the middle, after %d records", e.n), "have the file written again: it is cut off"}
}

func (e *elements) wrong() error {
	return &flaw{0, fmt.Sprintf("is not right JSON, after %d records", e.n), "check format of this list, and have the file written again"}
}

func tooDeep() *flaw {
	return &flaw{0, fmt.Sprintf("has values in more than %d levels", maxDepth), "check format and rows of this list"}
}

func tooLong() *flaw {
	return &flaw{0, "a record, or a value outside the records, is longer than " + size(maxRecord), "check format and rows of this list, and have the file written with smaller records"}
}

// object says why a JSON value is no record; nil if it is one.
func object(raw []byte) *flaw {
	if len(raw) == 0 || raw[0] != '{' {
		return &flaw{0, "is no JSON object", "have each record written as an object"}
	}
	return nil
}

// lineObjects are the objects of a file with one JSON object on each line.
type lineObjects struct {
	window
	line int
}

func newLineObjects(r io.Reader) *lineObjects { return &lineObjects{window: window{r: r}} }

func (n *lineObjects) next(dst []byte) ([]byte, error) {
	for {
		b := n.buf[n.start:n.end]
		end := bytes.IndexByte(b, '\n')
		switch {
		case end < 0 && !n.ended:
			if len(b) > maxRecord {
				return dst, tooLong()
			}
			if err := n.more(); err != nil {
				return dst, err
			}
			continue
		case end < 0 && len(b) == 0:
			return dst, io.EOF
		case end < 0:
			end = len(b)
		}
		n.line++
		n.start += min(end+1, len(b))
		raw := bytes.Trim(b[:end], " \t\r")
		if len(raw) == 0 {
			continue
		}
		if err := n.record(raw); err != nil {
			return dst, &flaw{n.line, err.what, err.do}
		}
		return append(dst, raw...), nil
	}
}

// record says why a line is no record; nil if it is one.
func (n *lineObjects) record(raw []byte) *flaw {
	if err := object(raw); err != nil {
		return err
	}
	end, s := value(raw, 0, 0)
	switch {
	case s == deep:
		return tooDeep()
	case len(raw) > maxRecord:
		return tooLong()
	case s != whole || end != len(raw):
		return &flaw{0, "is not right JSON", "check format of this list, and have the file written again: it may be cut off"}
	}
	return nil
}
