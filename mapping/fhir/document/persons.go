package document

import (
	"brygga/care"
)

// person is the client, as far as a document tells of a client.
type person struct {
	ref         care.Ref
	urn         string
	identifiers map[string]bool // "system|value"
	name        string
	out         object
}

// reduced keeps some elements, and the extensions of those that are primitives.
func reduced(o object, elements ...string) object {
	out := object{"resourceType": o["resourceType"], "id": o["id"]}
	for _, k := range elements {
		for _, k := range []string{k, "_" + k} {
			if v, ok := o[k]; ok {
				out[k] = v
			}
		}
	}
	if m := metaOf(o); m != nil {
		out["meta"] = m
	}
	return out
}

// metaOf keeps what a resource claims to be and how it is labelled.
func metaOf(o object) object {
	out := object{}
	for _, k := range []string{"profile", "security"} {
		if v, ok := one(o, "meta")[k]; ok {
			out[k] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// named reduces staff to what names them: identifier of staff, name, qualification.
// Nothing of it tells where anybody lives, or was born.
func named(o object) object {
	var out object
	switch text(o, "resourceType") {
	case "Practitioner":
		out = reduced(o)
		out["name"] = each(o, "name", nameElements...)
		out["qualification"] = each(o, "qualification", "code")
	case "PractitionerRole":
		out = reduced(o, "practitioner", "organization")
	case "Organization":
		out = reduced(o, "name")
		out["telecom"] = each(o, "telecom", "system", "value", "use", "rank")
	default:
		return nil
	}
	out["identifier"] = each(o, "identifier", "system", "value")
	own := []any{}
	for _, i := range objects(out, "identifier") {
		if staffIdentifiers[text(i, "system")] {
			own = append(own, i)
		}
	}
	out["identifier"] = own
	return out
}

var nameElements = []string{"use", "text", "family", "given", "prefix", "suffix"}

// each keeps some elements of every object of a list.
func each(o object, key string, elements ...string) []any {
	out := []any{}
	for _, item := range objects(o, key) {
		kept := object{}
		for _, k := range elements {
			for _, k := range []string{k, "_" + k} {
				if v, ok := item[k]; ok {
					kept[k] = v
				}
			}
		}
		if len(kept) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

// client reads the Patient of the collection.
func (x *composing) client(o object) {
	x.patient = person{ref: selfOf(o), urn: urnOf(string(selfOf(o))), identifiers: map[string]bool{}, name: nameOf(o)}
	for _, i := range objects(o, "identifier") {
		if text(i, "value") != "" && text(i, "system") != "" {
			x.patient.identifiers[text(i, "system")+"|"+text(i, "value")] = true
		}
	}
	out := reduced(o, "birthDate", "gender", "managingOrganization")
	out["identifier"] = each(o, "identifier", "use", "type", "system", "value")
	out["name"] = each(o, "name", nameElements...)
	out["communication"] = each(o, "communication", "language", "preferred")
	x.patient.out = out
}

// Party is who sends, or receives, a handover.
type Party struct {
	Name   string
	HSAID  string
	Number string   // organisationsnummer
	Ref    care.Ref // its Organization at the source; empty where it has none there
}

// PartyOf reads an Organization of the source; a Party without a name where it is none.
func PartyOf(raw []byte) (p Party) {
	o, err := decode(raw)
	if err != nil || text(o, "resourceType") != "Organization" || protecting(o) {
		return p
	}
	p.Ref, p.Name = selfOf(o), text(o, "name")
	for _, i := range objects(o, "identifier") {
		switch system, value := text(i, "system"), text(i, "value"); {
		case system == numberSystem:
			p.Number = value
		case staffIdentifiers[system]:
			p.HSAID = value
		}
	}
	return p
}

// organization is a party as an entry of its own.
func (p Party) organization() object {
	o := object{"resourceType": "Organization"}
	if p.Name != "" {
		o["name"] = p.Name
	}
	var ids []any
	if p.HSAID != "" {
		ids = append(ids, identifier(hsaSystem, p.HSAID))
	}
	if p.Number != "" {
		ids = append(ids, identifier(numberSystem, p.Number))
	}
	if ids != nil {
		o["identifier"] = ids
	}
	return o
}

func (p Party) known() bool { return p.Name != "" || p.HSAID != "" || p.Number != "" }
