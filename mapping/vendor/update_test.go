package vendor

import (
	"os"
	"strings"
	"testing"
)

func TestUpdateExamples(t *testing.T) {
	if !*write {
		t.Skip("only with -update")
	}
	for _, name := range Builtin() {
		m, err := Load(name, "")
		if err != nil {
			t.Fatal(err)
		}
		dir := "builtin/" + name + "/examples/"
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(dir + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for _, one := range strings.SplitAfter("\n"+string(text), "\n- ")[1:] {
				one, more := strings.CutSuffix(one, "\n- ")
				out.WriteString("- " + strings.TrimRight(one, "\n") + "\n")
				_ = more
				root, problems := parse(f.Name(), "- "+one)
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				n := root.items[0]
				if n.get("facts") != nil || n.get("unreadable") != nil {
					continue
				}
				body, err := exampleBody(n)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Explain(m, exampleSettings(n), n.get("list").text, body)
				if err != nil {
					t.Fatalf("%s: %v", n.get("says").text, err)
				}
				out.WriteString("  " + strings.TrimRight(strings.ReplaceAll(got[0].YAML(), "\n", "\n  "), " "))
			}
			if err := os.WriteFile(dir+f.Name(), []byte(out.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
