package people

// Journal, visits, plans shared with health care, risks, services.
var careStories = stories(
	tells("no-note-last-month", "nobody wrote in the journal last month", 10, appointed, current,
		func(c *client) {
			last := c.asOf.addMonths(-1).monthStart()
			c.unwritten(last, last.addMonths(1)-1)
		},
		finds("journal.monthly", overdue)),
	tells("no-note-this-month", "nobody has written in the journal this month yet", 8, appointed, current,
		func(c *client) { c.unwritten(c.asOf.monthStart(), c.asOf) },
		finds("journal.monthly", dueSoon).if_(monthEnds)),
	tells("deviation-open", "a deviation is not put right after three weeks", 8, appointed, current,
		func(c *client) {
			c.deviations = []deviation{{on: c.asOf - day(c.d.between(16, 35)), code: oneOf(c.d, deviationCodes)}}
		},
		finds("journal.deviation-open", overdue)),
	tells("deviation-new", "a deviation of last week is not put right yet", 5, appointed, current,
		func(c *client) {
			c.deviations = []deviation{{on: c.asOf - 9, code: oneOf(c.d, deviationCodes)}}
		},
		finds("journal.deviation-open", dueSoon)),
	tells("no-meeting-last-week", "a client with day activity whom no contact met last week", 8, appointed, current,
		func(c *client) { c.goToDayCentre(); c.steady(); c.missedWeek = true },
		finds("visit.weekly", overdue)),
	tells("mostly-others", "the contacts make one visit in ten", 10, appointed, current,
		func(c *client) { c.level = max(c.level, 100); c.share = 1 },
		finds("continuity.contact-share", open).if_(counted)),
	tells("many-faces", "more than fifteen people in two weeks", 8, appointed, current,
		func(c *client) { c.level, c.crowd, c.share = 140, 18, 0 },
		finds("continuity.staff-count", open).if_(crowded), finds("continuity.contact-share", open).if_(counted)),
	tells("sip-due-soon", "a year since the coordinated plan in twenty days", 4, appointed, current,
		func(c *client) { c.olderThan(c.asOf - 360); c.addSIP((c.asOf + 20).addMonths(-12)) },
		finds("sip.review", dueSoon)),
	tells("sip-overdue", "more than a year since the coordinated plan was looked at", 5, appointed, current,
		func(c *client) { c.olderThan(c.asOf - 420); c.addSIP(c.asOf - 400) },
		finds("sip.review", overdue)),
	tells("sip-reviewed", "the coordinated plan is old, and was looked at half a year ago", 4, appointed, current,
		func(c *client) {
			c.olderThan(c.asOf - 420)
			p := c.addSIP(c.asOf - 400)
			p.reviews = []review{{c.id("rv", 90), c.asOf - 180, c.teller()}}
		}),
	tells("risk-without-action-plan", "a high risk three weeks ago, and no action plan", 5, appointed, current,
		func(c *client) { c.risks = []risk{{c.asOf - day(c.d.between(16, 40)), "high"}} },
		finds("risk.action-plan", overdue)),
	tells("risk-found-lately", "a high risk nine days ago, and no action plan yet", 4, appointed, current,
		func(c *client) { c.risks = []risk{{c.asOf - 9, "certain"}} },
		finds("risk.action-plan", dueSoon)),
	tells("service-never-carried-out", "a service that was decided four months ago was never carried out", 7, appointed, current,
		func(c *client) { c.waiting(125) },
		finds("service.not-carried-out", overdue)),
	tells("service-waiting", "a service that was decided eleven weeks ago was never carried out", 5, appointed, current,
		func(c *client) { c.waiting(77) },
		finds("service.not-carried-out", dueSoon)),
	tells("service-seen-in-visits", "no first day is recorded for a service, but visits carry it out", 8, appointed, current,
		func(c *client) {
			c.level = max(c.level, 100)
			c.services[0].first = 0
		}),
)

// waiting adds a service that was decided some days ago and never carried out;
// the plan was reviewed since.
func (c *client) waiting(daysAgo int) {
	for i := range c.services { // visits of another respite would be taken for this one's
		if c.services[i].code == "respite" {
			c.services[i].code = "companion"
		}
	}
	s := c.grant("respite", c.asOf-day(daysAgo)+7)
	s.decided, s.first, s.never = c.asOf-day(daysAgo), 0, true
	c.reviewedLast(c.asOf-30, c.asOf+130)
}
