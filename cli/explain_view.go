package cli

import (
	"cmp"
	"fmt"
	"strings"

	"brygga/care"
	"brygga/care/rules"
)

// explainText prints an explanation: how it stands and why, what is known, what
// was found with its arithmetic, what was not, and what was not asked.
func (a *app) explainText(v *explanation) {
	a.explainHead(v)
	a.explainGaps(v)
	fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "Facts"))
	a.explainFacts(v.Facts)
	var fired, not, unasked []ruleWhy
	for _, r := range v.Rules {
		switch r.Outcome {
		case rules.Fired:
			fired = append(fired, r)
		case rules.NotFired:
			not = append(not, r)
		default:
			unasked = append(unasked, r)
		}
	}
	fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "Found"))
	if len(fired) == 0 {
		fmt.Fprintln(a.Out, "  nothing")
	}
	for i := range fired {
		a.explainFired(&fired[i])
	}
	if len(not) > 0 {
		fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "Asked, and not found"))
		a.explainNot(v, not)
	}
	if len(unasked) > 0 {
		fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "Not asked"))
		a.explainUnasked(unasked)
	}
	if len(v.Weaker) > 0 {
		fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "Weaker, since no system provides a fact"))
		t := a.table("  ")
		for _, l := range v.Weaker {
			t.row(l.Rule, "without "+l.Fact, l.Text.EN)
		}
		t.write(a.Out)
	}
}

func (a *app) explainHead(v *explanation) {
	fmt.Fprintf(a.Out, "%s on %s, pack %s\n", a.paint(bold, printable(string(v.Client))), v.AsOf, v.Pack)
	fmt.Fprintf(a.Out, "From %s", printable(v.Source))
	switch {
	case v.Protected:
		fmt.Fprint(a.Out, "; protected identity, unit not shown")
	case v.UnitName != "":
		fmt.Fprintf(a.Out, "; unit %s", printable(v.UnitName))
	}
	fmt.Fprint(a.Out, "\n\n")
	t := a.table("")
	t.row("Contact", cell{string(v.Contact.Status), contactStyle(v.Contact.Status)}, v.Contact.Because.EN+whoHolds(v.Contact.Staff))
	plan := string(v.Plan.Status) + dueWords(v.Plan.Due)
	t.row("Plan", cell{plan, planStyle(v.Plan.Status)}, v.Plan.Because.EN)
	t.write(a.Out)
}

func whoHolds(staff []care.Ref) string {
	if len(staff) == 0 {
		return ""
	}
	return "; held by " + refList(staff)
}

// explainGaps says what could not be read. What follows from it is said once.
func (a *app) explainGaps(v *explanation) {
	if len(v.Gaps) > 0 {
		fmt.Fprintf(a.Out, "\n%s\n", a.paint(red, "Unknown: while this cannot be read, only data.* is judged, and nothing is opened or closed"))
		t := a.table("  ")
		for _, g := range v.Gaps {
			t.row(cmp.Or(string(g.Record), g.Source), g.Reason, strings.Join(g.Facts, ", "))
		}
		t.write(a.Out)
	}
	if len(v.Quarantine) == 0 {
		return
	}
	fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, "In quarantine"))
	t := a.table("  ")
	for _, q := range v.Quarantine {
		whose := ""
		if len(q.Concerns) > 0 {
			whose = "does not say whom it concerns; read by " + strings.Join(q.Concerns, ", ")
		}
		t.row(string(q.Quarantined), q.Reason, whose)
	}
	t.write(a.Out)
}

func (a *app) explainFacts(facts []factLine) {
	t := a.table("  ")
	for _, f := range facts {
		what := cell{f.What, plain}
		if f.After {
			what = cell{f.What + "  (later than this day: no rule sees it)", faint}
		}
		t.row(when(f), f.Kind, string(f.Ref), what)
	}
	t.write(a.Out)
}

// when writes a fact's date, or its period.
func when(f factLine) string {
	switch {
	case !f.Period && !f.Date.Known():
		return "no date"
	case !f.Period:
		return f.Date.String()
	case !f.Date.Known() && !f.End.Known():
		return "start unknown"
	case !f.Date.Known():
		return "start unknown to " + f.End.String()
	case !f.End.Known():
		return f.Date.String() + " on"
	}
	if f.Date == f.End {
		return f.Date.String()
	}
	return f.Date.String() + " to " + f.End.String()
}

// explainFired prints a finding with all that it rests on.
func (a *app) explainFired(r *ruleWhy) {
	f := r.Finding
	if f == nil {
		return
	}
	const indent = "      "
	fmt.Fprintf(a.Out, "  %s  %s%s   for %s, writes %s\n", a.paint(bold, r.Rule),
		a.paint(stateStyle(f.State), string(f.State)), dueWords(f.Due), ownerWords(f.Owner, f.Staff), f.Writes)
	say := func(label, text string) {
		if text != "" {
			fmt.Fprintf(a.Out, "%s%-12s%s\n", indent, label, wrapped(indent+strings.Repeat(" ", 12), text))
		}
	}
	say("Swedish", f.Text.SV)
	say("English", f.Text.EN)
	for i, line := range clockLines(r.Clock, f.State) {
		label := ""
		if i == 0 {
			label = "Arithmetic"
		}
		say(label, line)
	}
	say("Facts", usedWords(r.Facts))
	say("Parameters", paramWords(r.Rule, r.Params))
	say("Ground", f.Ground.EN)
	say("Finding", f.ID)
}

// clockLines prints the arithmetic: what the clock starts from, what is added,
// and where the day stands to what comes out.
func clockLines(c *clockWhy, state rules.State) []string {
	if c == nil {
		return nil
	}
	var lines []string
	for _, t := range c.Terms {
		lines = append(lines, termWords(t))
	}
	if len(c.Terms) > 1 {
		lines = append(lines, "the earliest of these is due: "+c.Due.String())
	}
	days := int(c.AsOf - c.Due)
	switch {
	case !c.Due.Known():
		lines = append(lines, "a date is unknown, so no time runs")
	case state == rules.Overdue:
		lines = append(lines, fmt.Sprintf("%s is %s after that: overdue", c.AsOf, count(days, "day")))
	case state == rules.DueSoon:
		lines = append(lines, fmt.Sprintf("%s is from %s on (%s before): due soon", c.AsOf, c.Due.AddDays(-c.Warn), count(c.Warn, "day")))
	default:
		lines = append(lines, fmt.Sprintf("%s is before %s (%s before): nothing yet", c.AsOf, c.Due.AddDays(-c.Warn), count(c.Warn, "day")))
	}
	return lines
}

// termWords prints one sum: "plan made 2026-03-20 (CarePlan/cp1) + 6 months = 2026-09-20".
func termWords(t termWhy) string {
	var of []string
	for _, u := range t.Of {
		of = append(of, usedWord(u))
	}
	words := strings.Join(of, " and ")
	if len(of) > 1 {
		words = "the later of " + words
	}
	switch due := t.Due; {
	case !due.Known():
		return words
	case t.Plus == care.Span{}:
		return words
	default:
		return words + " + " + spanWords(t.Plus) + " = " + due.String()
	}
}

// sumWords prints all sums of a clock after each other.
func sumWords(c *clockWhy) string {
	var sums []string
	for _, t := range c.Terms {
		sums = append(sums, termWords(t))
	}
	return strings.Join(sums, "; ")
}

func usedWord(u usedFact) string {
	name := rules.Words("fact." + u.As).EN
	date := " unknown"
	if u.Date.Known() {
		date = " " + u.Date.String()
	}
	return name + date + brackets(printable(string(u.Ref)))
}

// usedWords lists facts; of one without a date only what it is.
func usedWords(facts []usedFact) string {
	var words []string
	for _, u := range facts {
		word := rules.Words("fact."+u.As).EN + " " + printable(string(u.Ref))
		if u.Date.Known() {
			word += " of " + u.Date.String()
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ")
}

func spanWords(s care.Span) string {
	var parts []string
	if s.Months > 0 {
		parts = append(parts, count(s.Months, "month"))
	}
	if s.Days > 0 || s.Months == 0 {
		parts = append(parts, count(s.Days, "day"))
	}
	return strings.Join(parts, " + ")
}

func paramWords(rule string, params []rules.Value) string {
	var words []string
	for _, p := range params {
		if name := strings.TrimPrefix(p.Name, rule+"."); name != "enabled" {
			words = append(words, name+" "+p.Value)
		}
	}
	return strings.Join(words, ", ")
}

// explainNot prints for each rule which condition failed.
func (a *app) explainNot(v *explanation, not []ruleWhy) {
	t := a.table("  ")
	for i := range not {
		r := &not[i]
		why, facts := r.Because.EN, usedWords(r.Facts)
		switch {
		case r.Why == "other-status":
			why += ": " + string(v.Contact.Status)
		case r.Clock != nil && r.Clock.Due.Known():
			why += fmt.Sprintf(": due %s, due soon from %s", r.Clock.Due, r.Clock.Due.AddDays(-r.Clock.Warn))
			facts = sumWords(r.Clock)
		}
		rule := r.Rule
		if i > 0 && not[i-1].Rule == rule {
			rule = ""
		}
		t.row(rule, why, facts)
	}
	t.write(a.Out)
}

// explainUnasked says why rules were not asked, each reason once.
func (a *app) explainUnasked(unasked []ruleWhy) {
	rulesBy := map[string][]string{}
	var reasons []string
	for _, r := range unasked {
		reason := r.Because.EN
		switch {
		case r.Why == "disabled":
			reason = "off in this pack, or by the configuration"
		case len(r.Lacks) > 0:
			reason += " it needs (" + strings.Join(r.Lacks, ", ") + ")"
		}
		if rulesBy[reason] == nil {
			reasons = append(reasons, reason)
		}
		rulesBy[reason] = append(rulesBy[reason], r.Rule)
	}
	for _, reason := range reasons {
		fmt.Fprintf(a.Out, "  %s\n", wrapped("    ", reason+": "+strings.Join(rulesBy[reason], ", ")))
	}
}
