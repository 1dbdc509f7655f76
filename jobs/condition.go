package jobs

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"brygga/config"
	"brygga/store"
)

// Condition is how the jobs of a tenant stand, from what is stored of their runs: what
// health and metrics say, also after a restart. It holds no references and no names of
// people.
type Condition struct {
	Tenant  string
	Systems []string // of the configuration
	Jobs    []JobCondition
	Last    *Report // of the latest night that ended; its lists of records and changes are empty
}

// JobCondition is how one job stands. An instant that is zero is none.
type JobCondition struct {
	Job     string
	Began   time.Time // of a run that has not ended: it goes on, or its process died
	Ended   time.Time // of the latest that has
	Took    time.Duration
	Exit    int
	Success time.Time // when the latest ended that went well (exit 0)
	Done    time.Time // the same, or one that was done in part (exit 3)
	// Late is since when one that is done has been missing, as the schedule says; zero
	// where none is.
	Late time.Time
}

// lateAfter is how long after its instant a scheduled run may still be going on.
const lateAfter = 2 * time.Hour

// scheduled are the jobs that the configuration lets run on a schedule.
func scheduled(cfg *config.Config) map[string]string {
	out := map[string]string{JobReconcile: cfg.Jobs.Reconcile.Schedule, JobRetention: cfg.Jobs.Retention.Schedule, JobReport: cfg.Jobs.Report.Schedule}
	if len(cfg.CareHomes) > 0 {
		out[JobHandover] = cfg.Jobs.Handover.Schedule
	}
	return out
}

// ConditionOf looks at what is stored of a tenant's runs. It reaches no system.
func ConditionOf(ctx context.Context, cfg *config.Config, t *store.Tenant, now time.Time) (*Condition, error) {
	last, err := t.LastRuns(ctx)
	if err != nil {
		return nil, err
	}
	c := &Condition{Tenant: cfg.Tenant}
	for name := range cfg.Systems {
		c.Systems = append(c.Systems, name)
	}
	slices.Sort(c.Systems)
	schedules := scheduled(cfg)
	for _, job := range []string{JobReconcile, JobHandover, JobReport, JobRetention} {
		l, ran := last[job]
		schedule := schedules[job]
		if !ran && schedule == "" {
			continue
		}
		j := JobCondition{
			Job: job, Began: l.Open.Started, Ended: l.Last.Ended, Exit: l.Last.Exit, Success: l.Good.Ended, Done: l.Done.Ended,
		}
		if !j.Ended.IsZero() {
			j.Took = l.Last.Ended.Sub(l.Last.Started)
		}
		j.Late = late(schedule, l, now)
		c.Jobs = append(c.Jobs, j)
	}
	if outcome := last[JobReconcile].Last.Outcome; len(outcome) > 0 {
		rep := &Report{}
		if err := json.Unmarshal(outcome, rep); err == nil {
			rep.Quarantine, rep.Unjoined, rep.Changes, rep.Warnings = nil, nil, nil, nil
			c.Last = rep
		}
	}
	return c, nil
}

// late is since when a run has been missing that is done, at least in part: two
// scheduled instants and some time after the latest one. One night that fails is told
// of; two in a row are a service that does not do what it is for. A job that has never
// run is new, and one that has run and was never done is late since its last run.
func late(schedule string, l store.LastRuns, now time.Time) time.Time {
	s, err := config.ParseSchedule(schedule)
	switch {
	case err != nil:
		return time.Time{}
	case l.Done.ID == "":
		return l.Last.Ended
	}
	if due := s.Next(s.Next(l.Done.Started)).Add(lateAfter); due.Before(now) {
		return due.UTC()
	}
	return time.Time{}
}
