package store

import (
	"context"
	"time"
)

// Lease asks for the sole right to do what name says ("reconcile") until
// now+ttl, so that two processes on one store do not run a job at once. ok says
// whether holder has it now; since and by say who has it and from when. A lease
// whose time is over can be taken; who has it already gets it again, with the
// old since.
func (t *Tenant) Lease(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) (ok bool, since time.Time, by string, err error) {
	return false, time.Time{}, "", errUnbuilt
}

// Renew moves the end of a lease to now+ttl. ok is false if the holder has lost
// it: somebody else took it, or it was released. A lease whose time is over but
// that nobody took is renewed.
func (t *Tenant) Renew(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) (ok bool, err error) {
	return false, errUnbuilt
}

// Release gives a lease back. A lease that the holder does not have is left as
// it is, without error: releasing twice is safe.
func (t *Tenant) Release(ctx context.Context, name, holder string) error { return errUnbuilt }
