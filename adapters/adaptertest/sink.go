package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"testing"

	"brygga/adapters"
)

func silentLog() *log.Logger { return log.New(io.Discard, "", 0) }

// Stored is a healthy server that can be looked into.
type Stored interface {
	http.Handler
	// Count is how many resources it holds.
	Count() int
}

// SinkContract is what an adapter's test provides.
type SinkContract struct {
	// Healthy is an empty server. It takes at most limit writes in one request.
	Healthy func(limit int) Stored
	// Open opens the adapter on the server, as for a SourceContract.
	Open func(t testing.TB, url string) adapters.Sink
	// Create is the write of a new resource, told from others by n.
	Create func(n int) adapters.Write
	// Update is the write that changes what a create made.
	Update func(n int, id, version string) adapters.Write
	// Bad is a write that the healthy server refuses whatever stands.
	Bad adapters.Write
	// Standing is what Standing is asked with, and Reader its reader.
	Type, Tag, System string
	Reader            func() Rows
	Secrets           []string
}

const some = 120 // more than a transaction takes

// Sink runs the contract.
func Sink(t *testing.T, c SinkContract) {
	for name, check := range c.checks() {
		t.Run(name, func(t *testing.T) {
			if err := check(t); err != nil {
				t.Error(err)
			}
		})
	}
}

func (c SinkContract) creates(n int) []adapters.Write {
	writes := make([]adapters.Write, n)
	for i := range writes {
		writes[i] = c.Create(i)
	}
	return writes
}

// all says which answer is not the wanted one.
func (c SinkContract) all(answers []adapters.Answer, n int, want ...adapters.Answered) error {
	if len(answers) != n {
		return fmt.Errorf("%d answers to %d writes", len(answers), n)
	}
	for i, a := range answers {
		ok := false
		for _, w := range want {
			ok = ok || a.Answered == w
		}
		if !ok {
			return fmt.Errorf("write %d was answered %d, want one of %v (%v)", i, a.Answered, want, a.Err)
		}
		if (a.Answered == adapters.Failed || a.Answered == adapters.Refused) != (a.Err != nil) {
			return fmt.Errorf("write %d was answered %d with the error %v", i, a.Answered, a.Err)
		}
		if a.Err != nil {
			if err := cleanError(a.Err, c.Secrets); err != nil {
				return err
			}
		}
	}
	return nil
}

// twice applies the same writes two times through a fault and sees that each is
// written once, whatever was answered at first.
func (c SinkContract) twice(t testing.TB, f Fault, when func(int, *http.Request) bool, limit int) error {
	store := c.Healthy(limit)
	s := NewServer(t, store)
	if f != nil {
		s.Fail(f, when)
	}
	sink := c.Open(t, s.URL)
	if err := c.all(sink.Apply(context.Background(), c.creates(some)), some, adapters.Written, adapters.Existed, adapters.Failed); err != nil {
		return err
	}
	s.Fail(nil, nil)
	if err := c.all(sink.Apply(context.Background(), c.creates(some)), some, adapters.Written, adapters.Existed); err != nil {
		return err
	}
	if store.Count() != some {
		return fmt.Errorf("%d resources stand after %d creates", store.Count(), some)
	}
	return nil
}

func (c SinkContract) checks() map[string]func(testing.TB) error {
	ctx := context.Background()
	faulty := func(f Fault, when func(int, *http.Request) bool) func(testing.TB) error {
		return func(t testing.TB) error { return c.twice(t, f, when, some) }
	}
	fails := func(f Fault, class adapters.Class) func(testing.TB) error {
		return func(t testing.TB) error {
			store := c.Healthy(some)
			s := NewServer(t, store)
			s.Fail(f, Always)
			answers := c.Open(t, s.URL).Apply(ctx, c.creates(some))
			if err := c.all(answers, some, adapters.Failed); err != nil {
				return err
			}
			if answers[0].Err.Class != class {
				return fmt.Errorf("class %d, want %d: %w", answers[0].Err.Class, class, answers[0].Err)
			}
			return nil
		}
	}
	return map[string]func(testing.TB) error{
		"what is created is written, and applied again it is there already": func(t testing.TB) error {
			store := c.Healthy(some)
			sink := c.Open(t, NewServer(t, store).URL)
			if err := c.all(sink.Apply(ctx, c.creates(some)), some, adapters.Written); err != nil {
				return err
			}
			if err := c.all(sink.Apply(ctx, c.creates(some)), some, adapters.Existed); err != nil {
				return err
			}
			if store.Count() != some {
				return fmt.Errorf("%d stand, want %d", store.Count(), some)
			}
			return nil
		},
		"no writes are no answers": func(t testing.TB) error {
			return c.all(c.Open(t, NewServer(t, c.Healthy(some)).URL).Apply(ctx, nil), 0)
		},
		"the same create twice in one go is written once": func(t testing.TB) error {
			store := c.Healthy(some)
			writes := append(c.creates(5), c.creates(5)...)
			if err := c.all(c.Open(t, NewServer(t, store).URL).Apply(ctx, writes), 10, adapters.Written, adapters.Existed); err != nil {
				return err
			}
			if store.Count() != 5 {
				return fmt.Errorf("%d stand, want 5", store.Count())
			}
			return nil
		},
		"an answer that is lost after the work was done writes nothing twice": faulty(Dropped, Once(1)),
		"answers that are always lost write nothing twice":                    faulty(Dropped, Always),
		"every second answer lost writes nothing twice":                       faulty(Dropped, func(n int, _ *http.Request) bool { return n%2 == 1 }),
		"an answer that breaks off writes nothing twice":                      faulty(Reset, Always),
		"an answer that is truncated writes nothing twice":                    faulty(Truncated(true), Always),
		"a 500 and then 200 writes nothing twice":                             faulty(Status(500), Once(1)),
		"a 503 and then 200 writes nothing twice":                             faulty(Status(503, "Retry-After", "86400"), Once(1)),
		"an answer after the timeout writes nothing twice":                    faulty(Late(3*Timeout), Once(1)),
		"nothing but 401 is failed, with the credentials named":               fails(Status(401), adapters.Credentials),
		"nothing but 403 is failed, with the credentials named":               fails(Status(403), adapters.Credentials),
		"nothing but 500 is failed":                                           fails(Status(500), adapters.Retry),
		"nothing but 429 is failed":                                           fails(Status(429, "Retry-After", "60"), adapters.Wait),
		"a web page is failed":                                                fails(WebPage(200), adapters.Protocol),
		"a server that takes seven writes at a time gets seven at a time":     func(t testing.TB) error { return c.twice(t, nil, nil, 7) },
		"a server that takes one write at a time gets one at a time":          func(t testing.TB) error { return c.twice(t, nil, nil, 1) },
		"a server that takes no transactions gets each write by itself":       func(t testing.TB) error { return c.twice(t, nil, nil, 0) },
		"one bad write is refused, and all the others are written":            c.oneBad,
		"an update is written once, and with a passed version it is stale":    c.updates,
		"a stale update among good ones is stale, and never over what stands": c.staleAmongGood,
		"a system that is down fails every write":                             c.down,
		"what was written is found standing":                                  c.finds,
		"writes of a caller that has given up are failed":                     c.stopped,
		"what stands cannot be read of a system that fails, and is not empty": c.standingFails,
	}
}

func (c SinkContract) oneBad(t testing.TB) error {
	store := c.Healthy(some)
	writes := c.creates(some)
	writes[33] = c.Bad
	answers := c.Open(t, NewServer(t, store).URL).Apply(context.Background(), writes)
	if answers[33].Answered != adapters.Refused {
		return fmt.Errorf("the bad one was answered %d", answers[33].Answered)
	}
	if err := c.all(answers[:33], 33, adapters.Written); err != nil {
		return err
	}
	if err := c.all(answers[34:], some-34, adapters.Written); err != nil {
		return err
	}
	if err := c.all(answers, some, adapters.Written, adapters.Refused); err != nil {
		return err
	}
	if store.Count() != some-1 {
		return fmt.Errorf("%d stand, want %d", store.Count(), some-1)
	}
	return nil
}

func (c SinkContract) updates(t testing.TB) error {
	ctx := context.Background()
	sink := c.Open(t, NewServer(t, c.Healthy(some)).URL)
	made := sink.Apply(ctx, c.creates(some))
	writes := make([]adapters.Write, some)
	for i, a := range made {
		if a.ID == "" || a.Version == "" {
			return errors.New("a server that says where it wrote is not heard")
		}
		writes[i] = c.Update(i, a.ID, a.Version)
	}
	if err := c.all(sink.Apply(ctx, writes), some, adapters.Written); err != nil {
		return err
	}
	return c.all(sink.Apply(ctx, writes), some, adapters.Stale)
}

func (c SinkContract) staleAmongGood(t testing.TB) error {
	ctx := context.Background()
	sink := c.Open(t, NewServer(t, c.Healthy(some)).URL)
	made := sink.Apply(ctx, c.creates(10))
	writes := make([]adapters.Write, 10)
	for i, a := range made {
		writes[i] = c.Update(i, a.ID, a.Version)
	}
	if moved := sink.Apply(ctx, writes[4:5]); moved[0].Answered != adapters.Written {
		return fmt.Errorf("the update of one was answered %d (%v)", moved[0].Answered, moved[0].Err)
	}
	answers := sink.Apply(ctx, writes)
	if answers[4].Answered != adapters.Stale {
		return fmt.Errorf("the stale one was answered %d", answers[4].Answered)
	}
	return c.all(answers, 10, adapters.Written, adapters.Stale)
}

func (c SinkContract) down(t testing.TB) error {
	s := NewServer(t, c.Healthy(some))
	s.server.Close()
	return c.all(c.Open(t, s.URL).Apply(context.Background(), c.creates(some)), some, adapters.Failed)
}

func (c SinkContract) finds(t testing.TB) error {
	ctx := context.Background()
	sink := c.Open(t, NewServer(t, c.Healthy(some)).URL)
	none := sink.Standing(ctx, c.Type, c.Tag, c.System, c.Reader())
	if !none.Complete || none.Rows != 0 {
		return fmt.Errorf("of an empty server: complete %v, %d rows (%v)", none.Complete, none.Rows, none.Fault)
	}
	sink.Apply(ctx, c.creates(some))
	r := c.Reader()
	if o := sink.Standing(ctx, c.Type, c.Tag, c.System, r); !o.Complete || r.Distinct() != some {
		return fmt.Errorf("complete %v, %d of %d (%v)", o.Complete, r.Distinct(), some, o.Fault)
	}
	return nil
}

func (c SinkContract) stopped(t testing.TB) error {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	store := c.Healthy(some)
	if err := c.all(c.Open(t, NewServer(t, store).URL).Apply(ctx, c.creates(some)), some, adapters.Failed); err != nil {
		return err
	}
	if store.Count() != 0 {
		return fmt.Errorf("%d were written all the same", store.Count())
	}
	return nil
}

func (c SinkContract) standingFails(t testing.TB) error {
	for _, f := range []Fault{Status(401), Status(403), Status(404), Status(500), WebPage(200), Dropped, Truncated(true)} {
		s := NewServer(t, c.Healthy(some))
		s.Fail(f, Always)
		o := c.Open(t, s.URL).Standing(context.Background(), c.Type, c.Tag, c.System, c.Reader())
		if o.Complete || o.Fault == nil {
			return fmt.Errorf("complete %v, fault %v", o.Complete, o.Fault)
		}
		if err := cleanError(o.Fault, c.Secrets); err != nil {
			return err
		}
	}
	return nil
}
