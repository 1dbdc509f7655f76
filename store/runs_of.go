package store

import (
	"context"
	"database/sql"
)

// RunsOf gives the n latest runs of one job, the latest start first: a job that runs
// every quarter of an hour does not hide one that runs every night.
func (t *Tenant) RunsOf(ctx context.Context, job string, n int) (out []Run, err error) {
	err = t.store.view(ctx, "reading the runs of a job", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			r, err := t.scanRun(rows.Scan)
			out = append(out, r)
			return err
		}, `SELECT id, job, "trigger", as_of, started, ended, exit, outcome FROM run
			WHERE tenant = $1 AND job = $2 ORDER BY started DESC, rowid DESC LIMIT $3`, t.name, job, max(n, 0))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
