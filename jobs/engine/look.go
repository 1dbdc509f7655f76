package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river/rivertype"

	"brygga/care"
)

// state is what is known of a job in this process.
type state struct {
	// Nothing is due in [looked, next): no need to ask the database.
	looked, next time.Time

	tick        time.Time // the latest, by whichever daemon
	running     time.Time // since when; zero: not here
	ended       time.Time
	outcome     *Outcome // of the last end; nil: none yet
	lastSuccess time.Time
}

// adopt begins to count the ticks of jobs that have none yet, or that had another
// schedule: nothing from before is caught up for them.
func (e *Engine) adopt(ctx context.Context) error {
	for _, j := range e.jobs {
		now := e.now()
		last, ok, err := e.db.lastTick(ctx, j.Tenant, j.Name, now)
		if err != nil {
			return err
		}
		if !ok || last.schedule != j.Schedule.String() {
			last = tick{tenant: j.Tenant, job: j.Name, at: now, schedule: j.Schedule.String(), outcome: tickBegun}
			if _, _, err := e.queue.insertTick(ctx, last, nil); err != nil {
				return err
			}
		}
		s := e.states[j]
		e.mu.Lock()
		s.tick = last.at
		e.mu.Unlock()
		if j.LastSuccess != nil {
			at, err := j.LastSuccess(ctx)
			if err != nil {
				return err
			}
			e.mu.Lock()
			s.lastSuccess = at
			e.mu.Unlock()
		}
		e.log.Info().Str("tenant", j.Tenant).Str("job", j.Name).Str("schedule", j.Schedule.String()).
			Time("next", j.Schedule.Next(now)).Msg("scheduled")
	}
	return nil
}

// look queues what is due.
func (e *Engine) look(ctx context.Context) error {
	for _, j := range e.jobs {
		if err := e.lookAt(ctx, j, e.now()); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) lookAt(ctx context.Context, j *Job, now time.Time) error {
	s := e.states[j]
	e.mu.Lock()
	idle := !s.looked.IsZero() && !now.Before(s.looked) && now.Before(s.next)
	e.mu.Unlock()
	if idle {
		return nil
	}
	last, ok, err := e.db.lastTick(ctx, j.Tenant, j.Name, now)
	if err != nil {
		return err
	}
	if !ok { // the clock went back behind all that is kept
		_, _, err := e.queue.insertTick(ctx, tick{tenant: j.Tenant, job: j.Name, at: now, schedule: j.Schedule.String(), outcome: tickBegun}, nil)
		return err
	}
	d := decide(j.Schedule, last.at, now, j.CatchUp)
	if !d.at.IsZero() {
		if err := e.queueTick(ctx, j, d); err != nil {
			return err
		}
		if err := e.db.pruneTicks(ctx, j.Tenant, j.Name, now); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s.looked, s.next = now, j.Schedule.Next(now)
	if s.tick = last.at; !d.at.IsZero() {
		s.tick = d.at
	}
	return nil
}

// queueTick stores the tick, and its job with it, if no other daemon has.
func (e *Engine) queueTick(ctx context.Context, j *Job, d due) error {
	t := tick{tenant: j.Tenant, job: j.Name, at: d.at, schedule: j.Schedule.String(), outcome: d.outcome}
	var args *Args
	if d.outcome == tickQueued {
		args = &Args{Tenant: j.Tenant, Job: j.Name, At: d.at.UTC(), Trigger: d.trigger}
	}
	taken, standing, err := e.queue.insertTick(ctx, t, args)
	if err != nil || !taken {
		return err
	}
	log := e.log.With().Str("tenant", j.Tenant).Str("job", j.Name).Time("tick", d.at).Logger()
	if d.missed > 0 {
		log.Warn().Int("missed", d.missed).Msg("earlier ticks were missed while brygga was not running; they are not caught up one by one")
	}
	switch {
	case standing != nil:
		e.skip(ctx, j, Skip{Tick: d.at, Why: standingWords(standing)})
	case d.outcome == tickMissed:
		e.skip(ctx, j, Skip{Tick: d.at, Why: "missed: brygga was not running at " + local(d.at) + ", and it is too late to catch up (catch_up)"})
	default:
		log.Info().Str("trigger", d.trigger).Time("next", j.Schedule.Next(e.now())).Msg("tick")
	}
	return nil
}

// standingWords says which run is in the way of a tick.
func standingWords(j *rivertype.JobRow) string {
	var a Args
	if err := json.Unmarshal(j.EncodedArgs, &a); err != nil || a.At.IsZero() {
		return "skipped: an earlier run is still going on"
	}
	when := a.At.In(care.Stockholm).Format("15:04")
	if j.State == rivertype.JobStateRunning {
		return "skipped: the run of " + when + " is still going on"
	}
	return "skipped: the run of " + when + " has still to begin"
}

// skip says, in the log and in the runs of the tenant, that a job was not run.
func (e *Engine) skip(ctx context.Context, j *Job, s Skip) {
	log := e.log.With().Str("tenant", j.Tenant).Str("job", j.Name).Time("tick", s.Tick.In(care.Stockholm)).Logger()
	log.Warn().Msg(s.Why)
	if j.Skipped == nil {
		return
	}
	if err := j.Skipped(ctx, s); err != nil {
		log.Error().Err(err).Msg("the record of a skipped run could not be written")
	}
}
