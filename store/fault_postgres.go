package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// errUnsure is that the connection was lost while a commit was on its way: it may
// or may not have arrived, and so is not simply done again.
var errUnsure = errors.New("the connection was lost before the answer to the last write came")

// The SQLSTATEs of PostgreSQL that have an answer
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
var states = map[string]remedy{
	"25006": {ErrReadOnly, "this server takes no writes: give the address of the primary in `store:`"},
	"28000": {ErrDenied, "check user and address in `store:`, and pg_hba.conf on the server"},
	"28P01": {ErrDenied, "check user and password in `store:`"},
	"3D000": {ErrDenied, "the database does not exist: make it with `createdb -E UTF8`, owned by the user in `store:`"},
	"42501": {ErrDenied, "the user in `store:` must own the schema, or may CREATE one in the database"},
	"3F000": {ErrDenied, "the schema does not exist any more; somebody removed it: restore it from a backup"},
	"42P01": {ErrDamaged, "a table is missing; it was left as it is: restore the database from a backup"},
	"40001": {ErrBusy, "run again; what was stored before is kept"},
	"40P01": {ErrBusy, "run again; what was stored before is kept"},
	"53100": {ErrFull, "free space on the server's disk and run again; what was stored before is kept"},
	"53200": {nil, "the server has no memory left; what was stored before is kept"},
	"53300": {ErrBusy, "the server takes no more connections: raise max_connections, or set pool_max_conns in the URL of `store:`"},
	"55P03": {ErrBusy, "let the other brygga on this store end, or end it"},
	"57014": {nil, "the server ended the statement; check statement_timeout of the user in `store:`"},
	"XX001": {ErrDamaged, "it was left as it is; restore the database from a backup"},
	"XX002": {ErrDamaged, "it was left as it is; restore the database from a backup"},
}

const remedyLost = "check that PostgreSQL runs and can be reached from here, and run again; what was stored before is kept"

// remedyOf says what an error of PostgreSQL means, and what to do.
func remedyOf(err error) (r remedy, ok bool) {
	if errors.Is(err, errUnsure) {
		return remedy{ErrLost, "check that PostgreSQL runs, look at what was stored last, and run again"}, true
	}
	if lost(err) {
		return remedy{ErrLost, remedyLost}, true
	}
	var fromServer *pgconn.PgError
	if errors.As(err, &fromServer) {
		r, ok = states[fromServer.Code]
	}
	return r, ok
}

// lost says whether the database did not answer, or the connection to it broke: all
// that was not committed is gone.
func lost(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && !isDial(err) {
		return false
	}
	var fromServer *pgconn.PgError
	if errors.As(err, &fromServer) {
		switch fromServer.Code {
		case "57P01", "57P02", "57P03", "57P05", "25P03": // shutting down, crashed, starting, idle for too long
			return true
		}
		return len(fromServer.Code) == 5 && fromServer.Code[:2] == "08"
	}
	var broken net.Error
	return isDial(err) || errors.As(err, &broken) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

func isDial(err error) bool {
	var dial *pgconn.ConnectError
	return errors.As(err, &dial)
}

// passing says whether another attempt at the same may well succeed: the
// transaction was certainly rolled back, for a reason that goes away.
func (s *Store) passing(err error) bool {
	if s.dialect != PostgreSQL || errors.Is(err, errUnsure) {
		return false
	}
	var fromServer *pgconn.PgError
	if errors.As(err, &fromServer) && (fromServer.Code == "40001" || fromServer.Code == "40P01") {
		return true
	}
	return lost(err)
}

// unsure marks an error of a commit whose outcome is not known.
func (s *Store) unsure(err error) error {
	if s.dialect == PostgreSQL && lost(err) && !pgconn.SafeToRetry(err) {
		return fmt.Errorf("%w: %w", errUnsure, err)
	}
	return err
}
