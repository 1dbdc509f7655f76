package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Holder says who has a lease now, and since when, without asking for it; held
// is false where nobody has it, or its time is over.
func (t *Tenant) Holder(ctx context.Context, name string, now time.Time) (by string, since time.Time, held bool, err error) {
	err = t.store.viewAgain(ctx, "reading the lease "+name, func(tx *sql.Tx) error {
		at, err := nanos(now)
		if err != nil {
			return err
		}
		var start int64
		err = tx.QueryRowContext(ctx, `SELECT holder, since FROM lease WHERE tenant = $1 AND name = $2 AND until > $3`, t.name, name, at).Scan(&by, &start)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		held, since = err == nil, instant(start)
		return err
	})
	return by, since, held && err == nil, err
}
