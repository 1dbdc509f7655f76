package carehome

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"brygga/adapters"
)

// state is what the folder says of a delivery and a token.
type state uint8

const (
	unknown   state = iota // nothing of it is there, and no token says that something was
	isStaged               // what has the token waits to be delivered
	delivered              // it is there
	fetched                // what had the token was delivered, and has been fetched since
	dropped                // what had the token was dropped
	replaced               // something else was staged instead
)

// look tells the state. That a file was fetched is told from what is missing, and so
// only of the folder in which the token was given.
func (o *Outbox) look(id, token string) (state, *adapters.Error) {
	there, fault := o.is(final(id))
	if there || fault != nil {
		return delivered, fault
	}
	if token == "" {
		_, fault := o.names("." + id) // is there a folder at all?
		return unknown, fault
	}
	if there, fault = o.is(stagedName(id, token)); there || fault != nil {
		return isStaged, fault
	}
	if there, fault = o.is(droppedName(id, token)); there || fault != nil {
		return dropped, fault
	}
	others, fault := o.names("." + id + stagedPart)
	if len(others) > 0 || fault != nil {
		return replaced, fault
	}
	there, fault = o.marked(token)
	switch {
	case fault != nil:
		return unknown, fault
	case !there:
		return unknown, o.fault(adapters.Retry, o.opts.Path+" is not the folder in which the handover was made ready",
			"mount the share that belongs there; if path of this care home was changed, ask the care home whether it has the file")
	}
	return fetched, nil
}

// Deliver gives what was staged its final name, and so to whoever fetches.
func (o *Outbox) Deliver(ctx context.Context, d adapters.Delivery, token string) (adapters.Receipt, error) {
	if fault := o.ready(ctx, d.ID, token); fault != nil {
		return adapters.Receipt{}, fault
	}
	receipt := adapters.Receipt{Document: final(d.ID)}
	for range 2 { // another one may do the same at this moment
		at, fault := o.look(d.ID, token)
		if fault != nil {
			return adapters.Receipt{}, fault
		}
		switch at {
		case fetched:
			return receipt, nil
		case delivered:
			return receipt, result(o.settle(d.ID))
		case isStaged:
			if err := d.Permit(ctx); err != nil {
				return adapters.Receipt{}, err
			}
			o.at("rename")
			err := os.Rename(o.path(stagedName(d.ID, token)), o.path(final(d.ID)))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return adapters.Receipt{}, o.failed("writing in", err)
			}
			return receipt, result(o.settle(d.ID))
		default:
			return adapters.Receipt{}, o.fault(adapters.Rejected, "nothing is made ready for delivery under this token", "stage it anew")
		}
	}
	return adapters.Receipt{}, o.fault(adapters.Retry, "what was made ready for delivery went away", "the next run tries again")
}

// settle makes a delivery last over a power cut, and removes what else was staged of
// it. An error says that it may not last yet; delivering again mends that.
func (o *Outbox) settle(id string) *adapters.Error {
	o.at("sync delivered")
	if fault := o.sync(); fault != nil {
		return fault
	}
	o.at("tidy")
	old, fault := o.left(id)
	if fault == nil {
		fault = o.remove(old...)
	}
	if fault != nil {
		o.log.Warn().Str("failed", fault.What).Msg("what earlier attempts left in the outbox could not be removed")
	}
	return nil
}

// Delivered says whether the file is there, or was.
func (o *Outbox) Delivered(ctx context.Context, id, token string) (adapters.Receipt, bool, error) {
	if fault := o.ready(ctx, id, token); fault != nil {
		return adapters.Receipt{}, false, fault
	}
	at, fault := o.look(id, token)
	if fault != nil || at != delivered && at != fetched {
		return adapters.Receipt{}, false, result(fault)
	}
	return adapters.Receipt{Document: final(id)}, true, nil
}
