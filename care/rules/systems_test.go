package rules

import (
	"strings"
	"testing"

	"brygga/care"
)

// Every rule's sentence names the systems that its facts come from, and not all
// that there are.
func TestASentenceNamesTheSystemsOfItsFacts(t *testing.T) {
	for code := range speaksOf {
		if ByCode(code) == nil && strings.Contains(code, ".") {
			t.Errorf("%s is no rule", code)
		}
	}
	for _, r := range Catalogue() {
		if len(speaksOf[r.Code])+len(speaksOf[r.Family]) == 0 {
			t.Errorf("%s: nobody says which system its sentence is about", r.Code)
		}
	}
	part := func(name string, authority care.FactSet) care.Part {
		return care.Part{System: name, Authority: authority, Input: care.Input{System: name, AsOf: care.NewDate(2026, 11, 21)}}
	}
	joined := care.Join([]care.Part{
		part("Lifecare", care.AllFacts&^care.SetOf(care.KindReview, care.KindDecision)), part("Registret", care.SetOf(care.KindReview, care.KindDecision)),
	})
	roster := care.Assemble(joined.Input).Roster
	for code, want := range map[string]string{
		"plan.missing": "i Lifecare.", "plan.review": "i Lifecare, Registret ", "contact.offer-unanswered": "i Registret.", "visit.weekly": "i Lifecare ",
	} {
		p, err := NewParams("national", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.words(roster).text(ByCode(code), "").SV; !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q in it", code, got, want)
		}
	}
}
