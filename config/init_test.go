package config

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"brygga/care"
)

func TestInit(t *testing.T) {
	b, err := Init(KindFHIR)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("testdata", "init.fhir.yaml"), string(b))
	for line := range strings.Lines(string(b)) {
		if n := utf8.RuneCountInString(line); n > 150 {
			t.Errorf("a line of %d letters: %s", n, line)
		}
	}
}

// twoVariables is the environment that init's file asks for.
func twoVariables(name string) (string, bool) {
	switch name {
	case "BRYGGA_PSEUDONYM_KEY":
		return testKey, true
	case "BRYGGA_FHIR_TOKEN":
		return "swordfish-token", true
	}
	return "", false
}

func TestWhatInitWritesLoads(t *testing.T) {
	b, err := Init(KindFHIR)
	if err != nil {
		t.Fatal(err)
	}
	c, problems := load("brygga.yaml", string(b), twoVariables)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if c.Writes.Mode != Report {
		t.Errorf("begins in mode %s", c.Writes.Mode)
	}
	if got := c.Systems["journal"].Auth.Kind; got != AuthBearer {
		t.Errorf("signs in by %s", got)
	}
	for _, missing := range []string{"BRYGGA_PSEUDONYM_KEY", "BRYGGA_FHIR_TOKEN"} {
		_, problems := load("brygga.yaml", string(b), func(name string) (string, bool) {
			if name == missing {
				return "", false
			}
			return twoVariables(name)
		})
		if len(problems) != 1 || !strings.Contains(problems[0].What, missing+" is not set") {
			t.Errorf("without %s: %v", missing, problems)
		}
	}
}

// Of the other kinds too: as soon as the variables that the file names are set, and
// not before.
func TestWhatInitWritesForMappedSystemsLoads(t *testing.T) {
	for kind, c := range map[string]struct {
		variables []string
		systems   map[string]string // name → kind
	}{
		"lifecare": {
			[]string{"BRYGGA_PSEUDONYM_KEY", "BRYGGA_FHIR_TOKEN", "LIFECARE_DOMAIN", "LIFECARE_KEY"},
			map[string]string{"lifecare": KindREST, "hr": KindFiles, "register": KindFiles, "journal": KindFHIR},
		},
		KindFiles: {
			[]string{"BRYGGA_PSEUDONYM_KEY", "BRYGGA_FHIR_TOKEN"},
			map[string]string{"export": KindFiles, "journal": KindFHIR},
		},
	} {
		t.Run(kind, func(t *testing.T) {
			b, err := Init(kind)
			if err != nil {
				t.Fatal(err)
			}
			with := func(without string) func(string) (string, bool) {
				return func(name string) (string, bool) {
					return testKey, name != without && slices.Contains(c.variables, name)
				}
			}
			cfg, problems := load("brygga.yaml", string(b), with(""))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			kinds := map[string]string{}
			for name, s := range cfg.Systems {
				kinds[name] = s.Kind
			}
			if !maps.Equal(kinds, c.systems) || cfg.Receiver() != "journal" || cfg.Writes.Mode != Report {
				t.Errorf("systems %v, %s receives, mode %s", kinds, cfg.Receiver(), cfg.Writes.Mode)
			}
			for _, kind := range indispensable.Kinds() {
				if !cfg.Provides().Has(care.SetOf(kind)) {
					t.Errorf("no system provides %s", kind)
				}
			}
			for _, missing := range c.variables {
				_, problems := load("brygga.yaml", string(b), with(missing))
				if len(problems) != 1 || !strings.Contains(problems[0].What, missing+" is not set") {
					t.Errorf("without %s: %v", missing, problems)
				}
				if !strings.Contains(string(b), missing) {
					t.Errorf("%s is not named", missing)
				}
			}
		})
	}
}

// What a commented key shows is right: each of them can be used by removing its #.
func TestEveryCommentedKeyOfInitCanBeUsed(t *testing.T) {
	b, err := Init(KindFHIR)
	if err != nil {
		t.Fatal(err)
	}
	commented := regexp.MustCompile(`^#( *)([a-z_-]+):( .*)?$`)
	lines := strings.Split(string(b), "\n")
	used := 0
	for i, line := range lines {
		m := commented.FindStringSubmatch(line)
		if m == nil || m[3] == "" {
			continue
		}
		used++
		with := append([]string{}, lines...)
		with[i] = line[1:]
		depth := len(m[1])
		for j := i - 1; j > 0 && depth > 0; j-- { // the sections around it
			if up := commented.FindStringSubmatch(lines[j]); up != nil && up[3] == "" && len(up[1]) < depth {
				with[j], depth = lines[j][1:], len(up[1])
			}
		}
		_, problems := load("brygga.yaml", strings.Join(with, "\n"), func(name string) (string, bool) {
			if name == "BRYGGA_AUDIT_KEY" || name == "BRYGGA_FHIR_SECRET" {
				return testKey, true
			}
			return twoVariables(name)
		})
		for _, p := range problems {
			// Keys of another way to sign in, and files that are not there, cannot be right here.
			if strings.Contains(p.What, "is not used by kind bearer") || strings.Contains(p.What, "does not exist") ||
				strings.Contains(p.What, "stands without its") {
				continue
			}
			t.Errorf("%s\ngives %s", line, p)
		}
	}
	if used < 25 {
		t.Errorf("only %d commented keys were tried", used)
	}
}

func TestInitOfOtherKinds(t *testing.T) {
	for kind, want := range map[string]string{
		"": "unknown kind", "FHIR": "unknown kind", "procapita": "unknown kind", "../init/files": "unknown kind",
	} {
		if b, err := Init(kind); err == nil || b != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v", kind, err)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, row := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"en två tre", 10, "en två tre"},
		{"en två tre", 9, "en två|tre"},
		{"en två tre", 1, "en|två|tre"},
		{"åäöåäö åäö", 10, "åäöåäö åäö"},
	} {
		if got := strings.Join(wrap(row.text, row.width), "|"); got != row.want {
			t.Errorf("%q in %d letters is %q, want %q", row.text, row.width, got, row.want)
		}
	}
}
