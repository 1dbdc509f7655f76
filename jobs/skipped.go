package jobs

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"

	"brygga/care"
	"brygga/config"
	"brygga/store"
)

// RecordSkipped keeps a record of a run that did not take place, and why. Nothing
// was read and nothing has changed. It counts as done in part, so that a job that is
// always skipped does not look well.
func RecordSkipped(ctx context.Context, t *store.Tenant, tenant, job, trigger string, now time.Time, why string) error {
	return recordUndone(ctx, t, &Report{
		Run: uuid.NewString(), Tenant: tenant, Job: job, Trigger: trigger,
		AsOf: care.DateOf(now), Started: now, Ended: now,
		Exit: ExitPartly, Skipped: why,
	})
}

// RecordFailed keeps a record of a run that failed and has not said so itself: it could
// not begin, as where a secret is no longer where the configuration says, or it crashed.
// It tells whoever is to be told of runs that fail. The store that is given is open.
// Why it failed must hold nothing personal.
func RecordFailed(ctx context.Context, cfg *config.Config, t *store.Tenant, job, trigger string, now func() time.Time, why error) error {
	rep := failedRun(cfg.Tenant, job, trigger, now(), why)
	if err := recordUndone(ctx, t, rep); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	return NewTeller(cfg, t, now, nil).Tell(ctx, toTell(rep, why))
}

// failedRun is the report of a run of which nothing is known but why it failed.
func failedRun(tenant, job, trigger string, at time.Time, why error) *Report {
	return &Report{
		Run: uuid.NewString(), Tenant: tenant, Job: job, Trigger: trigger,
		AsOf: care.DateOf(at), Started: at, Ended: at,
		Exit: ExitFailed, Problems: []Problem{{What: why.Error()}},
	}
}

// recordUndone keeps the record of what did not take place.
func recordUndone(ctx context.Context, t *store.Tenant, rep *Report) error {
	run := store.Run{
		ID: rep.Run, Job: rep.Job, Trigger: rep.Trigger, AsOf: rep.AsOf,
		Started: rep.Started, Ended: rep.Ended, Exit: rep.Exit,
	}
	if err := startRun(ctx, t, run); err != nil {
		return err
	}
	return finishRun(ctx, t, run, rep)
}

// LastSuccess is when a job of a tenant last ended well, among its latest runs; zero
// where it did not.
func LastSuccess(ctx context.Context, t *store.Tenant, job string) (time.Time, error) {
	runs, err := t.RunsOf(ctx, job, 500)
	if err != nil {
		return time.Time{}, err
	}
	for _, r := range runs {
		if r.Finished && r.Exit == ExitDone {
			return r.Ended, nil
		}
	}
	return time.Time{}, nil
}

// Holder is who a process is, for leases and daemons: its machine, its number, and
// something that no other process has.
func Holder() string {
	host, _ := os.Hostname() // an empty name is still a name
	return fmt.Sprintf("%.60s pid %d %s", host, os.Getpid(), uuid.NewString()[:8])
}

// HolderDead says whether a holder is a process of this machine that is no more. Of
// one on another machine nothing is known, and it is false.
func HolderDead(holder string) bool {
	host, _ := os.Hostname()
	return dead(holder, fmt.Sprintf("%.60s", host))
}
