package config

import (
	"fmt"
	"slices"
	"strings"
)

// scalar reports a value that is not a single one.
func (r *reader) scalar(s *spec, n *node, path string) bool {
	switch n.shape {
	case scalar:
		return true
	case refused:
		return false
	}
	do := ""
	if n.shape == section && len(n.entries) == 1 && n.entries[0].value.shape == nothing && s.form == secretForm {
		do = "write it without braces" // {NAME}, as templates do
	}
	r.fail(n.place, path, "is "+n.shape.String()+" where "+s.wants()+" is expected", do)
	return false
}

// text gives the checked and tidied text of a scalar.
func (r *reader) text(s *spec, n *node, path string) (string, bool) {
	if !r.scalar(s, n, path) {
		return "", false
	}
	text := n.text
	if strings.TrimSpace(text) == "" {
		r.fail(n.place, path, "is empty", "write "+s.wants()+", or remove the key")
		return "", false
	}
	if s.off && text == offWord {
		return text, true
	}
	if len(s.choices) > 0 && !slices.Contains(s.choices, text) {
		do := ""
		if near := nearest(text, s.choices); near != "" {
			do = "did you mean " + near + "?"
		}
		r.fail(n.place, path, fmt.Sprintf("%s is not one of %s", quoted(text), strings.Join(s.choices, ", ")), do)
		return "", false
	}
	if s.check != nil {
		if what, do := s.check(r, text); what != "" {
			r.fail(n.place, path, what, do)
			return "", false
		}
	}
	if s.tidy != nil {
		text = s.tidy(text)
	}
	return text, true
}

// quoted shows a value that is no secret, short and in one line.
func quoted(text string) string { return `"` + shown(text) + `"` }

// texts reads a list of texts; one text alone is a list of one.
func (r *reader) texts(s *spec, n *node, path string) []string {
	items := n.items
	if n.shape == scalar {
		items = []*node{n}
	} else if n.shape != list {
		r.fail(n.place, path, "is "+n.shape.String()+" where "+s.wants()+" is expected", "write "+s.name+": "+s.example)
		return nil
	}
	if len(items) == 0 {
		r.fail(n.place, path, "is an empty list", "remove the key, or name what is meant")
		return nil
	}
	var out []string
	for _, item := range items {
		text, ok := r.text(s, item, path)
		switch {
		case !ok:
		case slices.Contains(out, text):
			r.fail(item.place, path, quoted(text)+" stands in the list twice", "remove one of the two")
		default:
			out = append(out, text)
		}
	}
	return out
}

// pairs reads names with a value each, as text; a list becomes a text with commas.
func (r *reader) pairs(s *spec, n *node, path string) map[string]string {
	if n.shape != section {
		r.fail(n.place, path, "is "+n.shape.String()+" where "+s.wants()+" is expected", "write "+s.name+": "+s.example)
		return nil
	}
	out := make(map[string]string, len(n.entries))
	for i := range n.entries {
		e := &n.entries[i]
		here := join(path, e.key)
		r.keys[here], r.values[here] = e.place, e.value.place
		switch e.value.shape {
		case scalar:
			out[e.key] = e.value.text
		case list:
			var items []string
			for _, item := range e.value.items {
				if item.shape == refused {
					continue
				}
				if item.shape != scalar {
					r.fail(item.place, here, "is "+item.shape.String()+" where a single value is expected", "")
					continue
				}
				items = append(items, item.text)
			}
			out[e.key] = strings.Join(items, ",")
		case refused:
		case section:
			do := "write the whole parameter in one line, such as plan.review.months: 6"
			if len(e.value.entries) > 0 {
				do = "write the whole parameter in one line: " + dotted(e) + ": ..."
			}
			r.fail(e.place, here, "is a section of keys where one value is expected", do)
		default:
			r.fail(e.place, here, "has no value", "write one, or remove the parameter")
		}
	}
	return out
}

// dotted is the name that nested keys were meant to be.
func dotted(e *entry) string {
	name := shown(e.key)
	for v := e.value; v.shape == section && len(v.entries) > 0; v = v.entries[0].value {
		name += "." + shown(v.entries[0].key)
	}
	return name
}

// lists reads known names with one or several texts each.
func (r *reader) lists(s *spec, n *node, path string) map[string][]string {
	if n.shape != section {
		r.fail(n.place, path, "is "+n.shape.String()+" where "+s.wants()+" is expected", "write "+s.name+": "+s.example)
		return nil
	}
	if len(n.entries) == 0 {
		r.fail(n.place, path, "is empty", "remove the key, or write which facts there are")
		return nil
	}
	names := s.names()
	out := make(map[string][]string, len(n.entries))
	item := &spec{name: s.name, form: textsForm, row: row{example: "journal"}}
	for i := range n.entries {
		e := &n.entries[i]
		here := join(path, e.key)
		r.keys[here], r.values[here] = e.place, e.value.placeOr(e.place)
		switch {
		case !slices.Contains(names, e.key):
			do := "known: " + strings.Join(names, ", ")
			if near := nearest(e.key, names); near != "" {
				do = "did you mean " + join(path, near) + "?"
			}
			r.fail(e.place, here, "unknown kind of fact", do)
		case e.value.shape == nothing:
			r.fail(e.place, here, "has no value", "write the name of a system, or remove the key")
		default:
			out[e.key] = r.texts(item, e.value, here)
		}
	}
	return out
}

// secret reads a reference and, where the environment was handed over, sees that
// the secret is there and long enough. The value is dropped at once.
func (r *reader) secret(n *node, path string) Secret {
	s, err := NewSecret(n.text, r.file, r.env)
	if err == nil && r.env != nil {
		if strings.HasPrefix(path, "keys.") {
			_, err = s.key()
		} else {
			_, err = s.fetch()
		}
	}
	if err != nil {
		what, do := err.Error(), ""
		if e, ok := err.(*secretError); ok {
			what, do = e.what, e.do
		}
		r.fail(n.place, path, what, do)
	}
	return s
}
