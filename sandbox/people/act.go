package people

import "slices"

// Act is something that happens in the municipality on AsOf: a change to apply
// to a server that holds it.
type Act struct {
	Name    string // "contact-leaves"
	Text    string // one Swedish sentence without personal data
	English string
	// Clients are the Patients whom it touches, by id, sorted.
	Clients []string
	// Contact is the contact status after it, for the clients whose status it changes.
	Contact map[string]string
	Put     []Resource // PUT Type/id, in this order
	Delete  []string   // DELETE Type/id, after Put

	// Records are the clients as they are afterwards, and Staff those who changed,
	// by their index of Municipality.Staff, for systems that are not FHIR. Notes and
	// visits of a client who was there before are to be left as they stood.
	Records []*Record
	Staff   map[int]Member
}

// Acts gives the acts of the demo's second part, in the order of the methods
// below. Each stands on the municipality as Resources gives it. No two concern
// the same client, except that the contact who leaves may have been anybody's.
// An act for which the municipality has no other client with a fitting story is
// left out.
func (m *Municipality) Acts() []Act {
	var all []Act
	concerned := map[string]bool{}
	for i, act := range []func() (Act, bool){m.ContactLeaves, m.PlanReviewed, m.MovesToCareHome, m.Dies, m.Arrives, m.DecisionWithdrawn} {
		a, ok := act()
		if !ok || (i > 0 && concerned[a.Clients[0]]) {
			continue
		}
		if i > 0 {
			concerned[a.Clients[0]] = true
		}
		all = append(all, a)
	}
	return all
}

// nth is the n-th client (from 0) with one of the stories, the first story
// that has that many first.
func (m *Municipality) nth(n int, stories ...string) (*client, bool) {
	for _, name := range stories {
		left := n
		for i, s := range m.stories {
			if catalogue[s].Name != name {
				continue
			}
			if left == 0 {
				return m.client(i), true
			}
			left--
		}
	}
	return nil, false
}

// record is what act puts: everything that write makes.
func (m *Municipality) record(write func(w *writer)) []Resource {
	var all []Resource
	write(&writer{m: m, yield: func(r Resource) bool { all = append(all, r); return true }})
	return all
}

// ContactLeaves ends the employment of somebody who is the only contact of at
// least one client: the last day was yesterday. Those with nobody else are
// then vacant; those with a second contact stay appointed.
func (m *Municipality) ContactLeaves() (Act, bool) {
	c, ok := m.nth(0, "one-contact", "settled")
	if !ok {
		return Act{}, false
	}
	who := c.contacts[0].who
	a := Act{
		Name: "contact-leaves", Text: "En fast omsorgskontakt har slutat.", English: "A care contact has left.",
		Contact: map[string]string{}, Staff: map[int]Member{},
	}
	for i := range m.o.Clients {
		t := m.client(i)
		if t.unit != c.unit || !t.holding(who) {
			continue
		}
		a.Clients = append(a.Clients, t.patientID())
		a.Records = append(a.Records, t.plain().without(who, m.asOf-1))
		if t.story.Contact == appointed && !t.othersThan(who) {
			a.Contact[t.patientID()] = vacant
		}
	}
	s := m.staff[who]
	s.jobs = slices.Clone(s.jobs)
	s.jobs[len(s.jobs)-1].to = m.asOf - 1
	a.Put = m.record(func(w *writer) { w.role(&s, s.jobs[len(s.jobs)-1]) })
	a.Staff[who] = m.member(who, &s)
	return a, true
}

// holding says whether somebody is the client's contact on asOf.
func (c *client) holding(who int) bool {
	for _, k := range c.contacts {
		if k.who == who && k.holds(c.asOf) && k.status == "active" {
			return true
		}
	}
	return false
}

// othersThan says whether somebody else is the client's contact on asOf and
// can be: at work, or away for less than 28 days.
func (c *client) othersThan(who int) bool {
	for _, k := range c.contacts {
		if k.who == who || !k.holds(c.asOf) || k.status != "active" {
			continue
		}
		if k.who == stranger || c.m.staff[k.who].kind == shortAway || c.m.staff[k.who].works(c.asOf) {
			return true
		}
	}
	return false
}

// PlanReviewed records today's review of a plan whose review was overdue.
func (m *Municipality) PlanReviewed() (Act, bool) {
	c, ok := m.nth(0, "plan-review-overdue", "plan-long-overdue", "plan-follow-up-passed")
	if !ok {
		return Act{}, false
	}
	p := c.current()
	p.addReview(c, m.asOf, p.author)
	r := &p.reviews[len(p.reviews)-1]
	r.id = c.id("rv", 95)
	return Act{
		Name: "plan-reviewed", Text: "En genomförandeplan har följts upp.", English: "A plan has been reviewed.",
		Clients: []string{c.patientID()}, Contact: map[string]string{},
		Put:     m.record(func(w *writer) { w.review(c, p, *r) }),
		Records: []*Record{c.plain().followedUp(m.asOf)},
	}, true
}

// MovesToCareHome moves a client who had something to do in home care: home
// care ended yesterday, the place in the care home begins today. There is no
// consent to a handover.
func (m *Municipality) MovesToCareHome() (Act, bool) {
	c, ok := m.nth(0, "contact-on-long-leave", "contact-ended-without-successor", "change-requested-overdue")
	if !ok {
		return Act{}, false
	}
	c.moved(0, consentNone)
	return Act{
		Name: "moves-to-care-home", Text: "En brukare har flyttat till särskilt boende.", English: "A client has moved to a care home.",
		Clients: []string{c.patientID()}, Contact: map[string]string{c.patientID(): notApplicable},
		Put: m.record(func(w *writer) {
			for _, p := range c.placements {
				w.placement(c, p)
			}
			for i := range c.services {
				w.service(c, &c.services[i])
			}
			w.teams(c)
			for i := range c.plans {
				w.plan(c, &c.plans[i])
			}
		}),
		Records: []*Record{c.plain()},
	}, true
}

// Dies records that a client with something to do died yesterday.
func (m *Municipality) Dies() (Act, bool) {
	c, ok := m.nth(1, "plan-review-overdue", "plan-long-overdue", "plan-missing-overdue", "contact-left-last-week")
	if !ok {
		c, ok = m.nth(0, "plan-missing-overdue", "contact-left-last-week")
	}
	if !ok {
		return Act{}, false
	}
	c.deceased = m.asOf - 1
	return Act{
		Name: "dies", Text: "En brukare har avlidit.", English: "A client has died.",
		Clients: []string{c.patientID()}, Contact: map[string]string{c.patientID(): notApplicable},
		Put:     m.record(func(w *writer) { w.patient(c) }),
		Records: []*Record{c.plain()},
	}, true
}

// Arrives adds a client whose home care began three days ago.
func (m *Municipality) Arrives() (Act, bool) {
	c := m.client(m.o.Clients)
	return Act{
		Name: "arrives", Text: "En ny brukare har fått hemtjänst.", English: "A new client has got home care.",
		Clients: []string{c.patientID()}, Contact: map[string]string{c.patientID(): missing},
		Put:     m.record(func(w *writer) { w.record(c) }),
		Records: []*Record{c.plain()},
	}, true
}

// DecisionWithdrawn deletes the request for another contact, which had been
// recorded for the wrong client: what followed from it goes away.
func (m *Municipality) DecisionWithdrawn() (Act, bool) {
	c, ok := m.nth(0, "change-requested-lately", "change-requested-overdue")
	if !ok {
		return Act{}, false
	}
	after := c.plain()
	after.Decisions = after.Decisions[:len(after.Decisions)-1]
	return Act{
		Name: "request-withdrawn", Text: "En registrerad önskan om byte har tagits bort.", English: "A recorded request for another contact has been deleted.",
		Clients: []string{c.patientID()}, Contact: map[string]string{},
		Delete:  []string{"Observation/" + c.id("d", len(c.decisions))},
		Records: []*Record{after},
	}, true
}
