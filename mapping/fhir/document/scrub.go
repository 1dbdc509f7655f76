package document

import (
	"strings"
)

// scrubber makes of one resource what may be carried of it.
type scrubber struct {
	x         *composing
	typ       string
	notes     bool            // attachments may be filled from what was read for them
	contained map[string]bool // ids of what is contained and carried
	inside    bool            // of something contained: "#" is what contains it
	extension int             // how deep within extensions
	quiet     bool            // nothing more is wanted for it
	lost      func(element string, why Reason)
}

// object gives what of an object may be carried: nil where nothing is left, or where it
// goes whole, since what it lost says what it is about. intact is false where a
// reference, or an address of a record, was taken out of it. Nulls, and what is empty,
// are left away.
func (s *scrubber) object(o object, path string, root bool) (out object, intact bool) {
	out, intact = object{}, true
	for _, k := range keys(o) {
		v, p := o[k], join(path, k)
		switch {
		case root && (k == "resourceType" || k == "id"):
			out[k] = v
			continue
		case root && k == "contained": // dealt with apart
			continue
		case k == "div" || k == "_div": // of a narrative, wherever it stands
			continue
		case k == "extension" || k == "modifierExtension":
			kept, ok := s.extensions(v, p)
			if !ok && k == "modifierExtension" { // without it, the rest would mean something else
				return nil, false
			}
			intact = intact && (ok || s.extension == 0)
			put(out, k, kept)
			continue
		case pairOf(o, k):
			continue
		}
		kept, pair, ok := s.element(o, k, p)
		put(out, k, kept)
		put(out, "_"+k, pair)
		if ok {
			continue
		}
		intact = false
		if !root && goesWhole(k, p, v, kept) {
			return nil, false
		}
	}
	if len(out) == 0 {
		return nil, intact
	}
	return out, intact
}

// pairOf says whether k holds the extensions of a list of primitives, item by item.
func pairOf(o object, k string) bool {
	base, ok := strings.CutPrefix(k, "_")
	if !ok {
		return false
	}
	_, isList := o[k].([]any)
	_, both := o[base].([]any)
	return isList && both
}

// element gives what of an element may be carried and, of a list of primitives, of
// their extensions.
func (s *scrubber) element(o object, k, path string) (kept any, pair []any, intact bool) {
	v, isList := o[k].([]any)
	if !isList {
		kept, intact = s.value(k, o[k], path)
		return kept, nil, intact
	}
	extensions, _ := o["_"+k].([]any)
	all, pairs, some := []any{}, []any{}, [2]bool{}
	intact = true
	for i := range max(len(v), len(extensions)) {
		var item, more any
		ok1, ok2 := true, true
		if i < len(v) {
			item, ok1 = s.value(k, v[i], path)
		}
		if i < len(extensions) {
			more, ok2 = s.value("_"+k, extensions[i], path)
		}
		intact = intact && ok1 && ok2
		if item != nil || more != nil {
			all, pairs = append(all, item), append(pairs, more)
			some[0], some[1] = some[0] || item != nil, some[1] || more != nil
		}
	}
	if !some[0] {
		all = nil
	}
	if !some[1] {
		pairs = nil
	}
	if all == nil {
		return nil, compact(pairs), intact
	}
	return all, pairs, intact
}

func compact(all []any) (out []any) {
	for _, v := range all {
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

// put sets what is not empty.
func put(o object, key string, v any) {
	switch v := v.(type) {
	case nil:
	case []any:
		if len(v) > 0 {
			o[key] = v
		}
	case object:
		if len(v) > 0 {
			o[key] = v
		}
	default:
		o[key] = v
	}
}

// value gives what of a value may be carried; nil is nothing.
func (s *scrubber) value(k string, v any, path string) (kept any, intact bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		if namesRecord(v) && !s.carries(v) || strings.HasPrefix(v, "urn:uuid:") && k != "value" && k != "system" {
			return s.take(path, ReasonReference)
		}
		if v == "" {
			return nil, true
		}
		return v, true
	case []any: // within a list: FHIR has no such thing
		return s.take(path, ReasonUnreadable)
	case object:
		var out object
		switch _, resource := v["resourceType"]; {
		case resource || v["contained"] != nil:
			return s.take(path, ReasonReference)
		case momentOf(text(v, "start")).After(momentOf(text(v, "end"))): // of a person or a unit; a row is refused
			return s.take(path, ReasonDisorder)
		case isReference(k, v):
			out, intact = s.reference(v, path)
		case isAttachment(k, v):
			out, intact = s.attachment(v, path)
		default:
			if out, intact = s.object(v, path, false); out != nil && isReference(k, out) { // what was left looks like one
				return s.take(path, ReasonReference)
			}
		}
		if out == nil {
			return nil, intact
		}
		return out, intact
	}
	return v, true
}

func (s *scrubber) take(path string, why Reason) (any, bool) {
	s.lost(path, why)
	return nil, false
}

// extensions gives the extensions that may be carried. One that lost something goes
// whole, at its outermost; all is false where one did.
func (s *scrubber) extensions(v any, path string) (kept []any, all bool) {
	all = true
	s.extension++
	defer func() { s.extension-- }()
	for _, e := range objects(object{"e": v}, "e") {
		out, ok := s.object(e, path, false)
		switch {
		case !ok:
			all = false
		case text(out, "url") != "" && len(out) > 1:
			kept = append(kept, out)
		}
	}
	return kept, all
}

// goesWhole says whether an object is nothing without what it lost, or says of what was
// lost more than that it was there.
func goesWhole(k, path string, was, kept any) bool {
	if strings.HasSuffix(path, "evidence.detail") {
		had, _ := was.([]any)
		left, _ := kept.([]any)
		return len(left) < len(had) || kept == nil
	}
	if kept != nil {
		return false
	}
	if k == "reference" { // activity.reference, whose activity is told there
		_, isObject := was.(object)
		return isObject
	}
	return naming[k]
}

// naming are the elements that say what their object is about.
var naming = set("member actor target manipulated who individual party attachment item subject patient")

var referenceKeys = set("reference type identifier display id extension _reference _type _display")

// codings are the elements in which an object with nothing but a display is a code.
var codings = set("coding valueCoding tag security class format")

// isReference tells a Reference by its form, since elements that are not known here hold
// references too: it refers, or it has nothing but what a Reference has.
func isReference(k string, o object) bool {
	if _, ok := o["reference"].(string); ok || o["_reference"] != nil {
		return true
	}
	if codings[k] || strings.HasPrefix(k, "_") {
		return false
	}
	for k := range o {
		if !referenceKeys[k] {
			return false
		}
	}
	_, display := o["display"].(string)
	_, id := o["identifier"].(object)
	_, typ := o["type"].(string)
	return display || id || typ || o["_display"] != nil
}

// reference gives a reference to what is carried, by the address that it has in the
// document; else nothing, whatever text stands beside it.
func (s *scrubber) reference(r object, path string) (object, bool) {
	urn, own := s.target(r)
	if urn == "" {
		s.lost(path, ReasonReference)
		return nil, false
	}
	out, intact := object{"reference": urn}, true
	if typ := text(r, "type"); recordTypes[typ] {
		out["type"] = typ
	}
	if own { // of persons and units their own names are told, and nothing that somebody called them
		if d := text(r, "display"); d != "" {
			out["display"] = d
		}
	}
	if kept, ok := s.extensions(r["extension"], join(path, "extension")); len(kept) > 0 || !ok {
		put(out, "extension", kept)
		intact = ok || s.extension == 0
	}
	return out, intact
}

// target finds what a reference leads to in the document; own says that it is a row, or
// contained.
func (s *scrubber) target(r object) (urn string, own bool) {
	to := text(r, "reference")
	if id, ok := strings.CutPrefix(to, "#"); ok {
		if s.contained[id] || id == "" && s.inside {
			return to, false
		}
		return "", false
	}
	if to == "" {
		id := one(r, "identifier")
		return s.x.named(text(id, "system")+"|"+text(id, "value"), s.quiet), false
	}
	ref := refOf(to, s.x.o.Base)
	if row := s.x.rows[ref]; row != nil {
		return row.urn, true
	}
	return s.x.supported(ref, s.quiet), false
}

// carries says whether the address of a record is that of one which is carried.
func (s *scrubber) carries(address string) bool {
	ref := refOf(address, s.x.o.Base)
	return ref != "" && (ref == s.x.patient.ref || s.x.rows[ref] != nil)
}

func join(path, k string) string {
	if path == "" {
		return k
	}
	return path + "." + k
}
