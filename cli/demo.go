package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/jobs"
	"brygga/sandbox"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

func (a *app) demoCommand() *cobra.Command {
	var opt people.Options
	var keep, systems string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the nightly job on a simulated municipality, in this process",
		Long: "Starts a FHIR server with a synthetic municipality on this machine, runs the nightly job on it,\n" +
			"again with nothing left to write, and once more after a few things have changed. Nobody in it exists.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.asOfText != "" {
				return usage("--as-of: the demo plays today")
			}
			today := care.DateOf(a.Now())
			opt.AsOf = today.String()
			if err := opt.Validate(); err != nil {
				return usage("%w", err)
			}
			if systems != demoFHIR && systems != demoMixed {
				return usage("--systems %s: write %s or %s", systems, demoFHIR, demoMixed)
			}
			d := &demo{app: a, today: today, opt: opt, dir: keep, mixed: systems == demoMixed}
			return d.run(cmd.Context())
		},
	}
	f := c.Flags()
	f.IntVar(&opt.Clients, "clients", 500, "how many clients the municipality has")
	f.Uint64Var(&opt.Seed, "seed", 1, "another seed, another municipality")
	f.StringVar(&systems, "systems", demoFHIR, "what the municipality has: one FHIR server, or mixed: an API in Lifecare's style, nightly exports,\nlists, and a FHIR server for Flags and Tasks")
	f.StringVar(&keep, "keep", "", "keep configuration and store in `DIR`, to look at afterwards")
	return c
}

// What the municipality of the demo has.
const (
	demoFHIR  = "fhir"
	demoMixed = "mixed"
)

// demo runs real brygga commands on a simulated municipality and shows each of
// them as one would type it.
type demo struct {
	*app
	today care.Date
	opt   people.Options
	dir   string
	mixed bool

	m      *people.Municipality
	server *sandbox.Server // the FHIR server
	town   *mixed.Town     // all systems, where they are several
	demoHomes
}

func (d *demo) run(ctx context.Context) error {
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "brygga-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer os.RemoveAll(dir)
		d.dir = dir
	}
	start := d.one
	if d.mixed {
		start = d.several
	}
	systems, stop, err := start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	homes := ""
	if !d.mixed { // there, consents stand in a register, and not in a record system
		var gone func()
		if homes, gone, err = d.homes(ctx); err != nil {
			return err
		}
		defer gone()
	}
	if err := d.configure(systems + homes); err != nil {
		return err
	}
	for _, act := range []func(context.Context) error{d.firstNight, d.secondAct, d.handingOver, d.inTheMorning} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	if _, err := os.Stat(d.dir); err == nil && d.keepSaid() {
		d.say("Configuration and store are kept in %s; the simulated record system is gone.", d.dir)
	}
	return nil
}

func (d *demo) keepSaid() bool { return !strings.Contains(filepath.Base(d.dir), "brygga-demo-") }

// configure writes a configuration as an IT department would, but for one thing:
// it writes from the first night, where a municipality begins with a report.
func (d *demo) configure(systems string) error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the demo: %w", err)
	}
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(d.opt.Seed>>(8*(i%8))) ^ byte(i) // a demo needs no secret
	}
	for _, name := range []string{"pseudonym.key", "audit.key"} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(hex.EncodeToString(key)), 0o600); err != nil {
			return fmt.Errorf("write the demo's key: %w", err)
		}
		key[0]++
	}
	text := "tenant: exempelkommun\nstore: sqlite:brygga.db\nkeys: {pseudonym: file:pseudonym.key, audit: file:audit.key}\n" +
		systems + "rules: {pack: national}\nwrites: {mode: write}\n"
	if err := os.WriteFile(d.config(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	return nil
}

// brygga runs one command on the demo's configuration, and gives its exit code.
func (d *demo) brygga(ctx context.Context, args ...string) int {
	d.say("\n$ brygga %s", strings.Join(args, " "))
	p := d.Process
	args = append(args, "-c", d.config(), "-o", d.output)
	if d.noProgress {
		args = append(args, "--no-progress")
	}
	return Main(ctx, args, p)
}

// say prints what a person watching wants to read; programs get the reports alone.
func (d *demo) say(format string, args ...any) {
	if !d.json() {
		fmt.Fprintf(d.Out, format+"\n", args...)
	}
}

func (d *demo) expect(got, want int, what string) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("the demo's %s ended with exit code %d instead of %d: this is a bug in brygga", what, got, want)
}

func (d *demo) firstNight(ctx context.Context) error {
	d.say("\n-- The first night --")
	exit := d.brygga(ctx, "run", "reconcile")
	if exit == jobs.ExitDone { // a municipality so small that the guard lets its first night pass
		return d.again(ctx)
	}
	if err := d.expect(exit, jobs.ExitGuard, "first night"); err != nil {
		return err
	}
	hash, err := d.waitingHash(ctx)
	if err != nil {
		return err
	}
	d.say("\nThat is right for a first night, and somebody says so:")
	if err := d.expect(d.brygga(ctx, "run", "reconcile", "--accept", hash), jobs.ExitDone, "accepted night"); err != nil {
		return err
	}
	return d.again(ctx)
}

// again runs the job once more: nothing is left to write.
func (d *demo) again(ctx context.Context) error {
	d.server.ResetRequests()
	d.say("\nOnce more, with nothing changed:")
	if err := d.expect(d.brygga(ctx, "run", "reconcile"), jobs.ExitDone, "second run"); err != nil {
		return err
	}
	n := d.server.Requests()
	asked := 0
	for _, k := range n.Requests {
		asked += k
	}
	d.say("(%d requests, %d resources written)", asked, n.Written())
	return nil
}

// waitingHash is the hash that the guard printed.
func (d *demo) waitingHash(ctx context.Context) (string, error) {
	inside := d.inside()
	cfg, err := inside.load()
	if err != nil {
		return "", err
	}
	s, err := inside.status(ctx, cfg)
	if err != nil {
		return "", err
	}
	if s.Last == nil || s.Last.Guard == nil {
		return "", errors.New("the guard did not stop the first night of the demo: this is a bug in brygga")
	}
	return s.Last.Guard.Hash, nil
}

// inside is brygga on the demo's configuration.
func (d *demo) inside() *app {
	return &app{Process: d.Process, configPath: d.config(), output: d.output}
}

func (d *demo) config() string { return filepath.Join(d.dir, "brygga.yaml") }

// secondAct changes a few things in the record system, as a day would, and shows
// that just these are followed.
func (d *demo) secondAct(ctx context.Context) error {
	d.say("\n-- The next day --")
	concerned := map[string]bool{}
	acts, err := d.nextDay()
	if err != nil {
		return err
	}
	for _, act := range acts {
		for _, c := range act.Clients {
			concerned["Patient/"+c] = true
		}
		d.say("%s (%s)", act.English, clip(strings.Join(act.Clients, ", "), 60))
	}
	taken, err := d.takeTask(concerned)
	if err != nil {
		return err
	}
	if taken != "" {
		d.say("A member of staff takes one of the Tasks.")
	}
	if err := d.expect(d.brygga(ctx, "preview"), jobs.ExitDone, "preview"); err != nil {
		return err
	}
	if err := d.expect(d.brygga(ctx, "run", "reconcile"), jobs.ExitDone, "second day"); err != nil {
		return err
	}
	return d.again(ctx)
}

// takeTask does what staff do in their own system: accept one of the Tasks, of
// a client to whom nothing else happens, where there is one.
func (d *demo) takeTask(concerned map[string]bool) (ref string, err error) {
	for _, raw := range d.server.All("Task") {
		var t map[string]any
		if err := json.Unmarshal(raw, &t); err != nil {
			return "", fmt.Errorf("read a Task of the simulated record system: %w", err)
		}
		who, _ := t["for"].(map[string]any)
		client, _ := who["reference"].(string)
		if t["status"] != "requested" || concerned[client] {
			continue
		}
		t["status"] = "accepted"
		t["note"] = []any{map[string]any{"text": "Jag tar den."}}
		if raw, err = json.Marshal(t); err != nil {
			return "", fmt.Errorf("change a Task of the simulated record system: %w", err)
		}
		return d.server.Put(raw)
	}
	return "", nil
}

func (d *demo) inTheMorning(ctx context.Context) error {
	d.say("\n-- In the morning --")
	return d.expect(d.brygga(ctx, "status"), jobs.ExitDone, "status")
}
