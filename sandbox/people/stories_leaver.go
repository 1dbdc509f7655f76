package people

// Those who are not in home care any more, or not yet.
var leaverStories = stories(
	tells("moved-away", "home care ended when the client moved away", 8, notApplicable, notApplicable,
		func(c *client) { c.leaves(c.asOf - day(c.d.between(5, 50))) }),
	tells("died", "the client died, and home care is ended", 8, notApplicable, notApplicable,
		func(c *client) {
			c.deceased = c.asOf - day(c.d.between(5, 50))
			c.leaves(c.deceased)
		}),
	tells("died-and-still-running", "the client died last week, and home care is not ended in the record", 3, notApplicable, notApplicable,
		func(c *client) { c.deceased = c.asOf - 6 }),
	tells("died-on-a-day-unknown", "the client is dead; the record does not say since when", 1, notApplicable, notApplicable,
		func(c *client) { c.deceasedFlag = true; c.leaves(c.asOf - 20) }),
	tells("home-care-planned", "home care is planned and has not begun", 3, notApplicable, notApplicable,
		func(c *client) {
			c.arrived(c.asOf + 5)
			c.home().status = "planned"
			for i := range c.services {
				c.services[i].decided, c.services[i].first = c.asOf-2, 0
			}
		}),
	tells("came-back", "left home care last year and came back", 4, appointed, current,
		func(c *client) {
			c.placements = append(c.placements, placement{
				id: c.id("e", 2), setting: homeCare, org: c.unitRef(), status: "finished", span: span{c.from - 400, c.from - 90},
			})
		}),
)
