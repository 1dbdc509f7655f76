package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/riverqueue/river"
	"github.com/rs/zerolog"

	"brygga/care"
)

// patience is how long a job waits for a worker here before another daemon may
// have it.
const patience = 15 * time.Second

// worker runs one kind of job.
type worker struct {
	river.WorkerDefaults[Args]
	*Engine
}

func (w *worker) Timeout(j *river.Job[Args]) time.Duration {
	longest := time.Duration(0)
	if job := w.job(j.Args.Tenant, j.Args.Job); job != nil {
		longest = job.timeout()
	}
	return longest
}

// Work does one job. What it returns is what the queue keeps: a fault, without the
// words of others.
func (w *worker) Work(ctx context.Context, j *river.Job[Args]) error {
	job := w.job(j.Args.Tenant, j.Args.Job)
	if job == nil {
		return river.JobCancel(faultUnknown)
	}
	if w.tooLate(job, j.Args.At) {
		w.skip(ctx, job, Skip{Tick: j.Args.At, Why: "missed: the run of " + local(j.Args.At) + " was not done when brygga stopped, and it is too late to catch up (catch_up)"})
		return nil
	}
	if !w.enter(ctx, job.Tenant, j.Args.At) {
		return w.later(time.Second)
	}
	defer w.gate.Leave(job.Tenant)

	log := w.log.With().Str("tenant", job.Tenant).Str("job", job.Name).Time("tick", j.Args.At.In(care.Stockholm)).Logger()
	call := Call{Tick: j.Args.At, Trigger: j.Args.Trigger, Attempt: j.Attempt, Spread: w.spread(job)}
	began := w.begin(job)
	if !w.waited(j.ID) {
		log.Info().Str("trigger", call.Trigger).Int("attempt", call.Attempt).Msg("the job begins")
	}
	var out Outcome
	err := guarded(func() (err error) { out, err = job.Run(ctx, call); return err })
	took := w.now().Sub(began)

	var busy *Busy
	switch stopped := ctx.Err() != nil; {
	case err == nil:
		w.end(job, &out)
		w.settled(j.ID)
		entry := log.Info()
		if out.Exit != 0 {
			entry = log.Warn()
		}
		entry.Int("exit", out.Exit).Dur("duration_ms", took).Msg("the job is done")
		return nil
	case stopped && w.stopping.Load():
		w.end(job, nil)
		log.Info().Dur("duration_ms", took).Msg("the job is handed back, since brygga stops; the next start runs it again")
		return river.JobSnooze(0)
	case stopped:
		w.end(job, &Outcome{Exit: failedExit})
		log.Error().Dur("duration_ms", took).Msg("the job was stopped, since it took longer than it may; its next tick tries again")
		w.failed(ctx, job, call, faultTimeout)
		return river.JobCancel(faultTimeout)
	case errors.As(err, &busy):
		w.end(job, nil)
		return w.busy(ctx, log, job, j, busy)
	}
	w.end(job, &Outcome{Exit: failedExit})
	if unsaid(err) {
		w.failed(ctx, job, call, err)
	}
	entry := log.Error().Err(err).Dur("duration_ms", took).Int("attempt", j.Attempt)
	if j.Attempt >= j.MaxAttempts {
		entry.Msg("the job failed on our own side once too often, and is given up; its next tick tries again")
	} else {
		entry.Msg("the job failed on our own side, and is tried again soon")
	}
	return faultOf(err)
}

// faultOf is what the queue keeps of an error.
func faultOf(err error) error {
	var c *crash
	if errors.As(err, &c) {
		return faultPanic
	}
	return faultRun
}

// failedExit is the exit of what did not come to an exit of its own.
const failedExit = 1

// unsaid says whether a run that ended with an error has no record that says so.
func unsaid(err error) bool {
	var c *crash
	var u *Unrecorded
	return errors.As(err, &c) || errors.As(err, &u)
}

// failed has it recorded that a run failed and has not said so itself.
func (e *Engine) failed(ctx context.Context, job *Job, c Call, why error) {
	if job.Failed == nil {
		return
	}
	// Telling people must not keep a daemon from its rounds until others take it for dead.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := job.Failed(ctx, c, why); err != nil {
		e.log.Error().Err(err).Str("tenant", job.Tenant).Str("job", job.Name).
			Msg("that a run failed could not be recorded, or not everybody was told")
	}
}

// enter waits for a worker; false: there is none, or brygga stops.
func (e *Engine) enter(ctx context.Context, tenant string, tick time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer context.AfterFunc(e.stopped, cancel)()
	return e.gate.Enter(ctx, tenant, tick) == nil
}

// later puts a job back, at once where brygga stops. It counts as no attempt.
func (e *Engine) later(pause time.Duration) error {
	if e.stopping.Load() {
		pause = 0
	}
	return river.JobSnooze(pause)
}

// tooLate says of a tick that was left from before this process whether the window for
// catching up is over: for it, and for all since, which it stands in the way of. What
// waits for a worker while brygga runs is never too late.
func (w *worker) tooLate(job *Job, tick time.Time) bool {
	if !tick.Before(w.began) {
		return false
	}
	now := w.now()
	if last, n := job.Schedule.Latest(tick, now); n > 0 {
		tick = last
	}
	return now.Sub(tick) > job.CatchUp+busyLongest
}

// busy lets a tick wait for whoever does the job already, but not for ever.
func (w *worker) busy(ctx context.Context, log zerolog.Logger, job *Job, j *river.Job[Args], busy *Busy) error {
	if w.now().Sub(j.Args.At) <= job.CatchUp+busyLongest {
		if !w.waited(j.ID) {
			log.Info().Err(busy).Msg("the job waits: it is being done already")
			w.wait(j.ID)
		}
		return w.later(busyPause)
	}
	w.settled(j.ID)
	w.skip(ctx, job, Skip{Tick: j.Args.At, Why: "skipped: " + busy.Error()})
	return nil
}

// guarded calls the job's function, and makes an error of a crash.
func guarded(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = crashed(r)
		}
	}()
	return do()
}

// crashed tells where a panic came from. Its value is not told, only its type: it
// may hold anything.
func crashed(value any) *crash {
	c := &crash{kind: fmt.Sprintf("%T", value)}
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for more := true; more && len(c.where) < 6; {
		var f runtime.Frame
		f, more = frames.Next()
		if f.File != "" && filepath.Base(filepath.Dir(f.File)) != "runtime" {
			c.where = append(c.where, fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line))
		}
	}
	return c
}
