package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"brygga/care"
)

// filled puts something of everything into a store, for two tenants.
func filled(t testing.TB, s *Store) {
	t.Helper()
	ctx := context.Background()
	for _, name := range []string{"exempelkommun", "grannkommun"} {
		tenant := s.Tenant(name)
		_, err := tenant.PutKind(ctx, "journal", "client", KindPut{Upserts: care.Pack(recordsOf(40, clientRecord)...), Checkpoint: checkpoint("a")})
		ok(t, err)
		_, err = tenant.PutKind(ctx, "journal", "care-plan", KindPut{
			Upserts: care.Pack(recordsOf(60, planRecord)...), Unreadable: []care.Unreadable{{Ref: "CarePlan/x", Reason: "no status"}}, Checkpoint: checkpoint("b"),
		})
		ok(t, err)
		_, err = tenant.PutVisits(ctx, "journal", VisitPut{
			Changed: map[care.Ref][]care.Visit{klient1: {visit(1, 1), visit(2, 2)}, klient2: {visit(3)}}, Names: care.NewNames("Practitioner/anna", "Practitioner/per"), Checkpoint: checkpoint("c"),
		})
		ok(t, err)
		ok(t, tenant.PutDoc(ctx, "snapshot", []byte("what stood")))
		ok(t, tenant.StartRun(ctx, Run{ID: "run-1", Job: "reconcile", AsOf: care.DateOf(noon), Started: noon}))
		ok(t, tenant.FinishRun(ctx, "run-1", noon, 0, json.RawMessage(`{"exit":0}`)))
		ok(t, tenant.StartRun(ctx, Run{ID: "run-2", Job: "reconcile", AsOf: care.DateOf(noon), Started: noon.Add(day)}))
		_, _, _, err = tenant.Lease(ctx, "reconcile", "somebody", noon, day)
		ok(t, err)
		for i := range 3 {
			ok(t, tenant.Audit(ctx, auditKey, auditEntry(tenant, i)))
		}
	}
}

func backedUp(t testing.TB, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	info, err := s.Backup(context.Background(), &b, noon)
	ok(t, err)
	if info.Rows == 0 || !info.Made.Equal(noon) || info.Schema != newestVersion {
		t.Errorf("a backup says %+v", info)
	}
	return b.Bytes()
}

func restore(s *Store, b []byte) (BackupInfo, error) {
	return s.Restore(context.Background(), func() (io.Reader, error) { return bytes.NewReader(b), nil })
}

// contents gives every row that is backed up, as text: its table, and its columns by name.
func contents(t testing.TB, s *Store) map[string]int {
	t.Helper()
	out := map[string]int{}
	var h BackupHeader
	_, err := readBackup(bytes.NewReader(backedUp(t, s)), func(got BackupHeader) error { h = got; return nil }, func(table int, values []any) error {
		row := map[string]any{}
		for i, c := range h.Tables[table].Columns {
			row[c] = values[i]
		}
		out[fmt.Sprintf("%s %q", h.Tables[table].Name, row)]++
		return nil
	})
	ok(t, err)
	return out
}

func TestWhatIsBackedUpComesBack(t *testing.T) {
	ctx, from := context.Background(), openAt(t, pathIn(t))
	filled(t, from)
	b := backedUp(t, from)
	to := openAt(t, pathIn(t))
	info, err := restore(to, b)
	ok(t, err)
	if !info.Made.Equal(noon) || info.Rows == 0 {
		t.Errorf("restored is %+v", info)
	}
	if a, b := contents(t, from), contents(t, to); !reflect.DeepEqual(a, b) {
		t.Errorf("%d rows were there, and %d are", len(a), len(b))
	}
	for _, name := range []string{"exempelkommun", "grannkommun"} {
		tenant := to.Tenant(name)
		k, err := tenant.Kind(ctx, "journal", "care-plan")
		ok(t, err)
		if !reflect.DeepEqual(byRef(k.Records), byRef(recordsOf(60, planRecord))) || k.Checkpoint != checkpoint("b") || len(k.Unreadable) != 1 {
			t.Errorf("%s: %d plans, %+v", name, len(k.Records), k.Checkpoint)
		}
		found, err := tenant.Named(ctx, "journal", "client", care.LogicalRef(clientRecord(7).Person.Identifiers[0]))
		if err != nil || len(found.Records) != 1 {
			t.Errorf("%s: the index of identifiers finds %d, %v", name, len(found.Records), err)
		}
		if s := verified(t, tenant, nil); s.Broken != nil || s.Count != 3 {
			t.Errorf("%s: the audit log is %+v %+v", name, s, s.Broken)
		}
		// A lease was somebody's who is not here.
		if _, _, held, err := tenant.Holder(ctx, "reconcile", noon); err != nil || held {
			t.Errorf("%s: a lease came along, %v", name, err)
		}
		// What a pull finds again is the same, and what is new finds room.
		put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(60, planRecord)...), Checkpoint: checkpoint("b")}, Diff{Same: 60})
		d, err := tenant.PutKind(ctx, "lifecare", "care-plan", KindPut{Upserts: care.Pack(recordsOf(5, planRecord)...), Checkpoint: checkpoint("d")})
		if err != nil || d.Added != 5 {
			t.Errorf("%s: a new kind gives %+v, %v", name, d, err)
		}
		ok(t, tenant.Audit(ctx, auditKey, auditEntry(tenant, 9)))
	}
}

// While others write, a backup is one state: never half of a put.
func TestABackupIsOneStateWhateverIsWrittenMeanwhile(t *testing.T) {
	ctx, from := context.Background(), openAt(t, pathIn(t))
	filled(t, from)
	tenant := from.Tenant("exempelkommun")
	stop, writer := make(chan struct{}), sync.WaitGroup{}
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			// Both change together: so many records, and a checkpoint that says so.
			n := 1 + i%30
			old, _, _, err := tenant.Refs(ctx, "lifecare", "care-plan")
			if err == nil {
				_, err = tenant.PutKind(ctx, "lifecare", "care-plan", KindPut{Upserts: care.Pack(recordsOf(n, planRecord)...), Gone: old, Checkpoint: checkpoint(fmt.Sprint(n))})
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 8 {
		b := backedUp(t, from)
		to := openAt(t, pathIn(t))
		if _, err := restore(to, b); err != nil {
			t.Fatal(err)
		}
		k, err := to.Tenant("exempelkommun").Kind(ctx, "lifecare", "care-plan")
		if err != nil || k.OK && fmt.Sprint(len(k.Records)) != k.Checkpoint.Value {
			t.Errorf("%d records at %q, %v", len(k.Records), k.Checkpoint.Value, err)
		}
	}
	close(stop)
	writer.Wait()
}

func TestWhatIsNoWholeBackupIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	from := openAt(t, pathIn(t))
	filled(t, from)
	whole := backedUp(t, from)
	changed := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	newer := header(t, whole, func(h *BackupHeader) { h.Schema = newestVersion + 1 })
	foreign := header(t, whole, func(h *BackupHeader) { h.Tables[0].Name = `kind"; DROP TABLE kind; --` })
	lease := header(t, whole, func(h *BackupHeader) { h.Tables[0].Name = "lease" })
	for _, c := range []struct {
		name string
		b    []byte
		is   error
	}{
		{"an empty file", nil, ErrBackup},
		{"a file of something else", []byte("SQLite format 3\x00 and more of it"), ErrBackup},
		{"one without its last byte", whole[:len(whole)-1], ErrBackup},
		{"one without its checksum", whole[:len(whole)-32], ErrBackup},
		{"its first half", whole[:len(whole)/2], ErrBackup},
		{"only the header", whole[:100], ErrBackup},
		{"something after its end", append(bytes.Clone(whole), 0), ErrBackup},
		{"two of them", append(bytes.Clone(whole), whole...), ErrBackup},
		{"one bit in the middle", changed(len(whole) / 2), ErrBackup},
		{"one bit of the checksum", changed(len(whole) - 1), ErrBackup},
		{"that of a newer brygga", newer, ErrNewer},
		{"a table whose name is a statement", foreign, ErrBackup},
		{"a table that is never backed up", lease, ErrBackup},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := openAt(t, pathIn(t))
			if _, err := restore(to, c.b); !errors.Is(err, c.is) {
				t.Fatalf("restoring gives %v, want %v", err, c.is)
			}
			if n := contents(t, to); len(n) != 1 { // the value that tells the key
				t.Errorf("%d rows were written", len(n))
			}
			if _, err := restore(to, whole); err != nil {
				t.Errorf("the whole one afterwards gives %v", err)
			}
		})
	}
}

// header writes a backup with another header, and a checksum that is right.
func header(t testing.TB, whole []byte, change func(*BackupHeader)) []byte {
	t.Helper()
	var out bytes.Buffer
	var w *backupWriter
	_, err := readBackup(bytes.NewReader(whole), func(h BackupHeader) (err error) {
		change(&h)
		w, err = newBackupWriter(&out, h)
		return err
	}, func(table int, values []any) error { return w.row(table, values) })
	ok(t, err)
	_, err = w.end(&out)
	ok(t, err)
	return out.Bytes()
}

// A file that is exchanged between the two readings writes nothing.
func TestABackupThatChangesWhileItIsRestored(t *testing.T) {
	from, to := openAt(t, pathIn(t)), openAt(t, pathIn(t))
	filled(t, from)
	whole := backedUp(t, from)
	readings := 0
	_, err := to.Restore(context.Background(), func() (io.Reader, error) {
		readings++
		if readings > 1 {
			return bytes.NewReader(whole[:len(whole)-40]), nil
		}
		return bytes.NewReader(whole), nil
	})
	if !errors.Is(err, ErrBackup) || len(contents(t, to)) != 1 {
		t.Errorf("restoring gives %v, and %d rows", err, len(contents(t, to)))
	}
}

func TestRestoringIntoWhatCannotTakeIt(t *testing.T) {
	from := openAt(t, pathIn(t))
	filled(t, from)
	whole := backedUp(t, from)
	t.Run("a store that holds something is left as it is", func(t *testing.T) {
		to := openAt(t, pathIn(t))
		ok(t, to.Tenant("annan").PutDoc(context.Background(), "x", []byte("y")))
		before := contents(t, to)
		if _, err := restore(to, whole); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("restoring gives %v", err)
		}
		if after := contents(t, to); !reflect.DeepEqual(before, after) {
			t.Error("it was changed")
		}
		if _, err := restore(from, whole); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("restoring over what it was made of gives %v", err)
		}
	})
	t.Run("with another key", func(t *testing.T) {
		path := pathIn(t)
		to, err := Open(context.Background(), dsnOf(path), otherKey, zerolog.Nop())
		ok(t, err)
		defer to.Close()
		if _, err := restore(to, whole); !errors.Is(err, ErrWrongKey) {
			t.Errorf("restoring gives %v", err)
		}
		if len(contents(t, to)) != 1 {
			t.Error("something was written")
		}
	})
}

// Every table is backed up, or said not to be: one that a later version adds cannot be
// forgotten.
func TestEveryTableIsBackedUp(t *testing.T) {
	s := openAt(t, pathIn(t))
	filled(t, s)
	in := map[string]bool{}
	rows := map[string]int{}
	var header BackupHeader
	_, err := readBackup(bytes.NewReader(backedUp(t, s)), func(h BackupHeader) error { header = h; return nil }, func(table int, _ []any) error {
		rows[header.Tables[table].Name]++
		return nil
	})
	ok(t, err)
	for _, table := range header.Tables {
		in[table.Name] = true
	}
	for _, want := range []string{"meta", "kind", "record", "bulk", "name", "run", "item", "carrier", "audit", "audit_head", "audit_cut"} {
		if !in[want] {
			t.Errorf("%s is not backed up", want)
		}
		if rows[want] == 0 && want != "audit_cut" {
			t.Errorf("nothing stands in %s: this test is to put something there", want)
		}
	}
	if header.Tables[0].Name != "kind" {
		t.Error("the table that others refer to is not the first")
	}
}

// An older backup goes into the tables of today. So a migration may add tables,
// columns and indexes, and may not change what stands in a row.
func TestMigrationsOnlyMakeRoom(t *testing.T) {
	var files []string
	for _, pattern := range []string{"migrations/*.sql", "migrations/*/*.sql"} {
		more, err := filepath.Glob(pattern)
		ok(t, err)
		files = append(files, more...)
	}
	if len(files) < newestVersion {
		t.Fatalf("%d migrations", len(files))
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		ok(t, err)
		for line := range strings.Lines(string(b)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if word == "UPDATE" || word == "INSERT" || word == "DELETE" {
				t.Errorf("%s changes rows: %s; let Restore know, and this test", path, strings.TrimSpace(line))
			}
		}
	}
}

func TestAStoreOfVersion1IsBackedUpAndRestored(t *testing.T) {
	old := openAt(t, copyOfVersion1(t))
	to := openAt(t, pathIn(t))
	if _, err := restore(to, backedUp(t, old)); err != nil {
		t.Fatal(err)
	}
	plans, visits, _ := version1Facts()
	k, err := to.Tenant("exempelkommun").Kind(context.Background(), "journal", "care-plan")
	ok(t, err)
	v, err := to.Tenant("exempelkommun").Visits(context.Background(), "journal")
	ok(t, err)
	if !reflect.DeepEqual(byRef(k.Records), byRef(plans)) || !reflect.DeepEqual(v.ByClient, visits) {
		t.Error("its facts are others")
	}
}

// Whatever rows hold comes back, and no other sequence of bytes is a backup.
func TestRowsComeBackAsTheyWere(t *testing.T) {
	value := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Int64(), func(v int64) any { return v }), rapid.Map(rapid.String(), func(v string) any { return v }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(v []byte) any { return append([]byte{}, v...) }))
	rapid.Check(t, func(t *rapid.T) {
		h := BackupHeader{Schema: 3, Made: noon, Tables: []BackupTable{{"kind", []string{"id", "content"}}, {"item", []string{"a", "b", "c"}}}}
		var out bytes.Buffer
		w, err := newBackupWriter(&out, h)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			table := rapid.IntRange(0, 1).Draw(t, "table")
			n := len(h.Tables[table].Columns)
			values := rapid.SliceOfN(value, n, n).Draw(t, "values")
			want = append(want, fmt.Sprintf("%d %#v", table, values))
			if err := w.row(table, values); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.end(&out); err != nil {
			t.Fatal(err)
		}
		var got []string
		read := func(b []byte) error {
			got = nil
			_, err := readBackup(bytes.NewReader(b), func(BackupHeader) error { return nil }, func(table int, values []any) error {
				got = append(got, fmt.Sprintf("%d %#v", table, values))
				return nil
			})
			return err
		}
		if err := read(out.Bytes()); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v: %v, want %v", err, got, want)
		}
		if n := rapid.IntRange(0, out.Len()-1).Draw(t, "cut"); read(out.Bytes()[:n]) == nil {
			t.Fatalf("%d of %d bytes are taken for a whole backup", n, out.Len())
		}
		b := bytes.Clone(out.Bytes())
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if read(b) == nil {
			t.Fatal("a bit was changed, and it is taken for a whole backup")
		}
	})
}

func TestAValueThatNoBackupKnows(t *testing.T) {
	w, err := newBackupWriter(io.Discard, BackupHeader{Tables: []BackupTable{{"kind", []string{"id"}}}})
	ok(t, err)
	if err := w.row(0, []any{1.5}); err == nil || !strings.Contains(err.Error(), "kind.id") {
		t.Errorf("a fraction gives %v", err)
	}
}

// FuzzReadBackup: what is read of foreign bytes takes no more memory than they have.
func FuzzReadBackup(f *testing.F) {
	var out bytes.Buffer
	w, err := newBackupWriter(&out, BackupHeader{Schema: 1, Made: noon, Tables: []BackupTable{{"kind", []string{"id", "content"}}}})
	ok(f, err)
	ok(f, w.row(0, []any{int64(7), []byte("x")}))
	_, err = w.end(&out)
	ok(f, err)
	f.Add(out.Bytes())
	f.Add(out.Bytes()[:20])
	f.Add(append([]byte(backupForm), binary.AppendUvarint(nil, 1<<40)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := readBackup(bytes.NewReader(b), func(BackupHeader) error { return nil }, func(int, []any) error { return nil })
		if err != nil && !errors.Is(err, ErrBackup) {
			t.Errorf("reading gives %v", err)
		}
		if err == nil {
			sum := sha256.Sum256(b[:len(b)-32])
			if !bytes.Equal(sum[:], b[len(b)-32:]) {
				t.Error("a wrong checksum passes")
			}
		}
	})
}
