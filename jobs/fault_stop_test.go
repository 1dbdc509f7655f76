package jobs

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

// A job is told to stop at one of its steps: it ends, its record says that it was stopped,
// and the next runs do the rest.

func TestANightThatIsStoppedAtEachStep(t *testing.T) {
	stoppedAtEach(t, JobReconcile, []string{
		stepLeased, stepBegun, stepPulled, stepStored, stepJudged, stepStood, stepCompared, stepSending, stepWritten,
	})
}

func TestAHandoverThatIsStoppedAtEachStep(t *testing.T) {
	stoppedAtEach(t, JobHandover, handoverSteps[1:])
}

func stoppedAtEach(t *testing.T, job string, steps []string) {
	if testing.Short() {
		t.Skip("several runs for each step")
	}
	findings, handed := undisturbed(t)
	for _, step := range steps {
		t.Run("at "+step, func(t *testing.T) {
			t.Parallel()
			b := newMoveTown(t)
			if job == JobHandover {
				b.run(ExitDone)
			}
			ctx, stop := context.WithCancel(b.ctx())
			defer stop()
			var once sync.Once
			b.job.atStep = func(at string) {
				if at == step {
					once.Do(stop)
				}
			}
			var err error
			if job == JobHandover {
				_, err = b.job.RunHandover(ctx, HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
			} else {
				_, err = b.job.Reconcile(ctx, b.options())
			}
			b.job.atStep = nil
			if ctx.Err() == nil {
				t.Fatal("the run did not come to this step")
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("a run that is stopped gives %v", err)
			}
			runs, kerr := b.job.Job.Store.Runs(b.ctx(), 1)
			switch {
			case kerr != nil || len(runs) != 1:
				t.Errorf("%d runs, %v", len(runs), kerr)
			case step == stepLeased: // nothing had begun
			case runs[0].Job != job || runs[0].Exit != ExitFailed || !strings.Contains(string(runs[0].Outcome), "stopped"):
				t.Errorf("the run's record says exit %d, %s", runs[0].Exit, runs[0].Outcome)
			}
			b.nothingBut("the record system", b.findings(), findings)
			b.nothingBut("the care homes", b.handed(), handed)
			b.asUndisturbed(findings, handed)
		})
	}
}
