package vendor

import (
	"slices"

	"brygga/care"
)

// fillConsent makes of a line in a register what a FHIR Consent of the same
// content would be (consent.md): its root permits or denies, for the recipient,
// the sections and the time that it names. One that was taken back takes back
// what was given until that day; without the day, everything that was given.
func fillConsent(x *reading, v *values, rec *care.Record) {
	c := care.Consent{
		Status: care.ConsentActive, Handover: true, Date: dayMoment(v.day("date")),
		Givers: v.refs("given_by"),
	}
	c.GiverRecorded = v.at("giver_recorded").flag || len(c.Givers) > 0
	c.Root.Type = care.Permit
	if v.code("effect") == "deny" {
		c.Root.Type = care.Deny
	}
	if on := v.day("revoked_on"); on.Known() || v.at("revoked").flag {
		c.Status, c.Date = care.ConsentWithdrawn, dayMoment(on)
	}
	c.Root.Period = care.Interval{Start: dayMoment(v.day("start")), End: dayMoment(v.day("end"))}
	for _, ref := range v.refs("recipient") {
		c.Root.Actor.Carried = true
		c.Root.Actor.All = append(c.Root.Actor.All, care.Actor{Ref: ref, Is: care.ActorOrganization, Recipient: true})
	}
	c.Root.Class = sectionsOf(v.all("sections"))
	rec.Consents = append(rec.Consents, c)
}

func dayMoment(d care.Date) care.Moment {
	if !d.Known() {
		return care.Moment{}
	}
	return care.DayMoment(d, d)
}

// sectionsOf: no section named is every section.
func sectionsOf(named []value) (n care.Naming) {
	if slices.ContainsFunc(named, func(s value) bool { return s.text == "all" }) {
		return n
	}
	for _, s := range named {
		if section, ok := care.SectionByName(s.text); ok {
			n.Carried = true
			n.Sections |= care.SetOfSections(section)
		} else if s.text == none {
			n.Carried = true
		}
	}
	return n
}
