package wire

import (
	"context"
	"errors"
	"net/http"
	"time"

	"brygga/adapters"
)

// Step is an opened page of a chain: how it is taken, and where the next one is.
type Step[A any] struct {
	Take func() *adapters.Error
	Next A
	More bool // there is a next page
}

// Chain reads pages one after the other, the next one being asked for while one
// is taken. open must not keep the answer; its bytes are valid until the page has
// been taken. ask and open are never called at one time. The first fault ends it.
func Chain[A any](ctx context.Context, first A,
	ask func(ctx context.Context, at A, no int) (*Answer, *adapters.Error),
	open func(a *Answer, no int) (Step[A], *adapters.Error),
) *adapters.Error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type fetched struct {
		answer *Answer
		fault  *adapters.Error
	}
	a, fault := ask(ctx, first, 1)
	for no := 1; ; no++ {
		if fault != nil {
			return fault
		}
		step, wrong := open(a, no)
		if wrong != nil {
			a.Free()
			return wrong
		}
		var coming chan fetched
		if step.More {
			coming = make(chan fetched, 1)
			go func() {
				b, fault := ask(ctx, step.Next, no+1)
				coming <- fetched{b, fault}
			}()
		}
		if step.Take != nil {
			wrong = step.Take()
		}
		a.Free()
		switch {
		case !step.More:
			return wrong
		case wrong != nil:
			stop()
			(<-coming).answer.Free()
			return wrong
		}
		got := <-coming
		a, fault = got.answer, got.fault
	}
}

// Take has a page's rows taken in. What the one who takes them says in an error
// of ours is told; of any other, only that it failed.
func (c *Client) Take(r Request, page adapters.Page) *adapters.Error {
	if page.Take == nil {
		return nil
	}
	err := page.Take()
	if err == nil {
		return nil
	}
	e := c.Fault(r, adapters.Protocol, 0, "the rows of the page could not be taken in", "")
	e.Err = err
	var known *adapters.Error
	if errors.As(err, &known) {
		e.What, e.Do = known.What, known.Do
	}
	return e
}

// Date is the server's own time of an answer; zero where it did not say.
func Date(h http.Header) time.Time {
	t, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}
