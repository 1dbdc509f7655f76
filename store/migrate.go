package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

// A number is the same migration on both databases. What was released is not changed:
// goose notes numbers, and the file of a number stands for what was done.
//
//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

const (
	// versionTable is where goose notes what it has applied; under our own name,
	// since the job engine keeps tables in the same database.
	versionTable = "brygga_schema"
	// applicationID is what migration 1 writes into the file's header: "brgg".
	applicationID = 0x62726767
	// newestVersion is the last migration of this build; a test compares it with the files.
	newestVersion = 6
)

// readVersion gives the version of the schema in a database, 0 where there is none.
func (s *Store) readVersion(ctx context.Context, db queryer) (version int64, err error) {
	var exists bool
	query := `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)`
	if s.dialect == PostgreSQL {
		query = `SELECT to_regclass($1) IS NOT NULL`
	}
	err = db.QueryRowContext(ctx, query, versionTable).Scan(&exists)
	if err != nil || !exists {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable+` WHERE is_applied`).Scan(&version)
	return version, err
}

// migrate applies what is missing, each migration in its own transaction. Two
// processes may do so at once: one of them finds the work done under its hands
// (a table exists already), looks again, and goes on from there.
func (s *Store) migrate(ctx context.Context) error {
	return s.migrateTo(ctx, newestVersion)
}

func (s *Store) migrateTo(ctx context.Context, target int64) error {
	const doing = "bringing the schema up to date"
	if s.dialect == PostgreSQL {
		// One process migrates, and nobody writes meanwhile: the transaction only holds the lock.
		return s.update(ctx, doing, func(tx *sql.Tx) error {
			if err := s.makeSchema(ctx, tx); err != nil {
				return err
			}
			return s.apply(ctx, target)
		})
	}
	return s.fault(doing, s.apply(ctx, target))
}

// makeSchema makes the schema where there is none, for all to see at once. A user
// who may not make one can be given one.
func (s *Store) makeSchema(ctx context.Context, tx *sql.Tx) error {
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, s.schema).Scan(&there); err != nil || there {
		return err
	}
	_, err := s.write.ExecContext(ctx, `CREATE SCHEMA `+s.schema)
	return err
}

func (s *Store) apply(ctx context.Context, target int64) error {
	kind, folder := goose.DialectSQLite3, "migrations/sqlite"
	if s.dialect == PostgreSQL {
		kind, folder = goose.DialectPostgres, "migrations/postgres"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(kind, s.write, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	from, err := s.readVersion(ctx, s.write)
	for err == nil && from < target {
		_, failed := provider.UpTo(ctx, target)
		var now int64
		if now, err = s.readVersion(ctx, s.write); err != nil {
			break
		}
		if failed != nil && now == from {
			// Nobody came further either, unless the other is just about to.
			if now, err = s.versionAfter(ctx, from); err != nil || now == from {
				return errors.Join(failed, err)
			}
		}
		s.log.Info().Str("store", s.where).Int64("from", from).Int64("to", now).Msg("schema brought up to date")
		from = now
	}
	return err
}

// versionAfter waits a little for another process to come past a version.
func (s *Store) versionAfter(ctx context.Context, from int64) (int64, error) {
	for range 20 {
		now, err := s.readVersion(ctx, s.write)
		if err != nil || now != from {
			return now, err
		}
		select {
		case <-ctx.Done():
			return from, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return from, nil
}
