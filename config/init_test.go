package config

import (
	"maps"
	"os"
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
	c, _, problems := load("brygga.yaml", string(b), twoVariables)
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
		_, _, problems := load("brygga.yaml", string(b), func(name string) (string, bool) {
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
			cfg, _, problems := load("brygga.yaml", string(b), with(""))
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
				_, _, problems := load("brygga.yaml", string(b), with(missing))
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
		_, _, problems := load("brygga.yaml", strings.Join(with, "\n"), func(name string) (string, bool) {
			if name == "BRYGGA_AUDIT_KEY" || name == "BRYGGA_FHIR_SECRET" {
				return testKey, true
			}
			if name == "BRYGGA_WEBHOOK" {
				return "https://hooks.example.se/x", true
			}
			return twoVariables(name)
		})
		for _, p := range problems {
			// Keys that need others: TestSectionsOfInitCanBeUsedWhole.
			if strings.Contains(p.What, "is missing") && !strings.HasPrefix(p.Key, "systems") || strings.HasPrefix(p.Key, "carehomes") {
				continue
			}
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

// Sections whose keys need each other can be used as they stand there: without any #,
// with the secrets that they name, and the home's own key for the one that is left out.
func TestSectionsOfInitCanBeUsedWhole(t *testing.T) {
	for _, kind := range InitKinds() {
		for _, section := range []string{"carehomes", "notify", "jobs", "serve", "guard"} {
			t.Run(section+" of "+kind, func(t *testing.T) {
				b, err := Init(kind)
				if err != nil {
					t.Fatal(err)
				}
				text := string(b)
				if section == "carehomes" {
					text = strings.Replace(text, "#  audit:", "  audit:", 1)
					if kind != KindFHIR { // as the text above the section says
						text = strings.NewReplacer(`consents: "yes"`, `consents: "no"`, "\n#facts:", "\nfacts: {consent: journal}\n#facts:").Replace(text)
					}
				}
				text, used := uncomment(text, section)
				if used < 3 {
					t.Fatalf("only %d lines of %s:\n%s", used, section, text)
				}
				dir := t.TempDir()
				if err := os.Mkdir(filepath.Join(dir, "secrets"), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "secrets", "smtp.password"), []byte("swordfish"), 0o600); err != nil {
					t.Fatal(err)
				}
				env := func(name string) (string, bool) {
					if name == "BRYGGA_WEBHOOK" {
						return "https://hooks.example.se/x", true
					}
					return testKey, true
				}
				path := filepath.Join(dir, "brygga.yaml")
				_, _, problems := load(path, text, env)
				if section == "carehomes" {
					if len(problems) != 1 || !strings.Contains(problems[0].What, "is not a public age key") {
						t.Errorf("with a key that is left out: %v", problems)
					}
					_, _, problems = load(path, strings.ReplaceAll(text, "age1...", ageKey), env)
				}
				if len(problems) > 0 {
					t.Errorf("%v\nin\n%s", problems, text)
				}
			})
		}
	}
}

// ageKey is a public key whose secret one was never kept.
const ageKey = "age183fg5st95fl3wrz3q7gpn24l22v096q336373j4dnakdgkz5wqkqv63lyw"

// uncomment removes the # of a section and of all keys in it, and counts its lines.
func uncomment(text, section string) (string, int) {
	lines := strings.Split(text, "\n")
	inside, used := false, 0
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "#"+section+":"):
			inside = true
		case !strings.HasPrefix(line, "#  "):
			inside = false
		}
		if inside {
			lines[i] = line[1:]
			used++
		}
	}
	return strings.Join(lines, "\n"), used
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
