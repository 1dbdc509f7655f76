// Bench measures what brygga is held to: how long a night takes beside merely
// reading the same bytes, how much memory it needs, and what grows with what.
// `go run ./bench` prints every figure beside its goal. The record system that
// is read is a process of its own, which serves a synthetic municipality from
// files. It is no part of the product.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
	_ "time/tzdata"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are what one call of the bench is asked.
type options struct {
	clients int
	asOf    time.Time
	dir     string
	quick   bool
	only    string
	profile string
	repeat  int
}

func bench(ctx context.Context, args []string, out, told io.Writer) error {
	var o options
	var serveDir, pullConfig, day string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(told)
	f.IntVar(&o.clients, "clients", 20_000, "how many clients the municipality has")
	f.BoolVar(&o.quick, "quick", false, "a small municipality and few repetitions: shows that everything runs; its ratios mean nothing")
	f.StringVar(&o.dir, "dir", "", "where files go while it runs (default: a temporary folder); 60 kB per client are needed, three times over")
	f.StringVar(&o.only, "only", "", "measure only these, separated by commas: "+strings.Join(parts(), ", "))
	f.StringVar(&o.profile, "profile", "", "write a CPU profile of the pull without latency to this `file`, and one of the memory that it leaves to file.heap")
	f.IntVar(&o.repeat, "repeat", 3, "how often the short measurements are made; the median counts")
	f.StringVar(&serveDir, "serve", "", "used by the bench itself: be the record system, with files in this folder")
	f.StringVar(&pullConfig, "pull", "", "used by the bench itself: pull what this configuration says")
	f.StringVar(&day, "as-of", "", "used by the bench itself")
	if err := f.Parse(args); err != nil {
		return err
	}
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return err
	}
	if day == "" {
		day = time.Now().In(stockholm).Format(time.DateOnly)
	}
	if o.asOf, err = time.Parse(time.DateOnly, day); err != nil {
		return err
	}
	switch {
	case serveDir != "":
		return serve(ctx, serveDir, o.clients, o.asOf, out)
	case pullConfig != "":
		return pull(ctx, pullConfig, o.profile)
	}
	if o.quick {
		o.clients, o.repeat = min(o.clients, 300), 1
	}
	return measureAll(ctx, o, out, told)
}

// measureAll makes every measurement, and prints the table.
func measureAll(ctx context.Context, o options, out, told io.Writer) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "brygga-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	b := &measuring{options: o, told: told}
	var err error
	if b.brygga, err = build(ctx, o.dir); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, %s/%s, %d cores, load %s, %d clients, %s\n\n",
		time.Now().Format("2006-01-02 15:04"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load(), o.clients, runtime.Version())
	for _, p := range all {
		if o.only != "" && !strings.Contains(","+o.only+",", ","+p.name+",") {
			continue
		}
		fmt.Fprintf(told, "%s ...\n", p.name)
		if err := p.measure(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	b.close()
	print(out, b.rows)
	return nil
}

// load is how busy the machine was before; figures of a busy machine are worth
// less, ratios of it a little more.
func load() string {
	body, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(body))[0]
}
