package people

import (
	"fmt"
	"slices"
	"strings"
)

// Records yields what is written down about each client, in the order of
// Clients. Nothing is kept: a second call makes the same again.
func (m *Municipality) Records(yield func(*Record) bool) {
	for i := range m.o.Clients {
		if !yield(m.client(i).plain()) {
			return
		}
	}
}

// Visits yields the client's visits, as in the Encounters at home.
func (r *Record) Visits(yield func(Visit) bool) {
	n := 0
	var services [2]string
	r.of.visits(func(v visit) bool {
		n++
		done := services[:0]
		for _, s := range v.services {
			if s != nil {
				done = append(done, s.code)
			}
		}
		return yield(Visit{n, v.start.time(), v.end.time(), v.by, v.with, done, v.cancelled})
	})
}

// PersonID is by which systems that know people by one number know the client:
// the personnummer where there is one, else another number. Who has none is given
// one of the systems' own, of twelve characters with letters, which is no person
// number.
func (r *Record) PersonID() string {
	id := ""
	for _, n := range r.Numbers {
		if id == "" || n.Kind == "personnummer" {
			id = n.Value
		}
	}
	if id == "" {
		born := r.Born.AddDate(-120, 0, 0)
		id = born.Format("20060102") + "TF" + string(rune('A'+r.Index%26)) + string(rune('A'+r.Index/26%26))
	}
	return id
}

// plain writes the client down.
func (c *client) plain() *Record {
	r := &Record{
		Index: c.index, ID: c.patientID(), Story: c.story.Name, Given: c.given, Family: c.family, Born: c.born.midnight(),
		Label: c.label, Dead: c.deceased != 0 || c.deceasedFlag, Died: c.deceased.midnight(), Unit: c.unit, of: c,
	}
	for _, n := range c.numbers {
		r.Numbers = append(r.Numbers, Number{numberKind(n.system), n.value})
	}
	for _, v := range c.relatives {
		r.Relatives = append(r.Relatives, Relative{v.id, v.relation, v.inactive})
	}
	for _, d := range c.deviations {
		r.Deviations = append(r.Deviations, Event{c.id("dv", len(r.Deviations)+1), d.on.midnight(), d.remedied.midnight(), d.code})
	}
	for _, k := range c.risks {
		r.Risks = append(r.Risks, Event{ID: c.id("ri", len(r.Risks)+1), On: k.on.midnight(), Code: k.level})
	}
	for i, d := range c.decisions {
		r.Decisions = append(r.Decisions, Decision{c.id("d", i+1), d.kind, d.on.midnight()})
	}
	r.plainCare(c)
	r.plainTold(c)
	r.plainPlans(c)
	r.plainConsents(c)
	return r
}

func numberKind(system string) string {
	switch system {
	case samordningsnummer:
		return "samordningsnummer"
	case reservnummer:
		return "reservnummer"
	}
	return "personnummer"
}

// plainCare writes placements, services, contacts and absences.
func (r *Record) plainCare(c *client) {
	for i, p := range c.placements {
		r.Placements = append(r.Placements, Placement{
			p.id, p.setting, c.m.unitAt(p.org), p.status, p.from.midnight(), p.to.midnight(),
		})
		for k, h := range p.pauses {
			r.Absences = append(r.Absences, Absence{fmt.Sprintf("%s-%d", c.id("away", i+1), k+1), false, h.from.midnight(), h.to.midnight()})
		}
	}
	for i, s := range c.stays {
		r.Absences = append(r.Absences, Absence{c.id("h", i+1), true, s.from.midnight(), s.to.midnight()})
	}
	for _, s := range c.services {
		performer := c.unit
		if s.setting != homeCare {
			performer = c.m.unitAt(s.performer)
		}
		r.Services = append(r.Services, Service{
			ID: s.id, Code: s.code, Setting: s.setting, Status: s.status, Decided: s.decided.midnight(),
			From: s.from.midnight(), To: s.to.midnight(), First: s.first.midnight(), Performer: performer,
		})
	}
	for _, k := range c.contacts {
		r.Contacts = append(r.Contacts, Contact{k.id, k.who, k.status, k.from.midnight(), k.to.midnight()})
	}
}

func (r *Record) plainTold(c *client) {
	for i, t := range c.told {
		told := Told{
			ID: c.id("co", i+1), Topic: t.topic, Unit: -1, Medium: t.medium,
			At: t.on.at(13*60 + c.index%150).time(), By: t.by,
		}
		for _, to := range t.to {
			switch kind, _, _ := strings.Cut(to, "/"); kind {
			case "Patient":
				told.Client = true
			case "RelatedPerson":
				told.Relatives = true
			default:
				told.Unit = c.m.unitAt(to)
			}
		}
		r.Told = append(r.Told, told)
	}
}

// plainPlans writes plans with their reviews, and the journal.
func (r *Record) plainPlans(c *client) {
	for _, p := range c.plans {
		plan := Plan{
			ID: p.id, Kind: p.kind, Status: p.status, Created: p.created.midnight(), From: p.from.midnight(), To: p.to.midnight(),
			Author: p.author, Participated: [...]string{tookPart: "yes", saidYes: "yes", saidNo: "no", notSaid: ""}[p.took],
			FollowUp: p.followUp.midnight(),
		}
		for _, v := range p.reviews {
			plan.Reviews = append(plan.Reviews, Review{v.id, v.on.midnight(), v.by})
		}
		r.Plans = append(r.Plans, plan)
	}
	for _, n := range c.notes {
		r.Notes = append(r.Notes, Note{At: n.on.at(n.minute).time(), By: n.by})
	}
	slices.SortStableFunc(r.Notes, func(a, b Note) int { return a.At.Compare(b.At) })
	for i := range r.Notes {
		r.Notes[i].ID = c.id("n", i+1)
	}
}

func (r *Record) plainConsents(c *client) {
	for i, k := range c.consents {
		p := Permission{
			ID: c.id("cs", i+1), Permits: k.shape != consentRefused, Home: len(c.m.units) + k.home,
			Nested:   slices.Contains([]consentShape{consentNested, consentByGuardian, consentByRelative, consentSince}, k.shape),
			Guardian: strings.TrimPrefix(k.guardian, "RelatedPerson/"),
			At:       k.on.at(14*60 + 5).time(), From: k.on.midnight(), To: k.until.midnight(),
		}
		switch k.shape {
		case consentGeneral:
			p.Home = -1
		case consentPartial:
			p.Without = k.denied
		case consentByRelative:
			p.MayNot = true
		case consentWithdrawn:
			p.Withdrawn = k.on.midnight()
		}
		r.Consents = append(r.Consents, p)
	}
}
