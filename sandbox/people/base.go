package people

import "fmt"

// client makes the i-th client: a settled one, changed by its story. Nothing
// but the record is made; visits follow from it when they are written.
func (m *Municipality) client(i int) *client { return m.clientWith(i, m.storyAt(i)) }

// storyAt is the story of the i-th client; who comes after the last one has
// just arrived.
func (m *Municipality) storyAt(i int) *story {
	if i >= len(m.stories) {
		return &catalogue[byName(newlyArrived)]
	}
	return &catalogue[m.stories[i]]
}

func (m *Municipality) clientWith(i int, s *story) *client {
	c := &client{
		m: m, d: newDice(m.o.Seed, streamClient, i), asOf: m.asOf, index: i, num: fmt.Sprintf("%06d", i+1), story: s,
		share: 6, crowd: 5,
	}
	c.identity()
	c.chooseUnit()
	c.base()
	if s.tell != nil {
		s.tell(c)
	}
	if s.rich {
		c.enrich()
	}
	return c
}

// chooseUnit puts those with a shortcoming where things go wrong more often, and
// fewer of the others there, so that the unit does not become larger by it.
func (c *client) chooseUnit() {
	weights := make([]int, len(c.m.units))
	for u, unit := range c.m.units {
		weights[u] = unit.size * (260 - unit.trouble)
		if len(c.story.Findings) > 0 {
			weights[u] = unit.size * 2 * unit.trouble
		}
	}
	c.unit = c.d.pick(weights)
}

// base is a client of whom there is nothing to say: in home care for at least
// 200 days, two contacts who have been there from the beginning, all told, a
// plan that a contact made, reviewed in time and with its next review planned,
// and notes in every month.
func (c *client) base() {
	d := c.d
	c.level = []int{30, 100, 140}[d.pick([]int{15, 55, 30})]
	c.from = c.asOf - day(d.between(200, 1500))
	c.placements = []placement{{
		id: c.id("e", 1), setting: homeCare, org: c.unitRef(), status: "active", span: span{from: c.from},
	}}
	c.grant("personal-care", c.from)
	if d.chance(55) {
		c.grant("safety-alarm", c.from)
	}
	for _, code := range []string{"cleaning", "shopping", "laundry", "meal-delivery", "companion", "respite"} {
		if d.chance(18) {
			c.grant(code, c.from)
		}
	}
	first := c.from + day(d.between(2, 6))
	c.decisions = []decision{{"offered", c.from + 1}, {"accepted", c.from + 2}}
	k := d.n(50)
	c.contacts = []contact{
		{id: c.id("ct", 1), who: c.colleague(regular, k), status: "active", span: span{from: first}, by: reference(d.pick([]int{6, 3, 1}))},
		{id: c.id("ct", 2), who: c.colleague(regular, k+1), status: "active", span: span{from: first + day(d.n(3))}},
	}
	c.contacts[1].joint = c.contacts[1].from == first && d.chance(25)
	c.contacts[0].late = !c.contacts[1].joint && d.chance(4)
	c.inform("care-contact", first+3, true, true)
	c.inform("right-to-change", first+3, true, false)
	c.planFrom(first+day(d.between(1, 5)), c.contacts[0].who)
	c.writeNotes()
}

// grant gives the client a service of home care that has been carried out from
// its start on.
func (c *client) grant(code string, from day) *service {
	c.services = append(c.services, service{
		id: c.id("sr", len(c.services)+1), code: code, setting: homeCare, status: "active",
		decided: from - 7, first: from, span: span{from: from},
	})
	return &c.services[len(c.services)-1]
}

// onlyServices leaves the client with just these.
func (c *client) onlyServices(codes ...string) {
	c.services = nil
	for _, code := range codes {
		c.grant(code, c.from)
	}
}

// inform records that the client was told, by mouth, in writing, or both.
func (c *client) inform(topic string, on day, oral, written bool) {
	by := c.teller()
	if oral {
		c.told = append(c.told, told{topic, []string{c.ref()}, oneOf(c.d, []string{"VERBAL", "FACE", "PHONE"}), on, by})
	}
	if written {
		c.told = append(c.told, told{topic, []string{c.ref()}, oneOf(c.d, []string{"WRITTEN", "TYPEWRIT", "MAILWRIT"}), on, by})
	}
}

// teller is who writes what nobody in particular writes: the first contact
// where there is one, else the coordinator.
func (c *client) teller() int {
	if len(c.contacts) > 0 && c.contacts[0].who != stranger {
		return c.contacts[0].who
	}
	return c.colleague(coordinator, 0)
}

// untold forgets all that was told about a topic.
func (c *client) untold(topic string) {
	kept := c.told[:0]
	for _, t := range c.told {
		if t.topic != topic {
			kept = append(kept, t)
		}
	}
	c.told = kept
}

// planFrom gives the client an implementation plan, reviewed about every five
// months, most recently 15 to 120 days ago where the plan is older than that.
func (c *client) planFrom(created day, by int) *plan {
	p := plan{
		id: c.id("cp", len(c.plans)+1), kind: "implementation", status: "active", span: span{from: created}, created: created,
		author: by, took: participation(c.d.pick([]int{75, 25})), asActivity: c.d.chance(15),
	}
	last := created
	if recent := c.asOf - day(c.d.between(15, 120)); recent > created+30 {
		for on := created + day(c.d.between(120, 155)); on < recent-60; on += day(c.d.between(120, 155)) {
			p.addReview(c, on, by)
		}
		p.addReview(c, recent, by)
		last = recent
	}
	p.followUp = last + day(c.d.between(150, 172))
	c.plans = append(c.plans, p)
	return c.current()
}

func (p *plan) addReview(c *client, on day, by int) {
	p.reviews = append(p.reviews, review{fmt.Sprintf("%s-%d", c.id("rv", len(c.plans)+1), len(p.reviews)+1), on, by})
}

// reviewedLast makes a day the plan's last review, with the next one planned
// some days later; earlier reviews stay where they are earlier.
func (c *client) reviewedLast(on day, followUp day) {
	p := c.current()
	kept := p.reviews[:0]
	for _, r := range p.reviews {
		if r.on < on-30 {
			kept = append(kept, r)
		}
	}
	p.reviews = kept
	p.addReview(c, on, p.author)
	p.reviews[len(p.reviews)-1].id = fmt.Sprintf("%s-%d", c.id("rv", len(c.plans)), len(p.reviews))
	p.followUp = followUp
}

// writeNotes gives one to three notes in every month from the one before last
// to now, from the placement's start on.
func (c *client) writeNotes() {
	c.notes = nil
	for back := 2; back >= 0; back-- {
		month := c.asOf.addMonths(-back).monthStart()
		end := min(month.addMonths(1)-1, c.asOf-1)
		start := max(month, c.from)
		if end < start { // on the first of a month: this morning, before the record was read
			if start == c.asOf {
				c.notes = append(c.notes, note{c.asOf, 10, c.teller()})
			}
			continue
		}
		for range c.d.between(1, 3) {
			c.notes = append(c.notes, note{start + day(c.d.n(int(end-start)+1)), c.d.between(7*60, 21*60), c.teller()})
		}
	}
}

// without notes in a period.
func (c *client) unwritten(a, b day) {
	kept := c.notes[:0]
	for _, n := range c.notes {
		if n.on < a || n.on > b {
			kept = append(kept, n)
		}
	}
	c.notes = kept
}

// arrived moves the beginning of everything: home care since that day, no
// contact, no decision about one, no plan.
func (c *client) arrived(from day) {
	c.from = from
	c.home().from = from
	for i := range c.services {
		s := &c.services[i]
		s.from, s.decided, s.first = from, from-5, from
	}
	c.contacts, c.decisions, c.told, c.plans = nil, nil, nil, nil
	c.writeNotes()
}

// appoint gives the client contacts from a day on who have told all there is to tell.
func (c *client) appoint(on day, who ...int) {
	c.contacts = nil
	for i, w := range who {
		c.contacts = append(c.contacts, contact{id: c.id("ct", i+1), who: w, status: "active", span: span{from: on}})
	}
	c.told = nil
	c.inform("care-contact", min(on+1, c.asOf-1), true, true)
	c.inform("right-to-change", min(on+1, c.asOf-1), true, false)
}

// sole leaves the client with one contact, of that kind.
func (c *client) sole(kind staffKind) *contact {
	c.contacts = c.contacts[:1]
	c.contacts[0].who = c.colleague(kind, 0)
	c.contacts[0].late = false
	return &c.contacts[0]
}

// fresh is a regular colleague who is not, and was not, the client's contact.
func (c *client) fresh() int {
	for k := c.d.n(50); ; k++ {
		who := c.colleague(regular, k)
		if !c.knows(who) {
			return who
		}
	}
}

func (c *client) knows(who int) bool {
	for _, k := range c.contacts {
		if k.who == who {
			return true
		}
	}
	return false
}

// succeeded says that somebody else was the contact before: until a day, and
// from the next those who are it now. Told and handed over two days later.
func (c *client) succeeded(until day) {
	before := contact{id: c.id("ct", 0), who: c.fresh(), status: "inactive", span: span{c.contacts[0].from, until}}
	for i := range c.contacts {
		c.contacts[i].from, c.contacts[i].late = until+1, false
	}
	now := c.contacts[0].who
	c.contacts = append([]contact{before}, c.contacts...)
	p := c.current()
	p.author = before.who
	for i := range p.reviews {
		p.reviews[i].by = now
		if p.reviews[i].on <= until {
			p.reviews[i].by = before.who
		}
	}
	c.inform("care-contact", until+2, true, true)
	c.told = append(c.told, told{"contact-handover", []string{c.ref()}, "FACE", until + 2, before.who})
}

// newest is the day on which the newest contact became it.
func (c *client) newest() day {
	var last day
	for _, k := range c.contacts {
		last = max(last, k.from)
	}
	return last
}
