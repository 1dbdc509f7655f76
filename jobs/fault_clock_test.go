package jobs

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// The machine's clock jumps in the middle of a run, and is right again before the next:
// the run goes on with the day that it began with, and in the end all stands as it would.
func TestAClockThatJumpsInTheMiddleOfARun(t *testing.T) {
	if testing.Short() {
		t.Skip("several runs for each row")
	}
	quiet := newMoveTown(t)
	quiet.arrive(0, 0)
	quiet.last()
	findings, handed := quiet.findings(), quiet.handed()
	for job, steps := range map[string][]string{
		JobReconcile: {stepLeased, stepStored, stepCompared, stepSending, stepNoted},
		JobHandover:  {"decided", "written-ahead", "staged-noted", "delivered", "announced"},
	} {
		for _, step := range steps {
			for _, jump := range []time.Duration{-40 * 24 * time.Hour, -3 * time.Hour, 3 * time.Hour, 40 * 24 * time.Hour} {
				if jump < -24*time.Hour && (step == "delivered" || step == "announced") {
					continue // then the consent is not given yet, and the handover counts as revoked: the test below
				}
				t.Run(fmt.Sprintf("%s at %s by %s", job, step, jump), func(t *testing.T) {
					t.Parallel()
					b := newMoveTown(t)
					b.run(ExitDone)
					b.arrive(0, 0)
					if job == JobHandover {
						b.run(ExitDone)
					}
					var once sync.Once
					jumped := false
					b.job.atStep = func(at string) {
						if at == step {
							once.Do(func() { jumped = true; b.clock.Add(int64(jump)) })
						}
					}
					if job == JobHandover {
						b.hand(ExitDone)
					} else {
						b.run(ExitDone)
					}
					if !jumped {
						t.Fatal("the run did not come to this step")
					}
					b.job.atStep = nil
					b.clock.Add(int64(-jump))
					b.asUndisturbed(findings, handed)
				})
			}
		}
	}
}

// A clock that falls back behind a consent, when the care home has the document: nobody
// can say that it permits what is to follow. The Task is not left requested, the report
// says so, and the document is not sent again.
func TestAClockThatFallsBackBehindTheConsent(t *testing.T) {
	for _, step := range []string{"delivered", "announced"} {
		t.Run("at "+step, func(t *testing.T) {
			b := newMoveBed(t, "jobs: {handover: {release: automatic}}")
			const jump = -40 * 24 * time.Hour
			b.atStep(step, func() { b.clock.Add(int64(jump)) })
			b.hand(ExitDone)
			b.clock.Add(int64(-jump))
			for range 2 {
				b.hand(ExitDone)
				if n := len(b.home.All("Bundle")); n != 1 {
					t.Errorf("%d documents are at the care home", n)
				}
				b.task("cancelled")
				if got := b.state(moverFHIR); got != "revoked" {
					t.Errorf("the state is %q", got)
				}
			}
			b.unbroken()
		})
	}
}
