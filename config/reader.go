package config

import (
	"fmt"
	"strings"

	"brygga/care"
)

// reader fills a Config from the nodes of a file, guided by the table of keys.
type reader struct {
	file     string
	env      func(string) (string, bool)
	problems Problems
	// Where keys and their values stand, by path, for checks that look at several keys.
	keys      map[string]place
	values    map[string]place
	elsewhere Problems // of other files that this one names, in their order
	// dropped: some system could not be read, in whole or in part.
	dropped bool
}

func (r *reader) fail(at place, key, what, do string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: at.line, Column: at.column, Key: key, What: what, Do: do})
}

func (r *reader) warn(at place, key, what, do string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: at.line, Column: at.column, Key: key, What: what, Do: do, Severity: Warning})
}

func join(path, key string) string {
	if path == "" {
		return shown(key)
	}
	return path + "." + shown(key)
}

// section reads the keys of one section into target. n is nil where the section
// is not written: then defaults are set and required keys missed, at the place
// of what is around it.
func (r *reader) section(s *spec, n *node, at place, path string, target any) {
	if n != nil && n.shape == nothing {
		n = nil // a section whose keys are all commented out
	}
	if n != nil && n.shape == refused {
		return
	}
	if n != nil && n.shape != section {
		r.fail(n.place, path, "is "+n.shape.String()+" where "+s.wants()+" is expected", "write key: value below it, indented")
		return
	}
	for _, k := range s.kids {
		here := join(path, k.name)
		e := n.get(k.name)
		switch {
		case e != nil:
			r.keys[here], r.values[here] = e.place, e.value.place
			r.key(k, e.value, e.place, here, target)
		case k.form == sectionForm && !k.need:
			r.section(k, nil, at, here, target)
		default:
			r.absent(k, at, here, target)
		}
	}
	if n == nil {
		return
	}
	for i := range n.entries {
		e := &n.entries[i]
		switch k := s.kid(e.key); {
		case k != nil:
		case s.any != nil:
			r.named(s.any, e, path, target)
		default:
			r.unknown(s, e, path)
		}
	}
}

// named reads one of the sections whose names the municipality chooses.
func (r *reader) named(s *spec, e *entry, path string, target any) {
	here := join(path, e.key)
	name := e.key
	if s.check != nil {
		if what, do := s.check(r, name); what != "" {
			r.fail(e.place, here, what, do)
			r.dropped = true
			return
		}
	}
	if s.tidy != nil {
		name = s.tidy(name)
	}
	here = join(path, name)
	if first, twice := r.keys[here]; twice {
		r.fail(e.place, here, fmt.Sprintf("stands here for the second time; first in line %d", first.line), "remove one of the two")
		return
	}
	r.keys[here], r.values[here] = e.place, e.value.place
	inner, done := s.open(target, name)
	r.section(s, e.value, e.place, here, inner)
	done()
}

func (r *reader) absent(s *spec, at place, path string, target any) {
	switch {
	case s.need && s.form == sectionForm:
		r.fail(at, path, "is missing", "write "+s.name+": with what is in it; `brygga init` shows how")
	case s.need:
		r.fail(at, path, "is missing", "write "+s.name+": "+s.example)
	case s.def != "":
		setText(s.into(target), s, s.def)
	}
}

func (r *reader) unknown(s *spec, e *entry, path string) {
	do := "remove it"
	if near := nearest(e.key, s.keys()); near != "" {
		do = "did you mean " + join(path, near) + "?"
	} else if elsewhere := whereIs(e.key); elsewhere != "" {
		do = "did you mean " + elsewhere + "?"
	} else if keys := s.keys(); len(keys) > 0 {
		do = "known here: " + strings.Join(keys, ", ")
	}
	r.fail(e.place, join(path, e.key), "unknown key", do)
	r.dropped = r.dropped || strings.HasPrefix(path, "systems")
}

// whereIs finds a key that has this very name in another section, if there is just one.
func whereIs(name string) string {
	var found []string
	root.walk(func(s *spec) {
		if s.name == name {
			found = append(found, s.row.key)
		}
	})
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// key reads the value of one key.
func (r *reader) key(s *spec, n *node, at place, path string, target any) {
	if s.form == sectionForm {
		r.section(s, n, at, path, target)
		return
	}
	if n.shape == refused {
		return
	}
	if n.shape == nothing {
		r.fail(n.placeOr(at), path, "has no value", "write "+s.wants()+", or remove the key")
		return
	}
	switch into := s.into(target).(type) {
	case *[]string:
		*into = r.texts(s, n, path)
	case *care.SectionSet:
		for _, name := range r.texts(s, n, path) {
			section, _ := care.SectionByName(name) // its choices are the names
			*into |= care.SetOfSections(section)
		}
	case *map[string]string:
		*into = r.pairs(s, n, path)
	case *map[string][]string:
		*into = r.lists(s, n, path)
	case *Secret:
		if r.scalar(s, n, path) {
			*into = r.secret(n, path)
		}
	default:
		if text, ok := r.text(s, n, path); ok {
			if what, do := setText(into, s, text); what != "" {
				r.fail(n.place, path, what, do)
			}
		}
	}
}

func (n *node) placeOr(at place) place {
	if n.line == 0 {
		return at
	}
	return n.place
}
