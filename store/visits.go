package store

import (
	"context"

	"brygga/care"
)

// Visits is the visits of one system as the last put left them.
type Visits struct {
	// ByClient is never nil. A client without visits is not in it; the visits of
	// one client come back in the order that they were given in.
	ByClient   map[care.Ref][]care.Visit
	Unreadable []care.Unreadable // the quarantine of the kind
	Checkpoint Checkpoint
	OK         bool // visits have been put at least once
}

// VisitPut is what a pull of visits changes.
type VisitPut struct {
	// Changed holds clients' visits, whole per client: they replace what is stored
	// of that client; an empty slice removes the client. Clients whose visits are
	// equal, in the same order, to what is stored are not written.
	Changed map[care.Ref][]care.Visit
	// Whole: Changed is everything there is; stored clients that are not in it are removed.
	Whole bool
	// Names is the table that the visits' indexes point into; the one that Names
	// gave, grown. An index that it does not hold, or a table that does not begin
	// with what is stored, is an error, and nothing is written. nil adds no names.
	Names *care.Names
	// Unreadable is the whole quarantine of the kind: it replaces the old one.
	Unreadable []care.Unreadable
	Checkpoint Checkpoint
}

// Notes is the notes of the social journal of one system; see Visits.
type Notes struct {
	ByClient   map[care.Ref][]care.Note
	Unreadable []care.Unreadable
	Checkpoint Checkpoint
	OK         bool
}

// NotePut is what a pull of notes changes; see VisitPut.
type NotePut struct {
	Changed    map[care.Ref][]care.Note
	Whole      bool
	Names      *care.Names
	Unreadable []care.Unreadable
	Checkpoint Checkpoint
}

// Visits gives every stored visit of a system. Read Names after it, not before:
// names only grow.
func (t *Tenant) Visits(ctx context.Context, system string) (Visits, error) {
	s, err := readBulk(ctx, t, visitLayout, system)
	return Visits{s.byClient, s.unreadable, s.checkpoint, s.ok}, err
}

// PutVisits stores visits, names, quarantine and checkpoint in one transaction.
// The Diff counts clients.
func (t *Tenant) PutVisits(ctx context.Context, system string, p VisitPut) (Diff, error) {
	return writeBulk(ctx, t, visitLayout, system, bulkPut[care.Visit]{p.Changed, p.Whole, p.Names, p.Unreadable, p.Checkpoint})
}

// Notes gives every stored note of a system; read Names after it.
func (t *Tenant) Notes(ctx context.Context, system string) (Notes, error) {
	s, err := readBulk(ctx, t, noteLayout, system)
	return Notes{s.byClient, s.unreadable, s.checkpoint, s.ok}, err
}

// PutNotes stores notes, names, quarantine and checkpoint in one transaction.
// The Diff counts clients.
func (t *Tenant) PutNotes(ctx context.Context, system string, p NotePut) (Diff, error) {
	return writeBulk(ctx, t, noteLayout, system, bulkPut[care.Note]{p.Changed, p.Whole, p.Names, p.Unreadable, p.Checkpoint})
}
