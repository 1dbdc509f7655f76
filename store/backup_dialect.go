package store

import (
	"context"
	"database/sql"
)

// listTables asks for the tables that stand where the store's do.
func (s *Store) listTables() string {
	if s.dialect == PostgreSQL {
		return `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	return `SELECT name FROM sqlite_schema WHERE type = 'table'`
}

// overriding lets rows keep the numbers that PostgreSQL would give them.
func (s *Store) overriding() string {
	if s.dialect == PostgreSQL {
		return "OVERRIDING SYSTEM VALUE "
	}
	return ""
}

// afterRestore does what rows do not bring with them: PostgreSQL counts the kinds, and
// the next one is to get a number that is free.
func (s *Store) afterRestore(ctx context.Context, tx *sql.Tx) error {
	if s.dialect != PostgreSQL {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence('kind', 'id'), coalesce(max(id), 0) + 1, false) FROM kind`)
	return err
}
