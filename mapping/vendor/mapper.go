package vendor

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"brygga/care"
	"brygga/mapping"
	"brygga/mapping/person"
)

// Options say how a mapping is used.
type Options struct {
	System   string            // the system's name in the configuration: keeps its local names of people apart from others'
	Hasher   *person.Hasher    // for persons' identifiers
	Names    *care.Names       // the numbers of staff and services in packed visits and notes
	Settings map[string]string // values of Mapping.Settings; what is not given has its default
	// Plain decodes with encoding/json and runs every expression on the machine of
	// the expression language: slower, for tests and for the day when go-json or a
	// short cut is found to be wrong.
	Plain bool
}

// Mapper reads the records of one system into facts. It keeps nothing of what it
// read but the counts of Codes, and is safe for use by several goroutines.
type Mapper struct {
	mapping *Mapping
	system  string
	hasher  *person.Hasher
	names   *care.Names
	utc     bool
	plain   bool
	lists   []*list
	tables  []*table

	mu     sync.Mutex
	counts map[string][]tableCount // by list, and then by table
}

// list is one list with its expressions compiled.
type list struct {
	*listDecl
	tables                  map[string]*table
	keyIndex                [][]int
	keyFields               []*field
	deleted, where, updated *program
	facts                   []*fact
	holds                   care.FactSet
	kind                    mapping.Kind
	rowsPaths               []string // of envelopes
	through                 string
	refers                  []string
}

// fact is one fact with its expressions compiled.
type fact struct {
	*factDecl
	where    *program
	display  *program   // display_name; nil where the mapping tells no names
	programs []*program // by the fields of the spec; nil where nothing is said
}

var _ mapping.Mapper = (*Mapper)(nil)

// New makes a Mapper. An error says which setting is wrong.
func New(m *Mapping, o Options) (*Mapper, error) {
	if o.Hasher == nil || o.Names == nil {
		return nil, errors.New("a mapper needs a Hasher and Names")
	}
	if o.System == "" || strings.ContainsAny(o.System, ":/|") {
		return nil, fmt.Errorf("%q is no name of a system", o.System)
	}
	if err := m.CheckSettings(o.Settings); err != nil {
		return nil, err
	}
	l := &loader{root: m.root}
	lists := m.compile(l, m.values(o.Settings))
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	return &Mapper{
		mapping: m, system: o.System, hasher: o.Hasher, names: o.Names, plain: o.Plain,
		utc: m.values(o.Settings)["dates"] == "utc", lists: lists, tables: m.tables, counts: map[string][]tableCount{},
	}, nil
}

// check compiles everything once, so that what is wrong is told when the mapping
// is loaded. Facts that a setting turns off are compiled too.
func (m *Mapping) check(l *loader) { m.compileAll(l, m.values(nil), true) }

func (m *Mapping) compile(l *loader, settings map[string]string) []*list {
	return m.compileAll(l, settings, false)
}

func (m *Mapping) compileAll(l *loader, settings map[string]string, all bool) []*list {
	var out []*list
	var lists []string
	keys := map[string][]string{}
	tables := map[string]*table{}
	for _, t := range m.tables {
		tables[t.name] = t
	}
	for _, d := range m.lists {
		lists = append(lists, d.Name)
		keys[d.Name] = d.key
	}
	for _, d := range m.lists {
		c := &list{listDecl: d, tables: tables}
		s := &scope{fields: d.fields, unread: d.all, row: d.row, settings: settings, lists: lists, keys: keys, tables: tables, through: &c.through, refers: &c.refers}
		flag := func(name string) factField { return factField{name: name, is: isFlag} }
		c.deleted = l.compile(d.deleted, where(d.Name, "deleted"), s, flag("deleted"))
		c.where = l.compile(d.where, where(d.Name, "where"), s, flag("where"))
		c.updated = l.compile(d.updated, where(d.Name, "updated"), s, factField{name: "updated", is: isTime})
		for _, f := range d.facts {
			if !f.on(l, settings) && !all {
				continue
			}
			one := &fact{factDecl: f, programs: make([]*program, len(f.spec.fields))}
			kind := f.spec.kind.String()
			one.where = l.compile(f.where, where("facts", kind, "where"), s, flag("where"))
			for i, field := range f.spec.fields {
				one.programs[i] = l.compile(f.fields[field.name], where("facts", kind, field.name), s, field)
			}
			one.display = l.displayName(d, f, s)
			c.facts = append(c.facts, one)
			c.holds |= care.SetOf(f.spec.kind)
			if f.spec.kind == care.KindStaff {
				c.holds |= care.SetOf(care.KindQualification) & d.declares()
			}
		}
		for _, k := range d.key {
			f, index := find(d.fields, k)
			c.keyFields, c.keyIndex = append(c.keyFields, f), append(c.keyIndex, index)
		}
		if len(c.facts) == 0 && !all {
			continue
		}
		c.kind = c.kindOf()
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b *list) int { return a.rank() - b.rank() })
	return out
}

// declares are the kinds of facts that are read from the list, whatever settings say.
func (d *listDecl) declares() (s care.FactSet) {
	for _, f := range d.facts {
		s |= care.SetOf(f.spec.kind)
	}
	return s
}

// on says whether the settings let the fact be provided.
func (f *factDecl) on(l *loader, settings map[string]string) bool {
	return f.when == nil || l.decide(f.when, where("facts", f.spec.kind.String(), "when"), settings)
}

// decide evaluates an expression over settings.
func (l *loader) decide(n *node, what string, settings map[string]string) bool {
	if n.form == scalar && (n.text == "true" || n.text == "false") {
		return n.text == "true"
	}
	p := l.compile(n, what, &scope{settings: settings}, factField{name: what, is: isFlag})
	if p == nil {
		return false
	}
	x := &reading{}
	row := reflect.New(rowType(nil, true, false)).Elem()
	out, err := x.vm.Run(p.code, row.Addr().Interface())
	yes, ok := out.(bool)
	return err == nil && ok && yes
}

// rank puts staff and units first, then clients, and what is bulky last.
func (c *list) rank() int {
	switch {
	case c.kind.Bulky:
		return 3
	case c.holds&care.SetOf(care.KindUnit, care.KindStaff, care.KindEmployment) != 0:
		return 0
	case c.holds.Has(care.SetOf(care.KindClient)):
		return 1
	}
	return 2
}

func (c *list) kindOf() mapping.Kind {
	k := mapping.Kind{Name: c.Name, Type: c.Name, Facts: c.holds, Unversioned: c.updated == nil, Refers: c.refers}
	if c.REST != nil {
		k.ByChange = c.REST.Changed != nil
		c.rowsPaths = append(c.rowsPaths, c.REST.Rows)
		for _, f := range c.REST.Fallbacks {
			c.rowsPaths = append(c.rowsPaths, f.Rows)
		}
	} else if c.Files != nil {
		k.ByChange = c.Files.Delivery == "changes"
		k.Once = !k.ByChange
	}
	for _, f := range c.facts {
		if days := windows[f.spec.kind]; days > 0 {
			k.Bulky, k.WindowDays, k.ByChange = true, days, false
		}
		k.FirstSeen, k.LastSeen = k.FirstSeen || f.first, k.LastSeen || f.last
	}
	return k
}

// Kinds implements mapping.Mapper: one kind for each list that holds some fact
// under the settings given.
func (m *Mapper) Kinds() []mapping.Kind {
	out := make([]mapping.Kind, len(m.lists))
	for i, c := range m.lists {
		out[i] = c.kind
	}
	return out
}

func (m *Mapper) find(name string) *list {
	for _, c := range m.lists {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Lists gives where the lists are that hold some fact under the settings, in the
// order in which they are asked.
func (m *Mapping) Lists(settings map[string]string) []List {
	values := m.values(settings)
	var out []List
	for _, c := range m.compile(&loader{root: m.root}, values) {
		one := c.List
		one.Facts, one.Through = c.holds, c.through
		if c.REST != nil {
			r := *c.REST
			r.Params = map[string]string{}
			for k, v := range c.REST.Params {
				for name, value := range values {
					v = strings.ReplaceAll(v, "{settings."+name+"}", value)
				}
				r.Params[k] = v
			}
			one.REST = &r
		}
		out = append(out, one)
	}
	return out
}

// Groups names all that may have a key of its own, whatever the settings; sorted.
func (m *Mapping) Groups() (names []string) {
	for _, c := range m.compileAll(&loader{root: m.root}, m.values(nil), true) {
		if g := c.Group(); g != "" && !slices.Contains(names, g) {
			names = append(names, g)
		}
	}
	slices.Sort(names)
	return names
}

// Provides are the kinds of facts that the mapping gives under the settings.
func (m *Mapping) Provides(settings map[string]string) (s care.FactSet) {
	for _, c := range m.compile(&loader{root: m.root}, m.values(settings)) {
		s |= c.holds
	}
	return s
}

// UnlistedProtected: a person whom other lists name but the list of clients does
// not counts as a client with protected identity.
func (m *Mapping) UnlistedProtected(settings map[string]string) bool {
	return m.any(settings, func(_ *loader, f *factDecl, _ map[string]string) bool { return f.unlisted })
}

// QualificationsComplete: the list of qualifications is declared complete, so that
// who is not in it is not qualified.
func (m *Mapping) QualificationsComplete(settings map[string]string) bool {
	return m.any(settings, func(l *loader, f *factDecl, values map[string]string) bool {
		return f.complete != nil && l.decide(f.complete, "facts.qualification.complete", values)
	})
}

func (m *Mapping) any(settings map[string]string, is func(*loader, *factDecl, map[string]string) bool) bool {
	l, values := &loader{root: m.root}, m.values(settings)
	for _, d := range m.lists {
		for _, f := range d.facts {
			if f.on(l, values) && is(l, f, values) {
				return true
			}
		}
	}
	return false
}
