package store

import (
	"context"
	"database/sql"
	"errors"

	"brygga/care"
)

// ClientRows is what is stored of one client in one system.
type ClientRows struct {
	Records []care.Record // of all small kinds; none: the client is not known here
	// Unreadable are the quarantined records that name this client, or did when
	// they were last read well, and those that do not say whom they concern.
	Unreadable []care.Unreadable
	Visits     []care.Visit
	Notes      []care.Note
}

// ClientRecords gives the rows of one client, found without reading those of
// others. Staff, units and roles belong to no client: read their kinds with Kind.
func (t *Tenant) ClientRecords(ctx context.Context, system string, client care.Ref) (out ClientRows, err error) {
	err = t.store.viewAgain(ctx, "reading one client of "+system, func(tx *sql.Tx) error {
		out = ClientRows{}
		kinds := make(map[string]int64)
		var quarantine []care.Unreadable
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var k kindRow
			if err := t.scanKind(rows.Scan, &k); err != nil {
				return err
			}
			kinds[k.kind] = k.id
			quarantine = append(quarantine, k.unreadable...)
			return nil
		}, selectKind+` WHERE tenant = $1 AND system = $2 ORDER BY kind`, t.name, system)
		if err != nil {
			return err
		}
		if out.Records, err = t.recordsOf(ctx, tx, system, client); err != nil {
			return err
		}
		own := make(map[care.Ref]bool, len(out.Records))
		for i := range out.Records {
			own[out.Records[i].Ref] = true
		}
		for _, u := range quarantine {
			if u.Client == client || u.Client == "" && u.Staff == "" || own[u.Ref] {
				out.Unreadable = append(out.Unreadable, u)
			}
		}
		if out.Visits, err = readClient(ctx, tx, t, visitLayout, system, kinds, client); err != nil {
			return err
		}
		out.Notes, err = readClient(ctx, tx, t, noteLayout, system, kinds, client)
		return err
	})
	if err != nil {
		return ClientRows{}, err
	}
	return out, nil
}

func (t *Tenant) recordsOf(ctx context.Context, tx *sql.Tx, system string, client care.Ref) (records []care.Record, err error) {
	person := t.person(system, client)
	if person == nil {
		return nil, nil
	}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var key, content []byte
		if err := rows.Scan(&key, &content); err != nil {
			return err
		}
		k, err := idOf(key)
		if err != nil {
			return err
		}
		records = append(records, care.Record{})
		return t.openRecord(nil, sealedRow{key: k, owner: person, content: content}, &records[len(records)-1])
	}, `SELECT key, content FROM record WHERE person = $1 ORDER BY kind, key`, person)
	return records, err
}

func readClient[T any](ctx context.Context, tx *sql.Tx, t *Tenant, l layout[T], system string, kinds map[string]int64, client care.Ref) ([]T, error) {
	kind, ok := kinds[l.kind]
	if !ok || client == "" {
		return nil, nil
	}
	r := sealedRow{key: t.bulkKey(l.kind, system, client)}
	err := tx.QueryRowContext(ctx, `SELECT content FROM bulk WHERE kind = $1 AND key = $2`, kind, r.key[:]).Scan(&r.content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var p packed[T]
	err = openBulk(t, l, nil, r, &p)
	return p.rows, err
}
