package jobs

import (
	"context"
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
		if row.State != care.HandoverSent && row.State != care.HandoverAnswered || h.Now().Sub(row.Delivered) > followedFor {
			continue
		}
		if m := moveOf(moves, row); read != nil && m != nil {
			d, err := h.decide(ctx, read, m)
			switch {
			case err != nil:
				if err := h.waits(ctx, row, err); err != nil {
					return err
				}
			case d.takesBack(row):
				if err := h.revoke(ctx, row); err != nil {
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

// takesBack says whether something that was sent is not permitted any more. A client
// who has left the record, or whose care home is gone from it, takes nothing back.
func (d *decided) takesBack(row *store.Handover) bool {
	return !d.gone && d.recipient != "" && row.Sections&^d.Permitted() != 0
}

// revokedNow reads consents and says whether they take back what was delivered.
func (h *handovers) revokedNow(ctx context.Context, row *store.Handover, m *move) (bool, error) {
	read, err := h.readConsents(ctx)
	if err != nil {
		return false, err
	}
	d, err := h.decide(ctx, read, m)
	return err == nil && d.takesBack(row), err
}

// revoke notes that the consent was taken back after the document had left, and has
// the Task at the recipient cancelled.
func (h *handovers) revoke(ctx context.Context, row *store.Handover) error {
	row.State, row.Revoked, row.Why = care.HandoverRevoked, h.Now(), "the consent was taken back after it was sent; what was sent is not recalled"
	if err := h.note(ctx, "handover.revoked", row, row.Why); err != nil {
		return err
	}
	return h.put(ctx, row)
}

// cancelled is kept as the answer of a handover whose Task brygga has cancelled.
const cancelled = "cancelled"

// cancelRevoked cancels the Tasks of what was revoked, until it has succeeded.
func (h *handovers) cancelRevoked(ctx context.Context) error {
	for _, row := range h.rows() {
		if row.State != care.HandoverRevoked || row.Task == "" || row.Answer == cancelled {
			continue
		}
		to, err := h.recipient(row.CareHome)
		if err == nil {
			err = to.Cancel(ctx, adapters.Receipt{Document: row.Document, Task: row.Task}, "Samtycket har återkallats.")
		}
		if err != nil {
			if err := h.waits(ctx, row, err); err != nil {
				return err
			}
			continue
		}
		row.Answer = cancelled
		if err := h.note(ctx, "handover.cancelled", row, "the Task at the recipient is cancelled"); err != nil {
			return err
		}
		if err := h.put(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// lastAnswers are those after which there is no other.
var lastAnswers = []string{"completed", "rejected", "failed", cancelled, fetched}

// fetched is the answer of a recipient without Tasks: somebody took the file.
const fetched = "fetched"

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
	case "accepted", "in-progress", "completed", fetched:
		row.State, row.Answered = care.HandoverAnswered, answeredAt(reply, h)
	case "rejected", "cancelled", "failed", "entered-in-error":
		row.State, row.Answered = care.HandoverRejected, answeredAt(reply, h)
	}
	if err := h.note(ctx, "handover.answered", row, "the recipient's Task is "+reply.Status); err != nil {
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
