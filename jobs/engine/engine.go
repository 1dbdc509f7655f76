// Package engine runs jobs on schedules, night after night: River keeps them in the
// store's database, and a tick, which is a row in the same database, sees to it that
// each scheduled instant is run once, by one of the daemons that share it.
//
// One engine serves one store, with all tenants that are kept there. What a job does
// is handed to it as a function.
package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/rs/zerolog"

	"brygga/care"
	"brygga/store"
)

// Options are what an engine takes from its process.
type Options struct {
	// ID tells this daemon from all others on the database; at most 100 characters.
	ID  string
	Now func() time.Time
	Log zerolog.Logger
	// Gate is shared by all engines of a process.
	Gate *Gate
	// Shutdown is how long running jobs may take to finish when the engine stops;
	// then they are cancelled, and handed back.
	Shutdown time.Duration
	// Dead says of another daemon's ID that its process was on this machine and is no
	// more; nil: nothing is known.
	Dead func(id string) bool
	// Rounds, in tests, says when to look at schedules and daemons; nil: every ten seconds.
	Rounds <-chan time.Time
}

// Engine runs the jobs of the tenants of one store.
type Engine struct {
	Options
	now   func() time.Time
	log   zerolog.Logger
	gate  *Gate
	jobs  []*Job
	db    database
	queue queue
	pulse pulse
	began time.Time // by this process; jobs of before were left by others

	stopping atomic.Bool
	stopped  context.Context // ends when the engine begins to stop
	stopNow  context.CancelFunc

	mu      sync.Mutex
	states  map[*Job]*state
	waiting map[int64]bool // jobs that were put back, since somebody else is at it
	ailing  string         // what was last said to be wrong with the database
}

// unfinished are the states of a job that is not done yet.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

const (
	fetchEvery = time.Second
	// hardStop is how long cancelled jobs may take to return.
	hardStop = 10 * time.Second
)

// New makes an engine on an open store, and brings the tables of its queue up to
// date. Nothing runs before Run. Two jobs of one tenant with one name are refused.
func New(ctx context.Context, st *store.Store, jobs []Job, opt Options) (*Engine, error) {
	return newOn(ctx, database{DB: st.DB(), dialect: st.Dialect(), pool: st.Pool()}, jobs, opt)
}

func newOn(ctx context.Context, db database, jobs []Job, opt Options) (*Engine, error) {
	e := &Engine{
		Options: opt, now: opt.Now, log: opt.Log, gate: opt.Gate, db: db,
		states: map[*Job]*state{}, waiting: map[int64]bool{}, began: opt.Now(),
	}
	e.stopped, e.stopNow = context.WithCancel(context.Background())
	if e.Dead == nil {
		e.Dead = func(string) bool { return false }
	}
	e.pulse = pulse{database: e.db, id: opt.ID, dead: e.Dead, seen: map[string]sighting{}}

	workers, queues := river.NewWorkers(), map[string]river.QueueConfig{}
	longest := DefaultTimeout
	for i := range jobs {
		j := &jobs[i]
		if e.job(j.Tenant, j.Name) != nil {
			return nil, fmt.Errorf("the tenant %s has two jobs %s", j.Tenant, j.Name)
		}
		e.jobs = append(e.jobs, j)
		e.states[j] = &state{}
		longest = max(longest, j.timeout())
		queues[queueName(j.Tenant)] = river.QueueConfig{MaxWorkers: e.gate.Most()}
	}
	for _, name := range e.names() {
		river.AddWorkerArgs(workers, Args{Job: name}, &worker{Engine: e})
	}
	e.addShards(workers, queues)
	var err error
	e.queue, err = open(ctx, db, &river.Config{
		ID: opt.ID, Queues: queues, Workers: workers,
		Logger:               slog.New(zerolog.NewSlogHandler(e.log.Level(zerolog.WarnLevel))),
		FetchPollInterval:    fetchEvery,
		JobTimeout:           longest,
		RescueStuckJobsAfter: longest + time.Hour, // dead daemons are seen long before; this is for stuck ones
		JobStuckHandler:      e.stuck,
		SoftStopTimeout:      max(opt.Shutdown, time.Millisecond),
		// A connection that listens would be taken from the jobs, and SQLite has none;
		// one second is soon enough for both.
		PollOnly: true,
	})
	if err != nil {
		return nil, fmt.Errorf("the engine of jobs: %w", err)
	}
	return e, nil
}

func (e *Engine) names() []string {
	var out []string
	for _, j := range e.jobs {
		out = append(out, j.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (e *Engine) job(tenant, name string) *Job {
	for _, j := range e.jobs {
		if j.Tenant == tenant && j.Name == name {
			return j
		}
	}
	return nil
}

var queueNames = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// queueName is the tenant's queue. River takes fewer names than there may be tenants.
func queueName(tenant string) string {
	if queueNames.MatchString(tenant) && len(tenant) <= 64 && !strings.HasPrefix(tenant, "tenant-") {
		return tenant
	}
	sum := sha256.Sum256([]byte(tenant))
	return "tenant-" + hex.EncodeToString(sum[:16])
}

func (e *Engine) stuck(_ context.Context, p river.JobStuckHandlerParams) river.JobStuckHandlerResult {
	e.log.Error().Str("job", p.Kind).Str("queue", p.Queue).Int("stuck", p.TotalStuckJobs).
		Msg("a job was stopped, since it took longer than it may, and does not return; restart brygga if this is said again")
	return river.JobStuckHandlerResult{AddWorkerSlot: true}
}

// Run runs jobs until ctx ends, and then until those that run are done or handed
// back. An error means that it could not begin, or that jobs did not return in time:
// then the process should end, and the next start runs them again.
func (e *Engine) Run(ctx context.Context) error {
	alive := context.WithoutCancel(ctx)
	if err := e.pulse.tell(alive); err != nil {
		return fmt.Errorf("the engine of jobs: note that it begins: %w", err)
	}
	if err := e.adopt(alive); err != nil {
		return fmt.Errorf("the engine of jobs: read the last ticks: %w", err)
	}
	e.ail(e.rescue(alive))
	if err := e.queue.start(alive); err != nil {
		return fmt.Errorf("the engine of jobs: %w", err)
	}
	rounds := e.Rounds
	if rounds == nil {
		t := time.NewTicker(roundEvery)
		defer t.Stop()
		rounds = t.C
	}
	e.ail(e.look(alive))
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-rounds:
			e.round(alive, true)
		}
	}
	e.stopping.Store(true)
	e.stopNow()
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(alive, e.Shutdown+hardStop)
		defer cancel()
		done <- e.queue.stop(ctx)
	}()
	for {
		select {
		case <-rounds:
			e.round(alive, false) // others must not take it for dead
		case err := <-done:
			if err != nil {
				return fmt.Errorf("jobs did not stop within %s: they are cut off, and the next start runs them again", e.Shutdown+hardStop)
			}
			if err := e.pulse.leave(alive); err != nil {
				e.log.Warn().Err(err).Msg("could not note that the engine is no more; others find out by themselves")
			}
			return nil
		}
	}
}

// round is what is done every ten seconds.
func (e *Engine) round(ctx context.Context, schedule bool) {
	err := e.pulse.tell(ctx)
	if err == nil && schedule {
		err = errors.Join(e.rescue(ctx), e.look(ctx))
	}
	e.ail(err)
}

// ail says once that the database cannot be used, and once that it can again.
func (e *Engine) ail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err == nil && e.ailing != "":
		e.ailing = ""
		e.log.Info().Msg("the store can be used again")
	case err != nil && e.ailing == "":
		e.ailing = err.Error()
		e.log.Error().Err(err).Msg("the store cannot be used: no job begins until it can; what is missed is caught up then")
	}
}

func (e *Engine) rescue(ctx context.Context) error {
	rescued, givenUp, err := e.pulse.rescue(ctx, e.queue)
	for _, j := range rescued {
		e.log.Warn().Str("job", j.Kind).Str("queue", j.Queue).Int("attempt", j.Attempt).
			Msg("a job was cut off when its process died; it is run again")
	}
	for _, j := range givenUp {
		e.log.Error().Str("job", j.Kind).Str("queue", j.Queue).Int("attempt", j.Attempt).
			Msg("a job was cut off once too often and is given up: its process dies of it; its next tick tries again")
		var a Args
		if json.Unmarshal(j.EncodedArgs, &a) != nil {
			continue
		}
		if job := e.job(a.Tenant, a.Job); job != nil && job.Name == j.Kind { // and no shard of one
			e.failed(ctx, job, Call{Tick: a.At, Trigger: a.Trigger, Attempt: j.Attempt}, faultGivenUp)
		}
	}
	return err
}

func local(t time.Time) string { return t.In(care.Stockholm).Format("2006-01-02 15:04") }
