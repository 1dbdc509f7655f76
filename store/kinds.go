package store

import (
	"context"
	"time"

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
}

// KindState is a small kind of one system as the last put left it.
type KindState struct {
	Records    []care.Record     // in no order that means anything
	Unreadable []care.Unreadable // the quarantine of the kind
	Checkpoint Checkpoint
	OK         bool // the kind has been put at least once
}

// KindPut is what a pull of a small kind changes.
type KindPut struct {
	// Upserts replace, or add, the row of their Ref. Rows that are equal to what
	// is stored are not written. Of one Ref given twice, the latest Updated counts,
	// then the latest Version, then the last one.
	Upserts []care.Record
	// Gone are the refs whose rows are removed; a ref that is not there is no
	// error, and one that is also among Upserts stays.
	Gone []care.Ref
	// Unreadable is the whole quarantine of the kind: it replaces the old one.
	Unreadable []care.Unreadable
	Checkpoint Checkpoint
}

// Diff counts what a put did. Same counts only rows that were given and equal.
type Diff struct{ Added, Changed, Removed, Same int }

// Kind gives everything stored of a small kind; a kind that was never put gives
// the zero KindState and no error.
func (t *Tenant) Kind(ctx context.Context, system, kind string) (KindState, error) {
	return KindState{}, errUnbuilt
}

// PutKind stores what a pull found, in one transaction: after an error, or a
// crash at any moment, the kind is as it was before.
func (t *Tenant) PutKind(ctx context.Context, system, kind string, p KindPut) (Diff, error) {
	return Diff{}, errUnbuilt
}

// KindCheckpoint is the checkpoint of one kind of one system.
type KindCheckpoint struct {
	System, Kind string
	Checkpoint
	Unreadable int // records in its quarantine
}

// Checkpoints lists every kind that was ever put, by system and kind, without
// reading any facts.
func (t *Tenant) Checkpoints(ctx context.Context) ([]KindCheckpoint, error) { return nil, errUnbuilt }
