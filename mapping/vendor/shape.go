package vendor

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Types of a shape's fields. A field's value in a row is a Go value of goTypes.
const (
	typeText     = "string"
	typeInt      = "int"
	typeFloat    = "float"
	typeBool     = "bool"
	typeDate     = "date"
	typeDatetime = "datetime"
	typePerson   = "person"
	typeName     = "name" // of a person: decoded only when names are asked for
	typeObject   = "object"
)

var fieldTypes = []string{typeText, typeInt, typeFloat, typeBool, typeDate, typeDatetime, typePerson, typeName, typeObject}

// stamp is a date or a date-time as it was written; number is a person number.
// Neither is a text to an expression: only functions of ours take them.
type (
	stamp  string
	number string
)

var goTypes = map[string]reflect.Type{
	typeText: reflect.TypeFor[string](), typeInt: reflect.TypeFor[int](), typeFloat: reflect.TypeFor[float64](),
	typeBool: reflect.TypeFor[bool](), typeDate: reflect.TypeFor[stamp](), typeDatetime: reflect.TypeFor[stamp](),
	typePerson: reflect.TypeFor[number](), typeName: reflect.TypeFor[string](),
}

// field is one field of a shape.
type field struct {
	place
	name   string // in expressions
	column string // the source's own name
	typ    string
	many   bool
	fields []*field // of an object
}

// shape loads the fields that are read of a list.
func (l *loader) shape(n *node) []*field {
	if n == nil || n.form != section {
		l.failAt(n, "shape is a section of fields with their types, as in `Id: int`")
		return nil
	}
	var out []*field
	for _, e := range n.entries {
		f := l.field(e)
		if f == nil {
			continue
		}
		if i := slices.IndexFunc(out, func(o *field) bool { return o.column == f.column }); i >= 0 {
			l.fail(e.value.place, "%s: %s is already read, by the field %s", f.name, f.column, out[i].name)
			continue
		}
		out = append(out, f)
	}
	return out
}

func (l *loader) field(e *entry) *field {
	f := &field{place: e.place, name: e.key, column: e.key}
	if !identifier(e.key) {
		l.fail(e.place, "%q is no name that an expression can use: give the field a plain name, and the source's own name as {type: ..., column: %q}", e.key, e.key)
		return nil
	}
	v := e.value
	if v.form == sequence {
		if len(v.items) != 1 {
			l.fail(e.place, "%s: a list is written with one type in brackets, as in [string] or [{Id: int}]", e.key)
			return nil
		}
		f.many, v = true, v.items[0]
	}
	switch {
	case v.form == scalar:
		f.typ = v.text
	case v.form == section && long(v):
		l.known(v, "type", "column", "doc", "fields", "many")
		f.typ = l.text(v, "type")
		if c := l.text(v, "column"); c != "" {
			f.column = c
		}
		f.many = f.many || l.flag(v, "many", false)
		if f.typ == typeObject {
			f.fields = l.shape(v.get("fields"))
		}
	case v.form == section:
		f.typ, f.fields = typeObject, l.shape(v)
	default:
		l.fail(e.place, "%s: a type is missing: %s, {..} for an object, [..] for a list", e.key, strings.Join(fieldTypes, ", "))
		return nil
	}
	if !slices.Contains(fieldTypes, f.typ) || v.form == scalar && f.typ == typeObject {
		l.fail(v.place, "%s: %q is no type%s", e.key, f.typ, meant(f.typ, fieldTypes))
		return nil
	}
	if strings.ContainsAny(f.column, "\"'\\`,\x00\n") {
		l.fail(v.place, "%s: the source's name of a field may hold no quotes, commas or backslashes", e.key)
		return nil
	}
	return f
}

// long says whether a section is the long form of a type rather than an object
// whose fields are called so.
func long(n *node) bool {
	t := n.get("type")
	if t == nil || t.form != scalar || !slices.Contains(fieldTypes, t.text) {
		return false
	}
	for _, e := range n.entries {
		if !slices.Contains([]string{"type", "column", "doc", "fields", "many"}, e.key) {
			return false
		}
	}
	return true
}

func identifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && s != hidden && s != "settings" && !slices.Contains(reserved, s)
}

// reserved are the words of the expression language.
var reserved = []string{"true", "false", "nil", "in", "not", "and", "or", "let", "if", "else", "matches", "contains", "startsWith", "endsWith"}

// rowType makes the struct that a row is decoded into. With texts, every value is
// a text as CSV and XML give it.
func rowType(fields []*field, top, texts bool) reflect.Type {
	var out []reflect.StructField
	if top {
		out = append(out, reflect.StructField{
			Name: "Reading", Type: reflect.TypeFor[*reading](),
			Tag: reflect.StructTag(`json:"-" expr:"` + hidden + `"`),
		})
	}
	for i, f := range fields {
		t := goTypes[f.typ]
		switch {
		case f.typ == typeObject:
			t = rowType(f.fields, false, texts)
		case texts:
			t = goTypes[typeText]
		}
		if f.many {
			t = reflect.SliceOf(t)
			if texts {
				t = reflect.TypeFor[several]()
			}
		}
		out = append(out, reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: t,
			Tag: reflect.StructTag(fmt.Sprintf("json:%q expr:%q", f.column, f.name)),
		})
	}
	return reflect.StructOf(out)
}

// several are the values of one field of a file of texts: XML gives an element that
// is repeated as one text of several lines, an example may give a list.
type several []string

// UnmarshalJSON implements json.Unmarshaler.
func (s *several) UnmarshalJSON(b []byte) error {
	var list []string
	if len(b) > 0 && b[0] != '"' {
		err := json.Unmarshal(b, &list)
		*s = list
		return err
	}
	var text string
	err := json.Unmarshal(b, &text)
	*s = nil
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			*s = append(*s, line)
		}
	}
	return err
}

// hidden is the name by which functions are handed what they need of the page.
const hidden = "_reading"

// find gives the field of a dotted path, and its index in the row.
func find(fields []*field, path string) (*field, []int) {
	var f *field
	var index []int
	for i, name := range strings.Split(path, ".") {
		j := slices.IndexFunc(fields, func(f *field) bool { return f.name == name })
		if j < 0 || f != nil && f.many {
			return nil, nil
		}
		f = fields[j]
		if i == 0 {
			j++ // after Reading
		}
		index, fields = append(index, j), f.fields
	}
	return f, index
}

// nameless gives a shape without persons' names: what is read every night.
func nameless(fields []*field) []*field {
	var out []*field
	for _, f := range fields {
		switch {
		case f.typ == typeName:
			continue
		case holdsNames(f):
			inner := *f
			if inner.fields = nameless(f.fields); len(inner.fields) == 0 {
				continue
			}
			f = &inner
		}
		out = append(out, f)
	}
	return out
}

// holdsNames says whether a field is a person's name, or an object that holds one.
func holdsNames(f *field) bool {
	return f.typ == typeName || slices.ContainsFunc(f.fields, holdsNames)
}

// names lists the names of fields, for messages.
func names(fields []*field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// columns lists what is read of a list, by the source's names.
func columns(fields []*field) []Column {
	out := make([]Column, len(fields))
	for i, f := range fields {
		out[i] = Column{Name: f.column, List: f.many}
	}
	return out
}
