// Package web is what the daemon shows over HTTP to machines: whether it lives,
// whether it is ready and why not, and metrics in Prometheus form. Nothing that is
// shown says anything of a person: it is made of names of the configuration, codes of
// the catalogue, counts and instants.
package web

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"brygga/jobs"
)

// Tenant is one tenant of the daemon.
type Tenant struct {
	Name string
	// Look reads how its jobs stand from the store: jobs.ConditionOf. Those of all tenants
	// are called at once.
	Look func(ctx context.Context) (*jobs.Condition, error)
}

// Options are what the handler takes from the daemon that mounts it.
type Options struct {
	// Tenants lists those that the daemon serves now.
	Tenants func() []Tenant
	// Problems says of each tenant for whom no job can begin in this process why: the
	// engine's, and those of tenants that are left out, which are not among Tenants. nil:
	// there are none.
	Problems func() map[string]string
	// Stopping says that the daemon is on its way down; nil: never.
	Stopping func() bool
	Counters *Counters // nil: retries and circuits are not counted
	Now      func() time.Time
	Log      zerolog.Logger // says what health only hints at
}

// Handler serves GET /health/live, /health/ready and /metrics. What it knows of the
// store is at most five seconds old, however often it is asked.
func Handler(o Options) http.Handler {
	w := &watch{Options: o}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", w.live)
	mux.HandleFunc("GET /health/ready", w.ready)
	mux.Handle("GET /metrics", w.metrics())
	return mux
}

// The most that a look may take, and how long what it saw is shown.
const (
	lookTime = 5 * time.Second
	fresh    = 5 * time.Second
)

// watch looks at the tenants, once for all who ask at a time.
type watch struct {
	Options
	mu   sync.Mutex
	at   time.Time
	seen []seen
}

// seen is a tenant as it was looked at; without a condition the store could not be read.
type seen struct {
	tenant    string
	condition *jobs.Condition
}

func (w *watch) look(ctx context.Context) []seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.Now()
	if age := now.Sub(w.at); w.seen != nil && age >= 0 && age < fresh {
		return w.seen
	}
	// Who asked may go away; the others want the answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	tenants := w.Tenants()
	out := make([]seen, len(tenants))
	var wg sync.WaitGroup
	for i, t := range tenants { // side by side: a store that hangs must hide no other
		wg.Go(func() {
			c, err := t.Look(ctx)
			if err != nil {
				w.Log.Warn().Err(err).Str("tenant", t.Name).Msg("health: the store cannot be read")
				c = nil
			}
			out[i] = seen{t.Name, c}
		})
	}
	wg.Wait()
	w.at, w.seen = now, out
	return out
}

func answer(rw http.ResponseWriter, status int, v any) {
	h := rw.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(status)
	e := json.NewEncoder(rw)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // whoever asked is gone
}
