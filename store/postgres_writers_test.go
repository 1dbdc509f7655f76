package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"brygga/care"
)

// Each of these relied on SQLite's single writer: on PostgreSQL two processes do it
// at the same time, and what comes of it is what one after the other would give.
func TestPostgresWithTwoWriters(t *testing.T) {
	const rounds = 12
	ctx := context.Background()
	tests := []struct {
		name  string
		write func(tenant *Tenant, writer, round int) error
		check func(t *testing.T, tenant *Tenant)
	}{
		{"they add to one audit log", func(tenant *Tenant, writer, round int) error {
			return tenant.Audit(ctx, auditKey, auditEntry(tenant, 100*writer+round))
		}, func(t *testing.T, tenant *Tenant) {
			if s := verified(t, tenant, nil); s.Broken != nil || s.Count != 2*rounds {
				t.Errorf("the log is %+v", s)
			}
		}},
		{"they put one kind, which is not there yet", func(tenant *Tenant, writer, round int) error {
			records := recordsOf(40, planRecord)
			for i := range records {
				records[i].Version = fmt.Sprint(writer, ".", round)
			}
			_, err := tenant.PutKind(ctx, "journal", "care-plan", KindPut{Upserts: care.Pack(records...), Checkpoint: Checkpoint{Value: records[0].Version}})
			return err
		}, func(t *testing.T, tenant *Tenant) {
			k, err := tenant.Kind(ctx, "journal", "care-plan")
			if err != nil || len(k.Records) != 40 {
				t.Fatalf("%d records, %v", len(k.Records), err)
			}
			for _, r := range k.Records {
				if r.Version != k.Checkpoint.Value {
					t.Fatalf("a record is of %s, and the checkpoint of %s", r.Version, k.Checkpoint.Value)
				}
			}
		}},
		{"they put different records of one kind, and their number is right", func(tenant *Tenant, writer, round int) error {
			r := clientRecord(1 + 2*round + writer)
			_, err := tenant.PutKind(ctx, "journal", "client", KindPut{Upserts: care.Pack(r)})
			return err
		}, func(t *testing.T, tenant *Tenant) {
			k, err := tenant.Kind(ctx, "journal", "client")
			if err != nil || len(k.Records) != 2*rounds {
				t.Errorf("%d records, %v", len(k.Records), err)
			}
			sought := care.LogicalRef(clientRecord(5).Person.Identifiers[0])
			if got, err := tenant.Named(ctx, "journal", "client", sought); err != nil || len(got.Records) != 1 {
				t.Errorf("%d carry an identifier, %v", len(got.Records), err)
			}
		}},
		{"one puts visits and one notes, with one table of names", func(tenant *Tenant, writer, round int) error {
			for {
				names, err := tenant.Names(ctx, "journal")
				if err != nil {
					return err
				}
				n := names.ID(care.Ref(fmt.Sprintf("Practitioner/%d-%d", writer, round)))
				if writer == 0 {
					_, err = tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(uint32(round), n)}}, Names: names})
				} else {
					_, err = tenant.PutNotes(ctx, "journal", NotePut{Changed: map[care.Ref][]care.Note{klient1: {{Key: uint64(round), Author: n}}}, Names: names})
				}
				if !errors.Is(err, errNumbering) { // the other was faster: begin from what Names gives
					return err
				}
			}
		}, func(t *testing.T, tenant *Tenant) {
			names, err := tenant.Names(ctx, "journal")
			if err != nil || len(names.All()) != 2*rounds {
				t.Errorf("%d names, %v", len(names.All()), err)
			}
		}},
		{"they store answers and findings in any order", func(tenant *Tenant, _, _ int) error {
			ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
			rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
			answers := map[care.Ref]Answer{}
			for _, id := range ids {
				answers[care.Ref(id)] = Answer{At: noon}
			}
			return errors.Join(tenant.AddBaseline(ctx, ids, noon), tenant.PutAnswers(ctx, "journal", answers))
		}, func(t *testing.T, tenant *Tenant) {
			b, err := tenant.Baseline(ctx)
			a, err2 := tenant.Answers(ctx, "journal")
			if len(b) != 8 || len(a) != 8 || err != nil || err2 != nil {
				t.Errorf("%d findings, %d answers, %v, %v", len(b), len(a), err, err2)
			}
		}},
		{"they begin and end runs", func(tenant *Tenant, writer, round int) error {
			id := fmt.Sprint(writer, ".", round)
			return errors.Join(tenant.StartRun(ctx, Run{ID: id, Job: "reconcile", Started: noon}), tenant.FinishRun(ctx, id, noon, 0, json.RawMessage(`{}`)))
		}, func(t *testing.T, tenant *Tenant) {
			if runs, err := tenant.Runs(ctx, 100); err != nil || len(runs) != 2*rounds {
				t.Errorf("%d runs, %v", len(runs), err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsn := pathIn(t)
			tenants := []*Tenant{openAt(t, dsn).Tenant("exempelkommun"), openAt(t, dsn).Tenant("exempelkommun")}
			var wg sync.WaitGroup
			for writer, tenant := range tenants {
				wg.Go(func() {
					for round := range rounds {
						if err := tt.write(tenant, writer, round); err != nil {
							t.Errorf("writer %d: %v", writer, err)
							return
						}
					}
				})
			}
			wg.Wait()
			tt.check(t, tenants[1])
		})
	}
}

// Of many who ask for a lease at the same instant, one has it.
func TestPostgresLeaseIsOfOne(t *testing.T) {
	dsn := pathIn(t)
	stores := []*Store{openAt(t, dsn), openAt(t, dsn)}
	for round := range 20 {
		name := fmt.Sprint("round ", round)
		var wg sync.WaitGroup
		var mu sync.Mutex
		var have []string
		said := map[string]bool{}
		for i := range 8 {
			wg.Go(func() {
				me := fmt.Sprint("holder ", i)
				got, _, by, err := stores[i%2].Tenant("exempelkommun").Lease(context.Background(), name, me, noon, time.Minute)
				mu.Lock()
				defer mu.Unlock()
				if said[by] = true; got {
					have = append(have, me)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(have) != 1 || len(said) != 1 || !said[have[0]] {
			t.Fatalf("%v have the lease, and it is said that %v have it", have, said)
		}
	}
}

// While a tenant's lock is held, another tenant writes, everybody reads, and leases
// are renewed; who must wait is told at last.
func TestPostgresLockedByAnother(t *testing.T) {
	ctx, dsn := context.Background(), pathIn(t)
	other, s := openAt(t, dsn), openAt(t, dsn)
	full(t, other, "norra")
	s.lockWait = 200 * time.Millisecond
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- other.Tenant("norra").update(ctx, "holding the lock", func(*sql.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	err := s.Tenant("norra").PutDoc(ctx, "snapshot", []byte("x"))
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "let the other brygga") {
		t.Errorf("who must wait is told %v", err)
	}
	ok(t, s.Tenant("södra").PutDoc(ctx, "snapshot", []byte("x")))
	if k, err := s.Tenant("norra").Kind(ctx, "journal", "care-plan"); err != nil || len(k.Records) != 4 {
		t.Errorf("%d records are read, %v", len(k.Records), err)
	}
	if got, _, _, err := s.Tenant("norra").Lease(ctx, "reconcile", "me", noon, time.Minute); err != nil || !got {
		t.Errorf("a lease: %v, %v", got, err)
	}
	if got, err := s.Tenant("norra").Renew(ctx, "reconcile", "me", noon, time.Minute); err != nil || !got {
		t.Errorf("renewing it: %v, %v", got, err)
	}
	// What is everybody's waits for each of them.
	if err := s.update(ctx, "everything", func(*sql.Tx) error { return nil }); !errors.Is(err, ErrBusy) {
		t.Errorf("the lock of everything: %v", err)
	}
	close(release)
	ok(t, <-done)
	s.lockWait = lockPatience
	ok(t, s.Tenant("norra").PutDoc(ctx, "snapshot", []byte("x")))
}

// Who waits within one process holds no connection: other tenants go on, however
// small the pool.
func TestPostgresWaitingHoldsNoConnection(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, withSetting(t, pathIn(t), "pool_max_conns", "2"))
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Tenant("norra").update(ctx, "holding the lock", func(*sql.Tx) error { close(held); <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-held
	for range 6 {
		wg.Go(func() {
			if err := s.Tenant("norra").PutDoc(ctx, "snapshot", []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	impatient, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := s.Tenant("södra").PutDoc(impatient, "snapshot", []byte("x")); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := s.Tenant("norra").PutDoc(short, "snapshot", []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who will not wait is told %v", err)
	}
	close(release)
	wg.Wait()
}

// failing makes every write of an item do something, counted by a sequence, which no
// rollback takes back: then, in SQL, where n is how many there were.
func failing(t *testing.T, s *Store, when, then string) {
	t.Helper()
	_, err := s.write.Exec(`CREATE SEQUENCE times;
		CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE n bigint := nextval('times'); BEGIN ` + then + ` RETURN NEW; END $$;
		CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON item ` + when + ` FOR EACH ROW EXECUTE FUNCTION fail()`)
	ok(t, err)
}

func TestPostgresFaultsInTheMiddleOfATransaction(t *testing.T) {
	const now, atCommit = "", "DEFERRABLE INITIALLY DEFERRED"
	fails := func(n int, code string) string {
		return fmt.Sprintf(`IF n <= %d THEN RAISE EXCEPTION 'as a test wants' USING ERRCODE = '%s'; END IF;`, n, code)
	}
	broken := func(n int) string {
		return fmt.Sprintf(`IF n <= %d THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;`, n)
	}
	tests := []struct {
		name, when, then string
		is               error
		says             string
		tried            int64
	}{
		{"a serialization failure is tried again", now, fails(2, "40001"), nil, "", 3},
		{"a deadlock is tried again", now, fails(1, "40P01"), nil, "", 2},
		{"a serialization failure at the commit is tried again", atCommit, fails(1, "40001"), nil, "", 2},
		{"not for ever", now, fails(1000, "40001"), ErrBusy, "run again; what was stored before is kept", 4},
		{"a connection that breaks before the commit is tried again", now, broken(2), nil, "", 3},
		{"not for ever, when it breaks each time", now, broken(1000), ErrLost, "check that PostgreSQL runs", 4},
		{"a connection that breaks at the commit is not: it may have arrived", atCommit, broken(1), ErrLost, "look at what was stored last", 1},
		{"a full disk is not", now, fails(1, "53100"), ErrFull, "free space on the server's disk", 1},
		{"a server that takes no writes is not", now, fails(1, "25006"), ErrReadOnly, "the address of the primary", 1},
		{"a damaged page is not", now, fails(1, "XX001"), ErrDamaged, "restore the database", 1},
		{"what has no remedy is said as it is", now, fails(1, "22012"), nil, "as a test wants", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := context.Background()
			s := openAt(t, pathIn(t))
			s.attempts = 3
			tenant := s.Tenant("exempelkommun")
			ok(t, tenant.AddBaseline(ctx, []string{"before"}, noon))
			failing(t, s, tt.when, tt.then)
			err := tenant.AddBaseline(ctx, []string{"after"}, noon)
			if tt.says == "" != (err == nil) || tt.is != nil && !errors.Is(err, tt.is) || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("it gives %v, and should say %q", err, tt.says)
			}
			var tried int64
			ok(t, s.read.QueryRow(`SELECT last_value FROM times`).Scan(&tried))
			if tried != tt.tried {
				t.Errorf("it was tried %d times, and should be %d", tried, tt.tried)
			}
			want := 1
			if err == nil {
				want = 2
			}
			if b, err := tenant.Baseline(ctx); err != nil || len(b) != want {
				t.Errorf("the baseline is %v, %v", b, err)
			}
		})
	}
}

// A put that is done again says what it did, once.
func TestPostgresPutThatIsDoneAgainCountsOnce(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, pathIn(t))
	tenant := s.Tenant("exempelkommun")
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(10, planRecord)...)}, Diff{Added: 10})
	_, err := tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(1)}, klient2: {visit(2)}}})
	ok(t, err)
	_, err = s.write.Exec(`CREATE SEQUENCE times; CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('times') IN (1, 3) THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
		CREATE TRIGGER failing BEFORE UPDATE ON kind FOR EACH ROW EXECUTE FUNCTION fail()`)
	ok(t, err)
	changed := recordsOf(12, planRecord)
	changed[3].Version = "9"
	put(t, tenant, KindPut{Upserts: care.Pack(changed...), Gone: []care.Ref{"CarePlan/none"}}, Diff{Added: 2, Changed: 1, Same: 9})
	d, err := tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(1)}, klient3: {visit(3)}}, Whole: true})
	if want := (Diff{Added: 1, Same: 1, Removed: 1}); err != nil || d != want {
		t.Errorf("the put did %+v, %v, and should do %+v", d, err, want)
	}
	var tried int
	ok(t, s.read.QueryRow(`SELECT last_value FROM times`).Scan(&tried))
	if tried != 4 {
		t.Errorf("the two puts were tried %d times", tried)
	}
}

// A connection that broke while nobody used it ends neither reading nor writing.
func TestPostgresConnectionsThatBrokeMeanwhile(t *testing.T) {
	ctx, name := context.Background(), fmt.Sprint("brygga-breaks-", schemas.Add(1))
	dsn := withSetting(t, pathIn(t), "application_name", name)
	s := openAt(t, dsn)
	tenant := full(t, s, "norra")
	for round := range 10 {
		adminExec(t, server(t), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '`+name+`'`)
		if round%2 == 0 {
			if k, err := tenant.Kind(ctx, "journal", "care-plan"); err != nil || len(k.Records) != 4 {
				t.Fatalf("round %d: %d records, %v", round, len(k.Records), err)
			}
			continue
		}
		ok(t, tenant.PutDoc(ctx, "snapshot", []byte(fmt.Sprint(round))))
	}
}
