package document

import (
	"maps"
	"slices"

	"brygga/care"
)

var staffTypes = set("Practitioner PractitionerRole Organization")

// index notes by which identifiers staff and units that were read may be referred to.
func (x *composing) index() {
	x.byID = make(map[string]care.Ref)
	for _, ref := range slices.Sorted(maps.Keys(x.support)) {
		if !staffTypes[typeOf(ref)] {
			continue
		}
		o, err := decode(x.support[ref])
		if err != nil || selfOf(o) != ref {
			continue
		}
		for _, i := range objects(named(o), "identifier") {
			key := text(i, "system") + "|" + text(i, "value")
			if _, taken := x.byID[key]; !taken && text(i, "value") != "" {
				x.byID[key] = ref
			}
		}
	}
}

// named gives the address of the client, or of somebody of staff or a unit, by an
// identifier; empty where nobody carries it.
func (x *composing) named(key string, quiet bool) string {
	if x.patient.identifiers[key] {
		return x.patient.urn
	}
	if ref := x.byID[key]; ref != "" {
		return x.supported(ref, quiet)
	}
	return ""
}

// supported gives the address of the client, or of somebody of staff or a unit; empty
// where it is not there. What was not read yet is wanted, unless quiet: then only
// what is carried anyway has an address.
func (x *composing) supported(ref care.Ref, quiet bool) string {
	switch {
	case ref != "" && ref == x.patient.ref:
		return x.patient.urn
	case !staffTypes[typeOf(ref)]:
		return ""
	case quiet && !x.reached[ref] && ref != x.o.Custodian.Ref:
		return ""
	case quiet:
		return urnOf(string(ref))
	}
	if _, read := x.support[ref]; !read {
		x.wanted[ref] = true
		return ""
	}
	if x.member(ref) == nil {
		return ""
	}
	return urnOf(string(ref))
}

// member gives somebody of staff, or a unit, as it is carried; nil where it cannot be.
func (x *composing) member(ref care.Ref) object {
	if out, known := x.staff[ref]; known {
		return out
	}
	x.staff[ref] = nil
	o, err := decode(x.support[ref])
	if err != nil || selfOf(o) != ref {
		return nil
	}
	if protecting(o) {
		x.protected = x.protected || people[typeOf(ref)]
		return nil
	}
	s := &scrubber{x: x, typ: typeOf(ref), lost: func(string, Reason) {}}
	out, _ := s.object(named(o), "", true)
	if typeOf(ref) == "PractitionerRole" && out["practitioner"] == nil && out["organization"] == nil && out["identifier"] == nil {
		return nil // it names nobody
	}
	x.staff[ref] = out
	return out
}

// reach finds the staff and units that are carried: those to whom the rows lead. The
// telephone of a unit is told only where it is the contact's.
func (x *composing) reach() {
	byURN := make(map[string]care.Ref)
	for ref, out := range x.staff {
		if out != nil {
			byURN[urnOf(string(ref))] = ref
		}
	}
	contact := make(map[care.Ref]bool)
	x.reached = make(map[care.Ref]bool)
	var visit func(v any, into map[care.Ref]bool)
	visit = func(v any, into map[care.Ref]bool) {
		eachReference(v, func(to string) {
			if ref := byURN[to]; ref != "" && !into[ref] {
				into[ref] = true
				visit(x.staff[ref], into)
			}
		})
	}
	for _, r := range x.rows {
		visit(r.out, x.reached)
		if r.sections.Has(care.SectionContact) {
			visit(r.out, contact)
		}
	}
	for ref := range x.reached {
		if !contact[ref] {
			delete(x.staff[ref], "telecom")
		}
	}
}
