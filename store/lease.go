package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Lease asks for the sole right to do what name says ("reconcile") until
// now+ttl, so that two processes on one store do not run a job at once. ok says
// whether holder has it now; since and by say who has it and from when. A lease
// whose time is over can be taken; who has it already gets it again, with the
// old since.
func (t *Tenant) Lease(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) (ok bool, since time.Time, by string, err error) {
	err = t.updateRow(ctx, "taking the lease "+name, func(tx *sql.Tx) error {
		from, err := nanos(now)
		if err != nil {
			return err
		}
		if holder == "" {
			return errors.New("a lease needs a holder")
		}
		// One statement decides: the row is changed if it is the holder's own, or its time is over.
		_, err = tx.ExecContext(ctx, `INSERT INTO lease (tenant, name, holder, since, until) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant, name) DO UPDATE SET
				since = CASE WHEN lease.holder = $3 THEN lease.since ELSE $4 END, holder = $3, until = $5
			WHERE lease.holder = $3 OR lease.until <= $4`,
			t.name, name, holder, from, from+ttl.Nanoseconds())
		if err != nil {
			return err
		}
		var start int64
		err = tx.QueryRowContext(ctx, `SELECT holder, since FROM lease WHERE tenant = $1 AND name = $2`, t.name, name).Scan(&by, &start)
		ok, since = by == holder, instant(start)
		return err
	})
	if err != nil {
		return false, time.Time{}, "", err
	}
	return ok, since, by, nil
}

// Renew moves the end of a lease to now+ttl. ok is false if the holder has lost
// it: somebody else took it, or it was released. A lease whose time is over but
// that nobody took is renewed.
func (t *Tenant) Renew(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) (ok bool, err error) {
	err = t.updateRow(ctx, "renewing the lease "+name, func(tx *sql.Tx) error {
		from, err := nanos(now)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE lease SET until = $1 WHERE tenant = $2 AND name = $3 AND holder = $4`,
			from+ttl.Nanoseconds(), t.name, name, holder)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		ok = n == 1
		return err
	})
	return ok && err == nil, err
}

// Release gives a lease back. A lease that the holder does not have is left as
// it is, without error: releasing twice is safe.
func (t *Tenant) Release(ctx context.Context, name, holder string) error {
	return t.updateRow(ctx, "releasing the lease "+name, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM lease WHERE tenant = $1 AND name = $2 AND holder = $3`, t.name, name, holder)
		return err
	})
}
