package fhir

import (
	"strconv"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

// episode is an EpisodeOfCare. Its statuses are read as text: through samply's
// types a missing one would be the first of its value set.
type episode struct {
	ResourceType  string  `json:"resourceType"`
	Status        *string `json:"status"`
	StatusHistory []struct {
		Status *string    `json:"status"`
		Period *r4.Period `json:"period"`
	} `json:"statusHistory"`
	r4.EpisodeOfCare
}

func episodes() reader {
	return &spec[episode]{
		name:  "EpisodeOfCare",
		facts: care.SetOf(care.KindPlacement, care.KindClientAbsence),
		fields: fields{
			"status":               textShape,
			"type":                 concepts,
			"statusHistory":        list(fields{"status": textShape, "period": periodShape}),
			"patient":              refShape,
			"managingOrganization": refShape,
			"period":               periodShape,
		},
		gate: []string{"status", "type"},
		head: func(e *episode) head { return headOf(e.ResourceType, e.Id, e.Meta) },
		about: func(x *reading, e *episode) (bool, error) {
			if _, ok := find(x.codes.Settings, e.Type...); !ok {
				return false, nil
			}
			return isOneOf(e.Status, "active", "onhold", "finished"), statusIn(e.Status, episodeStatus)
		},
		give: recordOf((*reading).episode),
	}
}

// episode reads a placement, and when the client was away from it. A finished
// one without an end is no placement, but its history stands.
func (x *reading) episode(e *episode, rec *care.Record) error {
	client, about, err := x.client(pointerOf(&e.Patient), "patient")
	if err != nil || !about {
		return err
	}
	start, end := bounds(e.Period)
	period, err := periodOf(start, end, "period")
	if err != nil {
		return err
	}
	for i, h := range e.StatusHistory {
		path := "statusHistory[" + strconv.Itoa(i) + "]"
		if err := statusIn(h.Status, episodeStatus); err != nil {
			return &fault{path + "." + err.(*fault).path, err.(*fault).reason}
		}
		if *h.Status != "onhold" {
			continue
		}
		start, end := bounds(h.Period)
		away, err := periodOf(start, end, path+".period")
		if err != nil {
			return err
		}
		rec.Absences = append(rec.Absences, care.Absence{Ref: rec.Ref, Period: away})
	}
	rec.Client = client
	if *e.Status == "finished" && !period.End.Known() {
		return nil
	}
	setting, _ := find(x.codes.Settings, e.Type...)
	rec.Placements = []care.Placement{{
		Ref: rec.Ref, Setting: setting, Unit: x.resolve(pointerOf(e.ManagingOrganization)).ref, Period: period,
	}}
	return nil
}

type serviceRequest struct {
	ResourceType string        `json:"resourceType"`
	Status       *string       `json:"status"`
	Extension    []extensionIn `json:"extension"`
	r4.ServiceRequest
}

func serviceRequests() reader {
	return &spec[serviceRequest]{
		name:  "ServiceRequest",
		facts: care.SetOf(care.KindService),
		fields: fields{
			"status":             textShape,
			"category":           concepts,
			"code":               codesOnly,
			"subject":            refShape,
			"authoredOn":         textShape,
			"occurrencePeriod":   periodShape,
			"occurrenceDateTime": textShape,
			"performer":          refList,
			"extension":          extensions,
		},
		gate: []string{"status"},
		head: func(s *serviceRequest) head { return headOf(s.ResourceType, s.Id, s.Meta) },
		about: func(_ *reading, s *serviceRequest) (bool, error) {
			return isOneOf(s.Status, "active", "on-hold", "completed"), statusIn(s.Status, requestStatus)
		},
		give: recordOf((*reading).service),
	}
}

// service reads a granted service. One without a category, or with one or a code
// that no table knows, is a service all the same: nobody may become exempt by
// what is not known (domain.md, "Need").
func (x *reading) service(s *serviceRequest, rec *care.Record) error {
	client, about, err := x.client(pointerOf(&s.Subject), "subject")
	if err != nil || !about {
		return err
	}
	out := care.Service{Ref: rec.Ref, Code: care.UnknownService}
	out.Setting, _ = find(x.codes.Settings, s.Category...)
	if code, ok := find(x.codes.Services, deref(s.Code)); ok {
		out.Code = code
	}
	if out.Decided, err = startOf(s.AuthoredOn, "authoredOn"); err != nil {
		return err
	}
	start, end := bounds(s.OccurrencePeriod)
	if out.Period, err = periodOf(start, end, "occurrencePeriod"); err != nil {
		return err
	}
	if s.OccurrencePeriod == nil {
		if out.Start, err = startOf(s.OccurrenceDateTime, "occurrenceDateTime"); err != nil {
			return err
		}
	}
	if e := extension(s.Extension, x.codes.FirstCarriedOut); e != nil {
		if out.FirstCarried, err = startOf(e.ValueDate, "extension.valueDate"); err != nil {
			return err
		}
	}
	for i := range s.Performer {
		t := x.resolve(pointerOf(&s.Performer[i]))
		if t.typ == "Organization" {
			out.Performer = t.ref
			break
		}
		// An identifier without a type may be an organization's; Assemble tells.
		if t.typ == "" && out.Performer == "" && t.kind != care.Personnummer && t.kind != care.Samordningsnummer && t.kind != care.Reservnummer {
			out.Performer = t.ref
		}
	}
	rec.Client = client
	if *s.Status == "completed" && !out.End.Known() {
		return nil
	}
	rec.Services = []care.Service{out}
	return nil
}
