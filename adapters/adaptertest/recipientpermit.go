package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"brygga/adapters"
)

// errForbidden is what a caller says that does not permit a delivery any more.
var errForbidden = errors.New("not permitted any more")

// forbidden asks for permission at the last moment, and does not get it.
func (c RecipientContract) forbidden(t testing.TB) error {
	x, d := c.trial(t), c.Delivery(1)
	r := x.open(t)
	token, err := r.Stage(context.Background(), d)
	if err != nil {
		return err
	}
	asked := 0
	d.Permitted = func(context.Context) error { asked++; return errForbidden }
	if _, err := r.Deliver(context.Background(), d, token); !errors.Is(err, errForbidden) {
		return fmt.Errorf("it says %w", err)
	}
	if n := len(x.w.Documents()); n != 0 || asked == 0 {
		return fmt.Errorf("%d documents stand; permission was asked for %d times", n, asked)
	}
	d.Permitted = func(context.Context) error { asked++; return nil }
	if _, err := r.Deliver(context.Background(), d, token); err != nil || asked < 2 {
		return fmt.Errorf("when it is permitted it says %w; asked %d times", err, asked)
	}
	if n := len(x.w.Documents()); n != 1 {
		return fmt.Errorf("%d documents stand", n)
	}
	return nil
}

// forbiddenMeanwhile takes the permission back while the server asks to wait.
func (c RecipientContract) forbiddenMeanwhile(t testing.TB) error {
	x, d := c.trial(t), c.Delivery(1)
	r := x.open(t)
	token, err := r.Stage(context.Background(), d)
	if err != nil {
		return err
	}
	asked := 0
	d.Permitted = func(context.Context) error {
		if asked++; asked > 1 {
			return errForbidden
		}
		x.s.Fail(Status(503, "Retry-After", "1"), Once(1))
		return nil
	}
	_, err = r.Deliver(context.Background(), d, token)
	if n := len(x.w.Documents()); n != 0 || err == nil {
		return fmt.Errorf("%d documents stand, and it says %w", n, err)
	}
	return nil
}

// announcedAnew asks which Task stands, before and after there is one.
func (c RecipientContract) announcedAnew(t testing.TB) error {
	x, d := c.trial(t), c.Delivery(1)
	if r, err := x.open(t).Announced(context.Background(), d.ID); err != nil || r.Task != "" {
		return fmt.Errorf("before there is a Task it says %q, %w", r.Task, err)
	}
	receipt, _, err := x.send(context.Background(), x.open(t), d, "")
	if err != nil {
		return err
	}
	r, err := x.open(t).Announced(context.Background(), d.ID)
	if err != nil || r.Task != receipt.Task {
		return fmt.Errorf("it says %q, %w, and the Task is %q", r.Task, err, receipt.Task)
	}
	x.s.Fail(Status(500), Always)
	if r, err := x.open(t).Announced(context.Background(), d.ID); err == nil || r != (adapters.Receipt{}) {
		return fmt.Errorf("behind a 500 it says %q", r.Task)
	}
	return nil
}
