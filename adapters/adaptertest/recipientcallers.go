package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"brygga/adapters"
)

// What a recipient does with callers of every kind: several at once, one that has
// given up, one with a wrong id, one that only checks.

func (c RecipientContract) together(t testing.TB) error {
	ctx := context.Background()
	for range 5 {
		x, d := c.trial(t), c.Delivery(1)
		token, err := x.open(t).Stage(ctx, d)
		if err != nil {
			return err
		}
		var wg sync.WaitGroup
		receipts, errs := make([]adapters.Receipt, 8), make([]error, 8)
		for i := range receipts {
			r := x.open(t)
			wg.Go(func() {
				if receipts[i], errs[i] = r.Deliver(ctx, d, token); errs[i] == nil {
					receipts[i], errs[i] = r.Announce(ctx, d.ID, receipts[i], c.Task(d.ID, receipts[i]))
				}
			})
		}
		wg.Wait()
		for i := range receipts {
			if errs[i] != nil || receipts[i] != receipts[0] {
				return fmt.Errorf("receipts %+v and %+v, %w", receipts[0], receipts[i], errs[i])
			}
		}
		if err := x.holds(d); err != nil {
			return err
		}
	}
	return nil
}

func (c RecipientContract) sideBySide(t testing.TB) error {
	x, ctx := c.trial(t), context.Background()
	r := x.open(t)
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		wg.Go(func() { _, _, errs[i] = x.send(ctx, r, c.Delivery(i), "") })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if n := len(x.w.Documents()); n != len(errs) {
		return fmt.Errorf("%d documents stand, want %d", n, len(errs))
	}
	return nil
}

func (c RecipientContract) ids(t testing.TB) error {
	x, ctx := c.trial(t), context.Background()
	r := x.open(t)
	for _, id := range []string{"", "1", "../../../../../../etc/cron.d/x", "5F0C8E0A-7A4E-4D5C-8B3F-2D1E0C9B8A7F", "5f0c8e0a-7a4e-4d5c-8b3f-2d1e0c9b8a7f\n", "urn:uuid:5f0c8e0a-7a4e-4d5c-8b3f-2d1e0c9b8a7f"} {
		d := c.Delivery(1)
		d.ID = id
		_, staging := r.Stage(ctx, d)
		_, delivering := r.Deliver(ctx, d, "")
		_, _, asking := r.Delivered(ctx, id, "")
		_, announcing := r.Announce(ctx, id, adapters.Receipt{Document: "x"}, c.Task(id, adapters.Receipt{}))
		_, announced := r.Announced(ctx, id)
		for _, err := range []error{staging, delivering, asking, announcing, announced, r.Drop(ctx, id, "")} {
			if err == nil {
				return fmt.Errorf("the id %q is taken", id)
			}
			if err := x.clean(err); err != nil {
				return err
			}
		}
	}
	if n := len(x.w.Documents()); n != 0 {
		return fmt.Errorf("%d documents stand", n)
	}
	return nil
}

func (c RecipientContract) stopped(t testing.TB) error {
	x, d := c.trial(t), c.Delivery(1)
	r := x.open(t)
	token, err := r.Stage(context.Background(), d)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_, staging := r.Stage(ctx, d)
	_, delivering := r.Deliver(ctx, d, token)
	_, _, asking := r.Delivered(ctx, d.ID, token)
	for _, err := range []error{staging, delivering, asking} {
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("a caller that has given up gets %w", err)
		}
		if err := x.clean(err); err != nil {
			return err
		}
	}
	if err := r.Drop(ctx, d.ID, token); err != nil {
		return fmt.Errorf("what was staged cannot be dropped by who has given up: %w", err)
	}
	if n := len(x.w.Documents()); n != 0 {
		return fmt.Errorf("%d documents stand", n)
	}
	return nil
}

func (c RecipientContract) check(t testing.TB) error {
	x := c.trial(t)
	results := x.open(t).Check(context.Background())
	if len(results) == 0 {
		return errors.New("nothing was checked")
	}
	for _, r := range results {
		if r.Verdict != adapters.OK {
			return fmt.Errorf("%s: %s; %s", r.What, r.Seen, r.Do)
		}
	}
	if n := len(x.w.Documents()); n != 0 || x.w.Tasks != nil && x.w.Tasks() != 0 {
		return fmt.Errorf("the check left %d documents", n)
	}
	return nil
}
