package vendor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"brygga/care"
	"brygga/mapping/person"
)

const consentHeader = "Nr;Personnummer;Lämnat av;Företrädares personnummer;Svar;Mottagare (organisationsnummer eller HSA-id);Delar;Form;Datum;Gäller till;Återkallat\n"

// What the register of consents says, care.Decide decides as it would for a FHIR
// Consent of the same content (consent.md).
func TestConsentsOfTheRegisterDecide(t *testing.T) {
	ours := "212000-0142"
	for _, c := range []struct {
		name  string
		lines []string // of the register, after the client's number
		want  care.ConsentOutcome
		plan  care.ConsentReason
	}{
		{"no line is no consent", nil, care.ConsentNone, care.ReasonNoConsent},
		{"the client's yes to everything", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-10-01;;"}, care.ConsentFull, care.ReasonPermitted},
		{"the number of the organization with or without a hyphen", []string{"Brukaren;;Ja;2120000142;Allt;;2026-10-01;;"}, care.ConsentFull, care.ReasonPermitted},
		{"a yes to a part", []string{"Brukaren;;Ja;212000-0142;Genomförandeplan;;2026-10-01;;"}, care.ConsentPartial, care.ReasonPermitted},
		{"a yes to other parts", []string{"Brukaren;;Ja;212000-0142;Risker, SIP;;2026-10-01;;"}, care.ConsentPartial, care.ReasonDenied},
		{"a no", []string{"Brukaren;;Nej;212000-0142;Allt;;2026-10-01;;"}, care.ConsentRefused, care.ReasonDenied},
		{"a yes to another care home", []string{"Brukaren;;Ja;SE2321000000-X;Allt;;2026-10-01;;"}, care.ConsentNone, care.ReasonNotAddressed},
		{"a yes that names no care home is for none", []string{"Brukaren;;Ja;;Allt;;2026-10-01;;"}, care.ConsentNone, care.ReasonNotAddressed},
		{"a yes whose time is over", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-01-01;2026-09-30;"}, care.ConsentNone, care.ReasonNoConsent},
		{"a yes on its last day", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-01-01;2026-11-21;"}, care.ConsentFull, care.ReasonPermitted},
		{"a yes that was taken back", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-10-01;;2026-11-01"}, care.ConsentNone, care.ReasonNoConsent},
		{"one that was taken back takes back an older one too", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-10-01;;2026-11-01", "Brukaren;;Ja;212000-0142;Allt;;2026-09-01;;"}, care.ConsentNone, care.ReasonNoConsent},
		{"a new yes after it was taken back", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-10-01;;2026-11-01", "Brukaren;;Ja;212000-0142;Allt;;2026-11-10;;"}, care.ConsentFull, care.ReasonPermitted},
		{"a later no stands before an earlier yes", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-10-01;;", "Brukaren;;Nej;212000-0142;Allt;;2026-10-02;;"}, care.ConsentRefused, care.ReasonDenied},
		{"a yes and a no of one day is a no", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-10-01;;", "Brukaren;;Nej;212000-0142;Allt;;2026-10-01;;"}, care.ConsentRefused, care.ReasonConflict},
		{"a representative who is on file may give it", []string{"Företrädare;196101182803;Ja;212000-0142;Allt;;2026-10-01;;"}, care.ConsentFull, care.ReasonPermitted},
		{"one who is not on file may not", []string{"Företrädare;200001252386;Ja;212000-0142;Allt;;2026-10-01;;"}, care.ConsentNone, care.ReasonNoConsent},
		{"a relative may not", []string{"Dottern;;Ja;212000-0142;Allt;;2026-10-01;;"}, care.ConsentNone, care.ReasonNoConsent},
		{"a relative's no counts", []string{"Dottern;;Nej;212000-0142;Allt;;2026-10-01;;"}, care.ConsentRefused, care.ReasonDenied},
		{"who gave it is not written down", []string{";;Ja;212000-0142;Allt;;2026-10-01;;"}, care.ConsentFull, care.ReasonPermitted},
		{"a line that cannot be read denies everything", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-10-01;;", "Brukaren;;Kanske;212000-0142;Allt;;2026-10-01;;"}, care.ConsentRefused, care.ReasonUnreadable},
		{"a date that does not exist denies everything", []string{"Brukaren;;Ja;212000-0142;Allt;;2026-02-30;;"}, care.ConsentRefused, care.ReasonUnreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mapper(t, "register", map[string]string{"representatives": "yes"})
			var csv strings.Builder
			csv.WriteString(consentHeader)
			for i, line := range c.lines {
				fmt.Fprintf(&csv, "%d;195009072553;%s\n", i+1, line)
			}
			in := care.Input{System: "s", Provides: care.AllFacts, Names: m.names, AsOf: care.NewDate(2026, time.November, 21)}
			add := func(list, text string) {
				body, err := m.find(list).body([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				g := read(t, m, list, string(body))
				in.Records, in.Unreadable = append(in.Records, g.records...), append(in.Unreadable, g.unreadable...)
			}
			add("consent", csv.String())
			add("representative", "Nr;Personnummer;Företrädares personnummer;Från;Till\n1;195009072553;19610118-2803;2020-01-01;\n")
			x := m.newReading(m.find("consent"))
			client := testHasher.Identifier(care.Personnummer, "195009072553")
			in.Records = append(in.Records,
				care.Record{Ref: "c/1", Client: "c/1", Facts: care.Facts{Person: &care.PersonFact{Identifiers: []care.Identifier{client}}}},
				care.Record{Ref: "u/1", Facts: care.Facts{Unit: &care.Unit{Ref: "u/1", Also: []care.Ref{x.organization(ours)}}}},
			)
			s := care.Assemble(in)
			one := s.Clients[0]
			got := care.Decide(one.Consents, s.Roster.ConsentRequest(one, "u/1", time.Date(2026, 11, 21, 12, 0, 0, 0, care.Stockholm)))
			if got.Outcome != c.want || got.Sections[care.SectionPlan].Reason != c.plan {
				t.Errorf("%s, the plan %s; want %s, %s", got.Outcome, got.Sections[care.SectionPlan].Reason, c.want, c.plan)
			}
		})
	}
}

// An organization is the same in every source: by the number that FHIR mappings hash.
func TestAnOrganizationIsTheSameAsInFHIR(t *testing.T) {
	m := mapper(t, "register", nil)
	x := m.newReading(m.lists[0])
	want := person.Ref(care.Identifier{Hash: testHasher.Sum(0, "urn:oid:2.5.4.97|2120000142")})
	for _, s := range []string{"212000-0142", "2120000142", " 212000-0142 "} {
		if got := x.organization(s); got != want {
			t.Errorf("%q is %q", s, got)
		}
	}
	if got := x.organization("SE2321000000-X"); got != person.Ref(testHasher.Identifier(care.HSAID, "SE2321000000-X")) {
		t.Errorf("an HSA-id is %q", got)
	}
}
