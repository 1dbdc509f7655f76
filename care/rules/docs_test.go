package rules

import (
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"brygga/care"
)

var update = flag.Bool("update", false, "write docs/rules.md from the catalogue")

func TestTheDocumentIsThatOfTheCatalogue(t *testing.T) {
	const path = "../../docs/rules.md"
	if *update {
		if err := os.WriteFile(path, []byte(Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Document() {
		t.Error("docs/rules.md is stale: run go test ./care/rules -update")
	}
	for _, r := range Catalogue() {
		if !strings.Contains(string(got), "\n### "+r.Code+"\n") {
			t.Errorf("%s is not in docs/rules.md", r.Code)
		}
	}
}

func TestBothLanguagesHaveTheSameTexts(t *testing.T) {
	sv, en := catalogues()
	for _, key := range slices.Sorted(maps.Keys(sv)) {
		switch {
		case en[key] == "":
			t.Errorf("%s has no English twin", key)
		case sv[key] == "":
			t.Errorf("%s is empty in Swedish", key)
		case strings.Count(sv[key], "{system}") != strings.Count(en[key], "{system}"):
			t.Errorf("%s names the system in one language", key)
		}
	}
	for key := range en {
		if _, ok := sv[key]; !ok {
			t.Errorf("%s has no Swedish twin", key)
		}
	}
}

func TestEveryTextForStaffSaysWhatIsRegisteredAndAccusesNobody(t *testing.T) {
	accusing := regexp.MustCompile(`(?i)saknas|glömt|försummat|brister|borde|bryter|fel på|missing|forgot|failed|should have|neglect|violat`)
	sv, en := catalogues()
	for key := range sv {
		if !strings.Contains(key, ".text") {
			continue
		}
		for _, s := range []string{sv[key], en[key]} {
			if m := accusing.FindString(s); m != "" {
				t.Errorf("%s says %q: %s", key, m, s)
			}
			if !strings.Contains(s, "{system}") {
				t.Errorf("%s does not say where: %s", key, s)
			}
			if !strings.HasSuffix(s, ".") {
				t.Errorf("%s is no sentence: %s", key, s)
			}
		}
	}
}

func TestEveryRuleIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for i, r := range Catalogue() {
		if seen[r.Code] || r.index != i || ByCode(r.Code) != r {
			t.Errorf("%s is not one entry", r.Code)
		}
		seen[r.Code] = true
		if !strings.HasPrefix(r.Code, r.Family+".") || r.Title.SV == "" || r.Title.EN == "" || r.judge == nil ||
			r.Owner == "" || r.Writes == "" || len(r.Ground.Kinds) == 0 || r.Ground.Text.SV == "" || r.Needs == 0 {
			t.Errorf("%s is not whole: %+v", r.Code, r)
		}
		if (r.Ground.Changed != 0) != (r.Ground.Before.SV != "") {
			t.Errorf("%s: a ground that changed has two texts", r.Code)
		}
		if slices.Contains(r.Ground.Kinds, Law) != strings.Contains(r.Ground.Text.SV, "SoL (2025:400)") {
			t.Errorf("%s: what is law says so", r.Code)
		}
		if Words(r.Code+".text").SV == "" {
			t.Errorf("%s has no text", r.Code)
		}
		for _, w := range r.Without {
			if w.Text.SV == "" || w.Text.EN == "" {
				t.Errorf("%s without %s says nothing", r.Code, w.Fact)
			}
		}
		for _, s := range append(r.Params, General()...) {
			if s.Text.SV == "" || s.Text.EN == "" {
				t.Errorf("%s has no text", s.Name)
			}
			if _, err := s.parse(s.Default); err != nil {
				t.Errorf("the default of %s: %v", s.Name, err)
			}
		}
		if Words("owner."+string(r.Owner)).SV == "" || Words("write."+string(r.Writes)).SV == "" {
			t.Errorf("%s: no words for %s or %s", r.Code, r.Owner, r.Writes)
		}
	}
	for _, s := range care.ContactStates() {
		if Words("status.contact."+string(s)).SV == "" {
			t.Errorf("no words for %s", s)
		}
	}
	for _, s := range care.PlanStates() {
		if Words("status.plan."+string(s)).SV == "" {
			t.Errorf("no words for %s", s)
		}
	}
}
