package fhir

import (
	"slices"
	"strconv"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

type detectedIssue struct {
	ResourceType string  `json:"resourceType"`
	Status       *string `json:"status"`
	r4.DetectedIssue
}

func deviations() reader {
	return &spec[detectedIssue]{
		name:  "DetectedIssue",
		facts: care.SetOf(care.KindDeviation),
		fields: fields{
			"status":             textShape,
			"code":               codesOnly,
			"patient":            refShape,
			"identifiedDateTime": textShape,
			"identifiedPeriod":   periodShape,
			"mitigation":         list(fields{"date": textShape}),
		},
		gate: []string{"status", "code"},
		head: func(d *detectedIssue) head { return headOf(d.ResourceType, d.Id, d.Meta) },
		about: func(x *reading, d *detectedIssue) (bool, error) {
			if !slices.ContainsFunc(deref(d.Code).Coding, func(c r4.Coding) bool {
				return slices.Contains(x.codes.Deviations, text(c.System))
			}) {
				return false, nil
			}
			return !isOneOf(d.Status, "entered-in-error"), statusIn(d.Status, observationStatus)
		},
		give: recordOf((*reading).deviation),
	}
}

// deviation reads a deviation; it was remedied on the first day of its mitigations.
func (x *reading) deviation(d *detectedIssue, rec *care.Record) error {
	client, about, err := x.client(pointerOf(d.Patient), "patient")
	if err != nil || !about {
		return err
	}
	out := care.Deviation{Ref: rec.Ref}
	if out.Date, err = firstDate(
		dateAt{d.IdentifiedDateTime, "identifiedDateTime"},
		periodStart(d.IdentifiedPeriod, "identifiedPeriod")); err != nil {
		return err
	}
	for i, m := range d.Mitigation {
		date, err := startOf(m.Date, "mitigation["+strconv.Itoa(i)+"].date")
		if err != nil {
			return err
		}
		if date.Known() && (!out.Remedied.Known() || date < out.Remedied) {
			out.Remedied = date
		}
	}
	rec.Client, rec.Deviations = client, []care.Deviation{out}
	return nil
}

type riskAssessment struct {
	ResourceType string  `json:"resourceType"`
	Status       *string `json:"status"`
	Prediction   []struct {
		QualitativeRisk *r4.CodeableConcept `json:"qualitativeRisk"`
	} `json:"prediction"`
	r4.RiskAssessment
}

func risks() reader {
	return &spec[riskAssessment]{
		name:  "RiskAssessment",
		facts: care.SetOf(care.KindRisk),
		fields: fields{
			"status":             textShape,
			"subject":            refShape,
			"prediction":         list(fields{"qualitativeRisk": codesOnly}),
			"occurrenceDateTime": textShape,
			"occurrencePeriod":   periodShape,
		},
		gate: []string{"status", "prediction"},
		head: func(r *riskAssessment) head { return headOf(r.ResourceType, r.Id, r.Meta) },
		about: func(x *reading, r *riskAssessment) (bool, error) {
			high := false
			for _, p := range r.Prediction {
				high = high || hasCode(x.codes.HighRisk, deref(p.QualitativeRisk))
			}
			if !high {
				return false, nil
			}
			return isOneOf(r.Status, "final", "amended", "corrected"), statusIn(r.Status, observationStatus)
		},
		give: recordOf((*reading).risk),
	}
}

func (x *reading) risk(r *riskAssessment, rec *care.Record) error {
	client, about, err := x.client(pointerOf(&r.RiskAssessment.Subject), "subject")
	if err != nil || !about {
		return err
	}
	out := care.Risk{Ref: rec.Ref}
	if out.Date, err = firstDate(
		dateAt{r.OccurrenceDateTime, "occurrenceDateTime"},
		periodStart(r.OccurrencePeriod, "occurrencePeriod")); err != nil {
		return err
	}
	rec.Client, rec.Risks = client, []care.Risk{out}
	return nil
}
