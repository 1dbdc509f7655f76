package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// The pause doubles from the first of these to the second, unless the server
// asks for another.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
)

// repeatable says whether a request may be sent again although an earlier
// attempt may have been carried out: reads, and writes whose condition makes
// the second one do nothing. retryablehttp alone would send any POST again.
func repeatable(method, path string, h http.Header) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	case http.MethodPut:
		return h.Get("If-Match") != ""
	case http.MethodPost:
		return strings.HasSuffix(path, "/_search") || h.Get("If-None-Exist") != ""
	}
	return false
}

// checkRetry decides whether an attempt is followed by another, and leaves in
// the trip how long to pause before it. It never returns an error: what came
// last, answer or failure, is what the caller gets.
func checkRetry(o Options) retryablehttp.CheckRetry {
	return func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		t := tripOf(ctx)
		t.wait, t.after = min(firstPause<<max(t.tries-1, 0), longestPause), 0
		if t.tries > 16 { // beyond this the shift means nothing
			t.wait = longestPause
		}
		after, stated := time.Duration(0), false
		if resp != nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable) {
			after, stated = retryAfter(resp.Header.Get("Retry-After"), resp.Header.Get("Date"))
		}
		if stated {
			t.after, t.wait = after, min(after, o.MaxRetryAfter)
		}
		if ctx.Err() != nil || t.once {
			return false, nil
		}
		if err != nil {
			return transient(err) && (t.repeatable || neverSent(err)), nil
		}
		switch {
		case resp.StatusCode == http.StatusTooManyRequests:
		case resp.StatusCode == http.StatusServiceUnavailable:
		case resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented && resp.StatusCode != http.StatusHTTPVersionNotSupported:
			return t.repeatable, nil
		default:
			return false, nil
		}
		// 429 says that nothing was done; 503 may have been said by a proxy half-way.
		return t.repeatable || resp.StatusCode == http.StatusTooManyRequests, nil
	}
}

// pause waits what checkRetry left in the trip, or until the caller gives up.
func pause(sleep func(context.Context, time.Duration) error) retryablehttp.PrepareRetry {
	return func(req *http.Request) error {
		return sleep(req.Context(), tripOf(req.Context()).wait)
	}
}

// transient says whether a failed attempt may go better another time. A wrong
// certificate, an unknown host or an answer that is too big will not.
func transient(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return !dns.IsNotFound
	}
	var open *openError
	return !errors.As(err, &open) && !errors.Is(err, ErrTooBig) && !errors.Is(err, context.Canceled) && !untrusted(err) && !notTLS(err)
}

// neverSent: the connection was not even made, so that nothing can have been
// carried out.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		unknown      x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		alert        tls.AlertError
	)
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &alert) || strings.Contains(err.Error(), "remote error: tls:")
}

func notTLS(err error) bool {
	var header tls.RecordHeaderError
	return errors.As(err, &header) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// maxStated bounds what a server's Retry-After is taken to mean.
const maxStated = 24 * time.Hour

// retryAfter reads the header: seconds, or a date, which is measured against
// the answer's own Date so that no clock of ours matters. It says false for
// anything else; a time that has passed is zero; a day is the most.
func retryAfter(header, date string) (time.Duration, bool) {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxStated/time.Second))) * time.Second, true
	} else if errors.Is(err, strconv.ErrRange) {
		return maxStated, true
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(date)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), maxStated), true
}
