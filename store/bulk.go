package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"brygga/care"
)

// bulkState is what the two bulky kinds have in common.
type bulkState[T any] struct {
	byClient   map[care.Ref][]T
	unreadable []care.Unreadable
	checkpoint Checkpoint
	ok         bool
}

type bulkPut[T any] struct {
	changed    map[care.Ref][]T
	whole      bool
	names      *care.Names
	unreadable []care.Unreadable
	checkpoint Checkpoint
}

// packed is one client's row, opened.
type packed[T any] struct {
	client care.Ref
	rows   []T
}

func readBulk[T any](ctx context.Context, t *Tenant, l layout[T], system string) (out bulkState[T], err error) {
	err = t.store.view(ctx, "reading "+l.kind+"s of "+system, func(tx *sql.Tx) error {
		out.byClient = make(map[care.Ref][]T)
		k, ok, err := t.kind(ctx, tx, system, l.kind)
		if err != nil || !ok {
			return err
		}
		clients, err := openAll(ctx, tx, k.Rows, func(scratch []byte, r sealedRow, into *packed[T]) error {
			return openBulk(t, l, scratch, r, into)
		}, `SELECT key, NULL, content FROM bulk WHERE kind = ?`, k.id)
		if err != nil {
			return err
		}
		out.byClient = make(map[care.Ref][]T, len(clients))
		for _, c := range clients {
			out.byClient[c.client] = c.rows
		}
		out.unreadable, out.checkpoint, out.ok = k.unreadable, k.Checkpoint, true
		return nil
	})
	if err != nil {
		return bulkState[T]{}, err
	}
	return out, nil
}

func openBulk[T any](t *Tenant, l layout[T], scratch []byte, r sealedRow, into *packed[T]) error {
	plain, err := t.open(scratch, "bulk", r.key, nil, r.content)
	if err != nil {
		return err
	}
	into.client, into.rows, err = l.unpack(plain)
	return err
}

func writeBulk[T any](ctx context.Context, t *Tenant, l layout[T], system string, p bulkPut[T]) (d Diff, err error) {
	doing := "storing " + l.kind + "s of " + system
	rows, clients, highest, err := prepareBulk(ctx, t, l, system, p.changed)
	if err != nil {
		return Diff{}, t.store.fault(doing, err)
	}
	err = t.store.update(ctx, doing, func(tx *sql.Tx) error {
		if err := t.growNames(ctx, tx, system, p.names, highest); err != nil {
			return err
		}
		k, err := t.beginKind(ctx, tx, system, l.kind)
		if err != nil {
			return err
		}
		if err := compare(ctx, tx, k, "bulk", rows); err != nil {
			return err
		}
		if p.whole {
			n, err := removeOthers(ctx, tx, k.id, rows)
			if err != nil {
				return err
			}
			d.Removed += n
		}
		for _, r := range rows {
			client := clients[r.index]
			if len(p.changed[client]) > 0 {
				d.count(r.found)
				if r.found != same {
					err = putBulk(ctx, tx, k.id, r, t.seal("bulk", r.key, nil, l.pack(client, p.changed[client])))
				}
			} else if r.found != absent {
				var n int
				n, err = remove(ctx, tx, "bulk", k.id, r.key)
				d.Removed += n
			}
			if err != nil {
				return err
			}
		}
		k.Rows += d.Added - d.Removed
		k.Checkpoint, k.unreadable = p.checkpoint, p.unreadable
		return t.endKind(ctx, tx, k)
	})
	if err != nil {
		return Diff{}, err
	}
	return d, nil
}

// prepareBulk gives a row per client, sorted by key, the clients that their
// indexes stand for, and the highest name that any of them points to.
func prepareBulk[T any](ctx context.Context, t *Tenant, l layout[T], system string, changed map[care.Ref][]T) (rows []given, clients []care.Ref, highest uint32, err error) {
	clients = make([]care.Ref, 0, len(changed))
	for c, of := range changed {
		if c == "" {
			return nil, nil, 0, errors.New("rows of a client without a reference")
		}
		clients = append(clients, c)
		for _, r := range of {
			highest = max(highest, l.names(r))
		}
	}
	rows = make([]given, len(clients))
	err = inParallel(ctx, len(clients), func(i int) error {
		key := t.bulkKey(l.kind, system, clients[i])
		rows[i] = given{key: key, mac: t.mac(key, l.pack(clients[i], changed[clients[i]])), index: i}
		return nil
	})
	slices.SortFunc(rows, func(a, b given) int { return compareIDs(a.key, b.key) })
	return rows, clients, highest, err
}

func (t *Tenant) bulkKey(kind, system string, client care.Ref) id {
	return t.key("bulk", system, kind, string(client))
}

func putBulk(ctx context.Context, tx *sql.Tx, kind int64, r given, content []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO bulk (kind, key, mac, content) VALUES (?, ?, ?, ?)
		ON CONFLICT (kind, key) DO UPDATE SET mac = excluded.mac, content = excluded.content`,
		kind, r.key[:], r.mac[:], content)
	if err != nil {
		return fmt.Errorf("writing a client: %w", err)
	}
	return nil
}

// removeOthers deletes the clients that are not among rows.
func removeOthers(ctx context.Context, tx *sql.Tx, kind int64, rows []given) (removed int, err error) {
	var others []id
	err = each(ctx, tx, func(r *sql.Rows) error {
		var key sql.RawBytes
		if err := r.Scan(&key); err != nil {
			return err
		}
		k, err := idOf(key)
		if err != nil {
			return err
		}
		if _, kept := slices.BinarySearchFunc(rows, k, func(r given, k id) int { return compareIDs(r.key, k) }); !kept {
			others = append(others, k)
		}
		return nil
	}, `SELECT key FROM bulk WHERE kind = ?`, kind)
	for _, k := range others {
		if err != nil {
			break
		}
		var n int
		n, err = remove(ctx, tx, "bulk", kind, k)
		removed += n
	}
	return removed, err
}
