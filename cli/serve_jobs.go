package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/jobs"
	"brygga/jobs/engine"
	"brygga/store"
)

// scheduled is one kind of job that the daemon runs.
type scheduled struct {
	name string
	// when gives the schedule, empty where the job is off, and how late it is caught up:
	// where the job has no setting of its own, as late as a night.
	when func(*config.Config) (schedule string, catchUp time.Duration)
	// run does it once and gives its exit. What is wrong with a record system is in the
	// run's record, and no error.
	run func(ctx context.Context, o *jobs.Opened, trigger string) (exit int, err error)
	// shard, where it is set, does a part of a run that has shared out its work.
	shard func(ctx context.Context, o *jobs.Opened, p engine.Piece) error
}

// schedules are all of them.
var schedules = []scheduled{
	{
		name: jobs.JobReconcile,
		when: func(c *config.Config) (string, time.Duration) {
			return c.Jobs.Reconcile.Schedule, c.Jobs.Reconcile.CatchUp
		},
		run: func(ctx context.Context, o *jobs.Opened, trigger string) (int, error) {
			rep, err := o.Reconcile(ctx, jobs.RunOptions{AsOf: o.Today(), Trigger: trigger})
			if rep == nil {
				return jobs.ExitFailed, err
			}
			return rep.Exit, err
		},
		shard: func(ctx context.Context, o *jobs.Opened, p engine.Piece) error {
			return o.WorkShard(ctx, p.Run, p.Shard)
		},
	},
	{
		name: jobs.JobHandover,
		when: func(c *config.Config) (string, time.Duration) {
			if len(c.CareHomes) == 0 {
				return "", 0
			}
			return c.Jobs.Handover.Schedule, c.Jobs.Handover.CatchUp
		},
		run: func(ctx context.Context, o *jobs.Opened, trigger string) (int, error) {
			rep, err := o.RunHandover(ctx, jobs.HandoverOptions{Trigger: trigger, By: jobs.Asker{By: trigger}})
			if rep == nil {
				return jobs.ExitFailed, err
			}
			return rep.Exit, err
		},
	},
	{
		name: jobs.JobReport,
		when: func(c *config.Config) (string, time.Duration) {
			return c.Jobs.Report.Schedule, c.Jobs.Reconcile.CatchUp
		},
		run: func(ctx context.Context, o *jobs.Opened, trigger string) (int, error) {
			rep, err := o.RunReport(ctx, jobs.FiguresOptions{Trigger: trigger, Write: figuresWriter(o.Config)})
			if rep == nil {
				return jobs.ExitFailed, err
			}
			return rep.Exit, err
		},
	},
	{
		name: jobs.JobRetention,
		when: func(c *config.Config) (string, time.Duration) {
			return c.Jobs.Retention.Schedule, c.Jobs.Reconcile.CatchUp
		},
		run: func(ctx context.Context, o *jobs.Opened, trigger string) (int, error) {
			rep, err := o.Retain(ctx, jobs.RetentionOptions{Trigger: trigger, By: jobs.Asker{By: trigger, Job: jobs.JobRetention}})
			if rep == nil {
				return jobs.ExitFailed, err
			}
			return rep.Exit, err
		},
	},
}

// jobsOf makes the engine's jobs of a configuration. Each run opens what it needs and
// gives it back: a secret that was renewed counts from the next run on.
func (a *app) jobsOf(cfg *config.Config, st *store.Store, log zerolog.Logger) ([]engine.Job, error) {
	log = log.With().Str("tenant", cfg.Tenant).Logger()
	tenant := st.Tenant(cfg.Tenant)
	var out []engine.Job
	for _, s := range schedules {
		text, catchUp := s.when(cfg)
		if text == "" {
			continue
		}
		schedule, err := engine.ParseSchedule(text)
		if err != nil {
			return nil, fmt.Errorf("%s: jobs.%s.schedule: %w", cfg.Path, s.name, err)
		}
		open := func(ctx context.Context) (*jobs.Opened, error) {
			return jobs.Open(ctx, cfg, jobs.Deps{Now: a.Now, Watch: a.counters.Watch(cfg.Tenant), Log: log.Level(a.level(zerolog.WarnLevel)), User: a.user()})
		}
		spread := spreadOf(cfg, st)
		job := engine.Job{
			Tenant: cfg.Tenant, Name: s.name, Schedule: schedule, CatchUp: catchUp,
			Run: func(ctx context.Context, c engine.Call) (engine.Outcome, error) {
				o, err := open(ctx)
				if err != nil {
					return engine.Outcome{}, &engine.Unrecorded{Err: err}
				}
				defer o.Close()
				o.Spread = spread.With(c.Spread)
				exit, err := s.run(ctx, o, c.Trigger)
				var busy *jobs.ErrBusy
				if errors.As(err, &busy) {
					return engine.Outcome{}, &engine.Busy{Err: err}
				}
				return engine.Outcome{Exit: exit}, err
			},
			Skipped: func(ctx context.Context, k engine.Skip) error {
				return jobs.RecordSkipped(ctx, tenant, cfg.Tenant, s.name, engine.TriggerSchedule, a.Now(), k.Why)
			},
			Failed: func(ctx context.Context, c engine.Call, why error) error {
				return jobs.RecordFailed(ctx, cfg, tenant, s.name, c.Trigger, a.Now, why)
			},
			LastSuccess: func(ctx context.Context) (time.Time, error) {
				return jobs.LastSuccess(ctx, tenant, s.name)
			},
		}
		if s.shard != nil && spread != nil {
			job.Shard = func(ctx context.Context, p engine.Piece) error {
				if stands, err := tenant.ShardStands(ctx, p.Run, p.Shard); err != nil || !stands {
					return err // others have done it, or the run is over
				}
				o, err := open(ctx)
				if err != nil {
					return err
				}
				defer o.Close()
				o.Spread = spread
				return s.shard(ctx, o, p)
			}
		}
		out = append(out, job)
	}
	return out, nil
}

// shardsOnPostgreSQL divide evenly among two, three, four and six daemons.
const shardsOnPostgreSQL = 24

// spreadOf says how the daemon shares out large nights; nil: it does not.
func spreadOf(cfg *config.Config, st *store.Store) *jobs.Spread {
	shards := cfg.Serve.Shards
	if shards == 0 && st.Dialect() == store.PostgreSQL {
		shards = shardsOnPostgreSQL
	}
	return jobs.NewSpread(shards)
}

// level is a level of the log, or all of it with --verbose.
func (a *app) level(l zerolog.Level) zerolog.Level {
	if a.verbose {
		return zerolog.DebugLevel
	}
	return l
}

// nextRun is when a job is due next.
type nextRun struct {
	Job      string    `json:"job"`
	Schedule string    `json:"schedule"`
	Next     time.Time `json:"next"`
}

// nextRuns are the scheduled instants to come; they need `brygga serve` to be running.
func nextRuns(cfg *config.Config, now time.Time) ([]nextRun, error) {
	var out []nextRun
	for _, s := range schedules {
		text, _ := s.when(cfg)
		if text == "" {
			continue
		}
		schedule, err := engine.ParseSchedule(text)
		if err != nil {
			return nil, fmt.Errorf("jobs.%s.schedule: %w", s.name, err)
		}
		out = append(out, nextRun{s.name, schedule.String(), schedule.Next(now)})
	}
	return out, nil
}
