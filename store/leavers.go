package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"brygga/care"
)

// Leaving asks for the rows of clients who have left a system to be removed.
type Leaving struct {
	System string
	// Persons are the kinds that say who stands in the system. Where one of them was
	// never put, or nobody stands in them, nothing is removed: it cannot be told who left.
	Persons []string
	// Kept is how long a client must have been away, by the system's own word: a
	// complete pull did not have the client, and another one that began Kept later
	// had not either.
	Kept   time.Duration
	DryRun bool // count, and change nothing
}

// Left is what became of them.
type Left struct {
	Clients int  // removed
	Rows    int  // of them: records, and packed visits and notes
	Away    int  // clients who have left, and whose rows are still kept
	Unknown bool // it cannot be told who left
}

// leftClient is what is kept of a client who left: since when, and when the rows were
// removed. The keyed hash says which rows were theirs, and not who they were.
type leftClient struct {
	Person  []byte    `json:"person"`
	Since   time.Time `json:"since"`
	Removed time.Time `json:"removed,omitzero"`
}

// returning is how long it is remembered that rows were removed: a source may still
// list visits of someone whom it no longer knows, and a whole read of them (a week by
// default) brings them back.
const returning = 62 * 24 * time.Hour

var errDryRun = errors.New("nothing is to be changed")

func leftArea(system string) string { return "left:" + system }

// RemoveLeft removes every row of clients who left a system long enough ago, all of a
// client or nothing. A client who stands in the system, readable or not, is never
// removed; one who comes back begins anew.
func (t *Tenant) RemoveLeft(ctx context.Context, l Leaving) (out Left, err error) {
	err = t.update(ctx, "removing clients who left "+l.System, func(tx *sql.Tx) error {
		out = Left{}
		r := leaving{t: t, tx: tx, Leaving: l, kinds: map[int64]*kindRow{}}
		if out.Unknown, err = r.look(ctx); err != nil || out.Unknown {
			return err
		}
		if err := r.settle(ctx, &out); err != nil {
			return err
		}
		if l.DryRun {
			return errDryRun
		}
		for _, k := range r.touched {
			if err := t.endKind(ctx, tx, *k); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	if err != nil {
		return Left{}, err
	}
	return out, nil
}

// leaving is one look through a system.
type leaving struct {
	Leaving
	t       *Tenant
	tx      *sql.Tx
	kinds   map[int64]*kindRow
	touched map[int64]*kindRow
	seen    time.Time       // when the last complete pull of those who stand there began
	there   map[string]bool // by keyed hash
	rows    map[string][]leftRow
}

// leftRow is where a row of somebody who left stands.
type leftRow struct {
	table string
	kind  int64
	key   id
}

// look finds who stands in the system, and the rows of all others.
func (r *leaving) look(ctx context.Context) (unknown bool, err error) {
	r.there, r.rows, r.touched = map[string]bool{}, map[string][]leftRow{}, map[int64]*kindRow{}
	persons := 0
	err = each(ctx, r.tx, func(rows *sql.Rows) error {
		k := &kindRow{}
		if err := r.t.scanKind(rows.Scan, k); err != nil {
			return err
		}
		r.kinds[k.id] = k
		return nil
	}, selectKind+` WHERE tenant = $1 AND system = $2 ORDER BY kind`, r.t.name, r.System)
	if err != nil {
		return false, err
	}
	for _, k := range r.kinds {
		if !slices.Contains(r.Persons, k.kind) {
			continue
		}
		if k.Checkpoint.At.IsZero() {
			return true, nil
		}
		if persons++; r.seen.IsZero() || k.Checkpoint.At.Before(r.seen) {
			r.seen = k.Checkpoint.At
		}
		if err := r.present(ctx, k); err != nil {
			return false, err
		}
	}
	if persons < len(r.Persons) || persons == 0 || len(r.there) == 0 {
		return true, nil
	}
	for _, k := range r.kinds {
		if err := r.others(ctx, k); err != nil {
			return false, err
		}
	}
	return false, nil
}

// present notes whom a kind says to stand in the system: also those whose own record
// cannot be read.
func (r *leaving) present(ctx context.Context, k *kindRow) error {
	people, err := openAll(ctx, r.tx, k.Rows, func(scratch []byte, row sealedRow, into *[2]care.Ref) error {
		var rec care.Record
		if err := r.t.openRecord(scratch, row, &rec); err != nil || rec.Person == nil {
			return err
		}
		*into = [2]care.Ref{rec.Ref, rec.Client}
		return nil
	}, recordsOfKind, k.id)
	if err != nil {
		return err
	}
	for _, u := range k.unreadable {
		people = append(people, [2]care.Ref{u.Ref, u.Client})
	}
	for _, p := range people {
		for _, ref := range p {
			if ref != "" {
				r.there[string(r.t.person(r.System, ref))] = true
			}
		}
	}
	return nil
}

// others finds the rows of a kind that are of nobody who stands in the system.
func (r *leaving) others(ctx context.Context, k *kindRow) error {
	note := func(person []byte, row leftRow) {
		if !r.there[string(person)] {
			r.rows[string(person)] = append(r.rows[string(person)], row)
		}
	}
	switch k.kind {
	case VisitKind:
		return bulkOwners(ctx, r, visitLayout, k, note)
	case NoteKind:
		return bulkOwners(ctx, r, noteLayout, k, note)
	}
	return each(ctx, r.tx, func(rows *sql.Rows) error {
		var key, person []byte
		if err := rows.Scan(&key, &person); err != nil {
			return err
		}
		row, err := idOf(key)
		note(person, leftRow{"record", k.id, row})
		return err
	}, `SELECT key, person FROM record WHERE kind = $1 AND person IS NOT NULL`, k.id)
}

// bulkOwners notes whose packed rows are whose. Only the reference is kept of each.
func bulkOwners[T any](ctx context.Context, r *leaving, l layout[T], k *kindRow, note func([]byte, leftRow)) error {
	type owned struct {
		key    id
		client care.Ref
	}
	all, err := openAll(ctx, r.tx, k.Rows, func(scratch []byte, row sealedRow, into *owned) error {
		var p packed[T]
		err := openBulk(r.t, l, scratch, row, &p)
		*into = owned{row.key, p.client}
		return err
	}, `SELECT key, NULL, content FROM bulk WHERE kind = $1`, k.id)
	for _, o := range all {
		note(r.t.person(r.System, o.client), leftRow{"bulk", k.id, o.key})
	}
	return err
}

// settle writes down who has left since when, removes those who left long enough ago,
// and forgets those who are back.
func (r *leaving) settle(ctx context.Context, out *Left) error {
	known := map[string]leftClient{}
	if err := items(ctx, r.t, r.tx, leftArea(r.System), func(l leftClient) { known[string(l.Person)] = l }); err != nil {
		return err
	}
	for person := range r.rows {
		l, before := known[person]
		if !before {
			l = leftClient{Person: []byte(person), Since: r.seen}
		}
		if r.seen.Sub(l.Since) < r.Kept {
			out.Away++
		} else {
			if err := r.remove(ctx, person, out); err != nil {
				return err
			}
			l.Removed = r.seen
		}
		known[person] = l
		if err := r.t.putItem(ctx, r.tx, leftArea(r.System), hex.EncodeToString([]byte(person)), l, true); err != nil {
			return err
		}
	}
	for person, l := range known {
		_, rows := r.rows[person]
		over := !rows && (l.Removed.IsZero() || r.seen.Sub(l.Removed) > returning)
		if r.there[person] || over {
			if err := r.t.removeItem(ctx, r.tx, leftArea(r.System), hex.EncodeToString([]byte(person))); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove takes away all rows of one client, and what stands in quarantine of them.
func (r *leaving) remove(ctx context.Context, person string, out *Left) error {
	for _, row := range r.rows[person] {
		k := r.kinds[row.kind]
		n, err := r.t.store.remove(ctx, r.tx, row.table, row.kind, []id{row.key})
		if err != nil {
			return err
		}
		if row.table == "record" && k.Carriers > 0 {
			carried, err := r.t.store.remove(ctx, r.tx, "carrier", row.kind, []id{row.key})
			if err != nil {
				return err
			}
			k.Carriers -= carried
		}
		k.Rows -= n
		out.Rows += n
		r.touched[k.id] = k
	}
	for _, k := range r.kinds {
		before := len(k.unreadable)
		k.unreadable = slices.DeleteFunc(k.unreadable, func(u care.Unreadable) bool {
			return u.Client != "" && string(r.t.person(r.System, u.Client)) == person
		})
		if len(k.unreadable) != before {
			r.touched[k.id] = k
		}
	}
	out.Clients++
	return nil
}
