package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/jobs"
	"brygga/jobs/engine"
	"brygga/store"
	"brygga/web"
)

// serveWeb shows health and metrics at the addresses of the configurations, until down
// is called: also while the daemon stops, so that it can be seen to.
func (a *app) serveWeb(ctx context.Context, towns *folder, fleet *engine.Fleet, log zerolog.Logger) (down func(), err error) {
	looks := &looker{now: a.Now, log: log}
	var tenants []web.Tenant
	var addresses []string
	for _, cfg := range towns.right {
		tenants = append(tenants, web.Tenant{Name: cfg.Tenant, Look: func(ctx context.Context) (*jobs.Condition, error) { return looks.at(ctx, cfg) }})
		if !slices.Contains(addresses, cfg.Serve.Listen) {
			addresses = append(addresses, cfg.Serve.Listen)
		}
	}
	server := &http.Server{
		Handler: web.Handler(web.Options{
			Tenants: func() []web.Tenant { return tenants }, Problems: func() map[string]string { return towns.problems(fleet) },
			Stopping: func() bool { return ctx.Err() != nil }, Counters: a.counters, Now: a.Now, Log: log,
		}),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	var wg sync.WaitGroup
	down = func() {
		_ = server.Close()
		wg.Wait()
		looks.close()
	}
	for _, address := range addresses {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			down()
			return nil, fmt.Errorf("serve.listen: %w; is another brygga running here? Give another address", err)
		}
		wg.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				log.Error().Err(err).Str("address", address).Msg("health and metrics are not shown any more")
			}
		})
		log.Info().Str("address", l.Addr().String()).Msg("health and metrics are shown: /health/live, /health/ready, /metrics")
	}
	return down, nil
}

// problems says of each tenant for whom no job can begin why.
func (f *folder) problems(fleet *engine.Fleet) map[string]string {
	out := fleet.Problems()
	for _, l := range f.left {
		out[l.name] = l.hint + "; brygga status says what to mend, and then start brygga anew"
	}
	return out
}

// looker reads how jobs stand, with store handles of its own: what an engine does with
// its store stops no look.
type looker struct {
	now func() time.Time
	log zerolog.Logger

	mu   sync.Mutex
	open map[place]*looked
}

// looked is a store that is looked at, by one at a time.
type looked struct {
	mu sync.Mutex
	st *store.Store // nil: it is opened by the next look
}

func (l *looker) of(at place) *looked {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		l.open = map[place]*looked{}
	}
	if l.open[at] == nil {
		l.open[at] = &looked{}
	}
	return l.open[at]
}

func (l *looker) at(ctx context.Context, cfg *config.Config) (*jobs.Condition, error) {
	dsn, err := cfg.StoreDSN(ctx)
	if err != nil {
		return nil, err
	}
	s := l.of(place{dsn, keySum(ctx, cfg)}) // who comes with another key does not look by this one
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st == nil {
		if s.st, _, err = jobs.OpenStore(ctx, cfg, l.log); err != nil {
			s.st = nil
			return nil, err
		}
	}
	c, err := jobs.ConditionOf(ctx, cfg, s.st.Tenant(cfg.Tenant), l.now())
	if err != nil { // the next look opens it anew
		err = errors.Join(err, s.st.Close())
		s.st = nil
	}
	return c, err
}

func (l *looker) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.open {
		s.mu.Lock()
		if s.st != nil {
			if err := s.st.Close(); err != nil {
				l.log.Warn().Err(err).Msg("a store could not be closed")
			}
		}
		s.mu.Unlock()
	}
}
