package vendor

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mapping.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mapping.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func asJSON(t *testing.T, text string) any {
	t.Helper()
	b, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheSchemaHoldsForEveryMappingThatLoads(t *testing.T) {
	s := compiled(t)
	all := map[string]string{"small": small, "paged": paged, "every fact": everyFact, "fuzz": fuzzMapping}
	for _, name := range Builtin() {
		b, err := fs.ReadFile(builtinFiles, "builtin/"+name+"/mapping.yaml")
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(b)
		m, err := Load(name, "")
		if err != nil {
			t.Fatal(err)
		}
		all[name+", printed"] = m.YAML()
	}
	all["extending"] = "mapping: a\nextends: lifecare\nfacts: {note: null, visit: {start: StartTime}}\nrecords: {note: null, visit: {paging: {size: 7}}}\ncodes: {service: {städ: null}}\n"
	for name, text := range all {
		if err := s.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSchemaRefusesWhatLoadingRefuses(t *testing.T) {
	s := compiled(t)
	for _, c := range []struct{ name, old, now string }{
		{"a key that is not known", "path: /units", "pth: /units"},
		{"a field that the fact does not have", "name: Name", "nam: Name"},
		{"a fact that does not exist", "\n  unit:\n    from", "\n  units:\n    from"},
		{"a type that does not exist", "Status: string", "Status: text"},
		{"a path without a slash", "path: /units", "path: units"},
		{"no name", "mapping: small\n", "doc: small\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := with(t, c.old, c.now)
			if _, err := Parse("m.yaml", text); err == nil {
				t.Error("it loads")
			}
			if s.Validate(asJSON(t, text)) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

var write = flag.Bool("update", false, "write REFERENCE.md anew, and the facts of examples that state none")

func TestTheReferenceIsThatOfTheTables(t *testing.T) {
	if *write {
		if err := os.WriteFile("REFERENCE.md", []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile("REFERENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != Reference() {
		t.Error("REFERENCE.md is not that of the tables: go test ./mapping/vendor -update")
	}
	for _, s := range factTable {
		if !strings.Contains(Reference(), "### "+s.kind.String()+"\n") {
			t.Errorf("%s is not in it", s.kind)
		}
	}
	if !json.Valid(Schema()) {
		t.Error("the schema is no JSON")
	}
}
