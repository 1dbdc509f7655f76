package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"brygga/store"
)

// startRun notes that a run begins: one that starts and never ends in the store is a
// run whose process died.
func startRun(ctx context.Context, t *store.Tenant, r store.Run) error {
	if err := t.StartRun(ctx, r); err != nil {
		return fmt.Errorf("record the start of the run: %w", err)
	}
	return nil
}

// finishRun notes how a run ended, and keeps its report. The run's own context may be
// over; that it ended is recorded all the same.
func finishRun(ctx context.Context, t *store.Tenant, r store.Run, report any) error {
	outcome, err := json.Marshal(report)
	if err == nil {
		err = t.FinishRun(context.WithoutCancel(ctx), r.ID, r.Ended, r.Exit, outcome)
	}
	if err != nil {
		return fmt.Errorf("record the end of the run: %w", err)
	}
	return nil
}
