package fhir

import (
	"cmp"

	"brygga/care"
	"brygga/mapping"
)

// document is what is read of a DocumentReference.
type document struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Meta         thinMeta        `json:"meta"`
	Status       *string         `json:"status"`
	Type         thinConcept     `json:"type"`
	Subject      thinReference   `json:"subject"`
	Date         *string         `json:"date"`
	Author       []thinReference `json:"author"`
}

func documents() reader {
	return &spec[document]{
		name:  "DocumentReference",
		facts: care.SetOf(care.KindNote),
		bulky: true,
		fields: fields{
			"status":  textShape,
			"type":    codesOnly,
			"subject": refShape,
			"date":    textShape,
			"author":  refList,
		},
		gate: []string{"status", "type"},
		head: func(d *document) head {
			return head{typ: d.ResourceType, id: d.ID, version: d.Meta.VersionID, updated: d.Meta.LastUpdated}
		},
		about: func(x *reading, d *document) (bool, error) {
			if !d.Type.in(x.codes.Journal) {
				return false, nil
			}
			return isOneOf(d.Status, "current"), statusIn(d.Status, documentStatus)
		},
		give: (*reading).note,
	}
}

// note hands over a note of the social journal, or that there is none (any more).
func (x *reading) note(d *document, about bool, h recordHead, sink mapping.Sink) error {
	out := care.NoteRecord{Ref: h.ref, Version: h.version, Updated: h.updated, Note: care.Note{Key: mapping.Key(h.ref)}}
	client, isClient, err := x.client(d.Subject.pointer(), "subject")
	if err != nil && about {
		return err
	}
	out.Client, out.Void = cmp.Or(client, x.hint), !about || !isClient
	if !out.Void {
		if out.Note.Date, err = startOf(d.Date, "date"); err != nil {
			return err
		}
		for i := range d.Author {
			if by := x.staff(d.Author[i].pointer()); by != "" {
				out.Note.Author = x.names.ID(by)
				break
			}
		}
	}
	sink.Note(out)
	return nil
}
