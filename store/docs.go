package store

import (
	"context"
	"database/sql"
	"errors"
)

const docArea = "doc"

// Doc gives a small document that PutDoc stored (the summary of the last
// snapshot, a stop of the guard that waits); ok is false where there is none.
func (t *Tenant) Doc(ctx context.Context, name string) (value []byte, ok bool, err error) {
	err = t.store.viewAgain(ctx, "reading the document "+name, func(tx *sql.Tx) error {
		key := t.itemKey(docArea, name)
		var sealed []byte
		err := tx.QueryRowContext(ctx, `SELECT content FROM item WHERE tenant = $1 AND area = $2 AND key = $3`,
			t.name, docArea, key[:]).Scan(&sealed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		ok = true
		return t.openJSON("item."+docArea, key, sealed, &value)
	})
	if err != nil {
		return nil, false, err
	}
	return value, ok, nil
}

// PutDoc stores a document under a name, in place of an earlier one; nil removes it.
func (t *Tenant) PutDoc(ctx context.Context, name string, value []byte) error {
	return t.update(ctx, "storing the document "+name, func(tx *sql.Tx) error {
		if value == nil {
			return t.removeItem(ctx, tx, docArea, name)
		}
		return t.putItem(ctx, tx, docArea, name, value, true)
	})
}
