package fhir

import (
	"testing"

	"brygga/care"
)

func TestDetectedIssueIsADeviation(t *testing.T) {
	raw := `{"resourceType":"DetectedIssue","id":"d1","status":"final","code":` + ours("deviation", "fall") + `,
	"patient":{"reference":"Patient/p1"},"identifiedDateTime":"2026-10-01"}`
	found := func(on, remedied string) care.Facts {
		d := care.Deviation{Ref: "DetectedIssue/d1"}
		if on != "" {
			d.Date = onDay(on)
		}
		if remedied != "" {
			d.Remedied = onDay(remedied)
		}
		return care.Facts{Deviations: []care.Deviation{d}}
	}
	rows := []fact{
		{"a deviation", raw, "Patient/p1", found("2026-10-01", "")},
		{"any code of the system is one", with(raw, "code", ours("deviation", "anything")), "Patient/p1", found("2026-10-01", "")},
		{"a code of another system is none of ours", with(raw, "code", `{"coding":[{"system":"http://x.example","code":"fall"}]}`, "status", `"?"`), "", care.Facts{}},
		{"entered in error is none", with(raw, "status", `"entered-in-error"`), "", care.Facts{}},
		{"a period is dated at its start", with(raw, "identifiedDateTime", "-", "identifiedPeriod", `{"start":"2026-10-01","end":"2026-10-03"}`), "Patient/p1", found("2026-10-01", "")},
		{"remedied", with(raw, "mitigation", `[{"action":{"text":"x"},"date":"2026-10-05"}]`), "Patient/p1", found("2026-10-01", "2026-10-05")},
		{"remedied on the first day of several", with(raw, "mitigation", `[{"date":"2026-10-09"},{"date":"2026-10-05"},{}]`), "Patient/p1", found("2026-10-01", "2026-10-05")},
		{"a mitigation without date remedies nothing", with(raw, "mitigation", `[{"action":{"text":"x"}}]`), "Patient/p1", found("2026-10-01", "")},
		{"nobody knows when", with(raw, "identifiedDateTime", "-"), "Patient/p1", found("", "")},
		{"a severity outside its value set does not matter", with(raw, "severity", `"awful"`), "Patient/p1", found("2026-10-01", "")},
	}
	for _, s := range []string{"registered", "preliminary", "amended", "corrected", "cancelled", "unknown"} {
		rows = append(rows, fact{"what is " + s + " counts", with(raw, "status", `"`+s+`"`), "Patient/p1", found("2026-10-01", "")})
	}
	checkFacts(t, rows)
	checkBroken(t, care.SetOf(care.KindDeviation), []broken{
		{"a status outside its value set cannot be read", with(raw, "status", `"open"`), "DetectedIssue.status", "Patient/p1"},
		{"a missing status cannot be read", with(raw, "status", "-"), "DetectedIssue.status", "Patient/p1"},
		{"an impossible date cannot be read", with(raw, "identifiedDateTime", `"2026-09-31"`), "DetectedIssue.identifiedDateTime", "Patient/p1"},
		{"an impossible remedy cannot be read", with(raw, "mitigation", `[{"date":"2026-10-05"},{"date":"2026-13"}]`), "DetectedIssue.mitigation[1].date", "Patient/p1"},
		{"without a patient nobody can be told", with(raw, "patient", "-"), "DetectedIssue.patient", ""},
	})
}

func TestRiskAssessmentIsARisk(t *testing.T) {
	predicted := func(code string) string {
		return `[{"outcome":{"text":"fall"}},{"qualitativeRisk":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/risk-probability","code":"` + code + `"}]}}]`
	}
	raw := `{"resourceType":"RiskAssessment","id":"k1","status":"final","subject":{"reference":"Patient/p1"},
	"occurrenceDateTime":"2026-10-01","prediction":` + predicted("high") + `}`
	high := care.Facts{Risks: []care.Risk{{Ref: "RiskAssessment/k1", Date: onDay("2026-10-01")}}}
	checkFacts(t, []fact{
		{"a high risk", raw, "Patient/p1", high},
		{"a certain one", with(raw, "prediction", predicted("certain")), "Patient/p1", high},
		{"a moderate one is none", with(raw, "prediction", predicted("moderate")), "", care.Facts{}},
		{"no prediction is none, whatever the status", with(raw, "prediction", "-", "status", `"?"`), "", care.Facts{}},
		{"amended counts", with(raw, "status", `"amended"`), "Patient/p1", high},
		{"corrected counts", with(raw, "status", `"corrected"`), "Patient/p1", high},
		{"preliminary does not", with(raw, "status", `"preliminary"`), "", care.Facts{}},
		{"entered in error does not", with(raw, "status", `"entered-in-error"`), "", care.Facts{}},
		{"a period is dated at its start", with(raw, "occurrenceDateTime", "-", "occurrencePeriod", `{"start":"2026-10"}`), "Patient/p1", high},
	})
	checkBroken(t, care.SetOf(care.KindRisk), []broken{
		{"a status outside its value set cannot be read", with(raw, "status", `"done"`), "RiskAssessment.status", "Patient/p1"},
		{"a missing status cannot be read", with(raw, "status", "-"), "RiskAssessment.status", "Patient/p1"},
		{"an impossible date cannot be read", with(raw, "occurrenceDateTime", `"2026-10-32"`), "RiskAssessment.occurrenceDateTime", "Patient/p1"},
		{"a prediction that is no list cannot be read", with(raw, "prediction", `{}`), "RiskAssessment.prediction", "Patient/p1"},
		{"without a subject nobody can be told", with(raw, "subject", "-"), "RiskAssessment.subject", ""},
	})
}
