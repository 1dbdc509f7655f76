package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	fhiradapter "brygga/adapters/fhir"
	"brygga/adapters/wire"
	"brygga/care"
	"brygga/config"
	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// Deps are what a job takes from the process that it runs in.
type Deps struct {
	Now      func() time.Time
	Log      zerolog.Logger
	Progress Progress
	Sleep    func(context.Context, time.Duration) error // between attempts; nil is the real clock
	Watch    func(system string) wire.Watch             // who counts retries and open circuits; nil: nobody
	// AtStep is told where a job has come to, at each place where its process may die; nil
	// in all but tests. A night calls it from several goroutines.
	AtStep func(step string)
	User   string // of the operating system, for the audit log
}

// Opened is a configuration with its store and its systems, ready to run.
type Opened struct {
	*Job
	Store    *store.Store
	Config   *config.Config
	Adapters map[string]Adapter // by the name of the system
	// Recipients are the care homes, by their names in the configuration.
	Recipients map[string]adapters.Recipient

	sleep func(context.Context, time.Duration) error
}

// Close gives back the store and idle connections.
func (o *Opened) Close() error {
	for _, s := range o.Adapters {
		s.Close()
	}
	for _, r := range o.Recipients {
		r.Close()
	}
	return o.Store.Close()
}

// OpenStore opens what the configuration keeps between runs, and nothing else:
// enough for status and explain, when no system can be reached.
func OpenStore(ctx context.Context, cfg *config.Config, log zerolog.Logger) (*store.Store, []byte, error) {
	dsn, key, err := storeOf(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, dsn, key, log)
	return s, key, err
}

// StoreStands says whether the store of the configuration has been made, without making
// it; the error is what OpenStore would fail with.
func StoreStands(ctx context.Context, cfg *config.Config, log zerolog.Logger) (bool, error) {
	dsn, key, err := storeOf(ctx, cfg)
	if err != nil {
		return false, err
	}
	return store.Probe(ctx, dsn, key, log)
}

func storeOf(ctx context.Context, cfg *config.Config) (dsn string, key []byte, err error) {
	if key, err = cfg.Keys.Pseudonym.Key(ctx); err != nil {
		return "", nil, fmt.Errorf("keys.pseudonym: %w", err)
	}
	if dsn, err = cfg.StoreDSN(ctx); err != nil {
		return "", nil, fmt.Errorf("store: %w", err)
	}
	return dsn, key, nil
}

// Open makes a job of a configuration: secrets are read, the store is opened
// (and brought up to date), and nothing is sent to any system yet.
func Open(ctx context.Context, cfg *config.Config, d Deps) (*Opened, error) {
	st, key, err := OpenStore(ctx, cfg, d.Log)
	if err != nil {
		return nil, err
	}
	o := &Opened{Store: st, Config: cfg, Adapters: map[string]Adapter{}, sleep: d.Sleep}
	if o.Job, err = o.job(ctx, cfg, key, d); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

func (o *Opened) job(ctx context.Context, cfg *config.Config, key []byte, d Deps) (*Job, error) {
	params, err := Params(cfg)
	if err != nil {
		return nil, err
	}
	j := &Job{
		Tenant: cfg.Tenant, Language: cfg.Language, Store: o.Store.Tenant(cfg.Tenant),
		Params: params, Consent: ConsentTerms(cfg), UnitNames: unitNames(cfg), FullAfter: cfg.Jobs.Reconcile.FullAfter,
		Rollout: Rollout{
			Write: cfg.Writes.Mode == config.Write, From: cfg.Writes.From, Units: cfg.Writes.Units,
			Rules: cfg.Writes.Rules, PerOwner: cfg.Writes.PerOwnerPerNight,
		},
		Limits: Limits{CloseShare: cfg.Guard.CloseShare, OpenShare: cfg.Guard.OpenShare, AtLeast: cfg.Guard.AtLeast},
		Secret: key, Config: cfg.Hash(), Own: ownFacts(cfg), AuditKey: auditKey(cfg), User: d.User,
		Now: d.Now, Log: d.Log, Progress: d.Progress, atStep: d.AtStep,
	}
	j.Teller = NewTeller(cfg, j.Store, d.Now, d.Sleep)
	j.Receiver = &System{} // nobody: there may be no place for Flags and Tasks
	names := systemNames(cfg)
	for _, name := range names {
		s := newSystem(cfg, name, key)
		if err := s.number(care.NewNames()); err != nil { // the stored ones come with each pull
			return nil, fmt.Errorf("systems.%s: %w", name, err)
		}
		if err := o.reach(ctx, cfg, s, d); err != nil {
			return nil, err
		}
		if j.Systems = append(j.Systems, s); name == cfg.Receiver() {
			j.Receiver = s
		}
	}
	return j, o.reachCareHomes(ctx, cfg, d)
}

// Check looks at one system: whether it can be reached and signed in to, and
// whether it holds what this configuration reads of it. With write it tries
// writing too, where the system receives.
func (o *Opened) Check(ctx context.Context, name string, write bool) []adapters.CheckResult {
	p := o.probe(name)
	switch a := o.Adapters[name]; {
	case a.REST != nil:
		return a.REST.Check(ctx, p.Types...)
	case a.Files != nil:
		return a.Files.Check(ctx, p.Types...)
	default:
		return a.FHIR.Check(ctx, write, p)
	}
}

// probe says what a system has to be able to do for this job.
func (o *Opened) probe(name string) fhiradapter.CheckProbe {
	p := fhiradapter.CheckProbe{Tag: o.writer().Tag(), IdentifierSystem: fhirmap.FindingSystem}
	for _, s := range o.Job.Systems {
		if s.Name != name {
			continue
		}
		for _, k := range s.kinds(o.Params.Needs(), !o.alone()) {
			if !slices.Contains(p.Types, k.Type) {
				p.Types = append(p.Types, k.Type)
			}
		}
	}
	if name == o.Receiver.Name {
		p.Writes = o.Receiver.Receives
	}
	return p
}
