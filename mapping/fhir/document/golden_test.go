package document

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"brygga/care"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestDocumentsAreAsTheyWere compares whole documents with those that were looked at.
func TestDocumentsAreAsTheyWere(t *testing.T) {
	period := options()
	period.Data = map[care.Section][]care.Interval{}
	for _, s := range care.Sections() {
		period.Data[s] = []care.Interval{{Start: care.DayMoment(care.NewDate(2026, 4, 1), care.NewDate(2026, 4, 1)), End: care.DayMoment(asOf, asOf)}}
	}
	english := options(care.SectionContact, care.SectionServices, care.SectionPlan)
	english.Language = "en"
	for _, c := range []struct {
		name string
		o    Options
	}{
		{"full", options()},
		{"partial", english},
		{"period", period},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := composed(t, record(), c.o)
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, d.Bundle(testID, at), "", "  "); err != nil {
				t.Fatal(err)
			}
			same(t, filepath.Join("testdata", c.name+".json"), pretty.Bytes())
			same(t, filepath.Join("testdata", c.name+".html"), d.Page(testID, at))
		})
	}
}

func same(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs: look at it with -update and git diff", path)
	}
}
