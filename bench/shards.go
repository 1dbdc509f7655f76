package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// postgresVariable holds the URL of a database to measure in; without it the script
// .ci/postgres starts one, where it is found.
const postgresVariable = "BRYGGA_TEST_POSTGRES"

// How the daemons that share the work are configured: each has so many connections to the
// record system, and to the database. Transactions are small, so that what is measured
// is waiting for the other side, which several processes can do at once.
const (
	daemonConnections  = 2
	daemonTransactions = 5
	daemonPool         = 4
	manyDaemons        = 3
)

// onPostgres makes a measurement of daemons on one PostgreSQL.
func onPostgres(measure func(b *measuring, ctx context.Context, dsn string) error) func(*measuring, context.Context) error {
	return func(b *measuring, ctx context.Context) error {
		if b.quick && b.only == "" {
			return nil // daemons begin at full minutes: it takes some of them
		}
		dsn, stop, err := postgres(ctx)
		if err != nil {
			b.add(plain("several daemons on one PostgreSQL", "not measured: "+err.Error()))
			return nil
		}
		defer stop()
		return measure(b, ctx, dsn)
	}
}

// oneTown measures how fast three daemons write the first night of one municipality,
// against one.
func (b *measuring) oneTown(ctx context.Context, dsn string) error {
	sys, err := b.system(ctx)
	if err != nil {
		return err
	}
	took, wrote := map[int][]float64{}, 0
	for range min(b.repeat, 2) {
		for _, daemons := range []int{1, manyDaemons} {
			t, err := b.sharedNight(ctx, sys, dsn, daemons)
			if err != nil {
				return err
			}
			if wrote != 0 && t.Written != wrote {
				return fmt.Errorf("%d daemons wrote %d Flags and Tasks, and before there were %d", daemons, t.Written, wrote)
			}
			wrote = t.Written
			took[daemons] = append(took[daemons], t.Last.Sub(t.First).Seconds())
		}
	}
	one, many := slices.Min(took[1]), slices.Min(took[manyDaemons])
	b.add(atLeast(fmt.Sprintf("throughput of writing, %d daemons against one", manyDaemons), one/max(many, 1e-9), 2.5, "%.2f",
		fmt.Sprintf("best of %d: %.2f s against %.2f s; %d Flags and Tasks, %.0f a second against %.0f; %d connections each, transactions of %d, 20 ms each",
			len(took[1]), many, one, wrote, float64(wrote)/many, float64(wrote)/one, daemonConnections, daemonTransactions)))
	return nil
}

// sharedNight is the first night of a municipality that writes, by so many daemons.
func (b *measuring) sharedNight(ctx context.Context, sys *other, dsn string, daemons int) (t traffic, err error) {
	b.sites++
	place := inSchema(dsn, fmt.Sprintf("bench_%d_%d", os.Getpid(), b.sites))
	dir := filepath.Join(b.dir, fmt.Sprintf("shared-%d", b.sites))
	if err := tenantSite(dir, "exempelkommun", place, sys.root, "report", ""); err != nil {
		return t, err
	}
	if err := sys.set(setting{Now: b.tonight(), Empty: true}); err != nil {
		return t, err
	}
	f, err := run(ctx, b.brygga, "run", "reconcile", "-c", filepath.Join(dir, "exempelkommun.yaml"), "-o", "json", "--no-progress")
	if err == nil && f.Exit != 0 {
		err = fmt.Errorf("the night in report mode ended with %d", f.Exit)
	}
	if err != nil {
		return t, err
	}
	tick := soon(20 * time.Second)
	if err := tenantSite(dir, "exempelkommun", place, sys.root, "write", at(tick)); err != nil {
		return t, err
	}
	if err := sys.set(setting{Latency: latency, Now: b.tonight()}); err != nil {
		return t, err
	}
	if _, err = b.serveUntilDone(ctx, dir, []string{"exempelkommun"}, daemons, tick); err != nil {
		return t, err
	}
	return sys.traffic()
}

// townLatency is that of the record system of many municipalities: long, so that their
// nights are mostly waiting, also on a machine of two cores.
const townLatency = 100 * time.Millisecond

// manyTowns is a night of many small municipalities, whose daemons share one database.
func (b *measuring) manyTowns(ctx context.Context, dsn string) error {
	b.close()
	tenants, clients := 50, 100
	if b.quick {
		tenants, clients = 5, 20
	}
	sys, err := start(ctx, b.dir, clients, b.asOf)
	if err != nil {
		return err
	}
	defer sys.stop()
	last := map[int]time.Duration{}
	for _, daemons := range []int{1, manyDaemons} {
		b.sites++
		place := inSchema(dsn, fmt.Sprintf("bench_%d_%d", os.Getpid(), b.sites))
		dir := filepath.Join(b.dir, fmt.Sprintf("towns-%d", b.sites))
		tick := soon(time.Minute) // each tenant is opened before
		var names []string
		for n := range tenants {
			names = append(names, fmt.Sprintf("kommun-%02d", n+1))
			if err := tenantSite(dir, names[n], place, sys.root, "write", at(tick)); err != nil {
				return err
			}
		}
		if err := sys.set(setting{Latency: townLatency, Now: b.tonight(), Empty: true}); err != nil {
			return err
		}
		night, err := b.serveUntilDone(ctx, dir, names, daemons, tick)
		if err != nil {
			return err
		}
		n := len(night.Ended)
		last[daemons] = night.Ended[n-1]
		b.add(plain(fmt.Sprintf("a night of %d municipalities of %d clients, %d ms each, daemons: %d", tenants, clients, townLatency.Milliseconds(), daemons),
			fmt.Sprintf("%s from the first beginning to the last end; the first ended after %s, a quarter after %s, half after %s, three quarters after %s; %s of CPU",
				seconds(last[daemons]), seconds(night.Ended[0]), seconds(night.Ended[n/4]), seconds(night.Ended[n/2]), seconds(night.Ended[n*3/4]), seconds(night.CPU))))
	}
	b.add(plain(fmt.Sprintf("a night of %d municipalities, %d daemons against one", tenants, manyDaemons),
		fmt.Sprintf("%.2f times as fast", ratio(last[1], last[manyDaemons]))))
	return nil
}
