package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// AuditedConfig gives the hash of the configuration that the newest entry was made
// under which names one; empty where none does. It fails with ErrAuditBroken where
// Audit would: who calls it before an act knows that the act can be written down.
func (t *Tenant) AuditedConfig(ctx context.Context, key []byte) (hash string, err error) {
	if len(key) < minKey {
		return "", fmt.Errorf("the audit key has %d bytes, and needs at least %d", len(key), minKey)
	}
	found := errors.New("found")
	err = t.store.view(ctx, "reading the end of the audit log", func(tx *sql.Tx) error {
		hash = ""
		if _, _, err := t.auditEnd(ctx, tx, signer{key}); err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var n int64
			var content []byte
			if err := rows.Scan(&n, &content); err != nil {
				return err
			}
			_, canonical, err := t.openAudit(n, content)
			var e AuditEntry
			if err == nil {
				err = json.Unmarshal(canonical, &e)
			}
			if err != nil {
				return fmt.Errorf("%w: entry %d cannot be read: brygga audit verify says more", ErrAuditBroken, n)
			}
			if hash = e.Config; hash != "" {
				return found
			}
			return nil
		}, `SELECT n, content FROM audit WHERE tenant = $1 ORDER BY n DESC`, t.name)
	})
	if err != nil && !errors.Is(err, found) {
		return "", err
	}
	return hash, nil
}
