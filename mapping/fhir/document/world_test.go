package document

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

const (
	base   = "https://journal.example/fhir"
	testID = "5c2f6f0e-7c55-4f0e-9a0c-2f6d3a5b1c9d"
)

var (
	asOf = care.NewDate(2026, 11, 21)
	at   = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
)

// row is the JSON of a resource: what it must have, and more on top of it.
func rowOf(typ, id, more string) json.RawMessage {
	subject := `"subject":{"reference":"Patient/p1"}`
	if typ == "RelatedPerson" || typ == "DetectedIssue" {
		subject = `"patient":{"reference":"Patient/p1"}`
	}
	return json.RawMessage(fmt.Sprintf(`{"resourceType":%q,"id":%q,%s,%s}`, typ, id, subject, more))
}

func concept(system, code string) string {
	return fmt.Sprintf(`{"coding":[{"system":%q,"code":%q}]}`, system, code)
}

// patient is somebody born in 1931, with a number that was never assigned (fhir.md, "Identifiers").
const patient = `{"resourceType":"Patient","id":"p1",
	"meta":{"versionId":"4","lastUpdated":"2026-11-01T08:00:00Z","security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]},
	"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">NARRATIVE</div>"},
	"identifier":[{"system":"http://electronichealth.se/identifier/personnummer","value":"181103021232"}],
	"name":[{"use":"official","family":"Exempelsson","given":["Märta"]}],
	"gender":"female","birthDate":"1931-03-02","_birthDate":{"extension":[{"url":"http://example.org/fhir/StructureDefinition/precision","valueCode":"day"}]},
	"address":[{"text":"ADDRESS"}],"telecom":[{"value":"TELECOM"}],"contact":[{"name":{"text":"CONTACT"}}],
	"generalPractitioner":[{"reference":"Practitioner/gp"}],
	"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"fi"}]},"preferred":true}],
	"managingOrganization":{"reference":"Organization/norra"}}`

// record is all of a client's record: every section, with references between them.
func record() Collection {
	note := base64.StdEncoding.EncodeToString([]byte("Märta sov gott.\nÅt <frukost> & gick ut."))
	return Collection{
		Patient: json.RawMessage(patient),
		Rows: map[care.Section][]json.RawMessage{
			care.SectionContact: {rowOf("CareTeam", "ct1", `"status":"active","category":[`+concept(contactTeam.system, contactTeam.code)+`],
				"period":{"start":"2026-01-10"},
				"participant":[{"role":[`+concept("urn:oid:1.2.752.129.5.1.69", "3")+`],"member":{"reference":"PractitionerRole/r1","display":"Anna, hemnummer 08-00"}},
					{"role":[{"text":"dotter"}],"member":{"reference":"RelatedPerson/rp1"}}]`)},
			care.SectionRelatives: {rowOf("RelatedPerson", "rp1", `"active":true,"relationship":[{"text":"dotter"}],"name":[{"text":"Stina Exempelsson"}],
				"telecom":[{"system":"phone","value":"070-0000000"}],"period":{"start":"2026-01-01"}`)},
			care.SectionServices: {
				rowOf("ServiceRequest", "s1", `"status":"active","intent":"order","category":[`+concept(settingSystem, "home-care")+`],"code":`+concept(serviceSystem, "personal-care")+`,
					"authoredOn":"2026-01-05","occurrencePeriod":{"start":"2026-01-10"},"quantityQuantity":{"value":12.50,"unit":"h"},
					"performer":[{"reference":"Organization/norra"}],"requester":{"reference":"Practitioner/assessor"}`),
				rowOf("ServiceRequest", "s2", `"status":"active","intent":"order","category":[`+concept(settingSystem, "care-home")+`],"code":`+concept(serviceSystem, "care-home")+`,
					"authoredOn":"2026-11-10","occurrencePeriod":{"start":"2026-12-01"}`),
				rowOf("ServiceRequest", "s3", `"status":"entered-in-error","intent":"order","authoredOn":"2026-11-10"`),
			},
			care.SectionPlan: {
				rowOf("CarePlan", "cp1", `"status":"active","intent":"plan","category":[`+concept(planSystem, "implementation")+`],"created":"2026-01-20",
					"title":"Genomförandeplan","description":"Hjälp med morgon och kväll","author":{"reference":"PractitionerRole/r1"},
					"contributor":[{"reference":"Patient/p1"},{"reference":"RelatedPerson/rp1","display":"Stina"}],
					"careTeam":[{"reference":"CareTeam/ct1"}],"supportingInfo":[{"reference":"RiskAssessment/ra1"},{"display":"Riskbedömning: faller"}],
					"contained":[{"resourceType":"Goal","id":"g1","lifecycleStatus":"active","description":{"text":"Gå till köket själv"},"subject":{"reference":"Patient/p1"},"addresses":[{"reference":"RiskAssessment/ra1"}]}],
					"goal":[{"reference":"#g1"}],
					"extension":[{"url":"`+codeBase+`/StructureDefinition/client-participation","valueBoolean":true},{"url":"http://example.org/x","extension":[{"url":"y","valueReference":{"reference":"RiskAssessment/ra1"}},{"url":"z","valueString":"Z"}]}],
					"activity":[{"detail":{"status":"in-progress","code":`+concept(serviceSystem, "personal-care")+`,"description":"Dusch tisdagar","reasonReference":[{"reference":"DocumentReference/d1"}]}},
						{"reference":{"reference":"ServiceRequest/s1"},"progress":[{"text":"Går bra"}]}]`),
				rowOf("Procedure", "pr1", `"status":"completed","code":`+concept(planSystem, "review")+`,"basedOn":[{"reference":"CarePlan/cp1"}],"performedDateTime":"2026-07-01",
					"performer":[{"actor":{"reference":"Practitioner/anna"}}]`),
			},
			care.SectionJournal: {
				rowOf("DocumentReference", "d1", `"status":"current","type":`+concept(journal.system, journal.code)+`,"date":"2026-11-02T10:00:00+01:00","author":[{"reference":"Practitioner/anna"}],
					"content":[{"attachment":{"contentType":"text/plain","url":"Binary/b1"}}]`),
				rowOf("DocumentReference", "d2", `"status":"current","type":`+concept(journal.system, journal.code)+`,"date":"2026-08-02","author":[{"reference":"Practitioner/anna"}],
					"content":[{"attachment":{"contentType":"text/plain","data":"T0xE"}}]`),
			},
			care.SectionDeviations: {rowOf("DetectedIssue", "di1", `"status":"final","code":`+concept(deviationSystem, "fall")+`,"identifiedDateTime":"2026-05-02","detail":"Föll i hallen",
				"mitigation":[{"action":{"text":"Matta borttagen"},"date":"2026-05-03"}],"evidence":[{"detail":[{"reference":"RiskAssessment/ra1"}]}]`)},
			care.SectionRisks: {
				rowOf("RiskAssessment", "ra1", `"status":"final","occurrenceDateTime":"2026-04-01","prediction":[{"outcome":{"text":"Fall"},"qualitativeRisk":`+concept(terminology+"risk-probability", "high")+`}]`),
				rowOf("CarePlan", "cp2", `"status":"active","intent":"plan","category":[`+concept(planSystem, "action")+`],"created":"2026-04-10","supportingInfo":[{"reference":"RiskAssessment/ra1"}]`),
			},
			care.SectionSIP: {rowOf("CarePlan", "cp3", `"status":"active","intent":"plan","category":[`+concept(planSystem, "sip")+`],"created":"2026-02-10","basedOn":[{"reference":"CarePlan/cp1"}]`)},
		},
		Support: map[care.Ref]json.RawMessage{
			"PractitionerRole/r1": json.RawMessage(`{"resourceType":"PractitionerRole","id":"r1","practitioner":{"reference":"Practitioner/anna"},"organization":{"reference":"` + base + `/Organization/norra"},"telecom":[{"value":"STAFFPHONE"}]}`),
			"Practitioner/anna": json.RawMessage(`{"resourceType":"Practitioner","id":"anna","identifier":[{"system":"` + hsaSystem + `","value":"SE2321000000-P1"},{"system":"urn:other","value":"OTHERID"}],
				"name":[{"family":"Andersson","given":["Anna"]}],"birthDate":"STAFFBORN","telecom":[{"value":"STAFFPHONE"}],"qualification":[{"code":` + concept(qualificationSystem, "assistant-nurse") + `}]}`),
			"Practitioner/assessor": nil,
			"Organization/norra":    json.RawMessage(`{"resourceType":"Organization","id":"norra","identifier":[{"system":"` + hsaSystem + `","value":"SE2321000000-E1"}],"name":"Hemtjänst Norra","telecom":[{"system":"phone","value":"08-000000"}],"partOf":{"reference":"Organization/top"}}`),
			"Binary/b1":             json.RawMessage(`{"resourceType":"Binary","id":"b1","contentType":"text/plain; charset=utf-8","data":"` + note + `"}`),
		},
	}
}

func options(sections ...care.Section) Options {
	permitted := care.SetOfSections(sections...)
	if len(sections) == 0 {
		permitted = care.AllSections
	}
	return Options{
		Permitted: permitted, AsOf: asOf, Base: base, Consents: []Basis{BasisOf("Consent/c2/_history/3")},
		Custodian: Party{Name: "Hemtjänst Norra", HSAID: "SE2321000000-E1", Ref: "Organization/norra"},
		Recipient: Party{Name: "Solgården", HSAID: "SE2321000000-E9"},
	}
}

// composed composes, and holds the result to Check.
func composed(t *testing.T, c Collection, o Options) *Document {
	t.Helper()
	d, err := Compose(c, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Check(d.Bundle(testID, at), o.Permitted) {
		t.Errorf("Check: %s", p)
	}
	return d
}

// entryOf gives a resource of a Bundle by its type and id at the source.
func entryOf(t *testing.T, d *Document, ref care.Ref) object {
	t.Helper()
	b, err := decode(d.Bundle(testID, at))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range objects(b, "entry") {
		if selfOf(one(e, "resource")) == ref {
			return one(e, "resource")
		}
	}
	return nil
}

// leftOut says, for a section, why a resource or a part of it was left out.
func leftOut(d *Document, ref care.Ref, element string) Reason {
	for _, s := range d.Sections {
		for _, l := range s.LeftOut {
			if l.Ref == ref && l.Element == element {
				return l.Reason
			}
		}
	}
	return ""
}

func everything(d *Document) string {
	return string(d.Bundle(testID, at)) + string(d.Page(testID, at))
}

func mentions(t *testing.T, d *Document, yes, no []string) {
	t.Helper()
	for _, s := range yes {
		if !strings.Contains(everything(d), s) {
			t.Errorf("%q is not in the document", s)
		}
	}
	for _, s := range no {
		if strings.Contains(everything(d), s) {
			t.Errorf("%q is in the document", s)
		}
	}
}
