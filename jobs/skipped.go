package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"

	"brygga/care"
	"brygga/store"
)

// RecordSkipped keeps a record of a run that did not take place, and why. Nothing
// was read and nothing has changed. It counts as done in part, so that a job that is
// always skipped does not look well.
func RecordSkipped(ctx context.Context, t *store.Tenant, tenant, job, trigger string, now time.Time, why string) error {
	rep := Report{
		Run: uuid.NewString(), Tenant: tenant, Job: job, Trigger: trigger,
		AsOf: care.DateOf(now), Started: now, Ended: now,
		Exit: ExitPartly, Skipped: why,
	}
	outcome, err := json.Marshal(rep)
	if err != nil {
		return err
	}
	if err := t.StartRun(ctx, store.Run{ID: rep.Run, Job: job, Trigger: trigger, AsOf: rep.AsOf, Started: now}); err != nil {
		return fmt.Errorf("record a skipped run: %w", err)
	}
	return t.FinishRun(ctx, rep.Run, now, rep.Exit, outcome)
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
