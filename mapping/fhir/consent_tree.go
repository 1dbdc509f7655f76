package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth is how deep the JSON of a Consent may be nested: some 500 provisions.
const maxDepth = 1000

// strictTree decodes JSON of which every part counts: a key that is written twice
// is a fault, since two readers would take it for two things.
func strictTree(raw []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := strictValue(d, 0)
	if err != nil {
		var f *fault
		if errors.As(err, &f) {
			return nil, f
		}
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, &fault{"", "another JSON type than an object"}
	}
	return tree, nil
}

func strictValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, &fault{"", "nested too deeply"}
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			if _, twice := object[name]; twice {
				return nil, &fault{"", "a key is written twice"}
			}
			if object[name], err = strictValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := strictValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// node is an object of a Consent, where it stands. Its methods note the first
// thing in it that cannot be read; null is another JSON type than any.
type node struct {
	in   map[string]any
	path string
	read *consentReading
}

func (n node) has(name string) bool {
	_, ok := n.in[name]
	return ok
}

func (n node) at(name string) string { return n.path + "." + name }

func (n node) wrong(name string, t jsonType) {
	n.read.fail(n.at(name), "another JSON type than "+jsonTypes[t])
}

// text gives a string; empty where there is none. An empty string is no value in FHIR.
func (n node) text(name string) string {
	v, there := n.in[name]
	s, ok := v.(string)
	if there && !ok {
		n.wrong(name, isText)
	}
	return s
}

func (n node) object(name string) (node, bool) {
	v, there := n.in[name]
	m, ok := v.(map[string]any)
	if there && !ok {
		n.wrong(name, isObject)
	}
	return node{m, n.at(name), n.read}, ok
}

func (n node) list(name string) (out []node) {
	v, there := n.in[name]
	items, ok := v.([]any)
	if there && !ok {
		n.wrong(name, isList)
	}
	for i, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			n.wrong(name+"["+strconv.Itoa(i)+"]", isObject)
		}
		out = append(out, node{m, n.at(name) + "[" + strconv.Itoa(i) + "]", n.read})
	}
	return out
}

// none says whether an element is a list of nothing, which FHIR does not have:
// nobody can tell what was meant to stand in it.
func (n node) none(name string) bool {
	list, ok := n.in[name].([]any)
	return ok && len(list) == 0
}

// odd says whether there is anything in the object that FHIR R4 does not have, or
// an element of which only the extension is given.
func (n node) odd(known map[string]bool) bool {
	for name := range n.in {
		if known[name] {
			continue
		}
		of, primitive := strings.CutPrefix(name, "_")
		if !primitive || !known[of] || !n.has(of) {
			return true
		}
	}
	return false
}

// modified says whether there is a modifierExtension anywhere below, leaving out
// some elements of the object itself.
func (n node) modified(but ...string) bool {
	for name, v := range n.in {
		left := name == "modifierExtension"
		for _, b := range but {
			if name == b {
				v, left = nil, false
			}
		}
		if left || modified(v) {
			return true
		}
	}
	return false
}

func modified(v any) bool {
	switch x := v.(type) {
	case map[string]any:
		return node{in: x}.modified()
	case []any:
		for _, c := range x {
			if modified(c) {
				return true
			}
		}
	}
	return false
}
