package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// measuring is what the measurements share.
type measuring struct {
	options
	told   io.Writer
	brygga string // the program
	rows   []row
	sys    *other
	sites  int
	full   struct { // the full pull with latency, for the nightly one
		site site
		took time.Duration
		asks int
	}
}

type part struct {
	name    string
	measure func(*measuring, context.Context) error
}

// all are the measurements, in their order: later ones use what earlier ones left.
var all = []part{
	{"pull", (*measuring).pullBesideDrain},
	{"nightly", (*measuring).nightly},
	{"fast", (*measuring).pullWithoutLatency},
	{"write", (*measuring).firstWrite},
	{"judge", (*measuring).judging},
	{"growth", (*measuring).growth},
	{"shards", onPostgres((*measuring).oneTown)},
	{"towns", onPostgres((*measuring).manyTowns)},
}

func parts() (names []string) {
	for _, p := range all {
		names = append(names, p.name)
	}
	return names
}

const latency = 20 * time.Millisecond

func (b *measuring) add(r ...row) { b.rows = append(b.rows, r...) }

// system gives the record system with the full number of clients.
func (b *measuring) system(ctx context.Context) (*other, error) {
	var err error
	if b.sys == nil {
		b.sys, err = start(ctx, b.dir, b.clients, b.asOf)
	}
	return b.sys, err
}

func (b *measuring) close() {
	if b.sys != nil {
		b.sys.stop()
		b.sys = nil
	}
}

func (b *measuring) site(root, mode string) (site, error) {
	b.sites++
	return newSite(filepath.Join(b.dir, fmt.Sprintf("site-%d", b.sites)), root, mode)
}

// The last visits are those of the day before asOf; they are written down at 21.
func (b *measuring) lastNight() time.Time { return b.asOf.Add(-25 * time.Hour) }
func (b *measuring) tonight() time.Time   { return b.asOf.Add(-time.Hour) }

// pullBesideDrain is the full pull with latency beside draining the same pages.
func (b *measuring) pullBesideDrain(ctx context.Context) error {
	sys, err := b.system(ctx)
	if err != nil {
		return err
	}
	if b.full.site, err = b.site(sys.root, "report"); err != nil {
		return err
	}
	if err := sys.set(setting{Latency: latency, Now: b.lastNight()}); err != nil {
		return err
	}
	p, _, err := b.full.site.pull(ctx, "")
	if err != nil {
		return err
	}
	t, err := sys.traffic()
	if err != nil {
		return err
	}
	b.full.took, b.full.asks = p.Took, t.Requests
	d, err := b.drained(ctx, sys, t)
	if err != nil {
		return err
	}
	b.add(atMost("full pull, 20 ms per page, against draining", ratio(p.Took, d), 1.15, "%.2f",
		fmt.Sprintf("%s against %s; %d pages, %d rows, %.0f MB", seconds(p.Took), seconds(d), t.Requests, t.Rows, float64(t.Bytes)/1e6)))
	return nil
}

// drained drains what was searched for, and sees to it that it was as much.
func (b *measuring) drained(ctx context.Context, sys *other, t traffic) (time.Duration, error) {
	d, pages, err := drain(ctx, sys.root, t.Searches)
	if err == nil && pages != t.Requests {
		err = fmt.Errorf("%d pages were drained, and %d pulled", pages, t.Requests)
	}
	return d, err
}

// nightly is a pull on the next night: one more day of visits and notes.
func (b *measuring) nightly(ctx context.Context) error {
	if b.full.took == 0 {
		return fmt.Errorf("needs pull before it")
	}
	if err := b.sys.set(setting{Latency: latency, Now: b.tonight()}); err != nil {
		return err
	}
	p, _, err := b.full.site.pull(ctx, "")
	if err != nil {
		return err
	}
	t, err := b.sys.traffic()
	if err != nil {
		return err
	}
	b.add(
		atMost("nightly pull against the full one, time", ratio(p.Took, b.full.took), 0.2, "%.2f",
			fmt.Sprintf("%s against %s; %d clients and records changed", seconds(p.Took), seconds(b.full.took), p.Changed)),
		atMost("nightly pull against the full one, requests", float64(t.Requests)/float64(b.full.asks), 0.2, "%.2f",
			fmt.Sprintf("%d against %d", t.Requests, b.full.asks)),
	)
	return nil
}

// pullWithoutLatency is the same when the other side answers at once: what
// brygga itself costs.
func (b *measuring) pullWithoutLatency(ctx context.Context) error {
	sys, err := b.system(ctx)
	if err != nil {
		return err
	}
	var ratios []float64
	var detail string
	for i := range b.repeat {
		s, err := b.site(sys.root, "report")
		if err != nil {
			return err
		}
		if err := sys.set(setting{Now: b.tonight()}); err != nil {
			return err
		}
		profile := ""
		if i == 0 {
			profile = b.profile
		}
		p, f, err := s.pull(ctx, profile)
		if err != nil {
			return err
		}
		t, err := sys.traffic()
		if err != nil {
			return err
		}
		d, err := b.drained(ctx, sys, t)
		if err != nil {
			return err
		}
		ratios = append(ratios, ratio(p.Took, d))
		detail = fmt.Sprintf("last of %d: %s against %s, %s of CPU, %.0f MiB at most", b.repeat, seconds(p.Took), seconds(d), seconds(f.CPU), f.PeakMiB)
	}
	b.add(atMost("full pull without latency, against draining", median(ratios), 5, "%.1f", detail))
	return nil
}

// judging is what the rules cost.
func (b *measuring) judging(ctx context.Context) error {
	j, err := judge(ctx, min(b.clients, 1000), b.asOf)
	if err != nil {
		return err
	}
	b.add(
		atMost("judging, all rules, per client, trace off", micros(j.Plain), 5, "%.1f µs", fmt.Sprintf("one core; %.1f findings per client", j.Findings)),
		atMost("judging, all rules, per client, trace on", micros(j.Traced), 20, "%.1f µs", "one core"),
	)
	return nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// kindsAsked are the lists that a run read from the beginning: the searches,
// those of one type in several date ranges taken as one.
func kindsAsked(t traffic) int {
	kinds := map[string]bool{}
	for _, s := range t.Searches {
		path, query, _ := strings.Cut(s, "?")
		for _, q := range strings.Split(query, "&") {
			if strings.HasPrefix(q, "class=") || strings.HasPrefix(q, "code=") || strings.HasPrefix(q, "type=") {
				path += " " + q
			}
		}
		kinds[path] = true
	}
	return len(kinds)
}

func percentile(v []float64, p int) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[min(len(v)*p/100, len(v)-1)]
}
