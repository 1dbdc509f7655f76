// Package store keeps what must survive between runs: the facts of the last
// complete pull (sealed), checkpoints, quarantine, runs, leases, and what people
// decided. It is one SQLite file, on a local disk, never on a network share, where
// its locks do not hold; or a schema of a PostgreSQL database, where several
// machines share the work. Statements are the same for both, with $1, $2.
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
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rs/zerolog"
)

// Store is an open store. It is safe for use by several goroutines, and several
// processes may have one file open.
type Store struct {
	where string // for messages: the path, or "memory"
	key   []byte
	log   zerolog.Logger

	marked bool // probe has seen the value that tells its key

	// One connection writes: a second writer would only wait for the lock. Reads
	// have their own, and in WAL mode see the last committed state meanwhile. In
	// memory there is one connection for both; on PostgreSQL both are the pool's.
	write, read *sql.DB

	dialect  Dialect
	pool     *pgxpool.Pool // nil on SQLite
	schema   string        // on PostgreSQL
	lockWait time.Duration // on PostgreSQL: for whoever else writes
	attempts int           // on PostgreSQL: at a transaction that came to nothing

	mu      sync.Mutex
	tenants map[string]*Tenant
}

// Tenant is one tenant's part of the store. Its keys are its own.
type Tenant struct {
	store   *Store
	name    string
	writing chan struct{} // held by the goroutine that writes, on PostgreSQL
	*keyring
}

// Tenant gives the part of the store that belongs to one tenant.
func (s *Store) Tenant(name string) *Tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tenants[name]
	if !ok {
		t = &Tenant{store: s, name: name, writing: make(chan struct{}, 1), keyring: newKeyring(s.key, name)}
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
	if s.pool != nil {
		s.pool.Close()
	}
	return s.fault("closing", err)
}

func newStore(where string, key []byte, log zerolog.Logger) *Store {
	return &Store{where: where, key: bytes.Clone(key), log: log, dialect: SQLite, lockWait: lockPatience, attempts: attempts, tenants: make(map[string]*Tenant)}
}
