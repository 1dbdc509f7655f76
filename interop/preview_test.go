package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// preview saves what a run would write, and demands that it wrote nothing.
func (in *installation) preview(m *municipality) (file string, e ended) {
	in.t.Helper()
	before := standing(in.t, in.tenant)
	file = filepath.Join(in.dir, "plan-"+mark()+".json")
	e = in.brygga("preview", "--out", file, "-o", "json")
	e.well(in.t)
	m.same(in.t, before, standing(in.t, in.tenant), "by a preview")
	return file, e
}

func TestAPreviewIsWrittenExactlyAndOnce(t *testing.T) {
	m := unchanging(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit()})
	file, e := in.preview(m)
	planned := map[string]int{}
	for _, c := range e.rep.Changes {
		if c.Action == "create" {
			planned[c.Type+" "+c.Rule+" "+c.Client]++
		}
	}
	if e := in.brygga("preview", "--detailed-exitcode"); e.exit != 6 && e.exit != 3 {
		t.Errorf("with --detailed-exitcode a preview with changes ended with %d", e.exit)
	}
	in.brygga("apply", file, "-o", "json").well(t)
	stands := standing(t, tenant)
	m.asExpected(t, stands, m.expected(t, "national"))
	for _, o := range stands {
		planned[o.typ()+" "+o.rule+" "+o.client]--
	}
	for what, n := range planned {
		if n != 0 {
			t.Errorf("%s: planned and written differ by %d", what, n)
		}
	}
	if e := in.brygga("apply", file); e.exit != 5 || !strings.Contains(e.err, "stale") {
		t.Errorf("the same file again ended with %d: %s%s", e.exit, e.out, e.err)
	}
	m.same(t, stands, standing(t, tenant), "by the same file")
	in.night()
	m.same(t, stands, standing(t, tenant), "on the night after")
	if e := in.brygga("preview", "--detailed-exitcode", "-o", "json"); e.exit != 0 {
		e.well(t)
	}
}

func TestAPreviewIsRefusedWhenSomethingMoved(t *testing.T) {
	m := load(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit()})
	in.night()
	m.review(m.client("plan-review-overdue"))
	m.vacate(m.client("plan-due-in-ten-days"))
	refused := func(file, why string) {
		t.Helper()
		before := standing(t, tenant)
		if e := in.brygga("apply", file); e.exit != 5 || !strings.Contains(e.err, "make it again") {
			t.Errorf("%s: apply ended with %d: %s%s", why, e.exit, e.out, e.err)
		}
		m.same(t, before, standing(t, tenant), why)
	}

	file, _ := in.preview(m)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(content), "plan.review", "plan.missing", 1)
	if other == string(content) {
		t.Fatal("the preview does not name the rule whose Flag is to be closed")
	}
	refused(in.file("changed.json", other), "a file that somebody changed")

	task := find(t, standing(t, tenant), "Task", m.client("plan-due-in-ten-days"), "plan.review")
	under.change(t, task.ref(), accepts("Organization/"+m.unit()))
	refused(file, "a target that staff moved")

	file, _ = in.preview(m)
	before := standing(t, tenant)
	in.brygga("apply", file, "-o", "json").well(t)
	m.just(t, before, standing(t, tenant),
		"Flag plan.review, plan-review-overdue", "Task plan.review, plan-review-overdue",
		"Flag contact.vacant, plan-due-in-ten-days", "Task contact.vacant, plan-due-in-ten-days")

	m.vacate(m.client("change-requested-overdue"))
	file, _ = in.preview(m)
	install(t, settings{tenant: tenant, unit: m.unit()}).night()
	refused(file, "a preview whose creates another run has made")
}

func TestTheGuardStopsAndLetsThroughWhatIsAccepted(t *testing.T) {
	m := load(t)
	p := between(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), guard: "open_share: 0, close_share: 0, at_least: 3", proxy: p})
	stopped := func(e ended) string {
		t.Helper()
		if e.exit != 4 || e.rep.Guard == nil || e.rep.Guard.Hash == "" {
			t.Fatalf("brygga ended with %d: %s%s", e.exit, e.out, e.err)
		}
		if n := p.written(); n > 0 {
			t.Errorf("%d requests that write were sent before the guard stopped the run", n)
		}
		return e.rep.Guard.Hash
	}
	hash := stopped(in.reconcile())
	if all := standing(t, tenant); len(all) > 0 {
		t.Errorf("%d Flags and Tasks were written before the guard stopped the run", len(all))
	}
	said := in.brygga("run", "reconcile")
	if said.exit != 4 || !strings.Contains(said.out, "--accept "+hash) {
		t.Errorf("it ended with %d and does not say how to accept %s:\n%s", said.exit, hash, said.out)
	}
	if again := stopped(in.reconcile("--accept", "000000000000")); again != hash {
		t.Errorf("the same set of changes has the hashes %s and %s", hash, again)
	}
	in.night("--accept", hash)
	stands := standing(t, tenant)
	m.asExpected(t, stands, m.expected(t, "national"))
	p.written()

	// What was accepted was that set, and no other: closings are stopped too.
	m.review(m.client("plan-review-overdue"))
	m.review(m.client("protected-and-plan-overdue"))
	m.decides(m.client("offer-overdue"), "declined")
	m.decides(m.client("only-services-and-unassessed"), "unnecessary")
	if next := stopped(in.reconcile("--accept", hash)); next == hash {
		t.Error("another set of changes has the same hash")
	}
	m.same(t, stands, standing(t, tenant), "before the guard stopped the run")
	file, _ := in.preview(m)
	p.written()
	in.brygga("apply", file, "-o", "json").well(t) // somebody has looked at it
	for _, o := range standing(t, tenant) {
		reviewed := o.rule == "plan.review" && (o.client == m.client("plan-review-overdue") || o.client == m.client("protected-and-plan-overdue"))
		if (reviewed || o.rule == "contact.offer-unanswered") && o.open() {
			t.Errorf("%s is still open", m.label(o))
		}
	}
}
