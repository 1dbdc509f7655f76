package jobs

import (
	"maps"
	"strings"
	"testing"
	"time"

	"brygga/adapters/adaptertest"
)

// foreignFault is one way in which a request goes wrong: on the cable, or by its answer.
type foreignFault struct {
	name    string
	trouble trouble
	answer  adaptertest.Fault
	// overcome: the run that meets it ends as if it had not been.
	overcome bool
	// mayBe: so it may, since the work is done and can be seen to be.
	mayBe bool
	// times is how many requests are hit at each place; 0 is all.
	times int
	// says is in what the run tells of it: in a night that reads, in one that writes, and
	// in one that hands over. Empty is says[0].
	says [3]string
}

var foreignFaults = []foreignFault{
	{name: "everything comes late", trouble: trouble{late: 10 * time.Millisecond}, overcome: true},
	{name: "the line is slow", trouble: trouble{perSecond: 256 << 10}, overcome: true},
	{name: "the connection is reset in the middle of a request, twice", trouble: trouble{cutRequest: true}, times: 2, overcome: true},
	{name: "the connection is reset in the middle of each request", trouble: trouble{cutRequest: true}, says: [3]string{"connection"}},
	{name: "the connection is reset in the middle of an answer, twice", trouble: trouble{cutAnswer: true}, times: 2, overcome: true},
	{name: "the connection is reset in the middle of each answer", trouble: trouble{cutAnswer: true}, mayBe: true, says: [3]string{"truncated"}},
	{name: "answers come a byte at a time and never end", trouble: trouble{drip: 50 * time.Millisecond}, times: 5, mayBe: true, says: [3]string{"no whole answer within 1s"}},
	{name: "no answer comes", trouble: trouble{silent: true}, times: 5, mayBe: true, says: [3]string{"no whole answer within 1s"}},
	{name: "429 for a moment", answer: adaptertest.Status(429, "Retry-After", "1"), times: 2, overcome: true},
	{name: "429", answer: adaptertest.Status(429), says: [3]string{"429"}},
	{name: "500", answer: adaptertest.Status(500), says: [3]string{"500"}},
	{name: "502", answer: adaptertest.Status(502), says: [3]string{"502"}},
	{name: "503 for a moment", answer: adaptertest.Status(503), times: 2, overcome: true},
	{name: "503", answer: adaptertest.Status(503, "Retry-After", "3600"), says: [3]string{"503"}},
	{name: "504", answer: adaptertest.Status(504), says: [3]string{"504"}},
	{name: "401", answer: adaptertest.Status(401), says: [3]string{"401"}},
	{name: "403", answer: adaptertest.Status(403), says: [3]string{"403"}},
	{name: "409", answer: adaptertest.Status(409), says: [3]string{"409", "others kept changing", "409"}},
	{name: "412", answer: adaptertest.Status(412), says: [3]string{"412", "others kept changing", "412"}},
	{name: "413", answer: adaptertest.Status(413), says: [3]string{"413"}},
	{name: "a web page instead of JSON", answer: adaptertest.WebPage(200), says: [3]string{"web page"}},
	{name: "an answer that ends too early and looks whole", answer: adaptertest.Truncated(true), mayBe: true, says: [3]string{"truncated"}},
	{name: "the work is done and the answer is lost", answer: adaptertest.Dropped, mayBe: true, says: [3]string{"connection"}},
	{name: "a gzip bomb", answer: adaptertest.Bomb(65 << 20), says: [3]string{"MiB"}},
}

// places are where a handover is struck.
var places = []struct {
	what   string
	atHome bool
	where  place
}{
	{"consents", false, at("/Consent")},
	{"content", false, at("/RiskAssessment")},
	{"the document", true, posts("Bundle")},
	{"the receipt", false, writes},
	{"the Task", true, posts("Task")},
}

// Each fault strikes where a night reads, where it writes, where a handover reads
// consents and content, and where the care home and the record are written. While it
// lasts nothing is doubled and nothing false is written; when it is over, all stands
// that stands without it. Each run says what was wrong.
func TestFaultsOnTheWayToEveryServer(t *testing.T) {
	if testing.Short() {
		t.Skip("a dozen runs for each fault")
	}
	quiet := newMoveTown(t)
	quiet.arrive(0, 0)
	quiet.run(ExitDone)
	night := quiet.findings()
	for k := range places {
		quiet.arrive(1, k)
	}
	quiet.last()
	findings, handed := quiet.findings(), quiet.handed()
	for _, f := range foreignFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			b := newFaultTownship(t)
			before := b.findings()
			b.night(f, "plans", at("/CarePlan"), f.says[0])
			if got := b.findings(); !f.overcome && !maps.Equal(got, before) {
				t.Errorf("a night that could not read everything wrote: %d stand, and %d stood", len(got), len(before))
			}
			b.arrive(0, 0) // something to write, also where the first night came through
			b.night(f, "what it writes", writes, f.says[1])
			b.nothingBut("the night that could not write", b.findings(), night)
			b.run(ExitDone)
			b.sameAs("the record system, when it was over", b.findings(), night)

			for k, p := range places {
				b.arrive(1, k) // somebody to hand over
				b.run(ExitDone)
				way := &b.record
				if p.atHome {
					way = &b.care
				}
				b.handing(f, p.what, way, p.where)
				b.nothingBut("handing over while "+p.what+" failed", b.handed(), handed)
			}
			b.last()
			b.sameAs("the record system", b.findings(), findings)
			b.sameAs("the care homes", b.handed(), handed)
			b.singly()
			b.unbroken()
			b.run(ExitDone)
			b.written(0)
			b.hand(ExitDone)
			b.sameAs("the care homes, once more", b.handed(), handed)
		})
	}
}

// night is one with the fault, which must be in its record.
func (b *faultTownship) night(f foreignFault, what string, where place, says string) {
	b.Helper()
	b.record.breaks(f, where, f.strikes())
	rep := b.reconcile()
	hit := b.record.mended()
	b.reopen() // the next run is another process, with no circuit open
	b.told(f, what, hit, rep.Exit, rep.Problems, says)
	kept, err := b.job.Reports(b.ctx(), 1)
	if err != nil || len(kept) != 1 || kept[0].Exit != rep.Exit || told(kept[0].Problems) != told(rep.Problems) || kept[0].Ended.IsZero() {
		b.Errorf("%s: the night's record says %+v, %v", what, kept, err)
	}
}

// handing is a run of the job with the fault, which must be in its record.
func (b *faultTownship) handing(f foreignFault, what string, way *faultWay, where place) {
	b.Helper()
	way.breaks(f, where, f.strikes())
	rep, err := b.job.RunHandover(b.ctx(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
	b.must(err)
	hit := way.mended()
	b.reopen()
	b.told(f, what, hit, rep.Exit, rep.Problems, f.says[2])
	runs, err := b.job.Job.Store.Runs(b.ctx(), 1)
	if err != nil || len(runs) != 1 || runs[0].Job != JobHandover || runs[0].Exit != rep.Exit || runs[0].Ended.IsZero() {
		b.Errorf("%s: the run's record says %+v, %v", what, runs, err)
	}
}

func (f *foreignFault) strikes() int {
	if f.times == 0 {
		return -1
	}
	return f.times
}

// told asserts that a run met the fault, and says so or overcame it.
func (b *faultTownship) told(f foreignFault, what string, hit, exit int, problems []Problem, says string) {
	b.Helper()
	if says == "" {
		says = f.says[0]
	}
	b.Logf("%s: %d requests went wrong, exit %d, %s", what, hit, exit, told(problems))
	switch text := told(problems); {
	case hit == 0:
		b.Errorf("%s: no request was hit, so nothing is shown", what)
	case f.overcome && exit != ExitDone:
		b.Errorf("%s: exit %d, and it could be overcome: %s", what, exit, text)
	case f.overcome:
	case exit == ExitDone && f.mayBe:
	case exit == ExitDone:
		b.Errorf("%s: the run says that all is well", what)
	case !strings.Contains(text, says):
		b.Errorf("%s: %q is not said:\n%s", what, says, text)
	case strings.Contains(text, "?"):
		b.Errorf("%s: an address with its query is told:\n%s", what, text)
	}
}

// nothingBut asserts that what stands is a part of what should.
func (b *bed) nothingBut(what string, got, want map[string]int) {
	b.Helper()
	for key, n := range got {
		if n > want[key] {
			b.Errorf("%s: there %s %d times, and should be at most %d times:\n%.400s", what, plain(n), n, want[key], key)
		}
	}
}
