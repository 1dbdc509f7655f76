package store

import (
	"context"
	"time"
)

// Baseline gives the findings that are taken as known, by id, with the instant
// (UTC) since when.
func (t *Tenant) Baseline(ctx context.Context) (map[string]time.Time, error) { return nil, errUnbuilt }

// AddBaseline takes findings as known; an id that is there already keeps its instant.
func (t *Tenant) AddBaseline(ctx context.Context, ids []string, at time.Time) error {
	return errUnbuilt
}

// RemoveBaseline forgets that findings are known; an id that is not there is no error.
func (t *Tenant) RemoveBaseline(ctx context.Context, ids []string) error { return errUnbuilt }
