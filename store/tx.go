package store

import (
	"context"
	"database/sql"
	"errors"
)

// update runs do in a transaction that holds the write lock from its beginning.
// Where do fails, or the process ends, nothing of it is stored.
func (s *Store) update(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	return s.transact(ctx, s.write, nil, doing, do)
}

// view runs do on one state of the store, whatever others write meanwhile.
func (s *Store) view(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	return s.transact(ctx, s.read, &sql.TxOptions{ReadOnly: true}, doing, do)
}

func (s *Store) transact(ctx context.Context, db *sql.DB, options *sql.TxOptions, doing string, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, options)
	if err != nil {
		return s.fault(doing, err)
	}
	if err := do(tx); err != nil {
		// SQLite itself ends a transaction that met a full disk.
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			s.log.Debug().Err(back).Str("store", s.where).Msg("rolling back")
		}
		return s.fault(doing, err)
	}
	return s.fault(doing, tx.Commit())
}

// each calls do for every row of a query.
func each(ctx context.Context, tx *sql.Tx, do func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
