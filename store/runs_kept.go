package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// LastRuns are, of one job, what health and metrics speak of; a zero Run where there
// is none.
type LastRuns struct {
	Last Run // that has ended, however it went
	Good Run // that ended with exit 0
	Done Run // that ended with exit 0 or 3: done, or done in part
	Open Run // that began after Last, and has not ended: it goes on, or its process died
}

// tookPlace leaves out runs that were skipped: they are recorded as done in part, and
// ended at the instant at which they began, which nothing does that takes any time.
const tookPlace = `(exit <> 3 OR ended > started)`

// LastRuns gives them per job. A run that was skipped is none of them: a job that is
// always skipped is never done.
func (t *Tenant) LastRuns(ctx context.Context) (out map[string]LastRuns, err error) {
	err = t.store.view(ctx, "reading the last runs", func(tx *sql.Tx) error {
		out = map[string]LastRuns{}
		var jobs []string
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var job string
			err := rows.Scan(&job)
			jobs = append(jobs, job)
			return err
		}, `SELECT DISTINCT job FROM run WHERE tenant = $1`, t.name)
		for _, job := range jobs {
			if err != nil {
				break
			}
			var l LastRuns
			if l.Last, err = t.oneRun(ctx, tx, job, `ended IS NOT NULL AND `+tookPlace); err != nil {
				break
			}
			if l.Good, err = t.oneRun(ctx, tx, job, `ended IS NOT NULL AND exit = 0`); err != nil {
				break
			}
			if l.Done, err = t.oneRun(ctx, tx, job, `ended IS NOT NULL AND exit IN (0, 3) AND `+tookPlace); err != nil {
				break
			}
			if l.Open, err = t.oneRun(ctx, tx, job, `ended IS NULL`); err != nil {
				break
			}
			if !l.Open.Started.After(l.Last.Started) {
				l.Open = Run{}
			}
			out[job] = l
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (t *Tenant) oneRun(ctx context.Context, tx *sql.Tx, job, which string) (Run, error) {
	r, err := t.scanRun(tx.QueryRowContext(ctx, selectRun+` AND job = $2 AND `+which+` ORDER BY started DESC, rowid DESC LIMIT 1`, t.name, job).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Run{}, nil
	}
	return r, err
}

// RemoveRuns removes the records of runs that began before an instant, and says how
// many. Of every job the latest run stays, and the latest that went well, or in part: how
// long ago that was is what health is asked.
func (t *Tenant) RemoveRuns(ctx context.Context, before time.Time, dryRun bool) (removed int, err error) {
	err = t.update(ctx, "removing old runs", func(tx *sql.Tx) error {
		limit, err := nanos(before)
		if err != nil {
			return err
		}
		var old []string
		seen, good, done := map[string]bool{}, map[string]bool{}, map[string]bool{}
		err = each(ctx, tx, func(rows *sql.Rows) error {
			var id, job string
			var started int64
			var exit sql.NullInt64
			if err := rows.Scan(&id, &job, &started, &exit); err != nil {
				return err
			}
			well := exit.Valid && exit.Int64 == 0
			part := well || exit.Valid && exit.Int64 == 3
			if started < limit && seen[job] && (!well || good[job]) && (!part || done[job]) {
				old = append(old, id)
			}
			seen[job], good[job], done[job] = true, good[job] || well, done[job] || part
			return nil
		}, `SELECT id, job, started, exit FROM run WHERE tenant = $1 ORDER BY started DESC, rowid DESC`, t.name)
		removed = len(old)
		if err != nil || dryRun {
			return err
		}
		for _, id := range old {
			if _, err := tx.ExecContext(ctx, `DELETE FROM run WHERE tenant = $1 AND id = $2`, t.name, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
