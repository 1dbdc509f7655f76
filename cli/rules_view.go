package cli

import (
	"fmt"
	"strings"

	"brygga/care/rules"
)

// rulesText prints the catalogue as a table.
func (a *app) rulesText(v *rulesView) {
	from := ""
	if v.Config != "" {
		from = ", from " + v.Config
	}
	fmt.Fprintf(a.Out, "Pack %s%s. One rule in full: brygga rules CODE\n\n", v.Pack, from)
	t := a.table("")
	t.head("RULE", "", "PARAMETERS IN FORCE", "OWNER", "WRITES", "GROUND", "")
	starred := false
	for i := range v.Rules {
		r := &v.Rules[i]
		brief := briefParams(r)
		starred = starred || strings.Contains(brief, "*")
		t.row(r.Code, stateCell(r.State), brief, string(r.Owner), string(r.Writes), groundWords(r), lackWords(r))
	}
	t.write(a.Out)
	if starred {
		fmt.Fprintln(a.Out, "\n* set otherwise than the pack has it")
	}
	fmt.Fprintf(a.Out, "\nParameters of the statuses:\n")
	p := a.table("  ")
	for _, s := range v.Parameters {
		p.row(s.Name, valueWords(s), s.Text.EN)
	}
	p.write(a.Out)
	for _, layer := range []struct {
		what  string
		names []unitView
	}{{"the provider", v.Providers}, {"clients with the service", v.Services}, {"the unit", v.Units}} {
		for _, u := range layer.names {
			fmt.Fprintf(a.Out, "\nOther for %s %s:\n", layer.what, printable(u.Unit))
			p := a.table("  ")
			for _, s := range u.Parameters {
				p.row(s.Name, valueWords(s))
			}
			p.write(a.Out)
		}
	}
	if len(v.Missing) > 0 {
		fmt.Fprintf(a.Out, "\nNo system provides: %s.\n", strings.Join(v.Missing, ", "))
	}
}

func stateCell(state string) cell {
	switch state {
	case ruleOn:
		return cell{"on", green}
	case ruleWeaker:
		return cell{"on, weaker", yellow}
	case ruleWithout:
		return cell{"off: no facts", yellow}
	}
	return cell{"off", faint}
}

// briefParams gives the figures of a rule in a few words; a star marks what was
// set otherwise than the pack has it.
func briefParams(r *ruleView) string {
	var parts []string
	for _, p := range r.Parameters {
		name := strings.TrimPrefix(p.Name, r.Code+".")
		star := ""
		if p.From == "set" {
			star = "*"
		}
		switch {
		case name == "enabled" || name == "write":
		case name == "days" && p.Type == rules.TypeDays && r.Deadline:
			parts = append(parts, p.Value+" d"+star)
		case name == "months":
			parts = append(parts, p.Value+" months"+star)
		case name == "escalate_after":
			if p.From == "set" {
				parts = append(parts, "escalate "+p.Value+star)
			}
		default:
			parts = append(parts, name+" "+p.Value+star)
		}
	}
	return strings.Join(parts, ", ")
}

func groundWords(r *ruleView) string {
	words := make([]string, len(r.Ground.Kinds))
	for i, k := range r.Ground.Kinds {
		words[i] = string(k)
	}
	return strings.Join(words, "+")
}

// lackWords says which facts the rule lacks now.
func lackWords(r *ruleView) string {
	if r.State != ruleWithout && r.State != ruleWeaker {
		return ""
	}
	var facts []string
	for _, w := range r.Without {
		if w.Lacking && (w.Effect == rules.Off || r.State == ruleWeaker) {
			facts = append(facts, w.Fact)
		}
	}
	return "without " + strings.Join(facts, ", ")
}

func valueWords(p paramView) string {
	value := p.Value
	if value == "" {
		value = "not set"
	}
	if p.Unit != nil {
		value += " " + p.Unit.EN
	}
	return value
}

// ruleText prints one rule in full.
func (a *app) ruleText(r *ruleView) {
	out := func(label, text string) {
		if text != "" {
			fmt.Fprintf(a.Out, "%-12s%s\n", label, wrapped("            ", text))
		}
	}
	fmt.Fprintf(a.Out, "%s   %s\n\n", a.paint(bold, r.Code), a.paint(stateCell(r.State).style, stateCell(r.State).text))
	out("Swedish", r.Title.SV)
	out("", r.Text.SV)
	for _, t := range r.Variants {
		out("", t.SV)
	}
	out("English", r.Title.EN)
	out("", r.Text.EN)
	for _, t := range r.Variants {
		out("", t.EN)
	}
	fmt.Fprintln(a.Out)
	writes := string(r.Writes)
	if r.Fixed {
		writes += " (shown to IT, never written to the client's record)"
	}
	out("Owner", string(r.Owner))
	out("Writes", writes)
	packs := strings.Join(r.Packs, ", ")
	if packs == "" {
		packs = "none: it is on where a configuration says so"
	}
	out("Packs", packs)
	out("Ground", groundWords(r))
	since := ""
	if r.Ground.Before != nil {
		since = "From " + r.Ground.Changed.String() + ": "
	}
	out("", since+r.Ground.Text.SV)
	out("", since+r.Ground.Text.EN)
	if b := r.Ground.Before; b != nil {
		out("", "Before: "+b.SV)
		out("", "Before: "+b.EN)
	}
	a.paramsText(r)
	fmt.Fprintf(a.Out, "\nReads %s.\n", strings.Join(r.Needs, ", "))
	if len(r.Without) > 0 {
		fmt.Fprintln(a.Out, "\nWhere no system provides a fact:")
		t := a.table("  ")
		for _, w := range r.Without {
			now := ""
			if w.Lacking {
				now = "  <- so it is now"
			}
			t.row(w.Fact, string(w.Effect), w.Text.EN+now)
		}
		t.write(a.Out)
	}
}

func (a *app) paramsText(r *ruleView) {
	if len(r.Parameters) == 0 {
		return
	}
	fmt.Fprintln(a.Out)
	t := a.table("  ")
	t.head("PARAMETER", "IN FORCE", "FROM", "DEFAULT", "MAY BE", "")
	for _, p := range r.Parameters {
		t.row(p.Name, valueWords(p), p.From, p.Default, boundWords(p), p.Text.EN)
	}
	t.write(a.Out)
}

func boundWords(p paramView) string {
	switch {
	case len(p.Values) > 0:
		return strings.Join(p.Values, ", ")
	case p.Max != nil:
		return fmt.Sprintf("%d to %d", *p.Min, *p.Max)
	case p.Type == rules.TypeBool:
		return "true, false"
	case p.Type == rules.TypeDate:
		return "a date, or nothing"
	}
	return ""
}
