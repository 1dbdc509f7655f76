package store

import (
	"context"
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"brygga/care"
)

var update = flag.Bool("update", false, "make testdata/version1.sqlite again, with the first migration only")

// version1 is a store as the first migration left it, with facts in it that the
// code of that time sealed. Later code must read it for ever: it is not made
// again when the format of rows changes.
const version1 = "testdata/version1.sqlite"

func version1Facts() (plans []care.Record, visits map[care.Ref][]care.Visit, names *care.Names) {
	return append(recordsOf(5, planRecord), clientRecord(1)),
		map[care.Ref][]care.Visit{klient1: {visit(1, 1), visit(2, 2)}, klient2: {visit(3)}},
		care.NewNames("Practitioner/anna", "Practitioner/per")
}

// TestUpdateVersion1 makes the file; it runs only when asked to.
func TestUpdateVersion1(t *testing.T) {
	if !*update {
		t.Skip("only with -update")
	}
	ctx := context.Background()
	path := pathIn(t)
	ok(t, os.WriteFile(path, nil, ownerOnly))
	s := newStore(path, testKey, zerolog.Nop())
	var err error
	s.write, err = sql.Open(driver, forWriting(path))
	ok(t, err)
	s.write.SetMaxOpenConns(1)
	s.read = s.write
	ok(t, s.migrateTo(ctx, 1))
	_, err = s.write.Exec(`INSERT INTO meta (name, content) VALUES ('check', $1)`, newKeyring(testKey, "").seal("meta", checkRow, nil, checkValue))
	ok(t, err)
	plans, visits, names := version1Facts()
	put(t, s.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(plans...), Checkpoint: checkpoint("one")}, Diff{Added: len(plans)})
	_, err = s.Tenant("exempelkommun").PutVisits(ctx, "journal", VisitPut{Changed: visits, Names: names, Checkpoint: checkpoint("two")})
	ok(t, err)
	ok(t, s.Close())
	b, err := os.ReadFile(path)
	ok(t, err)
	ok(t, os.MkdirAll(filepath.Dir(version1), 0o755))
	ok(t, os.WriteFile(version1, b, 0o644))
}

// copyOfVersion1 gives the path of a store of version 1 that may be changed.
func copyOfVersion1(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(version1)
	ok(t, err)
	path := pathIn(t)
	ok(t, os.WriteFile(path, b, ownerOnly))
	return path
}

func TestAStoreOfVersion1IsBroughtUpToDate(t *testing.T) {
	ctx, path := context.Background(), copyOfVersion1(t)
	for _, when := range []string{"when it is migrated", "when it is opened again"} {
		s := openAt(t, path)
		tenant := s.Tenant("exempelkommun")
		plans, visits, names := version1Facts()
		k, err := tenant.Kind(ctx, "journal", "care-plan")
		ok(t, err)
		if !reflect.DeepEqual(byRef(k.Records), byRef(plans)) || k.Checkpoint != checkpoint("one") {
			t.Errorf("%s, the records are %+v at %+v", when, k.Records, k.Checkpoint)
		}
		v, err := tenant.Visits(ctx, "journal")
		ok(t, err)
		if !reflect.DeepEqual(v.ByClient, visits) || v.Checkpoint != checkpoint("two") {
			t.Errorf("%s, the visits are %+v", when, v)
		}
		if n, err := tenant.Names(ctx, "journal"); err != nil || !slices.Equal(n.All(), names.All()) {
			t.Errorf("%s, the names are %v, %v", when, n.All(), err)
		}
		// What was sealed then is equal to what would be sealed now.
		put(t, tenant, KindPut{Upserts: care.Pack(plans...), Checkpoint: checkpoint("one")}, Diff{Same: len(plans)})
		// And what came with later versions works.
		ok(t, tenant.PutDoc(ctx, "snapshot", []byte(when)))
		if version, err := s.readVersion(ctx, s.read); err != nil || version != newestVersion {
			t.Errorf("%s, the schema is version %d, %v", when, version, err)
		}
	}
}

func TestAStoreOfVersion1WithAnotherKeyIsLeftAsItIs(t *testing.T) {
	path := copyOfVersion1(t)
	before := sumOf(t, path)
	if err := openAndClose(path, otherKey); err == nil {
		t.Fatal("it opened")
	}
	if sumOf(t, path) != before {
		t.Error("it was changed")
	}
}

// A migrated store and a new one have the same tables.
func TestMigratedAndNewAreTheSame(t *testing.T) {
	schema := func(path string) (out []string) {
		tx, err := openAt(t, path).read.Begin()
		ok(t, err)
		defer func() { _ = tx.Rollback() }()
		ok(t, each(context.Background(), tx, func(rows *sql.Rows) error {
			var s string
			err := rows.Scan(&s)
			out = append(out, s)
			return err
		}, `SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`))
		return out
	}
	old, now := schema(copyOfVersion1(t)), schema(pathIn(t))
	if !slices.Equal(old, now) || len(now) < 8 {
		t.Errorf("a migrated store has\n%s\nand a new one\n%s", strings.Join(old, "\n"), strings.Join(now, "\n"))
	}
}

func TestNewestVersionIsThatOfTheFiles(t *testing.T) {
	files, err := migrations.ReadDir("migrations/sqlite")
	ok(t, err)
	for i, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			t.Errorf("migration %d is named %s", i+1, f.Name())
		}
	}
	if len(files) != newestVersion {
		t.Errorf("there are %d migrations, and newestVersion is %d", len(files), newestVersion)
	}
}

// A migration that fails says so, and leaves what was there.
func TestAMigrationThatFails(t *testing.T) {
	ctx, path := context.Background(), copyOfVersion1(t)
	db, err := sql.Open(driver, path)
	ok(t, err)
	_, err = db.Exec(`CREATE TABLE lease (nonsense TEXT)`)
	ok(t, err)
	ok(t, db.Close())
	_, err = Open(ctx, "sqlite:"+path, testKey, zerolog.Nop())
	if err == nil || !strings.Contains(err.Error(), "bringing the schema up to date") {
		t.Fatalf("opening gives %v", err)
	}
	db, err = sql.Open(driver, path)
	ok(t, err)
	defer db.Close()
	var tables, version int
	ok(t, db.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name IN ('run', 'item', 'run_started')`).Scan(&tables))
	ok(t, db.QueryRow(`SELECT max(version_id) FROM brygga_schema`).Scan(&version))
	if tables != 0 || version != 1 {
		t.Errorf("half a migration is left: %d tables, version %d", tables, version)
	}
}
