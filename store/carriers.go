package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"brygga/care"
)

// Named gives those records of a small kind that some of these references lead to,
// each once, in no order that means anything: by their own reference, by an identifier
// that the person carries (care.LogicalRef), and employments by whose they are. It is
// the same as looking through what Kind gives, without opening the others. The
// quarantine is that of the whole kind. A kind that was never put has nobody.
func (t *Tenant) Named(ctx context.Context, system, kind string, refs ...care.Ref) (out KindState, err error) {
	err = t.store.viewAgain(ctx, "looking for records in "+kind+" of "+system, func(tx *sql.Tx) error {
		out = KindState{}
		k, ok, err := t.kind(ctx, tx, system, kind)
		if err != nil || !ok {
			return err
		}
		out = KindState{Unreadable: k.unreadable, Checkpoint: k.Checkpoint, OK: true}
		if !k.indexed() {
			_, all, err := openKind(ctx, t, tx, system, kind, t.openRecord)
			out.Records = slices.DeleteFunc(all, func(r care.Record) bool {
				return !slices.Contains(refs, r.Ref) && !slices.ContainsFunc(leadingTo(&r), func(l care.Ref) bool { return slices.Contains(refs, l) })
			})
			return err
		}
		out.Records, err = t.led(ctx, tx, k, refs)
		return err
	})
	if err != nil {
		return KindState{}, err
	}
	return out, nil
}

// Qualified gives a member of staff of a small kind with a coded qualification that
// has begun on a date, and whose record does not stand in quarantine; nil where there is
// none. It is enough to tell that qualifications are known.
func (t *Tenant) Qualified(ctx context.Context, system, kind string, on care.Date) (out *care.Record, err error) {
	found := errors.New("found")
	err = t.store.viewAgain(ctx, "looking for a qualification in "+kind+" of "+system, func(tx *sql.Tx) error {
		out = nil
		k, ok, err := t.kind(ctx, tx, system, kind)
		if err != nil || !ok {
			return err
		}
		begun := func(r *care.Record) bool {
			if r.Staff == nil || slices.ContainsFunc(k.unreadable, func(u care.Unreadable) bool { return u.Ref == r.Ref }) {
				return false
			}
			from, coded := r.Staff.CodedFrom()
			return coded && from <= on
		}
		if !k.indexed() {
			_, all, err := openKind(ctx, t, tx, system, kind, t.openRecord)
			if i := slices.IndexFunc(all, func(r care.Record) bool { return begun(&r) }); i >= 0 {
				out = &all[i]
			}
			return err
		}
		if err := t.wholeIndex(ctx, tx, k); err != nil {
			return err
		}
		sought := t.carrierHash(toQualified)
		err = each(ctx, tx, func(rows *sql.Rows) error {
			r, _, err := t.openLed(rows)
			if err == nil && begun(&r) {
				out = &r
				return found
			}
			return err
		}, ledRecords+` = $2`, k.id, sought[:])
		if errors.Is(err, found) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// toQualified leads to all staff with a coded qualification. It is no reference: those
// have no space in them.
const toQualified = care.Ref("coded qualification")

// leadingTo lists what leads to a record besides its own reference.
func leadingTo(r *care.Record) (refs []care.Ref) {
	if r.Person != nil {
		for _, i := range r.Person.Identifiers {
			refs = append(refs, care.LogicalRef(i))
		}
	}
	if r.Staff != nil {
		for _, i := range r.Staff.Identifiers {
			refs = append(refs, care.LogicalRef(i))
		}
		if _, coded := r.Staff.CodedFrom(); coded {
			refs = append(refs, toQualified)
		}
	}
	if r.Role != nil && r.Role.Person != "" {
		refs = append(refs, r.Role.Person)
	}
	return refs
}

const (
	ledRecords = `SELECT record.key, record.person, record.content, carrier.hash FROM carrier
		LEFT JOIN record ON record.kind = carrier.kind AND record.key = carrier.key
		WHERE carrier.kind = $1 AND carrier.hash`
	ownRecords = `SELECT key, person, content, NULL FROM record WHERE kind = $1 AND key`
)

// led looks references up. Rows that somebody took out of the index are missed, as
// those of other tables are, and what it leads to must be led to by what it was found
// by.
func (t *Tenant) led(ctx context.Context, tx *sql.Tx, k kindRow, refs []care.Ref) (out []care.Record, err error) {
	if err := t.wholeIndex(ctx, tx, k); err != nil {
		return nil, err
	}
	own, hashes, of := make([]id, len(refs)), make([]id, len(refs)), make(map[id]care.Ref, len(refs))
	for i, ref := range refs {
		own[i], hashes[i] = t.key("record", k.system, k.kind, string(ref)), t.carrierHash(ref)
		of[hashes[i]] = ref
	}
	seen := map[care.Ref]bool{}
	give := func(rows *sql.Rows) error {
		r, by, err := t.openLed(rows)
		if err != nil {
			return err
		}
		if by != nil && !slices.Contains(leadingTo(&r), of[*by]) {
			return damaged("the index of references leads to another record")
		}
		if !seen[r.Ref] {
			seen[r.Ref], out = true, append(out, r)
		}
		return nil
	}
	if err := t.store.selectByKey(ctx, tx, ownRecords, k.id, own, give); err != nil {
		return nil, err
	}
	return out, t.store.selectByKey(ctx, tx, ledRecords, k.id, hashes, give)
}

// openLed opens a row of ledRecords, and tells by which hash it was found.
func (t *Tenant) openLed(rows *sql.Rows) (r care.Record, by *id, err error) {
	var key, person, content, hash []byte
	if err := rows.Scan(&key, &person, &content, &hash); err != nil {
		return r, nil, err
	}
	row, err := idOf(key)
	if err != nil {
		return r, nil, err
	}
	if hash != nil {
		h, err := idOf(hash)
		if err != nil {
			return r, nil, err
		}
		by = &h
	}
	return r, by, t.openRecord(nil, sealedRow{key: row, owner: person, content: content}, &r)
}

// wholeIndex fails where rows of the index are missing, or too many.
func (t *Tenant) wholeIndex(ctx context.Context, tx *sql.Tx, k kindRow) error {
	var there int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM carrier WHERE kind = $1`, k.id).Scan(&there); err != nil {
		return err
	}
	if there != k.Carriers {
		return damaged("references are missing from the index")
	}
	return nil
}

func (t *Tenant) carrierHash(ref care.Ref) id { return t.key("carrier", string(ref)) }

// indexFormat is how the index of a kind is made: what leads to which records. One of
// another format counts as none.
const indexFormat = 2

func (k *kindRow) indexed() bool { return k.Index == indexFormat }

// index keeps the index of a kind while its rows change, in the transaction that
// changes them.
type index struct {
	t  *Tenant
	tx *sql.Tx
	k  *kindRow
}

// indexing begins to index a kind, where it holds people or employments: one that has
// no rows yet, or that is indexed already, goes on; one that an earlier version put is
// indexed from its rows as they will be when the put is done (finish).
func (t *Tenant) indexing(tx *sql.Tx, k *kindRow, given []care.Packed) *index {
	if k.Rows == 0 && k.Carriers == 0 && slices.ContainsFunc(given, isIndexed) {
		k.Index = indexFormat
	}
	return &index{t, tx, k}
}

func isIndexed(p care.Packed) bool {
	r := p.Open()
	return r.Person != nil || r.Staff != nil || r.Role != nil
}

// changed notes what leads to records that were written, instead of what did.
func (x *index) changed(ctx context.Context, keys []id, records []*care.Packed) error {
	if !x.k.indexed() {
		return nil
	}
	if err := x.removed(ctx, keys); err != nil {
		return err
	}
	var hashes, of [][]byte
	for i, p := range records {
		r := p.Open()
		for _, ref := range leadingTo(&r) {
			hash := x.t.carrierHash(ref)
			hashes, of = append(hashes, hash[:]), append(of, keys[i][:])
		}
	}
	n, err := x.t.store.put(ctx, x.tx, putCarriers, x.k.id, hashes, of)
	x.k.Carriers += n
	return err
}

// removed forgets what led to records. It is so too of an index of another format,
// whose number of rows has to stay right until it is made anew.
func (x *index) removed(ctx context.Context, keys []id) error {
	if x.k.Carriers == 0 {
		return nil
	}
	n, err := x.t.store.remove(ctx, x.tx, "carrier", x.k.id, keys)
	x.k.Carriers -= n
	return err
}

// finish indexes a kind that an earlier version put, from all of its rows.
func (x *index) finish(ctx context.Context, rows int, given []care.Packed) error {
	if x.k.indexed() || !slices.ContainsFunc(given, isIndexed) {
		return nil
	}
	if _, err := x.tx.ExecContext(ctx, `DELETE FROM carrier WHERE kind = $1`, x.k.id); err != nil {
		return err
	}
	x.k.Index, x.k.Carriers = indexFormat, 0
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
