package adapters

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Pace spaces the requests of one system evenly, perSecond at most, each attempt
// counted. It goes around the transport below the retries. A request whose
// caller gives up while it waits is not sent, and its turn is lost. Zero or less
// is no limit. sleep waits by the real clock, or until ctx ends.
func Pace(perSecond float64, clock func() time.Time, sleep func(context.Context, time.Duration) error) func(http.RoundTripper) http.RoundTripper {
	if perSecond <= 0 {
		return func(next http.RoundTripper) http.RoundTripper { return next }
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return &pace{next: next, every: time.Duration(float64(time.Second) / perSecond), clock: clock, sleep: sleep}
	}
}

type pace struct {
	next  http.RoundTripper
	every time.Duration
	clock func() time.Time
	sleep func(context.Context, time.Duration) error

	mu   sync.Mutex
	turn time.Time // of the next request
}

func (p *pace) RoundTrip(req *http.Request) (*http.Response, error) {
	if wait := p.take(); wait > 0 {
		if err := p.sleep(req.Context(), wait); err != nil {
			if req.Body != nil {
				_ = req.Body.Close() // a RoundTripper always closes it
			}
			return nil, err
		}
	}
	return p.next.RoundTrip(req)
}

// take gives how long until this request's turn.
func (p *pace) take() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if p.turn.Before(now) {
		p.turn = now // turns that nobody used are not saved up
	}
	wait := p.turn.Sub(now)
	p.turn = p.turn.Add(p.every)
	return wait
}
