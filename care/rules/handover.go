package rules

import "brygga/care"

// handoverEntries are about what stands in brygga's own ledger of handovers to care
// homes (consent.md, "The handover"). Where brygga hands over to nobody they are off.
// Their clocks are defaults of ours: no law and no routine says how many days.
func handoverEntries() []entry {
	ledger := set(care.KindClient, care.KindService, care.KindHandover)
	return []entry{
		{
			code: "handover.unanswered", judge: handoverUnanswered, where: anywhere, owner: Contact,
			writes: WriteTask, kinds: []GroundKind{Default}, needs: ofStatus, off: ledger, clock: &clock{days: 3},
		},
		{
			code: "handover.waiting", judge: handoverWaiting, where: anywhere, owner: UnitManager,
			writes: WriteTask, kinds: []GroundKind{Default}, off: ledger, clock: &clock{days: 2},
		},
		{
			code: "handover.recipient-unknown", judge: handoverRecipientUnknown, where: anywhere, owner: Contact,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, needs: ofStatus, off: ledger,
		},
		{
			code: "handover.by-hand", judge: handoverByHand, where: anywhere, owner: UnitManager,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, off: ledger,
		},
	}
}

// eachHandover asks once for each handover that is in a state by asOf; service is the
// care-home service that it is about, nil where none is registered (any more). The
// ledger keeps no earlier states: a handover that came into its state later is not seen.
func (e *eval) eachHandover(state care.HandoverState, judge func(h *care.Handover, service *care.Service)) {
	none := true
	for i := range e.Client.Handovers {
		if h := &e.Client.Handovers[i]; h.State == state && h.Since <= e.AsOf {
			judge(h, e.decidedService(h.Service))
			none = false
		}
	}
	if none {
		e.not("no-handover", nil)
	}
}

// decidedService finds a service that was decided by asOf; nil where there is none.
func (e *eval) decidedService(ref care.Ref) *care.Service {
	for i := range e.Client.Services {
		if s := &e.Client.Services[i]; s.Ref == ref && s.Decided <= e.AsOf {
			return s
		}
	}
	return nil
}

func handoverUnanswered(e *eval) { e.handoverSince(care.HandoverSent, "handover-sent") }

func handoverWaiting(e *eval) { e.handoverSince(care.HandoverPrepared, "handover-prepared") }

// handoverSince counts from the day on which a handover came into a state. It is about
// the handover, and the next one for the same service is another finding; what a Task
// points at is the service, which is a record that staff can open.
func (e *eval) handoverSince(state care.HandoverState, as string) {
	e.eachHandover(state, func(is *care.Handover, about *care.Service) {
		h := e.start(is.Ref)
		if about != nil {
			h.use(about.Ref, "service", about.Start)
		}
		h.use(is.Ref, as, is.Since)
		e.clock(h, is.Ref, as, is.Since)
		e.due(h)
	})
}

func handoverRecipientUnknown(e *eval) { e.handoverOfMove(care.HandoverRecipientUnknown) }

func handoverByHand(e *eval) { e.handoverOfMove(care.HandoverByHand) }

// handoverOfMove is about the service, whatever becomes of entries in the ledger. A
// move that is not registered any more asks for nothing.
func (e *eval) handoverOfMove(state care.HandoverState) {
	e.eachHandover(state, func(is *care.Handover, move *care.Service) {
		h := e.start(is.Service)
		if move == nil {
			h.use(is.Ref, "handover", is.Since)
			e.not("move-gone", h)
			return
		}
		h.use(move.Ref, "service", move.Start)
		h.use(is.Ref, "handover", is.Since)
		e.open(h)
	})
}
