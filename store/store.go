// Package store keeps what must survive between runs: the facts of the last
// complete pull (sealed), checkpoints, quarantine, runs, leases, and what people
// decided. It is one SQLite file, on a local disk; never on a network share,
// where its locks do not hold.
//
// Everything is kept per tenant, and nothing crosses. Whatever may tell of a
// person is sealed, and found only by keyed hashes; without the key the file
// tells how many rows there are and when jobs ran, and nothing of whom. Instants
// are passed in, and come back in UTC.
package store

import (
	"bytes"
	"database/sql"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rs/zerolog"
)

// Store is an open store. It is safe for use by several goroutines, and several
// processes may have one file open.
type Store struct {
	where string // for messages: the path, or "memory"
	key   []byte
	log   zerolog.Logger

	// One connection writes: a second writer would only wait for the lock. Reads
	// have their own, and in WAL mode see the last committed state meanwhile. In
	// memory there is one connection for both.
	write, read *sql.DB

	dialect Dialect
	pool    *pgxpool.Pool // nil on SQLite

	mu      sync.Mutex
	tenants map[string]*Tenant
}

// Tenant is one tenant's part of the store. Its keys are its own.
type Tenant struct {
	store *Store
	name  string
	*keyring
}

// Tenant gives the part of the store that belongs to one tenant.
func (s *Store) Tenant(name string) *Tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tenants[name]
	if !ok {
		t = &Tenant{store: s, name: name, keyring: newKeyring(s.key, name)}
		s.tenants[name] = t
	}
	return t
}

// Close closes the store. Transactions that still run end without effect.
func (s *Store) Close() error {
	err := s.read.Close()
	if s.write != s.read {
		err = errors.Join(err, s.write.Close())
	}
	return s.fault("closing", err)
}

func newStore(where string, key []byte, log zerolog.Logger) *Store {
	return &Store{where: where, key: bytes.Clone(key), log: log, dialect: SQLite, tenants: make(map[string]*Tenant)}
}
