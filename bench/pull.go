package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/rs/zerolog"

	"brygga/care"
	"brygga/config"
	"brygga/jobs"
)

// site is a configuration with its store, in a folder of its own.
type site struct{ dir string }

// newSite configures brygga to read from root. mode is report or
// write; the guard never stops what is measured.
func newSite(dir, root, mode string) (site, error) {
	s := site{dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, err
	}
	if err := os.WriteFile(filepath.Join(dir, "pseudonym.key"), []byte("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), 0o600); err != nil {
		return s, err
	}
	text := fmt.Sprintf("tenant: exempelkommun\nstore: sqlite:brygga.db\nkeys: {pseudonym: file:pseudonym.key, audit: file:pseudonym.key}\n"+
		"systems:\n  journal:\n    kind: fhir\n    url: %s/fhir\n    receives: [flags, tasks]\n    connections: %d\n"+
		"rules: {pack: national}\nwrites: {mode: %s}\nguard: {at_least: %d}\n", root, connections, mode, 1_000_000)
	return s, os.WriteFile(s.config(), []byte(text), 0o600)
}

func (s site) config() string { return filepath.Join(s.dir, "brygga.yaml") }

// pulled is what one pull took.
type pulled struct {
	Took    time.Duration
	Rows    int
	Pages   int
	Changed int // rows that were written to the store
}

// pull reads a site's sources in this process, and prints what that took.
func pull(ctx context.Context, configFile, profile string) error {
	cfg, problems := config.Load(configFile, os.LookupEnv)
	if cfg == nil {
		return fmt.Errorf("the configuration: %v", problems)
	}
	o, err := jobs.Open(ctx, cfg, jobs.Deps{Now: time.Now, Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	defer o.Close()
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	begin := time.Now()
	got, err := jobs.Pull(ctx, o.Job.Systems, o.Job.Store, jobs.PullOptions{
		AsOf: care.DateOf(begin), Now: begin, FullAfter: o.FullAfter, Needs: o.Params.Needs(),
	})
	if err != nil {
		return err
	}
	p := pulled{Took: time.Since(begin)}
	if profile != "" {
		if err := heap(profile + ".heap"); err != nil {
			return err
		}
	}
	defer runtime.KeepAlive(got)
	for _, k := range got.Kinds {
		if !k.Complete {
			return fmt.Errorf("%s was not read whole: %s", k.Kind, k.What)
		}
		p.Rows += k.Rows
		p.Pages += k.Pages
		p.Changed += k.Added + k.Changed + k.Removed
	}
	return json.NewEncoder(os.Stdout).Encode(p)
}

// heap writes what is held in memory, and where it was made.
func heap(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	runtime.GC()
	return pprof.WriteHeapProfile(f)
}

// pull reads the sources in a process of its own.
func (s site) pull(ctx context.Context, profile string) (p pulled, f finished, err error) {
	self, err := os.Executable()
	if err != nil {
		return p, f, err
	}
	if f, err = run(ctx, self, "-pull", s.config(), "-profile", profile); err != nil {
		return p, f, err
	}
	return p, f, json.Unmarshal(f.Out, &p)
}
