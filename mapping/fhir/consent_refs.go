package fhir

import (
	"strings"

	"brygga/care"
)

// referents gives what a Reference leads to. A record of this server is that
// record, whatever else is said; anything else may also be named by an identifier,
// of which a contained resource may have several. None where nothing is named.
func (c *consentReading) referents(n node) (out []target) {
	p := pointer{reference: n.text("reference"), typ: n.text("type")}
	if id, ok := n.object("identifier"); ok {
		p.system, p.value = id.text("system"), id.text("value")
	}
	return c.targets(p)
}

func (c *consentReading) targets(p pointer) (out []target) {
	if id, ok := strings.CutPrefix(p.reference, "#"); ok {
		if in, ok := c.contained[id]; ok {
			out = c.containedAs(in)
		}
	} else if t := c.resolve(pointer{reference: p.reference}); t.ref != "" && p.reference != "" {
		if !strings.Contains(string(t.ref), "://") {
			return []target{t}
		}
		out = append(out, t)
	}
	if p.system != "" {
		if t := c.resolve(pointer{typ: p.typ, system: p.system, value: p.value}); t.ref != "" {
			out = append(out, t)
		}
	}
	return out
}

// containedAs gives the identifiers of a contained resource. One that carries what
// may change its meaning is nobody.
func (c *consentReading) containedAs(in map[string]any) (out []target) {
	typ, _ := in["resourceType"].(string)
	if !plainType(typ) || (node{in: in}).modified() || in["implicitRules"] != nil {
		return nil
	}
	list, _ := in["identifier"].([]any)
	for _, item := range list {
		p := loosePointer(map[string]any{"identifier": item})
		if p.system == "" || p.value == "" {
			continue
		}
		p.typ = typ
		out = append(out, c.resolve(p))
	}
	return out
}

// contained lists the resources that a resource contains, by their id.
func contained(tree map[string]any) map[string]map[string]any {
	list, _ := tree["contained"].([]any)
	out := map[string]map[string]any{}
	for _, item := range list {
		if in, ok := item.(map[string]any); ok {
			if id, ok := in["id"].(string); ok {
				out[id] = in
			}
		}
	}
	return out
}

// patient tells whose the Consent is. It is nobody's where no patient is named, or
// somebody who is no Patient: it then never matches.
func (c *consentReading) patient(tree map[string]any) care.Ref {
	n, ok := node{in: tree, read: c}.object("patient")
	if !ok {
		return ""
	}
	return onlyPatient(c.referents(n))
}

func onlyPatient(targets []target) care.Ref {
	for _, t := range targets {
		if t.typ == "Patient" || t.typ == "" && t.kind != care.HSAID {
			return t.ref
		}
	}
	return ""
}

// concernedConsent tells whose a Consent is that cannot be read, as far as can be
// told: from patient however it is written, else from subject, as R5 calls it.
func (x *reading) concernedConsent(tree map[string]any) care.Ref {
	c := &consentReading{reading: x, contained: contained(tree)}
	for _, name := range []string{"patient", "subject"} {
		v := tree[name]
		if list, ok := v.([]any); ok && len(list) == 1 {
			v = list[0]
		}
		p := loosePointer(v)
		if s, ok := v.(string); ok {
			p.reference = s
		}
		if ref := onlyPatient(c.targets(p)); ref != "" {
			return ref
		}
	}
	return ""
}
