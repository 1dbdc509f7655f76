package fhir

import (
	"slices"
	"strings"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
	"brygga/mapping/person"
)

// pointer is a Reference as it was written.
type pointer struct{ reference, typ, system, value string }

func pointerOf(r *r4.Reference) (p pointer) {
	if r == nil {
		return p
	}
	p.reference, p.typ = text(r.Reference), text(r.Type)
	if r.Identifier != nil {
		p.system, p.value = text(r.Identifier.System), text(r.Identifier.Value)
	}
	return p
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// target is what a reference leads to.
type target struct {
	ref  care.Ref // "" where the reference names nothing that can be understood
	typ  string   // the resource type; "" where it cannot be told
	kind care.IdentifierKind
}

// resolve reads a reference (fhir.md, last paragraph of "Facts in"): relative;
// absolute, to this server or, on disk, any; urn:uuid within a Bundle; contained;
// or logical, by identifier. A version is ignored. The ref that comes back is a
// copy, safe to keep.
func (x *reading) resolve(p pointer) target {
	t := x.borrow(p)
	t.ref, t.typ = care.Ref(strings.Clone(string(t.ref))), strings.Clone(t.typ)
	return t
}

// borrow is resolve, but what comes back may be part of what was decoded: not to keep.
func (x *reading) borrow(p pointer) target {
	if p.reference == "" {
		return x.logical(p)
	}
	s := p.reference
	switch {
	case strings.HasPrefix(s, "#"):
		if !plainID(s[1:]) {
			return target{}
		}
		return target{ref: x.self() + care.Ref(s), typ: p.typ}
	case strings.HasPrefix(s, "urn:"):
		if ref, ok := x.urns[s]; ok {
			typ, _, _ := strings.Cut(string(ref), "/")
			return target{ref: ref, typ: typ}
		}
		return target{}
	case strings.Contains(s, "://"):
		return x.absolute(s)
	}
	return local(s)
}

// absolute reads an address. One of another server stays an address: it is not
// the record of that type and id that this server has.
func (x *reading) absolute(s string) target {
	if rest, ok := strings.CutPrefix(s, x.base); ok && x.base != "" {
		return local(strings.TrimPrefix(rest, "/"))
	}
	if strings.ContainsAny(s, "?#") {
		return target{}
	}
	s, _, _ = strings.Cut(s, "/_history/")
	i := strings.LastIndexByte(s, '/')
	j := strings.LastIndexByte(s[:max(i, 0)], '/')
	if j < 0 {
		return target{}
	}
	t := local(s[j+1:])
	if x.base != "" && t.ref != "" {
		t.ref = care.Ref(s)
	}
	return t
}

// local reads "Type/id", with or without a version.
func local(s string) target {
	typ, id, ok := strings.Cut(s, "/")
	if !ok || !plainType(typ) {
		return target{}
	}
	id, _, _ = strings.Cut(id, "/_history/")
	if !plainID(id) {
		return target{}
	}
	return target{ref: care.Ref(s[:len(typ)+1+len(id)]), typ: typ}
}

// logical names whoever carries the identifier. Of a system that is not known the
// name is a keyed hash too: nobody can tell what such a value holds.
func (x *reading) logical(p pointer) target {
	if p.value == "" {
		return target{}
	}
	kind := x.codes.Identifiers[p.system]
	if kind == 0 {
		if slices.Contains(x.codes.OrganizationNumbers, p.system) { // whatever system says so, and with a hyphen or without
			p.system, p.value = x.codes.OrganizationNumbers[0], strings.ReplaceAll(p.value, "-", "")
		}
		id := care.Identifier{Hash: x.hasher.Sum(0, p.system+"|"+p.value)}
		return target{ref: person.Ref(id), typ: p.typ}
	}
	return target{
		ref: person.Ref(x.hasher.Identifier(kind, p.value)), typ: p.typ, kind: kind,
	}
}

// client reads the reference to whom a record concerns. about is false where it
// concerns something else than a person in care (a group, a device).
func (x *reading) client(p pointer, path string) (ref care.Ref, about bool, err error) {
	t := x.borrow(p)
	switch {
	case t.ref == "" && p == (pointer{}):
		return "", false, missing(path)
	case t.ref == "":
		return "", false, &fault{path, "a reference that cannot be resolved"}
	case t.namesClient():
		return care.Ref(strings.Clone(string(t.ref))), true, nil
	case t.typ == "":
		return "", false, &fault{path, "an identifier of a system that is not known"}
	}
	return "", false, nil
}

// staff reads the reference to someone who did something; "" where it names
// nobody who could be staff.
func (x *reading) staff(p pointer) care.Ref {
	return care.Ref(strings.Clone(string(x.borrowStaff(p))))
}

func (x *reading) borrowStaff(p pointer) care.Ref {
	if t := x.borrow(p); mayBeStaff(t.typ) {
		return t.ref
	}
	return ""
}

// mayBeStaff says whether a resource type is one of staff, or not told.
func mayBeStaff(typ string) bool {
	return typ == "Practitioner" || typ == "PractitionerRole" || typ == ""
}

// namesClient says whether a reference is to a client: to a Patient, or, where no
// type is told, by an identifier that persons in care have.
func (t target) namesClient() bool {
	return t.typ == "Patient" || t.typ == "" && t.kind != 0 && t.kind != care.HSAID
}

// plainType and plainID hold the parts of a reference to what FHIR allows, with
// underscores and more length, which some servers use. Anything else might be
// text with personal data in it, and goes nowhere.
func plainType(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func plainID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return true
}

// isLogical says whether a ref names somebody by identifier.
func isLogical(r care.Ref) bool { return strings.HasPrefix(string(r), "identifier:") }
