package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"brygga/care"
)

// ran notes a run of a job that began n days after noon; exit below 0: it never ended.
func ran(t *testing.T, tenant *Tenant, job string, n, exit int) string {
	t.Helper()
	ctx, id := context.Background(), fmt.Sprintf("%s-%d", job, n)
	at := noon.Add(time.Duration(n) * day)
	ok(t, tenant.StartRun(ctx, Run{ID: id, Job: job, Trigger: "schedule", AsOf: care.DateOf(at), Started: at}))
	if exit >= 0 {
		ok(t, tenant.FinishRun(ctx, id, at.Add(time.Minute), exit, json.RawMessage(`{}`)))
	}
	return id
}

func TestOldRunsAreRemoved(t *testing.T) {
	for _, c := range []struct {
		name  string
		exits []int // of one run a day; below 0: it never ended
		limit int   // days
		left  []string
	}{
		{"those that began before", []int{0, 0, 0, 0}, 2, []string{"reconcile-3", "reconcile-2"}},
		{"not the latest that went well, nor the latest that was done in part", []int{0, 0, 1, 3, 1, 1}, 4, []string{"reconcile-5", "reconcile-4", "reconcile-3", "reconcile-1"}},
		{"not the latest", []int{1, 1}, 9, []string{"reconcile-1"}},
		{"also one that never ended", []int{-1, 0}, 1, []string{"reconcile-1"}},
		{"none that are young", []int{0, 1}, -1, []string{"reconcile-1", "reconcile-0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, tenant := context.Background(), newTenant(t)
			for n, exit := range c.exits {
				ran(t, tenant, "reconcile", n, exit)
			}
			other := ran(t, tenant, "retention", 0, 0)
			want := len(c.exits) - len(c.left)
			for _, dry := range []bool{true, false} {
				if n, err := tenant.RemoveRuns(ctx, noon.Add(time.Duration(c.limit)*day), dry); err != nil || n != want {
					t.Errorf("dry %v: %d, %v; want %d", dry, n, err, want)
				}
			}
			runs, err := tenant.Runs(ctx, 100)
			ok(t, err)
			var left []string
			for _, r := range runs {
				if r.Job == "reconcile" {
					left = append(left, r.ID)
				}
			}
			if !slices.Equal(left, c.left) {
				t.Errorf("left are %v, want %v", left, c.left)
			}
			if _, there, err := tenant.Run(ctx, other); err != nil || !there {
				t.Error("the only run of another job was removed")
			}
		})
	}
}

func TestTheLastRunsOfEachJob(t *testing.T) {
	for _, c := range []struct {
		name                   string
		exits                  []int
		last, good, done, open string
	}{
		{"all are well", []int{0, 0}, "reconcile-1", "reconcile-1", "reconcile-1", ""},
		{"the last failed", []int{0, 1, 3, 1}, "reconcile-3", "reconcile-0", "reconcile-2", ""},
		{"one goes on", []int{0, 1, -1}, "reconcile-1", "reconcile-0", "reconcile-0", "reconcile-2"},
		{"one died before the last", []int{-1, 0}, "reconcile-1", "reconcile-1", "reconcile-1", ""},
		{"the first goes on", []int{-1}, "", "", "", "reconcile-0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tenant := newTenant(t)
			for n, exit := range c.exits {
				ran(t, tenant, "reconcile", n, exit)
			}
			ran(t, tenant, "retention", 9, 0)
			all, err := tenant.LastRuns(context.Background())
			ok(t, err)
			l := all["reconcile"]
			if len(all) != 2 || l.Last.ID != c.last || l.Good.ID != c.good || l.Done.ID != c.done || l.Open.ID != c.open {
				t.Errorf("%d jobs; last %q, good %q, done %q, open %q", len(all), l.Last.ID, l.Good.ID, l.Done.ID, l.Open.ID)
			}
		})
	}
}
