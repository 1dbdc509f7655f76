package vendor

import (
	"encoding/json"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"brygga/care"
	"brygga/mapping"
)

// displayName compiles display_name. It reads fields of type name, which no other
// expression sees, and which no ordinary page decodes.
func (l *loader) displayName(d *listDecl, f *factDecl, s *scope) *program {
	if f.display == nil || f.display.form == null {
		return nil
	}
	what := where("facts", f.spec.kind.String(), "display_name")
	own := *s
	own.fields, own.unread, own.row = d.all, nil, rowType(d.all, true, false)
	p := l.compile(f.display, what, &own, factField{name: "display_name", is: isText})
	if p == nil {
		return nil
	}
	some := false
	for _, r := range p.reads {
		if r.typ == typeText {
			l.fail(f.display.place, "%s: %s is of type string, and would be decoded every night: give it the type name", what, r.name)
		}
		some = some || holdsNames(r)
	}
	if !some && len(l.problems) == 0 {
		l.fail(f.display.place, "%s: it reads no field of type name: persons' names have that type in the shape, so that they are decoded only when they are asked for", what)
	}
	return p
}

// tellsNames says whether the list tells the names of clients.
func (c *list) tellsNames() *fact {
	for _, f := range c.facts {
		if f.display != nil {
			return f
		}
	}
	return nil
}

// NameLists gives where the lists are that tell the names of clients, with the
// columns that names are in besides those of every night. None: the mapping tells
// no names.
func (m *Mapping) NameLists(settings map[string]string) []List {
	telling := map[string]*list{}
	for _, c := range m.compile(&loader{root: m.root}, m.values(settings)) {
		if c.tellsNames() != nil {
			telling[c.Name] = c
		}
	}
	var out []List
	for _, l := range m.Lists(settings) {
		if c := telling[l.Name]; c != nil {
			l.Columns = columns(c.all)
			out = append(out, l)
		}
	}
	return out
}

// NameKinds are the kinds of which Names can tell the names of clients.
func (m *Mapper) NameKinds() (out []mapping.Kind) {
	for _, c := range m.lists {
		if c.tellsNames() != nil {
			out = append(out, c.kind)
		}
	}
	return out
}

// Names reads from a page the names of those clients who are wanted, and of nobody
// else: the names in other rows are not decoded. give is called by Take once for each
// wanted row, with "" for one that is deleted, that cannot be read, that says no
// name, or that by now says that the client's identity is protected; of several rows
// of one client the last counts. Nothing else is made of the page.
func (m *Mapper) Names(kind mapping.Kind, body []byte, wanted func(care.Ref) bool, give func(care.Ref, string)) (mapping.Page, error) {
	c := m.find(kind.Type)
	f := (*fact)(nil)
	if c != nil {
		f = c.tellsNames()
	}
	if f == nil {
		return mapping.Page{}, unreadable("the mapping tells no names of the list " + kind.Type)
	}
	x := m.newReading(c)
	x.splits = true
	rows, next, err := x.decode(body)
	if err != nil {
		return mapping.Page{}, err
	}
	page := mapping.Page{Total: -1, Next: next, Keys: make([]uint64, len(rows.refs))}
	for i := range rows.refs {
		page.Keys[i] = mapping.Key(rows.refs[i])
	}
	n := &naming{reading: x, fact: f, row: rowType(c.all, true, false)}
	if c.texts != nil {
		n.texts = rowType(c.all, true, true)
	}
	page.Take = func() error {
		for i, ref := range rows.refs {
			if wanted(ref) {
				give(ref, n.name(rows, i))
			}
		}
		return nil
	}
	return page, nil
}

// naming reads names on one page.
type naming struct {
	*reading
	fact       *fact
	row, texts reflect.Type
}

// name gives the name in a row, or "".
func (n *naming) name(r *rows, i int) string {
	if r.faults != nil && r.faults[i] != nil {
		return ""
	}
	plain := r.list.Index(i)
	plain.Field(0).Set(reflect.ValueOf(n.reading))
	rec := care.Record{Ref: r.refs[i]}
	if holds, err := n.admit(plain, &rec, nil); err != nil || !holds {
		return ""
	}
	if holds, err := n.evaluate(n.fact, plain); err != nil || !holds || n.values.at("protected").flag {
		return ""
	}
	row := reflect.New(n.row).Elem()
	into := row
	if n.texts != nil {
		into = reflect.New(n.texts).Elem()
	}
	if json.Unmarshal(r.raw[i], into.Addr().Interface()) != nil {
		return ""
	}
	if n.texts != nil && typedFields(n.list.all, into, row, 1, n.list.Files.Decimal == ",") != nil {
		return ""
	}
	row.Field(0).Set(reflect.ValueOf(n.reading))
	var v value
	if n.run(n.fact.display, row, &v) != nil {
		return ""
	}
	return tidyName(v.text)
}

// longestName is how many letters of a name are told.
const longestName = 120

// tidyName makes one line of a name. A person number that somebody wrote into it is
// left out.
func tidyName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		return ' '
	}, s)
	s = oneLine(numberForm.ReplaceAllString(s, " "))
	if r := []rune(s); len(r) > longestName {
		s = string(r[:longestName])
	}
	return strings.Clone(s)
}
