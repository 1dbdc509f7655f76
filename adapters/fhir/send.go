package fhir

import (
	"context"
	"net/http"
	"net/url"

	"brygga/adapters"
)

const fhirJSON = "application/fhir+json"

// request is one exchange. The address may be of any place: only those made by
// System.address and resolveNext get here with a token.
type request struct {
	method     string
	url        string
	header     http.Header
	body       []byte
	repeatable bool // beyond what repeatable() sees: a transaction of conditional entries
	once       bool // no retries
	plain      bool // the answer need not be FHIR JSON
	kind       string
	page       int
}

// answer is what came back, whatever its status. Its body is valid until free.
type answer struct {
	status int
	header http.Header
	after  int // whole seconds that a Retry-After asked for
	buf    *buffer
	pool   *bufferPool
}

func (a *answer) body() []byte {
	if a == nil || a.buf == nil {
		return nil
	}
	return a.buf.bytes
}

func (a *answer) free() {
	if a != nil && a.buf != nil {
		a.pool.put(a.buf)
		a.buf = nil
	}
}

// send takes a slot, signs the request, and sends it with retries. A 401 renews
// the token once and is sent again: it says that nothing was done. The error is
// for exchanges without an answer; every status is an answer.
func (s *System) send(ctx context.Context, r request) (*answer, *adapters.Error) {
	select {
	case s.requests <- struct{}{}:
		defer func() { <-s.requests }()
	case <-ctx.Done():
		return nil, s.networkError(r, ctx.Err())
	}
	for renewed := false; ; renewed = true {
		authorization, fault := s.auth.header(ctx)
		if fault != nil {
			fault.Kind, fault.Page = r.kind, r.page
			return nil, fault
		}
		a, fault := s.exchange(ctx, r, authorization)
		if fault != nil {
			return nil, fault
		}
		if a.status != http.StatusUnauthorized || renewed || !s.auth.renew(authorization) {
			return a, nil
		}
		s.log.Info().Str("kind", r.kind).Msg("the token was refused; asking for a new one")
		a.free()
	}
}

// exchange is one request with its retries.
func (s *System) exchange(ctx context.Context, r request, authorization string) (*answer, *adapters.Error) {
	u, err := url.Parse(r.url)
	if err != nil {
		return nil, s.fault(r, adapters.Protocol, 0, "the address to ask cannot be read", "")
	}
	h := http.Header{}
	for k, v := range r.header {
		h[k] = v
	}
	h.Set("User-Agent", "brygga")
	// Some servers (HAPI) answer a search that was made within the last minute from
	// a cache, and proxies may: what a run wrote would not stand in the next.
	h.Set("Cache-Control", "no-cache")
	if h.Get("Accept") == "" {
		h.Set("Accept", fhirJSON)
	}
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	t := &trip{repeatable: r.repeatable || repeatable(r.method, u.Path, h), once: r.once, json: !r.plain}
	req := s.http.R().SetContext(withTrip(ctx, t))
	req.Header = h
	if r.body != nil {
		req.SetBody(r.body)
	}
	resp, err := req.Execute(r.method, r.url)
	event := s.log.Debug().Str("method", r.method).Str("kind", r.kind).Int("page", r.page).Int("tries", t.tries)
	if err != nil {
		s.buffers.put(t.body)
		fault := s.networkError(r, err)
		event.Str("failed", fault.What).Msg("request")
		return nil, fault
	}
	a := &answer{status: resp.StatusCode(), header: resp.Header(), after: int(t.after.Seconds()), buf: t.body, pool: &s.buffers}
	event.Int("status", a.status).Int("bytes", len(a.body())).Msg("request")
	return a, nil
}

// address is an address below the base: "Task", "Task/1", "" for the base itself.
func (s *System) address(path string, query url.Values) string {
	u := *s.base
	if path != "" {
		u = *u.JoinPath(path)
	}
	u.RawQuery = query.Encode()
	return u.String()
}
