package store

import (
	"context"
	"encoding/json"
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
func (t *Tenant) StartRun(ctx context.Context, r Run) error { return errUnbuilt }

// FinishRun notes how a run ended. A run that was never started, or has already
// finished, is an error.
func (t *Tenant) FinishRun(ctx context.Context, id string, ended time.Time, exit int, outcome json.RawMessage) error {
	return errUnbuilt
}

// Runs gives the n latest runs, the latest start first.
func (t *Tenant) Runs(ctx context.Context, n int) ([]Run, error) { return nil, errUnbuilt }

// Run gives one run; ok is false where there is none with this id.
func (t *Tenant) Run(ctx context.Context, id string) (r Run, ok bool, err error) {
	return Run{}, false, errUnbuilt
}
