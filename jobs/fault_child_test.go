package jobs

import (
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"brygga/sandbox"
)

// TestFaultChild is no test: it is the process that the tests below kill, or stop.
func TestFaultChild(t *testing.T) {
	path := os.Getenv("BRYGGA_FAULT_CONFIG")
	if path == "" {
		t.Skip("it is started by other tests")
	}
	o := openedByChild(t, path, os.Getenv("BRYGGA_FAULT_NOW"), diesAt(os.Getenv("BRYGGA_FAULT_DIES")))
	defer o.Close()
	var err error
	if os.Getenv("BRYGGA_FAULT_JOB") == JobHandover {
		_, err = o.RunHandover(t.Context(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
	} else {
		_, err = o.Reconcile(t.Context(), RunOptions{AsOf: o.Today(), Trigger: "test"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// diesAt kills this process with kill -9 at a death as it is written ("written 2").
func diesAt(text string) func(step string) {
	var steps atomic.Int64
	name, nth, _ := strings.Cut(text, " ")
	n, _ := strconv.Atoi(nth)
	return func(step string) {
		if step == name && steps.Add(1) == int64(n) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}

// dies runs a job in a process of its own, and says whether it was killed.
func (b *moveBed) dies(job string, d death) (killed bool) {
	b.Helper()
	cmd := exec.CommandContext(b.ctx(), os.Args[0], "-test.run=^TestFaultChild$")
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "BRYGGA_FAULT_CONFIG=brygga.yaml", "BRYGGA_FAULT_NOW="+strconv.FormatInt(b.now().UnixNano(), 10),
		"BRYGGA_FAULT_JOB="+job, "BRYGGA_FAULT_DIES=")
	server := map[string]*sandbox.Server{requestToRecord: b.server, requestToHome: b.home}[d.step]
	if server == nil {
		cmd.Env = append(cmd.Env, "BRYGGA_FAULT_DIES="+d.String())
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	var seen atomic.Int64
	started := make(chan struct{})
	if server != nil {
		server.SetFault(func(r *http.Request) *sandbox.Fault {
			if !isWrite(r) || seen.Add(1) != int64(d.nth+1)/2 {
				return nil
			}
			<-started
			_ = cmd.Process.Kill()
			if d.nth%2 == 1 {
				return &sandbox.Fault{Status: http.StatusServiceUnavailable}
			}
			return nil
		})
		defer server.SetFault(nil)
	}
	b.must(cmd.Start())
	close(started)
	err := cmd.Wait()
	b.clock.Add(int64(time.Minute)) // the child's clock has gone on too
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if killed = status.Signaled(); err != nil && !killed {
		b.Fatalf("the process failed: %v\n%s", err, out.String())
	}
	return killed
}
