package people

// Moves with something in every section that can be handed over (consent.md), one
// for each answer that consents can give. They stand last in the catalogue, so that
// nobody else's story changes with them.
var handoverStories = stories(
	tells("moving-with-everything-permitted", "moves in fifteen days, and permits the handover of everything", 2, appointed, current,
		func(c *client) { c.movesWithAll(15, consentNamed) }),
	tells("moving-with-a-part-permitted", "moves in sixteen days; all but journal and relatives may be handed over", 2, appointed, current,
		func(c *client) {
			c.movesWithAll(16, consentPartial)
			c.consents[0].denied = []string{"journal", "relatives"}
		}),
	tells("moving-with-recent-data-permitted", "moves in fourteen days; what is older than sixty days may not be handed over", 2, appointed, current,
		func(c *client) { c.movesWithAll(14, consentSince) }),
	tells("moving-with-everything-refused", "moves in thirteen days, and does not want anything handed over", 2, appointed, current,
		func(c *client) { c.movesWithAll(13, consentRefused) },
		finds("transfer.refused", open)),
	tells("moving-with-a-daughters-word", "moves in eleven days; a daughter permits it, who may not decide for the client", 2, appointed, current,
		func(c *client) { c.movesWithAll(11, consentByRelative) },
		finds("transfer.consent-missing", dueSoon)),
	tells("moving-with-consent-withdrawn", "moves in twelve days; the client permitted the handover, and took that back", 2, appointed, current,
		func(c *client) {
			c.movesWithAll(12, consentNamed)
			c.consents[0].on -= 20
			c.consenting(consentWithdrawn, c.asOf-2)
		},
		finds("transfer.consent-missing", dueSoon)),
	tells("moving-to-another-home", "moves in seventeen days to the other care home, and permits the handover there", 2, appointed, current,
		func(c *client) {
			c.movesWithAll(17, consentNamed)
			c.services[len(c.services)-1].performer = "Organization/" + c.m.homes[1].id
			c.consents[0].home = 1
		}),
	tells("moving-and-protected", "moves in eighteen days under sekretessmarkering, and permits the handover", 2, appointed, current,
		func(c *client) { c.movesWithAll(18, consentNamed); c.protect("sekretessmarkering") }),
)

// movesWithAll grants a place in a care home from a day to come, to a client whose
// record has something in every section.
func (c *client) movesWithAll(days int, shape consentShape) {
	c.addRelatives()
	c.movesIn(days, shape)
	c.addSIP(c.asOf - 60)
	c.risks = append(c.risks, risk{c.asOf - 50, "high"})
	c.addActionPlan(c.asOf - 45)
	c.deviations = append(c.deviations, deviation{c.asOf - 30, c.asOf - 28, "fall"})
}

// moves says whether the client has, or is granted, a place in a care home.
func (c *client) moves() bool {
	for i := range c.services {
		if c.services[i].setting == careHomeCare {
			return true
		}
	}
	return false
}
