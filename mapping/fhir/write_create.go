package fhir

import (
	"encoding/json"
	"fmt"
	"time"

	"brygga/care"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// Writer makes and revises the Flags and Tasks of one tenant.
type Writer struct {
	Tenant string
}

// Tag is the tenant tag as "system|code", for searches.
func (w Writer) Tag() string { return TenantSystem + "|" + w.Tenant }

// Create makes a new Flag or Task for one occurrence of a finding. now is the
// instant of writing; it is written in UTC. It refuses to write a reference to
// anything but a record of the same server, and a Flag without its first day.
func (w Writer) Create(typ, finding string, occurrence int, subject care.Ref, rule string, c Content, now time.Time) ([]byte, error) {
	for _, r := range []care.Ref{subject, c.Focus, c.Owner} {
		if !Local(r) && (r != "" || subject == "") {
			return nil, fmt.Errorf("create %s for the finding %s: it refers to something that is no record of this system", typ, finding)
		}
	}
	meta := &r4.Meta{Tag: []r4.Coding{{System: ptr(TenantSystem), Code: ptr(w.Tenant)}}}
	id := []r4.Identifier{{System: ptr(FindingSystem), Value: ptr(Identifier(finding, occurrence))}}
	ext := []r4.Extension{{Url: appliedURL, ValueString: ptr(c.mark(rule, 0))}}
	switch typ {
	case FlagType:
		if !c.Start.Known() {
			return nil, fmt.Errorf("create %s for the finding %s: it has no first day", typ, finding)
		}
		return json.Marshal(r4.Flag{
			Meta: meta, Identifier: id, Extension: ext,
			Status:   r4.FlagStatusActive,
			Category: []r4.CodeableConcept{concept(flagSystem, "admin", "")},
			Code:     concept(ruleSystem, rule, c.Text),
			Subject:  r4.Reference{Reference: ptr(string(subject))},
			Period:   &r4.Period{Start: ptr(c.Start.String())},
		})
	case TaskType:
		priority := r4.RequestPriorityRoutine
		if c.Priority == "urgent" {
			priority = r4.RequestPriorityUrgent
		}
		at := ptr(now.UTC().Format(time.RFC3339))
		t := r4.Task{
			Meta: meta, Identifier: id, Extension: ext,
			Status: r4.TaskStatusRequested, Intent: "order", Priority: &priority,
			Code:          ptr(concept(ruleSystem, rule, "")),
			Description:   ptr(c.Text),
			Focus:         reference(c.Focus),
			For:           reference(subject),
			Owner:         reference(c.Owner),
			PerformerType: []r4.CodeableConcept{concept(ownerSystem, c.Performer, "")},
			ReasonCode:    &r4.CodeableConcept{Text: ptr(c.Ground)},
			AuthoredOn:    at, LastModified: at,
		}
		if c.Due.Known() {
			t.Restriction = &r4.TaskRestriction{Period: &r4.Period{End: ptr(c.Due.String())}}
		}
		return json.Marshal(t)
	}
	return nil, fmt.Errorf("create %s: brygga writes only Flags and Tasks", typ)
}

func ptr[T any](v T) *T { return &v }

func reference(r care.Ref) *r4.Reference {
	if r == "" {
		return nil
	}
	return &r4.Reference{Reference: ptr(string(r))}
}

func concept(system, code, text string) r4.CodeableConcept {
	c := r4.CodeableConcept{Coding: []r4.Coding{{System: ptr(system), Code: ptr(code)}}}
	if text != "" {
		c.Text = ptr(text)
	}
	return c
}
