package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// What callers can tell apart. The error that wraps one of them says which file
// and what to do.
var (
	ErrWrongKey = errors.New("this store was made with another key")
	ErrDamaged  = errors.New("the store is damaged")
	ErrNewer    = errors.New("this store was made by a newer brygga")
	ErrNotOurs  = errors.New("this is another program's database")
	ErrReadOnly = errors.New("the store cannot be written")
	ErrFull     = errors.New("no space is left for the store")
	ErrBusy     = errors.New("another process keeps the store locked")
	ErrLost     = errors.New("the database does not answer")        // only PostgreSQL
	ErrDenied   = errors.New("the database does not let brygga in") // only PostgreSQL
)

// remedy is what an error of the database means (nil: only itself), and what to do.
type remedy struct {
	is error
	do string
}

// The primary result codes of SQLite that have an answer
// (https://www.sqlite.org/rescode.html), which are the low byte of an extended code,
// and the extended ones that say more than it.
const (
	codeBusy     = 5
	codeLocked   = 6
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
	// The file beside the store that processes share could not grow: the disk is full
	// (SQLITE_IOERR_SHMSIZE).
	codeShmSize = codeIO | 19<<8
)

var remedies = map[int]remedy{
	codeBusy:     {ErrBusy, "let the other brygga on this store end, or end it"},
	codeLocked:   {ErrBusy, "let the other brygga on this store end, or end it"},
	codeReadOnly: {ErrReadOnly, "check the owner and mode of the file and its directory, and that the disk is not mounted read-only"},
	codeCantOpen: {ErrReadOnly, "check that the directory exists and that brygga may write in it"},
	codeCorrupt:  {ErrDamaged, "it was left as it is; restore it from a backup, or move it away and run once with --full"},
	codeNotADB:   {ErrDamaged, "it was left as it is; restore it from a backup, or move it away and run once with --full"},
	codeIO:       {nil, "check the disk; what was stored before is kept"},
	codeShmSize:  {ErrFull, "free space on the disk and run again; what was stored before is kept"},
	codeFull:     {ErrFull, "free space on the disk and run again; what was stored before is kept"},
}

// fault says of an error what was being done, where, and what to do about it.
// nil stays nil, and what already is one of ours is not explained twice.
func (s *Store) fault(doing string, err error) error {
	if err == nil {
		return nil
	}
	var r remedy
	var ok bool
	var fromSQLite *sqlite.Error
	switch {
	case errors.Is(err, context.Canceled):
	case s.dialect == PostgreSQL:
		r, ok = remedyOf(err)
		err = oneLine{err}
	case errors.As(err, &fromSQLite) && !errors.Is(err, context.DeadlineExceeded):
		if r, ok = remedies[fromSQLite.Code()]; !ok {
			r, ok = remedies[fromSQLite.Code()&0xff]
		}
	}
	switch {
	case !ok:
		return fmt.Errorf("store %s: %s: %w", s.where, doing, err)
	case r.is == nil:
		return fmt.Errorf("store %s: %s: %w; %s", s.where, doing, err, r.do)
	}
	return fmt.Errorf("store %s: %s: %w: %w; %s", s.where, doing, r.is, err, r.do)
}

// oneLine is an error of pgx, which writes a line for every address that it tried.
type oneLine struct{ error }

func (o oneLine) Error() string { return strings.Join(strings.Fields(o.error.Error()), " ") }
func (o oneLine) Unwrap() error { return o.error }

// unfinished says whether a file could not be read for reading only, since a
// journal must be rolled back first (SQLITE_READONLY_ROLLBACK).
func unfinished(err error) bool {
	const readOnlyRollback = codeReadOnly | 3<<8
	var fromSQLite *sqlite.Error
	return errors.As(err, &fromSQLite) && fromSQLite.Code() == readOnlyRollback
}

// damaged is the error for a row that is not what was written.
func damaged(what string) error {
	return fmt.Errorf("%w: %s; it was changed or damaged outside brygga: restore it from a backup, "+
		"or move it away and run once with --full", ErrDamaged, what)
}
