package jobs

import (
	"context"
	"time"

	"brygga/care"
	"brygga/store"
)

// stop ends a handover that has not left. One that may have left is asked for first:
// where the recipient has it, it counts as delivered, and where nobody can tell, it
// stays as it is, and nothing is sent of it; stopped is false then. What was staged is
// removed: first the ledger, so that a crash in between cannot make it look delivered.
// on are the consents that stop it, if any do.
func (h *handovers) stop(ctx context.Context, row *store.Handover, why string, on ...string) (stopped bool, err error) {
	if row.State == care.HandoverSending && !h.unsent[row.ID] {
		if left, err := h.left(ctx, row); left || err != nil {
			return false, err
		}
	}
	is := *row
	is.State, is.Why = care.HandoverStopped, why
	if err := h.note(ctx, "handover.stopped", &is, why, on...); err != nil {
		return false, err
	}
	if err := h.put(ctx, &is); err != nil {
		return false, err
	}
	h.step("stopped")
	if row.State != care.HandoverSending { // nothing was staged
		return true, nil
	}
	return true, h.drop(ctx, &is)
}

// left asks the recipient whether it has what may have been sent, and notes it where it
// has. It says true, too, where that cannot be told: then it waits.
func (h *handovers) left(ctx context.Context, row *store.Handover) (bool, error) {
	to, err := h.recipient(row.CareHome)
	if err != nil {
		h.rep.fault(row.CareHome, err, "whether a handover has left is not known; configure it again, or ask the care home")
		return true, nil
	}
	receipt, there, err := to.Delivered(ctx, row.ID, row.Token)
	switch {
	case err != nil:
		return true, h.waits(ctx, row, err)
	case there:
		return true, h.delivered(ctx, row, receipt)
	}
	h.unsent[row.ID] = true
	return false, nil
}

// drop removes what is staged for a handover that goes nowhere, also where a process
// died before it noted the token.
func (h *handovers) drop(ctx context.Context, row *store.Handover) error {
	r, err := h.recipient(row.CareHome)
	if err == nil {
		err = r.Drop(ctx, row.ID, row.Token)
	}
	if err != nil {
		h.rep.fault(row.CareHome, err, "what was made ready for the care home could not be removed")
		return nil // tried again by the next run
	}
	row.Token = ""
	return h.put(ctx, row)
}

// sweep removes what runs that died have left staged.
func (h *handovers) sweep(ctx context.Context) error {
	for _, row := range h.rows() {
		if row.State == care.HandoverStopped && row.Token != "" {
			if err := h.drop(ctx, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// asksAgain has a person release what was released by itself, where the municipality
// does not let things go by themselves any more.
func (h *handovers) asksAgain(ctx context.Context, row *store.Handover) error {
	asks := *row
	asks.State, asks.By, asks.Released = care.HandoverPrepared, "", time.Time{}
	if err := h.note(ctx, "handover.prepared", &asks, "is not released by itself any more, waits for its release"); err != nil {
		return err
	}
	if err := h.put(ctx, &asks); err != nil {
		return err
	}
	if row.State != care.HandoverSending {
		return nil
	}
	return h.drop(ctx, &asks)
}
