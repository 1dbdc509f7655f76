package store

import "context"

// Doc gives a small document that PutDoc stored (the summary of the last
// snapshot, a stop of the guard that waits); ok is false where there is none.
func (t *Tenant) Doc(ctx context.Context, name string) (value []byte, ok bool, err error) {
	return nil, false, errUnbuilt
}

// PutDoc stores a document under a name, in place of an earlier one; nil removes it.
func (t *Tenant) PutDoc(ctx context.Context, name string, value []byte) error { return errUnbuilt }
