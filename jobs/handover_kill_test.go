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

	"brygga/care"
	"brygga/sandbox"
)

// handoverSteps are the places at which a process is killed, in their order.
var handoverSteps = []string{
	"released", "decided", "composed", "written-ahead", "staged", "staged-noted", "decided-again",
	"delivered", "delivered-noted", "announced", "receipt-written", "sent",
}

// TestHandoverChild is no test: it is the process that the tests below kill.
func TestHandoverChild(t *testing.T) {
	path := os.Getenv("BRYGGA_CHILD_CONFIG")
	if path == "" {
		t.Skip("it is started by other tests")
	}
	o := openedByChild(t, path, os.Getenv("BRYGGA_CHILD_NOW"), func(step string) {
		if step == os.Getenv("BRYGGA_CHILD_DIES") {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	defer o.Close()
	var err error
	client := care.Ref(os.Getenv("BRYGGA_CHILD_RELEASES"))
	if client == "" {
		_, err = o.RunHandover(t.Context(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
	} else {
		var all []*HandoverPreview
		by := Asker{By: "Kim Chef", Job: "handover release"}
		if all, err = o.PreviewHandover(t.Context(), client, "", by); err == nil {
			_, err = o.ReleaseHandover(t.Context(), all[0], by)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// child runs the job, or a release, in a process of its own that dies at a step. It
// says whether the process was killed.
func (b *moveBed) child(releases care.Ref, dies string, started func(*os.Process)) (killed bool) {
	b.Helper()
	cmd := exec.CommandContext(b.ctx(), os.Args[0], "-test.run=^TestHandoverChild$")
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "BRYGGA_CHILD_CONFIG=brygga.yaml", "BRYGGA_CHILD_NOW="+strconv.FormatInt(b.now().UnixNano(), 10),
		"BRYGGA_CHILD_RELEASES="+string(releases), "BRYGGA_CHILD_DIES="+dies)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	b.must(cmd.Start())
	if started != nil {
		started(cmd.Process)
	}
	err := cmd.Wait()
	b.clock.Add(int64(time.Minute)) // the child's clock has gone on too
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	killed = status.Signaled()
	if err != nil && !killed {
		b.Fatalf("the process failed: %v\n%s", err, out.String())
	}
	return killed
}

// once asserts that the client's handover is at the recipient once, with its receipt,
// and that the audit log is unbroken.
func (b *moveBed) isOnce(client care.Ref) {
	b.Helper()
	b.ends("sent", client, map[care.Ref]string{moverFHIR: "1 Bundle, 1 Task", moverOutbox: "0 Bundle, 0 Task"}[client])
	if got := len(b.files()); client == moverOutbox && got != 1 {
		b.Errorf("%d files in the outbox", got)
	}
	if got := len(b.server.All("Communication")); got != 1 {
		b.Errorf("%d receipts in the sender's record", got)
	}
	key, err := b.job.Config.Keys.Audit.Key(b.ctx())
	b.must(err)
	if v, err := b.job.Job.Store.VerifyAudit(b.ctx(), key, nil); err != nil || v.Broken != nil {
		b.Errorf("the audit log: %+v, %v", v, err)
	}
}

// TestAProcessThatIsKilledAtAnyStepSendsOnce kills the process that releases at each
// step; the job, in another process, finishes what it began.
func TestAProcessThatIsKilledAtAnyStepSendsOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	for _, client := range []care.Ref{moverFHIR, moverOutbox} {
		for _, step := range handoverSteps {
			if client == moverOutbox && step == "announced" {
				continue // nobody is told
			}
			t.Run(string(client)+" at "+step, func(t *testing.T) {
				b := newMoveBed(t)
				if !b.child(client, step, nil) {
					t.Fatal("the process was not killed: it does not come to that step")
				}
				b.hand(ExitDone)
				b.isOnce(client)
				b.hand(ExitDone)
				b.isOnce(client)
			})
		}
	}
}

// TestAProcessThatIsKilledAgainAndAgainSendsOnce kills one process after the other,
// each a step further on its way.
func TestAProcessThatIsKilledAgainAndAgainSendsOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	for _, client := range []care.Ref{moverFHIR, moverOutbox} {
		t.Run(string(client), func(t *testing.T) {
			b := newMoveBed(t)
			b.child(client, "released", nil)
			for _, step := range handoverSteps[1:] {
				b.child("", step, nil)
			}
			b.hand(ExitDone)
			b.isOnce(client)
		})
	}
}

// TestAProcessThatIsKilledDuringARequestSendsOnce kills the process while the care
// home has its request: it may be carried out, or not.
func TestAProcessThatIsKilledDuringARequestSendsOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	for _, row := range []struct {
		name, typ string
		fault     *sandbox.Fault
	}{
		{"the document, which is carried out", "Bundle", nil},
		{"the document, which is not carried out", "Bundle", &sandbox.Fault{Status: http.StatusServiceUnavailable}},
		{"the Task, which is carried out", "Task", nil},
		{"the Task, which is not carried out", "Task", &sandbox.Fault{Status: http.StatusServiceUnavailable}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newMoveBed(t)
			killed := b.child(moverFHIR, "", func(p *os.Process) {
				var once atomic.Bool
				b.home.SetFault(func(r *http.Request) *sandbox.Fault {
					if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/"+row.typ) || once.Swap(true) {
						return nil
					}
					_ = p.Kill()
					return row.fault
				})
			})
			if !killed {
				t.Fatal("the process was not killed")
			}
			b.home.SetFault(nil)
			b.hand(ExitDone)
			b.isOnce(moverFHIR)
		})
	}
}
