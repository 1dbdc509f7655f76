package vendor

import (
	"strings"

	"github.com/goccy/go-yaml"
)

// overlay puts what a mapping changes over the one that it extends: sections are
// merged key by key, null removes a key, and anything else replaces what was there.
func overlay(base, over *node) *node {
	if base == nil || over == nil || base.form != section || over.form != section {
		return over
	}
	out := &node{place: base.place, form: section}
	for _, e := range base.entries {
		o := over.get(e.key)
		switch {
		case o == nil:
			out.entries = append(out.entries, e)
		case o.form != null:
			out.entries = append(out.entries, &entry{place: o.place, key: e.key, value: overlay(e.value, o)})
		}
	}
	for _, e := range over.entries {
		if base.get(e.key) == nil && e.value.form != null {
			out.entries = append(out.entries, e)
		}
	}
	return out
}

// without gives a section without some keys.
func (n *node) without(keys ...string) *node {
	out := *n
	out.entries = nil
	for _, e := range n.entries {
		keep := true
		for _, k := range keys {
			keep = keep && e.key != k
		}
		if keep {
			out.entries = append(out.entries, e)
		}
	}
	return &out
}

// YAML prints the mapping that is in force, with all that it extends put in.
func (m *Mapping) YAML() string {
	b, err := yaml.MarshalWithOptions(m.root.plainValue(), yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return "# " + strings.ReplaceAll(err.Error(), "\n", " ") + "\n" // texts, lists and sections of them are always printable
	}
	return string(b)
}

// plainValue gives what the YAML printer prints.
func (n *node) plainValue() any {
	switch n.form {
	case scalar:
		if n.plain {
			return rawScalar(n.text)
		}
		return n.text
	case sequence:
		out := make([]any, len(n.items))
		for i, v := range n.items {
			out[i] = v.plainValue()
		}
		return out
	case section:
		out := yaml.MapSlice{}
		for _, e := range n.entries {
			out = append(out, yaml.MapItem{Key: e.key, Value: e.value.plainValue()})
		}
		return out
	}
	return nil
}

// rawScalar is printed as it was written: 12, true, 1.5.
type rawScalar string

func (r rawScalar) MarshalYAML() ([]byte, error) { return []byte(r), nil }
