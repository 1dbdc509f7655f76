package interop

import (
	"net/http"
	"sync"
	"testing"
)

// interference changes the first thing that a run is about to update, just before
// the update reaches the server.
type interference struct {
	mu     sync.Mutex
	done   bool
	theirs own // as staff left it
}

func (i *interference) on(t testing.TB, p *proxy, how func(resource)) {
	p.on(func(x *exchange, forward func() reply) reply {
		i.mu.Lock()
		if targets := x.updates(); len(targets) > 0 && !i.done {
			i.done = true
			i.theirs = asOwn(t, under.change(t, targets[0], how))
		}
		i.mu.Unlock()
		return forward()
	})
}

// A member of staff is faster than brygga: between its reading and its writing
// one of the resources that it is about to update gets another version.
func TestWhatStaffChangedBetweenReadAndWriteStands(t *testing.T) {
	m := load(t)
	p := between(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p})
	in.night()
	before := standing(t, tenant)
	vacated := []string{"plan-review-overdue", "plan-due-in-ten-days"}

	// Their contacts go: two Tasks are to be passed on to the coordinator.
	for _, story := range vacated {
		m.vacate(m.client(story))
	}
	var i interference
	i.on(t, p, accepts(m.member(m.teams(m.client("settled"))[0])))
	e := in.night()
	p.on(nil)
	if !i.done {
		t.Fatal("the run updated nothing")
	}
	after := standing(t, tenant)
	m.just(t, before, after,
		"Flag contact.vacant, plan-review-overdue", "Task contact.vacant, plan-review-overdue", "Task plan.review, plan-review-overdue",
		"Flag contact.vacant, plan-due-in-ten-days", "Task contact.vacant, plan-due-in-ten-days", "Task plan.review, plan-due-in-ten-days")
	for _, story := range vacated {
		task := find(t, after, "Task", m.client(story), "plan.review")
		if task.id() == i.theirs.id() {
			m.says(t, task, "versionId", task.version(), i.theirs.version())
			m.says(t, task, "status", task.status(), "accepted")
			continue
		}
		m.says(t, task, "performerType", coded(at(task.resource, "performerType", 0), ours+"/CodeSystem/owner"), "coordinator")
		m.says(t, task, "owner", tidyRef(text(task.resource, "owner", "reference")), "Organization/"+m.unit())
	}
	if a := e.rep.Applied; a == nil || a.Moved != 1 || a.Updated != 1 || a.Created != 4 || a.Failed+a.Refused+a.Left != 0 {
		t.Errorf("the report says %+v", a)
	}
	in.night()
	m.same(t, after, standing(t, tenant), "on the run after")

	// The contacts are back: Flags and Tasks of the vacancies are to be ended, and
	// a member of staff ends the first of them before brygga does.
	for _, story := range vacated {
		m.reinstate(m.client(story))
	}
	var j interference
	j.on(t, p, func(r resource) {
		if r.typ() == "Flag" {
			r["status"] = "inactive"
			return
		}
		r["status"] = "completed"
		r["note"] = append(list(r, "note"), map[string]any{"text": "Redan gjort."})
	})
	in.night()
	p.on(nil)
	if !j.done {
		t.Fatal("the run updated nothing")
	}
	last := standing(t, tenant)
	once(t, last)
	for _, o := range last {
		switch {
		case o.ref() == j.theirs.ref():
			m.says(t, o, "versionId", o.version(), j.theirs.version())
		case o.rule == "contact.vacant" && (o.client == m.client(vacated[0]) || o.client == m.client(vacated[1])) && o.open():
			t.Errorf("%s is still open", m.label(o))
		}
	}
	in.night()
	m.same(t, last, standing(t, tenant), "on the run after that")
}

// Staff write to everything that brygga is about to update, again and again: it
// gives up on these, leaves them as staff have them, and the rest is written.
func TestWhatKeepsMovingIsLeftToTheNextRun(t *testing.T) {
	m := load(t)
	p := between(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p})
	in.night()
	restless := m.client("plan-due-in-ten-days")
	target := find(t, standing(t, tenant), "Task", restless, "plan.review").ref()
	m.vacate(restless)
	m.review(m.client("plan-review-overdue"))
	n := 0
	var mu sync.Mutex
	p.on(func(x *exchange, forward func() reply) reply {
		mu.Lock()
		defer mu.Unlock()
		for _, u := range x.updates() {
			if u == target {
				n++
				// Nothing that brygga minds changes: only the version does.
				under.change(t, target, func(r resource) { r["groupIdentifier"] = map[string]any{"value": number(n)} })
			}
		}
		return forward()
	})
	e := in.reconcile()
	p.on(nil)
	if n < 2 {
		t.Fatalf("it was tried %d times", n)
	}
	if n > 20 {
		t.Errorf("it was tried %d times: somebody who writes all the time must not keep brygga busy", n)
	}
	after := standing(t, tenant)
	once(t, after)
	for _, typ := range []string{"Flag", "Task"} {
		if o := find(t, after, typ, m.client("plan-review-overdue"), "plan.review"); o.open() {
			t.Errorf("%s was held up by another one that kept moving (exit %d)", m.label(o), e.exit)
		}
		find(t, after, typ, restless, "contact.vacant")
	}
	task := find(t, after, "Task", restless, "plan.review")
	m.says(t, task, "groupIdentifier.value", text(task.resource, "groupIdentifier", "value"), number(n))
	if a := e.rep.Applied; a == nil || a.Left != 1 || a.Failed+a.Refused != 0 {
		t.Errorf("the report says %+v", a)
	}
	in.night()
	task = find(t, standing(t, tenant), "Task", restless, "plan.review")
	m.says(t, task, "performerType", coded(at(task.resource, "performerType", 0), ours+"/CodeSystem/owner"), "coordinator")
	m.says(t, task, "groupIdentifier.value", text(task.resource, "groupIdentifier", "value"), number(n))
}

// A server, or something before it, answers a write with an error after it was
// carried out: the write is tried again, or found at the next run, and is there once.
func TestAWriteWhoseAnswerIsLostIsThereOnce(t *testing.T) {
	m := unchanging(t)
	for name, instead := range map[string]reply{
		"the connection breaks":   {drop: true},
		"the answer is 502":       {answer: answer{status: http.StatusBadGateway, header: http.Header{}}},
		"the answer is truncated": {cut: 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // brygga waits before it tries again
			p := between(t)
			tenant := newTenant()
			in := install(t, settings{tenant: tenant, unit: m.unit(), proxy: p, size: 4})
			var mu sync.Mutex
			n := 0
			p.on(func(x *exchange, forward func() reply) reply {
				a := forward()
				mu.Lock()
				defer mu.Unlock()
				if x.writing() {
					if n++; n == 2 {
						if instead.cut > 0 {
							a.cut = instead.cut
							return a
						}
						return instead
					}
				}
				return a
			})
			in.reconcile()
			p.on(nil)
			in.night()
			stands := standing(t, tenant)
			m := *m
			m.t = t
			m.asExpected(t, stands, m.expected(t, "national"))
			in.night()
			m.same(t, stands, standing(t, tenant), "on the run after")
		})
	}
}
