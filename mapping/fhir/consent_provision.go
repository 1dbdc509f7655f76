package fhir

import "brygga/care"

// provision reads one provision with those within it. What is not understood
// stays as a mark on it.
func (c *consentReading) provision(n node) (p care.Provision) {
	p.Strange = n.odd(provisionElements) || n.modified("provision", "actor") || n.has("securityLabel") || n.has("data") || n.none("provision")
	n.list("securityLabel")
	n.list("data")
	if n.has("type") || n.has("_type") {
		ok := false
		if p.Type, ok = provisionTypes[n.text("type")]; !ok {
			c.fail(n.at("type"), "a code outside its value set, or none")
		}
	}
	odd := false
	if period, ok := n.object("period"); ok {
		p.Period, odd = period.interval()
		p.Strange = p.Strange || odd
	}
	if period, ok := n.object("dataPeriod"); ok {
		p.DataPeriod = true
		p.Data, odd = period.interval()
		p.Strange = p.Strange || odd
	}
	p.Actor.Carried = n.has("actor")
	for _, a := range n.list("actor") {
		p.Actor.All = append(p.Actor.All, c.actor(a)...)
	}
	p.Action = c.action(n)
	p.Purpose = c.purpose(n)
	p.Class = c.class(n)
	p.Code = c.code(n)
	for _, within := range n.list("provision") {
		p.Within = append(p.Within, c.provision(within))
	}
	return p
}

// actor reads one actor: one fact for each identifier where it is a contained
// organization, since any of them may name it.
func (c *consentReading) actor(n node) (out []care.Actor) {
	is := care.Actor{Recipient: true, Strange: n.odd(actorElements) || n.modified()}
	if role, ok := n.object("role"); ok {
		codes, odd := c.concept(role)
		is.Recipient = anyOf(codes, c.codes.Recipient) || len(codes) == 0 && !role.has("text") && !odd
		is.Strange = is.Strange || odd
	}
	reference, ok := n.object("reference")
	if !ok {
		return []care.Actor{is}
	}
	is.Strange = is.Strange || reference.odd(referenceElements)
	targets := c.referents(reference)
	if len(targets) == 0 {
		targets = []target{{}}
	}
	for _, t := range targets {
		is.Ref = t.ref
		switch {
		case t.typ == "Organization":
			is.Is = care.ActorOrganization
		case t.typ == "" && (t.kind == 0 || t.kind == care.HSAID):
			is.Is = care.ActorUnknown
		default:
			is.Is = care.ActorOther
		}
		out = append(out, is)
	}
	return out
}

// action reads what may be done. The first code of a concept that is known tells
// what it is; the others are the same in other words.
func (c *consentReading) action(n node) (a care.Action) {
	if !n.has("action") {
		return 0
	}
	a = care.ActionCarried
	concepts := n.list("action")
	if len(concepts) == 0 {
		return a | care.ActionStrange
	}
	for _, concept := range concepts {
		codes, odd := c.concept(concept)
		understood := false
		for _, code := range codes {
			bit, known := consentActions[code.Code]
			a |= bit
			understood = understood || known
		}
		if odd || !understood {
			a |= care.ActionStrange
		}
	}
	return a
}

func (c *consentReading) purpose(n node) (p care.Purpose) {
	if !n.has("purpose") {
		return 0
	}
	p = care.PurposeCarried
	codings := n.list("purpose")
	if len(codings) == 0 {
		return p | care.PurposeStrange
	}
	for _, coding := range codings {
		code, odd := c.coding(coding)
		switch {
		case odd:
			p |= care.PurposeStrange
		case anyOf([]Code{code}, c.codes.Treatment):
			p |= care.PurposeTreat
		case !anyOf([]Code{code}, c.codes.OtherPurposes):
			p |= care.PurposeStrange
		}
	}
	return p
}

func (c *consentReading) class(n node) (out care.Naming) {
	codings := n.list("class")
	out = care.Naming{Carried: n.has("class"), Strange: n.has("class") && len(codings) == 0}
	for _, coding := range codings {
		code, odd := c.coding(coding)
		c.name(&out, []Code{code}, odd)
	}
	return out
}

func (c *consentReading) code(n node) (out care.Naming) {
	concepts := n.list("code")
	out = care.Naming{Carried: n.has("code"), Strange: n.has("code") && len(concepts) == 0}
	for _, concept := range concepts {
		codes, odd := c.concept(concept)
		c.name(&out, codes, odd)
	}
	return out
}

// name adds what one element names: a section, by any of its codes, or something
// that is not known.
func (c *consentReading) name(to *care.Naming, codes []Code, odd bool) {
	known := false
	for _, code := range codes {
		if s, ok := c.codes.Sections[code]; ok {
			to.Sections |= care.SetOfSections(s)
			known = true
		}
	}
	to.Strange = to.Strange || odd || !known
}
