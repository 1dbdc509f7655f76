package people

// What clients and relatives were told, and what contacts were.
var informationStories = stories(
	tells("not-informed-overdue", "two new contacts since twelve days, and nothing told", 5, appointed, current,
		func(c *client) { c.succeeded(c.asOf - 13); c.untold("care-contact") },
		finds("contact.not-informed", overdue)),
	tells("not-informed-due-soon", "two new contacts since five days, and nothing told yet", 4, appointed, current,
		func(c *client) { c.succeeded(c.asOf - 6); c.untold("care-contact") },
		finds("contact.not-informed", dueSoon)),
	tells("told-by-mouth-only", "told who the contact is, but not in writing", 8, appointed, current,
		func(c *client) { c.untold("care-contact"); c.inform("care-contact", c.newest()+3, true, false) },
		Finding{Rule: "contact.not-informed", State: overdue, Packs: "B"}),
	tells("relatives-not-informed", "there are relatives, and nobody told them", 8, appointed, current,
		func(c *client) {
			c.addRelatives()
			c.told = c.told[:len(c.told)-1]
		},
		finds("contact.relatives-not-informed", overdue)),
	tells("relatives-not-informed-due-soon", "a new contact since six days, and relatives who are not told yet", 4, appointed, current,
		func(c *client) {
			c.succeeded(c.asOf - 7)
			c.addRelatives()
			c.told = c.told[:len(c.told)-1]
		},
		finds("contact.relatives-not-informed", dueSoon)),
	tells("former-relative-only", "the only relative is inactive: there is nobody to tell", 4, appointed, current,
		func(c *client) { c.relatives = []relative{{id: c.id("rp", 1), relation: "SPS", inactive: true}} }),
	tells("right-to-change-not-told", "the client was never told of the right to change contact", 8, appointed, current,
		func(c *client) { c.untold("right-to-change") },
		finds("contact.right-to-change-not-told", overdue)),
	tells("right-to-change-due-soon", "home care began two weeks ago; the right to change is to be told these days", 3, appointed, current,
		func(c *client) {
			c.arrived(c.asOf - 12)
			c.appoint(c.from+6, c.fresh(), c.colleague(twoJobs, 0))
			c.planFrom(c.from+8, c.contacts[0].who)
			c.untold("right-to-change")
		},
		finds("contact.right-to-change-not-told", dueSoon)),
	tells("routine-not-acknowledged", "one of the contacts has not acknowledged the contact routine", 6, appointed, current,
		func(c *client) { c.contacts[0].who = c.colleague(noRoutine, 0); c.replanBy(0) },
		finds("contact.routine-not-acknowledged", open)),
	tells("handover-overdue", "the contact changed three weeks ago, and no handover is recorded", 6, appointed, current,
		func(c *client) { c.succeeded(c.asOf - 22); c.untold("contact-handover") },
		finds("contact.handover-missing", overdue)),
	tells("handover-due-soon", "the contact changed ten days ago, and no handover is recorded yet", 4, appointed, current,
		func(c *client) { c.succeeded(c.asOf - 11); c.untold("contact-handover") },
		finds("contact.handover-missing", dueSoon)),
)
