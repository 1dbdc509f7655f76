package document

import (
	"time"

	"brygga/care"
)

// Bundle writes the document down as a FHIR document Bundle. id is a UUID, which
// becomes Bundle.identifier (urn:ietf:rfc:3986 | urn:uuid:id); at is when it was
// composed. Its bytes are the same for the same document, id and time.
func (d *Document) Bundle(id string, at time.Time) []byte {
	stamp := at.In(care.Stockholm).Format("2006-01-02T15:04:05.000Z07:00")
	composition := "urn:uuid:" + urnOf("Composition/" + id)[len("urn:uuid:"):]
	entries := []any{fullEntry(composition, d.composition(id, stamp)), fullEntry(d.patient.urn, d.patient.out)}
	for _, r := range d.rows {
		entries = append(entries, fullEntry(r.urn, r.out))
	}
	sent := false
	for _, e := range d.support {
		entries = append(entries, fullEntry(e.urn, e.out))
		sent = sent || e.urn == d.custodian.urn
	}
	if !sent {
		entries = append(entries, fullEntry(d.custodian.urn, d.custodian.out))
	}
	if d.recipient.out != nil {
		entries = append(entries, fullEntry(d.recipient.urn, d.recipient.out))
	}
	entries = append(entries, fullEntry(urnOf("Provenance/"+id), d.provenance(composition, stamp)))
	return append(encode(object{
		"resourceType": "Bundle",
		"identifier":   identifier(uriSystem, "urn:uuid:"+id),
		"type":         "document",
		"timestamp":    stamp,
		"entry":        entries,
	}), '\n')
}

func fullEntry(urn string, resource object) object {
	return object{"fullUrl": urn, "resource": resource}
}

func (d *Document) composition(id, stamp string) object {
	w := wordsOf(d.o.Language)
	var sections []any
	for _, c := range d.Sections {
		rows := d.of(c.Section)
		s := object{
			"title": w.section(c.Section),
			"code":  coded(sectionSystem, c.Section.String(), w.section(c.Section)),
			"text":  object{"status": "generated", "div": narrative(w, d.blocks(w, c.Section))},
		}
		if len(rows) == 0 {
			s["emptyReason"] = object{
				"coding": list(coding(terminology+"list-empty-reason", "unavailable", "Unavailable")),
				"text":   w.text("nothing"),
			}
		}
		var entries []any
		for _, r := range rows {
			entries = append(entries, pointer(r.urn))
		}
		put(s, "entry", entries)
		sections = append(sections, s)
	}
	display := ""
	if d.o.Code == DefaultCode {
		display = "Plan of care note"
	}
	return object{
		"resourceType": "Composition",
		"identifier":   identifier(uriSystem, "urn:uuid:"+id),
		"language":     w.language,
		"status":       "final",
		"type":         coded("http://loinc.org", d.o.Code, display),
		"subject":      pointer(d.patient.urn),
		"date":         stamp,
		"author":       list(pointer(d.custodian.urn)),
		"title":        w.text("title"),
		// What a care home gets of a person's care is as confidential as any record of care.
		"confidentiality": "N",
		"custodian":       pointer(d.custodian.urn),
		"section":         sections,
	}
}

// of gives the rows of a section, in order.
func (d *Document) of(s care.Section) (rows []*row) {
	for _, r := range d.rows {
		if r.sections.Has(s) {
			rows = append(rows, r)
		}
	}
	return rows
}

// provenance says on which consents the document rests. They are named by a logical
// reference, and do not come along: what else a consent says is not the recipient's.
func (d *Document) provenance(composition, stamp string) object {
	agents := list(object{
		"type": coded(terminology+"provenance-participant-type", "author", "Author"),
		"who":  pointer(d.custodian.urn),
	})
	if d.recipient.out != nil {
		agents = append(agents, object{
			"type": coded(participationSystem, "IRCP", "information recipient"),
			"who":  pointer(d.recipient.urn),
		})
	}
	p := object{
		"resourceType": "Provenance",
		"target":       list(pointer(composition)),
		"recorded":     stamp,
		"reason":       list(coded(terminology+"v3-ActReason", "TREAT", "treatment")),
		"agent":        agents,
	}
	var entities []any
	for _, b := range d.o.Consents {
		entities = append(entities, object{
			"role": "source",
			"what": object{"type": "Consent", "identifier": identifier(consentSystem, b.String())},
		})
	}
	put(p, "entity", entities)
	return p
}
