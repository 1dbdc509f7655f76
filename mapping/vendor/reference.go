package vendor

import (
	"fmt"
	"strings"
)

// Reference is what mappings may say, in Markdown: every fact with its fields, and
// every function. It is made of the tables that mappings are checked against.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Facts and functions of mappings\n\nGenerated from the tables that mappings are checked against.\n\n## Facts\n")
	for _, s := range factTable {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| Field | Is | |\n|---|---|---|\n", s.kind, s.doc)
		for _, f := range s.fields {
			is := [...]string{"person", "reference", "date", "point in time", "yes or no", "text", "code", "number"}[f.is]
			if f.is == isCode {
				is = strings.Join(f.values, ", ")
			}
			if f.many {
				is += " (one or several)"
			}
			name := "`" + f.name + "`"
			if f.required {
				name += " (required)"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, is, f.doc)
		}
		for _, o := range s.options {
			is := "written in the mapping"
			if o == "display_name" {
				is = "text"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o, is, factSchema(s)["properties"].(object)[o].(object)["description"])
		}
	}
	b.WriteString("\n## Functions\n\n| Function | Takes | Gives |\n|---|---|---|\n")
	for i := range functions {
		f := &functions[i]
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.name, f.takes, f.doc)
	}
	fmt.Fprintf(&b, "\nOf the expression language: %s.\n", strings.Join(builtins, ", "))
	return b.String()
}
