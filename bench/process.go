package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// finished is what is known of a process that has ended.
type finished struct {
	Exit    int
	Wall    time.Duration
	CPU     time.Duration
	PeakMiB float64 // the most memory it held at one time; 0 where the system does not tell
	Out     []byte
}

// run runs a program to its end. That it exits with another code than 0 is no error.
func run(ctx context.Context, name string, args ...string) (finished, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return finished{}, err
	}
	done, watched := make(chan struct{}), make(chan float64)
	go func() { watched <- peak(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	took := time.Since(begin)
	close(done)
	f := finished{
		Exit: cmd.ProcessState.ExitCode(), Wall: took, PeakMiB: <-watched, Out: out.Bytes(),
		CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return f, err
	}
	if f.Exit < 0 || f.Exit == 1 || f.Exit == 2 {
		return f, fmt.Errorf("%s %s ended with %d: %s", filepath.Base(name), args[0], f.Exit, tail(complaint.String()+out.String()))
	}
	return f, nil
}

func tail(s string) string { return s[max(0, len(s)-600):] }

// peak watches the most memory that a process has held (VmHWM, which only
// grows), until done.
func peak(pid int, done <-chan struct{}) (mib float64) {
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return mib
		case <-tick.C:
			mib = max(mib, highWater(fmt.Sprintf("/proc/%d/status", pid)))
		}
	}
}

func highWater(path string) float64 {
	body, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(body), "VmHWM:")
	kb, _ := strconv.ParseFloat(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]), 64)
	return kb / 1024
}

// other is the record system in a process of its own.
type other struct {
	root string
	stop func()
}

// start starts a record system with so many clients; its files are below dir.
func start(ctx context.Context, dir string, clients int, asOf time.Time) (*other, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	files := filepath.Join(dir, fmt.Sprintf("town-%d", clients))
	if err := os.MkdirAll(files, 0o700); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-serve", files, "-clients", fmt.Sprint(clients), "-as-of", asOf.Format(time.DateOnly))
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	o := &other{stop: func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		_ = os.RemoveAll(files)
	}}
	line, err := bufio.NewReader(pipe).ReadString('\n')
	if err != nil {
		o.stop()
		return nil, fmt.Errorf("the record system did not start: %w", err)
	}
	o.root = strings.TrimSpace(line)
	return o, nil
}

func (o *other) set(v setting) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	resp, err := http.Post(o.root+"/bench/set", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("setting the record system was answered with %s", resp.Status)
	}
	return nil
}

func (o *other) traffic() (t traffic, err error) { return t, o.get("/bench/traffic", &t) }

func (o *other) get(path string, v any) error {
	resp, err := http.Get(o.root + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

// build makes the program that is measured.
func build(ctx context.Context, dir string) (string, error) {
	to := filepath.Join(dir, "brygga")
	out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, "brygga").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build brygga: %w: %s", err, out)
	}
	return to, nil
}
