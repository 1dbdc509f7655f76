package fhir

import (
	"slices"
	"strings"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

type patient struct {
	ResourceType string `json:"resourceType"`
	r4.Patient
}

// patients reads clients. Patient.active is not read: care decides, not the card.
func patients() reader {
	return &spec[patient]{
		name:  "Patient",
		facts: care.SetOf(care.KindClient),
		fields: fields{
			"meta":                 object1(metaShape.fields.with(fields{"security": list(codingFields)})),
			"identifier":           list(identFields),
			"birthDate":            textShape,
			"deceasedBoolean":      flagShape,
			"deceasedDateTime":     textShape,
			"managingOrganization": refShape,
		},
		head:  func(p *patient) head { return headOf(p.ResourceType, p.Id, p.Meta) },
		about: always[patient],
		give:  recordOf((*reading).patient),
	}
}

func (x *reading) patient(p *patient, rec *care.Record) (err error) {
	fact := &care.PersonFact{
		Identifiers: x.identifiers(p.Identifier, care.Personnummer, care.Samordningsnummer, care.Reservnummer),
	}
	if p.Meta != nil {
		fact.Protected = x.protected(p.Meta.Security)
	}
	if fact.Born, err = startOf(p.BirthDate, "birthDate"); err != nil {
		return err
	}
	if fact.DeceasedOn, err = startOf(p.DeceasedDateTime, "deceasedDateTime"); err != nil {
		return err
	}
	fact.Deceased = fact.DeceasedOn.Known() || p.DeceasedBoolean != nil && *p.DeceasedBoolean
	fact.Unit = x.resolve(pointerOf(p.ManagingOrganization)).ref
	rec.Client, rec.Person = rec.Ref, fact
	return nil
}

// identifiers reads the identifiers of the wanted kinds. One without a value is
// none: a source may say that it has no number.
func (x *reading) identifiers(all []r4.Identifier, wanted ...care.IdentifierKind) []care.Identifier {
	var out []care.Identifier
	for _, i := range all {
		kind := x.codes.Identifiers[text(i.System)]
		if kind == 0 || text(i.Value) == "" || !slices.Contains(wanted, kind) {
			continue
		}
		if id := x.hasher.Identifier(kind, *i.Value); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// logicals gives what a record may be referred to by: each of its identifiers that
// says of what system it is.
func (x *reading) logicals(all []r4.Identifier) (out []care.Ref) {
	for _, i := range all {
		if text(i.System) == "" {
			continue
		}
		if ref := x.logical(pointer{system: text(i.System), value: text(i.Value)}).ref; ref != "" && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

// protected says whether some label means skyddade personuppgifter, or is not
// known to mean something else.
func (x *reading) protected(labels []r4.Coding) bool {
	for _, l := range labels {
		if !slices.Contains(x.codes.Open, Code{text(l.System), text(l.Code)}) {
			return true
		}
	}
	return false
}

type relatedPerson struct {
	ResourceType string `json:"resourceType"`
	r4.RelatedPerson
}

func relatives() reader {
	return &spec[relatedPerson]{
		name:  "RelatedPerson",
		facts: care.SetOf(care.KindRelative),
		fields: fields{
			"active": flagShape, "patient": refShape, "relationship": concepts,
			"identifier": list(identFields), "period": periodShape,
		},
		gate: []string{"active"},
		head: func(r *relatedPerson) head { return headOf(r.ResourceType, r.Id, r.Meta) },
		about: func(_ *reading, r *relatedPerson) (bool, error) {
			return r.Active == nil || *r.Active, nil
		},
		give: recordOf(func(x *reading, r *relatedPerson, rec *care.Record) error {
			client, about, err := x.client(pointerOf(&r.Patient), "patient")
			if err != nil || !about {
				return err
			}
			relative := care.Relative{Ref: rec.Ref, Decides: hasCode(x.codes.Deciding, r.Relationship...), Also: x.logicals(r.Identifier)}
			start, end := bounds(r.Period)
			if relative.Period, err = periodOf(start, end, "period"); err != nil {
				return err
			}
			rec.Client, rec.Relatives = client, []care.Relative{relative}
			return nil
		}),
	}
}

type organization struct {
	ResourceType string `json:"resourceType"`
	r4.Organization
}

func organizations() reader {
	return &spec[organization]{
		name:   "Organization",
		facts:  care.SetOf(care.KindUnit),
		fields: fields{"name": textShape, "identifier": list(identFields), "partOf": refShape},
		head:   func(o *organization) head { return headOf(o.ResourceType, o.Id, o.Meta) },
		about:  always[organization],
		give: recordOf(func(x *reading, o *organization, rec *care.Record) error {
			rec.Unit = &care.Unit{Ref: rec.Ref, Name: text(o.Name), PartOf: x.resolve(pointerOf(o.PartOf)).ref}
			rec.Unit.Also = x.logicals(o.Identifier)
			for _, i := range o.Identifier {
				if v := strings.TrimSpace(text(i.Value)); v != "" && x.namesUnits(text(i.System)) {
					rec.Unit.Identifiers = append(rec.Unit.Identifiers, v)
				}
			}
			return nil
		}),
	}
}

// namesUnits says whether a system's identifiers may stand for a unit: HSA-id and
// organisationsnummer.
func (x *reading) namesUnits(system string) bool {
	return x.codes.Identifiers[system] == care.HSAID || slices.Contains(x.codes.OrganizationNumbers, system)
}
