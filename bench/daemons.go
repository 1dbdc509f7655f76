package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
	"brygga/jobs"
	"brygga/store"
)

// nights is when those of several tenants ended, from the beginning of the first of them,
// in order; and what the daemons took of the processors, their start included.
type nights struct {
	Ended []time.Duration
	CPU   time.Duration
}

// serveUntilDone runs daemons until each tenant's night has ended.
func (b *measuring) serveUntilDone(ctx context.Context, dir string, tenants []string, daemons int, tick time.Time) (out nights, err error) {
	var all []*exec.Cmd
	defer func() {
		for _, cmd := range all {
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
		for _, cmd := range all {
			_ = cmd.Wait() // it was told to
			out.CPU += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
	}()
	for range daemons {
		cmd := exec.CommandContext(ctx, b.brygga, "serve", "-c", dir)
		if err := cmd.Start(); err != nil {
			return out, err
		}
		all = append(all, cmd)
	}
	cfg, problems := config.Load(filepath.Join(dir, tenants[0]+".yaml"), os.LookupEnv)
	if err := problems.Err(); err != nil {
		return out, err
	}
	st, _, err := jobs.OpenStore(ctx, cfg, zerolog.Nop())
	if err != nil {
		return out, err
	}
	defer st.Close()
	var first time.Time
	ended := map[string]time.Time{}
	for len(ended) < len(tenants) {
		if time.Since(tick) > 15*time.Minute {
			return out, fmt.Errorf("of %d nights %d ended in 15 minutes", len(tenants), len(ended))
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return out, err
		}
		for _, name := range tenants {
			if _, is := ended[name]; is {
				continue
			}
			night, done, err := nightEnded(ctx, st.Tenant(name))
			if err != nil {
				return out, err
			}
			if done {
				ended[name] = night.Ended
				if first.IsZero() || night.Started.Before(first) {
					first = night.Started
				}
			}
		}
	}
	for _, at := range ended {
		out.Ended = append(out.Ended, at.Sub(first))
	}
	slices.Sort(out.Ended)
	return out, nil
}

// nightEnded gives a tenant's night when it has ended well.
func nightEnded(ctx context.Context, t *store.Tenant) (night store.Run, done bool, err error) {
	runs, err := t.Runs(ctx, 5)
	for _, r := range runs {
		if r.Trigger == "schedule" && r.Finished {
			if r.Exit != 0 {
				return r, false, fmt.Errorf("a night ended with %d: %s", r.Exit, tail(string(r.Outcome)))
			}
			return r, true, nil
		}
	}
	return night, false, err
}

// tenantSite writes a tenant's configuration into a folder for the daemon. schedule is
// when its night is; empty: never by itself.
func tenantSite(dir, tenant, place, root, mode, schedule string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key := strings.Repeat("7a", 32)
	if err := os.WriteFile(filepath.Join(dir, "pseudonym.key"), []byte(key), 0o600); err != nil {
		return err
	}
	if schedule == "" {
		schedule = "30 1 * * *"
	}
	text := fmt.Sprintf("tenant: %s\nstore: %s\nkeys: {pseudonym: file:pseudonym.key, audit: file:pseudonym.key}\n"+
		"systems:\n  journal: {kind: fhir, url: %s/fhir, receives: [flags, tasks], connections: %d}\n"+
		"rules: {pack: national}\nwrites: {mode: %s, transaction_size: %d}\nguard: {at_least: 1000000}\n"+
		"jobs: {reconcile: {schedule: %q}}\nserve: {listen: \"127.0.0.1:0\", workers: 4}\n",
		tenant, place, root, daemonConnections, mode, daemonTransactions, schedule)
	return os.WriteFile(filepath.Join(dir, tenant+".yaml"), []byte(text), 0o600)
}

// soon is a full minute, at least so much later: daemons which start now are up before.
func soon(up time.Duration) time.Time {
	return time.Now().Add(up).Truncate(time.Minute).Add(time.Minute)
}

// at is the schedule of one instant of the day.
func at(t time.Time) string {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err == nil {
		t = t.In(stockholm)
	}
	return fmt.Sprintf("%d %d * * *", t.Minute(), t.Hour())
}

func inSchema(dsn, schema string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn
	}
	q := u.Query()
	q.Set("search_path", schema)
	q.Set("pool_max_conns", fmt.Sprint(daemonPool))
	u.RawQuery = q.Encode()
	return u.String()
}

// postgres gives a database to measure in.
func postgres(ctx context.Context) (dsn string, stop func(), err error) {
	if dsn := os.Getenv(postgresVariable); dsn != "" {
		return dsn, func() {}, nil
	}
	const script = ".ci/postgres"
	out, err := exec.CommandContext(ctx, script, "start").Output()
	if err != nil {
		return "", nil, fmt.Errorf("there is no PostgreSQL: set %s, or call the bench from the root of the repository", postgresVariable)
	}
	dsn = string(bytes.TrimSpace(out))
	return dsn, func() { _ = exec.Command(script, "stop", dsn).Run() }, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
