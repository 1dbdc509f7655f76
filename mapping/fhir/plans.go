package fhir

import (
	"slices"
	"strconv"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

// carePlan is a CarePlan. What is read of its activities is an own small type:
// samply's has enums that can fail without being read.
type carePlan struct {
	ResourceType string        `json:"resourceType"`
	Status       *string       `json:"status"`
	Extension    []extensionIn `json:"extension"`
	Activity     []struct {
		Detail *activityDetail `json:"detail"`
	} `json:"activity"`
	r4.CarePlan
}

type activityDetail struct {
	Code            *r4.CodeableConcept `json:"code"`
	Status          *string             `json:"status"`
	ScheduledPeriod *r4.Period          `json:"scheduledPeriod"`
	ScheduledString *string             `json:"scheduledString"`
	ScheduledTiming *struct {
		Event []string `json:"event"`
	} `json:"scheduledTiming"`
}

func plans() reader {
	detail := fields{
		"code":            codesOnly,
		"status":          textShape,
		"scheduledPeriod": periodShape,
		"scheduledString": textShape,
		"scheduledTiming": object1(fields{"event": shape{is: isTexts}}),
	}
	return &spec[carePlan]{
		name:  "CarePlan",
		facts: care.SetOf(care.KindPlan),
		fields: fields{
			"status":      textShape,
			"category":    concepts,
			"subject":     refShape,
			"created":     textShape,
			"period":      periodShape,
			"author":      refShape,
			"contributor": refList,
			"extension":   extensions,
			"activity":    list(fields{"detail": object1(detail)}),
		},
		gate: []string{"status", "category"},
		head: func(p *carePlan) head { return headOf(p.ResourceType, p.Id, p.Meta) },
		about: func(x *reading, p *carePlan) (bool, error) {
			if _, ok := find(x.codes.Plans, p.Category...); !ok {
				return false, nil
			}
			return isOneOf(p.Status, "active", "on-hold", "revoked", "completed"), statusIn(p.Status, requestStatus)
		},
		give: recordOf((*reading).plan),
	}
}

// plan reads a plan, running or ended.
func (x *reading) plan(p *carePlan, rec *care.Record) error {
	client, about, err := x.client(pointerOf(&p.CarePlan.Subject), "subject")
	if err != nil || !about {
		return err
	}
	kind, _ := find(x.codes.Plans, p.Category...)
	out := care.Plan{
		Ref: rec.Ref, Kind: kind, Active: isOneOf(p.Status, "active", "on-hold"),
		Author: x.staff(pointerOf(p.Author)), Participation: x.participation(p, client),
	}
	start, end := bounds(p.Period)
	if out.Period, err = periodOf(start, end, "period"); err != nil {
		return err
	}
	if out.Created, err = firstDate(dateAt{p.Created, "created"}, periodStart(p.Period, "period")); err != nil {
		return err
	}
	if out.FollowUps, err = x.followUps(p); err != nil {
		return err
	}
	rec.Client, rec.Plans = client, []care.Plan{out}
	return nil
}

// participation: what is said outright goes before being among the contributors;
// not being among them says nothing.
func (x *reading) participation(p *carePlan, client care.Ref) care.Participation {
	if e := extension(p.Extension, x.codes.Participation); e != nil && e.ValueBoolean != nil {
		if *e.ValueBoolean {
			return care.Participated
		}
		return care.DidNotParticipate
	}
	for i := range p.Contributor {
		t := x.resolve(pointerOf(&p.Contributor[i]))
		if t.ref == client || t.namesClient() && (t.kind != 0 || isLogical(client)) {
			return care.Participated
		}
	}
	return care.ParticipationUnknown
}

// followUps reads when the plan is to be followed up, sorted: what the extension
// says, else the planned activities that are follow-ups and have not been called off.
func (x *reading) followUps(p *carePlan) ([]care.Date, error) {
	var out []care.Date
	for _, e := range p.Extension {
		if !slices.Contains(x.codes.PlannedFollowUp, e.URL) || e.ValueDate == nil {
			continue
		}
		d, err := startOf(e.ValueDate, "extension.valueDate")
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	if len(out) == 0 {
		for i, a := range p.Activity {
			d := a.Detail
			if d == nil || !hasCode(x.codes.FollowUp, deref(d.Code)) || isOneOf(d.Status, "cancelled", "stopped", "entered-in-error") {
				continue
			}
			dates, err := d.scheduled("activity[" + strconv.Itoa(i) + "].detail.")
			if err != nil {
				return nil, err
			}
			out = append(out, dates...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// scheduled reads scheduled[x]: the start of a period, the events of a timing, or
// a text that is a date; any other text is for people.
func (d *activityDetail) scheduled(path string) ([]care.Date, error) {
	start, end := bounds(d.ScheduledPeriod)
	forms := []dateAt{{start, path + "scheduledPeriod.start"}}
	if start == nil {
		forms = []dateAt{{end, path + "scheduledPeriod.end"}}
	}
	if d.ScheduledTiming != nil {
		for i := range d.ScheduledTiming.Event {
			forms = append(forms, dateAt{&d.ScheduledTiming.Event[i], path + "scheduledTiming.event[" + strconv.Itoa(i) + "]"})
		}
	}
	if d.ScheduledString != nil && looksLikeDate(*d.ScheduledString) {
		forms = append(forms, dateAt{d.ScheduledString, path + "scheduledString"})
	}
	var out []care.Date
	for _, f := range forms {
		date, err := startOf(f.value, f.path)
		if err != nil {
			return nil, err
		}
		if date.Known() {
			out = append(out, date)
		}
	}
	return out, nil
}

// looksLikeDate says whether a text means to be YYYY-MM-DD, with or without a time.
func looksLikeDate(s string) bool {
	_, ok1 := number(s, 0, 4)
	_, ok2 := number(s, 5, 7)
	_, ok3 := number(s, 8, 10)
	return ok1 && ok2 && ok3 && s[4] == '-' && s[7] == '-' && (len(s) == 10 || s[10] == 'T')
}

type procedure struct {
	ResourceType string  `json:"resourceType"`
	Status       *string `json:"status"`
	r4.Procedure
}

// procedures reads reviews of plans; other procedures are not looked at.
func procedures() reader {
	return &spec[procedure]{
		name:  "Procedure",
		facts: care.SetOf(care.KindReview),
		fields: fields{
			"status":            textShape,
			"code":              codesOnly,
			"subject":           refShape,
			"basedOn":           refList,
			"performedDateTime": textShape,
			"performedPeriod":   periodShape,
			"performer":         list(fields{"actor": refShape}),
		},
		gate: []string{"status", "code"},
		head: func(p *procedure) head { return headOf(p.ResourceType, p.Id, p.Meta) },
		about: func(x *reading, p *procedure) (bool, error) {
			if !hasCode(x.codes.Review, deref(p.Code)) {
				return false, nil
			}
			return isOneOf(p.Status, "completed"), statusIn(p.Status, eventStatus)
		},
		give: recordOf((*reading).review),
	}
}

// review reads a plan followed up; one of several plans at once is a review of each.
func (x *reading) review(p *procedure, rec *care.Record) error {
	client, about, err := x.client(pointerOf(&p.Procedure.Subject), "subject")
	if err != nil || !about {
		return err
	}
	out := care.Review{Ref: rec.Ref}
	_, end := bounds(p.PerformedPeriod)
	if out.Date, err = firstDate(
		dateAt{p.PerformedDateTime, "performedDateTime"},
		periodStart(p.PerformedPeriod, "performedPeriod"),
		dateAt{end, "performedPeriod.end"}); err != nil {
		return err
	}
	for i := range p.Performer {
		if by := x.staff(pointerOf(&p.Performer[i].Actor)); by != "" {
			out.By = append(out.By, by)
		}
	}
	rec.Client = client
	for i := range p.BasedOn {
		if t := x.resolve(pointerOf(&p.BasedOn[i])); t.typ == "CarePlan" {
			out.Plan = t.ref
			rec.Reviews = append(rec.Reviews, out)
		}
	}
	if rec.Reviews == nil {
		rec.Reviews = []care.Review{out} // of no plan that can be told
	}
	return nil
}
