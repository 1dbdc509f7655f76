package jobs

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// seedVariable makes the schedule of deaths another one, or the same again.
const seedVariable = "BRYGGA_TEST_SEED"

// death is where a process is killed: at the nth time that it comes to a step. A step
// "request ..." is that a server has a request that writes: it is carried out (even n),
// or not (odd).
type death struct {
	step string
	nth  int
}

func (d death) String() string { return d.step + " " + strconv.Itoa(d.nth) }

const (
	requestToRecord = "request to the record system"
	requestToHome   = "request to the care home"
)

var nightSteps = []string{
	stepLeased, stepBegun, stepPulled, stepStored, stepJudged, stepStood, stepCompared, stepSending, stepWritten, stepNoted,
	stepApplied, stepForgotten, stepFinished, stepGivenBack, requestToRecord,
}

// sendingSteps are those of a handover that nobody has to release.
var sendingSteps = append([]string{requestToRecord, requestToHome}, handoverSteps[1:]...)

// deaths draws n of them: each step as often as any other, in any order.
func deaths(r *rand.Rand, n int, steps []string) []death {
	var out []death
	for len(out) < n {
		for _, i := range r.Perm(len(steps)) {
			nth := 1
			switch steps[i] {
			case stepPulled, stepStored:
				nth += r.IntN(8) // of the kinds
			case requestToRecord, requestToHome:
				nth += r.IntN(4) // the first request or the second, carried out or not
			default:
				if len(steps) == len(sendingSteps) {
					nth += r.IntN(2) // of the clients who move
				}
			}
			out = append(out, death{steps[i], nth})
		}
	}
	return out[:n]
}

const (
	killTowns  = 8
	killRounds = 2
	killsInRow = 4 // of each job
)

// A seeded schedule of deaths: processes are killed one after the other, in both jobs,
// at every step of them. What the record system and the care homes hold in the end is
// what undisturbed runs give, and the runs that died are told.
func TestASeededScheduleOfDeathsLosesAndDoublesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts more than a hundred processes")
	}
	seed := uint64(20261122)
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", seedVariable, seed)
	r := rand.New(rand.NewPCG(seed, 6))
	nights := deaths(r, killTowns*killRounds*killsInRow, nightSteps)
	sendings := deaths(r, killTowns*killRounds*killsInRow, sendingSteps)

	quiet := newMoveTown(t)
	for round := range killRounds {
		for k := range killsInRow {
			quiet.arrive(round, k)
		}
	}
	quiet.last()
	findings, handed := quiet.findings(), quiet.handed()

	t.Logf("undisturbed, %d Flags and Tasks and %d traces of handovers stand", len(findings), len(handed))

	var killed atomic.Int64
	var at sync.Map // the steps at which somebody died
	t.Run("towns", func(t *testing.T) {
		for town := range killTowns {
			t.Run(strconv.Itoa(town), func(t *testing.T) {
				t.Parallel()
				b := newMoveTown(t)
				var before, died int
				for round := range killRounds {
					from := (town*killRounds + round) * killsInRow
					for k, d := range nights[from : from+killsInRow] {
						b.arrive(round, k)
						if b.dies(JobReconcile, d) {
							killed.Add(1)
							at.Store(JobReconcile+" "+d.step, true)
							if d.step == stepLeased || d.step == stepFinished || d.step == stepGivenBack {
								before++
							}
							died++
						} else {
							t.Logf("the night did not come to %s", d)
						}
					}
					b.run(ExitDone) // handing over rests on it
					for _, d := range sendings[from : from+killsInRow] {
						if b.dies(JobHandover, d) {
							killed.Add(1)
							at.Store(JobHandover+" "+d.step, true)
							died++
						} else {
							t.Logf("handing over did not come to %s", d)
						}
					}
				}
				b.last()
				b.sameAs("the record system", b.findings(), findings)
				b.sameAs("the care homes", b.handed(), handed)
				b.singly()
				b.unbroken()
				b.accounted()
				b.diedRuns(died - before)
				b.run(ExitDone)
				b.written(0)
				b.hand(ExitDone)
				b.sameAs("the care homes, once more", b.handed(), handed)
			})
		}
	})
	t.Logf("%d processes were killed", killed.Load())
	for job, steps := range map[string][]string{JobReconcile: nightSteps, JobHandover: sendingSteps} {
		for _, step := range steps {
			if _, ok := at.Load(job + " " + step); !ok {
				t.Errorf("nobody died at %q of %s: %s=%d", step, job, seedVariable, seed)
			}
		}
	}
	if killed.Load() < 100 {
		t.Errorf("%d processes were killed, and at least 100 should be: %s=%d", killed.Load(), seedVariable, seed)
	}
}

// diedRuns asserts that just so many runs are recorded that began and never ended.
func (b *bed) diedRuns(want int) {
	b.Helper()
	runs, err := b.job.Job.Store.Runs(b.ctx(), 1000)
	if err != nil {
		b.Fatal(err)
	}
	open := 0
	for _, r := range runs {
		if r.Ended.IsZero() {
			open++
		}
	}
	if open != want {
		b.Errorf("%d runs are recorded that began and did not end, and %d died in the middle", open, want)
	}
}
