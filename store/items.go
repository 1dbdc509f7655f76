package store

import (
	"context"
	"database/sql"
	"errors"
)

// The table item holds small sealed things: by area, each under the keyed hash
// of its name.

func (t *Tenant) itemKey(area, name string) id { return t.key("item", area, name) }

// putItem stores v under name; a thing that is there is replaced, or kept.
func (t *Tenant) putItem(ctx context.Context, tx *sql.Tx, area, name string, v any, replace bool) error {
	key := t.itemKey(area, name)
	sealed, err := t.sealJSON("item."+area, key, v)
	if err != nil {
		return err
	}
	query := `INSERT INTO item (tenant, area, key, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	if replace {
		query = `INSERT INTO item (tenant, area, key, content) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, area, key) DO UPDATE SET content = excluded.content`
	}
	_, err = tx.ExecContext(ctx, query, t.name, area, key[:], sealed)
	return err
}

func (t *Tenant) removeItem(ctx context.Context, tx *sql.Tx, area, name string) error {
	key := t.itemKey(area, name)
	_, err := tx.ExecContext(ctx, `DELETE FROM item WHERE tenant = $1 AND area = $2 AND key = $3`, t.name, area, key[:])
	return err
}

// items calls do for every thing of an area, opened into v.
func items[T any](ctx context.Context, t *Tenant, tx *sql.Tx, area string, do func(v T)) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		var key, sealed []byte
		if err := rows.Scan(&key, &sealed); err != nil {
			return err
		}
		k, err := idOf(key)
		if err != nil {
			return err
		}
		var v T
		if err := t.openJSON("item."+area, k, sealed, &v); err != nil {
			return err
		}
		do(v)
		return nil
	}, `SELECT key, content FROM item WHERE tenant = $1 AND area = $2 ORDER BY key`, t.name, area)
}

// item gives a thing by its name, still sealed; ok is false where it is not there.
func (t *Tenant) item(ctx context.Context, tx *sql.Tx, area, name string) (sealed []byte, key id, ok bool, err error) {
	key = t.itemKey(area, name)
	err = tx.QueryRowContext(ctx, `SELECT content FROM item WHERE tenant = $1 AND area = $2 AND key = $3`,
		t.name, area, key[:]).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, key, false, nil
	}
	return sealed, key, err == nil, err
}

// hasItem says whether a thing is there.
func (t *Tenant) hasItem(ctx context.Context, tx *sql.Tx, area, name string) (is bool, err error) {
	key := t.itemKey(area, name)
	err = tx.QueryRowContext(ctx, `SELECT count(*) > 0 FROM item WHERE tenant = $1 AND area = $2 AND key = $3`,
		t.name, area, key[:]).Scan(&is)
	return is, err
}

// clearArea removes every thing of an area.
func (t *Tenant) clearArea(ctx context.Context, tx *sql.Tx, area string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM item WHERE tenant = $1 AND area = $2`, t.name, area)
	return err
}
