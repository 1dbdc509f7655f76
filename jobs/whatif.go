package jobs

import (
	"cmp"
	"slices"

	"brygga/care"
	"brygga/care/rules"
)

// WhatIf is what other parameters would find in the same facts.
type WhatIf struct {
	Clients int          `json:"clients"` // of whom something comes, goes or moves
	Come    int          `json:"come"`
	Go      int          `json:"go"`
	Moved   int          `json:"moved"`
	Rules   []WhatIfRule `json:"rules"` // those that find anything either way, in the order of the catalogue
	// Questions are findings that nobody can tell before the source is asked.
	Questions int `json:"questions,omitempty"`
}

// WhatIfRule is the difference for one rule.
type WhatIfRule struct {
	Rule string `json:"rule"`
	Now  Tally  `json:"now"` // by the parameters in force
	Then Tally  `json:"then"`
	Come int    `json:"come"` // findings that would be new
	Go   int    `json:"go"`   // findings that would no longer be
	// Moved stay, with another state or due date.
	Moved int `json:"moved"`
}

// Compare tells what comes and goes between two judgements of the same clients,
// in the same order: now by the parameters in force, then by others. A finding is
// the same if it is about the same client, rule and anchor. It is pure.
func Compare(now, then []Judged) *WhatIf {
	byRule := map[string]*WhatIfRule{}
	rule := func(code string) *WhatIfRule {
		if byRule[code] == nil {
			byRule[code] = &WhatIfRule{Rule: code, Now: Tally{Rule: code}, Then: Tally{Rule: code}}
		}
		return byRule[code]
	}
	w := &WhatIf{Rules: []WhatIfRule{}}
	type key struct{ rule, anchor string }
	for i := range now {
		before := map[key]*rules.Finding{}
		for k := range now[i].Findings {
			f := &now[i].Findings[k]
			before[key{f.Rule, f.Anchor}] = f
			rule(f.Rule).Now.add(f.State)
		}
		touched := false
		for k := range then[i].Findings {
			f := &then[i].Findings[k]
			r := rule(f.Rule)
			r.Then.add(f.State)
			was := before[key{f.Rule, f.Anchor}]
			delete(before, key{f.Rule, f.Anchor})
			switch {
			case was == nil:
				r.Come++
				touched = true
			case was.State != f.State || was.Due != f.Due:
				r.Moved++
				touched = true
			}
		}
		for k := range before {
			rule(k.rule).Go++
			touched = true
		}
		if touched {
			w.Clients++
		}
		w.Questions += len(then[i].Questions)
	}
	for _, r := range byRule {
		w.Come, w.Go, w.Moved = w.Come+r.Come, w.Go+r.Go, w.Moved+r.Moved
		w.Rules = append(w.Rules, *r)
	}
	order := map[string]int{}
	for i, r := range rules.Catalogue() {
		order[r.Code] = i
	}
	slices.SortFunc(w.Rules, func(a, b WhatIfRule) int {
		return cmp.Or(cmp.Compare(order[a.Rule], order[b.Rule]), cmp.Compare(a.Rule, b.Rule))
	})
	return w
}

// add counts one finding.
func (t *Tally) add(s rules.State) {
	switch s {
	case rules.Open:
		t.Open++
	case rules.DueSoon:
		t.DueSoon++
	default:
		t.Overdue++
	}
}

// WhatIf judges what was prepared by other parameters, and compares. Nothing is
// asked and nothing is written.
func (p *Prepared) WhatIf(other ParamSet, asOf care.Date) *WhatIf {
	return Compare(p.Judged, JudgeAll(p.Snapshot, other, p.Units, asOf))
}
