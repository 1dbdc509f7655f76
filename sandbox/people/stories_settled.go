package people

// Nothing is to be found about these clients. The rules must stay silent about
// each of them, in every pack: they are as much a test as the others.
var settledStories = []story{
	enriched(tells("settled", "two contacts, all told, plan reviewed in time", 0, appointed, current, nil)),
	enriched(tells("settled-with-a-successor", "the contact changed some months ago and handed over", 50, appointed, current, settledSuccessor)),
	enriched(tells("settled-with-a-transitional-nurse", "the contact works as an assistant nurse under the transitional provision", 20, appointed, current,
		func(c *client) { c.contacts[0].who = c.colleague(transitional, 0); c.replanBy(0) })),
	tells("settled-with-a-short-absence", "the contact is away for two weeks, which is less than 28 days", 8, appointed, current,
		func(c *client) { c.contacts[0].who = c.colleague(shortAway, 0); c.replanBy(0) }),
	tells("settled-with-a-contact-from-another-unit", "the contact had an employment in another unit before this one", 8, appointed, current,
		func(c *client) { c.contacts[0].who = c.colleague(twoJobs, 0); c.replanBy(0); c.startsWhereHired() }),
	tells("settled-with-a-contact-without-employment", "no employment is recorded for the contact, who then counts as available", 5, appointed, current,
		func(c *client) { c.contacts[0].who = c.colleague(noJob, 0); c.replanBy(0) }),
	tells("travelling", "home care is on hold since nine days while the client travels", 6, appointed, current,
		func(c *client) {
			c.home().status = "onhold"
			c.home().pauses = []span{{c.asOf - 9, 0}}
		}),
	tells("travelled", "home care was on hold for a week, and is not any more", 6, appointed, current,
		func(c *client) { c.home().pauses = []span{{c.asOf - 40, c.asOf - 33}} }),
	tells("in-hospital", "the client is in hospital since six days", 8, appointed, current,
		func(c *client) { c.stays = append(c.stays, stay{span{c.asOf - 6, 0}}) }),
	enriched(tells("protected", "sekretessmarkering", 4, appointed, current, func(c *client) { c.protect("sekretessmarkering") })),
	enriched(tells("protected-registration", "skyddad folkbokföring, also said with the confidentiality code R", 2, appointed, current,
		func(c *client) { c.protect("skyddadFolkbokforing") })),
	enriched(tells("confidential", "confidentiality V, which counts as protected", 1, appointed, current, func(c *client) { c.protect("V") })),
	enriched(tells("without-a-number", "no personnummer is known, which is no finding", 3, appointed, current, func(c *client) { c.numbers = nil })),
	enriched(tells("with-a-samordningsnummer", "a samordningsnummer: the day of birth plus 60", 5, appointed, current, (*client).samordningsnummer)),
	enriched(tells("with-a-reservnummer", "a national reserve number, which has letters and no check digit", 4, appointed, current, (*client).reservnummer)),
	enriched(tells("with-two-numbers", "a personnummer and the reserve number that was used before it", 2, appointed, current,
		func(c *client) { was := c.numbers[0]; c.reservnummer(); c.numbers = append(c.numbers, was) })),
	enriched(tells("arrived-in-a-month", "the start of home care is known to the month only", 4, appointed, current,
		func(c *client) {
			c.from = c.from.monthStart()
			c.home().from, c.home().monthOnly = c.from, true
		})),
}

func settledSuccessor(c *client) {
	c.succeeded(c.asOf - day(c.d.between(80, 180)))
}

// replanBy says that it was the i-th contact who made and reviewed the plan.
func (c *client) replanBy(i int) {
	p := c.current()
	p.author = c.contacts[i].who
	for k := range p.reviews {
		p.reviews[k].by = p.author
	}
}

// startsWhereHired moves the first contact's start to after the employment's.
func (c *client) startsWhereHired() {
	c.succeeded(c.asOf - 95)
}

func (c *client) protect(label string) {
	c.labelSystem = "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel"
	c.label = label
	if label == "R" || label == "V" {
		c.labelSystem = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	}
}
