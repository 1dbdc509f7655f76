package people

// The contact: appointed or not, and what follows.
var contactStories = stories(
	// Nobody appointed yet.
	tells(newlyArrived, "home care began three days ago; a contact and a plan are not due yet", 8, missing, missing,
		func(c *client) { c.arrived(c.asOf - 3) }),
	tells("contact-and-plan-due-soon", "home care began ten days ago, and there is neither contact nor plan", 4, missing, missing,
		func(c *client) { c.arrived(c.asOf - 10) },
		finds("contact.missing", dueSoon), finds("plan.missing", dueSoon)),
	tells("contact-missing-overdue", "home care began a month ago; there is a plan but no contact", 7, missing, current,
		func(c *client) { c.arrived(c.asOf - day(c.d.between(25, 40))); c.plannedByOffice() },
		finds("contact.missing", overdue)),
	tells("contact-and-plan-overdue", "home care began a month ago, and there is neither contact nor plan", 4, missing, overdue,
		func(c *client) { c.arrived(c.asOf - day(c.d.between(20, 45))) },
		finds("contact.missing", overdue), finds("plan.missing", overdue)),
	tells("accepted-and-not-appointed", "the client accepted the offer weeks ago, and nobody was appointed", 3, missing, current,
		func(c *client) {
			c.arrived(c.asOf - 30)
			c.plannedByOffice()
			c.decisions = []decision{{"offered", c.from + 2}, {"accepted", c.from + 6}}
		},
		finds("contact.missing", overdue)),
	tells("offered", "offered a contact four days ago", 6, offered, current,
		func(c *client) { c.offeredOn(4) }),
	tells("offer-due-soon", "offered a contact eleven days ago, without an answer", 4, offered, current,
		func(c *client) { c.offeredOn(11) },
		finds("contact.offer-unanswered", dueSoon)),
	tells("offer-overdue", "offered a contact more than two weeks ago, without an answer", 6, offered, current,
		func(c *client) { c.offeredOn(c.d.between(18, 35)) },
		finds("contact.offer-unanswered", overdue)),

	// There was one, who is not there now.
	tells("contact-left-last-week", "the only contact's employment ended some days ago", 9, vacant, current,
		func(c *client) { c.sole(gone); c.replanBy(0); c.steady() },
		finds("contact.vacant", open)),
	tells("contact-on-long-leave", "the only contact is on leave since more than 28 days", 8, vacant, current,
		func(c *client) { c.sole(longAway); c.replanBy(0); c.steady() },
		finds("contact.vacant", open), finds("continuity.contact-share", open).if_(counted)),
	tells("contact-ended-without-successor", "the assignment ended twelve days ago, and there is no new one", 5, vacant, current,
		func(c *client) {
			c.contacts = c.contacts[:1]
			c.contacts[0].to, c.contacts[0].status = c.asOf-12, "inactive"
		},
		finds("contact.vacant", open)),
	tells("successor-not-employed-yet", "the new contact's employment begins next week", 2, vacant, current,
		func(c *client) {
			c.sole(beginsLater)
			c.succeeded(c.asOf - 20)
		},
		finds("contact.vacant", open)),
	tells("team-closed-without-an-end", "the CareTeam is inactive and has no end: it holds on no day", 2, vacant, current,
		func(c *client) { c.contacts = c.contacts[:1]; c.contacts[0].status = "inactive" },
		finds("contact.vacant", open), finds("plan.contact-update", overdue)), // nobody was a contact on the day of the plan
	tells("first-contact-left", "the first contact's employment ended some days ago; the second is there", 5, appointed, current,
		func(c *client) { c.contacts[0].who = c.colleague(gone, 0); c.replanBy(0) },
		finds("contact.vacant", open), finds("contact.second-missing", open)),

	// The client said no, or needs none.
	tells("declined", "the client declined a contact", 20, declined, current,
		func(c *client) {
			c.contactless()
			c.decisions = []decision{{"offered", c.from + 2}, {"declined", c.from + 9}}
		}),
	tells("declined-afterwards", "there was a contact, and the client then declined another", 4, declined, current,
		func(c *client) {
			c.contacts = c.contacts[:1]
			c.contacts[0].to, c.contacts[0].status = c.asOf-60, "inactive"
			c.decisions = append(c.decisions, decision{"declined", c.asOf - 58})
		}),
	tells("only-services-and-unassessed", "only shopping, cleaning, alarm and the like, and nobody wrote down that a contact is unnecessary", 12, candidate, notApplicable,
		func(c *client) { c.needsLittle(); c.decisions = nil },
		finds("contact.exempt-undocumented", open)),
	tells("only-services-and-exempt", "only services, and a contact was assessed as unnecessary", 20, exempt, notApplicable,
		func(c *client) { c.needsLittle() }),
	tells("only-services-with-a-plan", "only services, a contact assessed as unnecessary, and a plan all the same", 6, exempt, current,
		func(c *client) { c.needsLittle(); c.plannedByOffice() }),
	tells("exempt-and-needs-more", "personal care was decided three weeks ago, after a contact was assessed as unnecessary", 3, exempt, current,
		func(c *client) { c.needsMore(20) },
		finds("contact.exempt-reassess", overdue)),
	tells("exempt-and-needs-more-now", "personal care was decided ten days ago, after a contact was assessed as unnecessary", 3, exempt, current,
		func(c *client) { c.needsMore(10) },
		finds("contact.exempt-reassess", dueSoon)),

	// There is one who may not be it.
	tells("contact-certificate-expired", "the only contact's certificate is over", 6, unqualified, current,
		func(c *client) { c.sole(expired); c.replanBy(0) },
		finds("contact.unqualified", open)),
	tells("contact-with-a-title-only", "the only contact is called undersköterska, and no certificate is recorded", 5, unqualified, current,
		func(c *client) { c.sole(titleOnly); c.replanBy(0) },
		finds("contact.unqualified", open)),
	tells("one-of-two-without-certificate", "the first contact has a certificate, the second one's is over", 4, appointed, current,
		func(c *client) { c.contacts[1].who = c.colleague(expired, 0) },
		finds("contact.unqualified", open)),
	tells("change-requested-lately", "the client asked for another contact ten days ago", 4, appointed, current,
		func(c *client) { c.decisions = append(c.decisions, decision{"change-requested", c.asOf - 10}) },
		finds("contact.change-requested", dueSoon)),
	tells("change-requested-overdue", "the client asked for another contact weeks ago", 5, appointed, current,
		func(c *client) {
			c.decisions = append(c.decisions, decision{"change-requested", c.asOf - day(c.d.between(16, 40))})
		},
		finds("contact.change-requested", overdue)),
	enriched(tells("one-contact", "one contact, where some municipalities appoint two", 22, appointed, current,
		func(c *client) { c.contacts = c.contacts[:1]; c.contacts[0].joint = false },
		finds("contact.second-missing", open))),
	tells("change-granted", "the client asked for another contact and got one", 5, appointed, current,
		func(c *client) {
			c.succeeded(c.asOf - 90)
			c.decisions = append(c.decisions, decision{"change-requested", c.asOf - 110})
		}),
)

func stories(s ...story) []story { return s }

// offeredOn is a client who arrived shortly before being offered a contact.
func (c *client) offeredOn(daysAgo int) {
	c.arrived(c.asOf - day(daysAgo) - 6)
	c.plannedByOffice()
	c.decisions = []decision{{"offered", c.asOf - day(daysAgo)}}
}

// plannedByOffice gives the client without a contact a plan that the coordinator made.
func (c *client) plannedByOffice() {
	c.plans = nil
	c.planFrom(min(c.from+3, c.asOf-1), c.colleague(coordinator, 0))
}

// contactless is a client who never had a contact.
func (c *client) contactless() {
	c.contacts, c.told = nil, nil
	c.plannedByOffice()
}

// needsLittle is a client with services only and a contact assessed as unnecessary.
func (c *client) needsLittle() {
	c.contactless()
	c.plans = nil
	codes := []string{"safety-alarm", "cleaning", "shopping", "laundry", "meal-delivery"}
	shuffle(c.d, codes)
	c.onlyServices(codes[:c.d.between(1, 3)]...)
	c.level = 12
	c.decisions = []decision{{"unnecessary", c.from + 5}}
}

// needsMore adds personal care, decided some days ago, to a client with
// services only; the plan was reviewed since.
func (c *client) needsMore(daysAgo int) {
	c.needsLittle()
	c.plannedByOffice()
	s := c.grant("personal-care", c.asOf-day(daysAgo)+3)
	s.decided = c.asOf - day(daysAgo)
	c.reviewedLast(c.asOf-4, c.asOf+160)
	c.level = 30
}

// steady is visited often enough that a few weeks say something.
func (c *client) steady() {
	c.level = max(c.level, 100)
	c.share = 9
}
