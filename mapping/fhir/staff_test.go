package fhir

import (
	"testing"

	"brygga/care"
)

var wholePractitioner = `{"resourceType":"Practitioner","id":"s1","identifier":[{"system":"urn:oid:1.2.752.29.4.19","value":"SE1-s1"}],
"qualification":[{"code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/qualification","code":"assistant-nurse"}],"text":"undersköterska"},"period":{"start":"2023-09-01"}}]}`

func TestPractitionerIsStaff(t *testing.T) {
	member := func(title string, q ...care.Qualification) care.Facts {
		return care.Facts{Staff: &care.StaffFact{
			Identifiers: []care.Identifier{testHasher.Identifier(care.HSAID, "SE1-s1")}, Title: title, Qualifications: q,
		}}
	}
	nurse := care.Qualification{Kind: care.AssistantNurse, Period: from("2023-09-01")}
	qualified := func(q string) string { return with(wholePractitioner, "qualification", `[`+q+`]`) }
	checkFacts(t, []fact{
		{"an assistant nurse", wholePractitioner, "", member("undersköterska", nurse)},
		{"the other system of HSA-id is the same", with(wholePractitioner, "identifier", `[{"system":"urn:oid:1.2.752.129.2.1.4.1","value":"SE1-s1"}]`), "", member("undersköterska", nurse)},
		{"a personnummer is not read of staff", with(wholePractitioner, "identifier", `[{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"},{"system":"urn:oid:1.2.752.29.4.19","value":"SE1-s1"}]`), "", member("undersköterska", nurse)},
		{"a title alone is a title", qualified(`{"code":{"text":"vårdbiträde"},"period":{"start":"2026-02-30"}}`), "", member("vårdbiträde")},
		{"the first title of several", qualified(`{"code":{}},{"code":{"text":"a"}},{"code":{"text":"b"}}`), "", member("a")},
		{
			"a transitional rule with an end", qualified(`{"code":` + ours("qualification", "assistant-nurse-transitional") + `,"period":{"end":"2033-06"}}`), "",
			member("", care.Qualification{Kind: care.AssistantNurseTransitional, Period: care.Period{End: onDay("2033-06-30")}}),
		},
		{"the routine acknowledged", qualified(`{"code":` + ours("qualification", "care-contact-routine") + `}`), "", member("", care.Qualification{Kind: care.RoutineAcknowledged})},
		{"another qualification is none of ours", qualified(`{"code":` + ours("qualification", "nurse") + `}`), "", member("")},
		{"an unknown gender and a broken address do not matter", with(wholePractitioner, "gender", `"x"`, "address", `{}`, "birthDate", `"1970-99"`), "", member("undersköterska", nurse)},
		{"staff who are not active are staff", with(wholePractitioner, "active", "false"), "", member("undersköterska", nurse)},
	})
	checkBrokenStaff(t, care.SetOf(care.KindStaff, care.KindQualification), []brokenStaff{
		{"an impossible certificate cannot be read", qualified(`{"code":{}},{"code":` + ours("qualification", "assistant-nurse") + `,"period":{"end":"2026-02-30"}}`), "Practitioner.qualification[1].period.end", "Practitioner/s1"},
		{"a code that is text cannot be read", qualified(`{"code":"usk"}`), "Practitioner.qualification[0].code", "Practitioner/s1"},
		{"qualifications that are no list cannot be read", with(wholePractitioner, "qualification", `{}`), "Practitioner.qualification", "Practitioner/s1"},
		{"without id nobody can be told", with(wholePractitioner, "id", "-"), "Practitioner.id", ""},
	})
}

var wholeRole = `{"resourceType":"PractitionerRole","id":"r1","active":true,"practitioner":{"reference":"Practitioner/s1"},
"organization":{"reference":"Organization/u1"},"period":{"start":"2024-01-01"}}`

func TestPractitionerRoleIsAnEmployment(t *testing.T) {
	employed := func(change func(*care.RoleFact)) care.Facts {
		r := &care.RoleFact{Person: "Practitioner/s1", Unit: "Organization/u1", Period: from("2024-01-01")}
		change(r)
		return care.Facts{Role: r}
	}
	asItIs := employed(func(*care.RoleFact) {})
	away := func(periods ...care.Period) care.Facts {
		return employed(func(r *care.RoleFact) {
			for _, p := range periods {
				r.Absences = append(r.Absences, care.Absence{Ref: "PractitionerRole/r1", Period: p})
			}
		})
	}
	absent := func(during string) string { return with(wholeRole, "notAvailable", `[`+during+`]`) }
	checkFacts(t, []fact{
		{"an employment", wholeRole, "", asItIs},
		{"active need not be said", with(wholeRole, "active", "-"), "", asItIs},
		{"not active is left", with(wholeRole, "active", "false", "period", `{"start":"2024-01-01","end":"2026-05"}`), "", employed(func(r *care.RoleFact) { r.Left, r.Period = true, span("2024-01-01", "2026-05-31") })},
		{"an absence", absent(`{"description":"leave","during":{"start":"2026-11-01","end":"2026-12-31"}}`), "", away(span("2026-11-01", "2026-12-31"))},
		{"an open absence and one without start", absent(`{"during":{"start":"2026-11-01"}},{"during":{"end":"2026-12-31"}}`), "", away(from("2026-11-01"), care.Period{End: onDay("2026-12-31")})},
		{"an absence that does not say when says nothing", absent(`{"description":"nights"},{"during":{}}`), "", asItIs},
		{"nobody's employment", with(wholeRole, "practitioner", "-"), "", employed(func(r *care.RoleFact) { r.Person = "" })},
		{"weekdays outside their value set do not matter", with(wholeRole, "availableTime", `[{"daysOfWeek":["weekday"]}]`), "", asItIs},
	})
	checkBrokenStaff(t, care.SetOf(care.KindEmployment, care.KindStaffAbsence), []brokenStaff{
		{"an impossible absence cannot be read", absent(`{"during":{"end":"2026-04-31"}}`), "PractitionerRole.notAvailable[0].during.end", "Practitioner/s1"},
		{"an impossible employment cannot be read", with(wholeRole, "period", `{"start":"2026-13"}`), "PractitionerRole.period.start", "Practitioner/s1"},
		{"active as text cannot be read", with(wholeRole, "active", `"false"`), "PractitionerRole.active", "Practitioner/s1"},
		{"without a person it is the role's", with(wholeRole, "practitioner", "-", "active", `1`), "PractitionerRole.active", "PractitionerRole/r1"},
		{"a person who is only displayed cannot be told", with(wholeRole, "practitioner", `{"display":"x"}`), "PractitionerRole.practitioner", "PractitionerRole/r1"},
	})
}

// brokenStaff is a row of a table: a staff record that cannot be read, and where.
type brokenStaff struct {
	name, raw, path string
	staff           care.Ref
}

func checkBrokenStaff(t *testing.T, facts care.FactSet, rows []brokenStaff) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			h := read(t, c.raw)
			if h.calls() != 1 || len(h.Unread) != 1 {
				t.Fatalf("want one unreadable record, got %s", show(h))
			}
			u := h.Unread[0]
			if u.Path != c.path || u.Staff != c.staff || u.Client != "" || u.Facts != facts {
				t.Errorf("got %+v, want path %s, staff %q", u, c.path, c.staff)
			}
		})
	}
}
