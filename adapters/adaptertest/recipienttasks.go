package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"brygga/adapters"
)

// tasks are the checks of a recipient whose staff get a Task.
func (c RecipientContract) tasks(all map[string]func(testing.TB) error) {
	all["a Task is followed through its life"] = c.life
	all["a Task that is gone has no status"] = c.gone
	all["a Task is found by what it is about"] = c.announcedAnew
	for _, status := range []string{"requested", "received", "accepted", "ready", "in-progress", "on-hold"} {
		all["cancelling a Task that is "+status+" ends it, and keeps what staff wrote"] = func(t testing.TB) error { return c.cancelled(t, status, "cancelled") }
	}
	for _, status := range []string{"completed", "rejected", "failed", "entered-in-error"} {
		all["cancelling a Task that is "+status+" leaves it"] = func(t testing.TB) error { return c.cancelled(t, status, status) }
	}
	all["a Task that staff finish while it is cancelled stays finished"] = c.race
	for name, f := range map[string]Fault{
		"an answer that is lost after the work was done": Dropped,
		"a 500 after the work was done":                  afterwards(500),
		"a 409":                                          Status(409),
		"a 412":                                          Status(412),
		"a 503 with Retry-After":                         Status(503, "Retry-After", "1"),
		"a web page":                                     WebPage(200),
	} {
		all["cancelling through "+name+", and again, cancels"] = func(t testing.TB) error { return c.cancelThrough(t, f) }
	}
	for name, f := range map[string]Fault{
		"a 401": Status(401), "a 500": Status(500), "a web page": WebPage(200), "a web page for a 404": WebPage(404), "a lost answer": Dropped,
	} {
		all["nothing is told of a Task behind "+name] = func(t testing.TB) error {
			x, receipt, err := c.announced(t)
			if err != nil {
				return err
			}
			x.s.Fail(f, Always)
			reply, err := x.open(t).Reply(context.Background(), receipt)
			if err == nil || reply != (adapters.Reply{}) {
				return fmt.Errorf("it says %q, %w", reply.Status, err)
			}
			if err := x.clean(err); err != nil {
				return err
			}
			if err = x.open(t).Cancel(context.Background(), receipt, "x"); err == nil {
				return errors.New("it says that it was cancelled")
			}
			return x.clean(err)
		}
	}
}

// announced is a world with one delivery that staff have a Task about.
func (c RecipientContract) announced(t testing.TB) (*trial, adapters.Receipt, error) {
	x := c.trial(t)
	receipt, _, err := x.send(context.Background(), x.open(t), c.Delivery(1), "")
	return x, receipt, err
}

func (c RecipientContract) life(t testing.TB) error {
	x, receipt, err := c.announced(t)
	if err != nil {
		return err
	}
	for _, step := range []struct{ status, reason string }{
		{"requested", ""}, {"received", ""}, {"accepted", ""}, {"in-progress", ""}, {"completed", ""}, {"rejected", "Platsen är tackad nej till"},
	} {
		if step.status != "requested" {
			x.w.Staff(receipt.Task, step.status, step.reason)
		}
		reply, err := x.open(t).Reply(context.Background(), receipt)
		if err != nil || reply.Status != step.status || reply.Reason != step.reason || reply.At.IsZero() {
			return fmt.Errorf("want %+v, it says %+v, %w", step, reply, err)
		}
	}
	return nil
}

func (c RecipientContract) gone(t testing.TB) error {
	ctx := context.Background()
	x, receipt, err := c.announced(t)
	if err != nil {
		return err
	}
	none := receipt
	none.Task = "Task/no-such-task"
	unannounced := receipt
	unannounced.Task = ""
	for _, r := range []adapters.Receipt{none, unannounced} {
		if reply, err := x.open(t).Reply(ctx, r); err != nil || reply.Status != "" {
			return fmt.Errorf("it says %q, %w", reply.Status, err)
		}
		if err := x.open(t).Cancel(ctx, r, "x"); err != nil {
			return err
		}
	}
	for _, ref := range []string{"Patient/1", "Task/", "Task/1?x=y", "https://other.example/Task/1", "Task/1/../../Patient/1"} {
		r := receipt
		r.Task = ref
		_, reading := x.open(t).Reply(ctx, r)
		for _, err := range []error{reading, x.open(t).Cancel(ctx, r, "x")} {
			if err == nil {
				return fmt.Errorf("%q is taken for a Task", ref)
			}
			if err := x.clean(err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c RecipientContract) cancelled(t testing.TB, from, to string) error {
	ctx := context.Background()
	x, receipt, err := c.announced(t)
	if err != nil {
		return err
	}
	x.w.Staff(receipt.Task, from, "för att vi väntar på rum")
	before := x.w.Kept(receipt.Task)
	for range 2 {
		if err := x.open(t).Cancel(ctx, receipt, "samtycket är återkallat"); err != nil {
			return err
		}
	}
	reply, err := x.open(t).Reply(ctx, receipt)
	if err != nil || reply.Status != to {
		return fmt.Errorf("it is %q, %w", reply.Status, err)
	}
	if to == "cancelled" && reply.Reason != "samtycket är återkallat" {
		return fmt.Errorf("the reason is %q", reply.Reason)
	}
	if after := x.w.Kept(receipt.Task); after != before {
		return fmt.Errorf("of what staff wrote, %s became %s", before, after)
	}
	if x.w.Tasks() != 1 {
		return fmt.Errorf("%d Tasks stand", x.w.Tasks())
	}
	return nil
}

// race lets staff finish the Task between the reading and the writing.
func (c RecipientContract) race(t testing.TB) error {
	x, receipt, err := c.announced(t)
	if err != nil {
		return err
	}
	x.s.Fail(func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
		x.w.Staff(receipt.Task, "completed", "")
		healthy.ServeHTTP(w, r)
	}, func(_ int, r *http.Request) bool { return r.Method == http.MethodPut })
	if err := x.open(t).Cancel(context.Background(), receipt, "x"); err != nil {
		return err
	}
	reply, err := x.open(t).Reply(context.Background(), receipt)
	if err != nil || reply.Status != "completed" {
		return fmt.Errorf("it is %q, %w", reply.Status, err)
	}
	return nil
}

func (c RecipientContract) cancelThrough(t testing.TB, f Fault) error {
	ctx := context.Background()
	for _, when := range []func(int, *http.Request) bool{Once(1), Once(2), func(_ int, r *http.Request) bool { return r.Method == http.MethodPut }} {
		x, receipt, err := c.announced(t)
		if err != nil {
			return err
		}
		x.s.Fail(f, when)
		if err := x.open(t).Cancel(ctx, receipt, "x"); err != nil {
			if err := x.clean(err); err != nil {
				return err
			}
		}
		x.s.Fail(nil, nil)
		if err := x.open(t).Cancel(ctx, receipt, "x"); err != nil {
			return err
		}
		if reply, err := x.open(t).Reply(ctx, receipt); err != nil || reply.Status != "cancelled" {
			return fmt.Errorf("it is %q, %w", reply.Status, err)
		}
	}
	return nil
}
