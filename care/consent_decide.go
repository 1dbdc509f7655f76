package care

import (
	"cmp"
	"slices"
	"time"
)

// ConsentRequest asks what may be handed over: to whom, for treatment and care
// (v3-ActReason TREAT, the only purpose there is), at an instant.
type ConsentRequest struct {
	Client Ref
	// Recipient is the care home's Organization, and RecipientIdentifiers are its
	// identifiers as LogicalRef writes them.
	Recipient            Ref
	RecipientIdentifiers []Ref
	// Relatives are the client's RelatedPersons who may decide for the client
	// (guardian, power of attorney) and are active.
	Relatives []Ref
	AsOf      time.Time
	// Sections are those that the outcome is about; none given means all.
	Sections SectionSet
	// AcceptUnnamed: a consent that names no recipient addresses any care home.
	AcceptUnnamed bool
	// MaxAge is for how many days a permit counts; 0 for ever. A permit without a
	// date is older than any.
	MaxAge int
}

// ConsentTerms are what a municipality decides about reading consents.
type ConsentTerms struct {
	AcceptUnnamed bool // as that of ConsentRequest
	MaxAge        int  // as that of ConsentRequest, in days
}

// ConsentReason says why a section is permitted or denied.
type ConsentReason string

// The reasons.
const (
	ReasonPermitted    ConsentReason = "permitted"
	ReasonDenied       ConsentReason = "denied"
	ReasonNoConsent    ConsentReason = "no-consent"    // none that applies
	ReasonNotAddressed ConsentReason = "not-addressed" // none that applies, but one for another recipient
	ReasonConflict     ConsentReason = "conflict"      // several consents disagree, and deny wins
	ReasonUnreadable   ConsentReason = "unreadable"    // one of the client's consents cannot be read
)

// ConsentOutcome sums the sections up.
type ConsentOutcome string

// The outcomes.
const (
	ConsentNone    ConsentOutcome = "none"    // no consent applies
	ConsentRefused ConsentOutcome = "refused" // every section is denied
	ConsentPartial ConsentOutcome = "partial"
	ConsentFull    ConsentOutcome = "full"
)

// SectionDecision is what may be done with one section.
type SectionDecision struct {
	Effect Effect // Permit or Deny
	Reason ConsentReason
	// Consent and Version are what it rests on; empty where no consent decides.
	Consent Ref
	Version string
	// Data says which data a permit covers; none means all data of the section.
	Data []Interval
	// GiverNotRecorded: the consent does not say who gave it.
	GiverNotRecorded bool
}

// ConsentDecision is the answer, for every section by its number.
type ConsentDecision struct {
	Outcome  ConsentOutcome
	Sections [sectionCount]SectionDecision
}

// Permitted is the set of sections that may be handed over.
func (d *ConsentDecision) Permitted() (set SectionSet) {
	for i := range d.Sections {
		if d.Sections[i].Effect == Permit {
			set |= 1 << i
		}
	}
	return set
}

// Decide says for each section whether it may be handed over (consent.md, "The
// decision"). Consents of other clients are passed over. It is pure and total,
// and the order of consents, and of provisions in them, does not matter. What
// is not clearly permitted is denied.
func Decide(consents []Consent, req ConsentRequest) ConsentDecision {
	if req.Sections == 0 {
		req.Sections = AllSections
	}
	d := deciding{req: &req, at: InstantOf(req.AsOf)}
	for i := range consents {
		if c := &consents[i]; c.Patient != "" && c.Patient == req.Client {
			d.consider(c)
		}
	}
	out := ConsentDecision{Outcome: ConsentNone}
	asked, permitted := 0, 0
	for _, s := range Sections() {
		section, decided := d.section(s)
		out.Sections[s] = section
		if !req.Sections.Has(s) {
			continue
		}
		asked++
		if section.Effect == Permit {
			permitted++
		}
		if decided {
			out.Outcome = ConsentRefused
		}
	}
	switch {
	case permitted == asked:
		out.Outcome = ConsentFull
	case permitted > 0:
		out.Outcome = ConsentPartial
	}
	return out
}

// deciding is the state of one Decide.
type deciding struct {
	req        *ConsentRequest
	at         Instant
	unreadable *Consent
	withdrawn  []Moment
	applicable []applicable
	notForUs   bool // some consent applies in all but that it addresses another
}

// applicable is a consent that applies. One that was given by somebody who may
// not give it, or is too old to permit, takes part only where it denies.
type applicable struct {
	*Consent
	denies bool
}

// consider sorts one of the client's consents in.
func (d *deciding) consider(c *Consent) {
	if c.Unreadable {
		if d.unreadable == nil || cmp.Or(cmp.Compare(c.Ref, d.unreadable.Ref), cmp.Compare(c.Version, d.unreadable.Version)) < 0 {
			d.unreadable = c
		}
		return
	}
	if !c.Handover {
		return
	}
	addressed := c.addresses(d.req)
	if c.Status == ConsentWithdrawn && addressed {
		// Whoever gave it, and whatever its period and date.
		d.withdrawn = append(d.withdrawn, c.Date)
	}
	if c.Status != ConsentActive || c.Unverified || !c.Root.Period.Holds(d.at) || c.Date.Known() && c.Date.From > d.at {
		return
	}
	if !addressed {
		d.notForUs = true
		return
	}
	d.applicable = append(d.applicable, applicable{c, !d.mayGive(c) || d.tooOld(c)})
}

// mayGive says whether it was given by the client, or by one who may decide for
// the client. Where nothing is said of who gave it, it counts.
func (d *deciding) mayGive(c *Consent) bool {
	return !c.GiverRecorded || slices.ContainsFunc(c.Givers, func(g Ref) bool {
		return g != "" && (g == d.req.Client || slices.Contains(d.req.Relatives, g))
	})
}

// tooOld counts whole days in Stockholm, from the first day that it may be of.
func (d *deciding) tooOld(c *Consent) bool {
	if d.req.MaxAge <= 0 {
		return false
	}
	return !c.Date.Known() || c.Date.first().AddDays(d.req.MaxAge) < dayOf(d.at)
}

// vote is what one consent says of one section.
type vote struct {
	*Consent
	answer
}

// section decides one section; decided is false where no consent does.
func (d *deciding) section(s Section) (out SectionDecision, decided bool) {
	if u := d.unreadable; u != nil {
		return SectionDecision{Effect: Deny, Reason: ReasonUnreadable, Consent: u.Ref, Version: u.Version}, true
	}
	standing, removed := d.votes(s)
	if len(standing) == 0 {
		out = SectionDecision{Effect: Deny, Reason: ReasonNoConsent}
		if d.notForUs {
			out.Reason = ReasonNotAddressed
		}
		return out, false
	}
	// A withdrawal takes back what was permitted before it. A deny that it also
	// took back still stands against a permit that is not certainly later.
	denies := func(v vote) bool { return v.effect == Deny }
	last := latest(standing)
	if !slices.ContainsFunc(last, denies) {
		last = latest(append(slices.DeleteFunc(removed, func(v vote) bool { return !denies(v) }), last...))
	}
	slices.SortFunc(last, func(a, b vote) int {
		return cmp.Or(cmp.Compare(b.effect, a.effect), cmp.Compare(b.Date.From, a.Date.From),
			cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Version, b.Version))
	})
	first := last[0] // a deny, if there is one
	out = SectionDecision{
		Effect: first.effect, Consent: first.Ref, Version: first.Version, GiverNotRecorded: !first.GiverRecorded,
	}
	switch {
	case first.effect == Deny && last[len(last)-1].effect == Permit:
		out.Reason = ReasonConflict
	case first.effect == Deny:
		out.Reason = ReasonDenied
	default:
		out.Reason = ReasonPermitted
		var data []Interval // each permits its own
		for _, v := range last {
			data = either(data, v.data)
		}
		if !slices.Contains(data, Interval{}) {
			out.Data = data
		}
	}
	return out, true
}

// votes gives what the applicable consents say of a section.
func (d *deciding) votes(s Section) (standing, removed []vote) {
	for _, a := range d.applicable {
		v := vote{Consent: a.Consent, answer: a.answer(s, d.req, d.at)}
		if a.denies && v.effect == Permit {
			continue
		}
		if slices.ContainsFunc(d.withdrawn, func(w Moment) bool { return !a.Date.After(w) }) {
			removed = append(removed, v)
		} else {
			standing = append(standing, v)
		}
	}
	return standing, removed
}

// latest leaves out what is certainly earlier than another.
func latest(votes []vote) []vote {
	var out []vote
	for _, v := range votes {
		if !slices.ContainsFunc(votes, func(o vote) bool { return o.Date.After(v.Date) }) {
			out = append(out, v)
		}
	}
	return out
}
