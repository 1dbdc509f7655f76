// Package fhir reads and writes any FHIR R4 server: searches that are streamed
// page by page, conditional and transactional writes, and the check that says
// whether a server can do what is needed.
//
// Nothing here knows what a resource means; a page is read by the Reader that
// the caller hands in.
package fhir

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/go-resty/resty/v2"
	"github.com/rs/zerolog"

	"brygga/adapters"
)

// System is one FHIR R4 server. It implements adapters.Source and
// adapters.Sink and is safe for concurrent use; over all that it does at one
// time it sends at most Options.Connections requests.
type System struct {
	opts Options
	base *url.URL // without a slash at the end
	http *resty.Client
	wire *http.Transport
	auth authorizer
	log  zerolog.Logger

	requests chan struct{} // a slot per request in flight
	streams  chan struct{} // a slot per stream being pulled
	buffers  bufferPool

	probes sync.Map // type → *probe
	limits limits
}

var (
	_ adapters.Source = (*System)(nil)
	_ adapters.Sink   = (*System)(nil)
)

// New prepares a System and sends nothing. It fails only on options that can
// never work, naming each setting that is wrong and repeating no value.
func New(o Options) (*System, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("system %q: %w", o.Name, err)
	}
	o = o.withDefaults()
	base, err := parseAddress(o.URL)
	if err != nil {
		return nil, fmt.Errorf("system %q: url: %w", o.Name, err)
	}
	base.Path = trimSlash(base.Path)
	base.RawPath = trimSlash(base.RawPath)
	s := &System{
		opts: o, base: base, log: o.Logger.With().Str("system", o.Name).Logger(),
		requests: make(chan struct{}, o.Connections),
		streams:  make(chan struct{}, o.Connections),
	}
	s.limits.init(o.TransactionSize)
	if s.wire, err = newTransport(o); err != nil {
		return nil, fmt.Errorf("system %q: %w", o.Name, err)
	}
	s.http = newClient(o, s.wire, &s.buffers)
	if s.auth, err = newAuthorizer(s); err != nil {
		return nil, fmt.Errorf("system %q: %w", o.Name, err)
	}
	return s, nil
}

// Name is the system's name in the configuration.
func (s *System) Name() string { return s.opts.Name }

// Can implements adapters.Source: a FHIR server answers reads and searches.
func (s *System) Can() adapters.Can { return adapters.Can{Read: true, Any: true} }

// Close gives back the idle connections. The System may be used again after.
func (s *System) Close() { s.wire.CloseIdleConnections() }

func trimSlash(p string) string {
	for len(p) > 0 && p[len(p)-1] == '/' {
		p = p[:len(p)-1]
	}
	return p
}
