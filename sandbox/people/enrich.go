package people

// enrich adds what many clients also have, none of which is a shortcoming:
// relatives who were told, day activity with a weekly meeting, plans shared
// with health care, risks with an action plan, deviations that were put right,
// a stay in hospital, an earlier plan, visits at night or by two.
func (c *client) enrich() {
	d := c.d
	if d.chance(60) {
		c.addRelatives()
	}
	if d.chance(15) && c.newest() <= c.asOf.lastWeek()-7 {
		c.goToDayCentre()
	}
	if d.chance(8) {
		c.addSIP(c.asOf - day(d.between(30, 195)))
	}
	if d.chance(10) {
		on := c.asOf - day(d.between(25, 180))
		c.risks = append(c.risks, risk{on, oneOf(d, []string{"high", "certain"})})
		c.addActionPlan(on + day(d.between(0, 9)))
	}
	if d.chance(10) {
		c.risks = append(c.risks, risk{c.asOf - day(d.between(5, 180)), oneOf(d, []string{"low", "moderate", "negligible"})})
	}
	if d.chance(14) {
		on := c.asOf - day(d.between(20, 120))
		c.deviations = append(c.deviations, deviation{on, on + day(d.between(0, 12)), oneOf(d, deviationCodes)})
	}
	if d.chance(8) {
		from := c.asOf - day(d.between(14, 55))
		c.stays = append(c.stays, stay{span{from, from + day(d.between(2, 8))}})
	}
	if c.story.tell == nil && d.chance(12) && c.from < c.asOf-400 {
		c.replacePlan(c.asOf - day(d.between(60, 110)))
	}
	if d.chance(8) {
		s := c.grant(oneOf(d, []string{"cleaning", "respite", "meal-delivery"}), c.from)
		s.status, s.to = "completed", c.asOf-day(d.between(20, 150))
	}
	if d.chance(1) {
		c.grant("", c.from) // named in words only
	}
	if d.chance(6) {
		c.consents = append(c.consents, consent{shape: consentGeneral, on: c.asOf - day(d.between(30, 300))})
	}
	c.nights = d.chance(4)
	c.double = d.chance(6)
}

var deviationCodes = []string{"fall", "missed-visit", "medication", "late-visit"}

// addRelatives gives one or two relatives, all told who the contact is.
func (c *client) addRelatives() {
	for n := range c.d.between(1, 2) {
		c.relatives = append(c.relatives, relative{id: c.id("rp", n+1), relation: oneOf(c.d, []string{"DAUC", "SONC", "SPS", "NIENEPH", "SIB"})})
	}
	to := []string{}
	for _, r := range c.relatives {
		to = append(to, "RelatedPerson/"+r.id)
	}
	on := c.newest() + 2
	if len(c.contacts) == 0 {
		on = c.from + 4
	}
	c.told = append(c.told, told{"care-contact", to, "PHONE", min(on, c.asOf-1), c.teller()})
}

func (c *client) goToDayCentre() {
	c.grant("day-activity", c.from)
	c.dayCentre = true
}

// addSIP adds a plan shared with health care; an older one was reviewed some
// months ago.
func (c *client) addSIP(created day) *plan {
	p := plan{
		id: c.id("sip", 1), kind: "sip", status: "active", span: span{from: created}, created: created,
		author: c.teller(), took: tookPart, followUp: created.addMonths(11),
	}
	c.plans = append([]plan{p}, c.plans...)
	return &c.plans[0]
}

func (c *client) addActionPlan(created day) {
	p := plan{
		id: c.id("ap", 1), kind: "action", status: "active", span: span{from: created}, created: created, author: c.teller(), took: tookPart,
	}
	c.plans = append([]plan{p}, c.plans...)
}

// replacePlan ends the plan that runs and begins a new one the day after.
func (c *client) replacePlan(on day) {
	old := c.current()
	old.status, old.to = "completed", on
	for i, r := range old.reviews {
		if r.on > on {
			old.reviews = old.reviews[:i]
			break
		}
	}
	p := plan{
		id: c.id("cp", 9), kind: "implementation", status: "active", span: span{from: on + 1}, created: on + 1,
		author: c.teller(), took: tookPart, followUp: on + day(c.d.between(150, 172)),
	}
	c.plans = append(c.plans, p)
}
