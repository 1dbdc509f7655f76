package fhir

import (
	"slices"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// find gives what the first known coding of the concepts means.
func find[V any](table map[Code]V, concepts ...r4.CodeableConcept) (meaning V, ok bool) {
	for _, c := range concepts {
		for _, coding := range c.Coding {
			if v, ok := table[Code{text(coding.System), text(coding.Code)}]; ok {
				return v, true
			}
		}
	}
	return meaning, false
}

// hasCode says whether some coding of the concepts is in the list.
func hasCode(list []Code, concepts ...r4.CodeableConcept) bool {
	for _, c := range concepts {
		for _, coding := range c.Coding {
			if slices.Contains(list, Code{text(coding.System), text(coding.Code)}) {
				return true
			}
		}
	}
	return false
}

// deref gives a concept, or one without codings.
func deref(c *r4.CodeableConcept) r4.CodeableConcept {
	if c == nil {
		return r4.CodeableConcept{}
	}
	return *c
}

// extension gives the first extension with one of the addresses; nil for none.
func extension(all []extensionIn, urls []string) *extensionIn {
	for i := range all {
		if slices.Contains(urls, all[i].URL) {
			return &all[i]
		}
	}
	return nil
}

// extensionIn is what is read of an Extension. samply's has some fifty values[x],
// any of which can fail.
type extensionIn struct {
	URL          string  `json:"url"`
	ValueDate    *string `json:"valueDate"`
	ValueBoolean *bool   `json:"valueBoolean"`
}

var extensions = list(fields{"url": textShape, "valueDate": textShape, "valueBoolean": flagShape})

// statusIn holds a status against its value set (FHIR R4).
func statusIn(status *string, set []string) error {
	if status == nil {
		return missing("status")
	}
	if !slices.Contains(set, *status) {
		return badCode("status")
	}
	return nil
}

var (
	episodeStatus     = []string{"planned", "waitlist", "active", "onhold", "finished", "cancelled", "entered-in-error"}
	requestStatus     = []string{"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}
	teamStatus        = []string{"proposed", "active", "suspended", "inactive", "entered-in-error"}
	observationStatus = []string{"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
	eventStatus       = []string{"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"}
	encounterStatus   = []string{"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"}
	documentStatus    = []string{"current", "superseded", "entered-in-error"}
)

func isOneOf(status *string, some ...string) bool {
	return status != nil && slices.Contains(some, *status)
}

// bounds takes apart samply's Period; nil has neither.
func bounds(p *r4.Period) (start, end *string) {
	if p == nil {
		return nil, nil
	}
	return p.Start, p.End
}
