package jobs

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"brygga/store"
)

// leaseTTL is how long a run that died on another machine blocks the next one;
// a living run renews its lease long before.
const leaseTTL = 2 * time.Minute

// ErrBusy says that another run of the job is going on.
type ErrBusy struct {
	Holder string
	Since  time.Time
}

func (e *ErrBusy) Error() string {
	return fmt.Sprintf("another run is going on since %s (%s); wait for it, or stop it",
		e.Since.UTC().Format(time.RFC3339), e.Holder)
}

// lease takes the sole right to run the job on this store, and keeps it until
// release is called. A lease of a process that no longer lives on this machine
// is taken over at once.
func (j *Job) lease(ctx context.Context) (release func(), err error) {
	return j.leaseOf(ctx, JobReconcile)
}

// leaseOf is lease for a job by its name.
func (j *Job) leaseOf(ctx context.Context, job string) (release func(), err error) {
	_, release, err = j.leaseAs(ctx, job)
	return release, err
}

// leaseAs is leaseOf that says by which name the lease is held: others can see by it
// whether the holder still has it.
func (j *Job) leaseAs(ctx context.Context, job string) (me string, release func(), err error) {
	host, _ := os.Hostname() // an empty name is still a name
	me = fmt.Sprintf("%s pid %d %s", host, os.Getpid(), uuid.NewString()[:8])
	ok, since, by, err := j.Store.Lease(ctx, job, me, j.Now(), leaseTTL)
	if err == nil && !ok && dead(by, host) {
		if err = j.Store.Release(ctx, job, by); err == nil {
			ok, since, by, err = j.Store.Lease(ctx, job, me, j.Now(), leaseTTL)
		}
	}
	if err != nil {
		return "", nil, err
	}
	if !ok {
		return "", nil, &ErrBusy{Holder: by, Since: since}
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	tick := time.NewTicker(leaseTTL / 4)
	var wg sync.WaitGroup
	wg.Go(func() { j.renew(ctx, job, me, tick.C) })
	return me, func() {
		stop()
		tick.Stop()
		wg.Wait()
		if err := j.Store.Release(context.WithoutCancel(ctx), job, me); err != nil {
			j.Log.Warn().Err(err).Msg("the lease could not be given back; it ends by itself")
		}
	}, nil
}

// renew keeps the lease until ctx ends, at every tick.
func (j *Job) renew(ctx context.Context, job, me string, tick <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			if ok, err := j.Store.Renew(ctx, job, me, j.Now(), leaseTTL); ctx.Err() == nil && (err != nil || !ok) {
				j.Log.Warn().Err(err).Msg("the lease could not be renewed; another run may begin, which does no harm to what is written")
			}
		}
	}
}

// dead says whether a holder is a process of this machine that is no more.
func dead(holder, host string) bool {
	rest, here := strings.CutPrefix(holder, host+" pid ")
	if !here {
		return false
	}
	text, _, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(text)
	if err != nil || pid == os.Getpid() {
		return false
	}
	return gone(pid)
}

// Running says whether a run of the job is going on now, on whatever machine.
func Running(ctx context.Context, t *store.Tenant, now time.Time) (bool, error) {
	host, _ := os.Hostname()
	by, _, held, err := t.Holder(ctx, JobReconcile, now)
	return held && !dead(by, host), err
}
