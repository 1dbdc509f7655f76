// Package fhir reads and writes any FHIR R4 server: searches that are streamed
// page by page, conditional and transactional writes, and the check that says
// whether a server can do what is needed.
//
// Nothing here knows what a resource means; a page is read by the Reader that
// the caller hands in.
package fhir

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// System is one FHIR R4 server. It implements adapters.Source and
// adapters.Sink and is safe for concurrent use; over all that it does at one
// time it sends at most Options.Connections requests.
type System struct {
	opts Options
	wire *wire.Client

	streams chan struct{} // a slot per stream being pulled

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
	client, err := wire.New(o.wire())
	if err != nil {
		return nil, fmt.Errorf("system %q: %w", o.Name, err)
	}
	o = o.withDefaults()
	s := &System{opts: o, wire: client, streams: make(chan struct{}, o.Connections)}
	s.limits.init(o.TransactionSize)
	return s, nil
}

// Name is the system's name in the configuration.
func (s *System) Name() string { return s.opts.Name }

// Can implements adapters.Source: a FHIR server answers reads and searches.
func (s *System) Can() adapters.Can { return adapters.Can{Read: true, Any: true} }

// Close gives back the idle connections. The System may be used again after.
func (s *System) Close() { s.wire.Close() }

func (s *System) log() *zerolog.Logger { return s.wire.Log() }

// request and answer are one exchange with the server.
type (
	request = wire.Request
	answer  = wire.Answer
)

func (s *System) send(ctx context.Context, r request) (*answer, *adapters.Error) {
	return s.wire.Send(ctx, r)
}

func (s *System) address(path string, query url.Values) string { return s.wire.Address(path, query) }
