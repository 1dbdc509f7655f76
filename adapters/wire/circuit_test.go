package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// ill is a server whose answers a test sets, and a client with a clock.
type ill struct {
	*Client
	status atomic.Int32 // 0 breaks the connection
	asked  atomic.Int32
	now    time.Time
}

func newIll(t *testing.T, change func(*Options)) *ill {
	i := &ill{now: noon}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.asked.Add(1)
		status := int(i.status.Load())
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		if status == 429 {
			w.Header().Set("Retry-After", "86400")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	o := Options{
		Name: "lifecare", URL: srv.URL, Retries: -1, Circuit: Circuit{After: 3, Pause: time.Minute},
		Clock: func() time.Time { return i.now }, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	i.Client = c
	return i
}

// ask asks once, a second after the time before, and gives what failed.
func (i *ill) ask(method string) *adapters.Error {
	i.now = i.now.Add(time.Second)
	r := Request{Method: method, URL: i.Address("visits", nil), Kind: "visit", Page: 1}
	a, fault := i.Send(context.Background(), r)
	if fault != nil {
		return fault
	}
	defer a.Free()
	if a.Status != http.StatusOK {
		return i.Refusal(r, a)
	}
	return nil
}

func TestCircuit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		status []int // of the answers, the last one again and again
		asks   int
		sent   int32
		class  adapters.Class
		last   string
	}{
		{"opens after three 503", "GET", []int{503}, 5, 3, adapters.Wait, "answered 503 Service Unavailable"},
		{"opens after three 500", "GET", []int{500}, 5, 3, adapters.Retry, "answered 500 Internal Server Error"},
		{"opens after three 429", "GET", []int{429}, 5, 3, adapters.Wait, "answered 429 Too Many Requests"},
		{"opens after three connections that broke", "GET", []int{0}, 5, 3, adapters.Retry, "the connection broke"},
		{"opens after different failures", "GET", []int{0, 502, 504}, 5, 3, adapters.Retry, "answered 504 Gateway Timeout"},
		{"stays closed when one in between goes well", "GET", []int{503, 503, 200, 503, 503, 200}, 6, 6, 0, ""},
		{"stays closed when one in between is refused", "GET", []int{503, 503, 404, 503, 503, 404}, 6, 6, 0, ""},
		{"stays closed on 401: that is no failing system", "GET", []int{401}, 6, 6, 0, ""},
		{"stays closed on 501: it will never be otherwise", "GET", []int{501}, 6, 6, 0, ""},
		{"stays closed when a write gets 500: it may be what was written", "POST", []int{500}, 6, 6, 0, ""},
		{"opens when writes get 503", "POST", []int{503}, 5, 3, adapters.Wait, "answered 503 Service Unavailable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIll(t, nil)
			var fault *adapters.Error
			for n := range tt.asks {
				i.status.Store(int32(tt.status[min(n, len(tt.status)-1)]))
				fault = i.ask(tt.method)
			}
			if i.asked.Load() != tt.sent {
				t.Errorf("%d requests were sent, want %d", i.asked.Load(), tt.sent)
			}
			if tt.class == 0 {
				return
			}
			if fault == nil || fault.Class != tt.class || fault.What != tt.last+", and was not asked again: every attempt since 2026-11-21 12:00:01 UTC has failed" || fault.Do == "" {
				t.Fatalf("class %d: %v", fault.Class, fault)
			}
			if fault.Status != tt.status[min(2, len(tt.status)-1)] || fault.Kind != "visit" || fault.Page != 1 {
				t.Errorf("%+v", fault)
			}
			if (fault.Class == adapters.Wait) != (fault.After > 0 && fault.After <= time.Minute) {
				t.Errorf("after %s", fault.After)
			}
		})
	}
}

func TestCircuitTriesAgain(t *testing.T) {
	open := func(t *testing.T) *ill {
		i := newIll(t, nil)
		i.status.Store(503)
		for range 4 {
			i.ask("GET")
		}
		if i.asked.Load() != 3 {
			t.Fatalf("%d requests", i.asked.Load())
		}
		return i
	}
	t.Run("one request goes after the pause; if it goes well, all do", func(t *testing.T) {
		i := open(t)
		i.now = i.now.Add(time.Minute)
		i.status.Store(200)
		for range 3 {
			if fault := i.ask("GET"); fault != nil {
				t.Fatal(fault)
			}
		}
		if i.asked.Load() != 6 {
			t.Errorf("%d requests", i.asked.Load())
		}
	})
	t.Run("if it fails, the pause begins anew, and the fault still tells since when", func(t *testing.T) {
		i := open(t)
		i.now = i.now.Add(time.Minute)
		i.ask("GET")
		fault := i.ask("GET")
		if i.asked.Load() != 4 || !strings.Contains(fault.What, "every attempt since 2026-11-21 12:00:01 UTC has failed") {
			t.Errorf("%d requests, %v", i.asked.Load(), fault)
		}
	})
	for _, tt := range []struct {
		name   string
		status int
		sent   int32
	}{
		{"what is asked beside the trial waits for it, and goes when it goes well", 200, 10},
		{"what is asked beside a trial that fails is not sent", 503, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			release := make(chan struct{})
			var inside, stopped atomic.Int32
			now := noon.Add(2 * time.Minute)
			c := &circuit{opts: Circuit{After: 1, Pause: time.Minute}, clock: func() time.Time { return now }, failed: 1, since: noon, tried: noon}
			c.next = roundTrip(func(*http.Request) (*http.Response, error) {
				if inside.Add(1) == 1 {
					<-release
				}
				return &http.Response{StatusCode: tt.status, Body: http.NoBody}, nil
			})
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					_, err := c.RoundTrip(httptest.NewRequest(http.MethodGet, "/", nil))
					var open *openError
					if errors.As(err, &open) {
						stopped.Add(1)
					}
				})
			}
			gone, stop := context.WithCancel(context.Background())
			for inside.Load() == 0 {
				time.Sleep(time.Millisecond)
			}
			stop()
			if _, err := c.RoundTrip(httptest.NewRequest(http.MethodGet, "/", nil).WithContext(gone)); !errors.Is(err, context.Canceled) {
				t.Errorf("one who gives up waits on: %v", err)
			}
			if inside.Load() != 1 || stopped.Load() != 0 {
				t.Errorf("before the trial ended %d were sent, and %d stopped", inside.Load(), stopped.Load())
			}
			close(release)
			all.Wait()
			if inside.Load() != tt.sent || stopped.Load() != 10-tt.sent {
				t.Errorf("%d were sent, %d stopped", inside.Load(), stopped.Load())
			}
		})
	}
	t.Run("a trial that its caller gave up says nothing, and the next may try", func(t *testing.T) {
		i := open(t)
		i.now = i.now.Add(time.Minute)
		ctx, stop := context.WithCancel(context.Background())
		stop()
		_, _ = i.Exchange(ctx, Request{Method: "GET", URL: i.Address("", nil)}, "")
		i.status.Store(200)
		if fault := i.ask("GET"); fault != nil {
			t.Error(fault)
		}
	})
	t.Run("what it stops is not tried again at once", func(t *testing.T) {
		var slept int
		i := newIll(t, func(o *Options) {
			o.Retries = 8
			o.Sleep = func(context.Context, time.Duration) error { slept++; return nil }
		})
		i.status.Store(502)
		if fault := i.ask("GET"); i.asked.Load() != 3 || slept != 3 || !strings.Contains(fault.What, "was not asked again") || fault.Status != 502 {
			t.Errorf("%d requests, %d pauses, %v", i.asked.Load(), slept, fault)
		}
	})
	for name, change := range map[string]func(*Options){
		"without a clock there is none": func(o *Options) { o.Clock = nil },
		"a negative number is none":     func(o *Options) { o.Circuit.After = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			i := newIll(t, change)
			i.status.Store(503)
			for range 20 {
				i.ask("GET")
			}
			if i.asked.Load() != 20 {
				t.Errorf("%d requests", i.asked.Load())
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestEndsAsJSON(t *testing.T) {
	for body, want := range map[string]bool{
		"": true, " ": true, "{}": true, " {\"a\":1}\n": true, "[]": true, "[1,2]\r\n": true, "<html>": true, "null": true,
		"{": false, "[": false, "[{}": false, `{"a":[]`: false, `[{"a":1},`: false,
	} {
		if got := endsAsJSON([]byte(body)); got != want {
			t.Errorf("%q: %v", body, got)
		}
	}
}

func TestChain(t *testing.T) {
	type page = Step[int]
	run := func(ask func(int) *adapters.Error, take func(int) *adapters.Error) (string, *adapters.Error) {
		var taken []string
		fault := Chain(context.Background(), 1, func(_ context.Context, at, no int) (*Answer, *adapters.Error) {
			if at != no {
				t.Errorf("page %d is asked for as %d", at, no)
			}
			return nil, ask(no)
		}, func(_ *Answer, no int) (page, *adapters.Error) {
			return page{Next: no + 1, More: no < 3, Take: func() *adapters.Error {
				taken = append(taken, fmt.Sprint(no))
				return take(no)
			}}, nil
		})
		return strings.Join(taken, " "), fault
	}
	bad := &adapters.Error{What: "bad"}
	at := func(n int) func(int) *adapters.Error {
		return func(no int) *adapters.Error {
			if no == n {
				return bad
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name      string
		ask, take func(int) *adapters.Error
		taken     string
		fault     *adapters.Error
	}{
		{"every page is taken, in order", at(0), at(0), "1 2 3", nil},
		{"a page that cannot be had ends it, and the one before is taken", at(3), at(0), "1 2", bad},
		{"a page that cannot be taken ends it", at(0), at(2), "1 2", bad},
		{"a last page that cannot be taken is a fault too", at(0), at(3), "1 2 3", bad},
		{"a first page that cannot be had is taken by nobody", at(1), at(0), "", bad},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if taken, fault := run(tt.ask, tt.take); taken != tt.taken || fault != tt.fault {
				t.Errorf("taken %s, %v", taken, fault)
			}
		})
	}
}
