package main

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// faultsAsked are those that every version must have met.
var faultsAsked = []string{
	"latency", "bandwidth", "reset in the middle of a request", "reset in the middle of an answer", "429", "500", "502", "503",
	"504", "401 in mid-run", "403", "409", "412", "413", "HTML instead of JSON", "gzip bomb", "slow loris", "DNS failing", "full disk",
	"read-only disk", "corrupt database file", "PostgreSQL restarting", "leader killed", "worker killed", "clock jumping",
}

// testNamed is a test as docs/faults.md names it: `folder TestName/row of its table`.
var testNamed = regexp.MustCompile("`([a-z0-9/]+) (Test[A-Za-z0-9]+)(?:/([^`]+))?`")

// docs/faults.md leaves out no fault, names a test of each job for it, and every test
// that it names is there.
func TestEveryFaultHasItsTests(t *testing.T) {
	page, err := os.ReadFile("docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	funcs, texts := map[string]bool{}, map[string]bool{} // by folder
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				funcs[s.part+" "+n.Name.Name] = true
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
					texts[s.part+" "+text] = true
				}
			}
			return true
		})
	}
	rows := map[string]bool{}
	for _, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 3 || strings.Contains(line, "| reconcile |") {
			continue
		}
		fault := strings.TrimSpace(cells[0])
		rows[fault] = true
		for i, job := range []string{"reconcile", "handover"} {
			named := testNamed.FindAllStringSubmatch(cells[i+1], -1)
			if len(named) == 0 {
				t.Errorf("%s: no test of %s is named", fault, job)
			}
			for _, n := range named {
				if !funcs[n[1]+" "+n[2]] {
					t.Errorf("%s: there is no test %s in %s", fault, n[2], n[1])
				} else if n[3] != "" && !texts[n[1]+" "+n[3]] {
					t.Errorf("%s: %s in %s has no row %q", fault, n[2], n[1], n[3])
				}
			}
		}
	}
	for _, fault := range faultsAsked {
		if !rows[fault] {
			t.Errorf("docs/faults.md has no row %q", fault)
		}
	}
}
