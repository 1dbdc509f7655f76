package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/rs/zerolog"
)

const (
	// ownSchema is where the tables stand, where the URL names no search_path.
	ownSchema = "brygga"
	// connections is how many the pool has at most, where the URL says nothing
	// (pool_max_conns). Of a tenant one writes at a time.
	connections = 10
	dialTimeout = 10 * time.Second
)

// plainName is what a schema may be called: it stands in statements unquoted.
var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// errURL does not repeat the URL, nor what the parser says of it: there is a password in it.
var errURL = errors.New("store: the PostgreSQL URL cannot be read; write postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full, " +
	"with %-escapes for special characters of the password")

// pgStore is what a PostgreSQL URL says.
type pgStore struct {
	pool   *pgxpool.Config
	schema string
	where  string // for messages: without password and settings
}

func parsePostgres(dsn string) (pgStore, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return pgStore{}, errURL
	}
	c := cfg.ConnConfig
	p := pgStore{pool: cfg, schema: ownSchema}
	if path, ok := c.RuntimeParams["search_path"]; ok {
		p.schema = path
	}
	if !plainName.MatchString(p.schema) || strings.HasPrefix(p.schema, "pg_") {
		return pgStore{}, errors.New("store: the search_path of the PostgreSQL URL must be one schema, of a-z, 0-9 and _")
	}
	c.RuntimeParams["search_path"] = p.schema
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "brygga"
	}
	if !strings.Contains(dsn, "pool_max_conns=") {
		cfg.MaxConns = connections
	}
	if cfg.MaxConns < 2 {
		return pgStore{}, errors.New("store: pool_max_conns of the PostgreSQL URL must be at least 2")
	}
	if !strings.Contains(dsn, "connect_timeout=") {
		c.ConnectTimeout = dialTimeout
	}
	p.where = "postgres://" + net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) + "/" + c.Database
	if p.schema != ownSchema {
		p.where += " (schema " + p.schema + ")"
	}
	return p, nil
}

// isPostgres says whether a DSN names a PostgreSQL database.
func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// connectPostgres gives a store of which nothing has been seen yet.
func connectPostgres(ctx context.Context, p pgStore, key []byte, log zerolog.Logger) (s *Store, err error) {
	s = newStore(p.where, key, log)
	s.dialect, s.schema = PostgreSQL, p.schema
	if s.pool, err = pgxpool.NewWithConfig(ctx, p.pool); err != nil {
		return nil, s.fault("opening", err)
	}
	s.write = stdlib.OpenDBFromPool(s.pool)
	s.read = s.write
	return s, nil
}

func openPostgres(ctx context.Context, p pgStore, key []byte, log zerolog.Logger) (*Store, error) {
	s, err := connectPostgres(ctx, p, key, log)
	if err != nil {
		return nil, err
	}
	version, err := s.probe(ctx, s.write)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s.ready(ctx, version)
}

// belongsPostgres fails where a database is no place for a store: with another
// encoding, on a server that only follows, or where another program's tables stand.
func (s *Store) belongsPostgres(ctx context.Context, tx *sql.Tx) error {
	var encoding string
	var follows bool
	var tables, ours int
	err := tx.QueryRowContext(ctx, `SELECT current_setting('server_encoding'), pg_is_in_recovery(),
		count(*), count(*) FILTER (WHERE tablename = $2) FROM pg_tables WHERE schemaname = $1`,
		s.schema, versionTable).Scan(&encoding, &follows, &tables, &ours)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return fmt.Errorf("the database has the encoding %s; make one with ENCODING 'UTF8'", encoding)
	case follows:
		return fmt.Errorf("%w: this server is a standby; give the address of the primary in `store:`", ErrReadOnly)
	case tables > 0 && ours == 0:
		return fmt.Errorf("%w: there are %d tables in the schema %s, and none of them is %s; it was left as it is: give another database, or another schema (search_path), in `store:`",
			ErrNotOurs, tables, s.schema, versionTable)
	}
	return nil
}

// The settings of a transaction that writes. Whoever waits for the lock waits as
// long as a large put may take over a slow network, and no longer; a process that
// stands still, or is cut off, in the middle of a transaction loses it, and the lock.
const (
	lockPatience = 5 * time.Minute
	idlePatience = time.Minute
)

// lock takes the lock under which a tenant's things are written, until the end of
// the transaction; nil: everything's. On SQLite the transaction has it already.
//
// The transaction is READ COMMITTED, so that its statements after this one see what
// the one before it committed. A snapshot (REPEATABLE READ, SERIALIZABLE) would be
// taken before the wait.
func (s *Store) lock(ctx context.Context, tx *sql.Tx, tenant *string) error {
	if s.dialect != PostgreSQL {
		return nil
	}
	if err := s.bound(ctx, tx, tenant != nil); err != nil {
		return err
	}
	if tenant == nil {
		_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1::bigint)`, s.lockKey("store"))
		return err
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared($1::bigint), pg_advisory_xact_lock($2::bigint)`,
		s.lockKey("store"), s.lockKey("tenant", *tenant))
	return err
}

// bound sets how long a transaction waits for locks, and, where it does all of its
// work itself, how long it may stand still.
func (s *Store) bound(ctx context.Context, tx *sql.Tx, idle bool) error {
	if s.dialect != PostgreSQL {
		return nil
	}
	still := "0"
	if idle {
		still = fmt.Sprint(idlePatience.Milliseconds())
	}
	_, err := tx.ExecContext(ctx, `SELECT set_config('lock_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true)`,
		fmt.Sprint(s.lockWait.Milliseconds()), still)
	return err
}

// lockKey is the number of an advisory lock: those are of the whole database.
func (s *Store) lockKey(parts ...string) int64 {
	sum := sha256.Sum256([]byte("brygga/store/lock\x00" + s.schema + "\x00" + strings.Join(parts, "\x00")))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

func (s *Store) writeOptions() *sql.TxOptions {
	if s.dialect != PostgreSQL {
		return nil
	}
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

func (s *Store) viewOptions() *sql.TxOptions {
	if s.dialect != PostgreSQL {
		return &sql.TxOptions{ReadOnly: true}
	}
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}
