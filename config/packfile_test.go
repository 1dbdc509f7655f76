package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnOwnPackStandsOnTopOfAllThatItExtends(t *testing.T) {
	c := loadCase(t, "a-pack-of-the-municipality-itself")
	p, err := c.Rules.Params(map[string]string{"plan.review.warn": "3"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Pack() != "exempelkommun" {
		t.Errorf("the pack is called %q", p.Pack())
	}
	for name, want := range map[string]string{
		"plan.review.months":             "4",     // mine, over grund's 5
		"plan.missing.days":              "10",    // grund's
		"contact.not-informed.media":     "both",  // botkyrka's
		"sip.review.enabled":             "true",  // off in grund, on in mine
		"visit.weekly.enabled":           "false", // on in botkyrka, off in mine
		"journal.monthly.enabled":        "false", // off in grund
		"contact.second-missing.enabled": "true",  // on in botkyrka
		"plan.review.warn":               "3",     // set on top
		"plan.missing.warn":              "7",     // nobody's
	} {
		if got := p.Value(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, s := range p.List() {
		if s.Name == "plan.missing.days" && s.From != "pack" || s.Name == "plan.review.warn" && s.From != "set" {
			t.Errorf("%s is from %q", s.Name, s.From)
		}
	}
}

// A change in a pack's file changes the hash: a preview that was saved before it
// is refused.
func TestTheHashFollowsThePackAndTheLayers(t *testing.T) {
	dir := caseFolder(t)
	hash := func() string {
		c, problems := Load(filepath.Join(dir, "conf.a-pack-of-the-municipality-itself.yaml"), testEnv)
		if c == nil {
			t.Fatal(problems)
		}
		return c.Hash()
	}
	before := hash()
	if hash() != before {
		t.Fatal("the hash is not stable")
	}
	base := filepath.Join(dir, "packs", "grund.yaml")
	b, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base, []byte(strings.Replace(string(b), "plan.missing.days: 10", "plan.missing.days: 11", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if hash() == before {
		t.Error("a pack that is extended changed, and the hash did not")
	}
	layered := loadCase(t, "parameters-of-a-provider-a-service-and-a-unit")
	with := layered.Hash()
	layered.Rules.Services = nil
	if layered.Hash() == with {
		t.Error("what a service has otherwise is not part of the hash")
	}
}

func TestAPackFileByItself(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, row := range []struct{ name, text, want string }{
		{"an empty file", "", "is empty; write pack: NAME and extends: PACK"},
		{"a pack that extends nothing", "pack: mine\n", ":1:1: extends: is missing; write extends: national"},
		{"a pack that extends what is not there", "pack: mine\nextends: hemvrd\n", `:2:10: extends: "hemvrd" is not one of national, botkyrka, hemvard; did you mean hemvard?`},
		{"a pack without a name", "extends: national\n", "pack: is missing; write pack: exempelkommun"},
		{"a name with spaces", "pack: Vår rutin\nextends: national\n", "is not a name for a pack"},
		{"a rule that is not there", "pack: mine\nextends: national\non: [sip.reviw]\n", `:3:6: on: there is no rule "sip.reviw"; did you mean sip.review?`},
		{"a rule twice", "pack: mine\nextends: national\non: [sip.review, sip.review]\n", "stands in the list twice"},
		{"a parameter out of bounds", "pack: mine\nextends: national\nset: {plan.review.months: 99}\n", `:3:27: set.plan.review.months: "99" is not possible; write a whole number from 1 to 60`},
		{"itself", "pack: mine\nextends: mine.yaml\n", "these packs extend each other in a circle"},
		{"broken syntax", "pack: [mine\n", "close the bracket"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, problems := LoadPack(write("mine.yaml", row.text))
			if p != nil || !strings.Contains(problems.Error(), row.want) {
				t.Errorf("got %v, %v, want %s", p, problems, row.want)
			}
		})
	}
	before := ""
	for i := range 12 {
		name := string(rune('a'+i)) + ".yaml"
		write(name, "pack: "+string(rune('a'+i))+"x\nextends: "+map[bool]string{true: "national", false: before}[before == ""]+"\n")
		before = name
	}
	if p, problems := LoadPack(filepath.Join(dir, before)); p != nil || !strings.Contains(problems.Error(), "more than 8 packs extend each other") {
		t.Errorf("a long chain gives %v", problems)
	}
	if p, problems := LoadPack(filepath.Join(dir, "d.yaml")); p == nil || len(problems) > 0 {
		t.Errorf("a chain of four gives %v", problems)
	}
}

// Whatever bytes a pack's file holds: no panic, a pack or a problem, each in one
// line, and never both wrong and usable.
func FuzzPack(f *testing.F) {
	files, _ := filepath.Glob("testdata/packs/*.yaml")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add("pack: [\n")
	f.Add("pack: &a x\nextends: *a\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "fuzzed.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, problems := LoadPack(path)
		if (p == nil) != (problems.Err() != nil) {
			t.Errorf("pack %v goes with %v", p, problems)
		}
		for _, q := range problems {
			if q.What == "" || strings.ContainsAny(q.String(), "\n\r\x00") {
				t.Errorf("a problem without words or in several lines: %q", q)
			}
		}
		if p == nil {
			return
		}
		if _, err := (Rules{Pack: path, Own: p}).Params(nil); err != nil {
			t.Errorf("a pack that loads cannot be used: %v", err)
		}
	})
}
