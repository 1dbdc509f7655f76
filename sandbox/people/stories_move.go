package people

// Moves to a care home within thirty days, and what may be handed over.
var moveStories = stories(
	enriched(tells("moving-with-consent", "moves in twenty days, and permits the handover to that care home", 3, appointed, current,
		func(c *client) { c.movesIn(20, consentNamed) })),
	enriched(tells("moving-this-week-not-sent", "moves in four days; the handover is permitted and not sent", 3, appointed, current,
		func(c *client) { c.movesIn(4, consentNested) },
		finds("transfer.not-sent", dueSoon))),
	enriched(tells("moving-with-partial-consent", "moves in five days; all but journal and deviations may be handed over", 3, appointed, current,
		func(c *client) { c.movesIn(5, consentPartial) },
		finds("transfer.not-sent", dueSoon))),
	enriched(tells("moving-with-a-guardian", "moves in six days; the one who may decide for the client permits the handover", 2, appointed, current,
		func(c *client) { c.movesIn(6, consentByGuardian) },
		finds("transfer.not-sent", dueSoon))),
	enriched(tells("moving-without-consent", "moves in ten days, and there is no consent", 4, appointed, current,
		func(c *client) { c.movesIn(10, consentNone) },
		finds("transfer.consent-missing", dueSoon))),
	enriched(tells("moving-with-another-home-permitted", "moves in eight days; the consent names another care home", 2, appointed, current,
		func(c *client) { c.movesIn(8, consentElsewhere) },
		finds("transfer.consent-missing", dueSoon))),
	enriched(tells("moving-with-expired-consent", "moves in nine days; the consent is over", 2, appointed, current,
		func(c *client) { c.movesIn(9, consentExpired) },
		finds("transfer.consent-missing", dueSoon))),
	enriched(tells("moving-to-a-home-unknown", "moves in twelve days; the decision names no care home", 1, appointed, current,
		func(c *client) { c.movesIn(12, consentNamed); c.services[len(c.services)-1].performer = "" },
		finds("transfer.consent-missing", dueSoon))),
	enriched(tells("moving-and-refusing", "moves in a week, and does not want anything handed over", 3, appointed, current,
		func(c *client) { c.movesIn(7, consentRefused) },
		finds("transfer.refused", open))),
	tells("moved-and-handed-over", "moved ten days ago, and the handover was sent", 4, notApplicable, notApplicable,
		func(c *client) {
			c.moved(10, consentNamed)
			c.told = append(c.told, told{"care-home-handover", []string{"Organization/" + c.m.homes[0].id}, "ELECTRONIC", c.asOf - 11, c.colleague(coordinator, 0)})
		}),
	tells("moved-and-not-sent", "moved five days ago; the handover is permitted and was not sent", 4, notApplicable, notApplicable,
		func(c *client) { c.moved(5, consentNamed) },
		finds("transfer.not-sent", overdue)),
	tells("moved-without-consent", "moved six days ago, and there is no consent", 4, notApplicable, notApplicable,
		func(c *client) { c.moved(6, consentNone) },
		finds("transfer.consent-missing", overdue)),
	tells("moved-and-refused", "moved a week ago, and did not want anything handed over", 2, notApplicable, notApplicable,
		func(c *client) { c.moved(7, consentRefused) },
		finds("transfer.refused", open)),
	tells("moved-long-ago", "lives in a care home since months", 12, notApplicable, notApplicable,
		func(c *client) { c.moved(c.d.between(45, 150), consentNone) }),
)

// movesIn grants a place in a care home from a day to come.
func (c *client) movesIn(days int, shape consentShape) {
	c.granted(c.asOf+day(days), c.asOf-day(c.d.between(3, 12)))
	c.consenting(shape, c.asOf-2)
	c.reviewedLast(c.asOf-40, c.asOf+120)
}

// moved has the client living in the care home since some days.
func (c *client) moved(daysAgo int, shape consentShape) {
	on := c.asOf - day(daysAgo)
	c.granted(on, on-14)
	c.consenting(shape, on-9)
	c.leaves(on - 1)
	c.placements = append(c.placements, placement{
		id: c.id("e", 2), setting: careHomeCare, org: "Organization/" + c.m.homes[0].id, status: "active", span: span{from: on},
	})
}

// granted is the decision of a place in the first care home.
func (c *client) granted(from, decided day) {
	c.services = append(c.services, service{
		id: c.id("sr", len(c.services)+1), code: careHomeCare, setting: careHomeCare, status: "active",
		decided: decided, performer: "Organization/" + c.m.homes[0].id, span: span{from: from},
	})
}

// consenting adds what the client said to the handover.
func (c *client) consenting(shape consentShape, on day) {
	k := consent{shape: shape, on: on}
	switch shape {
	case consentNone:
		return
	case consentElsewhere:
		k.home = 1
	case consentPartial:
		k.denied = []string{"journal", "deviations"}
	case consentByRelative:
		g := relative{id: c.id("rp", 9), relation: "DAUC"}
		c.relatives = append(c.relatives, g)
		k.guardian = "RelatedPerson/" + g.id
		c.told = append(c.told, told{"care-contact", []string{k.guardian}, "PHONE", c.newest() + 3, c.teller()})
	case consentExpired:
		k.on, k.until = on-90, c.asOf-3
	case consentByGuardian:
		g := relative{id: c.id("rp", 9), relation: "GUARD"}
		c.relatives = append(c.relatives, g)
		k.guardian = "RelatedPerson/" + g.id
		c.told = append(c.told, told{"care-contact", []string{k.guardian}, "PHONE", c.newest() + 3, c.teller()})
	}
	c.consents = append(c.consents, k)
}

// leaves ends home care, with all that runs in it, on its last day.
func (c *client) leaves(last day) {
	c.home().status, c.home().to = "finished", last
	for i := range c.services {
		if s := &c.services[i]; s.setting == homeCare {
			s.status, s.to = "completed", last
		}
	}
	for i := range c.contacts {
		c.contacts[i].status, c.contacts[i].to = "inactive", last
	}
	for i := range c.plans {
		p := &c.plans[i]
		p.status, p.to = "completed", last
		for k, r := range p.reviews {
			if r.on > last {
				p.reviews = p.reviews[:k]
				break
			}
		}
	}
	c.unwritten(last+1, c.asOf)
}
