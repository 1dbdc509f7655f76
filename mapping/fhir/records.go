package fhir

import (
	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
	"brygga/mapping"
)

// readers makes the table of the types that are read.
func readers() map[string]reader {
	return map[string]reader{
		"Patient":           patients(),
		"RelatedPerson":     relatives(),
		"Consent":           consents(),
		"Organization":      organizations(),
		"Practitioner":      practitioners(),
		"PractitionerRole":  roles(),
		"EpisodeOfCare":     episodes(),
		"ServiceRequest":    serviceRequests(),
		"CareTeam":          teams(),
		"Observation":       observations(),
		"Communication":     communications(),
		"CarePlan":          plans(),
		"Procedure":         procedures(),
		"DetectedIssue":     deviations(),
		"RiskAssessment":    risks(),
		"Encounter":         encounters(),
		"DocumentReference": documents(),
	}
}

func headOf(typ string, id *string, meta *r4.Meta) head {
	h := head{typ: typ, id: text(id)}
	if meta != nil {
		h.version, h.updated = text(meta.VersionId), text(meta.LastUpdated)
	}
	return h
}

// recordOf makes the give of a type that yields a Record: read fills in whom it
// concerns and the facts, and is not asked where the record is about nothing.
func recordOf[R any](read func(*reading, *R, *care.Record) error) func(*reading, *R, bool, recordHead, mapping.Sink) error {
	return func(x *reading, r *R, about bool, h recordHead, sink mapping.Sink) error {
		rec := care.Record{Ref: h.ref, Version: h.version, Updated: h.updated}
		if about {
			if err := read(x, r, &rec); err != nil {
				return err
			}
		}
		sink.Record(rec)
		return nil
	}
}

// always is the about of types every record of which is a fact.
func always[R any](*reading, *R) (bool, error) { return true, nil }
