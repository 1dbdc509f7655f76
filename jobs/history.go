package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"brygga/care"
	"brygga/store"
)

// Reports gives the reports of the n latest nights, the latest first. A run that
// never ended has a report that holds only what is known of its start.
func (j *Job) Reports(ctx context.Context, n int) ([]*Report, error) {
	return ReportsOf(ctx, j.Store, JobReconcile, n)
}

// Reports reads the records of a tenant's latest runs, of whatever job; no system needs
// to be reached.
func Reports(ctx context.Context, t *store.Tenant, n int) ([]*Report, error) {
	runs, err := t.Runs(ctx, n)
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
			rep.Did = did(r)
		}
		rep.Run, rep.Job, rep.Trigger, rep.AsOf, rep.Started = r.ID, r.Job, r.Trigger, r.AsOf, r.Started
		rep.Ended = r.Ended // zero: it goes on, or its process died
		out = append(out, rep)
	}
	return out, nil
}

// Count is how many of something a run did.
type Count struct {
	What string `json:"what"`
	N    int    `json:"n"`
}

// did counts what a run of another job than the nightly one did. What its record does
// not say is left out: the list of runs must be shown also then.
func did(r store.Run) (out []Count) {
	add := func(n int, what string) {
		if n > 0 {
			out = append(out, Count{what, n})
		}
	}
	switch r.Job {
	case JobRetention:
		var rep RetentionReport
		_ = json.Unmarshal(r.Outcome, &rep)
		add(rep.Clients, "clients removed")
		add(rep.Handovers, "handovers removed")
		add(rep.Files, "files removed")
		add(rep.Runs, "runs removed")
		add(rep.Audit, "audit entries removed")
	case JobHandover:
		var rep HandoverReport
		_ = json.Unmarshal(r.Outcome, &rep)
		for _, state := range care.HandoverStates() {
			add(rep.States[state], state.String())
		}
	case JobReport:
		var rep FiguresReport
		_ = json.Unmarshal(r.Outcome, &rep)
		add(len(rep.Files), "files written")
	}
	return out
}
