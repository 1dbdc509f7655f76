package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// ownerOnly is the mode of the file, and of the -wal and -shm files beside it,
// which take it over.
const ownerOnly = 0o600

// opening: the descriptor that creates a file must be closed before SQLite locks
// it, since closing any descriptor of a file drops the process' POSIX locks on it.
var opening sync.Mutex

// Open opens the store that dsn names, creating it where there is none, and brings
// an older schema up to date. dsn is "sqlite:PATH", "sqlite::memory:" for one that
// ends with Close, or a URL postgres://USER:PASSWORD@HOST/DATABASE (postgres.go);
// no error repeats it. key is the pseudonym key, at least 32 bytes.
//
// It fails, and changes nothing, where the store was made with another key
// (ErrWrongKey), is damaged (ErrDamaged), was made by a newer brygga (ErrNewer)
// or by another program (ErrNotOurs), or cannot be written (ErrReadOnly); and where
// PostgreSQL does not answer (ErrLost) or lets nobody in (ErrDenied).
func Open(ctx context.Context, dsn string, key []byte, log zerolog.Logger) (*Store, error) {
	var path string
	var server pgStore
	var err error
	if isPostgres(dsn) {
		server, err = parsePostgres(dsn)
	} else {
		path, err = parseDSN(dsn)
	}
	if err != nil {
		return nil, err
	}
	if len(key) < minKey {
		return nil, fmt.Errorf("store: the pseudonym key has %d bytes, and needs at least %d; make one with `openssl rand -base64 %d`",
			len(key), minKey, minKey)
	}
	if server.pool != nil {
		return openPostgres(ctx, server, key, log)
	}
	opening.Lock()
	defer opening.Unlock()

	// While a file changes from being made to being in use, or from its last user
	// to none, SQLite answers busy at once and waits for nobody.
	patience := time.After(10 * time.Second)
	for {
		s, err := open(ctx, path, key, log)
		if !errors.Is(err, ErrBusy) {
			return s, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-patience:
			return nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func open(ctx context.Context, path string, key []byte, log zerolog.Logger) (s *Store, err error) {
	s = newStore(path, key, log)
	if path == memory {
		s.where = "in memory"
		if s.write, err = sql.Open(driver, forWriting(path)); err != nil {
			return nil, s.fault("opening", err)
		}
		s.write.SetMaxOpenConns(1) // another connection would be another, empty store
		s.read = s.write
		return s.ready(ctx, 0)
	}

	version, err := s.look(ctx, path)
	if err != nil {
		return nil, err
	}
	if s.write, err = sql.Open(driver, forWriting(path)); err != nil {
		return nil, s.fault("opening", err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open(driver, forReading(path)); err != nil {
		return nil, s.fault("opening", errors.Join(err, s.write.Close()))
	}
	s.read.SetMaxOpenConns(4)
	return s.ready(ctx, version)
}

// look creates the file, or examines the one that is there without changing
// it. It gives the version of its schema, 0 for none yet.
func (s *Store) look(ctx context.Context, path string) (version int64, err error) {
	info, failed := os.Stat(path)
	switch {
	case errors.Is(failed, fs.ErrNotExist):
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, ownerOnly)
		if errors.Is(err, fs.ErrExist) {
			break // another process was faster; what it makes is examined below
		}
		if err != nil {
			return 0, fmt.Errorf("store: creating the file: %w: %w; check that the directory exists and that brygga may write in it", ErrReadOnly, err)
		}
		return 0, s.fault("creating", f.Close())
	case failed != nil:
		return 0, fmt.Errorf("store: looking for the file: %w", failed)
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("store: %s is not a file; give the path of a file in `store:`", path)
	case info.Mode().Perm()&^ownerOnly != 0:
		// Tightened only after the file has shown itself to be ours.
		defer func() {
			if err == nil {
				s.tighten(path)
			}
		}()
	}
	return s.probeFile(ctx, path)
}

// tighten takes the file from everybody but its owner. Where that fails, since
// it is another's, it is only said: what is in it is sealed.
func (s *Store) tighten(path string) {
	for _, p := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(p, ownerOnly); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Warn().Err(err).Str("store", path).Msg("others than the owner may read or write the store, and that could not be changed; set its mode to 0600")
			return
		}
	}
	s.log.Warn().Str("store", path).Msg("others than the owner could read or write the store; its mode is 0600 now")
}

// ready makes the schema current and marks a new store with its key. On failure
// the store is closed.
func (s *Store) ready(ctx context.Context, version int64) (*Store, error) {
	err := s.writable(ctx)
	if err == nil && version < newestVersion {
		err = s.migrate(ctx)
	}
	if err == nil {
		err = s.markKey(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// writable fails if SQLite could open the file for reading only.
func (s *Store) writable(ctx context.Context) error {
	if s.dialect != SQLite {
		return nil
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return s.fault("opening", err)
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		readOnly, err := c.(interface{ IsReadOnly(string) (bool, error) }).IsReadOnly("main")
		if err != nil {
			return s.fault("opening", err)
		}
		if readOnly {
			return fmt.Errorf("store %s: opening: %w; %s", s.where, ErrReadOnly, remedies[codeReadOnly].do)
		}
		return nil
	})
}
