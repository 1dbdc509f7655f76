package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"brygga/care"
)

// KindPut is what a pull of a small kind changes.
type KindPut struct {
	// Upserts replace, or add, the row of their Ref. Rows that are equal to what
	// is stored are not written. Of one Ref given twice, the latest Updated counts,
	// then the latest Version, then the last one.
	Upserts []care.Packed
	// Gone are the refs whose rows are removed; a ref that is not there is no
	// error, and one that is also among Upserts stays.
	Gone []care.Ref
	// Unreadable is the whole quarantine of the kind: it replaces the old one.
	Unreadable []care.Unreadable
	Checkpoint Checkpoint
}

// Diff counts what a put did. Same counts only rows that were given and equal.
type Diff struct{ Added, Changed, Removed, Same int }

// PutKind stores what a pull found, in one transaction: after an error, or a
// crash at any moment, the kind is as it was before.
func (t *Tenant) PutKind(ctx context.Context, system, kind string, p KindPut) (Diff, error) {
	doing := "storing " + kind + " of " + system
	if kind == VisitKind || kind == NoteKind {
		return Diff{}, t.store.fault(doing, errors.New("visits and notes are stored with PutVisits and PutNotes"))
	}
	rows, err := t.prepare(ctx, system, kind, p.Upserts)
	if err != nil {
		return Diff{}, t.store.fault(doing, err)
	}
	var d Diff
	err = t.update(ctx, doing, func(tx *sql.Tx) error {
		d = Diff{}
		k, err := t.beginKind(ctx, tx, system, kind)
		if err != nil {
			return err
		}
		if err := t.store.compare(ctx, tx, k, "record", rows); err != nil {
			return err
		}
		for _, r := range rows {
			d.count(r.found)
		}
		x := t.indexing(tx, &k, p.Upserts)
		if err := t.writeRecords(ctx, tx, k, rows, p.Upserts, x); err != nil {
			return err
		}
		gone := make([]id, 0, len(p.Gone))
		for _, ref := range p.Gone {
			key := t.key("record", system, kind, string(ref))
			if _, given := slices.BinarySearchFunc(rows, key, func(r given, k id) int { return compareIDs(r.key, k) }); !given {
				gone = append(gone, key)
			}
		}
		if d.Removed, err = t.store.remove(ctx, tx, "record", k.id, gone); err != nil {
			return err
		}
		if err := x.removed(ctx, gone); err != nil {
			return err
		}
		k.Rows += d.Added - d.Removed
		if err := x.finish(ctx, k.Rows, p.Upserts); err != nil {
			return err
		}
		k.Checkpoint, k.unreadable = p.Checkpoint, p.Unreadable
		return t.endKind(ctx, tx, k)
	})
	if err != nil {
		return Diff{}, err
	}
	return d, nil
}

func (d *Diff) count(f found) {
	switch f {
	case absent:
		d.Added++
	case different:
		d.Changed++
	case same:
		d.Same++
	}
}

// given is a row that a put was given, before it is compared with what is stored.
type given struct {
	key   id
	mac   id
	index int // in what the caller gave
	found found
}

// found is what a comparison found in the store.
type found uint8

const (
	absent found = iota
	different
	same
)

// prepare gives the rows of the records, sorted by key, one per Ref. The content
// is not kept: most of it is equal to what is stored, and is not needed again.
func (t *Tenant) prepare(ctx context.Context, system, kind string, records []care.Packed) ([]given, error) {
	rows := make([]given, len(records))
	err := inParallel(ctx, len(records), func(i int) error {
		if records[i].Ref == "" {
			return fmt.Errorf("record %d has no reference", i+1)
		}
		content, err := encodeRecord(&records[i])
		if err != nil {
			return err
		}
		key := t.key("record", system, kind, string(records[i].Ref))
		rows[i] = given{key: key, mac: t.mac(key, content), index: i}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b given) int {
		if c := compareIDs(a.key, b.key); c != 0 {
			return c
		}
		if c := newer(&records[b.index], &records[a.index]); c != 0 {
			return c
		}
		return b.index - a.index
	})
	return slices.CompactFunc(rows, func(a, b given) bool { return a.key == b.key }), nil
}

// compare finds out which rows are in the table, and equal. rows are sorted by
// key. A few are looked up one by one; many are compared in one walk.
func (s *Store) compare(ctx context.Context, tx *sql.Tx, k kindRow, table string, rows []given) error {
	for i := range rows {
		rows[i].found = absent
	}
	if k.Rows == 0 || len(rows) == 0 {
		return nil
	}
	if len(rows) < k.Rows/16 {
		return s.lookUp(ctx, tx, k.id, table, rows)
	}
	next := 0
	return each(ctx, tx, func(r *sql.Rows) error {
		var key, mac sql.RawBytes
		if err := r.Scan(&key, &mac); err != nil {
			return err
		}
		stored, err := idOf(key)
		if err != nil {
			return err
		}
		for next < len(rows) && compareIDs(rows[next].key, stored) < 0 {
			next++
		}
		if next < len(rows) && rows[next].key == stored {
			rows[next].judge(mac)
		}
		return nil
	}, `SELECT key, mac FROM `+table+` WHERE kind = $1 ORDER BY key`, k.id)
}

func (s *Store) lookUp(ctx context.Context, tx *sql.Tx, kind int64, table string, rows []given) error {
	keys := make([]id, len(rows))
	for i := range rows {
		keys[i] = rows[i].key
	}
	return s.find(ctx, tx, table, kind, keys, func(key, mac []byte) error {
		stored, err := idOf(key)
		if err != nil {
			return err
		}
		if i, given := slices.BinarySearchFunc(rows, stored, func(r given, k id) int { return compareIDs(r.key, k) }); given {
			rows[i].judge(mac)
		}
		return nil
	})
}

func (r *given) judge(mac []byte) {
	r.found = different
	if string(mac) == string(r.mac[:]) {
		r.found = same
	}
}

// writeRecords writes the rows that are not the same, in the order of their keys.
func (t *Tenant) writeRecords(ctx context.Context, tx *sql.Tx, k kindRow, rows []given, records []care.Packed, x *index) error {
	batch := make([]*given, 0, min(len(rows), writeBatch))
	for next := 0; ; {
		batch = batch[:0]
		for ; next < len(rows) && len(batch) < writeBatch; next++ {
			if rows[next].found != same {
				batch = append(batch, &rows[next])
			}
		}
		n := len(batch)
		if n == 0 {
			return nil
		}
		keys, persons, macs, contents := make([]id, n), make([][]byte, n), make([][]byte, n), make([][]byte, n)
		written := make([]*care.Packed, n)
		err := inParallel(ctx, n, func(i int) error {
			record := &records[batch[i].index]
			content, err := encodeRecord(record)
			if err != nil {
				return err
			}
			keys[i], macs[i], written[i] = batch[i].key, batch[i].mac[:], record
			persons[i] = t.person(k.system, record.Client)
			contents[i] = t.seal("record", keys[i], persons[i], content)
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := t.store.put(ctx, tx, putRecords, k.id, bytesOf(keys), persons, macs, contents); err != nil {
			return err
		}
		if err := x.changed(ctx, keys, written); err != nil {
			return err
		}
	}
}

// person is the column by which a client's rows are found; nil for no client.
func (t *Tenant) person(system string, client care.Ref) []byte {
	if client == "" {
		return nil
	}
	k := t.key("person", system, string(client))
	return k[:]
}
