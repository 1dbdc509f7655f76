// Package store keeps what must survive between runs: the facts of the last
// complete pull (sealed), checkpoints, quarantine, runs, leases, and what people
// decided. It is one SQLite file, on a local disk; never on a network share,
// where its locks do not hold.
//
// Everything is kept per tenant, and nothing crosses. Whatever may tell of a
// person is sealed, and found only by keyed hashes; without the key the file
// tells how many rows there are, and nothing of whom. Instants are passed in,
// and come back in UTC.
package store

import (
	"context"
	"errors"

	"github.com/rs/zerolog"
)

var errUnbuilt = errors.New("this commit holds the signatures of package store only")

// Store is an open store. It is safe for use by several goroutines, and several
// processes may have one file open.
type Store struct{}

// Tenant is one tenant's part of the store.
type Tenant struct{}

// Open opens the store that dsn names ("sqlite:PATH", or "sqlite::memory:" for
// one that ends with Close), creating it where there is none, and brings an
// older schema up to date. key is the pseudonym key, at least 32 bytes.
//
// It fails, and changes nothing, where the file was made with another key
// (ErrWrongKey), is damaged (ErrDamaged), was made by a newer brygga (ErrNewer),
// or cannot be written.
func Open(ctx context.Context, dsn string, key []byte, log zerolog.Logger) (*Store, error) {
	return nil, errUnbuilt
}

// Close closes the store; open transactions end without effect.
func (s *Store) Close() error { return errUnbuilt }

// Tenant gives the part of the store that belongs to one tenant.
func (s *Store) Tenant(name string) *Tenant { return &Tenant{} }
