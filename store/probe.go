package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

func (s *Store) probeWith(ctx context.Context, address string) (version int64, err error) {
	db, err := sql.Open(driver, address)
	if err != nil {
		return 0, s.fault("opening", err)
	}
	defer func() { err = errors.Join(err, s.fault("opening", db.Close())) }()
	return s.probe(ctx, db)
}

// probe examines a file: is it ours, is it of a version that we know, and does
// it open with the key? It looks at one state of the file: another process may
// just be making it.
func (s *Store) probe(ctx context.Context, db *sql.DB) (version int64, err error) {
	err = s.transact(ctx, db, s.viewOptions(), &patience{attempts: openingAttempts}, func(tx *sql.Tx) error {
		if err := s.belongs(ctx, tx); err != nil {
			return err
		}
		if version, err = s.readVersion(ctx, tx); err != nil {
			return err
		}
		if version > newestVersion {
			return fmt.Errorf("%w: its schema is version %d, and this brygga knows %d; it was left as it is: install the newer brygga again",
				ErrNewer, version, newestVersion)
		}
		if version == 0 {
			return nil
		}
		return s.checkKey(ctx, tx)
	})
	return version, s.fault("opening", err)
}

// belongs fails where a database is another program's, or no place for a store.
func (s *Store) belongs(ctx context.Context, tx *sql.Tx) error {
	if s.dialect == PostgreSQL {
		return s.belongsPostgres(ctx, tx)
	}
	var app, foreign int64
	if err := tx.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table'
		AND name <> $1 AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`, versionTable).Scan(&foreign); err != nil {
		return err
	}
	if app != applicationID && (app != 0 || foreign > 0) {
		return fmt.Errorf("%w; it was left as it is: give another path in `store:`", ErrNotOurs)
	}
	return nil
}

// queryer is a database or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// checkRow is where a known value lies sealed; what opens it opens everything.
var (
	checkRow   = id{}
	checkValue = []byte("the key of this store")
)

// checkKey fails with ErrWrongKey if the check value is there and does not open.
func (s *Store) checkKey(ctx context.Context, db queryer) error {
	var sealed []byte
	err := db.QueryRowContext(ctx, `SELECT content FROM meta WHERE name = 'check'`).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // made, but not yet used: markKey writes it
	}
	if err != nil {
		return err
	}
	value, err := newKeyring(s.key, "").open(nil, "meta", checkRow, nil, sealed)
	if err != nil || !bytes.Equal(value, checkValue) {
		return fmt.Errorf("%w; it was left as it is: check `keys.pseudonym`, "+
			"or, if the key has been changed on purpose, give a new path in `store:` and run once with --full", ErrWrongKey)
	}
	return nil
}

// markKey stores the check value in a store that has none, and makes sure that
// the one that is there is ours: two processes may make one store at once.
func (s *Store) markKey(ctx context.Context) error {
	var marked bool
	err := s.view(ctx, "opening", func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'check')`).Scan(&marked); err != nil {
			return err
		}
		return s.checkKey(ctx, tx)
	})
	if err != nil || marked {
		return err
	}
	return s.update(ctx, "marking a new store with its key", func(tx *sql.Tx) error {
		var used bool // rows, but no check value: somebody took it away
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'check'),
			EXISTS (SELECT 1 FROM kind) OR EXISTS (SELECT 1 FROM item) OR EXISTS (SELECT 1 FROM run)`).Scan(&marked, &used); err != nil {
			return err
		}
		if marked {
			return s.checkKey(ctx, tx)
		}
		if used {
			return damaged("the value that tells its key is missing")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, content) VALUES ('check', $1)`,
			newKeyring(s.key, "").seal("meta", checkRow, nil, checkValue))
		return err
	})
}
