package fhir

import (
	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

type observation struct {
	ResourceType string  `json:"resourceType"`
	Status       *string `json:"status"`
	r4.Observation
}

// observations reads contact decisions; other observations are not looked at.
func observations() reader {
	return &spec[observation]{
		name:  "Observation",
		facts: care.SetOf(care.KindDecision),
		fields: fields{
			"status":               textShape,
			"code":                 codesOnly,
			"subject":              refShape,
			"valueCodeableConcept": codesOnly,
			"effectiveDateTime":    textShape,
			"effectiveInstant":     textShape,
			"effectivePeriod":      periodShape,
		},
		gate: []string{"status", "code"},
		head: func(o *observation) head { return headOf(o.ResourceType, o.Id, o.Meta) },
		about: func(x *reading, o *observation) (bool, error) {
			if !hasCode(x.codes.Decision, o.Code) {
				return false, nil
			}
			return isOneOf(o.Status, "final", "amended", "corrected"), statusIn(o.Status, observationStatus)
		},
		give: recordOf((*reading).decision),
	}
}

// decision reads what was decided about a contact. A value that the table does
// not know is no decision.
func (x *reading) decision(o *observation, rec *care.Record) error {
	client, about, err := x.client(pointerOf(o.Subject), "subject")
	if err != nil || !about {
		return err
	}
	rec.Client = client
	kind, ok := find(x.codes.Decisions, deref(o.ValueCodeableConcept))
	if !ok {
		return nil
	}
	date, err := firstDate(
		dateAt{o.EffectiveDateTime, "effectiveDateTime"},
		dateAt{o.EffectiveInstant, "effectiveInstant"},
		periodStart(o.EffectivePeriod, "effectivePeriod"))
	if err != nil {
		return err
	}
	rec.Decisions = []care.Decision{{Ref: rec.Ref, Kind: kind, Date: date}}
	return nil
}

// dateAt is a date where it stands.
type dateAt struct {
	value *string
	path  string
}

func periodStart(p *r4.Period, path string) dateAt {
	start, _ := bounds(p)
	return dateAt{start, path + ".start"}
}

// firstDate reads the first of several forms of one date that is there, as a start.
func firstDate(forms ...dateAt) (care.Date, error) {
	for _, f := range forms {
		if f.value != nil {
			return startOf(f.value, f.path)
		}
	}
	return 0, nil
}

type communication struct {
	ResourceType string  `json:"resourceType"`
	Status       *string `json:"status"`
	r4.Communication
}

// communications reads information given; other topics are not looked at.
func communications() reader {
	return &spec[communication]{
		name:  "Communication",
		facts: care.SetOf(care.KindInformation),
		fields: fields{
			"status":    textShape,
			"topic":     codesOnly,
			"subject":   refShape,
			"recipient": refList,
			"medium":    concepts,
			"sent":      textShape,
		},
		gate: []string{"status", "topic"},
		head: func(c *communication) head { return headOf(c.ResourceType, c.Id, c.Meta) },
		about: func(x *reading, c *communication) (bool, error) {
			if _, ok := find(x.codes.Topics, deref(c.Topic)); !ok {
				return false, nil
			}
			return isOneOf(c.Status, "completed"), statusIn(c.Status, eventStatus)
		},
		give: recordOf((*reading).information),
	}
}

func (x *reading) information(c *communication, rec *care.Record) error {
	client, about, err := x.client(pointerOf(c.Subject), "subject")
	if err != nil || !about {
		return err
	}
	topic, _ := find(x.codes.Topics, deref(c.Topic))
	info := care.Information{
		Ref: rec.Ref, Topic: topic,
		Oral: hasCode(x.codes.Oral, c.Medium...), Written: hasCode(x.codes.Written, c.Medium...),
	}
	if info.Date, err = startOf(c.Sent, "sent"); err != nil {
		return err
	}
	for i := range c.Recipient {
		t := x.resolve(pointerOf(&c.Recipient[i]))
		switch {
		case t.ref == client:
			info.ToClient = true
		case t.namesClient():
			// Two ways of naming one person cannot be told from two persons here; a
			// record that is about this client was hardly sent to another.
			info.ToClient = info.ToClient || t.kind != 0 || isLogical(client)
		case t.typ == "RelatedPerson":
			info.ToRelatives = true
		case t.typ == "Organization":
			info.Organizations = append(info.Organizations, t.ref)
		}
	}
	rec.Client, rec.Information = client, []care.Information{info}
	return nil
}
