// Package rest reads any paged JSON interface that is described by data: where
// each list is, how it is paged, and how changes are asked for. What a row means
// is decided by the Reader that the caller hands in.
package rest

import (
	"context"
	"fmt"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// System is one such interface. It implements adapters.Source and is safe for
// concurrent use; over all that it does at one time it sends at most
// Options.Connections requests.
type System struct {
	opts    Options
	wire    *wire.Client
	streams chan struct{} // a slot per stream being pulled
}

var _ adapters.Source = (*System)(nil)

// New prepares a System and sends nothing. It fails only on options that can
// never work, naming each setting that is wrong and repeating no value.
func New(o Options) (*System, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("system %q: %w", o.Name, err)
	}
	client, err := wire.New(o.wire())
	if err != nil {
		return nil, fmt.Errorf("system %q: %w", o.Name, err)
	}
	o = o.withDefaults()
	return &System{opts: o, wire: client, streams: make(chan struct{}, o.Connections)}, nil
}

// Name is the system's name in the configuration.
func (s *System) Name() string { return s.opts.Name }

// Can implements adapters.Source: lists are all that there is. (An address of
// one record may hold a person's number.)
func (s *System) Can() adapters.Can { return adapters.Can{} }

// Read fails: see Can.
func (s *System) Read(context.Context, string) ([]byte, error) {
	return nil, s.wire.Fault(wire.Request{}, adapters.Fatal, 0, "cannot be asked for one record", "")
}

// Any fails: see Can.
func (s *System) Any(_ context.Context, q adapters.Query) (bool, error) {
	return false, s.wire.Fault(wire.Request{Kind: q.Kind}, adapters.Fatal, 0, "cannot be asked whether there is a record", "")
}

// Close gives back the idle connections. The System may be used again after.
func (s *System) Close() { s.wire.Close() }
