package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"brygga/adapters"
	"brygga/care"
	"brygga/store"
)

// followAll looks at what was sent: what the recipient's staff did with it, and
// whether the consent still stands. Without consents only the former.
func (h *handovers) followAll(ctx context.Context, read *consentsRead, moves []move) error {
	for _, row := range h.rows() {
		if row.State == care.HandoverRevoked && h.notSent(h.asOf) == "" && h.Now().Sub(row.Delivered) <= followedFor {
			if err := h.receiptAfterAll(ctx, row, moveOf(moves, row)); err != nil {
				return err
			}
		}
		if row.State != care.HandoverSent && row.State != care.HandoverAnswered || h.Now().Sub(row.Delivered) > followedFor {
			continue
		}
		if m := moveOf(moves, row); read != nil && m != nil {
			d, err := h.decide(ctx, read, m)
			switch {
			case err != nil:
				if ctx.Err() != nil {
					return ctx.Err()
				}
				h.rep.fault(h.source.Name, err, "whether what was sent to "+row.CareHome+" is taken back is not known; the next run asks again")
			case d.unreadable():
				h.rep.problem(h.source.Name, "a consent of "+m.where()+" cannot be read: whether what was sent to "+row.CareHome+" is taken back is not known until it is mended (brygga status -v names it)")
			case d.takesBack(row):
				if err := h.revoke(ctx, row, d); err != nil {
					return err
				}
				continue
			}
		}
		if err := h.follow(ctx, row); err != nil {
			return err
		}
	}
	return h.cancelRevoked(ctx)
}

// revokedNow reads consents and decides whether they take back what was delivered. It
// fails where that cannot be told.
func (h *handovers) revokedNow(ctx context.Context, row *store.Handover, m *move) (*decided, bool, error) {
	read, err := h.readConsents(ctx)
	if err != nil {
		return nil, false, err
	}
	d, err := h.decide(ctx, read, m)
	switch {
	case err != nil:
		return nil, false, err
	case read.unplaced > 0 || d.unreadable():
		return nil, false, errors.New("a consent cannot be read, so that its Task is not given yet (brygga status -v names it)")
	}
	return d, d.takesBack(row), nil
}

// revoke notes that the consent was taken back after the document had left, and has
// the Task at the recipient cancelled.
func (h *handovers) revoke(ctx context.Context, row *store.Handover, d *decided) error {
	row.State, row.Revoked, row.Why = care.HandoverRevoked, h.Now(), "the consent was taken back after it was sent; what was sent is not recalled"
	if err := h.note(ctx, "handover.revoked", row, row.Why, d.against(row.Sections)...); err != nil {
		return err
	}
	return h.put(ctx, row)
}

// lastAnswers are those after which there is no other.
var lastAnswers = []string{"completed", "rejected", "failed", cancelled, fetched, unfetched}

// fetched is the answer of a recipient without Tasks: somebody took the file.
const fetched = "fetched"

// unfetched is the answer where retention removed the file, since nobody took it.
const unfetched = "not-fetched"

// reply reads what the recipient's staff did, as far as they can tell.
func (h *handovers) reply(ctx context.Context, to adapters.Recipient, row *store.Handover) (adapters.Reply, error) {
	if to.Can().Tasks {
		return to.Reply(ctx, adapters.Receipt{Document: row.Document, Task: row.Task})
	}
	_, there, err := to.Delivered(ctx, row.ID, "")
	if err != nil || there {
		return adapters.Reply{}, err
	}
	return adapters.Reply{Status: fetched}, nil
}

// follow asks what the recipient's staff did.
func (h *handovers) follow(ctx context.Context, row *store.Handover) error {
	if slices.Contains(lastAnswers, row.Answer) {
		return nil
	}
	to, err := h.recipient(row.CareHome)
	if err != nil {
		h.rep.fault(row.CareHome, err, "what became of a handover is not known")
		return nil
	}
	reply, err := h.reply(ctx, to, row)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h.rep.fault(row.CareHome, err, "what became of a handover could not be read")
		return nil
	}
	row.Checked = h.Now()
	if reply.Status == row.Answer || reply.Status == "" {
		return h.put(ctx, row)
	}
	row.Answer, row.Reason = reply.Status, reply.Reason
	switch reply.Status {
	case "draft", "requested", "ready":
		return h.put(ctx, row) // as brygga wrote it: nobody has answered
	case "accepted", "in-progress", "completed", fetched:
		row.State, row.Answered = care.HandoverAnswered, answeredAt(reply, h)
	case "rejected", "cancelled", "failed", "entered-in-error":
		row.State, row.Answered = care.HandoverRejected, answeredAt(reply, h)
	}
	outcome := "the recipient's Task is " + reply.Status
	if reply.Status == fetched {
		outcome = "the file was taken from the outbox"
	}
	if err := h.note(ctx, "handover.answered", row, outcome); err != nil {
		return err
	}
	return h.put(ctx, row)
}

func answeredAt(r adapters.Reply, h *handovers) time.Time {
	if r.At.IsZero() {
		return h.Now()
	}
	return r.At
}
