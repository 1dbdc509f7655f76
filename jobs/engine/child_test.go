package engine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// Tests that kill a process start this test binary again as a daemon; what it runs it
// prints, a line each.

const (
	childPath = "BRYGGA_ENGINE_TEST_PATH"
	childNow  = "BRYGGA_ENGINE_TEST_NOW"
	childWork = "BRYGGA_ENGINE_TEST_WORK"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := childServes(path); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// childServes is a daemon whose one job takes the time that the environment says.
func childServes(path string) error {
	work, err := time.ParseDuration(os.Getenv(childWork))
	if err != nil {
		return err
	}
	schedule, err := ParseSchedule(night)
	if err != nil {
		return err
	}
	ctx := context.Background()
	st, err := openChild(path)
	if err != nil {
		return err
	}
	now := at(os.Getenv(childNow))
	host, _ := os.Hostname()
	e, err := New(ctx, st, []Job{{
		Tenant: "a", Name: "reconcile", Schedule: schedule, CatchUp: 20 * time.Hour,
		Run: func(ctx context.Context, c Call) (Outcome, error) {
			fmt.Println("begins", local(c.Tick), c.Attempt)
			wait(ctx, work)
			if ctx.Err() == nil {
				fmt.Println("ends", local(c.Tick), c.Attempt)
			}
			return Outcome{}, ctx.Err()
		},
	}}, Options{
		ID: fmt.Sprintf("%s pid %d x", host, os.Getpid()), Now: func() time.Time { return now }, Log: zerolog.New(os.Stderr),
		Gate: NewGate(2, 1), Shutdown: time.Second, Dead: childDead,
	})
	if err != nil {
		return err
	}
	fmt.Println("up")
	return e.Run(ctx)
}

func childDead(id string) bool {
	var host string
	var pid int
	_, err := fmt.Sscanf(id, "%s pid %d", &host, &pid)
	return err == nil && pid != os.Getpid() && syscall.Kill(pid, 0) == syscall.ESRCH
}

// child is a daemon of its own.
type child struct {
	cmd   *exec.Cmd
	lines chan string
}

func startChild(t *testing.T, path, now, work string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0]), lines: make(chan string, 100)}
	c.cmd.Env = append(os.Environ(), childPath+"="+path, childNow+"="+now, childWork+"="+work)
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			c.lines <- s.Text()
		}
	}()
	t.Cleanup(c.kill)
	return c
}

// kill is kill -9.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// says waits for a line.
func (c *child) says(t *testing.T, want string) {
	t.Helper()
	timeout := time.After(60 * time.Second)
	for {
		select {
		case line, ok := <-c.lines:
			if !ok || strings.HasPrefix(line, "failed") {
				t.Fatalf("the child says %q, and %q was expected", line, want)
			}
			if strings.HasPrefix(line, want) {
				return
			}
		case <-timeout:
			t.Fatalf("the child never says %q", want)
		}
	}
}

// A process that is killed in the middle of a job loses nothing: the next one does
// the job, at once, and no tick is run once more.
func TestKilledInTheMiddleOfAJob(t *testing.T) {
	path := filepath.Join(t.TempDir(), "brygga.db")
	first := startChild(t, path, "2026-11-21T12:00:00Z", "1h")
	first.says(t, "up")
	time.Sleep(300 * time.Millisecond)
	first.kill()
	for n := range 3 { // it dies again and again
		c := startChild(t, path, "2026-11-22T00:30:00Z", "1h")
		c.says(t, fmt.Sprintf("begins 2026-11-22 01:30 %d", n+1))
		c.kill()
	}
	last := startChild(t, path, "2026-11-22T00:40:00Z", "10ms")
	last.says(t, "ends 2026-11-22 01:30 4")
	until(t, "the job is done", func() bool { return len(last.lines) == 0 })
	last.kill()

	b := bedAt(t, path, "2026-11-22T00:50:00Z")
	d := b.start(Options{Dead: childDead}, b.job("a", "reconcile", night, nil))
	d.round(t)
	time.Sleep(1500 * time.Millisecond)
	d.end(t)
	// Killed between the end of its work and its note of it, a job may run once more,
	// which does no harm; but never as another tick.
	for _, run := range b.began() {
		if run != "a reconcile 2026-11-22 01:30 schedule" {
			t.Errorf("ran %q", run)
		}
	}
}

// A seeded schedule of deaths: whenever a daemon dies, each night's job ends once all
// the same.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	path := filepath.Join(t.TempDir(), "brygga.db")
	c := startChild(t, path, "2026-11-21T12:00:00Z", "1ms")
	c.says(t, "up")
	time.Sleep(500 * time.Millisecond)
	c.kill()
	for n, life := range []int{30, 120, 350, 700} {
		now := at("2026-11-22T00:30:00Z").Add(time.Duration(n) * 24 * time.Hour)
		c := startChild(t, path, now.Format(time.RFC3339), "50ms")
		time.Sleep(time.Duration(life) * time.Millisecond)
		c.kill()
		c = startChild(t, path, now.Add(time.Minute).Format(time.RFC3339), "1ms")
		b := bedAt(t, path, "2026-11-22T00:30:00Z")
		until(t, "the night's job is done", func() bool {
			var ticks, open int
			err := b.db.QueryRow(`SELECT (SELECT count(*) FROM tick WHERE outcome = 'queued'),
				(SELECT count(*) FROM river_job WHERE state <> 'completed')`).Scan(&ticks, &open)
			return err == nil && ticks == n+1 && open == 0
		})
		c.kill()
	}
	b := bedAt(t, path, "2026-11-22T00:30:00Z")
	rows, err := b.db.Query(`SELECT json(args) FROM river_job`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var jobs []string
	for rows.Next() {
		var args string
		if err := rows.Scan(&args); err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, args)
	}
	slices.Sort(jobs)
	if len(jobs) != 4 || len(slices.Compact(jobs)) != 4 {
		t.Errorf("jobs of four nights: %q", jobs)
	}
}
