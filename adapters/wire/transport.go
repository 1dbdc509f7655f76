package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/hashicorp/go-retryablehttp"
)

// newTransport is the wire: trust, our own certificate and the proxy are all
// set here, before anything is wrapped around it. (resty's SetTransport,
// SetProxy and SetTLSClientConfig on a wrapped client would remove the retries
// without a word.)
func newTransport(o Options) (*http.Transport, error) {
	t := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          2 * o.Connections,
		MaxIdleConnsPerHost:   o.Connections,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	authorities := o.TLS.CA
	if o.TLS.CAFile != "" {
		b, err := os.ReadFile(o.TLS.CAFile)
		if err != nil {
			return nil, errors.New("tls.ca: the file cannot be read; check its path and who may read it")
		}
		authorities = append(append([]byte{}, authorities...), b...)
	}
	if len(authorities) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(authorities) {
			return nil, errors.New("tls.ca: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	if len(o.TLS.ClientCert) > 0 {
		pair, err := tls.X509KeyPair(o.TLS.ClientCert, o.TLS.ClientKey)
		if err != nil {
			return nil, errors.New("tls.client_cert, tls.client_key: are no matching pair in PEM")
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{pair}
	}
	if o.Proxy != "" {
		proxy, err := url.Parse(o.Proxy)
		if err != nil {
			return nil, errors.New("proxy: is not an address")
		}
		t.Proxy = http.ProxyURL(proxy)
	}
	return t, nil
}

// newClient stacks, from the inside: the wire, what Options.Wrap adds, the
// reading of bodies (attempt), the circuit, the retries, resty. resty's own retries,
// redirects, logger and body parsing stay off.
func newClient(o Options, wire http.RoundTripper, pool *bufferPool) *resty.Client {
	if o.Wrap != nil {
		wire = o.Wrap(wire)
	}
	var trying http.RoundTripper = &attempt{next: wire, limit: o.MaxBytes, timeout: o.Timeout, pool: pool}
	if o.Clock != nil && o.Circuit.After > 0 {
		trying = &circuit{next: trying, opts: o.Circuit, clock: o.Clock, watch: o.Watch}
	}
	inner := &http.Client{
		Transport:     trying,
		CheckRedirect: sameOriginOnly,
	}
	retrying := &retryablehttp.Client{
		HTTPClient:   inner,
		Logger:       nil, // it would log addresses with their queries
		RetryMax:     o.Retries,
		CheckRetry:   o.Watch.counting(o.Retries, checkRetry(o)),
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }, // see pause
		PrepareRetry: pause(o.Sleep),
		ErrorHandler: func(resp *http.Response, err error, tries int) (*http.Response, error) {
			if err != nil {
				return nil, err // with an answer beside it, net/http would log a complaint
			}
			return retryablehttp.PassthroughErrorHandler(resp, err, tries)
		},
	}
	outer := retrying.StandardClient()
	outer.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := resty.NewWithClient(outer)
	c.SetRetryCount(0)
	c.SetDisableWarn(true)
	c.SetLogger(silent{})
	c.SetDoNotParseResponse(true)
	return c
}

// sameOriginOnly follows a few redirects of a GET within the origin. All others
// are handed back as they came: a token must not follow them elsewhere, and a
// write must not turn into a read.
func sameOriginOnly(req *http.Request, via []*http.Request) error {
	if len(via) > 3 || via[0].Method != http.MethodGet || !SameOrigin(req.URL, via[0].URL) {
		return http.ErrUseLastResponse
	}
	req.Header.Del("Referer") // it is the whole address, with what was in its query
	return nil
}

// silent is resty's logger: its lines hold addresses.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// trip is what one exchange carries through the layers, from the first attempt
// to the last. It travels in the request's context, since a CheckRetry that is
// told of a failure is not told of the request.
type trip struct {
	repeatable bool // sending it twice does no more than sending it once
	once       bool // no retries
	json       bool // a good answer must be whole JSON
	tries      int
	wait       time.Duration // before the next attempt
	after      time.Duration // what the last answer's Retry-After asked for
	body       *buffer       // of the last answer
}

type tripKey struct{}

func withTrip(ctx context.Context, t *trip) context.Context {
	return context.WithValue(ctx, tripKey{}, t)
}

func tripOf(ctx context.Context) *trip {
	if t, ok := ctx.Value(tripKey{}).(*trip); ok {
		return t
	}
	return &trip{}
}
