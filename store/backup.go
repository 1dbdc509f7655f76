package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// notBackedUp are tables of the moment: who holds which lease, which daemons live,
// what the engine of jobs has in hand, and the notes of the migrations.
func notBackedUp(table string) bool {
	return slices.Contains([]string{"lease", "daemon", versionTable}, table) || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "sqlite_")
}

// Backup writes everything that is kept, of all tenants, to w: one state of the store,
// whatever is written meanwhile, and whatever runs. What is sealed stays sealed, and
// the keys are not in it. made is when.
func (s *Store) Backup(ctx context.Context, w io.Writer, made time.Time) (info BackupInfo, err error) {
	err = s.view(ctx, "backing up", func(tx *sql.Tx) error {
		tables, err := s.tablesOf(ctx, tx)
		if err != nil {
			return err
		}
		b, err := newBackupWriter(w, BackupHeader{Schema: newestVersion, Made: utc(made), Tables: tables})
		if err != nil {
			return err
		}
		for i, t := range tables {
			if err := backUp(ctx, tx, b, i, t); err != nil {
				return fmt.Errorf("the table %s: %w", t.Name, err)
			}
		}
		info = BackupInfo{Made: utc(made), Schema: newestVersion}
		info.Rows, err = b.end(w)
		return err
	})
	if err != nil {
		return BackupInfo{}, err
	}
	return info, nil
}

// tablesOf lists what is backed up of the store as it is, with the table that others
// refer to first.
func (s *Store) tablesOf(ctx context.Context, tx *sql.Tx) (out []BackupTable, err error) {
	var names []string
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if !notBackedUp(name) {
			names = append(names, name)
		}
		return nil
	}, s.listTables())
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == "kind" && b != "kind":
			return -1
		case b == "kind" && a != "kind":
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		if err != nil {
			break
		}
		t := BackupTable{Name: name}
		var rows *sql.Rows
		if rows, err = tx.QueryContext(ctx, `SELECT * FROM `+name+` LIMIT 0`); err != nil {
			break
		}
		t.Columns, err = rows.Columns()
		err = errors.Join(err, rows.Close())
		t.Columns = slices.DeleteFunc(t.Columns, func(c string) bool { return c == rowOrder })
		out = append(out, t)
	}
	return out, err
}

func backUp(ctx context.Context, tx *sql.Tx, b *backupWriter, index int, t BackupTable) error {
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	order := ""
	if t.Name == "run" {
		order = ` ORDER BY ` + rowOrder
	}
	return each(ctx, tx, func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		return b.row(index, values)
	}, `SELECT `+quoted(t.Columns)+` FROM `+t.Name+order)
}

// rowOrder numbers runs as they began: on SQLite it is no column. What is restored is
// numbered anew, in the same order.
const rowOrder = "rowid"

func quoted(columns []string) string { return `"` + strings.Join(columns, `", "`) + `"` }

// ErrNotEmpty is that a backup is not restored over what is there.
var ErrNotEmpty = errors.New("the store is not empty")

// Restore puts a backup into an empty store. open gives the backup from its beginning;
// it is called more than once, and each time it is read to its end: what is not whole
// is found before anything is written, and what is written is written in one
// transaction. It fails with ErrBackup, with ErrNotEmpty, with ErrNewer where a newer
// brygga made the backup, and with ErrWrongKey where the store of the backup had
// another key; then the store is as it was.
func (s *Store) Restore(ctx context.Context, open func() (io.Reader, error)) (info BackupInfo, err error) {
	in, err := open()
	if err != nil {
		return info, err
	}
	if info, err = readBackup(in, s.takes, func(int, []any) error { return ctx.Err() }); err != nil {
		return BackupInfo{}, fmt.Errorf("nothing is restored: %w", err)
	}
	err = s.update(ctx, "restoring", func(tx *sql.Tx) error {
		in, err := open()
		if err != nil {
			return err
		}
		if err := s.empty(ctx, tx); err != nil {
			return err
		}
		p := restoring{ctx: ctx, tx: tx, overriding: s.overriding()}
		if _, err := readBackup(in, p.begin, p.row); err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
		if err := s.afterRestore(ctx, tx); err != nil {
			return err
		}
		_, err = s.checkKey(ctx, tx)
		return err
	})
	if err != nil {
		return BackupInfo{}, err
	}
	return info, nil
}

// takes refuses a backup of a newer store. One of an older store goes into the tables
// of today: they have only grown since (TestMigrationsOnlyMakeRoom).
func (s *Store) takes(h BackupHeader) error {
	if h.Schema > newestVersion {
		return fmt.Errorf("%w: the backup is of version %d, and this brygga knows %d; restore it with the brygga that made it, or a newer one", ErrNewer, h.Schema, newestVersion)
	}
	for _, t := range h.Tables {
		for _, name := range append([]string{t.Name}, t.Columns...) {
			if !tableName.MatchString(name) {
				return fmt.Errorf("%w: a name in it is none of a table", ErrBackup)
			}
		}
		if notBackedUp(t.Name) {
			return fmt.Errorf("%w: it holds a table that is never backed up", ErrBackup)
		}
	}
	return nil
}

var tableName = regexp.MustCompile(`^[a-z_]{1,40}$`)

// empty fails where anything is kept. The value that tells the key is taken away, since
// the one of the backup takes its place.
func (s *Store) empty(ctx context.Context, tx *sql.Tx) error {
	tables, err := s.tablesOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Name == "meta" {
			continue
		}
		var used bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+t.Name+`)`).Scan(&used); err != nil {
			return err
		}
		if used {
			return fmt.Errorf("%w: give a new path, or another database, in `store:`, and restore into that", ErrNotEmpty)
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM meta`)
	return err
}

// restoring writes rows, many in one statement.
type restoring struct {
	ctx        context.Context
	tx         *sql.Tx
	tables     []BackupTable
	table      int
	values     []any
	bytes      int
	overriding string // see backup_dialect.go
}

// The most that one statement takes: parameters (of SQLite 32766, of PostgreSQL 65535),
// and bytes.
const (
	mostParameters = 8000
	mostBytes      = 4 << 20
)

func (p *restoring) begin(h BackupHeader) error { p.tables = h.Tables; return nil }

func (p *restoring) row(table int, values []any) error {
	if table != p.table || len(p.values)+len(values) > mostParameters || p.bytes > mostBytes {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.table, p.values = table, append(p.values, values...)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			p.bytes += len(v)
		case []byte:
			p.bytes += len(v)
		}
	}
	return nil
}

func (p *restoring) flush() error {
	if len(p.values) == 0 {
		return nil
	}
	t := p.tables[p.table]
	var q strings.Builder
	q.WriteString(`INSERT INTO ` + t.Name + ` (` + quoted(t.Columns) + `) ` + p.overriding + `VALUES `)
	for i := range p.values {
		switch {
		case i == 0:
			q.WriteByte('(')
		case i%len(t.Columns) == 0:
			q.WriteString("), (")
		default:
			q.WriteString(", ")
		}
		fmt.Fprintf(&q, "$%d", i+1)
	}
	q.WriteByte(')')
	_, err := p.tx.ExecContext(p.ctx, q.String(), p.values...)
	p.values, p.bytes = p.values[:0], 0
	return err
}
