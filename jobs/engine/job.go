package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Job is what one tenant has done on a schedule.
type Job struct {
	Tenant   string
	Name     string // "reconcile"; lower-case letters, digits, hyphens
	Schedule Schedule
	CatchUp  time.Duration // how late a missed tick may be caught up; 0: not at all
	// Timeout is after how long a run is stopped; 0: DefaultTimeout.
	Timeout time.Duration
	// Run does it once. It may be called again for the same tick, after a crash or an
	// error. What is wrong with a record system is no error: the run records it, and
	// its exit says so. A *Busy error means that somebody else is at it, and an
	// *Unrecorded one that it could not begin.
	Run func(context.Context, Call) (Outcome, error)
	// Shard, where it is set, does a part of what a run has shared out by Call.Spread, in
	// whatever process. It may be called again for the same part, and after the run is
	// over. An error means that somebody else should try.
	Shard func(context.Context, Piece) error
	// Skipped, where it is set, records that the job was not run at a tick.
	Skipped func(context.Context, Skip) error
	// Failed, where it is set, records that a run failed and has not said so itself: it
	// could not begin (Unrecorded), crashed, took longer than it may, or its process died
	// of it once too often.
	Failed func(ctx context.Context, c Call, why error) error
	// LastSuccess, where it is set, is when the job last ended well before this process.
	LastSuccess func(context.Context) (time.Time, error)
}

// DefaultTimeout is longer than any night.
const DefaultTimeout = 12 * time.Hour

func (j *Job) timeout() time.Duration {
	if j.Timeout > 0 {
		return j.Timeout
	}
	return DefaultTimeout
}

// Call is one call of Job.Run.
type Call struct {
	Tick    time.Time // the scheduled instant
	Trigger string    // TriggerSchedule, TriggerCatchUp
	Attempt int       // from 1; more than 1 after a crash or an error
	// Spread shares out the work of this run: Job.Shard is called for each of its shards,
	// by daemons that have a worker to spare. nil: the job has no Shard.
	Spread func(ctx context.Context, run string, shards int) error
}

// Outcome is how a run ended.
type Outcome struct {
	Exit int // as that of the command; 0: all went well
}

// Skip says why a job was not run at a tick.
type Skip struct {
	Tick time.Time
	Why  string // one line
}

// Busy says that the job is being done already, outside of the engine: by a person,
// or by a daemon that died so recently that its lease still holds. The tick waits.
type Busy struct{ Err error }

func (e *Busy) Error() string { return e.Err.Error() }
func (e *Busy) Unwrap() error { return e.Err }

// Unrecorded says that the run failed before it had a record.
type Unrecorded struct{ Err error }

func (e *Unrecorded) Error() string { return e.Err.Error() }
func (e *Unrecorded) Unwrap() error { return e.Err }

const (
	busyPause = 30 * time.Second
	// busyLongest is how long after its instant, or after the end of its window for
	// catching up, a tick waits for somebody else to be done, or for brygga to be back.
	busyLongest = 2 * time.Hour
)

// maxAttempts is how often one tick is tried when the process dies or our own side
// fails. What a source does wrong is not tried again here: adapters do that.
const maxAttempts = 5

// Args is what a queued job holds: nothing personal. A tenant's job is queued only
// when its last one is done.
type Args struct {
	Tenant  string    `json:"tenant" river:"unique"`
	Job     string    `json:"job" river:"unique"`
	At      time.Time `json:"at"`
	Trigger string    `json:"trigger"`
}

// Kind is the job's name, so that each has its own timeout.
func (a Args) Kind() string { return a.Job }

// InsertOpts keeps each tenant's jobs in a queue of its own: a daemon takes only
// jobs of tenants that it knows.
func (a Args) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		MaxAttempts: maxAttempts, Queue: queueName(a.Tenant),
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished},
	}
}

// fault is what of an error the queue keeps: a sentence of our own, and nothing
// that came from elsewhere. The log has said more.
type fault string

func (f fault) Error() string { return string(f) }

const (
	faultRun     fault = "the run failed on our own side; the log of this time says how"
	faultPanic   fault = "the run crashed, which is a mistake in brygga; the log of this time says where"
	faultUnknown fault = "this tenant has no such job any more"
	faultTimeout fault = "the run was stopped, since it took longer than it may"
	faultGivenUp fault = "the run was cut off each time it was tried, and is given up: its process dies of it; the log of this time says how"
)

// crash is a crash of a run as the log shows it: where, and never with what, since
// that may be a care record.
type crash struct {
	kind  string
	where []string
}

func (c *crash) Error() string {
	return fmt.Sprintf("the run crashed (%s) at %v; this is a mistake in brygga: report these lines", c.kind, c.where)
}
