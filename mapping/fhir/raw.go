package fhir

import (
	"encoding/json"
	"fmt"

	"brygga/care"
	"brygga/mapping"
)

// RawPage splits one answer to a search for resources of a type, and keeps each as
// it stands: for a handover, in which nothing of them may be lost. It is as strict as
// Page; the rows are copied, and Take does nothing.
func RawPage(typ string, body []byte) (page mapping.Page, rows []json.RawMessage, err error) {
	b, err := frame(body)
	if err != nil {
		return mapping.Page{}, nil, err
	}
	page = newPage(b.Link, b.Meta.LastUpdated)
	s := &spec[struct{}]{name: typ}
	for i, e := range b.Entry {
		id, skip, err := s.admit(e)
		if err != nil {
			return mapping.Page{}, nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		if skip {
			continue
		}
		rows = append(rows, append(json.RawMessage(nil), e.Resource...))
		page.Keys = append(page.Keys, s.key(id))
	}
	page.Take = func() error { return nil }
	return page, rows, nil
}

// RawRef names a raw resource as its system does ("Patient/1"); empty where it is none.
func RawRef(raw []byte) care.Ref {
	var r struct {
		ResourceType string `json:"resourceType"`
		ID           string `json:"id"`
	}
	if json.Unmarshal(raw, &r) != nil || r.ResourceType == "" || r.ID == "" {
		return ""
	}
	return care.Ref(r.ResourceType + "/" + r.ID)
}
