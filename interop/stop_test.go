package interop

import (
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stopping is a run that is stopped while a request that writes is on its way.
type stopping struct {
	p       *proxy
	at      int           // the nth request that writes
	arrived chan struct{} // it is here
	goOn    chan struct{} // and may go on to the server
	once    sync.Once
}

// holds lets the nth request that writes wait until release.
func holds(p *proxy, nth int) *stopping {
	s := &stopping{p: p, at: nth, arrived: make(chan struct{}), goOn: make(chan struct{})}
	var mu sync.Mutex
	n := 0
	p.on(func(x *exchange, forward func() reply) reply {
		if x.writing() {
			mu.Lock()
			n++
			this := n == s.at
			mu.Unlock()
			if this {
				close(s.arrived)
				<-s.goOn
			}
		}
		return forward()
	})
	return s
}

// release lets it go on, and what comes after it.
func (s *stopping) release() { s.once.Do(func() { close(s.goOn) }) }

func (s *stopping) comes(t testing.TB, within time.Duration) {
	t.Helper()
	select {
	case <-s.arrived:
	case <-time.After(within):
		s.release()
		t.Fatal("the run did not come to its write")
	}
}

// over waits for the end of a call, and says how long it took.
func (c *call) over(within time.Duration) (e ended, took time.Duration) {
	c.t.Helper()
	began := time.Now()
	done := make(chan ended, 1)
	go func() { done <- c.wait() }()
	select {
	case e = <-done:
		return e, time.Since(began)
	case <-time.After(within):
		_ = c.cmd.Process.Kill()
		<-done
		c.t.Fatalf("it did not end within %s", within)
		return ended{}, 0
	}
}

func (c *call) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// A run that is told to stop in the middle of a write ends soon, says so and records it;
// told twice it is gone at once. Either way nothing is half-written, and the next run
// does the rest.
func TestARunThatIsToldToStopInTheMiddleOfAWrite(t *testing.T) {
	m := unchanging(t)
	reference := newTenant()
	install(t, settings{tenant: reference, unit: m.unit()}).night()
	want := standing(t, reference)
	for _, row := range []struct {
		name  string
		sends []syscall.Signal
		nth   int
		after bool // the request reaches the server once the run is told to stop
	}{
		{"SIGTERM at the first write, which never arrives", []syscall.Signal{syscall.SIGTERM}, 1, false},
		{"SIGTERM at the second write, which arrives", []syscall.Signal{syscall.SIGTERM}, 2, true},
		{"SIGINT at the second write, which arrives", []syscall.Signal{syscall.SIGINT}, 2, true},
		{"SIGTERM twice at the second write", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, 2, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := between(t)
			in := install(t, settings{tenant: newTenant(), unit: m.unit(), proxy: p, size: 3})
			s := holds(p, row.nth)
			defer s.release()
			c := in.start("run", "reconcile", "-o", "json")
			s.comes(t, 30*time.Second)
			for i, sig := range row.sends {
				if i > 0 {
					time.Sleep(50 * time.Millisecond)
				}
				c.signal(sig)
			}
			e, took := c.over(10 * time.Second)
			twice := len(row.sends) > 1
			state, _ := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
			switch {
			case !twice && (e.exit != 1 || !strings.Contains(e.out+e.err, "stopped before it was done")):
				t.Errorf("exit %d: %s%s", e.exit, e.out, e.err)
			case twice && !state.Signaled() && e.exit != 1:
				t.Errorf("told twice: exit %d", e.exit)
			}
			if took > 5*time.Second {
				t.Errorf("it took %s to stop", took)
			}
			if row.after {
				s.release()
			}
			time.Sleep(200 * time.Millisecond) // what was on its way arrives
			p.on(nil)
			once(t, standing(t, in.tenant))
			if !twice {
				if list := in.brygga("run", "list"); !strings.Contains(list.out, "reconcile") || !strings.Contains(list.out, "FAILED (exit 1)") {
					t.Errorf("run list says\n%s", list.out)
				}
			}
			in.night()
			stands := standing(t, in.tenant)
			once(t, stands)
			m.alike(t, stands, want)
			in.night()
			m.same(t, stands, standing(t, in.tenant), "on the run after that")
		})
	}
}

// The daemon is told to stop in the middle of a write. What can be finished within
// serve.shutdown is; what cannot is handed back, and the next start runs it at once; a
// second signal stops it where it is.
func TestADaemonThatIsToldToStopInTheMiddleOfAWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the next whole minute")
	}
	m := unchanging(t)
	reference := newTenant()
	install(t, settings{tenant: reference, unit: m.unit()}).night()
	want := standing(t, reference)
	for _, row := range []struct {
		name     string
		shutdown string
		held     time.Duration // how long the write still takes; 0 is for ever
		twice    bool
		within   time.Duration
		says     string
	}{
		{"and finishes", "30s", 500 * time.Millisecond, false, 15 * time.Second, "brygga has stopped"},
		{"and hands back what it cannot finish", "1s", 0, false, 12 * time.Second, "handed back"},
		{"twice", "60s", 0, true, 3 * time.Second, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel() // each waits for a whole minute
			p := between(t)
			in := install(t, settings{tenant: newTenant(), unit: m.unit(), proxy: p, size: 3})
			config := in.config() + "jobs: {reconcile: {schedule: '* * * * *'}, retention: {schedule: off}}\nserve: {listen: '127.0.0.1:0', shutdown: " + row.shutdown + "}\n"
			in.file("brygga.yaml", config)
			s := holds(p, 2)
			defer s.release()
			c := in.start("serve")
			s.comes(t, 100*time.Second)
			c.signal(syscall.SIGTERM)
			if row.twice {
				time.Sleep(50 * time.Millisecond)
				c.signal(syscall.SIGTERM)
			}
			if row.held > 0 {
				time.AfterFunc(row.held, s.release)
			}
			e, took := c.over(row.within + 10*time.Second)
			if took > row.within {
				t.Errorf("it took %s to stop", took)
			}
			if !strings.Contains(e.err, row.says) {
				t.Errorf("the log does not say %q:\n%s", row.says, e.err)
			}
			switch {
			case row.twice && e.exit == 0:
				t.Error("told twice it ended as if all was well")
			case !row.twice && e.exit != 0:
				t.Errorf("exit %d:\n%s", e.exit, e.err)
			}
			s.release()
			time.Sleep(200 * time.Millisecond) // what was on its way arrives
			p.on(nil)
			once(t, standing(t, in.tenant))
			if row.held > 0 {
				m := *m
				m.t = t
				m.alike(t, standing(t, in.tenant), want)
			}
			in.night()
			stands := standing(t, in.tenant)
			once(t, stands)
			m := *m
			m.t = t
			m.alike(t, stands, want)
		})
	}
}
