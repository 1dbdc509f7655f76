package store

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// yearly adds n entries, one a year, the first one at noon's year.
func yearly(t *testing.T, tenant *Tenant, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		e := auditEntry(tenant, i)
		e.At = noon.AddDate(i, 0, 0)
		ok(t, tenant.Audit(context.Background(), auditKey, e))
	}
}

func cutAt(t *testing.T, tenant *Tenant, now time.Time, kept time.Duration, dry bool) AuditCut {
	t.Helper()
	c, err := tenant.CutAudit(context.Background(), auditKey, now, kept, dry)
	ok(t, err)
	return c
}

func TestTheAuditLogIsCutAfterItsTime(t *testing.T) {
	const years = 366 * day
	for _, c := range []struct {
		name    string
		entries int
		now     int // years after the first
		kept    time.Duration
		removed int
	}{
		{"nothing before five years, whatever is configured", 5, 4, day, 0},
		{"what is older than five years", 10, 9, 5 * years, 4},
		{"what is older than ten, where ten are configured", 15, 14, 10 * years, 4},
		{"never the last entry", 3, 40, 5 * years, 2},
		{"of an empty log nothing", 0, 9, 5 * years, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tenant := newTenant(t)
			yearly(t, tenant, 0, c.entries)
			now := noon.AddDate(c.now, 0, 1)
			before := verified(t, tenant, nil)
			if dry := cutAt(t, tenant, now, c.kept, true); dry.Removed != c.removed {
				t.Errorf("a dry run says %d, want %d", dry.Removed, c.removed)
			}
			if s := verified(t, tenant, nil); !reflect.DeepEqual(s, before) {
				t.Errorf("a dry run changed the log: %+v", s)
			}
			if cut := cutAt(t, tenant, now, c.kept, false); cut.Removed != c.removed {
				t.Errorf("%d were removed, want %d", cut.Removed, c.removed)
			}
			s := verified(t, tenant, &AuditMark{before.Count, before.Head})
			if s.Broken != nil || s.Count != before.Count || s.Head != before.Head || s.From != int64(c.removed) {
				t.Errorf("afterwards it is %+v %+v, before %+v", s, s.Broken, before)
			}
			if again := cutAt(t, tenant, now, c.kept, false); again.Removed != 0 {
				t.Errorf("at once again, %d", again.Removed)
			}
			yearly(t, tenant, c.entries, 2)
			if s := verified(t, tenant, nil); s.Broken != nil || s.Count != before.Count+2 {
				t.Errorf("with entries added, it is %+v %+v", s, s.Broken)
			}
			n := int64(c.removed)
			ok(t, tenant.EachAudit(context.Background(), func(Audited) error { n++; return nil }))
			if n != before.Count+2 {
				t.Errorf("%d entries are left", n-int64(c.removed))
			}
		})
	}
}

func TestACutAuditLogShowsTampering(t *testing.T) {
	for _, c := range []struct {
		name   string
		tamper string
		says   string
	}{
		{"the mark of the cut is removed", `DELETE FROM audit_cut`, "is missing; the next one there is 5"},
		{"the mark is moved on, to hide more", `UPDATE audit_cut SET n = 6; DELETE FROM audit WHERE n <= 6`, "was not written by brygga"},
		{"another hash stands in the mark", `UPDATE audit_cut SET head = x'00'`, "was not written by brygga"},
		{"one more entry is removed", `DROP TRIGGER audit_kept; DELETE FROM audit WHERE n = 5`, "is missing; the next one there is 6"},
		{"an old entry is put back", `DROP TRIGGER audit_unchanged; UPDATE audit SET n = 2 WHERE n = 5`, "was put there"},
		{"the end is removed", `DROP TRIGGER audit_kept; DELETE FROM audit WHERE n = 10`, "is missing: 10 entries were written"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openAt(t, pathIn(t))
			tenant := s.Tenant("exempelkommun")
			yearly(t, tenant, 0, 10)
			if cut := cutAt(t, tenant, noon.AddDate(9, 0, 1), 0, false); cut.Removed != 4 {
				t.Fatalf("%+v", cut)
			}
			for statement := range strings.SplitSeq(c.tamper, ";") {
				spoil(t, s, statement)
			}
			got := verified(t, tenant, nil)
			if got.Broken == nil || !strings.Contains(got.Broken.What, c.says) {
				t.Errorf("found is %+v, want %q", got.Broken, c.says)
			}
			if _, err := tenant.CutAudit(context.Background(), auditKey, noon.AddDate(30, 0, 0), 0, false); !errors.Is(err, ErrAuditBroken) {
				t.Errorf("cutting it gives %v", err)
			}
		})
	}
}

func TestAMarkFromBeforeTheCut(t *testing.T) {
	tenant := newTenant(t)
	yearly(t, tenant, 0, 3)
	old := verified(t, tenant, nil)
	yearly(t, tenant, 3, 7)
	cut := cutAt(t, tenant, noon.AddDate(9, 0, 1), 0, false)
	_, err := tenant.VerifyAudit(context.Background(), auditKey, &AuditMark{old.Count, old.Head})
	if err == nil || !strings.Contains(err.Error(), "give a mark of a later verify") {
		t.Errorf("an older mark gives %v", err)
	}
	if s := verified(t, tenant, &AuditMark{cut.Last, cut.Head}); s.Broken != nil {
		t.Errorf("the mark of the cut gives %+v", s.Broken)
	}
	if s := verified(t, tenant, &AuditMark{cut.Last, strings.Repeat("0", 64)}); s.Broken == nil {
		t.Error("another head at the cut passes")
	}
}

func TestOnlyWhatWasCutCanBeDeleted(t *testing.T) {
	s := openAt(t, pathIn(t))
	yearly(t, s.Tenant("exempelkommun"), 0, 10)
	yearly(t, s.Tenant("grannkommun"), 0, 10)
	cutAt(t, s.Tenant("exempelkommun"), noon.AddDate(9, 0, 1), 0, false)
	for _, q := range []string{`DELETE FROM audit WHERE tenant = 'exempelkommun'`, `DELETE FROM audit WHERE tenant = 'grannkommun' AND n = 1`} {
		if _, err := s.write.Exec(q); err == nil || !strings.Contains(err.Error(), "only added to") {
			t.Errorf("%s gives %v", q, err)
		}
	}
	var left int
	ok(t, s.view(context.Background(), "counting", func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM audit`).Scan(&left)
	}))
	if left != 16 {
		t.Errorf("%d entries are left, want 16", left)
	}
}

func TestCuttingNeedsTheKey(t *testing.T) {
	tenant := newTenant(t)
	yearly(t, tenant, 0, 10)
	if _, err := tenant.CutAudit(context.Background(), []byte("short"), noon.AddDate(9, 0, 1), 0, false); err == nil {
		t.Error("a short key cuts")
	}
	if _, err := tenant.CutAudit(context.Background(), otherKey, noon.AddDate(9, 0, 1), 0, false); !errors.Is(err, ErrAuditBroken) {
		t.Errorf("another key gives %v", err)
	}
}
