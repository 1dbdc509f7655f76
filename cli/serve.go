package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"brygga/config"
	"brygga/jobs"
	"brygga/jobs/engine"
	"brygga/store"
	"brygga/web"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run every job on its schedule, until stopped",
		Long: `Run every job on its schedule, until stopped. The log is on stderr, one JSON object a line.

With -c FILE it serves one municipality. With -c FOLDER it serves several: each *.yaml in the folder,
and the brygga.yaml of each folder in it, is one, with its own systems, keys, rules and store. Queue and
ticks of a municipality lie in its own store; so one store that cannot be used stops nobody else.
serve.workers and serve.shutdown are those of the process: of several files the highest counts.

Several daemons share the work of municipalities whose store is one PostgreSQL: each scheduled instant
is run by one of them, and what a daemon leaves behind when it dies is done by another.

SIGTERM lets running jobs finish within serve.shutdown; those that are not done by then are handed back,
and the next start runs them again. A second signal stops at once; nothing is left half-written.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.asOfText != "" {
				return usage("--as-of: the daemon judges each night as of its own day; use `brygga preview --as-of %s`", a.asOfText)
			}
			return a.serve(cmd.Context())
		},
	}
}

func (a *app) serve(ctx context.Context) error {
	all, err := a.loadAll()
	if err != nil {
		return err
	}
	log := zerolog.New(zerolog.SyncWriter(a.Err)).Level(a.level(zerolog.InfoLevel)).With().Timestamp().Logger()
	a.counters = &web.Counters{}
	fleet, err := a.fleet(ctx, all, log)
	if err != nil {
		return err
	}
	down, err := a.serveWeb(ctx, all, fleet, log)
	if err != nil {
		return err
	}
	defer down()
	log.Info().Int("tenants", len(all)).Int("stores", len(fleet.Members)).Msg("brygga begins")
	err = fleet.Run(ctx)
	if err == nil {
		log.Info().Msg("brygga has stopped; nothing is left half-done")
	}
	return err
}

// fleet makes one engine for each store of these configurations.
func (a *app) fleet(ctx context.Context, all []*config.Config, log zerolog.Logger) (*engine.Fleet, error) {
	workers, shutdown := 1, time.Second
	var stores []string
	byStore := map[string][]*config.Config{}
	for _, cfg := range all {
		workers, shutdown = max(workers, cfg.Serve.Workers), max(shutdown, cfg.Serve.Shutdown)
		where, err := cfg.StoreDSN(ctx)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(stores, where) {
			stores = append(stores, where)
		}
		byStore[where] = append(byStore[where], cfg)
	}
	gate := engine.NewGate(workers, len(all))
	fleet := &engine.Fleet{Log: log}
	for _, where := range stores {
		m := engine.Member{}
		for _, cfg := range byStore[where] {
			m.Tenants = append(m.Tenants, cfg.Tenant)
		}
		m.Open = func(ctx context.Context) (*engine.Engine, func() error, error) {
			return a.engineOf(ctx, byStore[where], engine.Options{
				ID: jobs.Holder(), Now: a.Now, Log: log, Gate: gate, Shutdown: shutdown, Dead: jobs.HolderDead,
			})
		}
		fleet.Members = append(fleet.Members, m)
	}
	return fleet, nil
}

// engineOf opens the store of these configurations and makes its engine. The store
// must open with the key of each of them.
func (a *app) engineOf(ctx context.Context, all []*config.Config, opt engine.Options) (*engine.Engine, func() error, error) {
	var st *store.Store
	var jobsOfAll []engine.Job
	for _, cfg := range all {
		own, _, err := jobs.OpenStore(ctx, cfg, opt.Log)
		if err != nil {
			return nil, nil, closing(st, err)
		}
		if st == nil {
			st = own
		} else if err := own.Close(); err != nil {
			return nil, nil, closing(st, err)
		}
		list, err := a.jobsOf(cfg, st, opt.Log)
		if err != nil {
			return nil, nil, closing(st, err)
		}
		jobsOfAll = append(jobsOfAll, list...)
	}
	e, err := engine.New(ctx, st, jobsOfAll, opt)
	if err != nil {
		return nil, nil, closing(st, err)
	}
	return e, st.Close, nil
}

// closing closes a store that is not needed after all.
func closing(st *store.Store, err error) error {
	if st == nil {
		return err
	}
	return errors.Join(err, st.Close())
}
