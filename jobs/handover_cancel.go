package jobs

import (
	"context"
	"slices"

	"brygga/adapters"
	"brygga/care"
	"brygga/store"
)

// cancelled is kept as the answer of a handover whose Task brygga has cancelled.
const cancelled = "cancelled"

// untold is kept as the answer of a revoked handover of which the recipient's staff
// have no Task: there is nothing to cancel.
const untold = "untold"

// overWith are the answers of a revoked handover after which nothing is cancelled.
var overWith = []string{cancelled, untold, "rejected", "failed", "completed", "entered-in-error"}

// cancelRevoked cancels the Tasks of what was revoked, until it has succeeded, whether
// or not anybody moves. One that the ledger does not know of, since the process died
// before it was noted, is asked for.
func (h *handovers) cancelRevoked(ctx context.Context) error {
	for _, row := range h.rows() {
		if row.State != care.HandoverRevoked || slices.Contains(overWith, row.Answer) {
			continue
		}
		if why := h.notSent(h.asOf); why != "" {
			h.rep.problem(row.CareHome, "a consent was taken back, and "+why+", so that the Task at the care home stays; tell the care home by hand")
			continue
		}
		err := h.cancel(ctx, row)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			h.rep.fault(row.CareHome, err, "a consent was taken back, and the Task at the care home does not say so yet; the next run tries again, or tell the care home by hand")
			continue
		}
		if err := h.put(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// cancel cancels the Task of one that was revoked, and notes how the Task stands after
// that: staff may have finished it before.
func (h *handovers) cancel(ctx context.Context, row *store.Handover) error {
	to, err := h.recipient(row.CareHome)
	if err != nil {
		return err
	}
	if row.Task == "" {
		r, err := to.Announced(ctx, row.ID)
		if err != nil {
			return err
		}
		if row.Task = r.Task; row.Task == "" {
			row.Answer = untold
			return nil
		}
	}
	receipt := adapters.Receipt{Document: row.Document, Task: row.Task}
	if err := to.Cancel(ctx, receipt, "Samtycket har återkallats."); err != nil {
		return err
	}
	reply, err := to.Reply(ctx, receipt)
	if err != nil {
		return err
	}
	if row.Answer = reply.Status; row.Answer == "" {
		row.Answer = untold // the Task is gone
	}
	action, outcome := "handover.cancelled", "the Task at the recipient is cancelled"
	if row.Answer != cancelled {
		action, outcome = "handover.answered", "the recipient's Task is "+row.Answer+", and was not cancelled"
	}
	return h.note(ctx, action, row, outcome)
}
