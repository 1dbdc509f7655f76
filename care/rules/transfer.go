package rules

import (
	"slices"

	"brygga/care"
)

// moveDays is how long before and after a move to a care home its handover is
// asked for.
const moveDays = 30

func transferEntries() []entry {
	moving := set(care.KindClient, care.KindService, care.KindConsent)
	whose := set(care.KindUnit, care.KindRelative)
	return []entry{
		{
			code: "transfer.consent-missing", judge: transferConsentMissing, where: anywhere, owner: Contact,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, needs: ofStatus, off: moving, weaker: whose,
			clock: &clock{fixed: true, warn: 14},
		},
		{
			code: "transfer.not-sent", judge: transferNotSent, where: anywhere, owner: Contact,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, needs: ofStatus,
			off: moving | set(care.KindInformation), weaker: whose, clock: &clock{fixed: true, warn: 7},
		},
		{
			code: "transfer.refused", judge: transferRefused, where: anywhere, owner: Contact,
			writes: WriteFlag, kinds: []GroundKind{Routine}, needs: ofStatus, off: moving, weaker: whose,
		},
	}
}

// move is a care-home service that starts near asOf, and what the client's
// consents permit to hand over to its performer at noon of asOf.
type move struct {
	*hit
	service *care.Service
	outcome care.ConsentOutcome
}

// eachMove asks once for each care-home service, by its code, that starts within
// 30 days before or after asOf. A service that was decided later does not exist yet.
func (e *eval) eachMove(judge func(*move)) {
	none := true
	for i := range e.Client.Services {
		s := &e.Client.Services[i]
		if s.Code&care.CareHomeService == 0 || s.Start == 0 || s.Decided > e.AsOf ||
			s.Start < e.AsOf.AddDays(-moveDays) || s.Start > e.AsOf.AddDays(moveDays) {
			continue
		}
		m := &move{hit: e.start(s.Ref), service: s, outcome: care.ConsentNone}
		m.use(s.Ref, "service", s.Start)
		if s.Performer != "" {
			d := care.Decide(e.Client.Consents, e.Roster.ConsentRequest(e.Client, s.Performer, e.AsOf.Noon()))
			m.outcome = d.Outcome
			m.useConsents(&d)
		}
		judge(m)
		none = false
	}
	if none {
		e.not("no-move", nil)
	}
}

// useConsents notes the consents that a decision rests on, each once.
func (m *move) useConsents(d *care.ConsentDecision) {
	var refs []care.Ref
	for i := range d.Sections {
		refs = append(refs, d.Sections[i].Consent)
	}
	slices.Sort(refs)
	for _, ref := range slices.Compact(refs) {
		m.use(ref, "consent", 0)
	}
}

func transferConsentMissing(e *eval) {
	e.eachMove(func(m *move) {
		if m.outcome != care.ConsentNone {
			e.not("consent-there", m.hit)
			return
		}
		e.onMove(m)
	})
}

// transferNotSent takes any handover that is registered by asOf: it is not said
// to whom it was.
func transferNotSent(e *eval) {
	e.eachMove(func(m *move) {
		if m.outcome != care.ConsentPartial && m.outcome != care.ConsentFull {
			e.not("nothing-permitted", m.hit)
			return
		}
		for i := range e.Client.Information {
			in := &e.Client.Information[i]
			if in.Topic == care.TopicCareHomeHandover && in.Date <= e.AsOf {
				m.useInformation(in)
				e.not("handed-over", m.hit)
				return
			}
		}
		// brygga's own ledger knows what it sent, also where its receipt stands in no
		// system that information is read from.
		for i := range e.Client.Handovers {
			h := &e.Client.Handovers[i]
			if h.Service == m.service.Ref && h.State.Left() && h.Since <= e.AsOf {
				m.use(h.Ref, "handover-sent", h.Since)
				e.not("handed-over", m.hit)
				return
			}
		}
		e.onMove(m)
	})
}

func transferRefused(e *eval) {
	e.eachMove(func(m *move) {
		if m.outcome != care.ConsentRefused {
			e.not("not-refused", m.hit)
			return
		}
		e.open(m.hit)
	})
}

// onMove closes a hit that is due on the day of the move.
func (e *eval) onMove(m *move) {
	m.terms[0].from(m.service.Ref, "service-start", m.service.Start)
	e.due(m.hit)
}
