package adapters

import "net/http"

// Seen is one attempt at a request, as an observer is told of it.
type Seen struct {
	Method string
	// Path is without its query, but may end in a resource's id: it is for tests
	// and counting, not for logs.
	Path   string
	Status int   // 0 without an answer
	Sent   int64 // bytes of the body, -1 if not known beforehand
}

// Observe tells of each attempt, after its answer has begun. It goes around the
// transport below the retries. seen is called from several goroutines.
func Observe(seen func(Seen)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper { return observe{next, seen} }
}

type observe struct {
	next http.RoundTripper
	seen func(Seen)
}

func (o observe) RoundTrip(req *http.Request) (*http.Response, error) {
	s := Seen{Method: req.Method, Path: req.URL.Path, Sent: req.ContentLength}
	resp, err := o.next.RoundTrip(req)
	if resp != nil {
		s.Status = resp.StatusCode
	}
	o.seen(s)
	return resp, err
}

// Around puts several decorators around one transport; the first is outermost.
func Around(wraps ...func(http.RoundTripper) http.RoundTripper) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		for i := len(wraps) - 1; i >= 0; i-- {
			if wraps[i] != nil {
				next = wraps[i](next)
			}
		}
		return next
	}
}
