package rules

import (
	"fmt"
	"strings"
)

// Document is docs/rules.md: the catalogue for people, made from itself. A test
// fails where the file in docs is another one.
func Document() string {
	var b strings.Builder
	b.WriteString(`# The rules

Made from the catalogue by ` + "`go test ./care/rules -update`" + `; do not edit.

`)
	for _, p := range packs() {
		fmt.Fprintf(&b, "- **%s**: %s. *%s.*\n", p.name, p.title.EN, p.title.SV)
	}
	b.WriteString("\n## Parameters of the statuses\n\n")
	writeParams(&b, general())
	family := ""
	for _, r := range Catalogue() {
		if r.Family != family {
			family = r.Family
			fmt.Fprintf(&b, "\n## %s\n", family)
		}
		r.document(&b)
	}
	return b.String()
}

func (r *Rule) document(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n%s. *%s.*\n\n", r.Code, r.Title.EN, r.Title.SV)
	row := func(name, value string) { fmt.Fprintf(b, "- %s: %s\n", name, value) }
	row("Owner", Words("owner."+string(r.Owner)).EN)
	switch {
	case r.Fixed:
		row("Writes", "nothing; shown to IT")
	default:
		row("Writes", Words("write."+string(r.Writes)).EN)
	}
	row("On in", orNone(strings.Join(r.Packs, ", ")))
	var kinds []string
	for _, k := range r.Ground.Kinds {
		kinds = append(kinds, Words("kind."+string(k)).EN)
	}
	row("Rests on", strings.Join(kinds, ", "))
	row("Ground", r.Ground.Text.EN+" *"+r.Ground.Text.SV+"*")
	if r.Ground.Changed != 0 {
		row("Before "+r.Ground.Changed.String(), r.Ground.Before.EN+" *"+r.Ground.Before.SV+"*")
	}
	var needs []string
	for _, k := range r.Needs.Kinds() {
		needs = append(needs, k.String())
	}
	row("Reads", strings.Join(needs, ", "))
	var off []string
	for _, w := range r.Without {
		if w.Effect == Off {
			off = append(off, w.Fact.String())
		}
	}
	row("Off without", strings.Join(off, ", "))
	for _, w := range r.Without {
		if w.Effect == Weaker {
			row("Weaker without "+w.Fact.String(), w.Text.EN)
		}
	}
	t := Words(r.Code + ".text")
	row("Text", t.EN+" *"+t.SV+"*")
	b.WriteString("\n")
	writeParams(b, r.Params)
}

func writeParams(b *strings.Builder, specs []ParamSpec) {
	b.WriteString("| Parameter | Takes | Default | |\n|---|---|---|---|\n")
	for _, s := range specs {
		def := s.Default
		if strings.HasSuffix(s.Name, ".enabled") {
			def = "by pack"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", s.Name, s.Takes(), orNone(def), s.Text.EN)
	}
}

// Takes says what values the parameter takes, with its bounds.
func (s *ParamSpec) Takes() string {
	switch s.Type {
	case TypeBool:
		return "true, false"
	case TypeDays, TypeMonths:
		return fmt.Sprintf("%d–%d %s", s.Min, s.Max, Words("unit."+string(s.Type)).EN)
	case TypeCount, TypeShare:
		return fmt.Sprintf("%d–%d", s.Min, s.Max)
	case TypeChoice:
		return strings.Join(s.Values, ", ")
	case TypeServices:
		return "service codes, with commas between"
	}
	return "a date, or nothing"
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
