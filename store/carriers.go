package store

import (
	"context"
	"database/sql"
	"slices"

	"brygga/care"
)

// Carriers gives the persons of a small kind who carry any of these identifiers,
// each once, in no order that means anything: the same as looking through Kind,
// without opening the others. A kind that was never put has nobody.
func (t *Tenant) Carriers(ctx context.Context, system, kind string, hashes ...[16]byte) (out []care.Record, err error) {
	err = t.store.viewAgain(ctx, "reading who carries an identifier in "+kind+" of "+system, func(tx *sql.Tx) error {
		k, ok, err := t.kind(ctx, tx, system, kind)
		if err != nil || !ok {
			return err
		}
		if !k.Indexed {
			_, all, err := openKind(ctx, t, tx, system, kind, t.openRecord)
			out = slices.DeleteFunc(all, func(r care.Record) bool { return !carriesAny(&r, hashes) })
			return err
		}
		out, err = t.indexed(ctx, tx, k, hashes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func carriesAny(r *care.Record, hashes [][16]byte) bool {
	return r.Person != nil && slices.ContainsFunc(r.Person.Identifiers, func(i care.Identifier) bool {
		return slices.Contains(hashes, i.Hash)
	})
}

// indexed looks identifiers up. Rows that somebody took out of the index are
// missed, as those of other tables are, and what it leads to must carry what it
// was found by.
func (t *Tenant) indexed(ctx context.Context, tx *sql.Tx, k kindRow, hashes [][16]byte) (out []care.Record, err error) {
	var there int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM carrier WHERE kind = $1`, k.id).Scan(&there); err != nil {
		return nil, err
	}
	if there != k.Carriers {
		return nil, damaged("identifiers are missing from the index")
	}
	seen := map[id]int{} // where in out
	for _, hash := range hashes {
		sought := t.carrierHash(hash)
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var key, person, content []byte
			if err := rows.Scan(&key, &person, &content); err != nil {
				return err
			}
			row, err := idOf(key)
			if err != nil {
				return err
			}
			at, ok := seen[row]
			if !ok {
				at = len(out)
				seen[row], out = at, append(out, care.Record{})
				if err := t.openRecord(nil, sealedRow{key: row, owner: person, content: content}, &out[at]); err != nil {
					return err
				}
			}
			if !carriesAny(&out[at], [][16]byte{hash}) {
				return damaged("the index of identifiers leads to another record")
			}
			return nil
		}, `SELECT record.key, record.person, record.content FROM carrier
			LEFT JOIN record ON record.kind = carrier.kind AND record.key = carrier.key
			WHERE carrier.kind = $1 AND carrier.hash = $2`, k.id, sought[:])
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *Tenant) carrierHash(hash [16]byte) id { return t.key("carrier", string(hash[:])) }

// index keeps the index of a kind while its rows change, in the transaction that
// changes them.
type index struct {
	t  *Tenant
	tx *sql.Tx
	k  *kindRow
}

// indexing begins to index a kind, where it holds persons: one that has no rows
// yet, or that is indexed already, goes on; one that an earlier version put is
// indexed from its rows as they will be when the put is done (finish).
func (t *Tenant) indexing(tx *sql.Tx, k *kindRow, given []care.Packed) *index {
	if k.Rows == 0 && slices.ContainsFunc(given, isPerson) {
		k.Indexed = true
	}
	return &index{t, tx, k}
}

func isPerson(p care.Packed) bool { return p.Open().Person != nil }

// changed notes what records that were written carry, instead of what they did.
func (x *index) changed(ctx context.Context, keys []id, records []*care.Packed) error {
	if !x.k.Indexed {
		return nil
	}
	if err := x.removed(ctx, keys); err != nil {
		return err
	}
	var hashes, of [][]byte
	for i, p := range records {
		r := p.Open()
		if r.Person == nil {
			continue
		}
		for _, carried := range r.Person.Identifiers {
			hash := x.t.carrierHash(carried.Hash)
			hashes, of = append(hashes, hash[:]), append(of, keys[i][:])
		}
	}
	n, err := x.t.store.put(ctx, x.tx, putCarriers, x.k.id, hashes, of)
	x.k.Carriers += n
	return err
}

// removed forgets what records carried.
func (x *index) removed(ctx context.Context, keys []id) error {
	if !x.k.Indexed || x.k.Carriers == 0 {
		return nil
	}
	n, err := x.t.store.remove(ctx, x.tx, "carrier", x.k.id, keys)
	x.k.Carriers -= n
	return err
}

// finish indexes a kind that an earlier version put, from all of its rows.
func (x *index) finish(ctx context.Context, rows int, given []care.Packed) error {
	if x.k.Indexed || !slices.ContainsFunc(given, isPerson) {
		return nil
	}
	x.k.Indexed, x.k.Carriers = true, 0
	all, err := openAll(ctx, x.tx, rows, x.t.openRecord, recordsOfKind, x.k.id)
	if err != nil {
		return err
	}
	keys, records := make([]id, len(all)), make([]*care.Packed, len(all))
	for i := range all {
		p := all[i].Pack()
		keys[i], records[i] = x.t.key("record", x.k.system, x.k.kind, string(p.Ref)), &p
	}
	return x.changed(ctx, keys, records)
}
