package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rs/zerolog"
)

// Probe looks at the store that dsn names, and makes none. made is false where there is
// none yet, or none that has been marked with its key. The error is what Open would fail
// with: ErrWrongKey where it was made with another key.
func Probe(ctx context.Context, dsn string, key []byte, log zerolog.Logger) (made bool, err error) {
	if isPostgres(dsn) {
		server, err := parsePostgres(dsn)
		if err != nil {
			return false, err
		}
		s, err := connectPostgres(ctx, server, key, log)
		if err != nil {
			return false, err
		}
		_, err = s.probe(ctx, s.write)
		return s.marked, errors.Join(err, s.Close())
	}
	path, err := parseDSN(dsn)
	if err != nil {
		return false, err
	}
	opening.Lock()
	defer opening.Unlock()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	s := newStore(path, key, log)
	_, err = s.probeFile(ctx, path)
	return s.marked, err
}

// probeFile is probe for a file.
func (s *Store) probeFile(ctx context.Context, path string) (version int64, err error) {
	version, err = s.probeWith(ctx, forProbing(path, "ro"))
	if unfinished(err) {
		// A process died while it made the file, and left a journal to roll back.
		version, err = s.probeWith(ctx, forProbing(path, "rw"))
	}
	return version, err
}

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
		s.marked, err = s.checkKey(ctx, tx)
		return err
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

// checkKey says whether the check value is there, and fails with ErrWrongKey if it does
// not open.
func (s *Store) checkKey(ctx context.Context, db queryer) (there bool, err error) {
	var sealed []byte
	err = db.QueryRowContext(ctx, `SELECT content FROM meta WHERE name = 'check'`).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil // made, but not yet used: markKey writes it
	}
	if err != nil {
		return false, err
	}
	value, err := newKeyring(s.key, "").open(nil, "meta", checkRow, nil, sealed)
	if err != nil || !bytes.Equal(value, checkValue) {
		return true, fmt.Errorf("%w; it was left as it is: check `keys.pseudonym`, "+
			"or, if the key has been changed on purpose, give a new path in `store:` and run once with --full", ErrWrongKey)
	}
	return true, nil
}

// markKey stores the check value in a store that has none, and makes sure that
// the one that is there is ours: two processes may make one store at once.
func (s *Store) markKey(ctx context.Context) error {
	var marked bool
	err := s.view(ctx, "opening", func(tx *sql.Tx) (err error) {
		marked, err = s.checkKey(ctx, tx)
		return err
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
			_, err := s.checkKey(ctx, tx)
			return err
		}
		if used {
			return damaged("the value that tells its key is missing")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, content) VALUES ('check', $1)`,
			newKeyring(s.key, "").seal("meta", checkRow, nil, checkValue))
		return err
	})
}
