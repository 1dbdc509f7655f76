package jobs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"brygga/config"
	"brygga/sandbox"
	"brygga/sandbox/people"
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

// TestFaultChild is no test: it is the process that the tests below kill, or stop.
func TestFaultChild(t *testing.T) {
	path := os.Getenv("BRYGGA_FAULT_CONFIG")
	if path == "" {
		t.Skip("it is started by other tests")
	}
	cfg, problems := config.Load(path, os.LookupEnv)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	start, err := strconv.ParseInt(os.Getenv("BRYGGA_FAULT_NOW"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var clock, steps atomic.Int64
	clock.Store(start)
	o, err := Open(t.Context(), cfg, Deps{
		Now:   func() time.Time { return time.Unix(0, clock.Add(int64(time.Millisecond))).UTC() },
		Sleep: func(context.Context, time.Duration) error { return nil },
		AtStep: func(step string) {
			name, nth, _ := strings.Cut(os.Getenv("BRYGGA_FAULT_DIES"), " ")
			if n, _ := strconv.Atoi(nth); step == name && steps.Add(1) == int64(n) {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if os.Getenv("BRYGGA_FAULT_JOB") == JobHandover {
		_, err = o.RunHandover(t.Context(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
	} else {
		_, err = o.Reconcile(t.Context(), RunOptions{AsOf: o.Today(), Trigger: "test"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// dies runs a job in a process of its own, and says whether it was killed.
func (b *moveBed) dies(job string, d death) (killed bool) {
	b.Helper()
	cmd := exec.CommandContext(b.ctx(), os.Args[0], "-test.run=^TestFaultChild$")
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "BRYGGA_FAULT_CONFIG=brygga.yaml", "BRYGGA_FAULT_NOW="+strconv.FormatInt(b.now().UnixNano(), 10),
		"BRYGGA_FAULT_JOB="+job, "BRYGGA_FAULT_DIES=")
	server := map[string]*sandbox.Server{requestToRecord: b.server, requestToHome: b.home}[d.step]
	if server == nil {
		cmd.Env = append(cmd.Env, "BRYGGA_FAULT_DIES="+d.String())
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	var seen atomic.Int64
	started := make(chan struct{})
	if server != nil {
		server.SetFault(func(r *http.Request) *sandbox.Fault {
			if !isWrite(r) || seen.Add(1) != int64(d.nth+1)/2 {
				return nil
			}
			<-started
			_ = cmd.Process.Kill()
			if d.nth%2 == 1 {
				return &sandbox.Fault{Status: http.StatusServiceUnavailable}
			}
			return nil
		})
		defer server.SetFault(nil)
	}
	b.must(cmd.Start())
	close(started)
	err := cmd.Wait()
	b.clock.Add(int64(time.Minute)) // the child's clock has gone on too
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if killed = status.Signaled(); err != nil && !killed {
		b.Fatalf("the process failed: %v\n%s", err, out.String())
	}
	return killed
}

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

const townSettings = "writes: {mode: write, transaction_size: 4}\nguard: {at_least: 1000}\njobs: {handover: {release: automatic}}"

// newMoveTown is a small municipality out of which people move.
func newMoveTown(t *testing.T) *moveBed {
	t.Helper()
	b := newMoveBed(t, townSettings)
	for r := range people.Small("t-", bedDay).Resources {
		b.must(b.server.Load(r.JSON))
	}
	return b
}

// newcomer is a client of whom something is to be found, since nobody has done anything.
func (b *moveBed) newcomer(name string) {
	b.put(`{"resourceType":"Patient","id":%q,"birthDate":"1935-05-05"}`, name)
	b.put(`{"resourceType":"EpisodeOfCare","id":"ep-%s","status":"active","type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],
		"patient":{"reference":"Patient/%s"},"managingOrganization":{"reference":"Organization/unit"},"period":{"start":"2026-01-01"}}`, name, name)
	b.put(`{"resourceType":"ServiceRequest","id":"sr-%s","status":"active","intent":"order","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],
		"code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/service","code":"personal-care"}]},"subject":{"reference":"Patient/%s"},"authoredOn":"2026-01-01","occurrencePeriod":{"start":"2026-01-01"}}`, name, name)
}

// arrive puts what happens before the kth kill of a round.
func (b *moveBed) arrive(round, k int) {
	b.newcomer(fmt.Sprintf("new-%d-%d", round, k))
	b.mover(fmt.Sprintf("moves-%d-%d", round, k), []string{"solgarden", "bjorken"}[k%2]) // k even has a FHIR server
}

// last are runs that nobody disturbs: a night, handing over, and a night that sees it.
func (b *moveBed) last() {
	b.Helper()
	b.run(ExitDone)
	b.hand(ExitDone)
	b.run(ExitDone)
}

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
