package jobs

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"brygga/sandbox"
	"brygga/sandbox/people"
)

// TestSpreadChild is no test: it is the process that the tests below kill. It helps the
// run that the environment names, or is a run that others help; then it says its id.
func TestSpreadChild(t *testing.T) {
	run := os.Getenv("BRYGGA_CHILD_RUN")
	if run == "" {
		t.Skip("it is started by other tests")
	}
	o := openedByChild(t, os.Getenv("BRYGGA_CHILD_CONFIG"), os.Getenv("BRYGGA_CHILD_NOW"), diesAt(os.Getenv("BRYGGA_CHILD_DIES")))
	defer o.Close()
	var err error
	s := NewSpread(4)
	s.AtLeast = 1
	o.Spread = s
	if run != "-" {
		err = o.WorkShard(t.Context(), run, 0)
	} else {
		o.Spread = s.With(func(_ context.Context, run string, _ int) error {
			fmt.Println("run", run)
			return nil
		})
		_, err = o.Reconcile(t.Context(), RunOptions{AsOf: o.Today(), Trigger: "test"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// spreadChild starts a process that helps a run, or is one ("-"); env is more of its
// environment.
func (b *bed) spreadChild(run string, env ...string) (cmd *exec.Cmd, lines *bufio.Scanner) {
	b.Helper()
	cmd = exec.CommandContext(b.ctx(), os.Args[0], "-test.run=^TestSpreadChild$")
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "BRYGGA_CHILD_CONFIG=brygga.yaml", "BRYGGA_CHILD_RUN="+run,
		"BRYGGA_CHILD_NOW="+strconv.FormatInt(b.now().UnixNano(), 10))
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// kills makes the server kill a process with kill -9 at its write with this number, from
// 1: before anything of it is written, or after, when nobody hears of it any more.
func (b *bed) kills(number int, afterwards bool, victim func() *exec.Cmd) (died chan struct{}) {
	died = make(chan struct{})
	var n atomic.Int32
	b.server.SetFault(func(r *http.Request) *sandbox.Fault {
		if !isWrite(r) || int(n.Add(1)) != number {
			return nil
		}
		cmd := victim()
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it is dead, and seen to be
		close(died)
		if afterwards {
			return nil // it is carried out, and answered to nobody, or to another who lives
		}
		return &sandbox.Fault{Cut: sandbox.CutBefore}
	})
	return died
}

var shardDeaths = []struct {
	name       string
	write      int
	afterwards bool
}{
	{"before its first write", 1, false},
	{"after its first write, before it heard of it", 1, true},
	{"in the middle of a shard", 3, false},
	{"in the middle of a shard, having written", 4, true},
	{"in a later shard", 8, true},
}

func inSmallTransactions(t *testing.T) (b *bed, want map[string]int) {
	t.Helper()
	whole := newBed(t)
	whole.run(ExitDone)
	return bedOf(t, people.Small("t-", bedDay), sandbox.Options{}, "writes: {mode: write, transaction_size: 2}"), whole.lines()
}

// A worker that is killed in the middle of a shard: the run takes the shard over in the
// same night, and the same stands as if nothing had happened.
func TestAWorkerIsKilledInTheMiddleOfAShard(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, death := range shardDeaths {
		t.Run(death.name, func(t *testing.T) {
			b, want := inSmallTransactions(t)
			var cmd *exec.Cmd
			var started sync.WaitGroup
			started.Add(1)
			died := b.kills(death.write, death.afterwards, func() *exec.Cmd { started.Wait(); return cmd })
			s := NewSpread(4)
			s.AtLeast = 1
			b.job.Spread = s.With(func(_ context.Context, run string, _ int) error {
				cmd, _ = b.spreadChild(run)
				started.Done()
				select { // the run begins when the worker is in the middle of it
				case <-died:
				case <-time.After(time.Minute):
					t.Error("the worker never came to the write at which it dies")
				}
				return nil
			})
			rep := b.run(ExitDone)
			if !maps.Equal(b.lines(), want) {
				t.Errorf("there stand %v, and should stand %v", b.lines(), want)
			}
			if a := rep.Applied; a.Created+a.Existed+a.Moved < rep.Totals.Create || a.Failed+a.Left > 0 {
				t.Errorf("%+v of %+v", a, rep.Totals)
			}
			b.singly()
			b.accounted()
			b.nothingShared()
			b.run(ExitDone)
			b.written(0)
		})
	}
}

// A run that is killed while it and another write: the next run waits for who is left,
// finds what stands, and writes the rest; nothing is doubled.
func TestARunIsKilledWhileOthersHelp(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, death := range shardDeaths {
		t.Run(death.name, func(t *testing.T) {
			b, want := inSmallTransactions(t)
			o := b.worker()
			var cmd *exec.Cmd
			var started, worker sync.WaitGroup
			started.Add(1)
			died := b.kills(death.write, death.afterwards, func() *exec.Cmd { started.Wait(); return cmd })
			cmd, lines := b.spreadChild("-")
			started.Done()
			for lines.Scan() {
				if run, is := strings.CutPrefix(lines.Text(), "run "); is {
					worker.Go(func() {
						if err := o.WorkShard(b.ctx(), run, 2); err != nil {
							t.Errorf("the worker: %v", err)
						}
					})
					break
				}
			}
			select {
			case <-died:
			case <-time.After(time.Minute):
				t.Fatal("the run never came to the write at which it dies")
			}
			b.clock.Add(int64(time.Minute)) // the child's clock has gone on too
			b.server.SetFault(nil)
			b.run(ExitDone)
			worker.Wait()
			if !maps.Equal(b.lines(), want) {
				t.Errorf("there stand %v, and should stand %v", b.lines(), want)
			}
			b.singly()
			b.accounted()
			b.nothingShared()
			b.run(ExitDone)
			b.written(0)
		})
	}
}
