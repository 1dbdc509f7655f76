package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/care"
)

var auditKey = []byte("an audit key for tests, 32 bytes")

func auditEntry(t *Tenant, i int) AuditEntry {
	client := care.Ref(fmt.Sprintf("Patient/klient-%d", 10+i))
	return AuditEntry{
		At: noon.Add(time.Duration(i) * time.Minute), Job: "report worklist", By: fmt.Sprintf("chef-%d", i), User: "brygga",
		Action: "names.read", Count: 2, Clients: []string{t.AuditClient(client), t.AuditClient(klient2)}, Outcome: "asked",
	}
}

// auditedTo adds entries until the log has n.
func auditedTo(t *testing.T, tenant *Tenant, n int) AuditState {
	t.Helper()
	s := verified(t, tenant, nil)
	for i := int(s.Count) + 1; i <= n; i++ {
		ok(t, tenant.Audit(context.Background(), auditKey, auditEntry(tenant, i)))
	}
	return verified(t, tenant, nil)
}

func verified(t *testing.T, tenant *Tenant, expect *AuditMark) AuditState {
	t.Helper()
	s, err := tenant.VerifyAudit(context.Background(), auditKey, expect)
	ok(t, err)
	return s
}

func TestAnAuditLogThatIsRight(t *testing.T) {
	tenant := newTenant(t)
	empty := verified(t, tenant, nil)
	if empty.Count != 0 || empty.Broken != nil || empty.Head != strings.Repeat("0", 64) {
		t.Errorf("an empty log is %+v", empty)
	}
	two := auditedTo(t, tenant, 2)
	five := auditedTo(t, tenant, 5)
	if two.Count != 2 || five.Count != 5 || five.Broken != nil || two.Head == five.Head {
		t.Errorf("of two %+v, of five %+v", two, five)
	}
	for _, kept := range []AuditState{empty, two, five} {
		if s := verified(t, tenant, &AuditMark{kept.Count, kept.Head}); s.Broken != nil {
			t.Errorf("what was kept at %d is not found: %+v", kept.Count, s.Broken)
		}
	}
}

// What is exported can be verified by whoever has the key, without brygga.
func TestAnExportedAuditLogSpeaksForItself(t *testing.T) {
	tenant := newTenant(t)
	state := auditedTo(t, tenant, 4)
	before := make([]byte, sha256.Size)
	n := 0
	ok(t, tenant.EachAudit(context.Background(), func(a Audited) error {
		n++
		sum := sha256.Sum256(append(before, a.Canonical...))
		before = sum[:]
		mac := hmac.New(sha256.New, auditKey)
		mac.Write([]byte("brygga/audit/1/entry\x00"))
		mac.Write(before)
		if a.Hash != hex.EncodeToString(before) || a.MAC != hex.EncodeToString(mac.Sum(nil)) {
			t.Errorf("entry %d: %s is not what the chain gives", n, a.Hash)
		}
		var e AuditEntry
		ok(t, json.Unmarshal(a.Canonical, &e))
		want := auditEntry(tenant, n)
		if e.N != int64(n) || e.By != want.By || !e.At.Equal(want.At) || e.Tenant != "exempelkommun" || len(e.Clients) != 2 || e.Clients[0] >= e.Clients[1] {
			t.Errorf("entry %d is %+v", n, e)
		}
		return nil
	}))
	if n != 4 || state.Head != hex.EncodeToString(before) {
		t.Errorf("%d entries, and the head is %s", n, state.Head)
	}
	stop := errors.New("enough")
	if err := tenant.EachAudit(context.Background(), func(Audited) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("who has enough gets %v", err)
	}
}

// forged is an entry that somebody made who has the pseudonym key and not that of
// the log.
func forged(t *testing.T, tenant *Tenant, n int64, before auditHash, by string) (h auditHash, content []byte) {
	t.Helper()
	e := auditEntry(tenant, int(n))
	e.N, e.Tenant, e.By = n, "exempelkommun", by
	canonical, err := canonicalOf(&e)
	ok(t, err)
	h = chained(before, canonical)
	return h, tenant.sealAudit(n, h, canonical)
}

// hashAt gives the hash of an entry.
func hashAt(t *testing.T, tenant *Tenant, n int64) (h auditHash) {
	t.Helper()
	var content []byte
	ok(t, tenant.store.read.QueryRow(`SELECT content FROM audit WHERE n = $1`, n).Scan(&content))
	h, _, err := tenant.openAudit(n, content)
	ok(t, err)
	return h
}

// Each way of tampering, on the file itself, is found, and the first entry that is
// not what was written is named. A log of six entries; two had been kept of it.
func TestTamperingWithTheAuditLogIsFound(t *testing.T) {
	free := `DROP TRIGGER audit_kept; DROP TRIGGER audit_unchanged;`
	exec := func(statements string) func(*testing.T, *Tenant) {
		return func(t *testing.T, tenant *Tenant) { spoil(t, tenant.store, statements) }
	}
	const later = `UPDATE audit SET n = -n WHERE n > 3; UPDATE audit SET n = -n - 1 WHERE n < 0`
	for _, c := range []struct {
		name   string
		tamper func(*testing.T, *Tenant)
		expect string // of a mark: "" none, "kept" at 2, "end" at 6
		n      int64
		says   string
	}{
		{"an entry is changed", exec(`UPDATE audit SET content = zeroblob(length(content)) WHERE n = 4`), "", 4, "was changed"},
		{"a single bit of an entry is changed", func(t *testing.T, tenant *Tenant) {
			var content []byte
			ok(t, tenant.store.read.QueryRow(`SELECT content FROM audit WHERE n = 4`).Scan(&content))
			content[len(content)/2] ^= 1
			spoil(t, tenant.store, `UPDATE audit SET content = $1 WHERE n = 4`, content)
		}, "", 4, "was changed"},
		{"an entry is emptied", exec(`UPDATE audit SET content = x'' WHERE n = 4`), "", 4, "was changed"},
		{"a signature is changed", exec(`UPDATE audit SET mac = zeroblob(32) WHERE n = 5`), "", 5, "not signed"},
		{"an entry is removed", exec(`DELETE FROM audit WHERE n = 4`), "", 4, "is missing; the next one there is 5"},
		{"the first is removed", exec(`DELETE FROM audit WHERE n = 1`), "", 1, "is missing"},
		{"an entry is removed and the others are numbered anew", exec(`DELETE FROM audit WHERE n = 3; ` + later), "", 3, "was changed"},
		{"two entries change places", exec(`UPDATE audit SET n = 0 WHERE n = 2; UPDATE audit SET n = 2 WHERE n = 5; UPDATE audit SET n = 5 WHERE n = 0`), "", 2, "moved there from another place"},
		{"the contents of two entries change places", exec(`UPDATE audit SET content = (SELECT b.content FROM audit b WHERE b.n = 5 - audit.n), mac = (SELECT b.mac FROM audit b WHERE b.n = 5 - audit.n) WHERE n IN (2, 3)`), "", 2, "was changed, or put there"},
		{"an entry is put in between", exec(`UPDATE audit SET n = -n WHERE n > 3; UPDATE audit SET n = 1 - n WHERE n < 0; INSERT INTO audit SELECT tenant, 4, content, mac FROM audit WHERE n = 2`), "", 4, "put there"},
		{"an entry is put at the end", exec(`INSERT INTO audit SELECT tenant, 7, content, mac FROM audit WHERE n = 6`), "", 7, "put there"},
		{"an entry is put before the first", exec(`INSERT INTO audit SELECT tenant, 0, content, mac FROM audit WHERE n = 1`), "", 1, "is missing; the next one there is 0"},
		{"the end is cut off", exec(`DELETE FROM audit WHERE n > 4`), "", 5, "is missing: 6 entries were written, and the log ends after 4"},
		{"all of it is cut off", exec(`DELETE FROM audit`), "", 1, "is missing"},
		{"the end is cut off, and the count is lowered", exec(`DELETE FROM audit WHERE n > 4; UPDATE audit_head SET n = 4`), "", 4, "what is said of the end of the log was changed"},
		{"what says how far it goes is removed", exec(`DELETE FROM audit_head`), "", 6, "was removed"},
		{"what says how far it goes is of an earlier day", exec(`UPDATE audit_head SET n = 3`), "", 4, "was put there"},
		{"the head is changed", exec(`UPDATE audit_head SET head = zeroblob(32)`), "", 6, "end of the log was changed"},
		{"the log is made to begin anew", exec(`DELETE FROM audit; DELETE FROM audit_head`), "end", 1, "the count that was kept is 6, and the log ends after 0"},
		{"an entry is written anew by one who has the pseudonym key", func(t *testing.T, tenant *Tenant) {
			_, content := forged(t, tenant, 4, hashAt(t, tenant, 3), "somebody else")
			spoil(t, tenant.store, `UPDATE audit SET content = $1 WHERE n = 4`, content)
		}, "", 4, "not signed"},
		{"an entry is removed, and the next one numbered anew by one who has the pseudonym key", func(t *testing.T, tenant *Tenant) {
			var content []byte
			ok(t, tenant.store.read.QueryRow(`SELECT content FROM audit WHERE n = 5`).Scan(&content))
			h, canonical, err := tenant.openAudit(5, content)
			ok(t, err)
			spoil(t, tenant.store, `DELETE FROM audit WHERE n = 4`)
			spoil(t, tenant.store, `UPDATE audit SET n = 4, content = $1 WHERE n = 5`, tenant.sealAudit(4, h, canonical))
		}, "", 4, "does not follow from the one before it"},
		{"the whole chain from there on is written anew by one who has the pseudonym key", func(t *testing.T, tenant *Tenant) {
			before := hashAt(t, tenant, 3)
			for n := int64(4); n <= 6; n++ {
				h, content := forged(t, tenant, n, before, "somebody else")
				spoil(t, tenant.store, `UPDATE audit SET content = $1 WHERE n = $2`, content, n)
				before = h
			}
			spoil(t, tenant.store, `UPDATE audit_head SET head = $1`, before[:])
		}, "", 4, "not signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := pathIn(t)
			tenant := openAt(t, path).Tenant("exempelkommun")
			kept, end := auditedTo(t, tenant, 2), auditedTo(t, tenant, 6)
			spoil(t, tenant.store, free)
			c.tamper(t, tenant)
			mark := map[string]*AuditMark{"kept": {kept.Count, kept.Head}, "end": {end.Count, end.Head}}[c.expect]
			s := verified(t, tenant, mark)
			if s.Broken == nil || s.Broken.N != c.n || !strings.Contains(s.Broken.What, c.says) {
				t.Fatalf("found is %+v, want entry %d, %q", s.Broken, c.n, c.says)
			}
			if !strings.Contains(c.name, "how far") && s.Count > c.n {
				t.Errorf("%d entries are said to be right", s.Count)
			}
		})
	}
}

// Whoever puts back the whole file as it was one day hides what came after; only
// what was kept elsewhere tells.
func TestALogOfAnEarlierDayIsFoundByWhatWasKept(t *testing.T) {
	path := pathIn(t)
	s := openAt(t, path)
	tenant := s.Tenant("exempelkommun")
	auditedTo(t, tenant, 3)
	_, err := s.write.Exec(`CREATE TABLE a AS SELECT * FROM audit`)
	ok(t, err)
	_, err = s.write.Exec(`CREATE TABLE h AS SELECT * FROM audit_head`)
	ok(t, err)
	end := auditedTo(t, tenant, 5)
	for _, q := range []string{
		`DROP TRIGGER audit_kept`, `DELETE FROM audit`, `DELETE FROM audit_head`, `INSERT INTO audit SELECT * FROM a`, `INSERT INTO audit_head SELECT * FROM h`,
	} {
		spoil(t, s, q)
	}
	if s := verified(t, tenant, nil); s.Broken != nil {
		t.Fatalf("without what was kept it cannot be seen, and yet: %+v", s.Broken)
	}
	mark := AuditMark{end.Count, end.Head}
	if s := verified(t, tenant, &mark); s.Broken == nil || s.Broken.N != 4 || !strings.Contains(s.Broken.What, "was kept is 5") {
		t.Errorf("found is %+v", s.Broken)
	}
	for i := 6; i < 9; i++ { // and goes on as if nothing were
		ok(t, tenant.Audit(context.Background(), auditKey, auditEntry(tenant, i)))
	}
	if s := verified(t, tenant, &mark); s.Broken == nil || s.Broken.N != 5 || !strings.Contains(s.Broken.What, "written anew") {
		t.Errorf("found is %+v", s.Broken)
	}
	if s := verified(t, tenant, &AuditMark{0, end.Head}); s.Broken == nil {
		t.Error("a head that no beginning has is believed")
	}
}

func TestNothingIsAddedToABrokenLog(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name, tamper string
		key          []byte
	}{
		{"with another key", "", otherKey},
		{"after the end was cut off", `DROP TRIGGER audit_kept; DELETE FROM audit WHERE n = 3`, auditKey},
		{"after an entry was put at the end", `INSERT INTO audit SELECT tenant, 4, content, mac FROM audit WHERE n = 3`, auditKey},
		{"after the head was changed", `UPDATE audit_head SET head = zeroblob(32)`, auditKey},
		{"after the head was removed", `DELETE FROM audit_head`, auditKey},
	} {
		tenant := newTenant(t)
		auditedTo(t, tenant, 3)
		for _, q := range strings.Split(c.tamper, ";") {
			if q != "" {
				spoil(t, tenant.store, q)
			}
		}
		err := tenant.Audit(ctx, c.key, auditEntry(tenant, 4))
		if !errors.Is(err, ErrAuditBroken) || !strings.Contains(err.Error(), "brygga audit verify") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := newTenant(t).Audit(ctx, []byte("short"), AuditEntry{}); err == nil {
		t.Error("a short key signs")
	}
}

func TestTheLogCannotBeChangedByMistake(t *testing.T) {
	tenant := newTenant(t)
	auditedTo(t, tenant, 2)
	for _, q := range []string{`DELETE FROM audit`, `UPDATE audit SET n = 9 WHERE n = 1`, `UPDATE audit SET content = mac`} {
		if _, err := tenant.store.write.Exec(q); err == nil || !strings.Contains(err.Error(), "only added to") {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func TestWhoeverHasAnotherKeyIsToldSo(t *testing.T) {
	tenant := newTenant(t)
	auditedTo(t, tenant, 2)
	s, err := tenant.VerifyAudit(context.Background(), otherKey, nil)
	if err != nil || s.Broken == nil || s.Broken.N != 1 || !strings.Contains(s.Broken.What, "the key was changed") {
		t.Errorf("%+v, %v", s.Broken, err)
	}
}

// Two processes that add at once make one chain.
func TestManyAddAtOnce(t *testing.T) {
	path := pathIn(t)
	tenants := []*Tenant{openAt(t, path).Tenant("exempelkommun"), openAt(t, path).Tenant("exempelkommun")}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := tenants[i%2].Audit(context.Background(), auditKey, auditEntry(tenants[0], i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s := verified(t, tenants[1], nil); s.Count != 20 || s.Broken != nil {
		t.Errorf("%+v", s)
	}
	if s := verified(t, tenants[0].store.Tenant("grannkommun"), nil); s.Count != 0 {
		t.Errorf("another tenant sees %d entries", s.Count)
	}
}

func TestTheAuditLogInTheFileNamesNobody(t *testing.T) {
	path := pathIn(t)
	s, err := Open(context.Background(), "sqlite:"+path, testKey, zerolog.Nop())
	ok(t, err)
	tenant := s.Tenant("exempelkommun")
	auditedTo(t, tenant, 3)
	ok(t, s.Close())
	raw, err := os.ReadFile(path)
	ok(t, err)
	for _, secret := range []string{"chef-1", "names.read", "klient", tenant.AuditClient(klient1), string(auditKey)} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
	if a, b := tenant.AuditClient(klient1), s.Tenant("grannkommun").AuditClient(klient1); a == b || len(a) != 32 {
		t.Errorf("a client is %s in one tenant and %s in another", a, b)
	}
}

func TestMarksAreReadAsTheyAreWritten(t *testing.T) {
	m := AuditMark{12, strings.Repeat("ab", 32)}
	if got, err := ParseAuditMark(m.String()); err != nil || got != m {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := ParseAuditMark("12:" + strings.ToUpper(m.Head)); err != nil || got != m {
		t.Errorf("in capitals: %v, %v", got, err)
	}
	for _, wrong := range []string{"", "12", ":" + m.Head, "x:" + m.Head, "-1:" + m.Head, "12:", "12:abcd", "12:" + strings.Repeat("xy", 32), "12:" + m.Head + "0"} {
		if _, err := ParseAuditMark(wrong); err == nil || !strings.Contains(err.Error(), "COUNT:HEAD") {
			t.Errorf("%q is read: %v", wrong, err)
		}
	}
}

func FuzzParseAuditMark(f *testing.F) {
	f.Add("3:" + strings.Repeat("0", 64))
	f.Add("::")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseAuditMark(s)
		if err != nil {
			return
		}
		if again, err := ParseAuditMark(m.String()); err != nil || again != m {
			t.Errorf("%q is read as %v, and that as %v", s, m, again)
		}
	})
}
