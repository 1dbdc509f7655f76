package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"brygga/care"
)

// AuditEntry is one line of the audit log: who did what to whose data, on what
// ground, and what came of it. It names clients by keyed hashes only (AuditClient).
// Its JSON, in this order of fields, is the canonical form that is hashed; fields
// may be added at the end, and none may change.
type AuditEntry struct {
	N        int64     `json:"n"`  // 1, 2, ...: set by Audit
	At       time.Time `json:"at"` // UTC
	Tenant   string    `json:"tenant"`
	Job      string    `json:"job"`                // the command or job
	Run      string    `json:"run,omitempty"`      // of a job that has runs
	By       string    `json:"by"`                 // who asked, as that person says; or "schedule"
	User     string    `json:"user,omitempty"`     // the user of the operating system
	Action   string    `json:"action"`             // "names.read"
	Resource string    `json:"resource,omitempty"` // what of the record, and in which system
	Sections []string  `json:"sections,omitempty"`
	Count    int       `json:"count"` // of clients
	Clients  []string  `json:"clients,omitempty"`
	Basis    string    `json:"basis,omitempty"` // what it rests on: the id and version of a consent
	Outcome  string    `json:"outcome"`
	// Counts are how many of what, where there were several: "Task.created".
	Counts map[string]int `json:"counts,omitempty"`
	// Config is the hash of the configuration in force, and Before, of a change of it,
	// that of the one before.
	Config string `json:"config,omitempty"`
	Before string `json:"before,omitempty"`
	// Content is the hash of what was handed over.
	Content string `json:"content,omitempty"`
	// Of is the entry, with the outcome AuditBegun, whose outcome this is.
	Of int64 `json:"of,omitempty"`
	// Found is the run that found in the record system what became of it, where whoever
	// began it died.
	Found string `json:"found,omitempty"`
}

// Audited is an entry as it stands in the log.
type Audited struct {
	Canonical json.RawMessage // an AuditEntry, byte by byte as it was hashed
	Hash      string          // hex: SHA-256 of the hash before it (32 bytes, zeros for the first) and Canonical
	MAC       string          // hex: HMAC-SHA-256 of Hash's bytes under keys.audit
}

// ErrAuditBroken is that the end of the log is not what brygga wrote, or was signed
// with another key: nothing is added to it.
var ErrAuditBroken = errors.New("the audit log is not as brygga left it, or keys.audit is another key than before")

// auditHash is the hash of an entry or of the beginning, which is all zeros.
type auditHash [sha256.Size]byte

func (h auditHash) String() string { return hex.EncodeToString(h[:]) }

func chained(before auditHash, canonical []byte) (h auditHash) {
	sum := sha256.New()
	sum.Write(before[:])
	sum.Write(canonical)
	sum.Sum(h[:0])
	return h
}

// signer signs entries and heads; a signature of one is none of the other.
type signer struct{ key []byte }

func (s signer) entry(h auditHash) []byte { return s.of("entry", h[:]) }

func (s signer) head(tenant string, n int64, h auditHash) []byte {
	return s.of("head", strconv.AppendInt(append(h[:], tenant...), n, 10))
}

func (s signer) of(what string, b []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte("brygga/audit/1/" + what + "\x00"))
	m.Write(b)
	return m.Sum(nil)
}

// AuditClient is how the audit log names a client: a keyed hash, which is the same
// every time and says nothing to whom does not have the pseudonym key.
func (t *Tenant) AuditClient(client care.Ref) string {
	h := t.key("audit-client", string(client))
	return hex.EncodeToString(h[:])
}

// Audit adds an entry to the tenant's log, signed with the audit key. It is stored
// when Audit has returned without an error; an act that must not go unrecorded
// waits for that. It fails with ErrAuditBroken where the end of the log is not what
// was written last.
func (t *Tenant) Audit(ctx context.Context, key []byte, e AuditEntry) error {
	return t.auditing(ctx, key, func(tx *sql.Tx) error {
		_, err := t.addAudit(ctx, tx, key, e)
		return err
	})
}

// auditing is an update that adds to the log.
func (t *Tenant) auditing(ctx context.Context, key []byte, do func(*sql.Tx) error) error {
	if len(key) < minKey {
		return fmt.Errorf("the audit key has %d bytes, and needs at least %d", len(key), minKey)
	}
	return t.update(ctx, "adding to the audit log", do)
}

// addAudit adds an entry in a transaction, and gives its number.
func (t *Tenant) addAudit(ctx context.Context, tx *sql.Tx, key []byte, e AuditEntry) (n int64, err error) {
	sign := signer{key}
	n, head, err := t.auditEnd(ctx, tx, sign)
	if err != nil {
		return 0, err
	}
	e.N, e.At, e.Tenant, e.Clients = n+1, utc(e.At), t.name, slices.Compact(slices.Sorted(slices.Values(e.Clients)))
	canonical, err := canonicalOf(&e)
	if err != nil {
		return 0, err
	}
	next := chained(head, canonical)
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (tenant, n, content, mac) VALUES ($1, $2, $3, $4)`,
		t.name, e.N, t.sealAudit(e.N, next, canonical), sign.entry(next))
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_head (tenant, n, head, mac) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant) DO UPDATE SET n = excluded.n, head = excluded.head, mac = excluded.mac`,
		t.name, e.N, next[:], sign.head(t.name, e.N, next))
	return e.N, err
}

// canonicalOf writes an entry as it is hashed.
func canonicalOf(e *AuditEntry) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// auditEnd gives where the log ends, or ErrAuditBroken where that cannot be
// believed.
func (t *Tenant) auditEnd(ctx context.Context, tx *sql.Tx, sign signer) (n int64, head auditHash, err error) {
	kept, there, err := t.auditHead(ctx, tx)
	if err != nil {
		return 0, head, err
	}
	var last sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT max(n) FROM audit WHERE tenant = $1`, t.name).Scan(&last); err != nil {
		return 0, head, err
	}
	if !there && !last.Valid {
		return 0, head, nil
	}
	if !there || last.Int64 != kept.n || !hmac.Equal(kept.mac, sign.head(t.name, kept.n, kept.hash)) {
		return 0, head, fmt.Errorf("%w; nothing is added to it: brygga audit verify says what is wrong", ErrAuditBroken)
	}
	return kept.n, kept.hash, nil
}

// auditHead is the row that says how far the log goes.
type auditHead struct {
	n    int64
	hash auditHash
	mac  []byte
}

func (t *Tenant) auditHead(ctx context.Context, tx *sql.Tx) (h auditHead, there bool, err error) {
	var hash []byte
	err = tx.QueryRowContext(ctx, `SELECT n, head, mac FROM audit_head WHERE tenant = $1`, t.name).Scan(&h.n, &hash, &h.mac)
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	copy(h.hash[:], hash)
	return h, err == nil, err
}

// sealAudit seals an entry with its hash; it opens at its number only.
func (t *Tenant) sealAudit(n int64, h auditHash, canonical []byte) []byte {
	return t.seal("audit", t.auditKey(n), nil, append(h[:], canonical...))
}

func (t *Tenant) openAudit(n int64, content []byte) (h auditHash, canonical []byte, err error) {
	plain, err := t.open(nil, "audit", t.auditKey(n), nil, content)
	if err == nil && len(plain) < len(h) {
		err = damaged("an entry of the audit log is too short")
	}
	if err != nil {
		return h, nil, err
	}
	copy(h[:], plain)
	return h, plain[len(h):], nil
}

func (t *Tenant) auditKey(n int64) id { return t.key("audit", strconv.FormatInt(n, 10)) }
