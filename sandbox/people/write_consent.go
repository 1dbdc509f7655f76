package people

// consentShape is a form that consents to a handover take (consent.md).
type consentShape int

const (
	consentNone consentShape = iota
	// consentNamed permits at the root and names the care home there, which the
	// specification forbids and practice does.
	consentNamed
	// consentNested permits in a nested provision, as the specification asks.
	consentNested
	// consentPartial permits all but some sections.
	consentPartial
	// consentByGuardian is consentNested, given by one who may decide.
	consentByGuardian
	// consentRefused denies all to the named care home.
	consentRefused
	// consentElsewhere is consentNamed for another care home.
	consentElsewhere
	// consentExpired is consentNamed with a period that is over.
	consentExpired
	// consentSince is consentNested for data of the sixty days before it.
	consentSince
	// consentByRelative is consentNested, given by one who may not decide.
	consentByRelative
	// consentWithdrawn is consentNamed that was taken back.
	consentWithdrawn
	// consentGeneral is about research and says nothing of a handover.
	consentGeneral
)

func (w *writer) consent(c *client, id string, k consent) {
	scope, category := "patient-privacy", w.concept("consent", "care-home-handover")
	if k.shape == consentNested || k.shape == consentSince {
		category = coded("http://loinc.org", "59284-0")
	}
	rule := "OPTIN"
	home := list{{
		{"role", coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")},
		{"reference", reference1("Organization/" + w.m.homes[k.home].id)},
	}}
	when := period(span{k.on, k.until})
	var provision object
	switch k.shape {
	case consentNamed, consentElsewhere, consentExpired, consentWithdrawn:
		provision = object{{"type", "permit"}, {"period", when}, {"actor", home}}
	case consentNested, consentByGuardian, consentByRelative, consentSince:
		rule = "OPTOUT"
		var data object
		if k.shape == consentSince {
			data = period(span{k.on - 60, 0})
		}
		provision = object{{"period", when}, {"provision", list{{
			{"type", "permit"},
			{"actor", home},
			{"action", list{coded("http://terminology.hl7.org/CodeSystem/consentaction", "disclose")}},
			{"purpose", list{{{"system", "http://terminology.hl7.org/CodeSystem/v3-ActReason"}, {"code", "TREAT"}}}},
			{"dataPeriod", data},
		}}}}
	case consentPartial:
		var but list
		for _, section := range k.denied {
			but = append(but, object{{"system", w.sys("section")}, {"code", section}})
		}
		provision = object{{"type", "permit"}, {"actor", home}, {"provision", list{{
			{"type", "deny"},
			{"class", but},
		}}}}
	case consentRefused:
		provision = object{{"type", "deny"}, {"actor", home}}
	case consentGeneral:
		scope, category = "research", coded("http://loinc.org", "59284-0")
		provision = object{{"type", "permit"}, {"period", when}}
	}
	giver := c.ref()
	if k.guardian != "" {
		giver = k.guardian
	}
	status := "active"
	if k.shape == consentWithdrawn {
		status = "inactive"
	}
	w.put("Consent", id, object{
		{"status", status},
		{"scope", coded("http://terminology.hl7.org/CodeSystem/consentscope", scope)},
		{"category", list{category}},
		{"patient", reference1(c.ref())},
		{"dateTime", k.on.at(14*60 + 5)},
		{"performer", references(giver)},
		{"organization", references(c.unitRef())},
		{"policyRule", coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", rule)},
		{"provision", provision},
	})
}
