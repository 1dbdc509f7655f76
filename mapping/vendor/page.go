package vendor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	fast "github.com/goccy/go-json"

	"brygga/mapping"
)

// Page implements mapping.Mapper: a JSON array of objects, an envelope that holds
// one under the path `rows`, or one object. null and an empty array are no rows;
// anything else is an error. A row that cannot be decoded is unreadable by itself.
func (m *Mapper) Page(kind mapping.Kind, sink mapping.Sink, body []byte) (mapping.Page, error) {
	c := m.find(kind.Type)
	if c == nil {
		return mapping.Page{}, fmt.Errorf("mapping %s reads no list %s", m.mapping.name, kind.Type)
	}
	if one := bytes.TrimLeft(body, blank); c.paged() && len(one) > 0 && one[0] == '{' {
		return mapping.Page{}, fmt.Errorf("list %s: an object, where a list has pages of rows", c.Name)
	}
	x := m.newReading(c)
	rows, next, err := x.decode(body)
	if err != nil {
		return mapping.Page{}, fmt.Errorf("list %s: %w", c.Name, err)
	}
	page := mapping.Page{Total: -1, Next: next, Keys: make([]uint64, len(rows.refs))}
	for i := range rows.refs {
		page.Keys[i] = mapping.Key(rows.refs[i])
	}
	x.contradict(rows, page.Keys)
	page.Take = func() error {
		x.takeRows(rows, sink)
		m.count(c.Name, x.counts)
		return nil
	}
	return page, nil
}

// Resource reads one record of a list. Which list it is of cannot be told from
// the record: that is Record.
func (m *Mapper) Resource(mapping.Sink, []byte) error {
	return errors.New("a record of a list does not say which list it is of")
}

// Record reads one record of a list, as the source gives it by itself.
func (m *Mapper) Record(kind mapping.Kind, sink mapping.Sink, body []byte) error {
	if one := bytes.TrimSpace(body); len(one) > 0 && one[0] == '{' && !m.enveloped(kind) {
		body = append(append([]byte{'['}, one...), ']')
	}
	p, err := m.Page(kind, sink, body)
	if err != nil {
		return err
	}
	if len(p.Keys) != 1 {
		return fmt.Errorf("%d records where one was asked for", len(p.Keys))
	}
	return p.Take()
}

// paged says whether the list comes in pages that are bare arrays.
func (c *list) paged() bool {
	return c.REST != nil && c.REST.Paging.Kind != "" && c.REST.Paging.Kind != "none" && !slices.ContainsFunc(c.rowsPaths, func(p string) bool { return p != "" })
}

// enveloped says whether the rows of a list stand in an envelope.
func (m *Mapper) enveloped(kind mapping.Kind) bool {
	c := m.find(kind.Type)
	return c != nil && c.REST != nil && c.REST.Rows != ""
}

// blank is what JSON takes for space; Go takes more.
const blank = " \t\r\n"

// decode gives the rows of a page, and the address or cursor of the next one.
func (x *reading) decode(body []byte) (*rows, string, error) {
	trimmed := bytes.TrimLeft(body, blank)
	switch {
	case len(trimmed) > 0 && trimmed[0] == '[':
		r, err := x.array(body)
		return r, "", err
	case len(trimmed) > 0 && trimmed[0] == '{':
		return x.object(body)
	case string(bytes.TrimRight(trimmed, blank)) == "null":
		return &rows{}, "", nil
	}
	if json.Valid(body) {
		return nil, "", errors.New("JSON, but neither an array nor an object")
	}
	return nil, "", syntax(body, json.Unmarshal(body, new(any)))
}

// array decodes an array of rows in one scan, or row by row where that fails.
func (x *reading) array(body []byte) (*rows, error) {
	t := x.list.row
	if x.list.texts != nil {
		t = x.list.texts
	}
	all := reflect.New(reflect.SliceOf(t))
	if x.splits {
		// Row by row, so that each can be looked at again.
	} else if err := x.unmarshal(body, all.Interface()); err == nil {
		return x.number1(all.Elem(), nil)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		if json.Valid(body) {
			return nil, errors.New("JSON of another shape than an array of objects")
		}
		return nil, syntax(body, err)
	}
	list := reflect.MakeSlice(reflect.SliceOf(t), len(raw), len(raw))
	faults := make([]error, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], list.Index(i).Addr().Interface()); err != nil {
			faults[i] = x.misfit(err)
			x.salvage(raw[i], list.Index(i))
		}
	}
	r, err := x.number1(list, faults)
	if r != nil {
		r.raw = raw
	}
	return r, err
}

// object decodes an envelope, or one row.
func (x *reading) object(body []byte) (*rows, string, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(body, &top); err != nil {
		return nil, "", syntax(body, err)
	}
	for _, path := range x.list.rowsPaths {
		if path == "" {
			continue
		}
		inner := descend(top, path)
		if inner == nil {
			continue
		}
		next := ""
		if x.list.REST.Paging.Next != "" {
			next = scalarText(descend(top, x.list.REST.Paging.Next))
		}
		if string(bytes.Trim(inner, blank)) == "null" {
			return &rows{}, next, nil
		}
		r, err := x.array(inner)
		return r, next, err
	}
	if x.list.REST != nil && x.list.REST.Rows != "" {
		return nil, "", fmt.Errorf("an object without %s, which holds the rows", x.list.REST.Rows)
	}
	r, err := x.array(append(append([]byte{'['}, body...), ']'))
	if err == nil && len(r.refs) == 1 && r.faults != nil && r.faults[0] != nil && r.keyless[0] {
		return nil, "", errors.New("an object that is no row: it has no key")
	}
	return r, "", err
}

// descend follows a dotted path through objects; nil where it leads nowhere.
func descend(top map[string]json.RawMessage, path string) json.RawMessage {
	for {
		name, rest, more := strings.Cut(path, ".")
		raw, ok := top[name]
		if !ok || !more {
			return raw
		}
		top = nil
		if json.Unmarshal(raw, &top) != nil {
			return nil
		}
		path = rest
	}
}

func scalarText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && len(raw) < 30 && (raw[0] >= '0' && raw[0] <= '9') {
		return string(raw)
	}
	return ""
}

// unmarshal decodes with go-json, whose texts refer to the body. What it refuses
// encoding/json is asked again, whose word counts.
func (x *reading) unmarshal(body []byte, v any) (err error) {
	if x.plain {
		return json.Unmarshal(body, v)
	}
	defer func() {
		if recover() != nil {
			err = errDecoder
		}
	}()
	return fast.UnmarshalWithOption(body, v, fast.DecodeNoCopyString())
}

var errDecoder = errors.New("go-json failed")

// misfit says which field of a row has another type than the shape says.
func (x *reading) misfit(err error) error {
	var t *json.UnmarshalTypeError
	if !errors.As(err, &t) {
		return &fault{x.list.at, "", "cannot be decoded"}
	}
	if t.Field == "" {
		return &fault{x.list.at, "", "is no object"}
	}
	at := x.list.at
	top, _, _ := strings.Cut(t.Field, ".")
	for _, f := range x.list.fields {
		if f.column == top {
			at = f.place
		}
	}
	return &fault{at, t.Field, "has another type than the shape says"}
}

// salvage decodes what can be of a row that cannot: field by field.
func (x *reading) salvage(raw []byte, row reflect.Value) {
	row.SetZero()
	var top map[string]json.RawMessage
	if json.Unmarshal(raw, &top) != nil {
		return
	}
	for i, f := range x.list.fields {
		if v, ok := top[f.column]; ok && json.Unmarshal(v, row.Field(i+1).Addr().Interface()) != nil {
			row.Field(i + 1).SetZero()
		}
	}
}

// syntax tells an operator what is wrong with a body that is not JSON, without
// showing any of it.
func syntax(body []byte, err error) error {
	if t := bytes.TrimLeft(body, blank); len(t) > 0 && t[0] == '<' {
		return errors.New("not JSON but HTML or XML; is this the address of the interface?")
	}
	var s *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return errors.New("an empty answer where JSON is expected")
	case errors.As(err, &s) && s.Error() == "unexpected end of JSON input":
		return fmt.Errorf("JSON that breaks off after %d bytes", len(body))
	case errors.As(err, &s):
		return fmt.Errorf("not JSON from byte %d on", s.Offset)
	}
	return errors.New("not JSON")
}
