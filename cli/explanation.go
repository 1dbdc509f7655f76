package cli

import (
	"brygga/care"
	"brygga/care/rules"
	"brygga/jobs"
)

// explanation is all that is said of one client: the JSON view, from which the
// text is printed. It holds no names.
type explanation struct {
	Client     care.Ref      `json:"client"`
	AsOf       care.Date     `json:"asOf"`
	Source     string        `json:"source"`
	System     string        `json:"system,omitempty"`
	Pack       string        `json:"pack"`
	Unit       care.Ref      `json:"unit,omitempty"`
	UnitName   string        `json:"unitName,omitempty"`
	Protected  bool          `json:"protected,omitempty"`
	Contact    contactWhy    `json:"contact"`
	Plan       planWhy       `json:"plan"`
	Gaps       []gapLine     `json:"gaps"`
	Quarantine []quarantined `json:"quarantine"`
	Facts      []factLine    `json:"facts"`
	Rules      []ruleWhy     `json:"rules"`
	// Weaker are rules that are asked and say less, for want of which facts. Rules
	// that are off for it stand among Rules, as not asked.
	Weaker []jobs.Lack `json:"weaker,omitempty"`
}

type contactWhy struct {
	care.ContactStatus
	Because rules.Text `json:"because"`
}

type planWhy struct {
	care.PlanStatus
	Because rules.Text `json:"because"`
}

// gapLine is why the client is unknown.
type gapLine struct {
	Source string   `json:"source,omitempty"`
	Record care.Ref `json:"record,omitempty"`
	Facts  []string `json:"facts"`
	Reason string   `json:"reason"`
}

// ruleWhy is what became of one rule at one anchor.
type ruleWhy struct {
	Rule    string        `json:"rule"`
	Title   rules.Text    `json:"title"`
	Outcome rules.Outcome `json:"outcome"`
	Why     string        `json:"why"`
	Because rules.Text    `json:"because"`
	Anchor  string        `json:"anchor,omitempty"`
	Lacks   []string      `json:"lacks,omitempty"`
	Clock   *clockWhy     `json:"clock,omitempty"`
	Facts   []usedFact    `json:"facts,omitempty"`
	Params  []rules.Value `json:"parameters,omitempty"`
	Finding *findingWhy   `json:"finding,omitempty"`
}

// findingWhy is the finding of a rule that fired.
type findingWhy struct {
	findingLine
	Unit   care.Ref    `json:"unit,omitempty"`
	Writes rules.Write `json:"writes"`
	Ground rules.Text  `json:"ground"`
}

// clockWhy is the arithmetic of a deadline: the earliest of the terms is due.
type clockWhy struct {
	Terms []termWhy `json:"terms"`
	Due   care.Date `json:"due,omitzero"`
	Warn  int       `json:"warn"`
	AsOf  care.Date `json:"asOf"`
}

// termWhy is the latest of some dates, and what is added to it.
type termWhy struct {
	Of   []usedFact `json:"of"`
	Plus care.Span  `json:"plus"`
	Due  care.Date  `json:"due,omitzero"`
}

type usedFact struct {
	Ref  care.Ref  `json:"ref,omitempty"`
	As   string    `json:"as"`
	Date care.Date `json:"date,omitzero"`
}

// explain judges the client with the trace on, and puts the answer into words'
// places. It says nothing that the judgement does not.
func explain(s *subject) *explanation {
	j := rules.Judge(s.Client, s.Roster, s.Params.WithTrace(), s.asOf)
	v := &explanation{
		Client: s.Client.Ref, AsOf: s.asOf, Source: s.source, System: s.Roster.System, Pack: s.Params.Pack(),
		Protected: s.Client.Protected,
		Contact:   contactWhy{j.Contact, rules.Words("because." + string(j.ContactBecause))},
		Plan:      planWhy{j.Plan, rules.Words("because." + string(j.PlanBecause))},
		Gaps:      []gapLine{}, Quarantine: []quarantined{},
	}
	if !s.Client.Protected { // where somebody is cared for tells where they are
		v.Unit, v.UnitName = s.Unit, s.Label
	}
	for _, g := range s.Client.Gaps {
		v.Gaps = append(v.Gaps, gapLine{g.Source, g.Record, kindNames(g.Facts), g.Reason})
	}
	for _, u := range s.Unreadable {
		q := quarantined{Level: warnLevel, Quarantined: u.Ref, Reason: reasonOf(u)}
		if u.Client == "" && u.Staff == "" {
			q.Concerns = rulesReading(u.Facts, s.Params, s.Roster.Provides)
		}
		v.Quarantine = append(v.Quarantine, q)
	}
	for _, l := range jobs.Lacks(s.Roster.Provides, s.Params) {
		if l.Effect == rules.Weaker {
			v.Weaker = append(v.Weaker, l)
		}
	}
	v.Facts = factLines(s)
	findings := map[[2]string]*rules.Finding{}
	for i := range j.Findings {
		findings[[2]string{j.Findings[i].Rule, j.Findings[i].Anchor}] = &j.Findings[i]
	}
	for i := range j.Traces {
		t := &j.Traces[i]
		w := whyOf(t)
		if f := findings[[2]string{t.Rule, t.Anchor}]; f != nil && t.Outcome == rules.Fired {
			w.Finding = s.findingOf(f)
		}
		v.Rules = append(v.Rules, w)
	}
	return v
}

func (s *subject) findingOf(f *rules.Finding) *findingWhy {
	w := &findingWhy{Unit: f.Unit, Writes: f.Writes, Ground: f.Ground}
	w.findingLine = findingLine{
		Rule: f.Rule, State: f.State, Due: f.Due, Owner: f.Owner, Staff: f.Staff, Evidence: f.Evidence, Text: f.Text,
	}
	if s.tenant != "" {
		w.ID = rules.FindingID(s.tenant, s.Client.Ref, f.Rule, s.ids.text(f.Anchor))
	}
	if s.Client.Protected {
		w.Unit = ""
	}
	return w
}

func whyOf(t *rules.Trace) ruleWhy {
	w := ruleWhy{
		Rule: t.Rule, Outcome: t.Outcome, Why: t.Why, Because: rules.Words("why." + t.Why), Anchor: t.Anchor,
		Facts: usedFacts(t.Facts), Params: t.Params,
	}
	if r := rules.ByCode(t.Rule); r != nil {
		w.Title = r.Title
	}
	if t.Lacks != 0 {
		w.Lacks = kindNames(t.Lacks)
	}
	if t.Clock != nil {
		w.Clock = &clockWhy{Due: t.Clock.Due, Warn: t.Clock.Warn, AsOf: t.Clock.AsOf}
		for _, term := range t.Clock.Terms {
			w.Clock.Terms = append(w.Clock.Terms, termWhy{usedFacts(term.Of), term.Plus, term.Due()})
		}
	}
	return w
}

func usedFacts(used []rules.Used) []usedFact {
	var out []usedFact
	for _, u := range used {
		out = append(out, usedFact(u))
	}
	return out
}
