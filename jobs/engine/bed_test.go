package engine

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/store"
)

var testKey = []byte(strings.Repeat("k", 32))

// bed is a store on disk, a clock that the test sets, and engines on both.
type bed struct {
	*testing.T
	db    database
	again func() database // another handle on it, as another process has
	clock atomic.Int64
	log   lines
	mu    sync.Mutex
	runs  []string // "tenant job tick trigger", as they began
	skips []string
	fails []string // "tenant job tick why"
}

// lines keeps a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func openChild(path string) (*store.Store, error) {
	return store.Open(context.Background(), "sqlite:"+path, testKey, zerolog.Nop())
}

func openStore(t testing.TB, path string) *store.Store {
	t.Helper()
	st, err := openChild(path)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// newBed is on SQLite; the file is brygga.db in a folder of the test.
func newBed(t *testing.T, now string) *bed {
	t.Helper()
	return bedAt(t, filepath.Join(t.TempDir(), "brygga.db"), now)
}

func bedAt(t *testing.T, path, now string) *bed {
	t.Helper()
	st := openStore(t, path)
	t.Cleanup(func() { st.Close() })
	b := &bed{T: t, db: database{DB: st.DB(), dialect: st.Dialect()}}
	b.again = func() database {
		st := openStore(t, path)
		t.Cleanup(func() { st.Close() })
		return database{DB: st.DB(), dialect: st.Dialect()}
	}
	b.set(now)
	return b
}

// onBoth runs a test on SQLite, and on PostgreSQL where one is there to test with.
func onBoth(t *testing.T, now string, test func(b *bed)) {
	t.Run("SQLite", func(t *testing.T) { test(newBed(t, now)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(postgresBed(t, now)) })
}

func (b *bed) now() time.Time          { return time.Unix(0, b.clock.Load()).UTC() }
func (b *bed) set(text string)         { b.clock.Store(at(text).UnixNano()) }
func (b *bed) advance(d time.Duration) { b.clock.Add(int64(d)) }

func (b *bed) began() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.runs...)
}

func (b *bed) skipped() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.skips...)
}

func (b *bed) failed() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.fails, "; ")
}

// job is a job that is noted when it runs, and then does what do says.
func (b *bed) job(tenant, name, schedule string, do func(context.Context, Call) (Outcome, error)) Job {
	b.Helper()
	return Job{
		Tenant: tenant, Name: name, Schedule: parsed(b, schedule), CatchUp: 6 * time.Hour,
		Run: func(ctx context.Context, c Call) (Outcome, error) {
			b.mu.Lock()
			b.runs = append(b.runs, fmt.Sprintf("%s %s %s %s", tenant, name, local(c.Tick), c.Trigger))
			b.mu.Unlock()
			if do == nil {
				return Outcome{}, nil
			}
			return do(ctx, c)
		},
		Skipped: func(_ context.Context, s Skip) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.skips = append(b.skips, fmt.Sprintf("%s %s %s %s", tenant, name, local(s.Tick), s.Why))
			return nil
		},
		Failed: func(_ context.Context, c Call, why error) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.fails = append(b.fails, fmt.Sprintf("%s %s %s %s", tenant, name, local(c.Tick), why))
			return nil
		},
	}
}

// daemon is an engine that runs, and whose rounds the test calls.
type daemon struct {
	*Engine
	rounds chan time.Time
	stop   context.CancelFunc
	ended  chan error
}

var daemons atomic.Int64

func (b *bed) start(opt Options, jobs ...Job) *daemon {
	b.Helper()
	return b.startOn(b.db, opt, jobs...)
}

func (b *bed) startOn(db database, opt Options, jobs ...Job) *daemon {
	b.Helper()
	d := &daemon{rounds: make(chan time.Time), ended: make(chan error, 1)}
	opt.Now, opt.Log, opt.Rounds = b.now, zerolog.New(&b.log), d.rounds
	if opt.ID == "" {
		opt.ID = fmt.Sprintf("test pid 0 %d", daemons.Add(1))
	}
	if opt.Gate == nil {
		opt.Gate = NewGate(4, 2)
	}
	if opt.Shutdown == 0 {
		opt.Shutdown = 5 * time.Second
	}
	e, err := newOn(context.Background(), db, jobs, opt)
	if err != nil {
		b.Fatal(err)
	}
	d.Engine = e
	var ctx context.Context
	ctx, d.stop = context.WithCancel(context.Background())
	go func() { d.ended <- e.Run(ctx) }()
	b.Cleanup(func() { d.stop() })
	d.round(b) // it is up
	return d
}

// round lets the daemon look at its schedules once, and waits until it has.
func (d *daemon) round(t testing.TB) {
	t.Helper()
	for range 2 { // the second is taken when the first is done
		select {
		case d.rounds <- time.Time{}:
		case err := <-d.ended:
			d.ended <- err
			t.Fatalf("the engine ended: %v", err)
		case <-time.After(20 * time.Second):
			t.Fatal("the engine makes no rounds")
		}
	}
}

// end stops the daemon and waits for it.
func (d *daemon) end(t testing.TB) {
	t.Helper()
	d.stop()
	select {
	case err := <-d.ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the engine does not end")
	}
}

// until waits for something that workers bring about.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 1000 {
		if is() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("waited in vain until %s", what)
}

func (b *bed) untilRuns(n int) {
	b.Helper()
	until(b, fmt.Sprintf("%d runs began", n), func() bool { return len(b.began()) >= n })
}

// idle waits until no job is left to be done.
func (b *bed) idle() {
	b.Helper()
	until(b, "no job is left", func() bool {
		var n int
		err := b.db.QueryRow(`SELECT count(*) FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`).Scan(&n)
		return err == nil && n == 0
	})
}
