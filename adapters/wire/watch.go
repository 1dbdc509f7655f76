package wire

import (
	"context"
	"net/http"

	"github.com/hashicorp/go-retryablehttp"
)

// Watch is told what a client has to do to be answered, for counting. Every field may
// be nil; each is called from many goroutines, and must not wait.
type Watch struct {
	Retried func()          // an attempt is followed by another
	Circuit func(open bool) // the system is no longer asked, or is again
}

func (w Watch) circuit(open bool) {
	if w.Circuit != nil {
		w.Circuit(open)
	}
}

// counting tells of each attempt after the first.
func (w Watch) counting(most int, check retryablehttp.CheckRetry) retryablehttp.CheckRetry {
	if w.Retried == nil {
		return check
	}
	return func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		again, err := check(ctx, resp, err)
		if again && tripOf(ctx).tries <= most {
			w.Retried()
		}
		return again, err
	}
}
