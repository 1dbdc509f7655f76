package fhir

import (
	"strconv"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

type careTeam struct {
	ResourceType string  `json:"resourceType"`
	Status       *string `json:"status"`
	r4.CareTeam
}

func teams() reader {
	return &spec[careTeam]{
		name:  "CareTeam",
		facts: care.SetOf(care.KindAssignment),
		fields: fields{
			"status":   textShape,
			"category": concepts,
			"subject":  refShape,
			"period":   periodShape,
			"participant": list(fields{
				"role":   shape{is: isList, fields: concepts.fields, lone: true},
				"member": refShape,
				"period": periodShape,
			}),
		},
		gate: []string{"status", "category"},
		head: func(t *careTeam) head { return headOf(t.ResourceType, t.Id, t.Meta) },
		about: func(x *reading, t *careTeam) (bool, error) {
			if !hasCode(x.codes.ContactTeam, t.Category...) {
				return false, nil
			}
			if t.Status == nil { // the status of a team is optional
				return true, nil
			}
			return isOneOf(t.Status, "active", "suspended", "inactive"), statusIn(t.Status, teamStatus)
		},
		give: recordOf((*reading).team),
	}
}

// team reads the assignments of one team: one per participant with the role of a
// fast omsorgskontakt, whose member is a Practitioner or a PractitionerRole. A
// participant without a member names nobody, and a relative or a unit is no
// contact; one whose member cannot be told is somebody, so that the team cannot be read.
func (x *reading) team(t *careTeam, rec *care.Record) error {
	client, about, err := x.client(pointerOf(t.Subject), "subject")
	if err != nil || !about {
		return err
	}
	start, end := bounds(t.Period)
	whole, err := periodOf(start, end, "period")
	if err != nil {
		return err
	}
	for i, p := range t.Participant {
		if !hasCode(x.codes.ContactRole, p.Role...) || p.Member == nil {
			continue
		}
		path := "participant[" + strconv.Itoa(i) + "]"
		member := x.resolve(pointerOf(p.Member))
		if member.ref == "" {
			return &fault{path + ".member", "a reference that cannot be resolved"}
		}
		if !mayBeStaff(member.typ) {
			continue
		}
		start, end := bounds(p.Period)
		own, err := periodOf(start, end, path+".period")
		if err != nil {
			return err
		}
		rec.Assignments = append(rec.Assignments, care.Assignment{
			Team: rec.Ref, Member: member.ref, Period: whole.And(own), Inactive: isOneOf(t.Status, "inactive"),
		})
	}
	rec.Client = client
	return nil
}
