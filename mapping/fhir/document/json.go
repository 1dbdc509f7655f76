package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object as it was read: numbers keep how they were written.
type object = map[string]any

var errJSON = errors.New("not one JSON object, or nested too deeply")

// decode reads one JSON object and nothing behind it.
func decode(raw []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil || o == nil {
		return nil, errJSON // never the decoder's own words: they quote what it read
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	if depth(o) > mostDepth {
		return nil, errJSON
	}
	return o, nil
}

func depth(v any) (deepest int) {
	switch v := v.(type) {
	case object:
		for _, e := range v {
			deepest = max(deepest, depth(e)+1)
		}
	case []any:
		for _, e := range v {
			deepest = max(deepest, depth(e)+1)
		}
	}
	return deepest
}

// encode writes a value the same way whenever it is the same: names in order, but
// resourceType and id first, as readers of streams like it.
func encode(v any) []byte { return appendJSON(nil, v) }

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		b = append(b, '{')
		for i, k := range keys(v) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, k), ':')
			b = appendJSON(b, v[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case json.Number:
		return append(b, v...)
	case string:
		return appendText(b, v)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	}
	return append(b, "null"...)
}

func appendText(b []byte, s string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// keys gives the names in the order in which they are written.
func keys(o object) []string {
	return slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		if x, y := rank(a), rank(b); x != y {
			return x - y
		}
		return strings.Compare(a, b)
	})
}

func rank(key string) int {
	switch key {
	case "resourceType":
		return 0
	case "id":
		return 1
	}
	return 2
}

// text, one, many and objects read an element; what has another form is as if it were not there.
func text(o object, key string) string   { s, _ := o[key].(string); return s }
func one(o object, key string) object    { v, _ := o[key].(object); return v }
func many(o object, key string) []any    { v, _ := o[key].([]any); return v }
func textOf(v any) string                { s, _ := v.(string); return s }
func with(key string, v any) object      { return object{key: v} }
func list(items ...any) []any            { return items }
func coded(system, c, d string) object   { return with("coding", list(coding(system, c, d))) }
func pointer(urn string) object          { return with("reference", urn) }
func identifier(system, v string) object { return object{"system": system, "value": v} }

func coding(system, c, display string) object {
	o := object{"system": system, "code": c}
	if display != "" {
		o["display"] = display
	}
	return o
}

// objects gives the objects of a list; a single object is a list of one, as some servers write it.
func objects(o object, key string) (out []object) {
	switch v := o[key].(type) {
	case object:
		return []object{v}
	case []any:
		for _, e := range v {
			if e, ok := e.(object); ok {
				out = append(out, e)
			}
		}
	}
	return out
}

// codesOf gives the codes of a CodeableConcept, or of a list of them.
func codesOf(o object, key string) (out []code) {
	for _, concept := range objects(o, key) {
		for _, c := range objects(concept, "coding") {
			out = append(out, code{text(c, "system"), text(c, "code")})
		}
	}
	return out
}
