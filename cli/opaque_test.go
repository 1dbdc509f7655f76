package cli

import (
	"strings"
	"testing"

	"brygga/care"
)

// nameless has two contacts whom nobody of the staff is, known by HSA-id alone.
const nameless = `{"resourceType":"Patient","id":"p1"}
{"resourceType":"Practitioner","id":"s1"}
{"resourceType":"EpisodeOfCare","id":"e1","status":"active","type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],"patient":{"reference":"Patient/p1"},"period":{"start":"2026-01-15"}}
{"resourceType":"CareTeam","id":"ct1","status":"active","category":[{"coding":[{"system":"https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs","code":"fast-kontakt"}]}],"subject":{"reference":"Patient/p1"},"period":{"start":"2026-01-20"},"participant":[{"role":[{"coding":[{"system":"urn:oid:1.2.752.129.5.1.69","code":"3"}]}],"member":{"identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"SE2321000000-A"}}}]}
{"resourceType":"CareTeam","id":"ct2","status":"active","category":[{"coding":[{"system":"https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs","code":"fast-kontakt"}]}],"subject":{"reference":"Patient/p1"},"period":{"start":"2026-02-20"},"participant":[{"role":[{"coding":[{"system":"urn:oid:1.2.752.129.5.1.69","code":"3"}]}],"member":{"identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"SE2321000000-B"}}}]}
`

// The key of a call differs from that of the next, and its answer does not.
func TestWhoIsKnownByAnIdentifierAloneIsNamedTheSameInEveryCall(t *testing.T) {
	for _, args := range [][]string{
		{"evaluate", "-"},
		{"evaluate", "-", "-o", "json"},
		{"explain", "p1", "--path", "-"},
		{"explain", "p1", "--path", "-", "-o", "json"},
	} {
		var first string
		for i := range 4 {
			exit, out, errs := call(t, process{in: nameless}, append(args, "--as-of", "2026-11-21")...)
			if exit != 0 || errs != "" {
				t.Fatalf("%v: exit %d: %s", args, exit, errs)
			}
			if i == 0 {
				first = out
			}
			if out != first {
				t.Fatalf("%v: %s", args, firstDifference(first, out))
			}
		}
		if hashed.MatchString(first) || !strings.Contains(first, "identifier:1") || !strings.Contains(first, "identifier:2") {
			t.Errorf("%v:\n%s", args, first)
		}
	}
	_, out, _ := call(t, process{in: nameless}, "evaluate", "-", "-o", "json", "--as-of", "2026-11-21")
	var l clientLine
	mustDecode(t, out, &l)
	ids := map[string]bool{}
	for _, f := range l.Findings {
		if f.Rule == "data.unknown-staff" {
			ids[f.ID] = true
		}
	}
	if len(ids) != 2 || len(l.Contact.Staff) != 2 {
		t.Errorf("two people are %d findings and %v", len(ids), l.Contact.Staff)
	}
}

func TestOpaqueLeavesWhatHasAName(t *testing.T) {
	var none opaque
	refs := []care.Ref{"Practitioner/s1"}
	if none.text("identifier:abc") != "identifier:abc" || &none.refs(refs)[0] != &refs[0] {
		t.Error("nobody is nameless, and something changed")
	}
	some := newOpaque([]*care.Client{{PersonFact: care.PersonFact{Unit: "identifier:0123"}}}, &care.Roster{})
	if got := some.text("CareTeam/ct1|identifier:0123"); got != "CareTeam/ct1|identifier:1" {
		t.Error(got)
	}
	if got := some.refs([]care.Ref{"Practitioner/s1", "identifier:0123"}); got[0] != "Practitioner/s1" || got[1] != "identifier:1" {
		t.Error(got)
	}
}
