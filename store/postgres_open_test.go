package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/care"
)

// What is said of a URL never holds the password that is in it.
func TestPostgresURLsThatAreRefused(t *testing.T) {
	shut, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	nobody := shut.Addr().String()
	ok(t, shut.Close())
	tests := []struct {
		name, dsn string
		is        error
		says      string
	}{
		{"a port that is none", "postgres://user:hemligt@host:abc/db", nil, "write postgres://USER:PASSWORD@HOST"},
		{"a password whose special characters are not escaped", "postgres://user:hem%ligt@host/db", nil, "%-escapes"},
		{"a password with a slash", "postgres://user:hemligt/x@host/db", nil, "%-escapes"},
		{"an sslmode that there is not", "postgres://user:hemligt@host/db?sslmode=hemligt", nil, "sslmode=verify-full"},
		{"a search_path of several schemas", "postgres://user:hemligt@127.0.0.1/db?search_path=a,public", nil, "must be one schema"},
		{"a search_path that would be a statement", "postgres://user:hemligt@127.0.0.1/db?search_path=a%3BDROP", nil, "must be one schema"},
		{"a schema of PostgreSQL's own", "postgres://user:hemligt@127.0.0.1/db?search_path=pg_catalog", nil, "must be one schema"},
		{"a pool of one connection", "postgres://user:hemligt@127.0.0.1/db?pool_max_conns=1", nil, "at least 2"},
		{"a port where nobody listens", "postgres://user:hemligt@" + nobody + "/db?sslmode=disable", ErrLost, "check that PostgreSQL runs"},
		{"a host that does not exist", "postgres://user:hemligt@brygga.invalid/db?sslmode=disable", ErrLost, "check that PostgreSQL runs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open(context.Background(), tt.dsn, testKey, zerolog.Nop())
			if err == nil {
				t.Fatalf("it opened: %v", s.Close())
			}
			if tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error is %q, and should say %q", err, tt.says)
			}
			if strings.Contains(err.Error(), "ligt") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error holds the password, or more than a line: %q", err)
			}
		})
	}
}

// Whatever is wrong with a database, it is said, and the database is left as it is.
func TestPostgresThatCannotBeUsed(t *testing.T) {
	base := server(t)
	fresh := func(t *testing.T) string {
		dsn := schemaIn(t)
		s, err := Open(context.Background(), dsn, testKey, zerolog.Nop())
		ok(t, err)
		put(t, s.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(recordsOf(50, planRecord)...)}, Diff{Added: 50})
		ok(t, s.Close())
		return dsn
	}
	after := func(statements string) func(*testing.T) string {
		return func(t *testing.T) string {
			dsn := fresh(t)
			adminExec(t, dsn, statements)
			return dsn
		}
	}
	role := func(t *testing.T, name, grant, revoke string) func(string) string {
		adminExec(t, base, `DROP ROLE IF EXISTS `+name)
		adminExec(t, base, `CREATE ROLE `+name+` LOGIN`)
		t.Cleanup(func() { adminExec(t, base, revoke+`; DROP ROLE `+name) })
		adminExec(t, base, grant)
		return func(dsn string) string {
			u, err := url.Parse(dsn)
			ok(t, err)
			u.User = url.User(name)
			return u.String()
		}
	}
	tests := []struct {
		name  string
		place func(*testing.T) string
		key   []byte
		is    error
		says  string
	}{
		{"another key", fresh, otherKey, ErrWrongKey, "check `keys.pseudonym`"},
		{"a newer schema", after(`INSERT INTO brygga_schema (version_id, is_applied) VALUES (99, true)`), testKey, ErrNewer, "its schema is version 99"},
		{"a store whose check value was taken away", after(`DELETE FROM meta`), testKey, ErrDamaged, "the value that tells its key is missing"},
		{"a store one of whose tables was taken away", after(`DROP TABLE meta`), testKey, ErrDamaged, "restore the database"},
		{"another program's schema", func(t *testing.T) string {
			dsn := schemaIn(t)
			name := settingOf(t, dsn, "search_path")
			adminExec(t, base, `CREATE SCHEMA `+name+`; CREATE TABLE `+name+`.customers (name text)`)
			return dsn
		}, testKey, ErrNotOurs, "give another database, or another schema"},
		{"a database that does not exist", func(t *testing.T) string {
			u, err := url.Parse(base)
			ok(t, err)
			u.Path = "/brygga_none"
			return u.String()
		}, testKey, ErrDenied, "createdb"},
		{"a database of another encoding", func(t *testing.T) string {
			adminExec(t, base, `DROP DATABASE IF EXISTS brygga_latin1`)
			adminExec(t, base, `CREATE DATABASE brygga_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
			t.Cleanup(func() { adminExec(t, base, `DROP DATABASE brygga_latin1`) })
			u, err := url.Parse(base)
			ok(t, err)
			u.Path = "/brygga_latin1"
			return u.String()
		}, testKey, nil, "ENCODING 'UTF8'"},
		{"a user who may not make a schema", func(t *testing.T) string {
			return role(t, "brygga_visitor", `SELECT 1`, `SELECT 1`)(schemaIn(t))
		}, testKey, ErrDenied, "may CREATE one"},
		{"a user who may not read the tables", func(t *testing.T) string {
			dsn := fresh(t)
			name := settingOf(t, dsn, "search_path")
			return role(t, "brygga_guest", `GRANT USAGE ON SCHEMA `+name+` TO brygga_guest`, `REVOKE USAGE ON SCHEMA `+name+` FROM brygga_guest`)(dsn)
		}, testKey, ErrDenied, "must own the schema"},
		{"a user whose transactions are for reading only", func(t *testing.T) string {
			return withSetting(t, schemaIn(t), "default_transaction_read_only", "on")
		}, testKey, ErrReadOnly, "takes no writes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsn := tt.place(t)
			before := dump(t, dsn)
			s, err := Open(context.Background(), dsn, tt.key, zerolog.Nop())
			if err == nil {
				t.Fatalf("it opened: %v", s.Close())
			}
			if tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("opening gives %v, and should be %v and say %q", err, tt.is, tt.says)
			}
			if now := dump(t, dsn); !reflect.DeepEqual(now, before) {
				t.Errorf("it was changed: it had %d rows, and has %d", len(before), len(now))
			}
		})
	}
}

func settingOf(t testing.TB, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	ok(t, err)
	return u.Query().Get(name)
}

// dump gives every row of every table of a schema as text, bytes as they are; nothing
// where it cannot be read at all.
func dump(t testing.TB, dsn string) (out []string) {
	t.Helper()
	u, err := url.Parse(dsn)
	ok(t, err)
	admin, err := url.Parse(server(t))
	ok(t, err)
	if u.Path != admin.Path {
		return nil
	}
	db := rawDB(t, withSetting(t, server(t), "application_name", "dump"))
	schema := u.Query().Get("search_path")
	rows, err := db.Query(`SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1`, schema)
	ok(t, err)
	var tables []string
	for rows.Next() {
		var name string
		ok(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	ok(t, rows.Err())
	for _, table := range tables {
		rows, err := db.Query(`SELECT * FROM ` + schema + `.` + table)
		ok(t, err)
		columns, err := rows.Columns()
		ok(t, err)
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			ok(t, rows.Scan(into...))
			line := table
			for _, v := range values {
				if b, is := v.([]byte); is {
					line += "|" + string(b)
				} else {
					line += "|" + fmt.Sprint(v)
				}
			}
			out = append(out, line)
		}
		ok(t, rows.Err())
	}
	return out
}

func TestPostgresNamesNobody(t *testing.T) {
	dsn := schemaIn(t)
	s := openAt(t, dsn)
	tenant := full(t, s, "exempelkommun")
	put(t, tenant, KindPut{Upserts: care.Pack(append(recordsOf(4, planRecord), clientRecord(1), staffRecord(4))...)}, Diff{Added: 2, Same: 4})
	ok(t, tenant.Audit(t.Context(), auditKey, auditEntry(tenant, 1)))
	all := strings.Join(dump(t, dsn), "\n")
	for _, secret := range []string{"klient-1", "Patient/", "CarePlan/", "Practitioner/", "undersköterska", "anna", "names.read", string(testKey), tenant.AuditClient(klient1)} {
		if strings.Contains(all, secret) {
			t.Errorf("the database holds %q", secret)
		}
	}
	for _, open := range []string{"exempelkommun", "journal", "reconcile"} { // the search can find something
		if !strings.Contains(all, open) {
			t.Errorf("the search does not find %q, which is not sealed", open)
		}
	}
}

// A store that the first version left is brought up to date, with what is in it.
func TestPostgresOfVersion1IsBroughtUpToDate(t *testing.T) {
	ctx, dsn := context.Background(), schemaIn(t)
	p, err := parsePostgres(dsn)
	ok(t, err)
	old, err := connectPostgres(ctx, p, testKey, zerolog.Nop())
	ok(t, err)
	ok(t, old.migrateTo(ctx, 1))
	plans, visits, names := version1Facts()
	_, err = old.write.Exec(`INSERT INTO meta (name, content) VALUES ('check', $1)`, newKeyring(testKey, "").seal("meta", checkRow, nil, checkValue))
	ok(t, err)
	put(t, old.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(plans[:5]...), Checkpoint: checkpoint("one")}, Diff{Added: 5})
	_, err = old.Tenant("exempelkommun").PutVisits(ctx, "journal", VisitPut{Changed: visits, Names: names})
	ok(t, err)
	ok(t, old.Close())

	if s, err := Open(ctx, dsn, otherKey, zerolog.Nop()); !errors.Is(err, ErrWrongKey) {
		t.Fatalf("another key gives %v (%v)", err, s)
	}
	for _, when := range []string{"when it is migrated", "when it is opened again"} {
		s := openAt(t, dsn)
		tenant := s.Tenant("exempelkommun")
		put(t, tenant, KindPut{Upserts: care.Pack(plans[:5]...), Checkpoint: checkpoint("one")}, Diff{Same: 5})
		if v, err := tenant.Visits(ctx, "journal"); err != nil || !reflect.DeepEqual(v.ByClient, visits) {
			t.Errorf("%s, the visits are %+v, %v", when, v, err)
		}
		if version, err := s.readVersion(ctx, s.read); err != nil || version != newestVersion {
			t.Errorf("%s, the schema is version %d, %v", when, version, err)
		}
	}
}

// A process that is killed while it makes a store leaves one that can be opened.
func TestPostgresKilledWhileAStoreIsMade(t *testing.T) {
	for round := range 8 {
		dsn := schemaIn(t)
		c := start(t, "open", dsn)
		time.Sleep(time.Duration(10+round*15) * time.Millisecond)
		last := c.kill(t)
		s, err := Open(context.Background(), dsn, testKey, zerolog.Nop())
		if err != nil {
			t.Fatalf("after a kill (it had said %q) opening gives %v", last, err)
		}
		put(t, s.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(recordsOf(2, planRecord)...)}, Diff{Added: 2})
		ok(t, s.Close())
	}
}

// What the engine of jobs is given: a pool in whose search_path the tables stand.
func TestPostgresGivesItsPool(t *testing.T) {
	dsn := schemaIn(t)
	s := openAt(t, dsn)
	full(t, s, "norra")
	if s.Dialect() != PostgreSQL || s.Pool() == nil || s.DB() == nil {
		t.Fatalf("%s, %v, %v", s.Dialect(), s.Pool(), s.DB())
	}
	var schema string
	var rows int
	ok(t, s.Pool().QueryRow(t.Context(), `SELECT current_schema(), (SELECT count(*) FROM record)`).Scan(&schema, &rows))
	if schema != settingOf(t, dsn, "search_path") || rows != 4 {
		t.Errorf("in the schema %s there are %d records", schema, rows)
	}
	lite := openAt(t, t.TempDir()+"/brygga.db")
	if lite.Dialect() != SQLite || lite.Pool() != nil || lite.DB() == nil {
		t.Errorf("%s, %v, %v", lite.Dialect(), lite.Pool(), lite.DB())
	}
}

func FuzzParsePostgres(f *testing.F) {
	for _, s := range []string{
		"postgres://brygga@db.example.se/brygga?sslmode=verify-full", "postgresql://u:p@[::1]:5432/db", "postgres:///db?host=/run/postgresql",
		"postgres://u:p@a,b:1/db?search_path=x", "postgres://%zz", "postgres://u@h/d?pool_max_conns=99999999999",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !isPostgres(s) || strings.Contains(s, "service") || strings.Contains(s, "ssl") || strings.Contains(s, "passfile") {
			return // those read files
		}
		p, err := parsePostgres(s)
		if err != nil {
			if len(s) > 12 && strings.Contains(err.Error(), s) {
				t.Errorf("the error repeats the URL %q: %v", s, err)
			}
			return
		}
		if !plainName.MatchString(p.schema) || p.pool.MaxConns < 2 || p.pool.ConnConfig.RuntimeParams["search_path"] != p.schema {
			t.Errorf("%q is read as %+v", s, p)
		}
	})
}

// A municipality moves from a file to PostgreSQL, and back, by a backup.
func TestPostgresTakesABackupOfAFile(t *testing.T) {
	ctx := context.Background()
	file := openAt(t, t.TempDir()+"/brygga.db")
	server, back := openAt(t, pathIn(t)), openAt(t, t.TempDir()+"/back.db")
	full(t, file, "norra")
	ok(t, file.Tenant("norra").Audit(ctx, auditKey, auditEntry(file.Tenant("norra"), 1)))
	for _, way := range []struct {
		name     string
		from, to *Store
	}{{"to PostgreSQL", file, server}, {"and back to a file", server, back}} {
		b := backedUp(t, way.from)
		_, err := way.to.Restore(ctx, func() (io.Reader, error) { return bytes.NewReader(b), nil })
		ok(t, err)
		tenant := way.to.Tenant("norra")
		put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(4, planRecord)...), Checkpoint: checkpoint("norra")}, Diff{Same: 4})
		_, err = tenant.PutKind(ctx, "hr", way.name, KindPut{Upserts: care.Pack(staffRecord(1))}) // a kind that gets a new number
		ok(t, err)
		ok(t, tenant.StartRun(ctx, Run{ID: way.name, Job: "reconcile", Started: noon}))
		if runs, err := tenant.Runs(ctx, 1); err != nil || runs[0].ID != way.name {
			t.Errorf("%s, the latest run is %+v, %v", way.name, runs, err)
		}
		ok(t, tenant.Audit(ctx, auditKey, auditEntry(tenant, 2)))
		if s := verified(t, tenant, nil); s.Broken != nil {
			t.Errorf("%s, the audit log is %+v", way.name, s)
		}
	}
}
