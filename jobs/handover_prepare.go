package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"brygga/care"
	"brygga/config"
	"brygga/mapping/fhir/document"
	"brygga/store"
)

// consider decides what is to become of one move: nothing, a row that says why
// brygga prepares nothing, or a handover that waits for its release.
func (h *handovers) consider(ctx context.Context, read *consentsRead, m *move) error {
	switch {
	case m.client.Protected:
		return h.byHand(ctx, m)
	case m.home == nil:
		return h.notPrepared(ctx, m, care.HandoverRecipientUnknown, "the care home is not configured")
	case m.own == "":
		return h.notPrepared(ctx, m, care.HandoverStopped, "the client is not found in "+h.source.Name)
	}
	d, err := h.decide(ctx, read, m)
	if err != nil {
		return h.unread(ctx, m, err)
	}
	switch {
	case d.gone:
		return h.notPrepared(ctx, m, care.HandoverStopped, "the client is no longer in "+h.source.Name)
	case d.died:
		return h.notPrepared(ctx, m, care.HandoverStopped, clientDied)
	case d.protected:
		return h.byHand(ctx, m)
	case d.recipient == "":
		return h.notPrepared(ctx, m, care.HandoverRecipientUnknown, "the care home is no organization of "+h.source.Name)
	case d.permitted == 0:
		return h.refused(ctx, m, d)
	}
	if err := h.remove(ctx, h.key(m)); err != nil {
		return err
	}
	open, sent := h.earlier(m)
	switch {
	case d.permitted&^sent == 0: // the care home has all of it
		if open != nil {
			_, err := h.stop(ctx, open, "the care home has got all of it already")
			return err
		}
		return nil
	case open != nil && open.Sections == d.permitted && (open.State != care.HandoverPrepared || !h.automatic(m)):
		return nil // it waits for its release, or is on its way
	}
	return h.prepare(ctx, m, d, open)
}

// unread is a client whose record could not be read now: nothing is changed.
func (h *handovers) unread(ctx context.Context, m *move, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	h.rep.fault(h.source.Name, err, "the record of a client who moves ("+m.where()+") could not be read; nothing is sent for that client")
	return nil
}

// automatic says whether nobody has to release what is prepared for a client: the
// municipality has chosen it, and writes for the client's unit.
func (h *handovers) automatic(m *move) bool {
	return h.Config.Jobs.Handover.Release == config.ReleaseAutomatic && h.notSent(h.asOf) == "" && m.rolledOut
}

// notSent says why nothing may leave yet; empty where it may.
func (o *Opened) notSent(asOf care.Date) string {
	switch from := o.Rollout.From; {
	case !o.Rollout.Write:
		return "nothing is sent while writes.mode is report"
	case from.Known() && asOf < from:
		return "nothing is sent before writes.from, " + from.String()
	}
	return ""
}

// earlier gives what is on its way from a client to a care home, and which sections it has got.
func (h *handovers) earlier(m *move) (open *store.Handover, sent care.SectionSet) {
	for _, r := range h.rows() {
		if r.Client != m.client.Ref || r.CareHome != m.home.Name {
			continue
		}
		if undelivered(r.State) {
			open = r
		}
		if r.State.Left() {
			sent |= r.Sections
		}
	}
	return open, sent
}

func (h *handovers) byHand(ctx context.Context, m *move) error {
	return h.notPrepared(ctx, m, care.HandoverByHand, "the client's identity is protected: hand over by hand")
}

// refused notes that nothing may be handed over, and stops what was prepared.
func (h *handovers) refused(ctx context.Context, m *move, d *decided) error {
	return h.notPrepared(ctx, m, care.HandoverStopped, h.refusal(d), d.against(h.offered())...)
}

// clientDied is why nothing is handed over of who has died.
const clientDied = "the client has died"

// refusal says in words why nothing may be handed over.
func (h *handovers) refusal(d *decided) string {
	if h.offered() == 0 {
		return "consents are read from " + h.source.Name + ", which holds none of the sections that are offered (jobs.handover.sections, facts)"
	}
	why := "nothing that is offered is permitted"
	for _, s := range d.Sections {
		switch s.Reason {
		case care.ReasonUnreadable:
			return "a consent of the client's cannot be read, and so denies everything"
		case care.ReasonNoConsent, care.ReasonNotAddressed:
			why = "no consent applies"
			if s.Reason == care.ReasonNotAddressed {
				why = "the consent is for another recipient"
			}
		case care.ReasonDenied, care.ReasonConflict:
			why = "the consent denies it"
		}
	}
	return why
}

// notPrepared keeps a row for a move of which nothing is prepared, and stops what was
// on its way. It is in the audit log when it begins, or changes, and not at every run.
// on are the consents that deny it, if any do.
func (h *handovers) notPrepared(ctx context.Context, m *move, state care.HandoverState, why string, on ...string) error {
	if m.home != nil {
		if open, _ := h.earlier(m); open != nil {
			if _, err := h.stop(ctx, open, why, on...); err != nil {
				return err
			}
		}
	}
	id := h.key(m)
	if have := h.ledger[id]; have != nil && have.State == state && have.Why == why {
		return nil
	}
	row := &store.Handover{ID: id, Client: m.client.Ref, Service: m.service.Ref, Recipient: m.service.Performer, State: state, Why: why, Begun: h.Now()}
	if m.home != nil {
		row.CareHome = m.home.Name
	}
	if err := h.note(ctx, "handover.refused", row, why, on...); err != nil {
		return err
	}
	return h.put(ctx, row)
}

// prepare reads what may be handed over and composes it, so that it is known that it
// can be, and keeps that it waits. The content is not kept.
func (h *handovers) prepare(ctx context.Context, m *move, d *decided, open *store.Handover) error {
	c, err := h.compose(ctx, m, d)
	switch {
	case errors.Is(err, document.ErrProtected):
		return h.notPrepared(ctx, m, care.HandoverByHand, err.Error())
	case errors.Is(err, errMovedOn):
		return h.notPrepared(ctx, m, care.HandoverStopped, err.Error())
	case err != nil:
		return h.unread(ctx, m, err)
	}
	row := c.row
	if have := h.ledger[row.ID]; have != nil && have.State.Left() {
		return nil // just this was sent before
	}
	if open != nil {
		row.Begun = open.Begun
		if open.ID != row.ID {
			if stopped, err := h.stop(ctx, open, "what is permitted, or the content, has changed since it was prepared"); !stopped {
				return err
			}
		}
	}
	outcome := "prepared, waits for its release"
	if h.automatic(m) {
		row.State, row.By, row.Released, outcome = care.HandoverReleased, bySchedule, h.Now(), "prepared and released"
	}
	if err := h.note(ctx, "handover.prepared", row, outcome); err != nil {
		return err
	}
	return h.put(ctx, row)
}

func names(set care.SectionSet) []string {
	var out []string
	for _, s := range care.Sections() {
		if set.Has(s) {
			out = append(out, s.String())
		}
	}
	return out
}

func basis(consents []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(consents))), ", ")
}

func does(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
