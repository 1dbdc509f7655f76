package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// docs/configuration.md is generated: after a change of the table, run
// go test ./config -run Docs -update.
func TestDocsAreFresh(t *testing.T) {
	golden(t, filepath.Join("..", "docs", "configuration.md"), string(Docs()))
}

func TestDocsNameEveryKey(t *testing.T) {
	docs := string(Docs())
	keys := 0
	root.walk(func(s *spec) {
		keys++
		if s.doc == "" {
			t.Errorf("%s has no description", s.row.key)
		}
		if s.form == sectionForm {
			return
		}
		if !strings.Contains(docs, "`"+s.row.key+"`") {
			t.Errorf("%s is not in the docs", s.row.key)
		}
	})
	if keys < 50 {
		t.Errorf("only %d keys were seen", keys)
	}
}

// What the table says holds in the table: defaults can be read, examples too.
func TestTheTableIsSound(t *testing.T) {
	root.walk(func(s *spec) {
		if s.need && s.def != "" {
			t.Errorf("%s must be written and has a default", s.row.key)
		}
		if s.form == sectionForm || s.def == "" {
			return
		}
		if what, _ := setText(s.into(targetOf(s.row.key)), s, s.def); what != "" {
			t.Errorf("%s: the default %s", s.row.key, what)
		}
		if s.check != nil {
			if what, _ := s.check(&reader{}, s.def); what != "" {
				t.Errorf("%s: the default %s", s.row.key, what)
			}
		}
	})
}
