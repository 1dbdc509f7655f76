package store

import (
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Dialect is the kind of database that a store lies in. Statements are written so
// that both understand them; what differs is behind this.
type Dialect string

// The dialects.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgres"
)

// Dialect says what the store lies in.
func (s *Store) Dialect() Dialect { return s.dialect }

// DB is the store's database, for the engine of jobs, which keeps its own tables
// in it. On SQLite it has one connection: whoever holds a transaction on it must not
// ask it for another, nor call the store. The store closes it.
func (s *Store) DB() *sql.DB { return s.write }

// Pool is what DB takes its connections from on PostgreSQL, and nil on SQLite. The
// tables stand in the schema of its search_path. The store closes it.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }
