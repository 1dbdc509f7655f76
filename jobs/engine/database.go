package engine

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"brygga/store"
)

// queue is what differs between the two databases: the drivers of River have
// transactions of different types.
type queue interface {
	// insertTick stores a tick, and with insert its job, in one transaction. taken is
	// false where the tick is there already: nothing is stored then. standing is a job
	// of the same tenant and name that is not done yet: the tick is stored as skipped
	// then, without a job.
	insertTick(ctx context.Context, t tick, insert *Args) (taken bool, standing *rivertype.JobRow, err error)
	// insertMany queues jobs, all or none.
	insertMany(ctx context.Context, jobs []river.InsertManyParams) error
	// standing lists jobs that some daemon works on, by its own account.
	working(ctx context.Context) ([]*rivertype.JobRow, error)

	start(ctx context.Context) error
	stop(ctx context.Context) error
}

// database is a store's database as the engine uses it besides its queue.
type database struct {
	*sql.DB
	dialect store.Dialect
	pool    *pgxpool.Pool // of PostgreSQL
}

// sql gives a statement, written with $1, as the database takes it.
func (d database) sql(query string) string { return placeholders(d.dialect, query) }

func placeholders(d store.Dialect, query string) string {
	if d == store.SQLite {
		return strings.ReplaceAll(query, "$", "?")
	}
	return query
}

// client is a queue over one driver. T is the driver's transaction.
type client[T any] struct {
	*river.Client[T]
	dialect  store.Dialect
	begin    func(context.Context) (T, error)
	exec     func(ctx context.Context, tx T, query string, args ...any) (rows int64, err error)
	commit   func(context.Context, T) error
	rollback func(context.Context, T) error
}

// open makes the queue of a store, and brings River's tables up to date. Two daemons
// may do so at once: one of them finds the work done under its hands, and looks again.
func open(ctx context.Context, db database, cfg *river.Config) (queue, error) {
	if db.dialect == store.PostgreSQL {
		return openPostgres(ctx, db.pool, cfg)
	}
	return openSQLite(ctx, db.DB, cfg)
}

func openSQLite(ctx context.Context, db *sql.DB, cfg *river.Config) (queue, error) {
	c := &client[*sql.Tx]{
		dialect: store.SQLite,
		begin:   func(ctx context.Context) (*sql.Tx, error) { return db.BeginTx(ctx, nil) },
		exec: func(ctx context.Context, tx *sql.Tx, query string, args ...any) (int64, error) {
			result, err := tx.ExecContext(ctx, query, args...)
			if err != nil {
				return 0, err
			}
			return result.RowsAffected()
		},
		commit:   func(_ context.Context, tx *sql.Tx) error { return tx.Commit() },
		rollback: func(_ context.Context, tx *sql.Tx) error { return tx.Rollback() },
	}
	return c, c.open(ctx, riversqlite.New(db), cfg)
}

func openPostgres(ctx context.Context, pool *pgxpool.Pool, cfg *river.Config) (queue, error) {
	c := &client[pgx.Tx]{
		dialect: store.PostgreSQL,
		begin:   pool.Begin,
		exec: func(ctx context.Context, tx pgx.Tx, query string, args ...any) (int64, error) {
			tag, err := tx.Exec(ctx, query, args...)
			return tag.RowsAffected(), err
		},
		commit:   func(ctx context.Context, tx pgx.Tx) error { return tx.Commit(ctx) },
		rollback: func(ctx context.Context, tx pgx.Tx) error { return tx.Rollback(ctx) },
	}
	return c, c.open(ctx, riverpgxv5.New(pool), cfg)
}

func (c *client[T]) open(ctx context.Context, driver riverdriver.Driver[T], cfg *river.Config) error {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("the tables of the queue: %w", err)
	}
	for try := 0; ; try++ {
		if _, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err == nil {
			break
		}
		if try == 20 || ctx.Err() != nil {
			return fmt.Errorf("bring the tables of the queue up to date: %w", err)
		}
		wait(ctx, 50*time.Millisecond)
	}
	c.Client, err = river.NewClient(driver, cfg)
	return err
}

func (c *client[T]) start(ctx context.Context) error { return c.Start(ctx) }
func (c *client[T]) stop(ctx context.Context) error  { return c.Stop(ctx) }

// transact runs do in one transaction; where it fails nothing is stored.
func (c *client[T]) transact(ctx context.Context, do func(tx T) (keep bool, err error)) error {
	tx, err := c.begin(ctx)
	if err != nil {
		return err
	}
	keep, err := do(tx)
	if err != nil || !keep {
		// What could not be rolled back ends with its connection.
		_ = c.rollback(context.WithoutCancel(ctx), tx)
		return err
	}
	return c.commit(ctx, tx)
}

func (c *client[T]) insertTick(ctx context.Context, t tick, insert *Args) (taken bool, standing *rivertype.JobRow, err error) {
	err = c.transact(ctx, func(tx T) (bool, error) {
		n, err := c.exec(ctx, tx, placeholders(c.dialect, insertTickSQL), t.tenant, t.job, t.at.UnixNano(), t.schedule, t.outcome)
		if taken = n == 1; err != nil || !taken || insert == nil {
			return taken, err
		}
		res, err := c.InsertTx(ctx, tx, *insert, nil)
		if err != nil {
			return false, err
		}
		if !res.UniqueSkippedAsDuplicate {
			_, err = c.exec(ctx, tx, placeholders(c.dialect, runAtOnceSQL), res.Job.ID)
			return true, err
		}
		standing = res.Job
		_, err = c.exec(ctx, tx, placeholders(c.dialect, markTickSQL), tickSkipped, t.tenant, t.job, t.at.UnixNano())
		return true, err
	})
	if err != nil {
		return false, nil, err
	}
	return taken, standing, nil
}

// runAtOnceSQL makes a queued job one that no clock is before, so that it runs also
// when the clock goes back just then. (River would queue it by way of a state that
// waits for its leader.)
const runAtOnceSQL = `UPDATE river_job SET scheduled_at = '2000-01-01 00:00:00' WHERE id = $1 AND state = 'available'`

func (c *client[T]) insertMany(ctx context.Context, jobs []river.InsertManyParams) error {
	if len(jobs) == 0 {
		return nil
	}
	return c.transact(ctx, func(tx T) (bool, error) {
		_, err := c.InsertManyFastTx(ctx, tx, jobs)
		return true, err
	})
}

func (c *client[T]) working(ctx context.Context) ([]*rivertype.JobRow, error) {
	res, err := c.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(10_000))
	if err != nil {
		return nil, err
	}
	return res.Jobs, nil
}

// wait sleeps, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
