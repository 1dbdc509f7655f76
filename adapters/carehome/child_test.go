package carehome

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
)

// Deliveries are made here by other processes of this test binary, which are ended as
// a power cut would (SIGKILL) at each step in turn. What a caller notes between the
// steps lies in a file, as it lies in the store of a real one.

const (
	roleVariable   = "BRYGGA_CAREHOME_TEST_ROLE"   // outbox, fhir
	whereVariable  = "BRYGGA_CAREHOME_TEST_WHERE"  // the folder, or the server's base
	ledgerVariable = "BRYGGA_CAREHOME_TEST_LEDGER" // the file
	keyVariable    = "BRYGGA_CAREHOME_TEST_KEY"    // the outbox's public key
	dieVariable    = "BRYGGA_CAREHOME_TEST_DIE"    // the number of the step before which it ends; 0 never
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := deliverAsChild(role); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// ledger is what a caller has noted.
type ledger struct {
	Token     string
	Sending   bool // from here on it may have been delivered
	Delivered bool
	Receipt   adapters.Receipt
}

func (l ledger) note(path string) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func noted(path string) (l ledger, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	return l, err
}

// deliverAsChild goes on from what is noted, as the job does, and prints each step
// that it comes to.
func deliverAsChild(role string) error {
	var n, die int
	if _, err := fmt.Sscan(os.Getenv(dieVariable), &die); err != nil {
		return err
	}
	step := func(name string) {
		n++
		fmt.Println(name)
		if n == die {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Minute)
		}
	}
	where, path := os.Getenv(whereVariable), os.Getenv(ledgerVariable)
	var r adapters.Recipient
	if role == "outbox" {
		o, err := NewOutbox(OutboxOptions{Name: "solgarden", Path: where, Recipients: []string{os.Getenv(keyVariable)}, Clock: func() time.Time { return noon }})
		if err != nil {
			return err
		}
		o.step = step
		r = o
	} else {
		f, err := NewFHIR(quick(where))
		if err != nil {
			return err
		}
		f.step = step
		r = f
	}
	ctx, d := context.Background(), delivery(1)
	l, err := noted(path)
	if err != nil {
		return err
	}
	note := func(name string) error {
		step("note " + name)
		return l.note(path)
	}
	if l.Sending && !l.Delivered {
		l.Receipt, l.Delivered, err = r.Delivered(ctx, d.ID, l.Token)
		if err != nil {
			return err
		}
	}
	if !l.Delivered {
		if l.Token, err = r.Stage(ctx, d); err != nil {
			return err
		}
		l.Sending = true
		if err := note("sending"); err != nil {
			return err
		}
		if l.Receipt, err = r.Deliver(ctx, d, l.Token); err != nil {
			return err
		}
		l.Delivered = true
	}
	if err := note("delivered"); err != nil {
		return err
	}
	if l.Receipt, err = r.Announce(ctx, d.ID, l.Receipt, taskOf(d.ID, l.Receipt)); err != nil {
		return err
	}
	if err := note("sent"); err != nil {
		return err
	}
	return r.Drop(ctx, d.ID, l.Token)
}

// run starts a child, and gives the steps that it came to. It says whether it was killed.
func run(t *testing.T, role, where, ledger string, die int, started func(*os.Process)) (steps []string, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, whereVariable+"="+where, ledgerVariable+"="+ledger,
		keyVariable+"="+keys[0].Recipient().String(), fmt.Sprintf("%s=%d", dieVariable, die))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if started != nil {
		started(cmd.Process)
	}
	for s := bufio.NewScanner(out); s.Scan(); {
		if strings.HasPrefix(s.Text(), "failed:") {
			t.Error(s.Text())
		}
		steps = append(steps, s.Text())
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status, ok := exit.Sys().(syscall.WaitStatus)
		return steps, ok && status.Signal() == syscall.SIGKILL
	}
	return steps, false
}

// leftovers are the hidden files of an outbox, without its mark.
func leftovers(t *testing.T, folder string) []string {
	t.Helper()
	hidden, err := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(hidden, func(p string) bool { return strings.Contains(p, markPrefix) })
}

func TestAnOutboxAfterAKillAtEachStep(t *testing.T) {
	whole, _ := run(t, "outbox", t.TempDir(), filepath.Join(t.TempDir(), "ledger"), 0, nil)
	for _, step := range []string{"mark", "create", "write", "sync file", "sync folder", "note sending", "rename", "sync delivered", "tidy", "note delivered"} {
		if !slices.Contains(whole, step) {
			t.Fatalf("the step %q is not taken: %q", step, whole)
		}
	}
	for die := 1; die <= len(whole); die++ {
		t.Run(fmt.Sprintf("%d before %s", die, whole[die-1]), func(t *testing.T) {
			t.Parallel()
			folder, ledger := t.TempDir(), filepath.Join(t.TempDir(), "ledger")
			if _, killed := run(t, "outbox", folder, ledger, die, nil); !killed {
				t.Fatal("it was not killed")
			}
			for _, name := range waiting(t, folder) {
				if document, _, err := unsealed(name, keys[0]); err != nil || !bytes.Equal(document, delivery(1).Document) {
					t.Errorf("what stands after the kill is not whole: %v", err)
				}
			}
			// Once more in the same place, in what the second one does about it.
			run(t, "outbox", folder, ledger, die, nil)
			run(t, "outbox", folder, ledger, 0, nil)
			if names := waiting(t, folder); len(names) != 1 {
				t.Errorf("%d files stand", len(names))
			}
			if left := leftovers(t, folder); len(left) > 0 {
				t.Errorf("%d hidden files are left", len(left))
			}
		})
	}
}

// Staff who fetch at once must not get a second one from a new start.
func TestAnOutboxThatIsEmptiedAfterAKillIsNotFilledAgain(t *testing.T) {
	whole, _ := run(t, "outbox", t.TempDir(), filepath.Join(t.TempDir(), "ledger"), 0, nil)
	for die := slices.Index(whole, "sync delivered") + 1; die <= len(whole); die++ {
		folder, ledger := t.TempDir(), filepath.Join(t.TempDir(), "ledger")
		run(t, "outbox", folder, ledger, die, nil)
		names := waiting(t, folder)
		if len(names) != 1 {
			t.Fatalf("%d files stand after a kill before %q", len(names), whole[die-1])
		}
		if err := os.Remove(names[0]); err != nil {
			t.Fatal(err)
		}
		run(t, "outbox", folder, ledger, 0, nil)
		if l, err := noted(ledger); err != nil || !l.Delivered || len(waiting(t, folder)) != 0 {
			t.Errorf("after a kill before %q: %+v, %v, %d files stand", whole[die-1], l, err, len(waiting(t, folder)))
		}
	}
}

func TestAServerAfterAKillAtEachStep(t *testing.T) {
	for _, forgetful := range []bool{false, true} {
		h := newHome()
		s := httptest.NewServer(h)
		whole, _ := run(t, "fhir", s.URL, filepath.Join(t.TempDir(), "ledger"), 0, nil)
		s.Close()
		for die := 1; die <= len(whole); die++ {
			h := newHome()
			h.forgetful = forgetful
			s := httptest.NewServer(h)
			ledger := filepath.Join(t.TempDir(), "ledger")
			if _, killed := run(t, "fhir", s.URL, ledger, die, nil); !killed {
				t.Fatal("it was not killed")
			}
			run(t, "fhir", s.URL, ledger, die, nil)
			run(t, "fhir", s.URL, ledger, 0, nil)
			s.Close()
			if n, m := h.count("Bundle"), h.count("Task"); n != 1 || m != 1 {
				t.Errorf("killed before %q (If-None-Exist passed over: %v): %d documents, %d Tasks", whole[die-1], forgetful, n, m)
			}
		}
	}
}

// The kill comes while a request is under way: before the server has done anything,
// or when it has done all, and has not answered.
func TestAServerAfterAKillInTheMiddleOfEachRequest(t *testing.T) {
	for _, done := range []bool{false, true} {
		for _, forgetful := range []bool{false, true} {
			for nth := 1; nth <= 4; nth++ {
				h := newHome()
				h.forgetful = forgetful
				s := adaptertest.NewServer(t, h)
				child := make(chan *os.Process, 1)
				var once sync.Once
				s.Fail(func(w http.ResponseWriter, r *http.Request, healthy http.Handler) {
					if done {
						healthy.ServeHTTP(httptest.NewRecorder(), r)
					}
					once.Do(func() { _ = (<-child).Kill() })
				}, adaptertest.Once(nth))
				ledger := filepath.Join(t.TempDir(), "ledger")
				if _, killed := run(t, "fhir", s.URL, ledger, 0, func(p *os.Process) { child <- p }); !killed {
					t.Fatal("it was not killed")
				}
				run(t, "fhir", s.URL, ledger, 0, nil)
				if n, m := h.count("Bundle"), h.count("Task"); n != 1 || m != 1 {
					t.Errorf("killed in request %d (done: %v, If-None-Exist passed over: %v): %d documents, %d Tasks", nth, done, forgetful, n, m)
				}
			}
		}
	}
}
