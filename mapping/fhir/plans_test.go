package fhir

import (
	"testing"

	"brygga/care"
)

var barePlan = `{"resourceType":"CarePlan","id":"cp1","status":"active","intent":"plan","category":[` + ours("plan", "implementation") + `],
"subject":{"reference":"Patient/p1"},"created":"2026-09-01","author":{"reference":"Practitioner/s1"}}`

func TestCarePlanIsAPlan(t *testing.T) {
	made := func(change func(*care.Plan)) care.Facts {
		p := care.Plan{Ref: "CarePlan/cp1", Kind: care.Implementation, Active: true, Created: onDay("2026-09-01"), Author: "Practitioner/s1"}
		change(&p)
		return care.Facts{Plans: []care.Plan{p}}
	}
	asItIs := made(func(*care.Plan) {})
	ended := made(func(p *care.Plan) { p.Active = false })
	participation := func(v string) string {
		return `[{"url":"https://brygga.example/fhir/StructureDefinition/client-participation","valueBoolean":` + v + `}]`
	}
	planned := func(dates ...string) string {
		out := ""
		for _, d := range dates {
			out += `,{"url":"https://brygga.example/fhir/StructureDefinition/planned-follow-up","valueDate":"` + d + `"}`
		}
		return `[` + out[1:] + `]`
	}
	activity := func(details ...string) string {
		out := ""
		for _, d := range details {
			out += `,{"detail":{"code":` + ours("plan", "follow-up") + `,` + d + `}}`
		}
		return `[` + out[1:] + `]`
	}
	followed := func(dates ...string) care.Facts {
		return made(func(p *care.Plan) {
			for _, d := range dates {
				p.FollowUps = append(p.FollowUps, onDay(d))
			}
		})
	}
	checkFacts(t, []fact{
		{"an active plan runs", barePlan, "Patient/p1", asItIs},
		{"a plan on hold runs", with(barePlan, "status", `"on-hold"`), "Patient/p1", asItIs},
		{"a completed plan has ended, and was a plan", with(barePlan, "status", `"completed"`), "Patient/p1", ended},
		{"a revoked plan has ended, and was a plan", with(barePlan, "status", `"revoked"`), "Patient/p1", ended},
		{"a draft is no plan", with(barePlan, "status", `"draft"`, "created", `"2026-02-30"`), "", care.Facts{}},
		{"a plan of unknown status is none", with(barePlan, "status", `"unknown"`), "", care.Facts{}},
		{"a plan entered in error is none", with(barePlan, "status", `"entered-in-error"`), "", care.Facts{}},
		{"a SIP", with(barePlan, "category", `[`+ours("plan", "sip")+`]`), "Patient/p1", made(func(p *care.Plan) { p.Kind = care.SIP })},
		{"an action plan", with(barePlan, "category", `[{"text":"x"},`+ours("plan", "action")+`]`), "Patient/p1", made(func(p *care.Plan) { p.Kind = care.ActionPlan })},
		{"a plan of another category is none of ours, whatever is wrong with it", with(barePlan, "category", `[]`, "status", `"?"`, "created", `[]`), "", care.Facts{}},
		{
			"the start of its period stands in for when it was created", with(barePlan, "created", "-", "period", `{"start":"2026-08","end":"2026-10"}`), "Patient/p1",
			made(func(p *care.Plan) { p.Created, p.Period = onDay("2026-08-01"), span("2026-08-01", "2026-10-31") }),
		},
		{"created goes before the period", with(barePlan, "period", `{"start":"2026-08-01"}`), "Patient/p1", made(func(p *care.Plan) { p.Period = from("2026-08-01") })},
		{"nobody knows when it was created", with(barePlan, "created", "-"), "Patient/p1", made(func(p *care.Plan) { p.Created = 0 })},
		{"an organization is no author", with(barePlan, "author", `{"reference":"Organization/u1"}`), "Patient/p1", made(func(p *care.Plan) { p.Author = "" })},
		{"the client among the contributors took part", with(barePlan, "contributor", `[{"reference":"Practitioner/s1"},{"reference":"http://any.example/fhir/Patient/p1"}]`), "Patient/p1", made(func(p *care.Plan) { p.Participation = care.Participated })},
		{"another client among the contributors says nothing", with(barePlan, "contributor", `[{"reference":"Patient/p2"}]`), "Patient/p1", asItIs},
		{"an explicit yes", with(barePlan, "extension", participation("true")), "Patient/p1", made(func(p *care.Plan) { p.Participation = care.Participated })},
		{"an explicit no goes before the contributors", with(barePlan, "extension", participation("false"), "contributor", `[{"reference":"Patient/p1"}]`), "Patient/p1", made(func(p *care.Plan) { p.Participation = care.DidNotParticipate })},
		{"an extension without a value says nothing", with(barePlan, "extension", `[{"url":"https://brygga.example/fhir/StructureDefinition/client-participation"}]`), "Patient/p1", asItIs},
		{"a planned follow-up", with(barePlan, "extension", planned("2027-02-01")), "Patient/p1", followed("2027-02-01")},
		{"the extension goes before the activities", with(barePlan, "extension", planned("2027-02-01"), "activity", activity(`"scheduledPeriod":{"start":"2026-10-01"}`)), "Patient/p1", followed("2027-02-01")},
		{"planned activities, sorted", with(barePlan, "activity", activity(`"status":"scheduled","scheduledPeriod":{"start":"2027-02-01"}`, `"kind":"bogus","scheduledTiming":{"event":["2026-12-01","2026-11"]}`, `"scheduledString":"2026-11-01"`)), "Patient/p1", followed("2026-11-01", "2026-12-01", "2027-02-01")},
		{"an activity that only has an end is planned for it", with(barePlan, "activity", activity(`"scheduledPeriod":{"end":"2027-02-01"}`)), "Patient/p1", followed("2027-02-01")},
		{"a text for people is no date", with(barePlan, "activity", activity(`"scheduledString":"in spring"`, `"scheduledString":"2026 or so, later"`)), "Patient/p1", asItIs},
		{"what was called off is not planned", with(barePlan, "activity", activity(`"status":"cancelled","scheduledPeriod":{"start":"2026-10-01"}`, `"status":"entered-in-error","scheduledPeriod":{"start":"2026-02-30"}`)), "Patient/p1", asItIs},
		{"an activity's status outside its value set does not matter", with(barePlan, "activity", activity(`"status":"later","scheduledPeriod":{"start":"2026-10-01"}`)), "Patient/p1", followed("2026-10-01")},
		{"another activity is no follow-up", with(barePlan, "activity", `[{"detail":{"status":"scheduled","scheduledPeriod":{"start":"2026-02-30"}}},{"reference":{"reference":"Task/1"}}]`), "Patient/p1", asItIs},
	})
	checkBroken(t, care.SetOf(care.KindPlan), []broken{
		{"a status outside its value set cannot be read", with(barePlan, "status", `"running"`), "CarePlan.status", "Patient/p1"},
		{"a missing status is not a draft", with(barePlan, "status", "-"), "CarePlan.status", "Patient/p1"},
		{"an impossible date cannot be read", with(barePlan, "created", `"2026-02-30"`), "CarePlan.created", "Patient/p1"},
		{"an impossible period cannot be read", with(barePlan, "period", `{"end":"2026-13"}`), "CarePlan.period.end", "Patient/p1"},
		{"an impossible planned follow-up cannot be read", with(barePlan, "extension", planned("2026-06-31")), "CarePlan.extension.valueDate", "Patient/p1"},
		{"participation that is text cannot be read", with(barePlan, "extension", participation(`"yes"`)), "CarePlan.extension[0].valueBoolean", "Patient/p1"},
		{"an impossible planned activity cannot be read", with(barePlan, "activity", activity(`"scheduledPeriod":{"start":"2026-02-30"}`)), "CarePlan.activity[0].detail.scheduledPeriod.start", "Patient/p1"},
		{"an impossible planned event cannot be read", with(barePlan, "activity", activity(`"scheduledTiming":{"event":["2026-12-01","2026-02-30"]}`)), "CarePlan.activity[0].detail.scheduledTiming.event[1]", "Patient/p1"},
		{"a text that means to be a date must be one", with(barePlan, "activity", activity(`"scheduledString":"2026-02-30"`)), "CarePlan.activity[0].detail.scheduledString", "Patient/p1"},
		{"events that are no texts cannot be read", with(barePlan, "activity", activity(`"scheduledTiming":{"event":[5]}`)), "CarePlan.activity[0].detail.scheduledTiming.event", "Patient/p1"},
		{"an author in a list cannot be read", with(barePlan, "author", `[]`), "CarePlan.author", "Patient/p1"},
		{"without a subject nobody can be told", with(barePlan, "subject", "-"), "CarePlan.subject", ""},
	})
}

var wholeReview = `{"resourceType":"Procedure","id":"rv1","status":"completed","code":` + ours("plan", "review") + `,
"subject":{"reference":"Patient/p1"},"basedOn":[{"reference":"CarePlan/cp1"}],"performedDateTime":"2026-05-10",
"performer":[{"actor":{"reference":"Practitioner/s1"}}]}`

func TestProcedureIsAReview(t *testing.T) {
	reviewed := func(on string, plans ...care.Ref) care.Facts {
		f := care.Facts{}
		for _, p := range plans {
			r := care.Review{Ref: "Procedure/rv1", Plan: p, By: []care.Ref{"Practitioner/s1"}}
			if on != "" {
				r.Date = onDay(on)
			}
			f.Reviews = append(f.Reviews, r)
		}
		return f
	}
	asItIs := reviewed("2026-05-10", "CarePlan/cp1")
	by := func(refs ...care.Ref) care.Facts {
		f := reviewed("2026-05-10", "CarePlan/cp1")
		f.Reviews[0].By = refs
		return f
	}
	rows := []fact{
		{"a completed review", wholeReview, "Patient/p1", asItIs},
		{"a period is dated at its start", with(wholeReview, "performedDateTime", "-", "performedPeriod", `{"start":"2026-05-10","end":"2026-05-20"}`), "Patient/p1", asItIs},
		{"a period without start is dated at its end", with(wholeReview, "performedDateTime", "-", "performedPeriod", `{"end":"2026-05-10"}`), "Patient/p1", asItIs},
		{"a text says no date", with(wholeReview, "performedDateTime", "-", "performedString", `"in May"`), "Patient/p1", reviewed("", "CarePlan/cp1")},
		{"a review of two plans is two", with(wholeReview, "basedOn", `[{"reference":"CarePlan/cp1"},{"reference":"CarePlan/cp2"}]`), "Patient/p1", reviewed("2026-05-10", "CarePlan/cp1", "CarePlan/cp2")},
		{"an order is no plan", with(wholeReview, "basedOn", `[{"reference":"ServiceRequest/s1"},{"reference":"CarePlan/cp1"}]`), "Patient/p1", asItIs},
		{"a review of no plan that can be told", with(wholeReview, "basedOn", "-"), "Patient/p1", reviewed("2026-05-10", "")},
		{"only staff can have reviewed", with(wholeReview, "performer", `[{"actor":{"reference":"Patient/p1"}},{"actor":{"reference":"PractitionerRole/r1"}},{"actor":{}}]`), "Patient/p1", by("PractitionerRole/r1")},
		{"nobody is known to have reviewed", with(wholeReview, "performer", "-"), "Patient/p1", by()},
		{"another procedure is none of ours", with(wholeReview, "code", `{"text":"x"}`, "status", `"?"`), "", care.Facts{}},
		{"what is not read may be of any type", with(wholeReview, "focalDevice", `1`, "partOf", `{}`, "outcome", `[]`), "Patient/p1", asItIs},
	}
	for _, s := range []string{"preparation", "in-progress", "not-done", "on-hold", "stopped", "entered-in-error", "unknown"} {
		rows = append(rows, fact{"what is " + s + " is no review", with(wholeReview, "status", `"`+s+`"`), "", care.Facts{}})
	}
	checkFacts(t, rows)
	checkBroken(t, care.SetOf(care.KindReview), []broken{
		{"a status outside its value set cannot be read", with(wholeReview, "status", `"done"`), "Procedure.status", "Patient/p1"},
		{"a missing status is not preparation", with(wholeReview, "status", "-"), "Procedure.status", "Patient/p1"},
		{"an impossible date cannot be read", with(wholeReview, "performedDateTime", `"2026-05-32"`), "Procedure.performedDateTime", "Patient/p1"},
		{"an impossible start cannot be read", with(wholeReview, "performedDateTime", "-", "performedPeriod", `{"start":"x"}`), "Procedure.performedPeriod.start", "Patient/p1"},
		{"basedOn that is no list cannot be read", with(wholeReview, "basedOn", `{"reference":"CarePlan/cp1"}`), "Procedure.basedOn", "Patient/p1"},
		{"without a subject nobody can be told", with(wholeReview, "subject", "-"), "Procedure.subject", ""},
	})
}
