package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

// The raw bytes of the file, and of those beside it, name nobody: no reference,
// no identifier, no title, no finding, nothing that a job found out.
func TestTheFileNamesNobody(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	s := openAt(t, path)
	tenant := s.Tenant("exempelkommun")
	put(t, tenant, KindPut{
		Upserts:    care.Pack(clientRecord(1), planRecord(15), staffRecord(4)),
		Unreadable: []care.Unreadable{{Ref: "CarePlan/karantän-9", Client: "Patient/klient-1", Path: "period.start", Reason: "an impossible date"}},
		Checkpoint: Checkpoint{Value: "checkpoint-text"},
	}, Diff{Added: 3})
	names := care.NewNames("Practitioner/personal-4", "ServiceRequest/beslut-8")
	_, err := tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(0x7a7b7c7d, 1)}}, Names: names})
	ok(t, err)
	_, err = tenant.PutNotes(ctx, "journal", NotePut{Changed: map[care.Ref][]care.Note{klient1: {{Key: 0x6162636465666768, Author: 1}}}, Names: names})
	ok(t, err)
	ok(t, tenant.StartRun(ctx, Run{ID: "run-1", Job: "reconcile", Started: noon}))
	ok(t, tenant.FinishRun(ctx, "run-1", noon, 0, json.RawMessage(`{"said":"outcome-text"}`)))
	ok(t, tenant.AddBaseline(ctx, []string{"finding-5a5a"}, noon))
	ok(t, tenant.PutAnswer(ctx, "journal", "ServiceRequest/beslut-8", noon, true))
	ok(t, tenant.PutDoc(ctx, "snapshot", []byte("document-text")))

	identifier := clientRecord(1).Person.Identifiers[0].Hash
	secrets := []string{
		"klient-1", "Patient/", "plan-15", "CarePlan/", "personal-4", "Practitioner/", "beslut-8", "undersköterska", "hemtjänsten",
		"Organization/norra", "karantän", "impossible", "period.start", "checkpoint-text", "outcome-text", "finding-5a5a", "document-text",
		string(identifier[:]), hex.EncodeToString(identifier[:]), "1939-02-23", "}|{z", "hgfedcba",
		string(testKey),
	}
	scan := func(when string) {
		t.Helper()
		seen := 0
		for _, suffix := range []string{"", "-wal", "-shm"} {
			raw, err := os.ReadFile(path + suffix)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			ok(t, err)
			seen += len(raw)
			for _, secret := range secrets {
				if bytes.Contains(raw, []byte(secret)) {
					t.Errorf("%s: the file %q holds %q", when, "brygga.db"+suffix, secret)
				}
			}
		}
		if seen < 10_000 {
			t.Errorf("%s: only %d bytes were searched", when, seen)
		}
	}
	scan("open")
	_, err = s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	ok(t, err)
	scan("checkpointed")

	// That the search can find something: what is not sealed is there.
	raw, err := os.ReadFile(path)
	ok(t, err)
	for _, open := range []string{"exempelkommun", "journal", "reconcile"} {
		if !bytes.Contains(raw, []byte(open)) {
			t.Errorf("the search does not find %q, which is not sealed", open)
		}
	}
}

// full is a tenant with something of everything.
func full(t *testing.T, s *Store, name string) *Tenant {
	t.Helper()
	ctx, tenant := context.Background(), s.Tenant(name)
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(4, planRecord)...), Checkpoint: checkpoint(name)}, Diff{Added: 4})
	names := care.NewNames("Practitioner/anna")
	_, err := tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(1, 1)}, klient2: {visit(2)}}, Names: names})
	ok(t, err)
	_, err = tenant.PutNotes(ctx, "journal", NotePut{Changed: map[care.Ref][]care.Note{klient1: {{Key: 1, Author: 1}}}, Names: names})
	ok(t, err)
	names.ID("Practitioner/per")
	_, err = tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient3: {visit(3, 2)}}, Names: names})
	ok(t, err)
	for _, id := range []string{"r1", "r2"} {
		ok(t, tenant.StartRun(ctx, Run{ID: id, Job: "reconcile", Started: noon}))
		ok(t, tenant.FinishRun(ctx, id, noon, 0, json.RawMessage(`{}`)))
	}
	ok(t, tenant.AddBaseline(ctx, []string{"f1", "f2"}, noon))
	ok(t, tenant.PutAnswer(ctx, "journal", "ServiceRequest/1", noon, true))
	ok(t, tenant.PutDoc(ctx, "snapshot", []byte(name)))
	return tenant
}

// Whoever can write the file, but has not the key, cannot move, take away or
// mangle anything so that it is read as something else.
func TestTamperedRowsDoNotOpen(t *testing.T) {
	ctx := context.Background()
	kind := func(s *Tenant) error { _, err := s.Kind(ctx, "journal", "care-plan"); return err }
	client := func(s *Tenant) error { _, err := s.ClientRecords(ctx, "journal", "Patient/klient-0"); return err }
	visits := func(s *Tenant) error { _, err := s.Visits(ctx, "journal"); return err }
	notes := func(s *Tenant) error { _, err := s.Notes(ctx, "journal"); return err }
	names := func(s *Tenant) error { _, err := s.Names(ctx, "journal"); return err }
	runs := func(s *Tenant) error { _, err := s.Runs(ctx, 5); return err }
	baseline := func(s *Tenant) error { _, err := s.Baseline(ctx); return err }
	answers := func(s *Tenant) error { _, err := s.Answers(ctx, "journal"); return err }
	doc := func(s *Tenant) error { _, _, err := s.Doc(ctx, "snapshot"); return err }
	checkpoints := func(s *Tenant) error { _, err := s.Checkpoints(ctx); return err }
	tests := []struct {
		name, tamper string
		read         func(*Tenant) error
	}{
		{"the contents of two records are swapped", `UPDATE record SET content = (SELECT content FROM record r WHERE r.key <> record.key AND r.kind = record.kind LIMIT 1)`, kind},
		{"a record is given to another client", `UPDATE record SET person = zeroblob(16) WHERE key = (SELECT max(key) FROM record WHERE kind = 1)`, kind},
		{"a record is taken from its client", `UPDATE record SET person = NULL WHERE key = (SELECT max(key) FROM record WHERE kind = 1)`, kind},
		{"another record is given to a client", `UPDATE record SET key = zeroblob(16) WHERE key = (SELECT max(key) FROM record WHERE kind = 1)`, client},
		{"a record is deleted", `DELETE FROM record WHERE key = (SELECT max(key) FROM record WHERE kind = 1)`, kind},
		{"all records are deleted", `DELETE FROM record`, kind},
		{"a record is added", `INSERT INTO record SELECT kind, zeroblob(16), person, mac, content FROM record LIMIT 1`, kind},
		{"a bit of a record is flipped", `UPDATE record SET content = CAST(substr(content, 1, 40) || x'00' || substr(content, 42) AS BLOB)`, kind},
		{"a record is cut short", `UPDATE record SET content = substr(content, 1, 20)`, kind},
		{"a record is emptied", `UPDATE record SET content = x''`, kind},
		{"a key is cut short", `UPDATE record SET key = substr(key, 1, 15)`, kind},
		{"another tenant's records are put here", `UPDATE kind SET tenant = tenant || '!'; UPDATE kind SET tenant = CASE tenant WHEN 'norra!' THEN 'södra' ELSE 'norra' END`, kind},
		{"a kind gets another kind's state", `UPDATE kind SET state = (SELECT state FROM kind k WHERE k.id <> kind.id LIMIT 1)`, checkpoints},
		{"a quarantine is put in place of a state", `UPDATE kind SET state = quarantine`, checkpoints},
		{"a quarantine is another kind's", `UPDATE kind SET quarantine = (SELECT quarantine FROM kind k WHERE k.id <> kind.id LIMIT 1)`, checkpoints},
		{"the visits of two clients are swapped", `UPDATE bulk SET content = (SELECT content FROM bulk b WHERE b.key <> bulk.key AND b.kind = bulk.kind LIMIT 1) WHERE kind = 2`, visits},
		{"a client's visits are deleted", `DELETE FROM bulk WHERE rowid = (SELECT min(rowid) FROM bulk)`, visits},
		{"visits are moved to notes", `DELETE FROM bulk WHERE kind = 3; UPDATE bulk SET kind = 3 WHERE rowid = (SELECT min(rowid) FROM bulk)`, notes},
		{"the first names are deleted", `DELETE FROM name WHERE first = 1`, names},
		{"the last names are mangled", `UPDATE name SET chain = zeroblob(16)`, names},
		{"names are another tenant's", `UPDATE name SET content = (SELECT content FROM name n WHERE n.tenant <> name.tenant AND n.first = name.first)`, names},
		{"a run has another run's outcome", `UPDATE run SET outcome = (SELECT outcome FROM run r WHERE r.id <> run.id AND r.tenant = run.tenant)`, runs},
		{"a run is on no date", `UPDATE run SET as_of = '2026-02-30'`, runs},
		{"a finding is known under another's key", `UPDATE item SET content = (SELECT content FROM item i WHERE i.key <> item.key AND i.area = item.area AND i.tenant = item.tenant) WHERE area = 'baseline'`, baseline},
		{"a key in the baseline is cut short", `UPDATE item SET key = substr(key, 1, 9) WHERE area = 'baseline'`, baseline},
		{"an answer is moved to another system", `UPDATE item SET area = 'answer:journal' WHERE area = 'baseline'`, answers},
		{"a document is another tenant's", `UPDATE item SET content = (SELECT content FROM item i WHERE i.tenant <> item.tenant AND i.area = item.area) WHERE area = 'doc'`, doc},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openAt(t, pathIn(t))
			tenant := full(t, s, "norra")
			full(t, s, "södra")
			ok(t, tt.read(tenant))
			tamper(t, s, tt.tamper)
			if err := tt.read(tenant); !errors.Is(err, ErrDamaged) {
				t.Errorf("reading gives %v, and should give %v", err, ErrDamaged)
			}
		})
	}
}

func tamper(t *testing.T, s *Store, statements string) {
	t.Helper()
	for _, statement := range strings.Split(statements, ";") {
		if n := spoil(t, s, statement); n == 0 {
			t.Fatalf("%q changed no rows", statement)
		}
	}
}

func TestTenantsDoNotSeeEachOther(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, pathIn(t))
	full(t, s, "norra")
	for _, name := range []string{"södra", "", "norra ", "NORRA"} {
		other := s.Tenant(name)
		if k, err := other.Kind(ctx, "journal", "care-plan"); err != nil || k.OK || k.Records != nil {
			t.Errorf("%q sees %+v, %v", name, k, err)
		}
		if c, err := other.Checkpoints(ctx); err != nil || len(c) != 0 {
			t.Errorf("%q sees checkpoints %+v, %v", name, c, err)
		}
		if c, err := other.ClientRecords(ctx, "journal", "Patient/klient-0"); err != nil || len(c.Records)+len(c.Visits)+len(c.Notes) != 0 {
			t.Errorf("%q sees a client %+v, %v", name, c, err)
		}
		if v, err := other.Visits(ctx, "journal"); err != nil || len(v.ByClient) != 0 {
			t.Errorf("%q sees visits %+v, %v", name, v, err)
		}
		if n, err := other.Names(ctx, "journal"); err != nil || len(n.All()) != 0 {
			t.Errorf("%q sees names %v, %v", name, n.All(), err)
		}
		if r, err := other.Runs(ctx, 10); err != nil || len(r) != 0 {
			t.Errorf("%q sees runs %+v, %v", name, r, err)
		}
		if _, there, err := other.Run(ctx, "r1"); err != nil || there {
			t.Errorf("%q sees a run, %v", name, err)
		}
		if b, err := other.Baseline(ctx); err != nil || len(b) != 0 {
			t.Errorf("%q sees a baseline %v, %v", name, b, err)
		}
		if a, err := other.Answers(ctx, "journal"); err != nil || len(a) != 0 {
			t.Errorf("%q sees answers %v, %v", name, a, err)
		}
		if _, there, err := other.Doc(ctx, "snapshot"); err != nil || there {
			t.Errorf("%q sees a document, %v", name, err)
		}
		// A lease of one is no lease of another.
		if got, _, _, err := other.Lease(ctx, "reconcile", name+"/1", noon, time.Hour); err != nil || !got {
			t.Errorf("%q cannot have its own lease, %v", name, err)
		}
	}
}

// The same facts of two tenants, or of two rows, do not look the same in the file.
func TestEqualFactsDoNotLookEqual(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, pathIn(t))
	for _, name := range []string{"norra", "södra"} {
		for _, system := range []string{"journal", "hr"} {
			_, err := s.Tenant(name).PutKind(ctx, system, "client", KindPut{Upserts: care.Pack(clientRecord(1))})
			ok(t, err)
			_, err = s.Tenant(name).PutVisits(ctx, system, VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(1)}}})
			ok(t, err)
		}
	}
	for _, query := range []string{
		`SELECT count(DISTINCT key), count(DISTINCT person), count(DISTINCT mac), count(DISTINCT content) FROM record`,
		`SELECT count(DISTINCT key), count(*), count(DISTINCT mac), count(DISTINCT content) FROM bulk`,
	} {
		var n [4]int
		ok(t, s.read.QueryRow(query).Scan(&n[0], &n[1], &n[2], &n[3]))
		if n != [4]int{4, 4, 4, 4} {
			t.Errorf("of four rows, so many differ in key, person, MAC, content: %v", n)
		}
	}
}
