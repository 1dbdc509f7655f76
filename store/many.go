package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Many rows at a time. SQLite runs a prepared statement per row: it lies in this
// process, and a call costs next to nothing. PostgreSQL is told of a whole batch in
// one statement: each takes the way over the network and back.

// Sizes of a batch. Rows are sealed in parallel, and held until they are written.
const (
	writeBatch = 4096
	writeBytes = 4 << 20 // the contents of a batch; a single row may be larger
)

// insertion is how rows get into a table whose first column is kind, and whose others
// are bytes.
type insertion struct {
	table   string
	columns []string
	already string // what to do with a row that is there: what stands after ON CONFLICT
}

var (
	putRecords = insertion{
		"record",
		[]string{"key", "person", "mac", "content"},
		"(kind, key) DO UPDATE SET person = excluded.person, mac = excluded.mac, content = excluded.content",
	}
	putClients = insertion{
		"bulk",
		[]string{"key", "mac", "content"},
		"(kind, key) DO UPDATE SET mac = excluded.mac, content = excluded.content",
	}
	putCarriers = insertion{"carrier", []string{"hash", "key"}, "DO NOTHING"}
)

// statement is the INSERT of one row ($1 is the kind), or, from arrays, of many.
func (p insertion) statement(many bool) string {
	values := make([]string, len(p.columns))
	for i := range values {
		values[i] = fmt.Sprintf("$%d", i+2)
		if many {
			values[i] += "::bytea[]"
		}
	}
	list, source := strings.Join(values, ", "), ""
	if many {
		source = "SELECT $1::bigint, * FROM unnest(" + list + ")"
	} else {
		source = "VALUES ($1, " + list + ")"
	}
	return "INSERT INTO " + p.table + " (kind, " + strings.Join(p.columns, ", ") + ") " + source + " ON CONFLICT " + p.already
}

// put writes rows, given column by column, and says how many were written. No two of
// them are one row, but where a row that is there is left as it is.
func (s *Store) put(ctx context.Context, tx *sql.Tx, p insertion, kind int64, columns ...[][]byte) (written int, err error) {
	if len(columns[0]) == 0 {
		return 0, nil
	}
	if s.dialect == PostgreSQL {
		args := []any{kind}
		for _, c := range columns {
			args = append(args, c)
		}
		return affected(tx.ExecContext(ctx, p.statement(true), args...))
	}
	stmt, err := tx.PrepareContext(ctx, p.statement(false))
	if err != nil {
		return 0, err
	}
	defer stmt.Close()
	args := make([]any, 1+len(columns))
	args[0] = kind
	for row := range columns[0] {
		for i, c := range columns {
			args[i+1] = c[row]
		}
		n, err := affected(stmt.ExecContext(ctx, args...))
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// remove deletes rows by their keys and says how many there were.
func (s *Store) remove(ctx context.Context, tx *sql.Tx, table string, kind int64, keys []id) (removed int, err error) {
	err = s.byKey(ctx, tx, `DELETE FROM `+table+` WHERE kind = $1 AND key`, kind, keys,
		func(run func(...any) (sql.Result, error), _ func(...any) (*sql.Rows, error), args ...any) error {
			n, err := affected(run(args...))
			removed += n
			return err
		})
	return removed, err
}

// find gives key and mac of the rows that are there, of those with these keys.
func (s *Store) find(ctx context.Context, tx *sql.Tx, table string, kind int64, keys []id, give func(key, mac []byte) error) error {
	return s.selectByKey(ctx, tx, `SELECT key, mac FROM `+table+` WHERE kind = $1 AND key`, kind, keys, func(rows *sql.Rows) error {
		var key, mac sql.RawBytes
		if err := rows.Scan(&key, &mac); err != nil {
			return err
		}
		return give(key, mac)
	})
}

// selectByKey gives the rows of a query that ends with the name of a column, for those
// with these keys in it.
func (s *Store) selectByKey(ctx context.Context, tx *sql.Tx, statement string, kind int64, keys []id, give func(*sql.Rows) error) error {
	return s.byKey(ctx, tx, statement, kind, keys,
		func(_ func(...any) (sql.Result, error), query func(...any) (*sql.Rows, error), args ...any) error {
			rows, err := query(args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				if err := give(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
}

// byKey runs a statement that ends with the name of the column, for every key or for
// a batch of them.
func (s *Store) byKey(ctx context.Context, tx *sql.Tx, statement string, kind int64, keys []id,
	do func(run func(...any) (sql.Result, error), query func(...any) (*sql.Rows, error), args ...any) error,
) error {
	if len(keys) == 0 {
		return nil
	}
	size, compare := 1, " = $2"
	if s.dialect == PostgreSQL {
		size, compare = writeBatch, " = ANY ($2::bytea[])"
	}
	stmt, err := tx.PrepareContext(ctx, statement+compare)
	if err != nil {
		return err
	}
	defer stmt.Close()
	run := func(args ...any) (sql.Result, error) { return stmt.ExecContext(ctx, args...) }
	query := func(args ...any) (*sql.Rows, error) { return stmt.QueryContext(ctx, args...) }
	for from := 0; from < len(keys); from += size {
		some := keys[from:min(from+size, len(keys))]
		var arg any = some[0][:]
		if s.dialect == PostgreSQL {
			arg = bytesOf(some)
		}
		if err := do(run, query, kind, arg); err != nil {
			return err
		}
	}
	return nil
}

func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func bytesOf(keys []id) [][]byte {
	out := make([][]byte, len(keys))
	for i := range keys {
		out[i] = keys[i][:]
	}
	return out
}
