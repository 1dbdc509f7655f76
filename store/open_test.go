package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"brygga/care"
)

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, dsn string
		key       []byte
		says      string
	}{
		{"a store of another kind", "mysql://user:hemligt@host/db", testKey, "write sqlite:PATH, or postgres://"},
		{"no store at all", "", testKey, "write sqlite:PATH"},
		{"a path without its kind", "brygga.db", testKey, "write sqlite:PATH"},
		{"no path", "sqlite:", testKey, "no path after sqlite:"},
		{"no key", "sqlite:" + dir + "/a.db", nil, "has 0 bytes, and needs at least 32"},
		{"a short key", "sqlite:" + dir + "/a.db", testKey[:31], "has 31 bytes, and needs at least 32"},
		{"a directory that does not exist", "sqlite:" + dir + "/none/a.db", testKey, "check that the directory exists"},
		{"a directory in place of a file", "sqlite:" + dir, testKey, "is not a file"},
		{"a path below a file", "sqlite:" + os.Args[0] + "/a.db", testKey, "not a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open(context.Background(), tt.dsn, tt.key, zerolog.Nop())
			if err == nil {
				t.Fatalf("it opened: %v", s.Close())
			}
			if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hemligt") {
				t.Errorf("the error is %q, and should say %q", err, tt.says)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("it left %v, %v", left, err)
			}
		})
	}
}

func TestOpenMakesAFileForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hundra% säkert? #1.db")
	tenant := openAt(t, path).Tenant("exempelkommun")
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(3, planRecord)...)}, Diff{Added: 3})
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		ok(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the mode of the file with suffix %q is %v", suffix, info.Mode())
		}
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 3 {
		t.Errorf("the directory holds %v, %v", files, err)
	}
}

func TestOpenTightensTheMode(t *testing.T) {
	path := pathIn(t)
	ok(t, openAndClose(path, testKey))
	ok(t, os.Chmod(path, 0o644))
	var log bytes.Buffer
	s, err := Open(context.Background(), "sqlite:"+path, testKey, zerolog.New(&log))
	ok(t, err)
	ok(t, s.Close())
	info, err := os.Stat(path)
	ok(t, err)
	if info.Mode().Perm() != 0o600 || !strings.Contains(log.String(), "its mode is 0600 now") {
		t.Errorf("the mode is %v, and the log says %s", info.Mode(), &log)
	}
	// Not of a file that is not ours.
	ok(t, os.Chmod(path, 0o644))
	if err := openAndClose(path, otherKey); !errors.Is(err, ErrWrongKey) {
		t.Fatalf("another key gives %v", err)
	}
	if info, err = os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("a refused file has the mode %v, %v", info.Mode(), err)
	}
}

func TestOpenIsSetUpAsPromised(t *testing.T) {
	s := openAt(t, pathIn(t))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "30000", "page_size": "8192"} {
		var got string
		ok(t, s.write.QueryRow("PRAGMA "+pragma).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, and should be %s", pragma, got, want)
		}
	}
	var timeout string
	ok(t, s.read.QueryRow("PRAGMA busy_timeout").Scan(&timeout))
	if timeout != "30000" {
		t.Errorf("a reader waits %s ms", timeout)
	}
	if _, err := s.read.Exec(`DELETE FROM meta`); err == nil {
		t.Error("a connection for reading can write")
	}
}

func openAndClose(path string, key []byte) error {
	s, err := Open(context.Background(), "sqlite:"+path, key, zerolog.Nop())
	if err != nil {
		return err
	}
	return s.Close()
}

func sumOf(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	ok(t, err)
	return sha256.Sum256(raw)
}

// Whatever is wrong with a file, it is said, and the file is left as it is.
func TestOpenLeavesWhatItCannotUse(t *testing.T) {
	statement := func(statements ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open(driver, path)
			ok(t, err)
			for _, s := range statements {
				_, err := db.Exec(s)
				ok(t, err)
			}
			ok(t, db.Close())
		}
	}
	raw := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			ok(t, err)
			ok(t, os.WriteFile(path, change(b), 0o600))
		}
	}
	text := func(s string) func([]byte) []byte { return func([]byte) []byte { return []byte(s) } }
	tests := []struct {
		name  string
		spoil func(*testing.T, string)
		key   []byte
		is    error
		says  string
	}{
		{"another key", func(*testing.T, string) {}, otherKey, ErrWrongKey, "check `keys.pseudonym`"},
		{"a key of which one bit differs", func(*testing.T, string) {}, append([]byte{testKey[0] ^ 1}, testKey[1:]...), ErrWrongKey, "made with another key"},
		{"a longer key that begins the same", func(*testing.T, string) {}, append(bytes.Clone(testKey), 0), ErrWrongKey, "made with another key"},
		{"a newer schema", statement(`INSERT INTO brygga_schema (version_id, is_applied) VALUES (99, 1)`), testKey, ErrNewer, fmt.Sprintf("its schema is version 99, and this brygga knows %d", newestVersion)},
		{"a text file", raw(text(strings.Repeat("detta är en anteckning\n", 1000))), testKey, ErrDamaged, "restore it from a backup"},
		{"a very short text file", raw(text("hej")), testKey, ErrDamaged, "restore it from a backup"},
		{"a header that is overwritten", raw(func(b []byte) []byte { copy(b, "XXXXXXXXXXXXXXXXXXXX"); return b }), testKey, ErrDamaged, "file is not a database"},
		{"a schema page that is overwritten", raw(func(b []byte) []byte { copy(b[100:], bytes.Repeat([]byte{0xAA}, 400)); return b }), testKey, ErrDamaged, "database disk image is malformed"},
		{"a file that is cut short", raw(func(b []byte) []byte { return b[:pageSize] }), testKey, ErrDamaged, "database disk image is malformed"},
		{"another program's database", func(t *testing.T, path string) {
			ok(t, os.Remove(path))
			statement(`CREATE TABLE customers (name TEXT)`)(t, path)
		}, testKey, ErrNotOurs, "give another path"},
		{"another program's database that says whose it is", func(t *testing.T, path string) {
			ok(t, os.Remove(path))
			statement(`PRAGMA application_id = 7`)(t, path)
		}, testKey, ErrNotOurs, "give another path"},
		{"a store whose check value was taken away", statement(`DELETE FROM meta`), testKey, ErrDamaged, "the value that tells its key is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := pathIn(t)
			s := openAt(t, path)
			put(t, s.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(recordsOf(50, planRecord)...)}, Diff{Added: 50})
			ok(t, s.Close())
			tt.spoil(t, path)
			before := sumOf(t, path)
			err := openAndClose(path, tt.key)
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
				t.Fatalf("opening gives %v, and should be %v and say %q", err, tt.is, tt.says)
			}
			if strings.Count(err.Error(), path) > 1 {
				t.Errorf("the error says where twice: %v", err)
			}
			if sumOf(t, path) != before {
				t.Error("the file was changed")
			}
		})
	}
}

// Damage that shows only later is said when it is met.
func TestDamageInTheMiddle(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	s := openAt(t, path)
	put(t, s.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(recordsOf(3000, planRecord)...)}, Diff{Added: 3000})
	ok(t, s.Close())
	b, err := os.ReadFile(path)
	ok(t, err)
	for p := len(b) / 2; p < len(b)*3/4; p += pageSize {
		copy(b[p-p%pageSize:], bytes.Repeat([]byte{0x5A}, 200))
	}
	ok(t, os.WriteFile(path, b, 0o600))
	tenant := openAt(t, path).Tenant("exempelkommun")
	if _, err := tenant.Kind(ctx, "journal", "care-plan"); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "--full") {
		t.Errorf("reading gives %v", err)
	}
	if _, err := tenant.PutKind(ctx, "journal", "care-plan", KindPut{Upserts: care.Pack(recordsOf(3000, planRecord)...)}); !errors.Is(err, ErrDamaged) {
		t.Errorf("writing gives %v", err)
	}
}

func TestAnEmptyFileBecomesAStore(t *testing.T) {
	path := pathIn(t)
	ok(t, os.WriteFile(path, nil, 0o600))
	put(t, openAt(t, path).Tenant("exempelkommun"), KindPut{Upserts: care.Pack(recordsOf(1, planRecord)...)}, Diff{Added: 1})
}

func TestInMemory(t *testing.T) {
	ctx := context.Background()
	open := func() *Store {
		s, err := Open(ctx, "sqlite::memory:", testKey, zerolog.Nop())
		ok(t, err)
		t.Cleanup(func() { ok(t, s.Close()) })
		return s
	}
	s := open()
	full(t, s, "norra")
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Tenant("norra").Kind(cancelled, "journal", "care-plan"); err == nil {
		t.Error("a cancelled read succeeded")
	}
	got, err := s.Tenant("norra").Kind(ctx, "journal", "care-plan")
	if err != nil || len(got.Records) != 4 {
		t.Errorf("%d records are there, %v", len(got.Records), err)
	}
	if got, err := open().Tenant("norra").Kind(ctx, "journal", "care-plan"); err != nil || got.OK {
		t.Errorf("two stores in memory are one: %+v, %v", got, err)
	}
}

// What fits is kept when the disk is full, and a put that fits works again.
func TestAFullDisk(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, pathIn(t))
	tenant := s.Tenant("exempelkommun")
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(10, planRecord)...), Checkpoint: checkpoint("before")}, Diff{Added: 10})
	_, err := s.write.Exec(`PRAGMA max_page_count = 40`)
	ok(t, err)
	_, err = tenant.PutKind(ctx, "journal", "care-plan", KindPut{Upserts: care.Pack(recordsOf(5000, planRecord)...), Gone: []care.Ref{planRecord(1).Ref}, Checkpoint: checkpoint("after")})
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "free space") {
		t.Fatalf("a full disk gives %v", err)
	}
	got, err := tenant.Kind(ctx, "journal", "care-plan")
	if err != nil || len(got.Records) != 10 || got.Checkpoint != checkpoint("before") {
		t.Errorf("%d records are left at %+v, %v", len(got.Records), got.Checkpoint, err)
	}
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(11, planRecord)...)}, Diff{Added: 1, Same: 10})
}

// While another process writes, a store can be opened and read; what would write
// waits, and at last says why it did not.
func TestALockedStore(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	other := openAt(t, path)
	put(t, other.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(recordsOf(3, planRecord)...)}, Diff{Added: 3})
	lock, err := other.write.Begin()
	ok(t, err)
	s := openAt(t, path)
	tenant := s.Tenant("exempelkommun")
	if got, err := tenant.Kind(ctx, "journal", "care-plan"); err != nil || len(got.Records) != 3 {
		t.Errorf("%d records are read, %v", len(got.Records), err)
	}
	_, err = s.write.Exec(`PRAGMA busy_timeout = 30`)
	ok(t, err)
	if _, err = tenant.PutKind(ctx, "journal", "care-plan", KindPut{}); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "let the other brygga") {
		t.Errorf("writing gives %v", err)
	}
	ok(t, lock.Rollback())
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(4, planRecord)...)}, Diff{Added: 1, Same: 3})
}

// The store is another's, and may be read at most.
func TestAStoreThatCannotBeWritten(t *testing.T) {
	binary := copyOfThisBinary(t)
	tests := []struct {
		name            string
		file, directory os.FileMode
		mayStandAlready bool
	}{
		{"the file is for reading only", 0o444, 0o777, true},
		{"the directory is for reading only", 0o666, 0o555, true},
		{"file and directory are for reading only", 0o444, 0o555, true},
		{"there is none, and the directory is for reading only", 0, 0o555, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "brygga-store-")
			ok(t, err)
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700); _ = os.RemoveAll(dir) })
			path := filepath.Join(dir, "brygga.db")
			if tt.mayStandAlready {
				ok(t, openAndClose(path, testKey))
				ok(t, os.Chmod(path, tt.file))
			}
			ok(t, os.Chmod(dir, tt.directory))
			cmd := command(t, binary, "open", path)
			asNobody(t, cmd)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), ErrReadOnly.Error()) || !strings.Contains(string(out), "check ") {
				t.Errorf("opening says %q, %v", out, err)
			}
		})
	}
}
