package jobs

import (
	"brygga/care"
	"brygga/care/rules"
)

// Lack is what one rule does without a fact that no system provides (domain.md,
// "Facts that no system provides").
type Lack struct {
	Rule   string       `json:"rule"`
	Effect rules.Effect `json:"effect"` // off or weaker
	Fact   string       `json:"fact"`
	Text   rules.Text   `json:"text"`
}

// Lacks lists, in the order of the catalogue, what the rules that some of these
// parameters turn on do without the facts that are not provided. Of a rule that is
// off only that is said, once for each fact that it cannot do without. What brygga
// itself would know of handovers no system lacks: who hands over to nobody is not told.
func Lacks(provides care.FactSet, params ...*rules.Params) []Lack {
	all := []Lack{}
	for _, r := range rules.Catalogue() {
		on := false
		for _, p := range params {
			on = on || p.Enabled(r.Code)
		}
		if !on {
			continue
		}
		off := !r.Provided(provides)
		for _, w := range r.Without {
			if (provides | care.OwnFacts).Has(care.SetOf(w.Fact)) {
				continue
			}
			if (w.Effect == rules.Off) == off {
				all = append(all, Lack{r.Code, w.Effect, w.Fact.String(), w.Text})
			}
		}
	}
	return all
}

// Lacks is Lacks for rules that are on for anybody.
func (p ParamSet) Lacks(provides care.FactSet) []Lack { return Lacks(provides, p.each()...) }
