package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// allowance lets a reader through as long as it is renewed: what stands between
// two records or tokens cannot fill the memory.
type allowance struct {
	r    io.Reader
	left int
}

// allowed is how much may be read for one record: readers read ahead.
const allowed = 4 * maxRecord

var errTooLong = &flaw{0, "a record, or a value outside the records, is longer than " + size(maxRecord), "check format and rows of this list, and have the file written with smaller records"}

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errTooLong
	}
	n, err := a.r.Read(p[:min(len(p), a.left, chunk)])
	a.left -= n
	return n, err
}

func (a *allowance) renew() { a.left = allowed }

// elements are the objects of the array in a JSON file, at the file's top or
// below the keys of a list's Rows. The whole file must be right: what comes
// before and after the array is read as strictly as the array.
type elements struct {
	dec   *json.Decoder
	allow *allowance
	path  []string
	raw   json.RawMessage
	n     int // records so far
	began bool
}

func newElements(r io.Reader, l *list) *elements {
	a := &allowance{r: r, left: allowed}
	dec := json.NewDecoder(a)
	dec.UseNumber()
	return &elements{dec: dec, allow: a, path: l.rows}
}

func (e *elements) next(dst []byte) ([]byte, error) {
	if !e.began {
		e.began = true
		if err := e.enter(); err != nil {
			return dst, err
		}
	}
	if !e.dec.More() {
		return dst, e.leave()
	}
	if err := e.dec.Decode(&e.raw); err != nil {
		return dst, e.broken(err)
	}
	e.n++
	e.allow.renew()
	if err := object(e.raw); err != nil {
		err.what = fmt.Sprintf("record %d: %s", e.n, err.what)
		return dst, err
	}
	return append(dst, e.raw...), nil
}

// enter goes down to the array.
func (e *elements) enter() error {
	missing := &flaw{0, fmt.Sprintf("has no array at %q", e.where()), "check rows of this list: it leads from the top of the file, key by key, to the array"}
	for _, key := range e.path {
		if t, err := e.token(); err != nil {
			return err
		} else if t != json.Delim('{') {
			return missing
		}
		for {
			t, err := e.token()
			if err != nil {
				return err
			}
			if t == json.Delim('}') {
				return missing
			}
			if t == key {
				break
			}
			if err := e.skip(); err != nil {
				return err
			}
		}
	}
	if t, err := e.token(); err != nil {
		return err
	} else if t != json.Delim('[') {
		return missing
	}
	return nil
}

func (e *elements) where() string {
	var b bytes.Buffer
	for _, k := range e.path {
		b.WriteString("/" + k)
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// leave reads from the end of the array to that of the file.
func (e *elements) leave() error {
	if _, err := e.token(); err != nil {
		return err
	}
	for i := len(e.path) - 1; i >= 0; i-- {
		for {
			t, err := e.token()
			if err != nil {
				return err
			}
			if t == json.Delim('}') {
				break
			}
			if t == e.path[i] {
				return &flaw{0, fmt.Sprintf("has more than one %q", e.where()), "have the file written with one array of records"}
			}
			if err := e.skip(); err != nil {
				return err
			}
		}
	}
	_, err := e.dec.Token()
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err == nil:
		return &flaw{0, "goes on after the end of its JSON value", "set format: ndjson of this list, if each line is a record"}
	}
	return e.broken(err)
}

// skip reads over one value.
func (e *elements) skip() error {
	for depth := 0; ; {
		t, err := e.token()
		if err != nil {
			return err
		}
		if d, ok := t.(json.Delim); ok && (d == '{' || d == '[') {
			if depth++; depth > maxDepth {
				return tooDeep()
			}
		} else if ok {
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func (e *elements) token() (json.Token, error) {
	t, err := e.dec.Token()
	if err != nil {
		return nil, e.broken(err)
	}
	e.allow.renew()
	return t, nil
}

// broken lets the reader's own errors through; those of encoding/json may quote
// what they stumble over.
func (e *elements) broken(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &flaw{0, fmt.Sprintf("ends in the middle, after %d records", e.n), "have the file written again: it is cut off"}
	case errors.As(err, &syntax):
		return &flaw{0, fmt.Sprintf("is not right JSON, after %d records", e.n), "check format of this list, and have the file written again"}
	}
	return err
}

func tooDeep() *flaw {
	return &flaw{0, fmt.Sprintf("has values in more than %d levels", maxDepth), "check format and rows of this list"}
}

// object says why a JSON value is no record; nil if it is one.
func object(raw []byte) *flaw {
	if len(raw) == 0 || raw[0] != '{' {
		return &flaw{0, "is no JSON object", "have each record written as an object"}
	}
	if len(raw) > maxRecord {
		return errTooLong
	}
	depth, within := 0, false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case b == '"':
			within = !within
		case b == '\\':
			i++
		case within:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return tooDeep()
			}
		case b == '}' || b == ']':
			depth--
		}
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
				return dst, errTooLong
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
		err := object(raw)
		if err == nil && !json.Valid(raw) {
			err = &flaw{0, "is not right JSON", "check format of this list, and have the file written again: it may be cut off"}
		}
		if err != nil {
			return dst, &flaw{n.line, err.what, err.do}
		}
		return append(dst, raw...), nil
	}
}
