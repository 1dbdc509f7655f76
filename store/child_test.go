package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"brygga/care"
)

// Tests that need another process start this test binary again, with a role and
// the path of a store in its environment. What it prints is read line by line.

const (
	roleVariable = "BRYGGA_STORE_TEST_ROLE"
	pathVariable = "BRYGGA_STORE_TEST_PATH"
)

var roles = map[string]func(path string) error{
	"open":  childOpens,
	"put":   childPuts,
	"lease": childLeases,
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		if err := role(os.Getenv(pathVariable)); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// childRecords are the records of one generation: every one of them changes with it.
func childRecords(generation int) []care.Record {
	records := recordsOf(3000, planRecord)
	for i := range records {
		records[i].Version = fmt.Sprint(generation)
	}
	return records
}

// childOpens opens the store and closes it again.
func childOpens(path string) error {
	s, err := Open(context.Background(), dsnOf(path), testKey, zerolog.Nop())
	if err != nil {
		return err
	}
	fmt.Println("opened")
	return s.Close()
}

// childPuts puts one generation after another, until it is killed.
func childPuts(path string) error {
	s, err := Open(context.Background(), dsnOf(path), testKey, zerolog.Nop())
	if err != nil {
		return err
	}
	tenant := s.Tenant("exempelkommun")
	k, err := tenant.Kind(context.Background(), "journal", "care-plan")
	if err != nil {
		return err
	}
	generation := 0
	_, _ = fmt.Sscan(k.Checkpoint.Value, &generation)
	for {
		generation++
		fmt.Println("begin", generation)
		_, err := tenant.PutKind(context.Background(), "journal", "care-plan", KindPut{
			Upserts: care.Pack(childRecords(generation)...), Checkpoint: Checkpoint{Value: fmt.Sprint(generation)},
		})
		if err != nil {
			return err
		}
		fmt.Println("end", generation)
	}
}

// childLeases takes a lease for a minute and then only waits.
func childLeases(path string) error {
	s, err := Open(context.Background(), dsnOf(path), testKey, zerolog.Nop())
	if err != nil {
		return err
	}
	ok, _, by, err := s.Tenant("exempelkommun").Lease(context.Background(), "reconcile", "child", noon, time.Minute)
	fmt.Println("leased", ok, by)
	if err != nil {
		return err
	}
	time.Sleep(time.Minute)
	return nil
}

// child is a process of this test binary in some role.
type child struct {
	cmd   *exec.Cmd
	lines chan string
}

func command(t *testing.T, binary, role, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, pathVariable+"="+path)
	return cmd
}

func start(t *testing.T, role, path string) *child {
	t.Helper()
	c := &child{cmd: command(t, os.Args[0], role, path), lines: make(chan string, 1000)}
	out, err := c.cmd.StdoutPipe()
	ok(t, err)
	ok(t, c.cmd.Start())
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			c.lines <- s.Text()
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	return c
}

// next gives the child's next line.
func (c *child) next(t *testing.T) string {
	t.Helper()
	select {
	case line := <-c.lines:
		return line
	case <-time.After(30 * time.Second):
		t.Fatal("the other process says nothing")
		return ""
	}
}

// kill ends the child as a power cut would (SIGKILL), and gives the last line that it said.
func (c *child) kill(t *testing.T) (last string) {
	t.Helper()
	ok(t, c.cmd.Process.Kill())
	for line := range c.lines {
		last = line
	}
	_ = c.cmd.Wait()
	return last
}

// A process that is killed in the middle of a put leaves the old state or the
// new one, whole.
func TestKilledInTheMiddleOfAPut(t *testing.T) {
	path, inTheMiddle := pathIn(t), 0
	s := openAt(t, path) // stays open, as a daemon would
	tenant := s.Tenant("exempelkommun")
	for round := range 8 {
		c := start(t, "put", path)
		line := c.next(t)
		if !strings.HasPrefix(line, "begin ") {
			t.Fatalf("the other process says %q", line)
		}
		time.Sleep(time.Duration(5+round*17) * time.Millisecond)
		last := c.kill(t)
		if last == "" {
			last = line
		}
		if strings.HasPrefix(last, "begin ") {
			inTheMiddle++
		}
		var begun int
		if _, err := fmt.Sscan(strings.Fields(last)[1], &begun); err != nil {
			t.Fatalf("the other process said %q", last)
		}
		got, err := tenant.Kind(context.Background(), "journal", "care-plan")
		ok(t, err)
		if !got.OK {
			if begun > 1 {
				t.Fatalf("generation %d was begun, and nothing is stored", begun)
			}
			continue
		}
		// Whole: all records are of the generation of the checkpoint, which is the last or the one before.
		if v := got.Checkpoint.Value; v != fmt.Sprint(begun) && v != fmt.Sprint(begun-1) {
			t.Fatalf("generation %s is stored, and %d was the last to begin", v, begun)
		}
		if len(got.Records) != 3000 {
			t.Fatalf("%d records are stored", len(got.Records))
		}
		for _, r := range got.Records {
			if r.Version != got.Checkpoint.Value {
				t.Fatalf("a record is of generation %s, and the checkpoint of %s", r.Version, got.Checkpoint.Value)
			}
		}
	}
	if inTheMiddle == 0 {
		t.Error("no round ended in the middle of a put: this test has shown nothing")
	}
	t.Logf("%d of 8 rounds ended in the middle of a put", inTheMiddle)
}

// A process that is killed while it makes a store leaves one that can be opened.
func TestKilledWhileAStoreIsMade(t *testing.T) {
	for round := range 10 {
		path := pathIn(t)
		c := start(t, "open", path)
		for tries := 0; ; tries++ { // until the file is there, and then a little
			if _, err := os.Stat(path); err == nil {
				break
			}
			if tries == 100_000 {
				t.Fatalf("the other process makes no file; it says %q", c.kill(t))
			}
			time.Sleep(100 * time.Microsecond)
		}
		time.Sleep(time.Duration(round) * 800 * time.Microsecond)
		last := c.kill(t)
		s, err := Open(context.Background(), dsnOf(path), testKey, zerolog.Nop())
		if err != nil {
			t.Fatalf("after a kill (it had said %q) opening gives %v", last, err)
		}
		put(t, s.Tenant("exempelkommun"), KindPut{Upserts: care.Pack(recordsOf(2, planRecord)...)}, Diff{Added: 2})
		ok(t, s.Close())
	}
}

func TestSeveralProcessesMakeOneStore(t *testing.T) {
	for range 3 {
		path := pathIn(t)
		var children []*child
		for range 4 {
			children = append(children, start(t, "open", path))
		}
		for _, c := range children {
			if line := c.next(t); line != "opened" {
				t.Errorf("one of the processes says %q", line)
			}
			for line := range c.lines {
				t.Errorf("one of the processes goes on to say %q", line)
			}
			ok(t, c.cmd.Wait())
		}
	}
}

// While another process puts, this one reads whole states, and its own puts of
// other kinds arrive.
func TestTwoProcessesOnOneFile(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	c := start(t, "put", path)
	defer c.kill(t)
	if line := c.next(t); line != "begin 1" {
		t.Fatalf("the other process says %q", line)
	}
	if line := c.next(t); line != "end 1" {
		t.Fatalf("the other process says %q", line)
	}
	seen := make(map[string]bool)
	for n := range 40 {
		record := staffRecord(n)
		d, err := tenant.PutKind(ctx, "hr", "staff", KindPut{Upserts: care.Pack(record)})
		ok(t, err)
		if d.Added != 1 {
			t.Fatalf("a put beside another process did %+v", d)
		}
		got, err := tenant.Kind(ctx, "journal", "care-plan")
		ok(t, err)
		for _, r := range got.Records {
			if r.Version != got.Checkpoint.Value {
				t.Fatalf("a record of generation %s was read with a checkpoint of %s", r.Version, got.Checkpoint.Value)
			}
		}
		seen[got.Checkpoint.Value] = true
	}
	if k, err := tenant.Kind(ctx, "hr", "staff"); err != nil || len(k.Records) != 40 {
		t.Errorf("of 40 own records %d are stored, %v", len(k.Records), err)
	}
	if len(seen) < 2 {
		t.Error("the other process never came further: this test has shown nothing")
	}
}

func TestALeaseOfAProcessThatDied(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	c := start(t, "lease", path)
	if line := c.next(t); line != "leased true child" {
		t.Fatalf("the other process says %q", line)
	}
	got, since, by, err := tenant.Lease(ctx, "reconcile", "parent", noon.Add(30*time.Second), time.Minute)
	ok(t, err)
	if got || by != "child" || !since.Equal(noon) {
		t.Errorf("while the other lives the lease is %v, of %s since %v", got, by, since)
	}
	c.kill(t)
	got, _, by, err = tenant.Lease(ctx, "reconcile", "parent", noon.Add(61*time.Second), time.Minute)
	ok(t, err)
	if !got || by != "parent" {
		t.Errorf("when its time is over the lease is %v, of %s", got, by)
	}
}

// copyOfThisBinary lies where another user may run it.
func copyOfThisBinary(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "brygga-store-")
	ok(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ok(t, os.Chmod(dir, 0o755))
	binary, err := os.ReadFile(os.Args[0])
	ok(t, err)
	to := filepath.Join(dir, "store.test")
	ok(t, os.WriteFile(to, binary, 0o755))
	return to
}
