package store

import (
	"context"
	"database/sql"
	"time"
)

const baselineArea = "baseline"

type baselined struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Baseline gives the findings that are taken as known, by id, with the instant
// (UTC) since when. The map is never nil without an error.
func (t *Tenant) Baseline(ctx context.Context) (map[string]time.Time, error) {
	out := make(map[string]time.Time)
	err := t.store.viewAgain(ctx, "reading the baseline", func(tx *sql.Tx) error {
		return items(ctx, t, tx, baselineArea, func(b baselined) { out[b.ID] = b.At })
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AddBaseline takes findings as known, all or none; an id that is there already
// keeps its instant.
func (t *Tenant) AddBaseline(ctx context.Context, ids []string, at time.Time) error {
	return t.update(ctx, "adding to the baseline", func(tx *sql.Tx) error {
		for _, id := range ids {
			if err := t.putItem(ctx, tx, baselineArea, id, baselined{ID: id, At: utc(at)}, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveBaseline forgets that findings are known, all or none; an id that is not
// there is no error.
func (t *Tenant) RemoveBaseline(ctx context.Context, ids []string) error {
	return t.update(ctx, "taking from the baseline", func(tx *sql.Tx) error {
		for _, id := range ids {
			if err := t.removeItem(ctx, tx, baselineArea, id); err != nil {
				return err
			}
		}
		return nil
	})
}
