package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-json"

	"brygga/care"
)

// The two bulky kinds. They are put with PutVisits and PutNotes; PutKind
// refuses these names.
const (
	VisitKind = "visit"
	NoteKind  = "note"
)

// Checkpoint is how far the pull of one kind has come.
type Checkpoint struct {
	// Value is what the source gave, and what the next pull gives back as Since.
	Value string `json:"value,omitempty"`
	// At is when that pull began; WholeAt when the kind was last read whole.
	At      time.Time `json:"at,omitzero"`
	WholeAt time.Time `json:"whole_at,omitzero"`
	// Codes is how well the tables of a mapping knew the codes of what is stored, as
	// the pull wrote it.
	Codes string `json:"codes,omitempty"`
}

// KindState is a small kind of one system as the last put left it.
type KindState struct {
	Records    []care.Record     // in no order that means anything
	Unreadable []care.Unreadable // the quarantine of the kind
	Checkpoint Checkpoint
	OK         bool // the kind has been put at least once
}

// Kind gives everything stored of a small kind; a kind that was never put gives
// the zero KindState and no error.
func (t *Tenant) Kind(ctx context.Context, system, kind string) (out KindState, err error) {
	err = t.store.viewAgain(ctx, "reading "+kind+" of "+system, func(tx *sql.Tx) error {
		k, records, err := openKind(ctx, t, tx, system, kind, t.openRecord)
		out = KindState{Records: records, Unreadable: k.unreadable, Checkpoint: k.Checkpoint, OK: k.id != 0}
		return err
	})
	if err != nil {
		return KindState{}, err
	}
	return out, nil
}

// Refs gives only the references of a small kind, its quarantine and its
// checkpoint, in a small part of the memory that Kind takes: enough to tell which rows a whole read no
// longer shows.
func (t *Tenant) Refs(ctx context.Context, system, kind string) (refs []care.Ref, unreadable []care.Unreadable, cp Checkpoint, err error) {
	err = t.store.viewAgain(ctx, "reading the references of "+kind+" of "+system, func(tx *sql.Tx) error {
		k, all, err := openKind(ctx, t, tx, system, kind, t.openRef)
		refs, unreadable, cp = all, k.unreadable, k.Checkpoint
		return err
	})
	if err != nil {
		return nil, nil, Checkpoint{}, err
	}
	return refs, unreadable, cp, nil
}

const recordsOfKind = `SELECT key, person, content FROM record WHERE kind = $1 ORDER BY key`

// openKind reads the row of a kind, zero where it was never put, and its records.
func openKind[T any](ctx context.Context, t *Tenant, tx *sql.Tx, system, kind string, open opener[T]) (k kindRow, records []T, err error) {
	k, ok, err := t.kind(ctx, tx, system, kind)
	if err != nil || !ok {
		return k, nil, err
	}
	records, err = openAll(ctx, tx, k.Rows, open, recordsOfKind, k.id)
	return k, records, err
}

func (t *Tenant) openRecord(scratch []byte, r sealedRow, into *care.Record) error {
	plain, err := t.open(scratch, "record", r.key, r.owner, r.content)
	if err != nil {
		return err
	}
	return decodeRecord(plain, into)
}

func (t *Tenant) openRef(scratch []byte, r sealedRow, into *care.Ref) error {
	plain, err := t.open(scratch, "record", r.key, r.owner, r.content)
	if err != nil {
		return err
	}
	return decodeRef(plain, into)
}

// KindCheckpoint is the checkpoint of one kind of one system.
type KindCheckpoint struct {
	System, Kind string
	Checkpoint
	Rows       int // records; for visits and notes, clients that have any
	Unreadable int // records in its quarantine
}

// Checkpoints lists every kind that was ever put, by system and kind, without
// reading any facts.
func (t *Tenant) Checkpoints(ctx context.Context) (out []KindCheckpoint, err error) {
	err = t.store.viewAgain(ctx, "reading checkpoints", func(tx *sql.Tx) error {
		out = nil
		return each(ctx, tx, func(rows *sql.Rows) error {
			var k kindRow
			if err := t.scanKind(rows.Scan, &k); err != nil {
				return err
			}
			out = append(out, KindCheckpoint{
				System: k.system, Kind: k.kind, Checkpoint: k.Checkpoint, Rows: k.Rows, Unreadable: len(k.unreadable),
			})
			return nil
		}, selectKind+` WHERE tenant = $1 ORDER BY system, kind`, t.name)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// kindRow is one row of the table kind. Rows is sealed with the checkpoint, so
// that rows which somebody deletes from the file are missed; so is the number of
// rows of its index of references, where it has one (carriers.go).
type kindRow struct {
	id           int64
	system, kind string
	kindSealed
	unreadable []care.Unreadable
}

type kindSealed struct {
	Checkpoint Checkpoint `json:"checkpoint"`
	Rows       int        `json:"rows"`
	Index      int        `json:"index,omitempty"` // the format of the index, 0 for none
	Carriers   int        `json:"carriers,omitempty"`
}

const selectKind = `SELECT id, system, kind, state, quarantine FROM kind`

// kind reads the row of a kind; ok is false where it was never put.
func (t *Tenant) kind(ctx context.Context, tx *sql.Tx, system, kind string) (k kindRow, ok bool, err error) {
	row := tx.QueryRowContext(ctx, selectKind+` WHERE tenant = $1 AND system = $2 AND kind = $3`, t.name, system, kind)
	err = t.scanKind(row.Scan, &k)
	if errors.Is(err, sql.ErrNoRows) {
		return kindRow{system: system, kind: kind}, false, nil
	}
	return k, err == nil, err
}

func (t *Tenant) scanKind(scan func(...any) error, k *kindRow) error {
	var state, quarantine []byte
	if err := scan(&k.id, &k.system, &k.kind, &state, &quarantine); err != nil {
		return err
	}
	row := t.key("kind", k.system, k.kind)
	if err := t.openJSON("kind.state", row, state, &k.kindSealed); err != nil {
		return err
	}
	return t.openJSON("kind.quarantine", row, quarantine, &k.unreadable)
}

// beginKind gives the row of a kind for writing, making it where there is none.
func (t *Tenant) beginKind(ctx context.Context, tx *sql.Tx, system, kind string) (kindRow, error) {
	k, ok, err := t.kind(ctx, tx, system, kind)
	if err != nil || ok {
		return k, err
	}
	state, quarantine, err := t.sealKind(k)
	if err != nil {
		return k, err
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO kind (tenant, system, kind, state, quarantine) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		t.name, system, kind, state, quarantine).Scan(&k.id)
	return k, err
}

// endKind stores what a put made of a kind's row.
func (t *Tenant) endKind(ctx context.Context, tx *sql.Tx, k kindRow) error {
	state, quarantine, err := t.sealKind(k)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE kind SET state = $1, quarantine = $2 WHERE id = $3`, state, quarantine, k.id)
	return err
}

func (t *Tenant) sealKind(k kindRow) (state, quarantine []byte, err error) {
	k.Checkpoint.At, k.Checkpoint.WholeAt = utc(k.Checkpoint.At), utc(k.Checkpoint.WholeAt)
	unreadable := append([]care.Unreadable(nil), k.unreadable...)
	for i := range unreadable {
		unreadable[i].Updated = utc(unreadable[i].Updated)
	}
	row := t.key("kind", k.system, k.kind)
	if state, err = t.sealJSON("kind.state", row, k.kindSealed); err != nil {
		return nil, nil, err
	}
	quarantine, err = t.sealJSON("kind.quarantine", row, unreadable)
	return state, quarantine, err
}

func (t *Tenant) sealJSON(table string, row id, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding a row of %s: %w", table, err)
	}
	return t.seal(table, row, nil, b), nil
}

func (t *Tenant) openJSON(table string, row id, sealed []byte, v any) error {
	plain, err := t.open(nil, table, row, nil, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return damaged("a row of " + table + " cannot be read")
	}
	return nil
}
