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
	err = t.store.viewAgain(ctx, "reading "+l.kind+"s of "+system, func(tx *sql.Tx) error {
		out.byClient = make(map[care.Ref][]T)
		k, ok, err := t.kind(ctx, tx, system, l.kind)
		if err != nil || !ok {
			return err
		}
		clients, err := openAll(ctx, tx, k.Rows, func(scratch []byte, r sealedRow, into *packed[T]) error {
			return openBulk(t, l, scratch, r, into)
		}, `SELECT key, NULL, content FROM bulk WHERE kind = $1`, k.id)
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
	err = t.update(ctx, doing, func(tx *sql.Tx) error {
		d = Diff{}
		if err := t.growNames(ctx, tx, system, p.names, highest); err != nil {
			return err
		}
		k, err := t.beginKind(ctx, tx, system, l.kind)
		if err != nil {
			return err
		}
		if err := t.store.compare(ctx, tx, k, "bulk", rows); err != nil {
			return err
		}
		if p.whole {
			if d.Removed, err = t.store.removeOthers(ctx, tx, k.id, rows); err != nil {
				return err
			}
		}
		w := clientWriter{t: t, tx: tx, kind: k.id}
		var empty []id
		for _, r := range rows {
			client := clients[r.index]
			if len(p.changed[client]) == 0 {
				if r.found != absent {
					empty = append(empty, r.key)
				}
				continue
			}
			if d.count(r.found); r.found != same {
				if err := w.add(ctx, r, t.seal("bulk", r.key, nil, l.pack(client, p.changed[client]))); err != nil {
					return err
				}
			}
		}
		if err := w.flush(ctx); err != nil {
			return err
		}
		n, err := t.store.remove(ctx, tx, "bulk", k.id, empty)
		if err != nil {
			return err
		}
		d.Removed += n
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

// clientWriter collects clients' rows and writes them many at a time.
type clientWriter struct {
	t                    *Tenant
	tx                   *sql.Tx
	kind                 int64
	keys, macs, contents [][]byte
	bytes                int
}

func (w *clientWriter) add(ctx context.Context, r given, content []byte) error {
	w.keys, w.macs, w.contents = append(w.keys, r.key[:]), append(w.macs, r.mac[:]), append(w.contents, content)
	if w.bytes += len(content); w.bytes < writeBytes && len(w.keys) < writeBatch {
		return nil
	}
	return w.flush(ctx)
}

func (w *clientWriter) flush(ctx context.Context) error {
	if _, err := w.t.store.put(ctx, w.tx, putClients, w.kind, w.keys, w.macs, w.contents); err != nil {
		return fmt.Errorf("writing clients: %w", err)
	}
	w.keys, w.macs, w.contents, w.bytes = w.keys[:0], w.macs[:0], w.contents[:0], 0
	return nil
}

// removeOthers deletes the clients that are not among rows.
func (s *Store) removeOthers(ctx context.Context, tx *sql.Tx, kind int64, rows []given) (removed int, err error) {
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
	}, `SELECT key FROM bulk WHERE kind = $1`, kind)
	if err != nil {
		return 0, err
	}
	return s.remove(ctx, tx, "bulk", kind, others)
}
