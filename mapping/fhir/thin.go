package fhir

import "slices"

// The thin structs of the two types that are most of the bytes, Encounter and
// DocumentReference: what is read of them and nothing else (performance.md).
// Their strings may refer to the body they were decoded from.
type (
	thinMeta struct {
		VersionID   string `json:"versionId"`
		LastUpdated string `json:"lastUpdated"`
	}
	thinCoding struct {
		System string `json:"system"`
		Code   string `json:"code"`
	}
	thinConcept struct {
		Coding []thinCoding `json:"coding"`
	}
	thinReference struct {
		Reference  string `json:"reference"`
		Type       string `json:"type"`
		Identifier struct {
			System string `json:"system"`
			Value  string `json:"value"`
		} `json:"identifier"`
	}
	thinPeriod struct {
		Start *string `json:"start"`
		End   *string `json:"end"`
	}
)

func (c thinCoding) in(list []Code) bool { return slices.Contains(list, Code(c)) }

func (c thinConcept) in(list []Code) bool {
	return slices.ContainsFunc(c.Coding, func(c thinCoding) bool { return c.in(list) })
}

func (r *thinReference) pointer() pointer {
	return pointer{r.Reference, r.Type, r.Identifier.System, r.Identifier.Value}
}
