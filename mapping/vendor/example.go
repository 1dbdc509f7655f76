package vendor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Example is one record that stands beside a mapping, with the facts that it is
// to give.
type Example struct {
	File string `json:"file"`
	Line int    `json:"line"`
	List string `json:"list"`
	Says string `json:"says"`
	// Problem says why it could not be tried; Diff is what differs: "-" is expected
	// and not there, "+" is there and not expected. Neither: it is as it should be.
	Problem string   `json:"problem,omitempty"`
	Diff    []string `json:"diff,omitempty"`
}

// OK says that the example gave the facts that it is to give.
func (e *Example) OK() bool { return e.Problem == "" && len(e.Diff) == 0 }

// Test runs the examples that stand beside the mapping: YAML files, each with one
// example or a list of them. A mapping without examples has none.
//
//	list: visit                # a list of the mapping
//	says: a cancelled visit is no visit
//	settings: {...}            # where others than the defaults are needed
//	record: {Id: 1, ...}       # or csv: | with a header and one line
//	facts:                     # [] is none; unreadable: WORDS says that it cannot be read
//	  - visit: {client: person(ClientPersonId), ...}
func (m *Mapping) Test() ([]Example, error) {
	if m.examples == nil {
		return nil, nil
	}
	var files []string
	err := fs.WalkDir(m.examples, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(p)) {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the examples of mapping %s cannot be read", m.name)
	}
	var out []Example
	for _, f := range files {
		b, err := fs.ReadFile(m.examples, f)
		if err != nil {
			return nil, fmt.Errorf("the example %s of mapping %s cannot be read", f, m.name)
		}
		root, problems := parse(f, string(b))
		if len(problems) > 0 {
			out = append(out, Example{File: f, Problem: problems.Error()})
			continue
		}
		for _, n := range examplesIn(root) {
			out = append(out, m.try(f, n))
		}
	}
	return out, nil
}

// examplesIn gives the examples of a file: one, or a list of them.
func examplesIn(root *node) []*node {
	if root.form == sequence {
		return root.items
	}
	return []*node{root}
}

// try runs one example.
func (m *Mapping) try(file string, n *node) Example {
	l := &loader{root: n}
	l.known(n, "list", "says", "settings", "record", "csv", "facts", "unreadable")
	e := Example{File: file, Line: n.line, List: l.text(n, "list"), Says: l.text(n, "says")}
	settings := exampleSettings(n)
	body, err := exampleBody(n)
	if err == nil {
		err = l.problems.err()
	}
	if err != nil {
		e.Problem = err.Error()
		return e
	}
	got, err := Explain(m, settings, e.List, body)
	if err == nil && len(got) != 1 {
		err = fmt.Errorf("an example is one record; these are %d", len(got))
	}
	if err != nil {
		e.Problem = err.Error()
		return e
	}
	e.Diff = differences(expected(n), outcome(&got[0], l.text(n, "unreadable")))
	return e
}

func exampleSettings(n *node) map[string]string {
	settings := map[string]string{}
	if s := n.get("settings"); s != nil {
		for _, one := range s.entries {
			settings[one.key] = one.value.text
		}
	}
	return settings
}

func exampleBody(n *node) ([]byte, error) {
	if c := n.get("csv"); c != nil && c.form == scalar {
		return []byte(c.text), nil
	}
	r := n.get("record")
	if r == nil || r.form != section {
		return nil, errors.New("record is missing: the fields of one record, or csv: | with a header and a line")
	}
	return json.Marshal([]any{r.jsonValue()})
}

func (n *node) jsonValue() any {
	switch n.form {
	case scalar:
		if n.plain && json.Valid([]byte(n.text)) {
			return json.RawMessage(n.text)
		}
		return n.text
	case sequence:
		out := []any{}
		for _, v := range n.items {
			out = append(out, v.jsonValue())
		}
		return out
	case section:
		out := map[string]any{}
		for _, e := range n.entries {
			out[e.key] = e.value.jsonValue()
		}
		return out
	}
	return nil
}

// expected writes what an example expects as lines: "1 visit.client: ...".
func expected(n *node) (lines []string) {
	if u := n.get("unreadable"); u != nil {
		return []string{"unreadable: " + u.text}
	}
	f := n.get("facts")
	if f == nil {
		return nil
	}
	for i, fact := range f.items {
		for _, kind := range fact.entries {
			lines = append(lines, fmt.Sprintf("%d %s", i+1, kind.key))
			for _, v := range kind.value.entries {
				text := v.value.text
				if v.value.form == sequence {
					parts := []string{}
					for _, p := range v.value.items {
						parts = append(parts, p.text)
					}
					text = Shown{Values: parts}.Text()
				}
				lines = append(lines, fmt.Sprintf("%d %s.%s: %s", i+1, kind.key, v.key, text))
			}
		}
	}
	return lines
}

// outcome writes what a record gave as the same lines. Where the example says that
// it is unreadable, words that are in the reason stand for the whole of it.
func outcome(e *Explanation, words string) (lines []string) {
	if e.Reason != "" {
		if words != "" && strings.Contains(e.Path+" "+e.Reason, words) {
			return []string{"unreadable: " + words}
		}
		return []string{"unreadable: " + e.Path + ": " + e.Reason}
	}
	for i, f := range e.Facts {
		lines = append(lines, fmt.Sprintf("%d %s", i+1, f.Kind))
		for _, s := range f.Fields {
			lines = append(lines, fmt.Sprintf("%d %s.%s: %s", i+1, f.Kind, s.Name, s.Text()))
		}
	}
	return lines
}

// differences compares two sets of lines.
func differences(want, got []string) (out []string) {
	for _, w := range want {
		if !slices.Contains(got, w) {
			out = append(out, "- "+w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			out = append(out, "+ "+g)
		}
	}
	return out
}

// YAML writes the facts of an explanation as an example writes them.
func (e *Explanation) YAML() string {
	if e.Reason != "" {
		return "unreadable: " + strconv.Quote(e.Reason) + "\n"
	}
	if len(e.Facts) == 0 {
		return "facts: []\n"
	}
	var b strings.Builder
	b.WriteString("facts:\n")
	for _, f := range e.Facts {
		fmt.Fprintf(&b, "  - %s:\n", f.Kind)
		for _, s := range f.Fields {
			if s.Values == nil {
				fmt.Fprintf(&b, "      %s: %s\n", s.Name, yamlText(s.Value))
				continue
			}
			fmt.Fprintf(&b, "      %s: [%s]\n", s.Name, strings.Join(each(s.Values, yamlText), ", "))
		}
	}
	return b.String()
}

func yamlText(s string) string {
	for _, r := range s {
		plain := r == '-' || r == '.' || r == '(' || r == ')' || r == '/' || r == '_' || r == ' ' || r >= '0' && r <= '9' ||
			r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0xbf
		if !plain {
			return strconv.Quote(s)
		}
	}
	return s
}
