package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// AuditLeast is how long entries of the audit log are kept, whatever is configured:
// five years, with both leap days that may be in them.
const AuditLeast = (5*365 + 2) * 24 * time.Hour

// AuditCut is what a cut of the log removed: entries First to Last, and the hash of the
// last of them, from which the rest goes on.
type AuditCut struct {
	Removed     int
	First, Last int64
	Head        string
}

// cutMark is the row that says up to where the log was cut.
type cutMark struct {
	n    int64
	hash auditHash
	mac  []byte
}

func (s signer) cut(tenant string, n int64, h auditHash) []byte {
	return s.of("cut", strconv.AppendInt(append(h[:], tenant...), n, 10))
}

func (t *Tenant) auditCut(ctx context.Context, tx *sql.Tx) (c cutMark, there bool, err error) {
	var hash []byte
	err = tx.QueryRowContext(ctx, `SELECT n, head, mac FROM audit_cut WHERE tenant = $1`, t.name).Scan(&c.n, &hash, &c.mac)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	copy(c.hash[:], hash)
	return c, err == nil, err
}

// CutAudit removes the oldest entries of the log: those that are older than kept (at
// least AuditLeast) at now, up to the first that is not, and never the last one. What
// is left is verified from the signed mark of the cut. A log that is not as brygga
// wrote it is not cut (ErrAuditBroken): it may be needed as it is.
func (t *Tenant) CutAudit(ctx context.Context, key []byte, now time.Time, kept time.Duration, dryRun bool) (out AuditCut, err error) {
	before := now.Add(-max(kept, AuditLeast))
	if len(key) < minKey {
		return out, fmt.Errorf("the audit key has %d bytes, and needs at least %d", len(key), minKey)
	}
	whole, err := t.VerifyAudit(ctx, key, nil)
	if err != nil {
		return out, err
	}
	if whole.Broken != nil {
		return out, fmt.Errorf("%w; nothing is removed from it: brygga audit verify says what is wrong", ErrAuditBroken)
	}
	err = t.update(ctx, "removing old entries of the audit log", func(tx *sql.Tx) error {
		out = AuditCut{}
		from, _, err := t.auditCut(ctx, tx)
		if err != nil {
			return err
		}
		end := cutMark{n: from.n, hash: from.hash}
		stop := errors.New("the rest is kept")
		err = each(ctx, tx, func(rows *sql.Rows) error {
			var n int64
			var content []byte
			if err := rows.Scan(&n, &content); err != nil {
				return err
			}
			hash, canonical, err := t.openAudit(n, content)
			if err != nil {
				return err
			}
			var e AuditEntry
			if err := json.Unmarshal(canonical, &e); err != nil {
				return damaged("an entry of the audit log cannot be read")
			}
			if n >= whole.Count || !e.At.Before(before) || hash != chained(end.hash, canonical) {
				return stop
			}
			end.n, end.hash = n, hash
			return nil
		}, `SELECT n, content FROM audit WHERE tenant = $1 ORDER BY n`, t.name)
		if err != nil && !errors.Is(err, stop) {
			return err
		}
		if out.Removed = int(end.n - from.n); out.Removed == 0 {
			return nil
		}
		out.First, out.Last, out.Head = from.n+1, end.n, end.hash.String()
		if dryRun {
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO audit_cut (tenant, n, head, mac) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant) DO UPDATE SET n = excluded.n, head = excluded.head, mac = excluded.mac`,
			t.name, end.n, end.hash[:], signer{key}.cut(t.name, end.n, end.hash))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM audit WHERE tenant = $1 AND n <= $2`, t.name, end.n)
		return err
	})
	if err != nil {
		return AuditCut{}, err
	}
	return out, nil
}

// begin lets a look through the log begin where it was cut.
func (v *verifying) begin(ctx context.Context, tx *sql.Tx) error {
	c, there, err := v.t.auditCut(ctx, tx)
	if err != nil || !there {
		return err
	}
	if !hmac.Equal(c.mac, v.sign.cut(v.t.name, c.n, c.hash)) {
		v.fault(c.n, "is where old entries are said to have been removed, and that was not written by brygga with this keys.audit")
		return nil
	}
	v.at, v.s.Count, v.s.Head, v.s.From = c.hash, c.n, c.hash.String(), c.n
	switch e := v.expect; {
	case e == nil || e.Count > c.n:
	case e.Count == c.n && e.Head == v.s.Head:
	case e.Count == c.n:
		v.fault(c.n, "is not the one whose head was kept: the log up to here was written anew")
	default:
		return fmt.Errorf("the mark that was kept is of entry %d, and the first %d were removed when they were old enough: give a mark of a later verify", e.Count, c.n)
	}
	return nil
}
