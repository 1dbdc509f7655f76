package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"brygga/care"
)

// Run is one run of a job.
type Run struct {
	ID      string // a UUID
	Job     string // "reconcile"
	Trigger string // "schedule", "command", ...
	AsOf    care.Date
	Started time.Time
	// Finished is false for a run that still goes on, or whose process died.
	Finished bool
	Ended    time.Time
	Exit     int
	Outcome  json.RawMessage // sealed at rest; nil until finished
}

// StartRun notes that a run begins; Finished, Ended, Exit and Outcome are not
// read. An ID that is already there is an error.
func (t *Tenant) StartRun(ctx context.Context, r Run) error {
	return t.update(ctx, "noting that a run begins", func(tx *sql.Tx) error {
		if r.ID == "" {
			return errors.New("a run needs an id")
		}
		started, err := nanos(r.Started)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO run (tenant, id, job, "trigger", as_of, started) VALUES ($1, $2, $3, $4, $5, $6)`,
			t.name, r.ID, r.Job, r.Trigger, r.AsOf.String(), started)
		return err
	})
}

// FinishRun notes how a run ended. A run that was never started, or has already
// finished, is an error.
func (t *Tenant) FinishRun(ctx context.Context, id string, ended time.Time, exit int, outcome json.RawMessage) error {
	return t.update(ctx, "noting how a run ended", func(tx *sql.Tx) error {
		at, err := nanos(ended)
		if err != nil {
			return err
		}
		var sealed []byte
		if outcome != nil {
			sealed = t.seal("run", t.key("run", id), nil, outcome)
		}
		result, err := tx.ExecContext(ctx, `UPDATE run SET ended = $1, exit = $2, outcome = $3 WHERE tenant = $4 AND id = $5 AND ended IS NULL`,
			at, exit, sealed, t.name, id)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err == nil && n == 0 {
			return fmt.Errorf("run %s was never started, or has already finished", id)
		}
		return err
	})
}

const selectRun = `SELECT id, job, "trigger", as_of, started, ended, exit, outcome FROM run WHERE tenant = $1`

// Runs gives the n latest runs, the latest start first.
func (t *Tenant) Runs(ctx context.Context, n int) (out []Run, err error) {
	err = t.store.viewAgain(ctx, "reading runs", func(tx *sql.Tx) error {
		out = nil
		return each(ctx, tx, func(rows *sql.Rows) error {
			r, err := t.scanRun(rows.Scan)
			out = append(out, r)
			return err
		}, selectRun+` ORDER BY started DESC, rowid DESC LIMIT $2`, t.name, max(n, 0))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Run gives one run; ok is false where there is none with this id.
func (t *Tenant) Run(ctx context.Context, id string) (r Run, ok bool, err error) {
	err = t.store.viewAgain(ctx, "reading a run", func(tx *sql.Tx) (err error) {
		r, err = t.scanRun(tx.QueryRowContext(ctx, selectRun+` AND id = $2`, t.name, id).Scan)
		ok = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || !ok {
		return Run{}, false, err
	}
	return r, true, nil
}

func (t *Tenant) scanRun(scan func(...any) error) (r Run, err error) {
	var asOf string
	var started int64
	var ended, exit sql.NullInt64
	var sealed []byte
	if err := scan(&r.ID, &r.Job, &r.Trigger, &asOf, &started, &ended, &exit, &sealed); err != nil {
		return r, err
	}
	if err := r.AsOf.UnmarshalText([]byte(asOf)); err != nil {
		return r, damaged("the date of a run cannot be read")
	}
	r.Started = instant(started)
	if r.Finished = ended.Valid; r.Finished {
		r.Ended, r.Exit = instant(ended.Int64), int(exit.Int64)
	}
	if sealed != nil {
		r.Outcome, err = t.open(nil, "run", t.key("run", r.ID), nil, sealed)
	}
	return r, err
}

// The instants that fit into nanoseconds since 1970.
var (
	earliest = time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
)

// nanos is how an instant stands in a column that is not sealed.
func nanos(t time.Time) (int64, error) {
	if t.Before(earliest) || t.After(latest) {
		return 0, errors.New("an instant is missing, or far from our time")
	}
	return t.UnixNano(), nil
}

func instant(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }
