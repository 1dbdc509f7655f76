package document

import (
	"encoding/json"
	"fmt"

	"pgregory.net/rapid"

	"brygga/care"
)

// leak is in everything that must not come along.
const leak = "LEAK"

// world is a generated record: resources of all sections, that refer to one another in
// every place, and of which some sections are permitted.
type world struct {
	t         *rapid.T
	permitted care.SectionSet
	all       []made
	n         int
}

// made is one generated resource: what it is called, and whether it must not come along.
type made struct {
	o      object
	ref    string
	of     care.SectionSet
	secret bool
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t, permitted: care.SectionSet(rapid.IntRange(1, 255).Draw(t, "permitted"))}
	for i := range rapid.IntRange(1, 12).Draw(t, "rows") {
		w.all = append(w.all, w.skeleton(i))
	}
	for i := range w.all {
		w.fill(&w.all[i])
	}
	return w
}

func (w *world) pick(n int, what string) int  { return rapid.IntRange(0, n-1).Draw(w.t, what) }
func (w *world) one(in int, what string) bool { return w.pick(in, what) == 0 }

// skeleton makes a resource of some type, with what says of which section it is.
func (w *world) skeleton(i int) made {
	concept := func(c code) []any { return list(coded(c.system, c.code, "")) }
	type kind struct {
		typ  string
		of   care.SectionSet
		with object
	}
	plan := func(of care.SectionSet, codes ...string) kind {
		var all []any
		for _, c := range codes {
			all = append(all, concept(code{planSystem, c})...)
		}
		return kind{"CarePlan", of, object{"category": all, "created": "2026-02-03", "intent": "plan"}}
	}
	set := care.SetOfSections
	kinds := []kind{
		{"CareTeam", set(care.SectionContact), object{"category": concept(contactTeam), "period": object{"start": "2026-01-01"}}},
		{"CareTeam", 0, object{"category": concept(code{"urn:x", "other"})}},
		{"RelatedPerson", set(care.SectionRelatives), object{"period": object{"start": "2026-01-01"}}},
		{"ServiceRequest", set(care.SectionServices), object{"authoredOn": "2026-02-01", "intent": "order"}},
		plan(set(care.SectionPlan), "implementation"),
		plan(set(care.SectionSIP), "sip"),
		plan(set(care.SectionRisks), "action"),
		plan(set(care.SectionPlan, care.SectionSIP), "implementation", "sip"),
		plan(0, "unheard-of"),
		{"DocumentReference", set(care.SectionJournal), object{
			"type": coded(journal.system, journal.code, ""), "date": "2026-11-01",
			"content": list(object{"attachment": object{"contentType": "text/plain", "data": "T0s="}}),
		}},
		{"DocumentReference", 0, object{"type": coded("urn:x", "letter", ""), "date": "2026-11-01"}},
		{"DetectedIssue", set(care.SectionDeviations), object{"code": coded(deviationSystem, "fall", ""), "identifiedDateTime": "2026-03-03"}},
		{"RiskAssessment", set(care.SectionRisks), object{"occurrenceDateTime": "2026-03-04"}},
		{"Observation", 0, object{}},
		{"Condition", 0, object{}},
		{"MedicationRequest", 0, object{}},
	}
	k := kinds[w.pick(len(kinds), "kind")]
	m := made{of: k.of, secret: k.of == 0 || k.of&^w.permitted != 0}
	id := fmt.Sprintf("open%d", i)
	if m.secret {
		id = fmt.Sprintf("%s%d", leak, i)
	}
	m.ref = k.typ + "/" + id
	m.o = object{"resourceType": k.typ, "id": id, "status": "active"}
	for key, v := range k.with {
		m.o[key] = v
	}
	m.o["subject"] = pointer("Patient/p1")
	if k.typ == "RelatedPerson" || k.typ == "DetectedIssue" {
		delete(m.o, "subject")
		m.o["patient"] = pointer("Patient/p1")
	}
	return m
}

// fill gives a resource content: of one that must not come along all of it is marked, and
// of every other all that it says about such a one, and all that is never carried.
func (w *world) fill(m *made) {
	m.o["text"] = object{"status": "generated", "div": "<div>" + leak + "</div>"}
	m.o["meta"] = object{"source": leak, "tag": list(coding("urn:x", leak, leak)), "versionId": leak}
	mark := "fine"
	if m.secret {
		mark = leak
	}
	m.o["description"] = mark
	m.o["note"] = list(object{"text": mark, "authorReference": w.reference()})
	for range w.pick(6, "elements") {
		w.element(m.o, mark)
	}
	for range w.pick(3, "contained") {
		w.contain(m.o)
	}
}

// target is somebody or something to refer to, and whether it must not come along.
func (w *world) target() (ref string, secret bool) {
	if w.one(4, "staff") {
		all := []string{"Practitioner/anna", "PractitionerRole/r1", "Organization/norra", "Patient/p1", "Practitioner/gone"}
		return all[w.pick(len(all), "who")], false
	}
	if w.one(6, "elsewhere") {
		all := []string{"Task/" + leak, "Patient/" + leak, "Goal/" + leak, "Location/" + leak, "urn:uuid:" + leak, "https://other.example/fhir/CarePlan/" + leak, leak}
		return all[w.pick(len(all), "where")], true
	}
	m := w.all[w.pick(len(w.all), "row")]
	return m.ref, m.secret
}

// reference refers to something, in one of the ways in which that is done.
func (w *world) reference() object {
	to, secret := w.target()
	mark := "fine"
	if secret {
		mark = leak
	}
	r := object{"display": mark, "identifier": object{"system": "urn:x", "value": leak, "assigner": with("display", leak)}}
	switch w.pick(6, "way") {
	case 0:
		r["reference"] = base + "/" + to
	case 1:
		r["reference"] = to + "/_history/1"
	case 2: // by its display, or its identifier, alone
		r["display"] = leak
	case 3:
		delete(r, "display")
	default:
		r["reference"] = to
	}
	if w.one(4, "extended") {
		r["extension"] = list(object{"url": "urn:e", "valueReference": pointer("Observation/" + leak)})
	}
	return r
}

// secretReference refers to what must not come along.
func (w *world) secretReference() object {
	ref, secret := w.target()
	if !secret {
		ref = "Observation/" + leak
	}
	return object{"reference": ref, "display": leak}
}

// element puts an element into o, of one of the forms in which references and their
// company come.
func (w *world) element(o object, mark string) {
	w.n++
	key := fmt.Sprintf("x%d", w.n)
	bad := w.secretReference()
	switch w.pick(18, "element") {
	case 0:
		o[key] = w.reference()
	case 1:
		o[key] = list(w.reference(), bad, w.reference())
	case 2:
		o[key] = object{"deep": object{"deeper": list(object{"deepest": w.reference()}, with("word", mark))}}
	case 3:
		o["participant"] = list(object{"member": bad, "role": list(with("text", leak))}, object{"member": w.reference(), "period": object{"start": "2026-01-02"}})
	case 4:
		o["activity"] = list(object{"reference": bad, "progress": list(with("text", leak))}, object{"detail": object{"description": mark, "performer": list(w.reference())}})
	case 5:
		o["evidence"] = list(object{"detail": list(bad, w.reference()), "code": list(with("text", leak))})
	case 6:
		o["extension"] = list(object{"url": "urn:out", "extension": list(object{"url": "in", "valueReference": bad}, object{"url": "in2", "valueString": leak})})
	case 7:
		o["extension"] = list(object{"url": "urn:out", "valueReference": w.reference()}, object{"url": "urn:fine", "valueDecimal": json.Number("1.50")})
	case 8:
		o[key] = object{"_what": object{"extension": list(object{"url": "urn:e", "valueUri": "Observation/" + leak})}, "what": mark}
	case 9:
		o[key] = list(object{"word": leak, "modifierExtension": list(object{"url": "urn:m", "valueReference": bad})}, with("word", mark))
	case 10:
		o[key], o["_"+key] = list(mark, nil, "more"), list(nil, object{"extension": list(object{"url": "urn:e", "valueCode": "c"})}, nil)
	case 11:
		o[key] = object{"empty": list(), "hollow": object{}, "nothing": nil, "some": list(nil, object{}, list())}
	case 12:
		o[key] = object{"attachment": object{"contentType": "text/plain", "title": mark, "url": "https://other.example/" + leak}}
	case 13:
		o[key] = list("RiskAssessment/"+leak, "https://journal.example/fhir/Observation/"+leak, mark)
	case 14:
		o[key] = object{"resourceType": "Observation", "id": leak, "valueString": leak}
	case 15:
		o["performer"] = list(object{"actor": bad, "function": with("text", leak)}, w.reference())
	case 16:
		o["careTeam"], o["supportingInfo"], o["basedOn"] = list(bad), list(w.reference(), with("display", leak)), list(bad)
	case 17:
		o[key] = object{"start": "2026-03-01", "end": []string{"2026-03-01", "2026-02-01", "2026-04"}[w.pick(3, "end")]}
	}
}

// contain puts something into a resource: a copy of another, or somebody of staff.
func (w *world) contain(o object) {
	c := object{"resourceType": "Practitioner", "id": "st", "name": list(with("text", "fine")), "birthDate": leak, "telecom": list(with("value", leak))}
	if w.one(2, "copy") {
		of := w.all[w.pick(len(w.all), "of")]
		c = object{}
		for k, v := range of.o {
			if k != "contained" {
				c[k] = v
			}
		}
	}
	w.n++
	o["contained"] = append(many(o, "contained"), c)
	o[fmt.Sprintf("x%d", w.n)] = object{"reference": "#" + text(c, "id")}
}

// collection puts the rows where a source would give them, and sometimes where one would
// not: what must not come along stands in the rows of sections that are permitted, too.
func (w *world) collection() Collection {
	c := record()
	c.Rows = map[care.Section][]json.RawMessage{}
	for _, m := range w.all {
		for _, s := range care.Sections() {
			if m.of.Has(s) || m.secret && w.one(2, "ignored") {
				c.Rows[s] = append(c.Rows[s], encode(m.o))
			}
		}
	}
	for ref, raw := range c.Support {
		if o, err := decode(raw); err == nil {
			o["photo"] = list(object{"contentType": "image/png", "data": leak})
			o["address"], o["alias"], o["contact"] = list(with("text", leak)), list(leak), list(with("name", with("text", leak)))
			c.Support[ref] = encode(o)
		}
	}
	return c
}
