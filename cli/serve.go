package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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
ticks of a municipality lie in its own store; so one store that cannot be used stops nobody else. Nor does
a file that is wrong: its municipality is left out until brygga is started anew, which the log, health and
the metrics say. Two files that are one tenant leave out that tenant, since which counts cannot be known.
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
	towns, err := a.loadAll()
	if err != nil {
		return err
	}
	a.sayWarnings(towns.warnings)
	if len(towns.right) == 0 {
		return towns.errs()
	}
	all := towns.right
	log := zerolog.New(zerolog.SyncWriter(a.Err)).Level(a.level(zerolog.InfoLevel)).With().Timestamp().Logger()
	for _, l := range towns.left {
		log.Error().Str("tenant", l.name).Strs("problems", strings.Split(l.err.Error(), "\n")).
			Msg("nothing runs for this tenant, since its configuration is wrong; the others are not concerned. Mend it, and start brygga anew")
	}
	a.counters = &web.Counters{}
	fleet := a.fleet(ctx, all, log)
	down, err := a.serveWeb(ctx, towns, fleet, log)
	if err != nil {
		return err
	}
	defer down()
	defer a.tellOfConfigurations(ctx, towns, log)()
	log.Info().Int("tenants", len(all)).Int("left_out", len(towns.left)).Int("stores", len(fleet.Members)).Msg("brygga begins")
	err = fleet.Run(ctx)
	if err == nil {
		log.Info().Msg("brygga has stopped; nothing is left half-done")
	}
	return err
}

// place is a store, and the key that it is opened with: keySum.
type place struct{ where, key string }

// fleet makes one engine for each store of these configurations. A store opens with one
// key: who comes with another is a member of its own, and keeps nobody from it.
func (a *app) fleet(ctx context.Context, all []*config.Config, log zerolog.Logger) *engine.Fleet {
	workers, shutdown := 1, time.Second
	var places []place
	byPlace, byStore := map[place][]*config.Config{}, map[string][]place{}
	for _, cfg := range all {
		workers, shutdown = max(workers, cfg.Serve.Workers), max(shutdown, cfg.Serve.Shutdown)
		where, err := cfg.StoreDSN(ctx)
		if err != nil {
			where = "of " + cfg.Tenant // opening it says what is wrong, until it can be opened
		}
		p := place{where, keySum(ctx, cfg)}
		if !slices.Contains(places, p) {
			places = append(places, p)
			byStore[where] = append(byStore[where], p)
		}
		byPlace[p] = append(byPlace[p], cfg)
	}
	gate := engine.NewGate(workers, len(all))
	fleet := &engine.Fleet{Log: log}
	for _, p := range places {
		m := engine.Member{}
		for _, cfg := range byPlace[p] {
			m.Tenants = append(m.Tenants, cfg.Tenant)
		}
		m.Open = func(ctx context.Context) (*engine.Engine, func() error, error) {
			if len(byStore[p.where]) > 1 {
				if err := decided(ctx, byPlace[p][0], log); err != nil {
					return nil, nil, err
				}
			}
			return a.engineOf(ctx, byPlace[p], engine.Options{
				ID: jobs.Holder(), Now: a.Now, Log: log, Gate: gate, Shutdown: shutdown, Dead: jobs.HolderDead,
			})
		}
		fleet.Members = append(fleet.Members, m)
	}
	return fleet
}

// keySum tells keys apart; it is empty where the key cannot be read.
func keySum(ctx context.Context, cfg *config.Config) string {
	key, err := cfg.Keys.Pseudonym.Key(ctx)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(key)
	return string(sum[:])
}

// decided fails where municipalities with different keys have one store, and nothing says
// yet whose it is: whoever made it first would shut out the others for good.
func decided(ctx context.Context, cfg *config.Config, log zerolog.Logger) error {
	made, err := jobs.StoreStands(ctx, cfg, log)
	if err == nil && !made {
		err = fmt.Errorf("the store %s is new, and those who have it in their configurations have different keys (keys.pseudonym): "+
			"which is right cannot be known; give them one key, or each a store of its own", cfg.StoreShown())
	}
	return err
}

// engineOf opens the store of these configurations, which have one key, and makes its
// engine. One whose key cannot be read any more, or is another by now, keeps nobody from it:
// its own runs fail, and say why.
func (a *app) engineOf(ctx context.Context, all []*config.Config, opt engine.Options) (*engine.Engine, func() error, error) {
	var st *store.Store
	var own []error
	for _, cfg := range all {
		if len(all) > 1 && keySum(ctx, cfg) == "" {
			own = append(own, fmt.Errorf("%s: keys.pseudonym cannot be read", cfg.Tenant))
			continue
		}
		var err error
		if st, _, err = jobs.OpenStore(ctx, cfg, opt.Log); err == nil {
			break
		}
		if own = append(own, err); !errors.Is(err, store.ErrWrongKey) {
			break
		}
	}
	if st == nil {
		return nil, nil, errors.Join(own...)
	}
	var jobsOfAll []engine.Job
	for _, cfg := range all {
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
	return errors.Join(err, st.Close())
}

// tellOfConfigurations tells of each municipality whose configuration is wrong those who
// look after it, where that part of its file is right, and of each that is right again
// likewise; the others are told nothing. It does not wait: stop ends it.
func (a *app) tellOfConfigurations(ctx context.Context, towns *folder, log zerolog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tell := func(cfg *config.Config, wrong bool) {
			if err := jobs.TellOfConfiguration(ctx, cfg, wrong, jobs.Deps{Now: a.Now, Log: log}); err != nil && ctx.Err() == nil {
				log.Warn().Err(err).Str("tenant", cfg.Tenant).Msg("not everybody was told how the configuration is")
			}
		}
		for _, l := range towns.left {
			if l.tell != nil {
				tell(l.tell, true)
			}
		}
		for _, cfg := range towns.right {
			tell(cfg, false)
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}
