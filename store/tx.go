package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// update runs do in a transaction in which nobody else writes anything of the
// tenant's, in this process or another: what do reads first is still so when it
// writes. Where do fails, or the process ends, nothing of it is stored.
//
// On PostgreSQL do may run several times, each from the beginning, where an earlier
// run came to nothing: it sets what it gives, and does not add to it.
func (t *Tenant) update(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	if t.store.dialect == PostgreSQL {
		// Whoever waits for this tenant holds no connection that another could use.
		select {
		case t.writing <- struct{}{}:
			defer func() { <-t.writing }()
		case <-ctx.Done():
			return t.store.fault(doing, ctx.Err())
		}
	}
	return t.store.writing(ctx, doing, &t.name, do)
}

// update is a tenant's update for what belongs to no tenant: nobody else writes
// anything at all meanwhile.
func (s *Store) update(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	return s.writing(ctx, doing, nil, do)
}

// updateRow is an update in which others may write; for statements that decide all
// by themselves on one row, and must not wait until a large put is done.
func (t *Tenant) updateRow(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	s := t.store
	return s.again(ctx, doing, func(p *patience) error {
		return s.transact(ctx, s.write, s.writeOptions(), p, func(tx *sql.Tx) error {
			if err := s.bound(ctx, tx, true); err != nil {
				return err
			}
			return do(tx)
		})
	})
}

// view runs do on one state of the store, whatever others write meanwhile.
func (s *Store) view(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	return s.fault(doing, s.transact(ctx, s.read, s.viewOptions(), &patience{attempts: s.attempts}, do))
}

// viewAgain is a view that a connection which breaks does not end: as in an update, do
// may run several times, and sets what it gives.
func (s *Store) viewAgain(ctx context.Context, doing string, do func(*sql.Tx) error) error {
	return s.again(ctx, doing, func(p *patience) error { return s.transact(ctx, s.read, s.viewOptions(), p, do) })
}

func (s *Store) writing(ctx context.Context, doing string, tenant *string, do func(*sql.Tx) error) error {
	return s.again(ctx, doing, func(p *patience) error {
		return s.transact(ctx, s.write, s.writeOptions(), p, func(tx *sql.Tx) error {
			if err := s.lock(ctx, tx, tenant); err != nil {
				return err
			}
			return do(tx)
		})
	})
}

// again calls do until it has an answer that another attempt would not change.
func (s *Store) again(ctx context.Context, doing string, do func(*patience) error) error {
	p := &patience{attempts: s.attempts}
	for {
		err := do(p)
		if err == nil || !s.passing(err) || !p.more(ctx) {
			return s.fault(doing, err)
		}
		s.log.Warn().Err(s.fault(doing, err)).Msg("a transaction came to nothing; it is done again")
	}
}

// transact is one attempt at a transaction. A database that does not answer is
// waited for before it begins.
func (s *Store) transact(ctx context.Context, db *sql.DB, options *sql.TxOptions, p *patience, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, options)
	for err != nil && s.passing(err) && p.more(ctx) {
		if p.waited == 3 {
			s.log.Warn().Err(s.fault("beginning a transaction", err)).Msg("the database does not answer; waiting for it")
		}
		tx, err = db.BeginTx(ctx, options)
	}
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		// SQLite itself ends a transaction that met a full disk.
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			s.log.Debug().Err(back).Str("store", s.where).Msg("rolling back")
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return s.unsure(err)
	}
	return nil
}

// patience waits for a database that will soon answer again, longer each time, and
// at last no more.
type patience struct{ waited, attempts int }

// attempts last for half a minute, as a server takes that is started again; who
// opens a store is told of a wrong address almost at once.
const (
	attempts        = 10
	openingAttempts = 4
)

func (p *patience) more(ctx context.Context) bool {
	if p.waited >= p.attempts {
		return false
	}
	pause := min(100*time.Millisecond<<p.waited, 5*time.Second)
	p.waited++
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
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
