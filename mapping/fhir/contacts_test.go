package fhir

import (
	"strings"
	"testing"

	"brygga/care"
)

var wholeDecision = `{"resourceType":"Observation","id":"o1","status":"final","code":` + ours("observation", "care-contact-decision") + `,
"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-03-01","valueCodeableConcept":` + ours("care-contact-decision", "offered") + `}`

func TestObservationIsAContactDecision(t *testing.T) {
	decided := func(k care.DecisionKind, on string) care.Facts {
		d := care.Decision{Ref: "Observation/o1", Kind: k}
		if on != "" {
			d.Date = onDay(on)
		}
		return care.Facts{Decisions: []care.Decision{d}}
	}
	value := func(code string) string {
		return with(wholeDecision, "valueCodeableConcept", ours("care-contact-decision", code))
	}
	checkFacts(t, []fact{
		{"an offer", wholeDecision, "Patient/p1", decided(care.Offered, "2026-03-01")},
		{"an acceptance", value("accepted"), "Patient/p1", decided(care.Accepted, "2026-03-01")},
		{"a refusal", value("declined"), "Patient/p1", decided(care.Declined, "2026-03-01")},
		{"an assessment that no contact is needed", value("unnecessary"), "Patient/p1", decided(care.Unnecessary, "2026-03-01")},
		{"a wish for another contact", value("change-requested"), "Patient/p1", decided(care.ChangeRequested, "2026-03-01")},
		{"a value that the table does not know decides nothing", value("postponed"), "Patient/p1", care.Facts{}},
		{"a missing value decides nothing", with(wholeDecision, "valueCodeableConcept", "-"), "Patient/p1", care.Facts{}},
		{"amended counts", with(wholeDecision, "status", `"amended"`), "Patient/p1", decided(care.Offered, "2026-03-01")},
		{"corrected counts", with(wholeDecision, "status", `"corrected"`), "Patient/p1", decided(care.Offered, "2026-03-01")},
		{"preliminary does not count", with(wholeDecision, "status", `"preliminary"`), "", care.Facts{}},
		{"registered does not count", with(wholeDecision, "status", `"registered"`), "", care.Facts{}},
		{"entered in error does not count", with(wholeDecision, "status", `"entered-in-error"`), "", care.Facts{}},
		{"an instant is on its day in Stockholm", with(wholeDecision, "effectiveDateTime", `"2026-06-30T22:30:00Z"`), "Patient/p1", decided(care.Offered, "2026-07-01")},
		{"a month is its first day", with(wholeDecision, "effectiveDateTime", `"2026-03"`), "Patient/p1", decided(care.Offered, "2026-03-01")},
		{"an instant by its other name", with(wholeDecision, "effectiveDateTime", "-", "effectiveInstant", `"2026-03-01T10:00:00Z"`), "Patient/p1", decided(care.Offered, "2026-03-01")},
		{"a period is dated at its start", with(wholeDecision, "effectiveDateTime", "-", "effectivePeriod", `{"start":"2026-03-01","end":"2026-03-09"}`), "Patient/p1", decided(care.Offered, "2026-03-01")},
		{"a decision may be without date", with(wholeDecision, "effectiveDateTime", "-"), "Patient/p1", decided(care.Offered, "")},
		{"another observation is none of ours, whatever is wrong with it", with(wholeDecision, "code", `{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}`, "status", `"done"`, "effectiveDateTime", `"?"`, "subject", "-"), "", care.Facts{}},
		{"what is not read may be of any type", with(wholeDecision, "component", `{}`, "issued", `7`, "category", `"x"`), "Patient/p1", decided(care.Offered, "2026-03-01")},
	})
	checkBroken(t, care.SetOf(care.KindDecision), []broken{
		{"a status outside its value set cannot be read", with(wholeDecision, "status", `"ended"`), "Observation.status", "Patient/p1"},
		{"a missing status cannot be read", with(wholeDecision, "status", "-"), "Observation.status", "Patient/p1"},
		{"a code in a list cannot be read", with(wholeDecision, "code", "[]"), "Observation.code", "Patient/p1"},
		{"an impossible date cannot be read", with(wholeDecision, "effectiveDateTime", `"2026-02-29"`), "Observation.effectiveDateTime", "Patient/p1"},
		{"a value that is text cannot be read", with(wholeDecision, "valueCodeableConcept", `"offered"`), "Observation.valueCodeableConcept", "Patient/p1"},
		{"without a subject nobody can be told", with(wholeDecision, "subject", "-"), "Observation.subject", ""},
	})
}

var wholeTalk = `{"resourceType":"Communication","id":"c1","status":"completed","topic":` + ours("information", "care-contact") + `,
"subject":{"reference":"Patient/p1"},"recipient":[{"reference":"Patient/p1"}],"medium":[` + medium("VERBAL") + `],"sent":"2026-01-20T12:00:00+01:00"}`

func medium(codes ...string) string {
	var out []string
	for _, c := range codes {
		out = append(out, `{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationMode","code":"`+c+`"}]}`)
	}
	return strings.Join(out, ",")
}

func TestCommunicationIsInformationGiven(t *testing.T) {
	given := func(change func(*care.Information)) care.Facts {
		i := care.Information{Ref: "Communication/c1", Topic: care.TopicContact, ToClient: true, Oral: true, Date: onDay("2026-01-20")}
		change(&i)
		return care.Facts{Information: []care.Information{i}}
	}
	to := func(recipients string) string { return with(wholeTalk, "recipient", `[`+recipients+`]`) }
	by := func(codes ...string) string { return with(wholeTalk, "medium", `[`+medium(codes...)+`]`) }
	oral := given(func(*care.Information) {})
	written := given(func(i *care.Information) { i.Oral, i.Written = false, true })
	neither := given(func(i *care.Information) { i.Oral = false })
	rows := []fact{
		{"told to the client", wholeTalk, "Patient/p1", oral},
		{"about the right to change", with(wholeTalk, "topic", ours("information", "right-to-change")), "Patient/p1", given(func(i *care.Information) { i.Topic = care.TopicRightToChange })},
		{"about a handover between contacts", with(wholeTalk, "topic", ours("information", "contact-handover")), "Patient/p1", given(func(i *care.Information) { i.Topic = care.TopicContactHandover })},
		{
			"about a handover to a care home", with(wholeTalk, "topic", ours("information", "care-home-handover"), "recipient", `[{"reference":"Organization/home1"}]`), "Patient/p1",
			given(func(i *care.Information) {
				i.Topic, i.ToClient, i.Organizations = care.TopicCareHomeHandover, false, []care.Ref{"Organization/home1"}
			}),
		},
		{"another topic is none of ours", with(wholeTalk, "topic", ours("information", "weather"), "status", `"?"`), "", care.Facts{}},
		{"no topic is none of ours", with(wholeTalk, "topic", "-"), "", care.Facts{}},
		{"to a relative", to(`{"reference":"RelatedPerson/r1"}`), "Patient/p1", given(func(i *care.Information) { i.ToClient, i.ToRelatives = false, true })},
		{"to client and relative", to(`{"reference":"RelatedPerson/r1"},{"reference":"Patient/p1/_history/3"}`), "Patient/p1", given(func(i *care.Information) { i.ToRelatives = true })},
		{"to another client is not to this one", to(`{"reference":"Patient/p2"}`), "Patient/p1", given(func(i *care.Information) { i.ToClient = false })},
		{"to the client by personnummer", to(`{"type":"Patient","identifier":{"system":"http://electronichealth.se/identifier/personnummer","value":"181902238292"}}`), "Patient/p1", oral},
		{"to the client by personnummer, without a type", to(`{"identifier":{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"}}`), "Patient/p1", oral},
		{"to a member of staff by HSA-id is not to the client", to(`{"identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"SE2321000000-s1"}}`), "Patient/p1", given(func(i *care.Information) { i.ToClient = false })},
		{"to nobody", with(wholeTalk, "recipient", "-"), "Patient/p1", given(func(i *care.Information) { i.ToClient = false })},
		{"in both ways", by("VERBAL", "WRITTEN"), "Patient/p1", given(func(i *care.Information) { i.Written = true })},
		{"electronically is neither oral nor written", by("ELECTRONIC"), "Patient/p1", neither},
		{"without medium", with(wholeTalk, "medium", "-"), "Patient/p1", neither},
		{"a time at night is on its day in Stockholm", with(wholeTalk, "sent", `"2026-07-01T23:00:00Z"`), "Patient/p1", given(func(i *care.Information) { i.Date = onDay("2026-07-02") })},
		{"nobody knows when", with(wholeTalk, "sent", "-"), "Patient/p1", given(func(i *care.Information) { i.Date = 0 })},
	}
	for _, c := range []string{"WRITTEN", "EMAILWRIT", "FAXWRIT", "HANDWRIT", "MAILWRIT", "ONLINEWRIT", "TYPEWRIT"} {
		rows = append(rows, fact{c + " is written", by(c), "Patient/p1", written})
	}
	for _, c := range []string{"VERBAL", "DICTATE", "FACE", "PHONE", "VIDEOCONF"} {
		rows = append(rows, fact{c + " is oral", by(c), "Patient/p1", oral})
	}
	for _, s := range []string{"preparation", "in-progress", "not-done", "on-hold", "stopped", "entered-in-error", "unknown"} {
		rows = append(rows, fact{"what is " + s + " has not been given", with(wholeTalk, "status", `"`+s+`"`), "", care.Facts{}})
	}
	checkFacts(t, rows)
	checkBroken(t, care.SetOf(care.KindInformation), []broken{
		{"a status outside its value set cannot be read", with(wholeTalk, "status", `"done"`), "Communication.status", "Patient/p1"},
		{"a missing status is not preparation", with(wholeTalk, "status", "-"), "Communication.status", "Patient/p1"},
		{"an impossible time cannot be read", with(wholeTalk, "sent", `"2026-01-20T25:00:00+01:00"`), "Communication.sent", "Patient/p1"},
		{"a recipient that is no list cannot be read", with(wholeTalk, "recipient", `{"reference":"Patient/p1"}`), "Communication.recipient", "Patient/p1"},
		{"without a subject nobody can be told", with(wholeTalk, "subject", "-"), "Communication.subject", ""},
	})
}
