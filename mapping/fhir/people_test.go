package fhir

import (
	"encoding/json"
	"strings"
	"testing"

	"brygga/care"
	"brygga/mapping/person"
)

var wholePatient = `{"resourceType":"Patient","id":"p1","identifier":[{"system":"http://electronichealth.se/identifier/personnummer","value":"181902238292"}],
"birthDate":"1939-02-23","managingOrganization":{"reference":"Organization/u1"}}`

func TestPatientIsAClient(t *testing.T) {
	client := func(change func(*care.PersonFact)) care.Facts {
		p := &care.PersonFact{
			Identifiers: []care.Identifier{testHasher.Identifier(care.Personnummer, "181902238292")},
			Born:        onDay("1939-02-23"), Unit: "Organization/u1",
		}
		change(p)
		return care.Facts{Person: p}
	}
	asItIs := client(func(*care.PersonFact) {})
	identified := func(kind care.IdentifierKind, value string) care.Facts {
		return client(func(p *care.PersonFact) { p.Identifiers = []care.Identifier{testHasher.Identifier(kind, value)} })
	}
	identifier := func(system, value string) string {
		return with(wholePatient, "identifier", `[{"system":"`+system+`","value":"`+value+`"}]`)
	}
	protected := client(func(p *care.PersonFact) { p.Protected = true })
	label := func(system, code string) string {
		return with(wholePatient, "meta", `{"security":[{"system":"`+system+`","code":"`+code+`"}]}`)
	}
	nobody := client(func(p *care.PersonFact) { p.Identifiers = nil })
	checkFacts(t, []fact{
		{"a client", wholePatient, "Patient/p1", asItIs},
		{"personnummer by its other system", identifier("urn:oid:1.2.752.129.2.1.3.1", "181902238292"), "Patient/p1", asItIs},
		{"both systems of one number are one identifier", with(wholePatient, "identifier", `[{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"},{"system":"http://electronichealth.se/identifier/personnummer","value":"181902238292"}]`), "Patient/p1", asItIs},
		{"a number with a wrong check digit is not valid", identifier("urn:oid:1.2.752.129.2.1.3.1", "181902238293"), "Patient/p1", identified(care.Personnummer, "181902238293")},
		{"samordningsnummer", identifier("http://electronichealth.se/identifier/samordningsnummer", "181902838298"), "Patient/p1", identified(care.Samordningsnummer, "181902838298")},
		{"samordningsnummer by its other system", identifier("urn:oid:1.2.752.129.2.1.3.3", "181902838298"), "Patient/p1", identified(care.Samordningsnummer, "181902838298")},
		{"reservnummer", identifier("http://electronichealth.se/identifier/nationelltReservnummer", "22X1"), "Patient/p1", identified(care.Reservnummer, "22X1")},
		{"reservnummer by a published typo", identifier("http://electronichealth.se/identifier/nationelltReservnumer", "22X1"), "Patient/p1", identified(care.Reservnummer, "22X1")},
		{"reservnummer by its other system", identifier("urn:oid:1.2.752.74.9.1", "22X1"), "Patient/p1", identified(care.Reservnummer, "22X1")},
		{"an identifier of another system is not read", identifier("http://x.example/mrn", "1"), "Patient/p1", nobody},
		{"an HSA-id is no client's", identifier("urn:oid:1.2.752.29.4.19", "SE1"), "Patient/p1", nobody},
		{"an identifier without value is none", with(wholePatient, "identifier", `[{"system":"urn:oid:1.2.752.129.2.1.3.1"}]`), "Patient/p1", nobody},
		{"an unknown use of an identifier does not matter", with(wholePatient, "identifier", `[{"use":"daily","system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292","period":{"start":"2026-02-30"}}]`), "Patient/p1", asItIs},
		{"an unknown gender does not matter", with(wholePatient, "gender", `"x"`, "name", `{"text":"y"}`, "address", `3`), "Patient/p1", asItIs},
		{"a client who is not active is a client", with(wholePatient, "active", "false"), "Patient/p1", asItIs},
		{"only the year of birth is known", with(wholePatient, "birthDate", `"1939"`), "Patient/p1", client(func(p *care.PersonFact) { p.Born = onDay("1939-01-01") })},
		{"dead", with(wholePatient, "deceasedBoolean", "true"), "Patient/p1", client(func(p *care.PersonFact) { p.Deceased = true })},
		{"not dead", with(wholePatient, "deceasedBoolean", "false"), "Patient/p1", asItIs},
		{"dead since a night in Stockholm", with(wholePatient, "deceasedDateTime", `"2026-06-30T22:30:00Z"`), "Patient/p1", client(func(p *care.PersonFact) { p.Deceased, p.DeceasedOn = true, onDay("2026-07-01") })},
		{"sekretessmarkering", label("http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "sekretessmarkering"), "Patient/p1", protected},
		{"skyddad folkbokföring", label("http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "skyddadFolkbokforing"), "Patient/p1", protected},
		{"restricted", label("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R"), "Patient/p1", protected},
		{"very restricted", label("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "V"), "Patient/p1", protected},
		{"a normal label does not protect", label("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "N"), "Patient/p1", asItIs},
		{"an unknown label protects", label("http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "nytt"), "Patient/p1", protected},
		{"a label of another system protects", label("http://x.example", "N"), "Patient/p1", protected},
		{"a label without code protects", with(wholePatient, "meta", `{"security":[{"display":"x"}]}`), "Patient/p1", protected},
		{"one protecting label among others protects", with(wholePatient, "meta", `{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"},{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}`), "Patient/p1", protected},
		{"hardly anything is known", `{"resourceType":"Patient","id":"p1"}`, "Patient/p1", care.Facts{Person: &care.PersonFact{}}},
	})
	checkBroken(t, care.SetOf(care.KindClient), []broken{
		{"an impossible birth date cannot be read", with(wholePatient, "birthDate", `"1939-02-30"`), "Patient.birthDate", "Patient/p1"},
		{"an impossible death cannot be read", with(wholePatient, "deceasedDateTime", `"2026-13"`), "Patient.deceasedDateTime", "Patient/p1"},
		{"death as text cannot be read", with(wholePatient, "deceasedBoolean", `"no"`), "Patient.deceasedBoolean", "Patient/p1"},
		{"labels that are no list cannot be read", with(wholePatient, "meta", `{"security":{}}`), "Patient.meta.security", "Patient/p1"},
		{"a number as JSON number cannot be read", with(wholePatient, "identifier", `[{"system":"urn:oid:1.2.752.129.2.1.3.1","value":181902238292}]`), "Patient.identifier[0].value", "Patient/p1"},
		{"without id nobody can be told", with(wholePatient, "id", "-"), "Patient.id", ""},
		{"an id that is no id is not passed on", with(wholePatient, "id", `"a b"`), "Patient.id", ""},
	})
}

func TestARecordSaysWhenItWasWritten(t *testing.T) {
	r := record(t, with(wholePatient, "meta", `{"versionId":"7","lastUpdated":"2026-11-20T02:10:00.123+01:00"}`))
	if r.Version != "7" || r.Updated.UTC().Format("15:04:05.000") != "01:10:00.123" || r.Ref != "Patient/p1" {
		t.Errorf("got %+v", r)
	}
}

// Nothing that names a person leaves the mapping.
func TestNothingPersonalIsLeft(t *testing.T) {
	raw := with(wholePatient, "name", `[{"text":"Namn Namnsson"}]`, "telecom", `[{"value":"070-1"}]`, "birthDate", `"1939-02-99"`)
	h := read(t, raw)
	h.Records = append(h.Records, record(t, with(raw, "birthDate", "-")))
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"1819", "Namn", "070", "02-99"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("%q is in what was read", secret)
		}
	}
}

func TestRelatedPersonIsARelative(t *testing.T) {
	raw := `{"resourceType":"RelatedPerson","id":"r1","patient":{"reference":"Patient/p1"}}`
	there := care.Facts{Relatives: []care.Relative{{Ref: "RelatedPerson/r1"}}}
	checkFacts(t, []fact{
		{"a relative", raw, "Patient/p1", there},
		{
			"a guardian may decide for the client, while it lasts",
			with(raw, "relationship", `[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":"GUARD"}]}]`, "period", `{"end":"2026-10"}`),
			"Patient/p1",
			care.Facts{Relatives: []care.Relative{{Ref: "RelatedPerson/r1", Decides: true, Period: care.Period{End: care.NewDate(2026, 10, 31)}}}},
		},
		{"a code of another system lets nobody decide", with(raw, "relationship", `[{"coding":[{"code":"GUARD"}]}]`), "Patient/p1", there},
		{
			"a relative may be referred to by identifier", with(raw, "identifier", `[{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"},{"value":"x"}]`), "Patient/p1",
			care.Facts{Relatives: []care.Relative{{Ref: "RelatedPerson/r1", Also: []care.Ref{person.Ref(testHasher.Identifier(care.Personnummer, "181902238292"))}}}},
		},
		{"an active relative", with(raw, "active", "true"), "Patient/p1", there},
		{"a relative who is not active is none", with(raw, "active", "false", "patient", "-"), "", care.Facts{}},
		{"a relative's gender does not matter", with(raw, "gender", `"x"`), "Patient/p1", there},
	})
	checkBroken(t, care.SetOf(care.KindRelative), []broken{
		{"active as text cannot be read", with(raw, "active", `"no"`), "RelatedPerson.active", "Patient/p1"},
		{"nobody's relative cannot be told", with(raw, "patient", "-"), "RelatedPerson.patient", ""},
	})
}

func TestOrganizationIsAUnit(t *testing.T) {
	raw := `{"resourceType":"Organization","id":"u1","name":"Norra","partOf":{"reference":"Organization/k"},
	"identifier":[{"system":"urn:oid:1.2.752.29.4.19","value":"SE1-E1"},{"system":"urn:oid:2.5.4.97","value":"2120000000"},{"system":"http://x.example","value":"secret"}]}`
	named := func(kind byte, id string) care.Ref {
		return person.Ref(care.Identifier{Hash: testHasher.Sum(kind, id)})
	}
	unit := &care.Unit{
		Ref: "Organization/u1", Name: "Norra", PartOf: "Organization/k", Identifiers: []string{"SE1-E1", "2120000000"},
		Also: []care.Ref{named(byte(care.HSAID), "SE1-E1"), named(0, "urn:oid:2.5.4.97|2120000000"), named(0, "http://x.example|secret")},
	}
	checkFacts(t, []fact{
		{"a unit", raw, "", care.Facts{Unit: unit}},
		{"a unit without anything", `{"resourceType":"Organization","id":"u1","active":"?"}`, "", care.Facts{Unit: &care.Unit{Ref: "Organization/u1"}}},
	})
	checkBroken(t, care.SetOf(care.KindUnit), []broken{
		{"a name that is a number cannot be read", with(raw, "name", "5"), "Organization.name", ""},
	})
}
