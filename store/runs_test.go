package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

func TestRuns(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	asOf := care.NewDate(2026, 11, 21)
	stockholm := noon.In(care.Stockholm)
	for n := range 4 {
		ok(t, tenant.StartRun(ctx, Run{
			ID: fmt.Sprint("run-", n), Job: "reconcile", Trigger: "schedule", AsOf: asOf, Started: stockholm.Add(time.Duration(n) * time.Hour),
		}))
	}
	outcome := json.RawMessage(`{"created":2,"text":"två < tre"}`)
	ok(t, tenant.FinishRun(ctx, "run-1", stockholm.Add(90*time.Minute), 3, outcome))
	ok(t, tenant.FinishRun(ctx, "run-2", noon.Add(3*time.Hour), 0, nil))

	want := []Run{
		{ID: "run-3", Job: "reconcile", Trigger: "schedule", AsOf: asOf, Started: noon.Add(3 * time.Hour)},
		{ID: "run-2", Job: "reconcile", Trigger: "schedule", AsOf: asOf, Started: noon.Add(2 * time.Hour), Finished: true, Ended: noon.Add(3 * time.Hour)},
		{ID: "run-1", Job: "reconcile", Trigger: "schedule", AsOf: asOf, Started: noon.Add(time.Hour), Finished: true, Ended: noon.Add(90 * time.Minute), Exit: 3, Outcome: outcome},
	}
	later := openAt(t, path).Tenant("exempelkommun")
	got, err := later.Runs(ctx, 3)
	ok(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the runs are\n%+v, and should be\n%+v", got, want)
	}
	one, there, err := later.Run(ctx, "run-1")
	if err != nil || !there || !reflect.DeepEqual(one, want[2]) {
		t.Errorf("the run is %+v, %v, %v", one, there, err)
	}
	if _, there, err := later.Run(ctx, "run-9"); err != nil || there {
		t.Errorf("a run that never was: %v, %v", there, err)
	}
	for _, n := range []int{0, -1} {
		if got, err := later.Runs(ctx, n); err != nil || len(got) != 0 {
			t.Errorf("the %d latest runs are %+v, %v", n, got, err)
		}
	}
}

func TestRunsThatCannotBe(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	ok(t, tenant.StartRun(ctx, Run{ID: "run-1", Started: noon}))
	ok(t, tenant.StartRun(ctx, Run{ID: "run-2", Started: noon}))
	ok(t, tenant.FinishRun(ctx, "run-2", noon, 0, nil))
	tests := []struct {
		name string
		err  error
		says string
	}{
		{"an id that is there already", tenant.StartRun(ctx, Run{ID: "run-1", Started: noon}), "constraint"},
		{"no id", tenant.StartRun(ctx, Run{Started: noon}), "needs an id"},
		{"no start", tenant.StartRun(ctx, Run{ID: "run-3"}), "an instant is missing"},
		{"a run that was never started", tenant.FinishRun(ctx, "run-9", noon, 0, nil), "run-9 was never started"},
		{"a run that has finished", tenant.FinishRun(ctx, "run-2", noon, 1, nil), "has already finished"},
		{"no end", tenant.FinishRun(ctx, "run-1", time.Time{}, 0, nil), "an instant is missing"},
	}
	for _, tt := range tests {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.says) {
			t.Errorf("%s gives %v, and should say %q", tt.name, tt.err, tt.says)
		}
	}
	if r, _, err := tenant.Run(ctx, "run-2"); err != nil || r.Exit != 0 {
		t.Errorf("a finished run is changed: %+v, %v", r, err)
	}
}

func TestLease(t *testing.T) {
	type ask struct {
		what, holder string
		at           time.Duration // after noon
		ok           bool
		since        time.Duration
		by           string
	}
	tests := []struct {
		name string
		asks []ask
	}{
		{"one that nobody has is given", []ask{{"lease", "a", 0, true, 0, "a"}}},
		{"one that another has is not given", []ask{{"lease", "a", 0, true, 0, "a"}, {"lease", "b", time.Minute, false, 0, "a"}}},
		{"who has it gets it again, with the old since", []ask{{"lease", "a", 0, true, 0, "a"}, {"lease", "a", time.Minute, true, 0, "a"}, {"lease", "b", 10*time.Minute + 30*time.Second, false, 0, "a"}}},
		{"in its last moment it holds", []ask{{"lease", "a", 0, true, 0, "a"}, {"lease", "b", 10*time.Minute - 1, false, 0, "a"}}},
		{"when its time is over it can be taken", []ask{{"lease", "a", 0, true, 0, "a"}, {"lease", "b", 10 * time.Minute, true, 10 * time.Minute, "b"}, {"lease", "a", 11 * time.Minute, false, 10 * time.Minute, "b"}}},
		{"renewed it holds longer", []ask{{"lease", "a", 0, true, 0, "a"}, {what: "renew", holder: "a", at: 9 * time.Minute, ok: true}, {"lease", "b", 15 * time.Minute, false, 0, "a"}, {"lease", "b", 19 * time.Minute, true, 19 * time.Minute, "b"}}},
		{"one whose time is over, and that nobody took, is renewed", []ask{{"lease", "a", 0, true, 0, "a"}, {what: "renew", holder: "a", at: time.Hour, ok: true}, {"lease", "b", time.Hour, false, 0, "a"}}},
		{"one that was taken cannot be renewed", []ask{{"lease", "a", 0, true, 0, "a"}, {"lease", "b", time.Hour, true, time.Hour, "b"}, {what: "renew", holder: "a", at: time.Hour, ok: false}, {"lease", "a", time.Hour, false, time.Hour, "b"}}},
		{"one that nobody has cannot be renewed", []ask{{what: "renew", holder: "a", ok: false}, {"lease", "b", 0, true, 0, "b"}}},
		{"released it can be taken at once", []ask{{"lease", "a", 0, true, 0, "a"}, {what: "release", holder: "a"}, {"lease", "b", time.Minute, true, time.Minute, "b"}}},
		{"only its holder can release it", []ask{{"lease", "a", 0, true, 0, "a"}, {what: "release", holder: "b"}, {"lease", "b", time.Minute, false, 0, "a"}}},
		{"releasing twice is safe", []ask{{"lease", "a", 0, true, 0, "a"}, {what: "release", holder: "a"}, {what: "release", holder: "a"}, {what: "renew", holder: "a", ok: false}}},
	}
	const ttl = 10 * time.Minute
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, tenant := context.Background(), newTenant(t)
			for i, a := range tt.asks {
				at := noon.Add(a.at).In(care.Stockholm)
				switch a.what {
				case "lease":
					got, since, by, err := tenant.Lease(ctx, "reconcile", a.holder, at, ttl)
					ok(t, err)
					if got != a.ok || by != a.by || since != noon.Add(a.since) {
						t.Fatalf("step %d: %v, of %s since %v; should be %v, of %s since %v", i+1, got, by, since, a.ok, a.by, noon.Add(a.since))
					}
				case "renew":
					got, err := tenant.Renew(ctx, "reconcile", a.holder, at, ttl)
					ok(t, err)
					if got != a.ok {
						t.Fatalf("step %d: renewing gives %v", i+1, got)
					}
				case "release":
					ok(t, tenant.Release(ctx, "reconcile", a.holder))
				}
			}
			if got, _, _, err := tenant.Lease(ctx, "handover", "c", noon, ttl); err != nil || !got {
				t.Errorf("another job's lease is not free: %v, %v", got, err)
			}
		})
	}
}

func TestLeasesThatCannotBe(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	if _, _, _, err := tenant.Lease(ctx, "reconcile", "", noon, time.Minute); err == nil || !strings.Contains(err.Error(), "needs a holder") {
		t.Errorf("a lease for nobody gives %v", err)
	}
	if _, _, _, err := tenant.Lease(ctx, "reconcile", "a", time.Time{}, time.Minute); err == nil || !strings.Contains(err.Error(), "an instant is missing") {
		t.Errorf("a lease at no time gives %v", err)
	}
	if _, err := tenant.Renew(ctx, "reconcile", "a", time.Time{}, time.Minute); err == nil {
		t.Error("a lease was renewed at no time")
	}
}
