package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"brygga/care"
	"brygga/mapping"
)

// maxNested is how deep Bundles within Bundles are followed.
const maxNested = 8

// Document reads one resource as Resource does, or a Bundle of any type with every
// resource in it; references by urn:uuid are resolved within the Bundle. An error
// means that raw, or some entry of the Bundle, is no FHIR JSON; the other entries
// have been read all the same.
func (m *Mapper) Document(sink mapping.Sink, raw []byte) error {
	return m.document(&reading{Mapper: m}, sink, raw, 0)
}

func (m *Mapper) document(x *reading, sink mapping.Sink, raw []byte, depth int) error {
	typ := sniff(raw)
	if typ == "" {
		var err error
		if typ, err = m.typeOf(raw); err != nil {
			return err
		}
	}
	if typ != "Bundle" {
		return m.resource(x, sink, raw)
	}
	if depth == maxNested {
		return fmt.Errorf("more than %d Bundles within each other", maxNested)
	}
	var b struct {
		Entry []bundled `json:"entry"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return syntax(raw, err)
	}
	urns := recordsByURN(b.Entry)
	var failed []error
	for i, e := range b.Entry {
		if len(e.Resource) == 0 || string(e.Resource) == "null" {
			continue // a response, or a deletion: nothing to read
		}
		inner := &reading{Mapper: m, urns: urns, id: e.id()}
		if err := m.document(inner, sink, e.Resource, depth+1); err != nil {
			failed = append(failed, fmt.Errorf("entry %d of the Bundle: %w", i+1, err))
		}
	}
	return errors.Join(failed...)
}

type bundled struct {
	FullURL  string          `json:"fullUrl"`
	Resource json.RawMessage `json:"resource"`
}

// id is what the entry's address says that the id is: of a resource that has not
// been given one yet, the uuid it goes by in the Bundle.
func (e *bundled) id() string {
	if uuid, ok := strings.CutPrefix(e.FullURL, "urn:uuid:"); ok {
		return uuid
	}
	if strings.Contains(e.FullURL, "://") {
		return e.FullURL[strings.LastIndexByte(e.FullURL, '/')+1:]
	}
	return ""
}

// recordsByURN maps the urn of each entry to the record that it is.
func recordsByURN(entries []bundled) map[string]care.Ref {
	urns := make(map[string]care.Ref)
	for i := range entries {
		e := &entries[i]
		if !strings.HasPrefix(e.FullURL, "urn:") {
			continue
		}
		var r struct {
			ResourceType string          `json:"resourceType"`
			ID           json.RawMessage `json:"id"`
		}
		if json.Unmarshal(e.Resource, &r) != nil || !plainType(r.ResourceType) {
			continue
		}
		id := ""
		if json.Unmarshal(r.ID, &id) != nil || id == "" {
			id = e.id()
		}
		if plainID(id) {
			urns[e.FullURL] = care.Ref(r.ResourceType + "/" + id)
		}
	}
	return urns
}
