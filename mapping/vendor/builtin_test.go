package vendor

import (
	"slices"
	"testing"
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
