package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// AuditState is what a look through the whole log says.
type AuditState struct {
	// Count and Head are where the log ends: kept elsewhere, they show later that no
	// end was cut off, whoever had the keys. They are those of what is right of it.
	Count int64
	Head  string
	// From is how many of the first were removed when they were old enough (CutAudit);
	// Count includes them.
	From int64
	// Open are the entries that say what was about to be done (AuditBegun), and of which
	// none says what became of it: it is under way, or somebody died over it.
	Open []int64
	// Broken is the first thing that is not as brygga wrote it; nil: all is.
	Broken *AuditFault
}

// AuditFault is an entry that is not what was written.
type AuditFault struct {
	N    int64
	What string
}

// AuditMark is a count and head that were kept elsewhere, as COUNT:HEAD.
type AuditMark struct {
	Count int64
	Head  string
}

// ParseAuditMark reads COUNT:HEAD.
func ParseAuditMark(s string) (m AuditMark, err error) {
	count, head, ok := strings.Cut(s, ":")
	m.Count, err = strconv.ParseInt(count, 10, 64)
	m.Head = strings.ToLower(head)
	if !ok || err != nil || m.Count < 0 || len(m.Head) != 2*len(auditHash{}) || strings.Trim(m.Head, "0123456789abcdef") != "" {
		return AuditMark{}, fmt.Errorf("write COUNT:HEAD, as brygga audit verify printed it")
	}
	return m, nil
}

// String writes a mark as ParseAuditMark reads it.
func (m AuditMark) String() string { return strconv.FormatInt(m.Count, 10) + ":" + m.Head }

// VerifyAudit looks through the log, entry by entry, and finds the first that was
// changed, removed, inserted or moved, or that an end is missing. Whoever has the
// file alone can hide nothing of that but this: to put back the whole log as it once
// was. expect, where given, finds that too: the log must have had that head at that
// count. The error is about reading the store.
func (t *Tenant) VerifyAudit(ctx context.Context, key []byte, expect *AuditMark) (s AuditState, err error) {
	err = t.store.view(ctx, "verifying the audit log", func(tx *sql.Tx) error {
		v := verifying{t: t, sign: signer{key}, expect: expect, open: map[int64]bool{}}
		v.s.Head = v.at.String()
		if expect != nil && expect.Count == 0 && expect.Head != v.s.Head {
			v.fault(0, "is not where the log began: the head that was kept is another one")
		}
		err := v.begin(ctx, tx)
		if err != nil {
			return err
		}
		err = each(ctx, tx, v.row, `SELECT n, content, mac FROM audit WHERE tenant = $1 ORDER BY n`, t.name)
		if err == nil {
			err = v.end(ctx, tx)
		}
		s = v.s
		s.Open = slices.Sorted(maps.Keys(v.open))
		return err
	})
	return s, err
}

// verifying is one look through a log.
type verifying struct {
	t      *Tenant
	sign   signer
	expect *AuditMark
	at     auditHash // of the last entry that is right
	open   map[int64]bool
	s      AuditState
}

func (v *verifying) fault(n int64, what string) {
	if v.s.Broken == nil {
		v.s.Broken = &AuditFault{n, what}
	}
}

func (v *verifying) row(rows *sql.Rows) error {
	var n int64
	var content, mac []byte
	if err := rows.Scan(&n, &content, &mac); err != nil || v.s.Broken != nil {
		return err
	}
	want := v.s.Count + 1
	if n < want && v.s.From > 0 {
		v.fault(n, "was put there: it had been removed when it was old enough")
		return nil
	}
	if n != want {
		v.fault(want, fmt.Sprintf("is missing; the next one there is %d", n))
		return nil
	}
	hash, canonical, err := v.t.openAudit(n, content)
	switch {
	case err != nil:
		v.fault(n, "was changed, or put there, or moved there from another place: it does not open")
	case hash != chained(v.at, canonical):
		v.fault(n, "does not follow from the one before it: one of them was changed, put there, moved or removed")
	case !v.itsOwn(n, canonical):
		v.fault(n, "was written for another place or another tenant, and put there")
	case !hmac.Equal(mac, v.sign.entry(hash)):
		v.fault(n, "is not signed with this keys.audit: it was written without the key, or the key was changed")
	}
	if v.s.Broken != nil {
		return nil
	}
	v.at, v.s.Count, v.s.Head = hash, n, hash.String()
	if e := v.expect; e != nil && e.Count == n && e.Head != v.s.Head {
		v.fault(n, "is not the one whose head was kept: the log up to here was written anew")
	}
	return nil
}

// itsOwn says whether an entry says of itself that it is this tenant's and stands there,
// and notes what it begins or ends.
func (v *verifying) itsOwn(n int64, canonical []byte) bool {
	var of struct {
		N, Of           int64
		Tenant, Outcome string
	}
	if json.Unmarshal(canonical, &of) != nil || of.N != n || of.Tenant != v.t.name {
		return false
	}
	if of.Outcome == AuditBegun {
		v.open[n] = true
	}
	delete(v.open, of.Of)
	return true
}

// end compares the log with what is said of its end.
func (v *verifying) end(ctx context.Context, tx *sql.Tx) error {
	head, there, err := v.t.auditHead(ctx, tx)
	if err != nil || v.s.Broken != nil {
		return err
	}
	n := v.s.Count
	switch {
	case !there && n > 0:
		v.fault(n, "is the last, and the row that says how far the log goes was removed")
	case there && head.n > n:
		v.fault(n+1, fmt.Sprintf("is missing: %d entries were written, and the log ends after %d", head.n, n))
	case there && head.n < n:
		v.fault(head.n+1, fmt.Sprintf("was put there: %d entries were written, and the log has %d", head.n, n))
	case there && (head.hash != v.at || !hmac.Equal(head.mac, v.sign.head(v.t.name, n, v.at))):
		v.fault(n, "is the last, and what is said of the end of the log was changed")
	case v.expect != nil && v.expect.Count > n:
		v.fault(n+1, fmt.Sprintf("is missing: the count that was kept is %d, and the log ends after %d", v.expect.Count, n))
	}
	return nil
}

// EachAudit gives every entry in order, as it stands in the log; whether that is
// right is for VerifyAudit to say. It ends where give fails, or at an entry that
// does not open.
func (t *Tenant) EachAudit(ctx context.Context, give func(Audited) error) error {
	return t.store.view(ctx, "reading the audit log", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var n int64
			var content, mac []byte
			if err := rows.Scan(&n, &content, &mac); err != nil {
				return err
			}
			hash, canonical, err := t.openAudit(n, content)
			if err != nil {
				return fmt.Errorf("%w: entry %d does not open: brygga audit verify says more", ErrAuditBroken, n)
			}
			return give(Audited{Canonical: canonical, Hash: hash.String(), MAC: fmt.Sprintf("%x", mac)})
		}, `SELECT n, content, mac FROM audit WHERE tenant = $1 ORDER BY n`, t.name)
	})
}
