package care

import "testing"

// The terms of a municipality are part of every request that its roster makes, and
// of none where it has none.
func TestARosterAsksOnItsTerms(t *testing.T) {
	unnamed := permit9("")
	unnamed.Root.Actor = Actors{}
	named := permit9("")
	for _, row := range []struct {
		name    string
		consent Consent
		terms   ConsentTerms
		want    ConsentOutcome
	}{
		{"without terms a consent that names the home permits, whatever its age", named, ConsentTerms{}, ConsentFull},
		{"a consent that is older than it counts is none", named, ConsentTerms{MaxAge: 1}, ConsentNone},
		{"a consent that is younger counts", named, ConsentTerms{MaxAge: 36500}, ConsentFull},
		{"without terms a consent that names nobody is none", unnamed, ConsentTerms{}, ConsentNone},
		{"a consent that names nobody counts where that is accepted", unnamed, ConsentTerms{AcceptUnnamed: true}, ConsentFull},
		{"and not when it is too old", unnamed, ConsentTerms{AcceptUnnamed: true, MaxAge: 1}, ConsentNone},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := Assemble(Input{AsOf: DateOf(lawAsOf), Names: NewNames(), Consent: row.terms, Records: []Record{
				{Ref: "Patient/1", Client: "Patient/1", Facts: Facts{Person: &PersonFact{}}},
				{Ref: "Consent/1", Client: "Patient/1", Facts: Facts{Consents: []Consent{row.consent}}},
			}})
			d := Decide(s.Clients[0].Consents, s.Roster.ConsentRequest(s.Clients[0], "Organization/9", lawAsOf))
			if d.Outcome != row.want {
				t.Errorf("%v, want %v: %+v", d.Outcome, row.want, d.Sections[0])
			}
		})
	}
}
