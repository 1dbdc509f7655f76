package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// row is an entry as it lies in the store.
type auditRow struct {
	n            int64
	content, mac []byte
}

func auditRows(t *testing.T, tenant *Tenant) (out []auditRow) {
	t.Helper()
	err := tenant.store.view(context.Background(), "reading", func(tx *sql.Tx) error {
		return each(context.Background(), tx, func(rows *sql.Rows) error {
			var r auditRow
			err := rows.Scan(&r.n, &r.content, &r.mac)
			out = append(out, r)
			return err
		}, `SELECT n, content, mac FROM audit WHERE tenant = $1 ORDER BY n`, tenant.name)
	})
	ok(t, err)
	return out
}

// putRows makes these the log, numbered 1, 2, 3 ...; each is sealed for its place, as
// whoever has the pseudonym key can do. Signatures are those that they had.
func putRows(t *testing.T, tenant *Tenant, rows []auditRow) {
	t.Helper()
	ctx := context.Background()
	ok(t, tenant.store.update(ctx, "tampering", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM audit WHERE tenant = $1`, tenant.name); err != nil {
			return err
		}
		for i, r := range rows {
			hash, canonical, err := tenant.openAudit(r.n, r.content)
			if err != nil {
				return err
			}
			n := int64(i + 1)
			if _, err := tx.ExecContext(ctx, `INSERT INTO audit (tenant, n, content, mac) VALUES ($1, $2, $3, $4)`,
				tenant.name, n, tenant.sealAudit(n, hash, canonical), r.mac); err != nil {
				return err
			}
		}
		return nil
	}))
}

// free takes away what guards the log against mistakes.
func free(t *testing.T, s *Store) {
	t.Helper()
	spoil(t, s, `DROP TRIGGER audit_kept; DROP TRIGGER audit_unchanged;`)
}

// Whoever has the file and the pseudonym key, and not keys.audit, can seal entries for
// any place; the chain and the signatures still name the first that is not right.
func TestTamperingWithThePseudonymKeyIsFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		tamper func([]auditRow) []auditRow
		n      int64
		says   string
	}{
		{"nothing is changed", func(r []auditRow) []auditRow { return r }, 0, ""},
		{"an entry is removed", func(r []auditRow) []auditRow { return append(r[:2:2], r[3:]...) }, 3, "does not follow"},
		{"the first is removed", func(r []auditRow) []auditRow { return r[1:] }, 1, "does not follow"},
		{"an entry is told twice", func(r []auditRow) []auditRow { return append(append(r[:4:4], r[3]), r[4:]...) }, 5, "does not follow"},
		{"an earlier entry is put in between", func(r []auditRow) []auditRow { return append(append(r[:4:4], r[0]), r[4:]...) }, 5, "does not follow"},
		{"two neighbours change places", func(r []auditRow) []auditRow { r[2], r[3] = r[3], r[2]; return r }, 3, "does not follow"},
		{"the first and the last change places", func(r []auditRow) []auditRow { r[0], r[5] = r[5], r[0]; return r }, 1, "does not follow"},
		{"the end is cut off", func(r []auditRow) []auditRow { return r[:4] }, 5, "6 entries were written, and the log ends after 4"},
		{"an earlier entry is put at the end", func(r []auditRow) []auditRow { return append(r, r[0]) }, 7, "does not follow"},
		{"nothing is left", func([]auditRow) []auditRow { return nil }, 1, "6 entries were written, and the log ends after 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tenant := newTenant(t)
			auditedTo(t, tenant, 6)
			free(t, tenant.store)
			putRows(t, tenant, c.tamper(auditRows(t, tenant)))
			s := verified(t, tenant, nil)
			if c.n == 0 {
				if s.Broken != nil || s.Count != 6 {
					t.Errorf("it is right, and found is %+v", s)
				}
				return
			}
			if s.Broken == nil || s.Broken.N != c.n || !strings.Contains(s.Broken.What, c.says) {
				t.Errorf("found is %+v, want entry %d, %q", s.Broken, c.n, c.says)
			}
			if s.Count != c.n-1 {
				t.Errorf("%d entries are said to be right", s.Count)
			}
		})
	}
}

// The log of a neighbour, under the same keys, is none of this municipality's, be it
// copied as it lies there or sealed anew.
func TestTheLogOfAnotherTenantIsFound(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		tenant := newTenant(t)
		neighbour := tenant.store.Tenant("grannkommun")
		auditedTo(t, tenant, 3)
		auditedTo(t, neighbour, 3)
		free(t, tenant.store)
		rows := auditRows(t, neighbour)
		ok(t, tenant.store.update(context.Background(), "tampering", func(tx *sql.Tx) error {
			for _, r := range rows {
				content := r.content
				if sealed {
					hash, canonical, err := neighbour.openAudit(r.n, r.content)
					if err != nil {
						return err
					}
					content = tenant.sealAudit(r.n, hash, canonical)
				}
				if _, err := tx.Exec(`UPDATE audit SET content = $1, mac = $2 WHERE tenant = 'exempelkommun' AND n = `+fmt.Sprint(r.n), content, r.mac); err != nil {
					return err
				}
			}
			return nil
		}))
		if s := verified(t, tenant, nil); s.Broken == nil || s.Broken.N != 1 || !strings.Contains(s.Broken.What, "put there") || s.Count != 0 {
			t.Errorf("sealed anew: %v: found is %+v", sealed, s)
		}
		if s := verified(t, neighbour, nil); s.Broken != nil || s.Count != 3 {
			t.Errorf("the neighbour's own is %+v", s)
		}
	}
}

// Whatever is left of a log, in whatever order: either it is the whole of it, or the
// first entry that is not in its place is named.
func TestWhateverIsLeftOfALogTheFirstWrongEntryIsNamed(t *testing.T) {
	tenant := newTenant(t)
	auditedTo(t, tenant, 5)
	free(t, tenant.store)
	whole := auditRows(t, tenant)
	rapid.Check(t, func(rt *rapid.T) {
		var left []auditRow
		first := int64(0) // that is wrong
		for i := range rapid.IntRange(0, 7).Draw(rt, "left") {
			pick := i
			if rapid.IntRange(0, 3).Draw(rt, "tampered") == 0 || i >= len(whole) {
				pick = rapid.IntRange(0, len(whole)-1).Draw(rt, "entry")
			}
			left = append(left, whole[pick])
			if pick != i && first == 0 {
				first = int64(i + 1)
			}
		}
		if first == 0 && len(left) < len(whole) {
			first = int64(len(left) + 1)
		}
		putRows(t, tenant, left)
		s := verified(t, tenant, nil)
		switch {
		case first == 0 && (s.Broken != nil || s.Count != int64(len(whole))):
			rt.Fatalf("it is whole, and found is %+v", s)
		case first > 0 && (s.Broken == nil || s.Broken.N != first || s.Count != first-1):
			rt.Fatalf("entry %d is the first that is wrong, and found is %+v %+v", first, s, s.Broken)
		}
		putRows(t, tenant, whole)
	})
}
