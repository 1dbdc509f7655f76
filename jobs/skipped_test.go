package jobs

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/care"
	"brygga/config"
	"brygga/store"
)

func TestASkippedRunIsRecordedAndIsNoSuccess(t *testing.T) {
	ctx := t.Context()
	st, err := store.Open(ctx, "sqlite::memory:", []byte(strings.Repeat("k", 32)), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	tenant := st.Tenant("a-kommun")
	well := time.Date(2026, 11, 22, 0, 50, 0, 0, time.UTC)
	if err := tenant.StartRun(ctx, store.Run{ID: "1", Job: JobReconcile, Trigger: "schedule", AsOf: care.DateOf(well), Started: well.Add(-time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if err := tenant.FinishRun(ctx, "1", well, ExitDone, nil); err != nil {
		t.Fatal(err)
	}
	const why = "skipped: the run of 01:30 is still going on"
	for i := range 3 {
		if err := RecordSkipped(ctx, tenant, "a-kommun", JobReconcile, "schedule", well.Add(time.Duration(i+1)*24*time.Hour), why); err != nil {
			t.Fatal(err)
		}
	}
	if err := RecordSkipped(ctx, tenant, "a-kommun", "handover", "schedule", well.Add(96*time.Hour), why); err != nil {
		t.Fatal(err)
	}
	reps, err := ReportsOf(ctx, tenant, JobReconcile, 10)
	if err != nil || len(reps) != 4 {
		t.Fatalf("%d reports of reconcile, %v", len(reps), err)
	}
	if r := reps[0]; r.Skipped != why || r.Exit != ExitPartly || r.Ended.IsZero() || r.Tenant != "a-kommun" {
		t.Errorf("the latest is %+v", r)
	}
	// Health asks when a job was last done: what is always skipped is late.
	cfg := &config.Config{Tenant: "a-kommun", Jobs: config.Jobs{Reconcile: config.Reconcile{Schedule: "30 1 * * *"}}}
	c, err := ConditionOf(ctx, cfg, tenant, well.Add(80*time.Hour))
	if err != nil || len(c.Jobs) != 2 || !c.Jobs[0].Done.Equal(well) || !c.Jobs[0].Ended.Equal(well) || c.Jobs[0].Late.IsZero() {
		t.Errorf("after three nights that were skipped, health is told %+v, %v", c, err)
	}
	if last, err := LastSuccess(ctx, tenant, JobReconcile); err != nil || !last.Equal(well) {
		t.Errorf("it last went well at %s, %v", last, err)
	}
	if last, err := LastSuccess(ctx, tenant, "handover"); err != nil || !last.IsZero() {
		t.Errorf("what never went well did so at %s, %v", last, err)
	}
}

func TestWhoIsKnownToBeDead(t *testing.T) {
	host, _ := os.Hostname()
	for _, row := range []struct {
		name, holder string
		want         bool
	}{
		{"this process lives", Holder(), false},
		{"a process of this machine that is no more", host + " pid 4194303 x", true},
		{"of another machine nothing is known", "elsewhere pid 4194303 x", false},
		{"what cannot be read is not dead", host + " pid x", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := HolderDead(row.holder); got != row.want {
				t.Errorf("%q: %v", row.holder, got)
			}
		})
	}
	if len(Holder()) > 100 {
		t.Error("the engine takes no more than 100 characters")
	}
}
