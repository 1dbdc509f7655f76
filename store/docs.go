package store

import (
	"context"
	"database/sql"
)

const docArea = "doc"

// Doc gives a small document that PutDoc stored (the summary of the last
// snapshot, a stop of the guard that waits); ok is false where there is none.
func (t *Tenant) Doc(ctx context.Context, name string) (value []byte, ok bool, err error) {
	err = t.store.viewAgain(ctx, "reading the document "+name, func(tx *sql.Tx) error {
		sealed, key, there, err := t.item(ctx, tx, docArea, name)
		if err != nil || !there {
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
