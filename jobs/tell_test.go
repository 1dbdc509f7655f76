package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/config"
	"brygga/jobs/notify"
	"brygga/sandbox"
)

// listener is who is told: a real server, and what came to it.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	down   bool
}

func newListener(t *testing.T) *listener {
	t.Helper()
	w := &listener{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.down {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		w.bodies = append(w.bodies, string(body))
	}))
	t.Cleanup(w.Close)
	return w
}

// tell lets a bed tell it, as the configuration would.
func (b *bed) tell(w *listener) {
	b.Helper()
	secret, err := config.NewSecret("env:HOOK", "", func(string) (string, bool) { return w.URL + "/hemlig", true })
	if err != nil {
		b.Fatal(err)
	}
	cfg := *b.job.Config
	cfg.Notify.Webhook = secret
	b.job.Teller = NewTeller(&cfg, b.job.Job.Store, b.now, func(context.Context, time.Duration) error { return nil })
}

func (w *listener) last(t *testing.T) (m notify.Message) {
	t.Helper()
	if len(w.bodies) == 0 {
		t.Fatal("nobody was told")
	}
	if err := json.Unmarshal([]byte(w.bodies[len(w.bodies)-1]), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestARunTellsOnceWhenItBeginsToFailAndOnceWhenItIsWell(t *testing.T) {
	b, w := newBed(t), newListener(t)
	b.tell(w)
	b.run(ExitDone)
	if len(w.bodies) != 0 {
		t.Fatalf("a night that is well tells %s", w.bodies)
	}
	b.server.SetFault(onType("CarePlan", sandbox.Fault{Status: 401}))
	for range 3 {
		b.nextDay()
		b.run(ExitPartly)
		b.reopen() // a new process
		b.tell(w)
	}
	m := w.last(t)
	if len(w.bodies) != 1 || m.State != notify.Failing || m.Unknown == 0 || len(m.Begun) != 1 || m.Begun[0].Sort != notify.Read || m.Begun[0].Why != notify.Credentials {
		t.Fatalf("three nights tell %d times, the last %+v", len(w.bodies), m)
	}
	b.server.SetFault(nil)
	for range 2 {
		b.nextDay()
		b.run(ExitDone)
	}
	if m := w.last(t); len(w.bodies) != 2 || m.State != notify.Well || len(m.Over) != 1 || m.Over[0].System != "journal" {
		t.Errorf("when it is well again, %d messages, the last %+v", len(w.bodies), m)
	}
}

// Handovers that cannot be made are told of like nights, and a release by a person tells
// nothing: it is about one client, and whoever releases sees how it ends.
func TestHandoversThatFailAreToldOf(t *testing.T) {
	b, w := newMoveBed(t), newListener(t)
	b.tell(w)
	b.reconcile()
	b.server.SetFault(onType("Consent", sandbox.Fault{Status: 401}))
	for range 3 {
		b.later()
		b.hand(ExitPartly)
	}
	m := w.last(t)
	if len(w.bodies) != 1 || m.Job != JobHandover || m.State != notify.Failing || len(m.Begun) != 1 || m.Begun[0].Sort != notify.Handovers || m.Begun[0].System != "journal" {
		t.Fatalf("three runs that fail tell %d times, the last %+v", len(w.bodies), m)
	}
	b.server.SetFault(nil)
	b.later()
	b.hand(ExitDone)
	if m := w.last(t); len(w.bodies) != 2 || m.State != notify.Well {
		t.Errorf("when it is well again, %d messages, the last %+v", len(w.bodies), m)
	}
	if err := b.releases(moverFHIR); err != nil {
		t.Fatal(err)
	}
	if len(w.bodies) != 2 {
		t.Errorf("a release tells %s", w.bodies[2:])
	}
}

// Without the key of its log the job does not come to its first step: that is a run that
// failed.
func TestAHandoverRunThatCannotBeginIsRecordedAndToldOf(t *testing.T) {
	b, w := newMoveBed(t), newListener(t)
	b.tell(w)
	if err := os.Remove(filepath.Join(b.dir, "audit.key")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.later()
		if rep, err := b.job.RunHandover(b.ctx(), HandoverOptions{Trigger: "schedule"}); err == nil || !strings.Contains(err.Error(), "keys.audit") {
			t.Fatalf("without keys.audit it ends with %v, %v", rep, err)
		}
	}
	runs, err := ReportsOf(b.ctx(), b.job.Job.Store, JobHandover, 10)
	if err != nil || len(runs) != 3 || runs[0].Exit != ExitFailed || runs[0].Trigger != "schedule" || len(runs[0].Problems) != 1 {
		t.Errorf("what is recorded: %d runs, %v", len(runs), err)
	}
	if m := w.last(t); len(w.bodies) != 1 || m.Job != JobHandover || m.State != notify.Failing || m.Begun[0].Sort != notify.Failed {
		t.Errorf("three such runs tell %d times, the last %+v", len(w.bodies), m)
	}
}

func TestAReceiverThatIsAwayHoldsNoRunAndIsToldLater(t *testing.T) {
	b, w := newBed(t), newListener(t)
	var log strings.Builder
	b.job.Log = zerolog.New(&log)
	b.tell(w)
	w.down = true
	b.server.SetFault(onType("CarePlan", sandbox.Fault{Status: 401}))
	b.run(ExitPartly)
	if !strings.Contains(log.String(), "answered 502") || strings.Contains(log.String(), "hemlig") {
		t.Errorf("the log says %s", log.String())
	}
	w.down = false
	b.nextDay()
	b.run(ExitPartly)
	if m := w.last(t); len(w.bodies) != 1 || m.State != notify.Failing {
		t.Errorf("%d messages came, the last %+v", len(w.bodies), m)
	}
}

func TestARunThatIsStoppedFromOutsideTellsNothing(t *testing.T) {
	b, w := newBed(t), newListener(t)
	b.tell(w)
	ctx, cancel := context.WithCancel(t.Context())
	b.job.Progress.Stage = func(string) { cancel() }
	if _, err := b.job.Reconcile(ctx, b.options()); err == nil {
		t.Fatal("the run was not stopped")
	}
	if len(w.bodies) != 0 {
		t.Errorf("it tells %s", w.bodies)
	}
}

func TestWhatIsTakenFromAReport(t *testing.T) {
	began := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	kinds := []KindReport{{System: "journal", Kind: "visit", Complete: true}}
	broken := []KindReport{{System: "journal", Kind: "visit", Fault: &adapters.Error{Class: adapters.Wait}}}
	const hostile = "Patient/191212121212 Anna Andersson"
	for _, c := range []struct {
		name   string
		report Report
		failed error
		whole  bool
		want   []notify.Sort
	}{
		{"a run that is well", Report{Job: JobReconcile, Kinds: kinds}, nil, true, nil},
		{"a list that could not be read", Report{Job: JobReconcile, Kinds: broken, Problems: []Problem{{System: "journal", Kind: "visit", What: hostile}}}, nil, true, []notify.Sort{notify.Read}},
		{"what stands could not be read", Report{Job: JobReconcile, Kinds: kinds, Problems: []Problem{{System: "journal", Kind: "Flag"}}}, nil, true, []notify.Sort{notify.Standing}},
		{"writes, codes and questions", Report{Job: JobReconcile, Kinds: kinds, Problems: []Problem{{System: "a", Kind: "writes", What: hostile}, {System: "a", Kind: "codes", What: hostile}, {System: "a", Kind: "questions"}}}, nil, true, []notify.Sort{notify.Writes, notify.Codes, notify.Questions}},
		{"the guard", Report{Job: JobReconcile, Kinds: kinds, Guard: &Stop{Hash: "ab"}}, nil, true, []notify.Sort{notify.Guard}},
		{"quarantine", Report{Job: JobReconcile, Kinds: kinds, Quarantine: []QuarantineLine{{Reason: hostile}}}, nil, true, []notify.Sort{notify.Quarantine}},
		{"a store that failed", Report{Job: JobReconcile, Problems: []Problem{{What: hostile}}}, errors.New(hostile), false, []notify.Sort{notify.Failed}},
		{"what was applied from a file says nothing of reading", Report{Job: JobReconcile}, nil, false, nil},
		{"another job reads nothing, and is whole", Report{Job: JobRetention}, nil, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.report.Started = began
			run := toTell(&c.report, c.failed)
			var got []notify.Sort
			for _, x := range run.Troubles {
				got = append(got, x.Sort)
				if x.Since.IsZero() {
					t.Error("a trouble without an instant")
				}
			}
			if !slices.Equal(got, c.want) || run.Whole != c.whole {
				t.Errorf("%v, whole %v; want %v, %v", got, run.Whole, c.want, c.whole)
			}
			if b, _ := json.Marshal(run); strings.Contains(string(b), "Andersson") || strings.Contains(string(b), "19121212") {
				t.Errorf("a text came along: %s", b)
			}
		})
	}
}

func TestEachClassOfFaultHasItsWord(t *testing.T) {
	for class, want := range map[adapters.Class]notify.Why{
		adapters.Retry: notify.NoAnswer, adapters.Wait: notify.Busy, adapters.Credentials: notify.Credentials,
		adapters.Protocol: notify.Protocol, adapters.Rejected: notify.Rejected, adapters.Fatal: notify.Fatal, 0: "",
	} {
		if got := why(&adapters.Error{Class: class}); got != want {
			t.Errorf("%d is %q, want %q", class, got, want)
		}
	}
	if why(nil) != "" {
		t.Error("no fault has a word")
	}
}
