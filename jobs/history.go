package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"brygga/store"
)

// Reports gives the reports of the n latest runs, the latest first. A run that
// never ended has a report that holds only what is known of its start.
func (j *Job) Reports(ctx context.Context, n int) ([]*Report, error) { return Reports(ctx, j.Store, n) }

// Reports reads the records of a tenant's nights; no system needs to be reached.
func Reports(ctx context.Context, t *store.Tenant, n int) ([]*Report, error) {
	runs, err := t.RunsOf(ctx, JobReconcile, n)
	if err != nil {
		return nil, err
	}
	return reports(runs)
}

// ReportsOf reads the run records of one job.
func ReportsOf(ctx context.Context, t *store.Tenant, job string, n int) ([]*Report, error) {
	runs, err := t.RunsOf(ctx, job, n)
	if err != nil {
		return nil, err
	}
	return reports(runs)
}

func reports(runs []store.Run) ([]*Report, error) {
	var out []*Report
	for _, r := range runs {
		rep := &Report{}
		if len(r.Outcome) > 0 {
			if err := json.Unmarshal(r.Outcome, rep); err != nil {
				return nil, fmt.Errorf("read the record of run %s: %w", r.ID, err)
			}
		}
		rep.Run, rep.Job, rep.Trigger, rep.AsOf, rep.Started = r.ID, r.Job, r.Trigger, r.AsOf, r.Started
		rep.Ended = r.Ended // zero: it goes on, or its process died
		out = append(out, rep)
	}
	return out, nil
}
