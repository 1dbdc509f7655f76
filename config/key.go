package config

import (
	"strings"
	"time"

	"brygga/care"
)

// row describes one key. A key is dotted; its NAME parts are names that the
// municipality chooses.
type row struct {
	key string
	doc string // one to three sentences, for docs, schema and the comments of init
	// into gives a pointer to where the value goes, inside of what the nearest
	// NAME (or the whole Config) opened. Its type decides what may be written:
	// see form. A section has none.
	into func(target any) any
	// open makes what a NAME stands for, and puts it in place when it has been filled.
	open    func(target any, name string) (inner any, done func())
	def     string   // what holds where nothing is written, as text; "" is nothing
	need    bool     // must be written
	choices []string // the only values
	names   func() []string
	least   float64                                         // of a number
	most    float64                                         // of a number
	check   func(r *reader, value string) (what, do string) // of a text, and of each in a list
	tidy    func(string) string                             // the one way in which a checked text is kept
	shape   string                                          // pattern of a text, for the schema
	example string                                          // for docs and init
	written bool                                            // init writes the example as it stands, not as a comment
	off     bool                                            // "off" may be written, and is no value
	kinds   []string                                        // of a system or care home: the kinds that it means something to; nil: all
}

// in and of turn typed accessors into those of a row.
func in[T any](f func(*T) any) func(any) any {
	return func(target any) any { return f(target.(*T)) }
}

// form is what may be written for a key.
type form uint8

const (
	sectionForm form = iota
	textForm
	wholeForm
	shareForm
	boolForm
	durationForm
	dateForm
	secretForm
	textsForm
	pairsForm // names with a value each
	listsForm // names with a text or a list of texts each
)

// spec is a row in its place in the tree of keys.
type spec struct {
	row
	name string // last part of the key
	form form
	kids []*spec // in the order of the table
	any  *spec   // what any NAME opens
}

const (
	anyName = "NAME"
	offWord = "off"
)

// grow makes the tree of keys from the table. Sections stand before what is in them.
func grow(table []row) *spec {
	root := &spec{}
	for _, r := range table {
		at := root
		parts := strings.Split(r.key, ".")
		for _, part := range parts[:len(parts)-1] {
			if at = at.kid(part); at == nil {
				panic("config: " + r.key + " stands before its section") // found by any test: the table is fixed
			}
		}
		s := &spec{row: r, name: parts[len(parts)-1], form: formOf(r)}
		if s.name == anyName {
			at.any = s
		} else {
			at.kids = append(at.kids, s)
		}
	}
	return root
}

func (s *spec) kid(name string) *spec {
	if name == anyName {
		return s.any
	}
	for _, k := range s.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// keys lists what may stand in the section.
func (s *spec) keys() []string {
	out := make([]string, len(s.kids))
	for i, k := range s.kids {
		out[i] = k.name
	}
	return out
}

// walk visits every spec below s, in the order of the table.
func (s *spec) walk(visit func(*spec)) {
	for _, k := range s.kids {
		visit(k)
		k.walk(visit)
	}
	if s.any != nil {
		visit(s.any)
		s.any.walk(visit)
	}
}

// formOf tells the form by the type of the place that the value goes to.
func formOf(r row) form {
	if r.into == nil {
		return sectionForm
	}
	switch r.into(targetOf(r.key)).(type) {
	case *string, *Mode:
		return textForm
	case *int:
		return wholeForm
	case *float64:
		return shareForm
	case *bool:
		return boolForm
	case *time.Duration:
		return durationForm
	case *care.Date:
		return dateForm
	case *Secret:
		return secretForm
	case *[]string, *care.SectionSet:
		return textsForm
	case *map[string]string:
		return pairsForm
	case *map[string][]string:
		return listsForm
	}
	panic("config: no form for " + r.key) // found by any test: the table is fixed
}

// targetOf makes what the value of a key goes into.
func targetOf(key string) any {
	switch {
	case strings.HasPrefix(key, "systems."+anyName+"."):
		return &System{}
	case strings.HasPrefix(key, "carehomes."+anyName+"."):
		return &CareHome{}
	case strings.HasPrefix(key, "rules.") && strings.Contains(key, "."+anyName+"."):
		return &UnitRules{}
	}
	return &Config{}
}

// wants says in words what is expected, for messages and docs.
func (s *spec) wants() string {
	if s.off {
		return s.wantsOn() + ", or " + offWord
	}
	return s.wantsOn()
}

func (s *spec) wantsOn() string {
	if len(s.choices) > 0 && s.form == textForm {
		return "one of " + strings.Join(s.choices, ", ")
	}
	switch s.form {
	case sectionForm:
		return "a section of keys"
	case wholeForm:
		return "a whole number from " + number(s.least) + " to " + number(s.most)
	case shareForm:
		return "a number from " + number(s.least) + " to " + number(s.most)
	case boolForm:
		return "true or false"
	case durationForm:
		return "a duration such as 7d, 20h, 90m or 60s"
	case dateForm:
		return "a date such as 2027-01-11"
	case secretForm:
		return "env:NAME or file:PATH"
	case textsForm:
		if len(s.choices) > 0 {
			return "a list of " + strings.Join(s.choices, ", ")
		}
		return "a list of texts"
	case pairsForm:
		return "keys with a value each"
	case listsForm:
		return "keys with the name of a system each"
	}
	return "a text"
}
