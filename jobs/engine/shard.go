package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/riverqueue/river"
)

// A run that has much to do can share it out: it queues calls for help, which any daemon
// on the database answers that knows the tenant. They are no ticks: a run that is over
// needs none of them, and whatever nobody answers the run does by itself.

// Piece is a part of a run that is shared out.
type Piece struct {
	Run   string // the run's id
	Shard int    // from 0
}

// ShardArgs is what a queued call for help holds: nothing personal.
type ShardArgs struct {
	Tenant string `json:"tenant"`
	Job    string `json:"job"`
	Run    string `json:"run"`
	Shard  int    `json:"shard"`
}

// Kind is of the job's name, so that each has its own.
func (a ShardArgs) Kind() string { return a.Job + "-shard" }

// shardAttempts is how often a piece is queued again after a crash or an error.
const shardAttempts = 3

// InsertOpts keeps them in a queue of their own: they must not wait for the run that
// waits for them.
func (a ShardArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: shardAttempts, Queue: shardQueueName(a.Tenant)}
}

// shardQueueName is no name that queueName gives to any tenant.
func shardQueueName(tenant string) string {
	sum := sha256.Sum256([]byte(tenant))
	return "tenant-shards-" + hex.EncodeToString(sum[:16])
}

// spread gives what a job's run calls to share out its work; nil: it cannot.
func (e *Engine) spread(job *Job) func(ctx context.Context, run string, shards int) error {
	if job.Shard == nil {
		return nil
	}
	return func(ctx context.Context, run string, shards int) error {
		many := make([]river.InsertManyParams, shards)
		for n := range many {
			many[n].Args = ShardArgs{Tenant: job.Tenant, Job: job.Name, Run: run, Shard: n}
		}
		return e.queue.insertMany(ctx, many)
	}
}

// shardWorker answers calls for help of one kind of job.
type shardWorker struct {
	river.WorkerDefaults[ShardArgs]
	*Engine
}

func (w *shardWorker) Timeout(j *river.Job[ShardArgs]) time.Duration {
	if job := w.job(j.Args.Tenant, j.Args.Job); job != nil {
		return job.timeout()
	}
	return 0
}

func (w *shardWorker) Work(ctx context.Context, j *river.Job[ShardArgs]) error {
	job := w.job(j.Args.Tenant, j.Args.Job)
	if job == nil || job.Shard == nil {
		return river.JobCancel(faultUnknown)
	}
	// The run that asks has a worker of its process already, and lets it work for it.
	if !w.runs(job) {
		if !w.enter(ctx, job.Tenant, time.Time{}) {
			return w.later(time.Second)
		}
		defer w.gate.Leave(job.Tenant)
	}
	err := guarded(func() error { return job.Shard(ctx, Piece{Run: j.Args.Run, Shard: j.Args.Shard}) })
	log := w.log.With().Str("tenant", job.Tenant).Str("job", job.Name).Str("run", j.Args.Run).Int("shard", j.Args.Shard).Logger()
	switch stopped := ctx.Err() != nil; {
	case err == nil:
		log.Debug().Msg("a shard is done")
		return nil
	case stopped && w.stopping.Load():
		log.Info().Msg("a shard is handed back, since brygga stops")
		return river.JobSnooze(0)
	case stopped:
		log.Error().Msg("a shard was stopped, since it took longer than it may")
		return river.JobCancel(faultTimeout)
	}
	log.Error().Err(err).Int("attempt", j.Attempt).Msg("a shard failed on our own side; its run does it, or whoever tries it next")
	return faultOf(err)
}

// runs says whether the job runs in this process now.
func (e *Engine) runs(job *Job) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.states[job].running.IsZero()
}

// addShards makes room for calls for help, of one tenant and one process one at a time:
// each uses as many connections to the record system as are configured. The more tenants
// there are, the more rarely is looked for calls: a database is not to be kept busy with
// it, and whoever calls writes meanwhile.
func (e *Engine) addShards(workers *river.Workers, queues map[string]river.QueueConfig) {
	kinds := map[string]bool{}
	every := fetchEvery + time.Duration(len(e.jobs))*50*time.Millisecond
	for _, j := range e.jobs {
		if j.Shard == nil {
			continue
		}
		queues[shardQueueName(j.Tenant)] = river.QueueConfig{MaxWorkers: 1, FetchPollInterval: every}
		if !kinds[j.Name] {
			kinds[j.Name] = true
			river.AddWorkerArgs(workers, ShardArgs{Job: j.Name}, &shardWorker{Engine: e})
		}
	}
}
