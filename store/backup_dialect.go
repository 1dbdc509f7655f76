package store

import (
	"context"
	"database/sql"
)

// listTables asks for the tables of the store.
func (s *Store) listTables() string {
	if s.dialect == PostgreSQL {
		return `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	return `SELECT name FROM sqlite_schema WHERE type = 'table'`
}

// afterRestore does what rows do not bring with them: on PostgreSQL, numbers that are
// given out go on after those that were restored.
func (s *Store) afterRestore(ctx context.Context, tx *sql.Tx) error {
	if s.dialect != PostgreSQL {
		return nil
	}
	for _, query := range []string{
		`SELECT setval(pg_get_serial_sequence('kind', 'id'), coalesce(max(id), 0) + 1, false) FROM kind`,
		`SELECT setval(pg_get_serial_sequence('run', 'rowid'), coalesce(max(rowid), 0) + 1, false) FROM run`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}
