package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"brygga/adapters"
	"brygga/care"
	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// send brings a released handover as far as it may go. Consents are read for it
// alone, first before its content is read and again right before it leaves. What the
// recipient has is never sent again, wherever an earlier run died.
func (h *handovers) send(ctx context.Context, row *store.Handover, m *move) error {
	if why := h.notSent(h.asOf); why != "" {
		h.rep.problem(row.CareHome, "a handover is released, and "+why)
		return nil
	}
	to, err := h.recipient(row.CareHome)
	if err != nil {
		h.rep.fault(row.CareHome, err, "a released handover waits")
		return nil
	}
	if row.State != care.HandoverDelivered {
		receipt, there, err := to.Delivered(ctx, row.ID, row.Token)
		if err != nil {
			return h.waits(ctx, row, err)
		}
		if there {
			if err := h.delivered(ctx, row, receipt); err != nil {
				return err
			}
		}
		h.unsent[row.ID] = !there
	}
	if row.State != care.HandoverDelivered {
		if sent, err := h.dispatch(ctx, to, row, m); err != nil || !sent {
			return err
		}
	}
	return h.afterwards(ctx, to, row, m)
}

// waits notes that a recipient or the source did not answer; the next run goes on.
func (h *handovers) waits(ctx context.Context, row *store.Handover, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	h.rep.fault(row.CareHome, err, "a released handover waits; the next run goes on with it")
	return nil
}

// asDecided reads consents now, and says whether they still permit just what is to be
// sent. Where they do not, the handover is stopped.
func (h *handovers) asDecided(ctx context.Context, row *store.Handover, m *move) (*decided, error) {
	read, err := h.readConsents(ctx)
	if err != nil {
		return nil, h.waits(ctx, row, err)
	}
	if read.unplaced > 0 {
		return nil, h.waits(ctx, row, fmt.Errorf("%s cannot be read and %s not say whose", plural(read.unplaced, "consent"), does(read.unplaced)))
	}
	d, err := h.decide(ctx, read, m)
	if err != nil {
		return nil, h.waits(ctx, row, err)
	}
	why := ""
	var on []string
	switch {
	case d.gone:
		why = "the client is no longer in " + h.source.Name
	case d.died:
		why = clientDied
	case d.protected:
		why = "the client's identity is protected by now: hand over by hand"
	case d.recipient == "":
		why = "the care home is no organization of " + h.source.Name + " that can be read"
	case d.permitted == 0:
		why, on = h.refusal(d), d.against(h.offered())
	case d.permitted != row.Sections:
		why, on = "what is permitted has changed since it was prepared", d.against(row.Sections)
	default:
		return d, nil
	}
	_, err = h.stop(ctx, row, why, on...)
	return nil, err
}

// errNotSent ends a delivery of which all is said already.
var errNotSent = errors.New("it is not sent")

// asBefore is asked right before the document leaves, each time that it is about to:
// the consents have to permit just what they permitted when it was composed.
func (h *handovers) asBefore(row *store.Handover, m *move, before *decided) func(context.Context) error {
	return func(ctx context.Context) error {
		if mine, err := h.stillMine(ctx, row); err != nil || !mine {
			return cmp.Or(err, errNotSent)
		}
		now, err := h.asDecided(ctx, row, m)
		switch {
		case err != nil:
			return err
		case now == nil:
			return errNotSent
		case !now.same(before):
			return errors.New("a consent was changed while it was made ready")
		}
		h.step("decided-again")
		delete(h.unsent, row.ID)
		return nil
	}
}

// stillMine says whether the ledger is as this run left it. A process that was asleep for
// longer than its lease lasts may find that another one went on meanwhile: then it
// leaves all to that one.
func (h *handovers) stillMine(ctx context.Context, row *store.Handover) (bool, error) {
	rows, err := h.Job.Store.Handovers(ctx)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(rows, func(r store.Handover) bool { return r.ID == row.ID })
	if i >= 0 && rows[i].State == row.State && rows[i].Token == row.Token {
		return true, nil
	}
	h.rep.problem(row.CareHome, "another run has gone on with a handover meanwhile; it is left to that one")
	return false, nil
}

// dispatch decides, composes, decides again, and delivers. sent is false where it was
// stopped or has to wait.
func (h *handovers) dispatch(ctx context.Context, to adapters.Recipient, row *store.Handover, m *move) (sent bool, err error) {
	switch {
	case m == nil || m.off:
		_, err := h.stop(ctx, row, "the move is off")
		return false, err
	case row.By == bySchedule && !h.automatic(m):
		return false, h.asksAgain(ctx, row)
	}
	d, err := h.asDecided(ctx, row, m)
	if d == nil || err != nil {
		return false, err
	}
	h.step("decided")
	c, err := h.compose(ctx, m, d)
	if nothingToSend(err) {
		_, err = h.stop(ctx, row, err.Error())
		return false, err
	}
	if err != nil {
		return false, h.waits(ctx, row, err)
	}
	if c.row.ID != row.ID {
		return false, h.contentMoved(ctx, row, c.row)
	}
	h.step("composed")
	row.Consents, row.NoGiver, row.Token, row.State, row.Why = c.row.Consents, c.row.NoGiver, "", care.HandoverSending, ""
	if err := h.note(ctx, "handover.sending", row, "about to send"); err != nil {
		return false, err
	}
	if err := h.put(ctx, row); err != nil {
		return false, err
	}
	h.step("written-ahead")
	at := h.Now()
	delivery := adapters.Delivery{
		ID: row.ID, Document: c.Bundle(row.ID, at), Page: c.Page(row.ID, at), Permitted: h.asBefore(row, m, d),
	}
	token, err := to.Stage(ctx, delivery)
	if err != nil {
		return false, h.waits(ctx, row, err)
	}
	h.step("staged")
	row.Token = token
	if err := h.put(ctx, row); err != nil {
		return false, err
	}
	h.step("staged-noted")
	receipt, err := to.Deliver(ctx, delivery, token)
	switch {
	case errors.Is(err, errNotSent):
		return false, nil
	case err != nil:
		return false, h.waits(ctx, row, err)
	}
	h.step("delivered")
	return true, h.delivered(ctx, row, receipt)
}

// contentMoved is what becomes of a released handover whose content is another by now.
// A person released what the person had seen: a new release is asked for. What nobody
// had to release goes on as the new one.
func (h *handovers) contentMoved(ctx context.Context, row, now *store.Handover) error {
	if have := h.ledger[now.ID]; have != nil && have.State.Left() {
		_, err := h.stop(ctx, row, "just this was sent before")
		return err
	}
	if stopped, err := h.stop(ctx, row, "the content has changed since it was released"); !stopped {
		return err
	}
	now.Begun, now.Why = row.Begun, "the content has changed since "+row.By+" released it"
	if row.By == bySchedule {
		now.State, now.By, now.Released, now.Why = care.HandoverReleased, row.By, h.Now(), ""
	}
	if err := h.note(ctx, "handover.prepared", now, "prepared anew: the content has changed"); err != nil {
		return err
	}
	return h.put(ctx, now)
}

// delivered writes down that the recipient has the document.
func (h *handovers) delivered(ctx context.Context, row *store.Handover, r adapters.Receipt) error {
	row.State, row.Document, row.Delivered, row.Token = care.HandoverDelivered, r.Document, h.Now(), ""
	if err := h.note(ctx, "handover.delivered", row, "delivered as "+r.Document); err != nil {
		return err
	}
	if err := h.put(ctx, row); err != nil {
		return err
	}
	h.step("delivered-noted")
	return nil
}

// afterwards tells the recipient's staff, and the sender's record. A consent that was
// taken back since the document left stops the Task, and the handover counts as revoked.
func (h *handovers) afterwards(ctx context.Context, to adapters.Recipient, row *store.Handover, m *move) error {
	if row.Task == "" && to.Can().Tasks && m != nil {
		d, revoked, err := h.revokedNow(ctx, row, m)
		if err != nil {
			return h.waits(ctx, row, err)
		}
		if revoked {
			if err := h.revoke(ctx, row, d); err != nil {
				return err
			}
			return h.receiptAfterAll(ctx, row, m)
		}
		task, err := h.writer().HandoverTask(row.ID, row.Document, h.sender(), h.Now())
		if err != nil {
			return err
		}
		receipt, err := to.Announce(ctx, row.ID, adapters.Receipt{Document: row.Document}, task)
		if err != nil {
			return h.waits(ctx, row, err)
		}
		h.step("announced")
		row.Task = receipt.Task
		if err := h.put(ctx, row); err != nil {
			return err
		}
	}
	if err := h.receipt(ctx, row, m); err != nil {
		return h.waits(ctx, row, err)
	}
	row.State = care.HandoverSent
	if err := h.note(ctx, "handover.sent", row, "delivered, "+receiptWords(row)); err != nil {
		return err
	}
	if err := h.put(ctx, row); err != nil {
		return err
	}
	h.step("sent")
	return nil
}

func receiptWords(row *store.Handover) string {
	if row.Task == "" {
		return "no Task at the recipient"
	}
	return "with the Task " + row.Task
}

// sender is what the recipient is told of who sent it.
func (h *handovers) sender() string { return h.Tenant }

// receiptAfterAll writes the receipt of what was revoked before it had one: it has left,
// and the client's record is to say so. It keeps no revocation waiting.
func (h *handovers) receiptAfterAll(ctx context.Context, row *store.Handover, m *move) error {
	err := h.receipt(ctx, row, m)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	h.rep.fault(h.Receiver.Name, err, "what was sent before its consent was taken back does not stand in the client's record yet; the next run tries again")
	return nil
}

// receipt writes the Communication into the sender's record, where that is the system
// that receives what brygga writes.
func (h *handovers) receipt(ctx context.Context, row *store.Handover, m *move) error {
	if row.Receipt != "" || h.Receiver != h.source || m == nil {
		return nil
	}
	body, err := h.writer().HandoverReceipt(row.ID, m.own, row.Recipient, row.Delivered)
	if err != nil {
		return err
	}
	answers := h.Receiver.Sink.Apply(ctx, []adapters.Write{{
		Op: adapters.Create, Type: fhirmap.CommunicationType, Identifier: fhirmap.HandoverSystem + "|" + row.ID, Body: body,
	}})
	h.step("receipt-written")
	switch a := answers[0]; a.Answered {
	case adapters.Written, adapters.Existed:
		row.Receipt = care.Ref(fhirmap.CommunicationType)
		if a.ID != "" {
			row.Receipt += care.Ref("/" + a.ID)
		}
		// Every write into a client's record is an entry of its own.
		if err := h.note(ctx, "handover.receipt", row, "written into the client's record as "+string(row.Receipt)); err != nil {
			return err
		}
		return h.put(ctx, row)
	default:
		if a.Err != nil {
			return fmt.Errorf("the receipt was not written into the client's record: %w", a.Err)
		}
		if a.Answered == adapters.Stale {
			return fmt.Errorf("the receipt was not written into the client's record: %s answered 409 or 412, as if others wrote it at the same time", h.Receiver.Name)
		}
		return fmt.Errorf("the receipt was not written into the client's record")
	}
}
