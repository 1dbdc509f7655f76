package people

import (
	"slices"
	"strconv"
)

// record writes everything of one client, each resource after those that it
// refers to; visits last.
func (w *writer) record(c *client) {
	w.patient(c)
	for _, r := range c.relatives {
		w.relative(c, r)
	}
	for _, p := range c.placements {
		w.placement(c, p)
	}
	for i := range c.services {
		w.service(c, &c.services[i])
	}
	w.teams(c)
	for i, d := range c.decisions {
		w.put("Observation", c.id("d", i+1), object{
			{"status", []string{"final", "final", "amended"}[(c.index+i)%3]},
			{"code", w.concept("observation", "care-contact-decision")},
			{"subject", reference1(c.ref())},
			{"effectiveDateTime", d.on},
			{"valueCodeableConcept", w.concept("care-contact-decision", d.kind)},
		})
	}
	for i, t := range c.told {
		w.put("Communication", c.id("co", i+1), object{
			{"status", "completed"},
			{"medium", list{coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationMode", t.medium)}},
			{"subject", reference1(c.ref())},
			{"topic", w.concept("information", t.topic)},
			{"sent", t.on.at(13*60 + c.index%150)},
			{"recipient", references(t.to...)},
			{"sender", reference1(w.m.staff[t.by].ref())},
		})
	}
	for i := range c.plans {
		w.plan(c, &c.plans[i])
	}
	for i := range c.plans {
		for _, r := range c.plans[i].reviews {
			w.review(c, &c.plans[i], r)
		}
	}
	w.notes(c)
	w.events(c)
	for i, k := range c.consents {
		w.consent(c, c.id("cs", i+1), k)
	}
	for i, s := range c.stays {
		w.stay(c, c.id("h", i+1), s)
	}
	w.visits(c)
}

func (w *writer) patient(c *client) {
	var ids list
	for _, n := range c.numbers {
		ids = append(ids, identifier(n.system, n.value))
	}
	gender := "male"
	if c.woman {
		gender = "female"
	}
	var meta object
	if c.label != "" {
		labels := list{{{"system", c.labelSystem}, {"code", c.label}}}
		if c.label == "skyddadFolkbokforing" {
			labels = append(labels, object{{"system", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}, {"code", "R"}})
		}
		meta = object{{"security", labels}}
	}
	o := object{
		{"meta", meta},
		{"identifier", ids},
		{"active", true},
		{"name", list{{{"family", c.family}, {"given", []string{c.given}}}}},
		{"gender", gender},
		{"birthDate", c.born},
	}
	switch {
	case c.deceased != 0:
		o = append(o, member{"deceasedDateTime", c.deceased})
	case c.deceasedFlag:
		o = append(o, member{"deceasedBoolean", true})
	}
	w.put("Patient", c.patientID(), append(o, object{
		{"address", list{{{"line", []string{streets[c.index%len(streets)] + " " + strconv.Itoa(c.index%60+1)}}, {"city", "Exempelstad"}}}},
		{"managingOrganization", reference1(c.unitRef())},
	}...))
}

func (w *writer) relative(c *client, r relative) {
	w.put("RelatedPerson", r.id, object{
		{"active", !r.inactive},
		{"patient", reference1(c.ref())},
		{"relationship", list{coded("http://terminology.hl7.org/CodeSystem/v3-RoleCode", r.relation)}},
		{"name", list{{{"family", c.family}, {"given", []string{staffGiven[(c.index*3+len(r.id))%len(staffGiven)]}}}}},
	})
}

func (w *writer) placement(c *client, p placement) {
	start := any(p.from)
	if p.monthOnly {
		start = p.from.month()
	}
	var history list
	at := p.from
	for _, h := range p.pauses {
		history = append(history,
			object{{"status", "active"}, {"period", period(span{at, h.from - 1})}},
			object{{"status", "onhold"}, {"period", period(h)}})
		at = h.to + 1
	}
	w.put("EpisodeOfCare", p.id, object{
		{"status", p.status},
		{"statusHistory", history},
		{"type", list{w.concept("setting", p.setting)}},
		{"patient", reference1(c.ref())},
		{"managingOrganization", reference1(p.org)},
		{"period", object{{"start", start}, {"end", p.to}}},
	})
}

func (w *writer) service(c *client, s *service) {
	code := w.concept("service", s.code)
	if s.code == "" {
		code = object{{"text", "Ledsagning till gudstjänst"}}
	}
	var first list
	if s.first != 0 {
		first = list{w.ext("first-carried-out", "valueDate", s.first)}
	}
	performer := s.performer
	if s.setting == homeCare {
		performer = c.unitRef()
	}
	var by list
	if performer != "" {
		by = references(performer)
	}
	w.put("ServiceRequest", s.id, object{
		{"extension", first},
		{"status", s.status},
		{"intent", "order"},
		{"category", list{w.concept("setting", s.setting)}},
		{"code", code},
		{"subject", reference1(c.ref())},
		{"occurrencePeriod", period(s.span)},
		{"authoredOn", s.decided},
		{"requester", reference1(w.m.staff[w.m.assessors[c.index%len(w.m.assessors)]].ref())},
		{"performer", by},
	})
}

// teams writes one CareTeam per contact, as Inera's RIVCareManager does; a
// joint contact is a second participant of the one before.
func (w *writer) teams(c *client) {
	for i := 0; i < len(c.contacts); {
		n := i + 1
		for n < len(c.contacts) && c.contacts[n].joint {
			n++
		}
		k := c.contacts[i]
		start := any(k.from)
		if k.late {
			start = k.from.at(30).zulu()
		}
		when := object{{"start", start}, {"end", k.to}}
		var who list
		for p, each := range c.contacts[i:n] {
			system, role := "https://terminologitjansten.inera.se/inera-kodverksforvaltning/kodverk/kv_typ_av_fast_kontakt", "3"
			if c.index%29 == 7 {
				system = "urn:oid:1.2.752.129.5.1.69"
			}
			o := object{{"role", list{coded(system, role)}}, {"member", w.member(c, each)}}
			if p > 0 || c.index%3 == 0 {
				o = append(o, member{"period", when})
			}
			who = append(who, o)
		}
		w.put("CareTeam", k.id, object{
			{"status", k.status},
			{"category", list{coded("https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs", "fast-kontakt")}},
			{"name", "Fast omsorgskontakt"},
			{"subject", reference1(c.ref())},
			{"period", when},
			{"participant", who},
			{"managingOrganization", references(c.unitRef())},
		})
		i = n
	}
}

// member is the reference to who is the contact.
func (w *writer) member(c *client, k contact) object {
	if k.who == stranger {
		hsa := "SE2321000000-" + w.m.o.Prefix + "X" + c.num
		return object{{"type", "Practitioner"}, {"identifier", identifier(hsaID, hsa)}}
	}
	s := &w.m.staff[k.who]
	switch k.by {
	case byPerson:
		return reference1(s.ref())
	case byHSA:
		return object{{"type", "Practitioner"}, {"identifier", identifier(hsaID, s.hsa)}}
	}
	return reference1(s.roleRef())
}

func (w *writer) plan(c *client, p *plan) {
	var exts list
	var with list
	switch p.took {
	case tookPart:
		with = references(c.ref())
	case saidYes, saidNo:
		exts = append(exts, w.ext("client-participation", "valueBoolean", p.took == saidYes))
	}
	var activity list
	if p.followUp != 0 {
		if p.asActivity {
			activity = list{{{"detail", object{
				{"code", w.concept("plan", "follow-up")}, {"status", "scheduled"}, {"scheduledPeriod", period(span{p.followUp, p.followUp})},
			}}}}
		} else {
			exts = append(exts, w.ext("planned-follow-up", "valueDate", p.followUp))
		}
	}
	w.put("CarePlan", p.id, append(append(object{
		{"extension", exts},
		{"status", p.status},
		{"intent", "plan"},
		{"category", list{w.concept("plan", p.kind)}},
	}, planText(c, p)...), object{
		{"subject", reference1(c.ref())},
		{"period", period(p.span)},
		{"created", p.created},
		{"author", reference1(w.m.staff[p.author].ref())},
		{"contributor", with},
		{"activity", activity},
	}...))
}

func (w *writer) review(c *client, p *plan, r review) {
	o := object{
		{"basedOn", references("CarePlan/" + p.id)},
		{"status", "completed"},
		{"code", w.concept("plan", "review")},
		{"subject", reference1(c.ref())},
	}
	if c.index%4 == 0 {
		o = append(o, member{"performedPeriod", object{{"start", r.on.at(9 * 60)}, {"end", r.on.at(10 * 60)}}})
	} else {
		o = append(o, member{"performedDateTime", r.on})
	}
	w.put("Procedure", r.id, append(o, member{"performer", list{{{"actor", reference1(w.m.staff[r.by].ref())}}}}))
}

// notes are written in the order of their days, as they came to be.
func (w *writer) notes(c *client) {
	notes := slices.Clone(c.notes)
	slices.SortStableFunc(notes, func(a, b note) int { return int(a.on.at(a.minute) - b.on.at(b.minute)) })
	for i, n := range notes {
		w.put("DocumentReference", c.id("n", i+1), object{
			{"status", "current"},
			{"type", w.concept("document", "social-journal")},
			{"subject", reference1(c.ref())},
			{"date", n.on.at(n.minute)},
			{"author", references(w.m.staff[n.by].ref())},
			{"content", list{{{"attachment", attachment(c, n, i)}}}},
		})
	}
}
