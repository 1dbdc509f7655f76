package people

// The implementation plan.
var planStories = stories(
	tells("plan-missing-due-soon", "home care began ten days ago; there is a contact, and no plan yet", 6, appointed, missing,
		func(c *client) { c.begun(10) },
		finds("plan.missing", dueSoon)),
	tells("plan-missing-overdue", "home care began weeks ago; there is a contact, and no plan", 10, appointed, overdue,
		func(c *client) { c.begun(c.d.between(20, 45)) },
		finds("plan.missing", overdue)),
	tells("plan-ended", "the plan has ended, and there is no new one", 4, appointed, overdue,
		func(c *client) {
			p := c.current()
			p.status, p.to = "completed", c.asOf-day(c.d.between(5, 30))
			if last := len(p.reviews) - 1; last >= 0 && p.reviews[last].on > p.to {
				p.reviews = p.reviews[:last]
			}
		},
		finds("plan.missing", overdue)),
	tells("plan-by-the-office", "the first plan was made by the coordinator weeks ago, and the contact has not been at it", 8, appointed, current,
		func(c *client) { c.begun(c.d.between(30, 60)); c.planFromOffice(c.from + 4) },
		finds("plan.contact-update", overdue)),
	tells("plan-by-the-office-lately", "the first plan was made by the coordinator ten days ago", 4, appointed, current,
		func(c *client) { c.begun(14); c.planFromOffice(c.from + 4) },
		finds("plan.contact-update", dueSoon)),
	tells("plan-by-the-office-updated", "the first plan was made by the coordinator, and then reviewed by the contact", 8, appointed, current,
		func(c *client) {
			c.current().author = c.colleague(coordinator, 0)
			c.reviewedLast(c.asOf-50, c.asOf+110)
			c.current().reviews[len(c.current().reviews)-1].by = c.contacts[0].who
		}),
	enriched(tells("plan-due-in-ten-days", "half a year since the last review in ten days", 22, appointed, dueSoon,
		func(c *client) {
			on := (c.asOf + 10).addMonths(-6)
			c.reviewedLast(on, c.asOf+30)
		},
		finds("plan.review", dueSoon))),
	enriched(tells("plan-follow-up-this-week", "the planned follow-up is this week", 12, appointed, dueSoon,
		func(c *client) { c.reviewedLast(c.asOf-100, c.asOf+day(c.d.between(0, 6))) },
		finds("plan.review", dueSoon))),
	enriched(tells("plan-review-overdue", "more than half a year since the last review", 14, appointed, overdue,
		func(c *client) {
			on := (c.asOf - day(c.d.between(1, 13))).addMonths(-6)
			c.olderThan(on)
			c.reviewedLast(on, c.asOf+20)
		},
		finds("plan.review", overdue))),
	tells("protected-and-plan-overdue", "a client with protected identity whose plan review is overdue", 2, appointed, overdue,
		func(c *client) { c.protect("sekretessmarkering"); c.reviewedLast(c.asOf-110, c.asOf-3) },
		finds("plan.review", overdue)),
	tells("plan-follow-up-passed", "the planned follow-up passed without a review", 8, appointed, overdue,
		func(c *client) { c.reviewedLast(c.asOf-110, c.asOf-day(c.d.between(3, 12))) },
		finds("plan.review", overdue)),
	tells("plan-long-overdue", "the review is overdue since more than two weeks", 5, appointed, overdue,
		func(c *client) {
			on := (c.asOf - day(c.d.between(20, 70))).addMonths(-6)
			c.olderThan(on)
			c.reviewedLast(on, c.asOf-10)
		},
		finds("plan.review", overdue)),
	tells("plan-never-reviewed", "the plan is more than half a year old and was never reviewed", 4, appointed, overdue,
		func(c *client) {
			p := c.current()
			c.olderThan(c.asOf - 230)
			p.created, p.from, p.reviews, p.followUp = c.asOf-220, c.asOf-220, nil, c.asOf-30
		},
		finds("plan.review", overdue)),
	tells("decision-not-in-the-plan", "a service was decided three weeks ago, and the plan is older", 8, appointed, current,
		func(c *client) { c.decidedSince(20) },
		finds("plan.decision-changed", overdue)),
	tells("decision-not-in-the-plan-yet", "a service was decided ten days ago, and the plan is older", 5, appointed, current,
		func(c *client) { c.decidedSince(10) },
		finds("plan.decision-changed", dueSoon)),
	enriched(tells("decision-in-the-plan", "a service was decided a month ago, and the plan was reviewed since", 10, appointed, current,
		func(c *client) { c.decidedSince(34); c.reviewedLast(c.asOf-16, c.asOf+140) })),
	tells("plan-made-without-the-client", "the plan says that the client did not take part", 10, appointed, current,
		func(c *client) { c.current().took = saidNo },
		finds("plan.no-participation", open)),
	enriched(tells("participation-not-said", "the plan does not say whether the client took part, which is not a no", 10, appointed, current,
		func(c *client) { c.current().took = notSaid })),
	enriched(tells("plan-without-a-follow-up-date", "the plan does not say when it is followed up", 12, appointed, current,
		func(c *client) { c.current().followUp = 0 },
		finds("plan.no-followup-date", open))),
)

// begun is a client whose home care began some days ago, with two contacts
// since the third day, and no plan.
func (c *client) begun(daysAgo int) {
	c.arrived(c.asOf - day(daysAgo))
	c.decisions = []decision{{"offered", c.from + 1}, {"accepted", c.from + 2}}
	a := c.fresh()
	c.contacts = []contact{{who: a}}
	c.appoint(c.from+3, a, c.fresh())
}

// planFromOffice is a plan that the coordinator made; the next review is in some months.
func (c *client) planFromOffice(created day) {
	c.planFrom(created, c.colleague(coordinator, 0))
	c.current().reviews = nil
	c.current().followUp = created + 160
}

// olderThan sees to it that everything began some weeks before a day.
func (c *client) olderThan(d day) {
	if c.from <= d-30 {
		return
	}
	moved := c.from - (d - 30)
	c.from -= moved
	c.home().from = c.from
	for i := range c.services {
		c.services[i].from -= moved
		c.services[i].decided -= moved
		c.services[i].first -= moved
	}
	for i := range c.contacts {
		c.contacts[i].from -= moved
	}
	for i := range c.decisions {
		c.decisions[i].on -= moved
	}
	for i := range c.told {
		c.told[i].on -= moved
	}
	p := c.current()
	p.created -= moved
	p.from -= moved
}

// decidedSince adds a service that was decided some days ago and is carried
// out since, to a client whose plan is older.
func (c *client) decidedSince(daysAgo int) {
	c.reviewedLast(c.asOf-60, c.asOf+100)
	s := c.grant("companion", c.asOf-day(daysAgo)+5)
	s.decided = c.asOf - day(daysAgo)
}
