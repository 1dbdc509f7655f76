package rules

import "testing"

func TestSentencesAreTheRulesOwnAndItsCases(t *testing.T) {
	all := 0
	for _, r := range Catalogue() {
		s := r.Sentences()
		if s[0] != Words(r.Code+".text") {
			t.Errorf("%s: its own sentence does not come first", r.Code)
		}
		for _, text := range s {
			all++
			if text.SV == "" || text.EN == "" {
				t.Errorf("%s: a sentence in one language only: %+v", r.Code, text)
			}
		}
	}
	if all <= len(Catalogue()) {
		t.Error("no rule has a case of its own")
	}
	vacant := ByCode("contact.vacant").Sentences()
	if len(vacant) != 3 || vacant[1] != Words("contact.vacant.text.ended") || vacant[2] != Words("contact.vacant.text.left") {
		t.Errorf("contact.vacant: %+v", vacant)
	}
}
