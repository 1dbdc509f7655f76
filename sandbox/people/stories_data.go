package people

// What is wrong with the records themselves.
var dataStories = stories(
	tells("contact-without-start", "the CareTeam of the first contact has no start", 4, appointed, current,
		func(c *client) { c.contacts[0].from = 0; c.contacts[0].late, c.contacts[1].joint = false, false },
		finds("data.unknown-start", open)),
	tells("placement-without-start", "the EpisodeOfCare has no start", 2, appointed, current,
		func(c *client) { c.home().from = 0 },
		finds("data.unknown-start", open)),
	tells("service-without-start", "a granted service has no start", 2, appointed, current,
		func(c *client) { c.services[0].from = 0 },
		finds("data.unknown-start", open)),
	tells("wrong-check-digit", "the personnummer has a wrong check digit", 2, appointed, current,
		func(c *client) { c.numbers[0].value = wrongNumber(c.numbers[0].value) },
		finds("data.person-id-invalid", open)),
	tells(sameNumber, "registered twice: another client has the same personnummer", 4, appointed, current,
		func(c *client) {
			if i := c.m.partner[c.index]; i < c.index {
				twin := &client{m: c.m, d: newDice(c.m.o.Seed, streamClient, i), index: i}
				twin.identity()
				c.woman, c.given, c.family, c.born, c.numbers = twin.woman, twin.given, twin.family, twin.born, twin.numbers
			}
		},
		finds("data.duplicate-client", open)),
	tells("contact-unknown", "the first contact is named by an HSA-id that is in no list of staff", 2, appointed, current,
		func(c *client) {
			c.contacts[0].who, c.contacts[0].by = stranger, byHSA
			c.contacts[1].joint = false
			c.current().author = c.contacts[1].who
			for i := range c.current().reviews {
				c.current().reviews[i].by = c.contacts[1].who
			}
		},
		finds("data.unknown-staff", open)),
)
