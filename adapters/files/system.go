// Package files reads exports: CSV, JSON, NDJSON and XML in a folder of this
// machine or of an SFTP server. It says which files are complete deliveries, takes
// each content once, and hands its rows on as pages of JSON objects, however they
// were written.
//
// Nothing here knows what a row means; a page is read by the Reader that the
// caller hands in. It writes nothing, also not where the files are.
package files

import (
	"context"
	"fmt"

	"github.com/rs/zerolog"

	"brygga/adapters"
)

// System is one place with exports. It implements adapters.Source and is safe for
// concurrent use; it does at most Options.Connections pulls at one time.
type System struct {
	opts  Options
	lists map[string]*list
	log   zerolog.Logger
	slots chan struct{}
	// reach opens the folder for one pull.
	reach func(ctx context.Context) (folder, error)
}

var _ adapters.Source = (*System)(nil)

// New prepares a System and reads none of its files. It fails only on options
// that can never work, naming each setting that is wrong and repeating no value.
func New(o Options) (*System, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("system %q: %w", o.Name, err)
	}
	o = o.withDefaults()
	s := &System{
		opts: o, lists: map[string]*list{}, log: o.Logger.With().Str("system", o.Name).Logger(),
		slots: make(chan struct{}, o.Connections),
	}
	for name, l := range o.Lists {
		s.lists[name], _ = compile(l) // o.check has seen to the error
	}
	s.reach = func(context.Context) (folder, error) {
		if o.SFTP != nil {
			return &remote{o: o, at: *o.SFTP}, nil
		}
		return openLocal(o.Folder)
	}
	return s, nil
}

// Name is the system's name in the configuration.
func (s *System) Name() string { return s.opts.Name }

// Can implements adapters.Source: a file answers no questions.
func (s *System) Can() adapters.Can { return adapters.Can{Same: true} }

// Close does nothing: a connection lives as long as its pull.
func (s *System) Close() {}

// Read fails: no single record can be asked for.
func (s *System) Read(context.Context, string) ([]byte, error) { return nil, s.cannot() }

// Any fails: whether a record matches is not known without reading all.
func (s *System) Any(context.Context, adapters.Query) (bool, error) { return false, s.cannot() }

func (s *System) cannot() error {
	return &adapters.Error{Class: adapters.Fatal, System: s.opts.Name, What: "files cannot be asked for single records"}
}

// enter waits for a turn and opens the folder. leave gives both back.
func (s *System) enter(ctx context.Context) (f folder, leave func(), err error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	f, err = s.reach(ctx)
	if err != nil {
		<-s.slots
		return nil, nil, err
	}
	return f, func() { f.close(); <-s.slots }, nil
}
