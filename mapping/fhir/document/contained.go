package document

import (
	"slices"
	"strings"

	"brygga/care"
)

// carry makes of a row what is carried of it; nil where, without what may not be
// carried, it has not what it must have.
func (x *composing) carry(r *row) object {
	s := &scrubber{
		x: x, typ: typeOf(r.ref), notes: r.sections.Has(care.SectionJournal),
		lost: func(element string, why Reason) {
			x.leave(r.first(), LeftOut{r.ref, element, why})
		},
	}
	inside := s.within(r)
	out, _ := s.object(bare(r.read), "", true)
	if out == nil || hollow(out) || !remains(out, r.sections) {
		return nil
	}
	put(out, "contained", inUse(out, inside))
	return out
}

func (r *row) first() care.Section {
	for _, s := range care.Sections() {
		if r.sections.Has(s) {
			return s
		}
	}
	return 0
}

// bare is a resource without its narrative, which may tell what is left out, and of its
// meta what it claims to be and how it is labelled.
func bare(o object) object {
	out := object{}
	for k, v := range o {
		if k != "text" && k != "_text" && k != "meta" {
			out[k] = v
		}
	}
	if m := metaOf(o); m != nil {
		out["meta"] = m
	}
	return out
}

// hollow says whether a resource lacks what it must have.
func hollow(o object) bool {
	switch text(o, "resourceType") {
	case "RelatedPerson", "DetectedIssue":
		return o["patient"] == nil
	case "DocumentReference":
		return o["subject"] == nil || o["content"] == nil
	case "Goal", "CareTeam", "ServiceRequest", "CarePlan", "Procedure", "RiskAssessment":
		return o["subject"] == nil
	}
	return false
}

// remains says whether a resource still shows of what sections it is.
func remains(o object, sections care.SectionSet) bool {
	if text(o, "resourceType") == "Procedure" { // its plans may not have come along
		return has(codesOf(o, "code"), review)
	}
	return sectionsOf(o, nil) == sections
}

// within gives what of the contained resources may be carried, by id: staff and units
// reduced, the goals of a plan as a part of it, and others where they could be carried
// on their own. s learns which they are.
func (s *scrubber) within(r *row) map[string]object {
	may := make(map[string]object)
	for _, c := range objects(r.read, "contained") {
		id := text(c, "id")
		if plainID(id) && may[id] == nil {
			if may[id] = s.x.mayContain(r, c); may[id] != nil {
				continue
			}
			delete(may, id)
		}
		s.lost("contained", ReasonSection)
	}
	for { // until nothing refers to what turned out not to be carried
		s.contained = make(map[string]bool)
		for id := range may {
			s.contained[id] = true
		}
		in := *s
		in.inside = true
		out, gone := make(map[string]object), false
		for id, c := range may {
			in.lost = func(string, Reason) {}
			if kept, _ := in.object(c, "contained", true); kept != nil && !hollow(kept) && remains(kept, sectionsOf(c, nil)) {
				out[id] = kept
			} else {
				delete(may, id)
				gone = true
			}
		}
		if !gone {
			return out
		}
	}
}

// mayContain gives what is to be scrubbed of a contained resource; nil where it may not be carried.
func (x *composing) mayContain(r *row, c object) object {
	typ := text(c, "resourceType")
	if protecting(c) {
		x.protected = x.protected || people[typ] && (typ != "RelatedPerson" || x.o.Permitted.Has(care.SectionRelatives))
		return nil
	}
	if staff := named(c); staff != nil {
		if typeOf(r.ref) != "CareTeam" {
			delete(staff, "telecom")
		}
		return staff
	}
	if c["contained"] != nil || disordered(c) {
		return nil
	}
	if typ == "Goal" && typeOf(r.ref) == "CarePlan" && x.about(c) {
		return bare(c)
	}
	if typ == "Procedure" || x.refuses(c, sectionsOf(c, x.plans)) != "" { // whose review it is shows only beside its plan
		return nil
	}
	return bare(c)
}

// inUse gives the contained resources to which a resource refers, directly or through
// one another, sorted; the others have no meaning on their own.
func inUse(root object, inside map[string]object) (out []any) {
	used := map[string]bool{}
	var visit func(v any)
	visit = func(v any) {
		eachReference(v, func(to string) {
			id, ok := strings.CutPrefix(to, "#")
			if ok && !used[id] && inside[id] != nil {
				used[id] = true
				visit(inside[id])
			}
		})
	}
	visit(root)
	ids := make([]string, 0, len(used))
	for id := range used {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		out = append(out, inside[id])
	}
	return out
}

// eachReference visits every text of an element called reference.
func eachReference(v any, visit func(to string)) {
	switch v := v.(type) {
	case object:
		for _, k := range keys(v) {
			if to, ok := v[k].(string); ok && k == "reference" {
				visit(to)
				continue
			}
			eachReference(v[k], visit)
		}
	case []any:
		for _, e := range v {
			eachReference(e, visit)
		}
	}
}
