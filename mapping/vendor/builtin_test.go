package vendor

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"brygga/mapping"
)

func TestBuiltinMappingsGiveWhatTheirExamplesSay(t *testing.T) {
	names := Builtin()
	if want := []string{"hr-list", "lifecare", "procapita-example", "register"}; !slices.Equal(names, want) {
		t.Errorf("built in are %q, want %q", names, want)
	}
	for _, name := range names {
		m, err := Load(name, "")
		if err != nil {
			t.Error(err)
			continue
		}
		examples, err := m.Test()
		if err != nil {
			t.Error(err)
		}
		tried := map[string]bool{}
		for _, e := range examples {
			tried[e.List] = true
			t.Run(name+": "+e.Says, func(t *testing.T) {
				if !e.OK() {
					t.Errorf("%s:%d: %s", e.File, e.Line, e.Problem)
					for _, d := range e.Diff {
						t.Log(d)
					}
				}
			})
		}
		for _, l := range m.lists {
			if !tried[l.Name] {
				t.Errorf("mapping %s has no example of the list %s", name, l.Name)
			}
		}
	}
}

// A page's buffer is used again for the next page, and texts are decoded without a copy:
// nothing that was read may be a part of it.
func TestNothingThatWasReadIsAPartOfThePage(t *testing.T) {
	read := 0
	for _, name := range Builtin() {
		m, err := Load(name, "")
		if err != nil {
			t.Fatal(err)
		}
		files, err := fs.Glob(m.examples, "*.yaml")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files of examples, %v", name, len(files), err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(m.examples, file)
			if err != nil {
				t.Fatal(err)
			}
			root, _ := parse(file, string(text))
			for _, n := range examplesIn(root) {
				v := mapper(t, name, exampleSettings(n))
				c := v.find(n.get("list").text)
				record, err := exampleBody(n)
				if err != nil {
					t.Fatal(err)
				}
				body, err := c.body(record)
				if err != nil {
					t.Fatal(err)
				}
				body = c.alone(body)
				k := v.Kinds()[slices.IndexFunc(v.Kinds(), func(k mapping.Kind) bool { return k.Name == c.Name })]
				g := &got{}
				p, err := v.Page(k, g, body)
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Take(); err != nil {
					t.Fatal(err)
				}
				before := fmt.Sprintf("%s %+v", g.text(t), p.Next)
				for i := range body {
					body[i] = '#'
				}
				if after := fmt.Sprintf("%s %+v", g.text(t), p.Next); after != before {
					t.Errorf("%s:%d: with the page gone this is what is left\n%s\nof\n%s", file, n.line, after, before)
				}
				read += len(g.records) + len(g.visits) + len(g.notes) + len(g.unreadable)
			}
		}
	}
	if read == 0 {
		t.Error("nothing was read")
	}
}

func (g *got) text(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal([]any{g.records, g.unreadable, g.visits, g.notes})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
