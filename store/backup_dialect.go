package store

import (
	"context"
	"database/sql"
)

// listTables asks for the tables of the store.
func (s *Store) listTables() string {
	return `SELECT name FROM sqlite_schema WHERE type = 'table'`
}

// afterRestore does what rows do not bring with them.
func (s *Store) afterRestore(context.Context, *sql.Tx) error { return nil }
