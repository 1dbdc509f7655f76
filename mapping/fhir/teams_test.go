package fhir

import (
	"fmt"
	"strings"
	"testing"

	"brygga/care"
)

const contactRole = `{"coding":[{"system":"https://terminologitjansten.inera.se/inera-kodverksforvaltning/kodverk/kv_typ_av_fast_kontakt","code":"3"}]}`

var wholeTeam = `{"resourceType":"CareTeam","id":"ct1","status":"active",
"category":[{"coding":[{"system":"https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs","code":"fast-kontakt"}]}],
"subject":{"reference":"Patient/p1"},"participant":[` + participant("Practitioner/s1", `"period":{"start":"2026-01-20"}`) + `]}`

func participant(member string, more ...string) string {
	return fmt.Sprintf(`{"role":[%s],"member":{"reference":"%s"}%s}`, contactRole, member, strings.Join(append([]string{""}, more...), ","))
}

func TestCareTeamIsAssignments(t *testing.T) {
	held := func(p care.Period, members ...care.Ref) care.Facts {
		f := care.Facts{}
		for _, m := range members {
			f.Assignments = append(f.Assignments, care.Assignment{Team: "CareTeam/ct1", Member: m, Period: p})
		}
		return f
	}
	ended := func(p care.Period) care.Facts {
		f := held(p, "Practitioner/s1")
		f.Assignments[0].Inactive = true
		return f
	}
	asItIs := held(from("2026-01-20"), "Practitioner/s1")
	checkFacts(t, []fact{
		{"an active team is an assignment", wholeTeam, "Patient/p1", asItIs},
		{"a suspended team counts", with(wholeTeam, "status", `"suspended"`), "Patient/p1", asItIs},
		{"a team without status counts", with(wholeTeam, "status", "-"), "Patient/p1", asItIs},
		{"a team with status null counts", with(wholeTeam, "status", "null"), "Patient/p1", asItIs},
		{"an inactive team has ended", with(wholeTeam, "status", `"inactive"`, "period", `{"end":"2026-05-31"}`), "Patient/p1", ended(span("2026-01-20", "2026-05-31"))},
		{"an inactive team without end has ended nobody knows when", with(wholeTeam, "status", `"inactive"`), "Patient/p1", ended(from("2026-01-20"))},
		{"a proposed team is none", with(wholeTeam, "status", `"proposed"`), "", care.Facts{}},
		{"a team entered in error is none", with(wholeTeam, "status", `"entered-in-error"`, "participant", `5`), "", care.Facts{}},
		{"a team of another category is none, whatever its status", with(wholeTeam, "category", `[{"coding":[{"system":"http://loinc.org","code":"LA27976-2"}]}]`, "status", `"?"`, "participant", "{}"), "", care.Facts{}},
		{"the period of the team applies too", with(wholeTeam, "period", `{"start":"2026-02-01","end":"2026-08-31"}`), "Patient/p1", held(span("2026-02-01", "2026-08-31"), "Practitioner/s1")},
		{"the later start and the earlier end apply", with(wholeTeam, "period", `{"start":"2026-01-01","end":"2026-08-31"}`, "participant", `[`+participant("Practitioner/s1", `"period":{"start":"2026-01-20","end":"2026-09-30"}`)+`]`), "Patient/p1", held(span("2026-01-20", "2026-08-31"), "Practitioner/s1")},
		{"without any period there is no start", with(wholeTeam, "participant", `[`+participant("Practitioner/s1")+`]`), "Patient/p1", held(care.Period{}, "Practitioner/s1")},
		{"several participants are several assignments", with(wholeTeam, "participant", `[`+participant("Practitioner/s1")+`,`+participant("PractitionerRole/r2")+`]`), "Patient/p1", held(care.Period{}, "Practitioner/s1", "PractitionerRole/r2")},
		{"the role may be an object, as in R5", with(wholeTeam, "participant", `[{"role":`+contactRole+`,"member":{"reference":"Practitioner/s1"},"period":{"start":"2026-01-20"}}]`), "Patient/p1", asItIs},
		{"the role's other system is read too", with(wholeTeam, "participant", `[{"role":[{"coding":[{"system":"urn:oid:1.2.752.129.5.1.69","code":"3"}]}],"member":{"reference":"Practitioner/s1"},"period":{"start":"2026-01-20"}}]`), "Patient/p1", asItIs},
		{"another role is no contact, whatever its period", with(wholeTeam, "participant", `[{"role":[{"coding":[{"system":"urn:oid:1.2.752.129.5.1.69","code":"1"}]}],"member":{"reference":"Practitioner/s9"},"period":{"start":"2026-02-30"}},`+participant("Practitioner/s1", `"period":{"start":"2026-01-20"}`)+`]`), "Patient/p1", asItIs},
		{"a participant without role is no contact", with(wholeTeam, "participant", `[{"member":{"reference":"Practitioner/s1"}}]`), "Patient/p1", care.Facts{}},
		{"a participant without member is nobody", with(wholeTeam, "participant", `[{"role":[`+contactRole+`]}]`), "Patient/p1", care.Facts{}},
		{"a relative in the role is no contact", with(wholeTeam, "participant", `[`+participant("RelatedPerson/r1")+`,`+participant("Practitioner/s1", `"period":{"start":"2026-01-20"}`)+`]`), "Patient/p1", asItIs},
		{"a unit in the role is no contact: nobody is named", with(wholeTeam, "participant", `[`+participant("http://x.example/fhir/Organization/u1/_history/2")+`]`), "Patient/p1", care.Facts{}},
		{"the client in the role is no contact", with(wholeTeam, "participant", `[{"role":[`+contactRole+`],"member":{"type":"Patient","identifier":{"system":"http://electronichealth.se/identifier/personnummer","value":"181902238292"}}}]`), "Patient/p1", care.Facts{}},
		{"a team without participants has no contact", with(wholeTeam, "participant", "-"), "Patient/p1", care.Facts{}},
		{
			"a member named by HSA-id is named by its hash", with(wholeTeam, "participant", `[{"role":[`+contactRole+`],"member":{"identifier":{"use":"bogus","system":"urn:oid:1.2.752.29.4.19","value":"SE2321000000-s1"}}}]`), "Patient/p1",
			held(care.Period{}, care.LogicalRef(testHasher.Identifier(care.HSAID, "SE2321000000-s1"))),
		},
		{
			"the other system of HSA-id names the same person", with(wholeTeam, "participant", `[{"role":[`+contactRole+`],"member":{"identifier":{"system":"urn:oid:1.2.752.129.2.1.4.1","value":"SE2321000000-s1"}}}]`), "Patient/p1",
			held(care.Period{}, care.LogicalRef(testHasher.Identifier(care.HSAID, "SE2321000000-s1"))),
		},
		{"a contained member is a name of its own", with(wholeTeam, "participant", `[{"role":[`+contactRole+`],"member":{"reference":"#s1"}}]`), "Patient/p1", held(care.Period{}, "CareTeam/ct1#s1")},
		{"an unknown gender in what is contained does not matter", with(wholeTeam, "contained", `[{"resourceType":"Practitioner","gender":"x"}]`, "managingOrganization", `{}`), "Patient/p1", asItIs},
	})
	checkBroken(t, care.SetOf(care.KindAssignment), []broken{
		{"a status outside its value set cannot be read", with(wholeTeam, "status", `"finished"`), "CareTeam.status", "Patient/p1"},
		{"a status that is no text cannot be read", with(wholeTeam, "status", `true`), "CareTeam.status", "Patient/p1"},
		{"a category that is no list cannot be read", with(wholeTeam, "category", `"fast-kontakt"`), "CareTeam.category", "Patient/p1"},
		{"participants that are no list cannot be read", with(wholeTeam, "participant", participant("Practitioner/s1")), "CareTeam.participant", "Patient/p1"},
		{"an impossible start of a participant cannot be read", with(wholeTeam, "participant", `[`+participant("Practitioner/s2")+`,`+participant("Practitioner/s1", `"period":{"start":"2026-02-30"}`)+`]`), "CareTeam.participant[1].period.start", "Patient/p1"},
		{"an impossible end of the team cannot be read", with(wholeTeam, "period", `{"end":"2026-13"}`), "CareTeam.period.end", "Patient/p1"},
		{"a member who is only displayed is somebody who cannot be told", with(wholeTeam, "participant", `[{"role":[`+contactRole+`],"member":{"display":"x"}}]`), "CareTeam.participant[0].member", "Patient/p1"},
		{"a member by search is not followed", with(wholeTeam, "participant", `[`+participant("Practitioner?identifier=x|y")+`]`), "CareTeam.participant[0].member", "Patient/p1"},
		{"a uuid that the Bundle does not hold names nobody", with(wholeTeam, "participant", `[`+participant("urn:uuid:0b4b1d6e-0000-4000-8000-000000000000")+`]`), "CareTeam.participant[0].member", "Patient/p1"},
		{"without a subject nobody can be told", with(wholeTeam, "subject", "-"), "CareTeam.subject", ""},
		{"a subject by an unknown system cannot be told", with(wholeTeam, "subject", `{"identifier":{"system":"http://x.example","value":"1"}}`), "CareTeam.subject", ""},
	})
}

func TestTenThousandParticipantsAreRead(t *testing.T) {
	all := make([]string, 10_000)
	for i := range all {
		all[i] = participant(fmt.Sprintf("Practitioner/s%d", i))
	}
	r := record(t, with(wholeTeam, "participant", `[`+strings.Join(all, ",")+`]`))
	if len(r.Assignments) != 10_000 || r.Assignments[9_999].Member != "Practitioner/s9999" {
		t.Errorf("got %d assignments", len(r.Assignments))
	}
}
