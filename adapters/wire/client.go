// Package wire is what every adapter over HTTP shares: whom we trust, how we sign
// in, what is tried again and for how long, what is read of an answer, and what
// may be told of a failure. It knows nothing of what is asked for.
package wire

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-resty/resty/v2"
	"github.com/rs/zerolog"

	"brygga/adapters"
)

// Client speaks to one system. It is safe for concurrent use; over all that it
// does at one time it sends at most Options.Connections requests.
type Client struct {
	opts     Options
	base     *url.URL // without a slash at the end
	http     *resty.Client
	wire     *http.Transport
	auth     authorizer
	log      zerolog.Logger
	requests chan struct{} // a slot per request in flight
	buffers  bufferPool
}

// New prepares a Client and sends nothing. It fails only on options that can
// never work, naming each setting that is wrong and repeating no value.
func New(o Options) (*Client, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	o = o.WithDefaults()
	base, err := ParseAddress(o.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	base.Path, base.RawPath = trimSlash(base.Path), trimSlash(base.RawPath)
	c := &Client{
		opts: o, base: base, log: o.Logger.With().Str("system", o.Name).Logger(),
		requests: make(chan struct{}, o.Connections),
	}
	if c.wire, err = newTransport(o); err != nil {
		return nil, err
	}
	c.http = newClient(o, c.wire, &c.buffers)
	if c.auth, err = newAuthorizer(c); err != nil {
		return nil, err
	}
	return c, nil
}

// Log is the system's logger. Nothing that is told it may hold an address.
func (c *Client) Log() *zerolog.Logger { return &c.log }

// Base is a copy of the address below which everything is.
func (c *Client) Base() *url.URL {
	u := *c.base
	return &u
}

// SignIn gets what is needed to sign a request, and says why there is none.
func (c *Client) SignIn(ctx context.Context) *adapters.Error {
	_, fault := c.auth.header(ctx)
	return fault
}

// Close gives back the idle connections. The Client may be used again after.
func (c *Client) Close() { c.wire.CloseIdleConnections() }

// Request is one exchange. The address may be of any place: only those made by
// Address and ResolveNext get to Send, which signs them.
type Request struct {
	Method     string
	URL        string
	Header     http.Header
	Body       []byte
	Repeatable bool // beyond what repeatable() sees: a transaction of conditional entries
	Once       bool // no retries
	Plain      bool // the answer need not be JSON
	Kind       string
	Page       int
}

// Answer is what came back, whatever its status. Its body is valid until Free.
type Answer struct {
	Status int
	Header http.Header
	After  int // whole seconds that a Retry-After asked for
	buf    *buffer
	pool   *bufferPool
}

// Body is nil of no answer.
func (a *Answer) Body() []byte {
	if a == nil || a.buf == nil {
		return nil
	}
	return a.buf.bytes
}

// Free gives the body back. It may be called twice, and of no answer.
func (a *Answer) Free() {
	if a != nil && a.buf != nil {
		a.pool.put(a.buf)
		a.buf = nil
	}
}

// Send takes a slot, signs the request, and sends it with retries. A 401 renews
// the token once and is sent again: it says that nothing was done. The error is
// for exchanges without an answer; every status is an answer.
func (c *Client) Send(ctx context.Context, r Request) (*Answer, *adapters.Error) {
	select {
	case c.requests <- struct{}{}:
		defer func() { <-c.requests }()
	case <-ctx.Done():
		return nil, c.NetworkError(r, ctx.Err())
	}
	for renewed := false; ; renewed = true {
		authorization, fault := c.auth.header(ctx)
		if fault != nil {
			fault.Kind, fault.Page = r.Kind, r.Page
			return nil, fault
		}
		a, fault := c.Exchange(ctx, r, authorization)
		if fault != nil {
			return nil, fault
		}
		if a.Status != http.StatusUnauthorized || renewed || !c.auth.renew(authorization) {
			return a, nil
		}
		c.log.Info().Str("kind", r.Kind).Msg("the token was refused; asking for a new one")
		a.Free()
	}
}

// Exchange is one request with its retries, without a slot, and signed with
// nothing but what is given.
func (c *Client) Exchange(ctx context.Context, r Request, authorization string) (*Answer, *adapters.Error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, c.Fault(r, adapters.Protocol, 0, "the address to ask cannot be read", "")
	}
	h := http.Header{}
	for k, v := range r.Header {
		h[k] = v
	}
	h.Set("User-Agent", "brygga")
	// Some servers (HAPI) answer a search that was made within the last minute from
	// a cache, and proxies may: what a run wrote would not stand in the next.
	h.Set("Cache-Control", "no-cache")
	if h.Get("Accept") == "" {
		h.Set("Accept", c.opts.Accept)
	}
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	t := &trip{repeatable: r.Repeatable || repeatable(r.Method, u.Path, h), once: r.Once, json: !r.Plain}
	req := c.http.R().SetContext(withTrip(ctx, t))
	req.Header = h
	if r.Body != nil {
		req.SetBody(r.Body)
	}
	resp, err := req.Execute(r.Method, r.URL)
	event := c.log.Debug().Str("method", r.Method).Str("kind", r.Kind).Int("page", r.Page).Int("tries", t.tries)
	if err != nil {
		c.buffers.put(t.body)
		fault := c.NetworkError(r, err)
		event.Str("failed", fault.What).Msg("request")
		return nil, fault
	}
	a := &Answer{Status: resp.StatusCode(), Header: resp.Header(), After: int(t.after.Seconds()), buf: t.body, pool: &c.buffers}
	event.Int("status", a.Status).Int("bytes", len(a.Body())).Msg("request")
	return a, nil
}

// Address is an address below the base: "Task", "Task/1", "" for the base itself.
func (c *Client) Address(path string, query url.Values) string {
	u := *c.base
	if path != "" {
		u = *u.JoinPath(path)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func trimSlash(p string) string {
	for len(p) > 0 && p[len(p)-1] == '/' {
		p = p[:len(p)-1]
	}
	return p
}
