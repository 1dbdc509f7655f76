package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"brygga/adapters"
)

// faults are the checks of a recipient behind a server.
func (c RecipientContract) faults(all map[string]func(testing.TB) error) {
	for name, f := range map[string]Fault{
		"an answer that is lost after the work was done": Dropped,
		"a connection that is lost before anything":      lost,
		"an answer that breaks off":                      Reset,
		"an answer that is truncated":                    Truncated(true),
		"an answer after the timeout":                    Late(3 * Timeout),
		"a 500":                                          Status(500),
		"a 500 after the work was done":                  afterwards(500),
		"a 502 after the work was done":                  afterwards(502),
		"a 503 with Retry-After":                         Status(503, "Retry-After", "86400"),
		"a 503 with Retry-After after the work was done": afterwards(503, "Retry-After", "1"),
		"a 429 with Retry-After":                         Status(429, "Retry-After", "60"),
		"a 401":                                          Status(401),
		"a 403":                                          Status(403),
		"a 404":                                          Status(404),
		"a 409":                                          Status(409),
		"a 412":                                          Status(412),
		"a 413":                                          Status(413),
		"a 422":                                          Status(422),
		"a web page":                                     WebPage(200),
		"a web page after the work was done":             afterwardsPage,
		"a 201 that says nothing, without anything done": Status(201),
		"a resource of another kind":                     Body(200, "application/fhir+json", `{"resourceType":"Patient","id":"1"}`),
	} {
		all[name+", at each request alone, leaves one document"] = func(t testing.TB) error { return c.at(t, f, Once) }
		all[name+", from each request on and mended later, leaves one document"] = func(t testing.TB) error { return c.at(t, f, From) }
	}
	for name, e := range map[string]struct {
		fault Fault
		class adapters.Class
	}{
		"nothing but 401 is a matter of credentials":       {Status(401), adapters.Credentials},
		"nothing but 403 is a matter of credentials":       {Status(403), adapters.Credentials},
		"nothing but 500 is to be tried again":             {Status(500), adapters.Retry},
		"nothing but lost answers is to be tried again":    {Dropped, adapters.Retry},
		"nothing but 503 is to be tried later":             {Status(503, "Retry-After", "60"), adapters.Wait},
		"nothing but 429 is to be tried later":             {Status(429, "Retry-After", "60"), adapters.Wait},
		"nothing but web pages is no answer":               {WebPage(200), adapters.Protocol},
		"nothing but 413 is refused":                       {Status(413), adapters.Rejected},
		"an answer that would fill the memory is not read": {Bomb(MaxBytes * 4), adapters.Protocol},
	} {
		all[name] = func(t testing.TB) error { return c.always(t, e.fault, e.class) }
		all[name+", also of the writing alone"] = func(t testing.TB) error { return c.writing(t, e.fault, e.class) }
	}
}

// lost breaks the connection before anything is done.
func lost(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	abort(conn)
}

// afterwards carries the request out and answers as if it had not been.
func afterwards(code int, header ...string) Fault {
	return func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
		record(r, healthy)
		Status(code, header...)(w, r, healthy)
	}
}

func afterwardsPage(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
	record(r, healthy)
	WebPage(200)(w, r, healthy)
}

// at puts a fault at the first, second ... request of a delivery, as long as there
// are so many. Whatever it comes to, one who starts anew finishes it.
func (c RecipientContract) at(t testing.TB, f Fault, when func(int) func(int, *http.Request) bool) error {
	ctx := context.Background()
	for nth := 1; nth <= 8; nth++ {
		x, d := c.trial(t), c.Delivery(1)
		x.s.Fail(f, when(nth))
		_, token, err := x.send(ctx, x.open(t), d, "")
		if err != nil {
			if err := x.clean(err); err != nil {
				return err
			}
		}
		x.s.Fail(nil, nil)
		if _, _, err := x.send(ctx, x.open(t), d, token); err != nil {
			return fmt.Errorf("at request %d, and started anew: %w", nth, err)
		}
		if err := x.holds(d); err != nil {
			return fmt.Errorf("at request %d: %w", nth, err)
		}
	}
	return nil
}

func (c RecipientContract) always(t testing.TB, f Fault, class adapters.Class) error {
	return c.fails(t, f, class, Always)
}

// writing lets what only reads go right.
func (c RecipientContract) writing(t testing.TB, f Fault, class adapters.Class) error {
	return c.fails(t, f, class, func(_ int, r *http.Request) bool { return r.Method == http.MethodPost })
}

func (c RecipientContract) fails(t testing.TB, f Fault, class adapters.Class, when func(int, *http.Request) bool) error {
	x, d := c.trial(t), c.Delivery(1)
	r := x.open(t)
	token, err := r.Stage(context.Background(), d)
	if err != nil {
		return err
	}
	x.s.Fail(f, when)
	_, err = r.Deliver(context.Background(), d, token)
	if err == nil {
		// A lost answer to the writing alone is mended by asking.
		if len(x.w.Documents()) == 1 {
			return nil
		}
		return errors.New("it says that it delivered")
	}
	var e *adapters.Error
	if !errors.As(err, &e) || e.Class != class {
		return fmt.Errorf("not of class %d: %w", class, err)
	}
	if n := len(x.w.Documents()); n > 1 {
		return fmt.Errorf("%d documents stand", n)
	}
	return x.clean(err)
}
