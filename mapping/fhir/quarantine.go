package fhir

import (
	"errors"

	"brygga/care"
)

// unreadable names a record that could not be read, with as much of whom it
// concerns as can still be told from what is left of it.
func (x *reading) unreadable(typ string, facts care.FactSet, tree map[string]any, err error) care.Unreadable {
	u := care.Unreadable{Ref: care.Ref(typ), Facts: facts, Path: typ, Reason: "cannot be read"}
	var f *fault
	if errors.As(err, &f) {
		u.Path, u.Reason = f.at(typ), f.reason
	}
	id, _ := tree["id"].(string)
	if id == "" {
		id = x.id
	}
	if plainID(id) {
		u.Ref = care.Ref(typ + "/" + id)
	}
	x.name = u.Ref
	if meta, ok := tree["meta"].(map[string]any); ok {
		u.Version, _ = meta["versionId"].(string)
		if s, ok := meta["lastUpdated"].(string); ok {
			m, _ := parseMoment(s)
			u.Updated = m.at
		}
	}
	u.Client, u.Staff = x.concerned(typ, u.Ref, tree)
	return u
}

// concerned tells whom a record is about, as far as can be told.
func (x *reading) concerned(typ string, self care.Ref, tree map[string]any) (client, staff care.Ref) {
	named := self != care.Ref(typ)
	switch typ {
	case "Patient":
		if named {
			client = self
		}
	case "Practitioner":
		if named {
			staff = self
		}
	case "PractitionerRole":
		if staff = x.resolve(loosePointer(tree["practitioner"])).ref; staff == "" && named {
			staff = self
		}
	case "Organization":
	case "Consent":
		client = x.concernedConsent(tree)
	default:
		for _, name := range []string{"subject", "patient"} {
			if ref, about, err := x.client(loosePointer(tree[name]), name); err == nil && about {
				return ref, ""
			}
		}
	}
	return client, staff
}

// loosePointer reads what can be read of a Reference in a decoded JSON value.
func loosePointer(v any) (p pointer) {
	m, _ := v.(map[string]any)
	p.reference, _ = m["reference"].(string)
	p.typ, _ = m["type"].(string)
	if id, ok := m["identifier"].(map[string]any); ok {
		p.system, _ = id["system"].(string)
		p.value, _ = id["value"].(string)
	}
	return p
}
