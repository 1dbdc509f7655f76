package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"brygga/adapters"
)

// Circuit says when a system that fails is no longer asked. What fails is an
// attempt at any request: no answer, 429, or 5xx (of a write, 500 says more about
// what was sent, and does not count). Any other answer begins the count anew.
type Circuit struct {
	After int           // attempts in a row that failed; 10; negative never opens
	Pause time.Duration // until one request is let through as a trial; 1m
}

func (c Circuit) withDefaults() Circuit {
	if c.After == 0 {
		c.After = 10
	}
	Positive(&c.Pause, time.Minute)
	return c
}

// openError is why a request was not sent.
type openError struct {
	failed int
	since  time.Time     // of the first of the attempts that failed
	wait   time.Duration // until one is let through
	status int           // of the last one; 0 without an answer
	last   error         // why the last one had no answer; nil where it had one
}

func (e *openError) Error() string { return "not asked, since the system fails" }

// what says it after what the last attempt came to. It is the same for every
// request of a time when the system fails, so that a run can tell it once.
func (e *openError) what(last string) string {
	return fmt.Sprintf("%s, and was not asked again: every attempt since %s has failed", last, e.since.UTC().Format("2006-01-02 15:04:05 UTC"))
}

func (e *openError) class() adapters.Class {
	if e.status == http.StatusTooManyRequests || e.status == http.StatusServiceUnavailable {
		return adapters.Wait
	}
	return adapters.Retry
}

// circuit goes around the attempts, below the retries and above Options.Wrap:
// what it stops is neither paced nor observed.
type circuit struct {
	next  http.RoundTripper
	opts  Circuit
	clock func() time.Time
	watch Watch

	mu     sync.Mutex
	failed int
	since  time.Time
	status int
	last   error
	tried  time.Time     // when it opened, or the last trial began
	trial  chan struct{} // one is under way, and this is closed when it ends
}

func (c *circuit) RoundTrip(req *http.Request) (*http.Response, error) {
	trial, err := c.enter(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // a RoundTripper always closes it
		}
		return nil, err
	}
	resp, err := c.next.RoundTrip(req)
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	switch {
	case err != nil && (req.Context().Err() != nil || !transient(err) || errors.Is(err, ErrTruncated)):
		c.leave(trial, status, err, undecided)
	case err != nil, status == http.StatusTooManyRequests, status >= 500 && !refusesForGood(status) && (status != http.StatusInternalServerError || reading(req)):
		c.leave(trial, status, err, failed)
	default:
		c.leave(trial, status, nil, fine)
	}
	return resp, err
}

func refusesForGood(status int) bool {
	return status == http.StatusNotImplemented || status == http.StatusHTTPVersionNotSupported
}

func reading(req *http.Request) bool { return req.Method == http.MethodGet }

// enter says whether a request may go, and whether it goes as the trial. While a
// trial is under way the others wait for how it ends: if the system is well again,
// nothing that is asked side by side has failed.
func (c *circuit) enter(ctx context.Context) (trial bool, err error) {
	for {
		c.mu.Lock()
		switch now := c.clock(); {
		case c.failed < c.opts.After:
			c.mu.Unlock()
			return false, nil
		case c.trial != nil:
			done := c.trial
			c.mu.Unlock()
			select {
			case <-done:
			case <-ctx.Done():
				return false, ctx.Err()
			}
		default:
			defer c.mu.Unlock()
			if wait := c.tried.Add(c.opts.Pause).Sub(now); wait > 0 {
				return false, &openError{failed: c.failed, since: c.since, status: c.status, last: c.last, wait: min(max(wait, time.Second), c.opts.Pause)}
			}
			c.trial, c.tried = make(chan struct{}), now
			return true, nil
		}
	}
}

type ending uint8

const (
	fine ending = iota
	failed
	undecided // stopped, or a matter of the configuration: it says nothing of the system
)

func (c *circuit) leave(trial bool, status int, why error, how ending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if trial {
		close(c.trial)
		c.trial = nil
	}
	switch how {
	case fine:
		if c.failed >= c.opts.After {
			c.watch.circuit(false)
		}
		c.failed = 0
	case failed:
		now := c.clock()
		if c.failed == 0 {
			c.since = now
		}
		if c.failed++; c.failed == c.opts.After || trial {
			c.tried = now
		}
		if c.failed == c.opts.After {
			c.watch.circuit(true)
		}
		c.status, c.last = status, why
	case undecided:
		if trial {
			c.tried = c.tried.Add(-c.opts.Pause) // the next one may try at once
		}
	}
}
