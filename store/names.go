package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"brygga/care"
)

// Names gives the table that visits and notes of a system point into, in the
// numbering that they were put with; an empty table where nothing was put.
func (t *Tenant) Names(ctx context.Context, system string) (*care.Names, error) {
	var refs []care.Ref
	err := t.store.viewAgain(ctx, "reading names of "+system, func(tx *sql.Tx) error {
		var last namesEnd
		refs = nil
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var first int
			var sealed []byte
			if err := rows.Scan(&first, &last.number, &last.chain, &sealed); err != nil {
				return err
			}
			plain, err := t.open(nil, "name", t.namesKey(system, first), nil, sealed)
			if err != nil {
				return err
			}
			piece, err := unpackNames(plain)
			if err != nil {
				return err
			}
			refs = append(refs, piece...)
			if first != len(refs)-len(piece)+1 || last.number != len(refs) {
				return damaged("some names are missing")
			}
			return nil
		}, `SELECT first, last, chain, content FROM name WHERE tenant = $1 AND system = $2 ORDER BY first`, t.name, system)
		if err != nil {
			return err
		}
		return t.sameNames(last, system, refs)
	})
	if err != nil {
		return nil, err
	}
	return care.NewNames(refs...), nil
}

// namesEnd is the last piece of a table of names: how many there are, and the
// MAC over all of them.
type namesEnd struct {
	number int
	chain  []byte
}

var errNumbering = errors.New("the names do not begin with those that are stored: begin from what Names gives")

// growNames stores the names that are new. highest is the highest number that
// rows in this put point to.
func (t *Tenant) growNames(ctx context.Context, tx *sql.Tx, system string, names *care.Names, highest uint32) error {
	var end namesEnd
	err := tx.QueryRowContext(ctx, `SELECT last, chain FROM name WHERE tenant = $1 AND system = $2 ORDER BY first DESC LIMIT 1`,
		t.name, system).Scan(&end.number, &end.chain)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	total := end.number
	// The names are listed here, with the lock held: another put of the same table
	// may have stored more of them a moment ago.
	if names != nil {
		all := names.All()
		if len(all) < end.number {
			return errNumbering
		}
		if err := t.sameNames(end, system, all[:end.number]); err != nil {
			return errNumbering
		}
		if total = len(all); total > end.number {
			if err := t.addNames(ctx, tx, system, end.number+1, all); err != nil {
				return err
			}
		}
	}
	if int64(highest) > int64(total) {
		return fmt.Errorf("a row points to name %d, and there are %d", highest, total)
	}
	return nil
}

func (t *Tenant) addNames(ctx context.Context, tx *sql.Tx, system string, first int, all []care.Ref) error {
	content := t.seal("name", t.namesKey(system, first), nil, packNames(all[first-1:]))
	chain := t.chain(system, all)
	_, err := tx.ExecContext(ctx, `INSERT INTO name (tenant, system, first, last, chain, content) VALUES ($1, $2, $3, $4, $5, $6)`,
		t.name, system, first, len(all), chain[:], content)
	return err
}

// sameNames fails unless refs are those that the MAC was made of. A visit read
// with another numbering would be another person's.
func (t *Tenant) sameNames(end namesEnd, system string, refs []care.Ref) error {
	if end.number == 0 && len(refs) == 0 {
		return nil
	}
	chain := t.chain(system, refs)
	if subtle.ConstantTimeCompare(end.chain, chain[:]) != 1 {
		return damaged("the names are not those that were stored")
	}
	return nil
}

// chain is the MAC over a table of names.
func (t *Tenant) chain(system string, refs []care.Ref) id {
	return t.mac(t.key("names", system), packNames(refs))
}

func (t *Tenant) namesKey(system string, first int) id {
	return t.key("name", system, fmt.Sprint(first))
}

// packNames writes each name with its length, a uvarint, before it. A reference
// is foreign bytes, and comes back as it was, whatever they are.
func packNames(refs []care.Ref) []byte {
	var b []byte
	for _, r := range refs {
		b = binary.AppendUvarint(b, uint64(len(r)))
		b = append(b, r...)
	}
	return b
}

// unpackNames reads what packNames made; anything else is ErrDamaged.
func unpackNames(b []byte) (refs []care.Ref, err error) {
	for len(b) > 0 {
		size, used := binary.Uvarint(b)
		if used <= 0 || size > uint64(len(b)-used) {
			return nil, damaged("a piece of the names is cut short")
		}
		b = b[used:]
		refs = append(refs, care.Ref(b[:size]))
		b = b[size:]
	}
	return refs, nil
}
