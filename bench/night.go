package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// reconcile runs the program itself.
func (b *measuring) reconcile(ctx context.Context, s site) (finished, error) {
	return run(ctx, b.brygga, "run", "reconcile", "-c", s.config(), "-o", "json", "--no-progress")
}

// firstWrite is a night in report mode, as a municipality begins, then the first
// that writes, one more, and the views.
func (b *measuring) firstWrite(ctx context.Context) error {
	sys, err := b.system(ctx)
	if err != nil {
		return err
	}
	s, err := b.site(sys.root, "report")
	if err != nil {
		return err
	}
	if err := sys.set(setting{Now: b.tonight(), Empty: true}); err != nil {
		return err
	}
	f, err := b.reconcile(ctx, s)
	if err != nil {
		return err
	}
	if f.Exit != 0 {
		return fmt.Errorf("the first night ended with %d", f.Exit)
	}
	if s, err = newSite(s.dir, sys.root, "write"); err != nil {
		return err
	}
	if err := b.writes(ctx, sys, s); err != nil {
		return err
	}
	if err := b.nothingChanged(ctx, sys, s); err != nil {
		return err
	}
	return b.views(ctx, s)
}

// writes compares the writing of a run with the same transactions sent bare.
func (b *measuring) writes(ctx context.Context, sys *other, s site) error {
	if err := sys.set(setting{Latency: latency, Now: b.tonight()}); err != nil {
		return err
	}
	if _, err := b.reconcile(ctx, s); err != nil {
		return err
	}
	wrote, err := sys.traffic()
	if err != nil {
		return err
	}
	if wrote.Posts == 0 {
		return fmt.Errorf("nothing was written")
	}
	var bare []float64
	for range b.repeat {
		took, err := b.bare(ctx, sys, wrote)
		if err != nil {
			return err
		}
		bare = append(bare, float64(took))
	}
	took, least := wrote.Last.Sub(wrote.First), time.Duration(median(bare))
	b.add(atMost("first write, 20 ms per request, against bare transactions", ratio(took, least), 1.2, "%.2f",
		fmt.Sprintf("%s against %s; %d Flags and Tasks in %d transactions", seconds(took), seconds(least), wrote.Written, wrote.Posts)))
	return nil
}

// bare sends the transactions of a run to a record system that has none of what
// they write, and gives how long that took there.
func (b *measuring) bare(ctx context.Context, sys *other, wrote traffic) (time.Duration, error) {
	if err := sys.set(setting{Latency: latency, Now: b.tonight(), Empty: true}); err != nil {
		return 0, err
	}
	if err := replay(ctx, sys.root, wrote.Bodies); err != nil {
		return 0, err
	}
	t, err := sys.traffic()
	if err == nil && t.Written != wrote.Written {
		err = fmt.Errorf("the bare transactions wrote %d, the run %d", t.Written, wrote.Written)
	}
	return t.Last.Sub(t.First), err
}

// nothingChanged is one more run, when what was written stands.
func (b *measuring) nothingChanged(ctx context.Context, sys *other, s site) error {
	if err := sys.set(setting{Now: b.tonight()}); err != nil {
		return err
	}
	f, err := b.reconcile(ctx, s)
	if err != nil {
		return err
	}
	t, err := sys.traffic()
	if err != nil {
		return err
	}
	lists := kindsAsked(t)
	b.add(
		atMost("second run, nothing changed: writes", float64(t.Posts+t.Written), 0, "%.0f", ""),
		atMost("second run, nothing changed: requests per list besides its pages", float64(t.Requests-t.Pages)/float64(lists), 2, "%.2f",
			fmt.Sprintf("%d lists, %d further pages, %d other requests; %s, %.0f MiB at most",
				lists, t.Pages, t.Requests-t.Pages-lists, seconds(f.Wall), f.PeakMiB)),
	)
	return nil
}

// views is how long a person waits for status and explain, as whole processes.
func (b *measuring) views(ctx context.Context, s site) error {
	n := 100
	if b.quick {
		n = 5
	}
	for _, view := range []string{"status", "explain"} {
		var took []time.Duration
		for i := range n {
			args := []string{view, "-c", s.config(), "--no-progress"}
			if view == "explain" {
				args = append(args, fmt.Sprintf("Patient/p-%06d", 1+i*b.clients/n))
			}
			f, err := run(ctx, b.brygga, args...)
			if err != nil {
				return err
			}
			took = append(took, f.Wall)
		}
		all := make([]float64, n)
		for i, d := range took {
			all[i] = float64(d.Microseconds()) / 1000
		}
		b.add(atMost("brygga "+view+", whole process, 99th percentile", percentile(all, 99), 100, "%.0f ms",
			fmt.Sprintf("median %.0f ms of %d", median(all), n)))
	}
	return nil
}

// growth is a first night, in report mode and without latency, of the program
// itself with several numbers of clients.
func (b *measuring) growth(ctx context.Context) error {
	b.close() // two record systems at one time would compete
	var whole, double float64
	for _, clients := range []int{b.clients / 20, b.clients / 4, b.clients, 2 * b.clients} {
		f, t, err := b.night(ctx, clients)
		if err != nil {
			return err
		}
		b.add(plain(fmt.Sprintf("first night of %d clients", clients),
			fmt.Sprintf("%s, %s of CPU, %.0f MiB at most, %d requests", seconds(f.Wall), seconds(f.CPU), f.PeakMiB, t.Requests)))
		switch clients {
		case b.clients:
			whole = f.PeakMiB
		case 2 * b.clients:
			double = f.PeakMiB
		}
	}
	b.add(
		atMost(fmt.Sprintf("peak memory of the whole program, %d clients", b.clients), whole, 160, "%.0f MiB", ""),
		atMost("peak memory with twice as many clients, times that", double/max(whole, 1), 1.6, "%.2f", ""),
	)
	return nil
}

func (b *measuring) night(ctx context.Context, clients int) (f finished, t traffic, err error) {
	sys, err := start(ctx, b.dir, clients, b.asOf)
	if err != nil {
		return f, t, err
	}
	defer sys.stop()
	s, err := b.site(sys.root, "report")
	if err != nil {
		return f, t, err
	}
	defer os.Remove(filepath.Join(s.dir, "brygga.db"))
	if err := sys.set(setting{Now: b.tonight()}); err != nil {
		return f, t, err
	}
	if f, err = b.reconcile(ctx, s); err != nil {
		return f, t, err
	}
	t, err = sys.traffic()
	return f, t, err
}
