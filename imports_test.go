package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "brygga"

// allowed is the import rule of the architecture: what each part may import of
// ours besides itself. "x/..." is x and all below it. The longest prefix that
// fits a package decides; a part that is not here may import nothing of ours.
var allowed = map[string][]string{
	".":           {"cli"},
	"cli":         {"care/...", "mapping/...", "adapters/...", "store", "config", "jobs", "jobs/engine", "web", "sandbox/..."},
	"jobs":        {"care/...", "mapping/...", "adapters/...", "store", "config", "jobs/notify"},
	"jobs/notify": {},
	// What a job does is handed to the engine as a function.
	"jobs/engine":  {"care", "store", "config"},
	"web":          {"jobs", "config", "care/...", "adapters/..."},
	"config":       {"care", "care/rules", "mapping/vendor", "adapters/..."},
	"store":        {"care"},
	"mapping/...":  {"care"},
	"adapters/...": {},
	"sandbox/...":  {},
	"care/rules":   {"care"},
	"care":         {},
	"interop":      {},
	"deploy":       {},
	// A program of its own, for measuring; nothing imports it.
	"bench/...": {"care/...", "mapping/...", "adapters/...", "store", "config", "jobs", "sandbox/..."},
}

// allowedInTests is what only tests may import besides.
var allowedInTests = map[string][]string{
	"jobs":    {"sandbox/..."},
	"interop": {"sandbox/..."},
	"web":     {"sandbox/...", "store"},
}

// impure must not be imported by what judges: it has no I/O.
var impure = []string{"os", "os/exec", "net", "net/http", "io/ioutil", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2"}

// source is one Go file of ours.
type source struct {
	path    string // slashes, from the root
	part    string // its folder
	test    bool
	lines   int
	file    *ast.File
	fileSet *token.FileSet
}

// sources parses every Go file of the module. They are read, and not asked for
// with go list, so that go test sees on what the result depends.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(p) != ".go":
			return nil
		}
		content, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, p, content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		all = append(all, source{
			path: p, part: path.Dir(p), test: strings.HasSuffix(p, "_test.go"),
			lines: strings.Count(string(content), "\n"), file: f, fileSet: set,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d files were found", len(all))
	}
	return all
}

// imports lists what a file imports: of ours from the root ("care/rules"), and
// the rest as it is.
func (s source) imports() (of, foreign []string) {
	for _, i := range s.file.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue // the compiler says so
		}
		switch rest, inside := strings.CutPrefix(p, module+"/"); {
		case inside:
			of = append(of, rest)
		case p == module:
			of = append(of, ".")
		default:
			foreign = append(foreign, p)
		}
	}
	return of, foreign
}

// covers says whether a pattern of the table means a part.
func covers(pattern, part string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return part == base || below && strings.HasPrefix(part, base+"/")
}

// ruleFor gives the most exact line of the table for a part.
func ruleFor(part string) (pattern string, may []string) {
	for p, m := range allowed {
		if covers(p, part) && len(p) > len(pattern) {
			pattern, may = p, m
		}
	}
	return pattern, may
}

func mayImport(part, other string, test bool) bool {
	pattern, may := ruleFor(part)
	if strings.HasSuffix(pattern, "/...") || test { // its own family; a test its own package
		if covers(pattern, other) {
			return true
		}
	}
	if test {
		may = slices.Concat(may, allowedInTests[pattern])
	}
	return slices.ContainsFunc(may, func(m string) bool { return covers(m, other) })
}

func TestPartsImportOnlyWhatTheArchitectureAllows(t *testing.T) {
	for _, s := range sources(t) {
		if pattern, _ := ruleFor(s.part); pattern == "" {
			t.Errorf("%s: the package %q stands in no import rule: add it to the table, with what it may import", s.path, s.part)
			continue
		}
		of, foreign := s.imports()
		for _, other := range of {
			if !mayImport(s.part, other, s.test) {
				t.Errorf("%s imports %s, which %s may not", s.path, other, s.part)
			}
		}
		if s.test || !covers("care/...", s.part) {
			continue
		}
		for _, p := range foreign {
			if slices.Contains(impure, p) {
				t.Errorf("%s imports %s: what judges has no I/O and no randomness", s.path, p)
			}
			if s.part == "care" && strings.Contains(strings.Split(p, "/")[0], ".") {
				t.Errorf("%s imports %s: care needs only the standard library", s.path, p)
			}
		}
	}
}

func TestTheImportRuleIsTheArchitectures(t *testing.T) {
	for _, c := range []struct {
		part, other string
		test, want  bool
	}{
		{"care", "care/rules", false, false},
		{"care", "care", true, true}, // its external tests
		{"care/rules", "care", false, true},
		{"care/rules", "mapping/fhir", true, false},
		{"mapping/fhir", "mapping/person", false, true},
		{"mapping/fhir", "adapters", false, false},
		{"adapters/fhir", "adapters", false, true},
		{"adapters/fhir", "care", false, false},
		{"sandbox", "mapping/fhir", true, false},
		{"sandbox/people", "care", true, false},
		{"store", "care", false, true},
		{"store", "care/rules", false, false},
		{"config", "adapters/fhir", false, true},
		{"config", "jobs", false, false},
		{"jobs", "sandbox", false, false},
		{"jobs", "sandbox", true, true},
		{"jobs", "cli", true, false},
		{"jobs", "jobs/engine", false, false},
		{"jobs/engine", "jobs", true, false},
		{"jobs/engine", "store", false, true},
		{"cli", "jobs/engine", false, true},
		{"cli", "interop", true, false},
		{".", "cli", false, true},
		{".", "jobs", false, false},
		{"interop", "jobs", true, false},
		{"interop", "sandbox", false, false},
	} {
		if got := mayImport(c.part, c.other, c.test); got != c.want {
			t.Errorf("%s imports %s (test: %v): %v, want %v", c.part, c.other, c.test, got, c.want)
		}
	}
}

// The clock is passed in, so that every night can be tested on any day: it is
// read where the process begins, by the command line, and by what measures time.
func TestTheClockIsReadOnlyWhereAProcessBegins(t *testing.T) {
	reads := 0
	for _, s := range sources(t) {
		for _, at := range clockReads(s) {
			reads++
			if !s.test && s.path != "main.go" && s.part != "cli" && !covers("bench/...", s.part) {
				t.Errorf("%s reads the clock: take it as a parameter", at)
			}
		}
	}
	if reads == 0 {
		t.Error("no file reads the clock, not even main.go: this test looks for the wrong thing")
	}
}

// clockReads finds uses of time.Now, time.Since and time.Until, under whatever
// name the package is imported.
func clockReads(s source) []string {
	name := ""
	for _, i := range s.file.Imports {
		if i.Path.Value == `"time"` {
			name = "time"
			if i.Name != nil {
				name = i.Name.Name
			}
		}
	}
	var found []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && name != "" && x.Name == name && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
			found = append(found, s.fileSet.Position(sel.Pos()).String())
		}
		return true
	})
	return found
}

func TestPackagesAreNamedByTheirSubject(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "manager", "managers", "base", "misc"}
	for _, s := range sources(t) {
		for _, name := range []string{path.Base(s.part), strings.TrimSuffix(s.file.Name.Name, "_test")} {
			if slices.Contains(empty, name) {
				t.Errorf("%s: %q says nothing of what is in it", s.path, name)
			}
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	const most = 600
	for _, s := range sources(t) {
		if !s.test && s.lines > most {
			t.Errorf("%s has %d lines, and at most %d can be overseen: divide it by its subjects", s.path, s.lines, most)
		}
	}
}
