package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"brygga/store"
)

// Member is one store with the tenants that are kept there.
type Member struct {
	Tenants []string
	// Open opens the store and makes its engine; close gives the store back.
	Open func(context.Context) (e *Engine, close func() error, err error)
}

// Fleet is all engines of one process. Each store is by itself: one that cannot be
// used stops nobody else.
type Fleet struct {
	Log     zerolog.Logger
	Members []Member
	// Again is how long it takes until a store that could not be used is tried again;
	// 0: a minute.
	Again time.Duration

	mu       sync.Mutex
	engines  map[int]*Engine
	problems map[int]string
}

// Run runs until ctx ends and all engines have stopped. It fails at once where no
// store at all can be used and time mends none of them; otherwise those that cannot be
// used are tried again until they can.
func (f *Fleet) Run(ctx context.Context) error {
	f.mu.Lock()
	f.engines, f.problems = map[int]*Engine{}, map[int]string{}
	f.mu.Unlock()
	failed, ended := make([]error, len(f.Members)), make([]error, len(f.Members))
	going, none := make(chan struct{}), make(chan struct{})
	goOn := sync.OnceFunc(func() { close(going) })
	var opening, running sync.WaitGroup
	opening.Add(len(f.Members))
	for i := range f.Members { // side by side: a store that hangs must hold up no other
		running.Go(func() {
			var run func() error
			if run, failed[i] = f.open(ctx, i); failed[i] == nil || passes(failed[i]) {
				goOn()
			}
			opening.Done()
			select {
			case <-going:
				ended[i] = f.keep(ctx, i, run)
			case <-none:
			}
		})
	}
	opening.Wait()
	select {
	case <-going:
	default:
		close(none)
		running.Wait()
		return errors.Join(failed...)
	}
	running.Wait()
	return errors.Join(ended...)
}

// passes says whether a store that cannot be used may be usable later, by itself or by
// what is done elsewhere: a database that starts after brygga does, or a full disk.
func passes(err error) bool {
	return errors.Is(err, store.ErrLost) || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrBusy)
}

// open makes a member's engine, and gives what runs it.
func (f *Fleet) open(ctx context.Context, i int) (run func() error, err error) {
	e, closing, err := f.Members[i].Open(ctx)
	if err != nil {
		f.note(i, nil, err.Error())
		return nil, fmt.Errorf("%s: %w", strings.Join(f.Members[i].Tenants, ", "), err)
	}
	f.note(i, e, "")
	return func() error { return errors.Join(e.Run(ctx), closing()) }, nil
}

// keep runs a member until ctx ends, and begins again where it fails before.
func (f *Fleet) keep(ctx context.Context, i int, run func() error) error {
	again := f.Again
	if again == 0 {
		again = time.Minute
	}
	said := ""
	for {
		var err error
		if run == nil {
			run, err = f.open(ctx, i)
		}
		if err == nil {
			said = ""
			if err = run(); err != nil {
				f.note(i, nil, err.Error())
			}
		}
		if ctx.Err() != nil {
			if run == nil {
				return nil // it was not running when it was to stop
			}
			return err
		}
		run = nil
		if err != nil && err.Error() != said {
			said = err.Error()
			f.Log.Error().Err(err).Strs("tenants", f.Members[i].Tenants).Dur("again_ms", again).
				Msg("nothing runs for these tenants; it is tried again and again, and the others are not concerned")
		}
		wait(ctx, again)
		if ctx.Err() != nil {
			return nil
		}
	}
}

func (f *Fleet) note(i int, e *Engine, problem string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e != nil {
		f.engines[i] = e
	} else {
		delete(f.engines, i)
	}
	f.problems[i] = problem
}

// Snapshot is how the jobs of all tenants stand now. Those of a store that cannot be
// used are not in it: see Problems.
func (f *Fleet) Snapshot() []JobState {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []JobState
	for i := range f.Members {
		if e := f.engines[i]; e != nil {
			out = append(out, e.Snapshot()...)
		}
	}
	return out
}

// Problems says of each tenant for whom no job can begin why.
func (f *Fleet) Problems() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]string{}
	for i, m := range f.Members {
		problem := f.problems[i]
		if e := f.engines[i]; e != nil {
			problem = e.Well()
		}
		for _, tenant := range m.Tenants {
			if problem != "" {
				out[tenant] = problem
			}
		}
	}
	return out
}
