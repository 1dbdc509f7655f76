package interop

import (
	"slices"
	"strings"
	"testing"
)

// Several nights on one municipality, with days between them on which the record
// changes and staff do what staff do.
func TestNightsFollowWhatHappenedAndNothingElse(t *testing.T) {
	m := load(t)
	s := &season{municipality: m, t: t, tenant: newTenant()}
	s.in = install(t, settings{tenant: s.tenant, unit: m.unit()})
	s.in.night()
	s.now = standing(t, s.tenant)
	m.asExpected(t, s.now, m.expected(t, "national"))
	t.Run("the first day", func(t *testing.T) { s.day(t, s.first) })
	t.Run("the second day", func(t *testing.T) { s.day(t, s.second) })
	t.Run("the third day", func(t *testing.T) { s.day(t, s.third) })
}

// season is what stands, day after day.
type season struct {
	*municipality
	t      testing.TB
	in     *installation
	tenant string
	now    []own

	taken, finished, reopened own // Tasks that staff had their hands on
	reviewed                  string
}

// day lets a day go by, runs the job, and then once more: nothing is left to write.
func (s *season) day(t *testing.T, what func() (check func(), moved []string)) {
	s.t, s.municipality.t, s.in.t = t, t, t
	check, moved := what()
	before := standing(t, s.tenant)
	s.in.night()
	s.now = standing(t, s.tenant)
	once(t, s.now)
	s.just(t, before, s.now, moved...)
	check()
	s.in.night()
	s.same(t, s.now, standing(t, s.tenant), "on a second run with nothing changed")
}

func (s *season) flag(story, rule string) own { return find(s.t, s.now, "Flag", s.client(story), rule) }

func (s *season) task(story, rule string) own { return find(s.t, s.now, "Task", s.client(story), rule) }

// staff changes an own resource as a person does, and gives it as it stands then.
func (s *season) staff(o own, how func(resource)) own {
	s.t.Helper()
	return asOwn(s.t, under.change(s.t, o.ref(), how))
}

func (s *season) first() (func(), []string) {
	// The record changes.
	s.reviewed = s.review(s.client("plan-review-overdue"))
	s.withdraw(lastOf(s.of("Observation", s.client("change-requested-overdue"))))
	s.decides(s.client("offer-overdue"), "declined")
	settled := s.client("settled")
	leaver := s.member(s.teams(settled)[0])
	vacant := s.leave(leaver)
	missing := s.client("contact-missing-overdue")
	due := s.due(s.t, "contact.missing", missing)
	s.begins(missing, 2)

	// Staff have their hands on what stands.
	s.taken = s.staff(s.task("contact-missing-overdue", "contact.missing"), accepts(s.member(s.teams(settled)[1])))
	s.finished = s.staff(s.task("only-services-and-unassessed", "contact.exempt-undocumented"), sets("completed"))
	off := s.staff(s.flag("contact-certificate-expired", "contact.unqualified"), sets("inactive"))
	before := s.now

	moved := []string{
		"Flag plan.review, plan-review-overdue", "Task plan.review, plan-review-overdue",
		"Task contact.change-requested, change-requested-overdue",
		"Task contact.offer-unanswered, offer-overdue",
		"Task contact.missing, contact-missing-overdue",
	}
	for _, c := range vacant {
		moved = append(moved, "Flag contact.vacant, "+s.story(c), "Task contact.vacant, "+s.story(c))
		for _, o := range before { // what was the leaver's to do is passed on
			theirs := s.person(tidyRef(text(o.resource, "owner", "reference"))) == leaver
			if o.client == c && o.task() && theirs && !slices.Contains(moved, s.label(o)) {
				moved = append(moved, s.label(o))
			}
		}
	}
	return func() {
		if !slices.Contains(vacant, settled) {
			s.t.Fatal("the contact who left was nobody's: the test shows nothing")
		}
		// Ended, for the finding is gone.
		s.says(s.t, s.flag("plan-review-overdue", "plan.review"), "status", s.flag("plan-review-overdue", "plan.review").status(), "inactive")
		s.says(s.t, s.flag("plan-review-overdue", "plan.review"), "period.end", text(s.flag("plan-review-overdue", "plan.review").resource, "period", "end"), today().String())
		for story, rule := range map[string]string{
			"plan-review-overdue": "plan.review", "change-requested-overdue": "contact.change-requested", "offer-overdue": "contact.offer-unanswered",
		} {
			s.endedAs(s.task(story, rule), "completed", "resolved in the record")
		}
		// Taken by staff: theirs stays, and the due date follows the facts.
		task := s.task("contact-missing-overdue", "contact.missing")
		s.keeps(task, s.taken, "accepted")
		s.says(s.t, task, "restriction.period.end", text(task.resource, "restriction", "period", "end"), due.plus(2).String())
		// Closed by staff, and the condition remains: not opened again.
		s.says(s.t, s.finished, "status", s.task("only-services-and-unassessed", "contact.exempt-undocumented").status(), "completed")
		s.says(s.t, off, "status", s.flag("contact-certificate-expired", "contact.unqualified").status(), "inactive")
	}, moved
}

func (s *season) second() (func(), []string) {
	wasFlag, wasTask := s.flag("plan-review-overdue", "plan.review"), s.task("plan-review-overdue", "plan.review")
	s.withdraw(s.reviewed) // it was recorded for the wrong client
	s.reopened = s.staff(s.task("change-requested-overdue", "contact.change-requested"), sets("in-progress"))
	s.appoint(s.client("contact-missing-overdue"), s.teams(s.client("settled"))[1])
	s.change(s.client("plan-missing-overdue"), func(r resource) { r["deceasedDateTime"] = today().plus(-1).String() })
	s.change(s.of("EpisodeOfCare", s.client("protected-and-plan-overdue"))[0].ref(), func(r resource) {
		r["status"] = "finished"
		period, _ := r["period"].(map[string]any)
		period["end"] = today().plus(-1).String()
	})
	return func() {
		// The same finding is back: its Flag is active again, its Task is a new one.
		flag, task := s.flag("plan-review-overdue", "plan.review"), s.task("plan-review-overdue", "plan.review")
		s.says(s.t, flag, "id", flag.id(), wasFlag.id())
		s.says(s.t, flag, "status", flag.status(), "active")
		s.says(s.t, flag, "period.end", text(flag.resource, "period", "end"), "")
		s.says(s.t, task, "identifier", task.finding, wasTask.finding+"#1")
		s.says(s.t, task, "status", task.status(), "requested")
		// Opened again by staff: brygga does not argue.
		s.says(s.t, s.reopened, "status", s.task("change-requested-overdue", "contact.change-requested").status(), "in-progress")
		// Gone for other reasons.
		s.endedAs(s.task("contact-missing-overdue", "contact.missing"), "completed", "resolved in the record")
		s.keeps(s.task("contact-missing-overdue", "contact.missing"), s.taken, "completed")
		s.endedAs(s.task("plan-missing-overdue", "plan.missing"), "cancelled", "deceased")
		s.endedAs(s.task("protected-and-plan-overdue", "plan.review"), "cancelled", "left home care")
		for story, rule := range map[string]string{
			"contact-missing-overdue": "contact.missing", "plan-missing-overdue": "plan.missing", "protected-and-plan-overdue": "plan.review",
		} {
			s.says(s.t, s.flag(story, rule), "status", s.flag(story, rule).status(), "inactive")
		}
	}, []string{
		"Flag plan.review, plan-review-overdue", "Task plan.review, plan-review-overdue",
		"Flag contact.missing, contact-missing-overdue", "Task contact.missing, contact-missing-overdue",
		"Flag plan.missing, plan-missing-overdue", "Task plan.missing, plan-missing-overdue",
		"Flag plan.review, protected-and-plan-overdue", "Task plan.review, protected-and-plan-overdue",
	}
}

func (s *season) third() (func(), []string) {
	// The condition goes away that a Task stood for which staff had completed: there
	// is nothing left to end.
	s.decides(s.client("only-services-and-unassessed"), "unnecessary")
	s.review(s.client("plan-review-overdue"))
	moved := []string{"Flag plan.review, plan-review-overdue", "Task plan.review, plan-review-overdue"}
	gone := "contact-left-last-week"
	deleted := under.remove(s.t, s.client(gone))
	if deleted {
		moved = append(moved, "Flag contact.vacant, "+gone, "Task contact.vacant, "+gone)
	} else {
		s.t.Log("the server does not delete a Patient: a client who is gone is not tested here")
	}
	return func() {
		if deleted {
			s.endedAs(s.task(gone, "contact.vacant"), "cancelled", "no longer in the record")
			s.says(s.t, s.flag(gone, "contact.vacant"), "status", s.flag(gone, "contact.vacant").status(), "inactive")
		}
		task := s.task("plan-review-overdue", "plan.review")
		if !strings.HasSuffix(task.finding, "#1") {
			s.t.Errorf("the Task that was ended is %s", task.finding)
		}
		s.endedAs(task, "completed", "resolved in the record")
	}, moved
}

// Systems differ in what they leave of a Task that somebody opens again: some keep
// the reason that it was ended with, others clear it.
func TestATaskThatStaffOpenAgainStaysOpen(t *testing.T) {
	m := load(t)
	tenant := newTenant()
	in := install(t, settings{tenant: tenant, unit: m.unit()})
	in.night()
	ended := map[string]string{"offer-overdue": "contact.offer-unanswered", "plan-review-overdue": "plan.review", "change-requested-overdue": "contact.change-requested"}
	m.decides(m.client("offer-overdue"), "declined")
	m.review(m.client("plan-review-overdue"))
	m.withdraw(lastOf(m.of("Observation", m.client("change-requested-overdue"))))
	in.night()
	opened := map[string]func(resource){
		"offer-overdue": sets("in-progress"),
		"plan-review-overdue": func(r resource) {
			r["status"] = "requested"
			delete(r, "statusReason")
		},
		"change-requested-overdue": func(r resource) {
			accepts("Organization/" + m.unit())(r)
			delete(r, "statusReason")
		},
	}
	all := standing(t, tenant)
	for story, rule := range ended {
		task := find(t, all, "Task", m.client(story), rule)
		m.says(t, task, "status", task.status(), "completed")
		under.change(t, task.ref(), opened[story])
	}
	before := standing(t, tenant)
	in.night()
	m.same(t, before, standing(t, tenant), "to what staff had opened again")
}

// begins moves the beginning of home care and of its services by some days.
func (s *season) begins(client string, days int) {
	for _, r := range append(s.of("EpisodeOfCare", client), s.of("ServiceRequest", client)...) {
		name := "period"
		if r.typ() == "ServiceRequest" {
			name = "occurrencePeriod"
		}
		s.change(r.ref(), func(r resource) {
			period, _ := r[name].(map[string]any)
			period["start"] = on(s.t, text(period, "start")).plus(days).String()
		})
	}
}

func (s *season) endedAs(o own, status, reason string) {
	s.t.Helper()
	s.says(s.t, o, "status", o.status(), status)
	if got := text(o.resource, "statusReason", "text"); !strings.Contains(got, reason) {
		s.t.Errorf("%s: statusReason is %q, want %q in it", s.label(o), got, reason)
	}
}

// keeps demands that a Task still says what a person wrote.
func (s *season) keeps(o, theirs own, status string) {
	s.t.Helper()
	s.says(s.t, o, "status", o.status(), status)
	s.says(s.t, o, "owner", tidyRef(text(o.resource, "owner", "reference")), tidyRef(text(theirs.resource, "owner", "reference")))
	s.says(s.t, o, "note", text(o.resource, "note", 0, "text"), text(theirs.resource, "note", 0, "text"))
	s.says(s.t, o, "description", text(o.resource, "description"), text(theirs.resource, "description"))
}

func lastOf(all []resource) string { return all[len(all)-1].ref() }
