package fhir

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"brygga/care"
)

// consentIn is a Consent as it was written. Every element of it may change what it
// permits, so that it is not enough to decode those that are understood.
type consentIn struct {
	head
	raw []byte
}

// UnmarshalJSON keeps a copy. It fails for no JSON: what is wrong is told by reading it.
func (c *consentIn) UnmarshalJSON(b []byte) error {
	*c = consentIn{raw: slices.Clone(b)}
	var in map[string]json.RawMessage
	if json.Unmarshal(b, &in) != nil {
		return nil
	}
	_ = json.Unmarshal(in["resourceType"], &c.typ) // of another type: none
	_ = json.Unmarshal(in["id"], &c.id)
	var meta map[string]json.RawMessage
	if json.Unmarshal(in["meta"], &meta) == nil {
		_ = json.Unmarshal(meta["versionId"], &c.version)
		_ = json.Unmarshal(meta["lastUpdated"], &c.updated)
	}
	return nil
}

// consents reads Consents of every category and status: one that could not be read
// denies everything, whatever it is about.
func consents() reader {
	return &spec[consentIn]{
		name:  "Consent",
		facts: care.SetOf(care.KindConsent),
		whole: true,
		head:  func(c *consentIn) head { return c.head },
		about: always[consentIn],
		give: recordOf(func(x *reading, c *consentIn, rec *care.Record) error {
			fact, client, err := x.consent(c.raw)
			if err != nil {
				return err
			}
			rec.Client, rec.Consents = client, []care.Consent{fact}
			return nil
		}),
	}
}

// consentReading is one Consent being read.
type consentReading struct {
	*reading
	contained map[string]map[string]any
	fault     *fault // the first thing that cannot be read
}

func (c *consentReading) fail(path, reason string) {
	if c.fault == nil {
		c.fault = &fault{strings.TrimPrefix(path, "."), reason}
	}
}

// consent reads a Consent, and whose it is; nobody's where no patient is named.
func (x *reading) consent(raw []byte) (fact care.Consent, client care.Ref, err error) {
	tree, err := strictTree(raw)
	if err != nil {
		return fact, "", err
	}
	c := &consentReading{reading: x, contained: contained(tree)}
	n := node{in: tree, read: c}
	for _, name := range []string{"modifierExtension", "implicitRules"} {
		if n.has(name) {
			c.fail(name, "may change what everything else means")
		}
	}
	if meta, ok := n.object("meta"); ok {
		meta.text("versionId")
		meta.text("lastUpdated")
	}
	fact = c.about(n)
	strange := fact.Root.Strange || n.odd(consentElements) || n.none("verification") || n.modified("provision", "contained")
	if root, ok := n.object("provision"); ok {
		fact.Root = c.provision(root)
	}
	fact.Root.Strange = fact.Root.Strange || strange
	client = c.patient(tree)
	if c.fault != nil {
		return care.Consent{}, "", c.fault
	}
	return fact, client, nil
}

// about reads everything but the provisions. What is not understood marks the
// root: then nothing in the consent permits, and what it denies is denied.
func (c *consentReading) about(n node) (fact care.Consent) {
	status, ok := consentStatus[n.text("status")]
	switch {
	case !n.has("status"):
		c.fail("status", "is missing")
	case !ok:
		c.fail("status", "a code outside its value set")
	}
	fact.Status = status
	fact.Handover = c.handover(n)
	for _, v := range n.list("verification") {
		verified, ok := v.in["verified"].(bool)
		if v.has("verified") && !ok {
			v.wrong("verified", isFlag)
		}
		fact.Unverified = fact.Unverified || ok && !verified
		fact.Root.Strange = fact.Root.Strange || !ok || v.odd(verificationElements)
	}
	if n.has("dateTime") {
		fact.Date = n.moment("dateTime")
	}
	fact.GiverRecorded = n.has("performer")
	for _, p := range n.list("performer") {
		for _, t := range c.referents(p) {
			if t.typ == "" || t.typ == "Patient" || t.typ == "RelatedPerson" {
				fact.Givers = append(fact.Givers, t.ref)
			}
		}
	}
	if rule, ok := n.object("policyRule"); ok {
		codes, odd := c.concept(rule)
		fact.OptIn = !odd && !n.has("policy") && len(codes) > 0 &&
			!slices.ContainsFunc(codes, func(code Code) bool { return !slices.Contains(c.codes.OptIn, code) })
	}
	n.list("policy")
	return fact
}

// handover says whether category, with scope where that is asked for, is that of
// a handover to a care home.
func (c *consentReading) handover(n node) bool {
	var scopes, categories []Code
	if scope, ok := n.object("scope"); ok {
		scopes, _ = c.concept(scope)
	}
	for _, category := range n.list("category") {
		codes, _ := c.concept(category)
		categories = append(categories, codes...)
	}
	return anyOf(categories, c.codes.ConsentCategory) || anyOf(categories, c.codes.ConsentForm) && anyOf(scopes, c.codes.ConsentScope)
}

func anyOf(codes, wanted []Code) bool {
	return slices.ContainsFunc(codes, func(code Code) bool { return slices.Contains(wanted, code) })
}

// concept gives the codes of a CodeableConcept; odd says that there is something
// in it that FHIR R4 does not have.
func (c *consentReading) concept(n node) (codes []Code, odd bool) {
	odd = n.odd(conceptElements) || n.none("coding")
	for _, coding := range n.list("coding") {
		code, strange := c.coding(coding)
		codes, odd = append(codes, code), odd || strange
	}
	return codes, odd
}

func (c *consentReading) coding(n node) (code Code, odd bool) {
	return Code{n.text("system"), n.text("code")}, n.odd(codingElements)
}

// moment reads a dateTime to the precision that it was written in.
func (n node) moment(name string) care.Moment {
	s := n.text(name)
	m, ok := parseMoment(s)
	switch {
	case !ok:
		n.read.fail(n.at(name), "not a date that exists")
		return care.Moment{}
	case m.timed:
		return care.TimeMoment(m.at, precisionOf(s))
	}
	return care.DayMoment(m.from, m.to)
}

// precisionOf tells how exact the time of day is in a dateTime that was read.
func precisionOf(s string) time.Duration {
	const minutes = len("2026-11-21T12:00")
	if len(s) == minutes || s[minutes] != ':' {
		return time.Minute
	}
	precision := time.Second
	if _, fraction, ok := strings.Cut(s, "."); ok {
		for i := 0; i < len(fraction) && fraction[i] >= '0' && fraction[i] <= '9' && precision > 1; i++ {
			precision /= 10
		}
	}
	return precision
}

// interval reads a Period; odd says that it is not understood whole, or empty.
func (n node) interval() (v care.Interval, odd bool) {
	if n.has("start") {
		v.Start = n.moment("start")
	}
	if n.has("end") {
		v.End = n.moment("end")
	}
	return v, n.odd(periodElements) || v == care.Interval{}
}
