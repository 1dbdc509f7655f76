package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"brygga/adapters"
)

// RecipientWorld is one recipient, empty, that can be looked into.
type RecipientWorld struct {
	// Healthy is the server behind it, where it is one: the contract puts its faults before it.
	Healthy http.Handler
	// Open opens the adapter anew, as after a restart; url is that of the server with the
	// faults. It makes up to two retries, without waiting, and waits for no answer longer than Timeout.
	Open func(t testing.TB, url string) adapters.Recipient
	// Documents are those that the recipient has, as they were sent.
	Documents func() [][]byte
	// Fetch takes the documents away, as staff at an outbox do; nil where they stay.
	Fetch func()

	// Of a recipient with Tasks: how many it has, and what its staff do with one: set a
	// status and a reason, and whatever else they write there.
	Tasks func() int
	Staff func(receiptTask, status, reason string)
	// Kept says of a Task what the staff wrote in it that Cancel must keep, in any form.
	Kept func(receiptTask string) string
}

// RecipientContract is what a recipient's test provides.
type RecipientContract struct {
	World func(t testing.TB) RecipientWorld
	// Delivery is the nth of several; Task is what is announced of it.
	Delivery func(n int) adapters.Delivery
	Task     func(id string, r adapters.Receipt) []byte
	// Secrets must stand in no error.
	Secrets []string
}

// Recipient runs the contract.
func Recipient(t *testing.T, c RecipientContract) {
	for name, check := range c.checks(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of the time is waiting for answers that do not come
			if err := check(t); err != nil {
				t.Error(err)
			}
		})
	}
}

func (c RecipientContract) checks(t testing.TB) map[string]func(testing.TB) error {
	all := map[string]func(testing.TB) error{
		"what is delivered is there once, as it was sent":                       c.once,
		"delivered again, it gives the same receipt":                            c.again,
		"what was not delivered is said not to be":                              c.notYet,
		"a crash after any step, and a new start, leave one document":           c.crashes,
		"what is dropped was not delivered, and can be staged anew":             c.drops,
		"staged twice, it is delivered once":                                    c.stagedTwice,
		"what was fetched is known to have been delivered":                      c.fetched,
		"several that deliver the same at one moment leave one document":        c.together,
		"different ones side by side are all delivered":                         c.sideBySide,
		"an id that is no UUID is refused everywhere":                           c.ids,
		"a caller that has given up gets an error, and nothing is delivered":    c.stopped,
		"what is not permitted at the last moment is not let go":                c.forbidden,
		"a check of a healthy recipient finds nothing wrong, and sends nothing": c.check,
	}
	w := c.World(t)
	if w.Healthy != nil {
		all["what is not permitted any more when the server asked to wait is not let go"] = c.forbiddenMeanwhile
		c.faults(all)
	}
	if w.Tasks != nil {
		c.tasks(all)
	}
	return all
}

// trial is a world with a server before it, if it has one.
type trial struct {
	c   RecipientContract
	w   RecipientWorld
	s   *Server
	url string
}

func (c RecipientContract) trial(t testing.TB) *trial {
	x := &trial{c: c, w: c.World(t)}
	if x.w.Healthy != nil {
		x.s = NewServer(t, x.w.Healthy)
		x.url = x.s.URL
	}
	return x
}

func (x *trial) open(t testing.TB) adapters.Recipient { return x.w.Open(t, x.url) }

// send goes all the way that a job goes, from wherever an earlier one stopped.
func (x *trial) send(ctx context.Context, r adapters.Recipient, d adapters.Delivery, token string) (adapters.Receipt, string, error) {
	receipt, there, err := r.Delivered(ctx, d.ID, token)
	if err != nil {
		return receipt, token, err
	}
	if !there {
		if token, err = r.Stage(ctx, d); err != nil {
			return receipt, token, err
		}
		if receipt, err = r.Deliver(ctx, d, token); err != nil {
			return receipt, token, err
		}
	}
	receipt, err = r.Announce(ctx, d.ID, receipt, x.c.Task(d.ID, receipt))
	return receipt, token, err
}

// holds says whether the recipient has just this delivery.
func (x *trial) holds(d adapters.Delivery) error {
	docs := x.w.Documents()
	if len(docs) != 1 {
		return fmt.Errorf("%d documents stand, want one", len(docs))
	}
	if !bytes.Equal(docs[0], d.Document) {
		return errors.New("the document is not what was sent")
	}
	if x.w.Tasks != nil && x.w.Tasks() != 1 {
		return fmt.Errorf("%d Tasks stand, want one", x.w.Tasks())
	}
	return nil
}

// clean says whether an error is a good one.
func (x *trial) clean(err error) error {
	var e *adapters.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("an error that is no *adapters.Error: %w", err)
	}
	return cleanError(e, x.c.Secrets)
}

func (c RecipientContract) once(t testing.TB) error {
	x, d, ctx := c.trial(t), c.Delivery(1), context.Background()
	r := x.open(t)
	receipt, token, err := x.send(ctx, r, d, "")
	if err != nil {
		return err
	}
	if receipt.Document == "" || (receipt.Task != "") != r.Can().Tasks || r.Can().Tasks != (x.w.Tasks != nil) {
		return fmt.Errorf("the receipt is %+v, and it has Tasks: %v", receipt, r.Can().Tasks)
	}
	if got, there, err := r.Delivered(ctx, d.ID, token); err != nil || !there || got.Document != receipt.Document {
		return fmt.Errorf("delivered: %v, %+v, %w", there, got, err)
	}
	return x.holds(d)
}

func (c RecipientContract) again(t testing.TB) error {
	x, d, ctx := c.trial(t), c.Delivery(1), context.Background()
	first, token, err := x.send(ctx, x.open(t), d, "")
	if err != nil {
		return err
	}
	for range 3 {
		r := x.open(t)
		second, err := r.Deliver(ctx, d, token)
		if err == nil {
			second, err = r.Announce(ctx, d.ID, second, c.Task(d.ID, second))
		}
		if err != nil || second != first {
			return fmt.Errorf("first %+v, then %+v, %w", first, second, err)
		}
	}
	return x.holds(d)
}

func (c RecipientContract) notYet(t testing.TB) error {
	x, d, ctx := c.trial(t), c.Delivery(1), context.Background()
	r := x.open(t)
	if _, there, err := r.Delivered(ctx, d.ID, ""); there || err != nil {
		return fmt.Errorf("of an empty recipient: delivered %v, %w", there, err)
	}
	token, err := r.Stage(ctx, d)
	if err != nil {
		return err
	}
	if _, there, err := x.open(t).Delivered(ctx, d.ID, token); there || err != nil {
		return fmt.Errorf("of what is only staged: delivered %v, %w", there, err)
	}
	if n := len(x.w.Documents()); n != 0 {
		return fmt.Errorf("the recipient has %d documents of what is only staged", n)
	}
	return nil
}

// crashes stops after each step and starts anew with what the caller had noted by
// then: the token of the step before, or of this one.
func (c RecipientContract) crashes(t testing.TB) error {
	ctx := context.Background()
	for steps := range 4 {
		for _, noted := range []bool{false, true} {
			x, d := c.trial(t), c.Delivery(1)
			r, token, receipt := x.open(t), "", adapters.Receipt{}
			var err error
			for step := range steps {
				known := token
				switch step {
				case 0:
					token, err = r.Stage(ctx, d)
				case 1:
					receipt, err = r.Deliver(ctx, d, token)
				case 2:
					_, err = r.Announce(ctx, d.ID, receipt, c.Task(d.ID, receipt))
				}
				if err != nil {
					return err
				}
				if step == steps-1 && !noted {
					token = known
				}
			}
			if _, _, err := x.send(ctx, x.open(t), d, token); err != nil {
				return fmt.Errorf("after %d steps (the last noted: %v): %w", steps, noted, err)
			}
			if err := x.holds(d); err != nil {
				return fmt.Errorf("after %d steps (the last noted: %v): %w", steps, noted, err)
			}
		}
	}
	return nil
}

func (c RecipientContract) drops(t testing.TB) error {
	x, d, ctx := c.trial(t), c.Delivery(1), context.Background()
	r := x.open(t)
	token, err := r.Stage(ctx, d)
	if err != nil {
		return err
	}
	for range 2 {
		if err := r.Drop(ctx, d.ID, token); err != nil {
			return err
		}
		if _, there, err := x.open(t).Delivered(ctx, d.ID, token); there || err != nil {
			return fmt.Errorf("of what was dropped: delivered %v, %w", there, err)
		}
	}
	if token != "" {
		if _, err := r.Deliver(ctx, d, token); err == nil {
			return errors.New("what was dropped was delivered")
		} else if err := x.clean(err); err != nil {
			return err
		}
	}
	if n := len(x.w.Documents()); n != 0 {
		return fmt.Errorf("the recipient has %d documents of what was dropped", n)
	}
	if _, token, err = x.send(ctx, r, d, token); err != nil {
		return err
	}
	for _, known := range []string{token, ""} {
		if err := r.Drop(ctx, d.ID, known); err != nil {
			return err
		}
	}
	return x.holds(d)
}

func (c RecipientContract) stagedTwice(t testing.TB) error {
	x, d, ctx := c.trial(t), c.Delivery(1), context.Background()
	first, err := x.open(t).Stage(ctx, d)
	if err != nil {
		return err
	}
	second, err := x.open(t).Stage(ctx, d)
	if err != nil {
		return err
	}
	if _, there, err := x.open(t).Delivered(ctx, d.ID, first); there || err != nil {
		return fmt.Errorf("of what was staged anew: delivered %v, %w", there, err)
	}
	if _, _, err := x.send(ctx, x.open(t), d, second); err != nil {
		return err
	}
	if _, err := x.open(t).Deliver(ctx, d, first); err != nil {
		return fmt.Errorf("with the first token, after it was delivered with the second: %w", err)
	}
	return x.holds(d)
}

func (c RecipientContract) fetched(t testing.TB) error {
	x, d, ctx := c.trial(t), c.Delivery(1), context.Background()
	if x.w.Fetch == nil {
		return nil
	}
	receipt, token, err := x.send(ctx, x.open(t), d, "")
	if err != nil {
		return err
	}
	x.w.Fetch()
	if got, there, err := x.open(t).Delivered(ctx, d.ID, token); !there || err != nil || got.Document != receipt.Document {
		return fmt.Errorf("delivered %v, %+v, %w", there, got, err)
	}
	if got, err := x.open(t).Deliver(ctx, d, token); err != nil || got.Document != receipt.Document {
		return fmt.Errorf("delivered again: %+v, %w", got, err)
	}
	if n := len(x.w.Documents()); n != 0 {
		return fmt.Errorf("%d documents stand after it was fetched", n)
	}
	return nil
}
