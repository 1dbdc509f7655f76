package rules

import (
	"testing"

	"brygga/care"
)

// planless is single without a plan.
func planless() *world { return single().without("CarePlan/cp1") }

func TestPlanStatus(t *testing.T) {
	ended := func(w *world, end string) *world { w.lastPlan().End = d(end); return w }
	inactive := func(w *world) *world { w.lastPlan().Active = false; return w }
	from := func(start string) *world {
		return planless().without("EpisodeOfCare/e1").placement("e1", care.HomeCare, start, "")
	}
	decision := map[string]string{"plan.missing.clock": "decision"}
	rows := []struct {
		name  string
		world *world
		asOf  string
		set   map[string]string
		want  care.PlanState
		due   string
	}{
		{"no plan, on the due date", from("2026-11-07"), "2026-11-21", nil, care.PlanMissing, "2026-11-21"},
		{"no plan, the day after", from("2026-11-06"), "2026-11-21", nil, care.PlanOverdue, "2026-11-20"},
		{"no plan, long before", from("2026-11-20"), "2026-11-21", nil, care.PlanMissing, "2026-12-04"},
		{"no plan, and the placement's start is unknown", from(""), "2026-11-21", nil, care.PlanMissing, ""},
		{"no plan, the clock from the decision", from("2026-01-15").without("ServiceRequest/sr1").service("x", care.PersonalCare, "2026-11-07", "2026-11-08", ""), "2026-11-21", decision, care.PlanMissing, "2026-11-21"},
		{"no plan, the clock from the latest decision", from("2026-01-15").service("x", care.Shopping, "2026-11-06", "2026-11-08", ""), "2026-11-21", decision, care.PlanOverdue, "2026-11-20"},
		{"no plan, no decision known", from("2026-01-15").without("ServiceRequest/sr1"), "2026-11-21", decision, care.PlanMissing, ""},
		{"only cleaning needs no plan", planless().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", ""), "2026-11-21", nil, care.PlanNotApplicable, ""},
		{"only cleaning with a plan has its review", single().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", ""), "2026-11-21", nil, care.PlanCurrent, "2027-03-01"},
		{"only day activity needs a plan", planless().without("ServiceRequest/sr1").service("x", care.DayActivity, "2026-01-10", "2026-01-15", ""), "2026-11-21", nil, care.PlanOverdue, "2026-01-29"},
		{"a plan of tomorrow does not exist yet", planless().plan("x", care.Implementation, "2026-11-22", ""), "2026-11-21", nil, care.PlanOverdue, "2026-01-29"},
		{"a plan that ended yesterday", ended(planless().plan("x", care.Implementation, "2026-09-01", ""), "2026-11-20"), "2026-11-21", nil, care.PlanOverdue, "2026-01-29"},
		{"a plan whose last day is today", ended(planless().plan("x", care.Implementation, "2026-09-01", ""), "2026-11-21"), "2026-11-21", nil, care.PlanCurrent, "2027-03-01"},
		{"a plan that is not active", inactive(planless().plan("x", care.Implementation, "2026-09-01", "")), "2026-11-21", nil, care.PlanOverdue, "2026-01-29"},
		{"a SIP is no implementation plan", planless().plan("x", care.SIP, "2026-09-01", ""), "2026-11-21", nil, care.PlanOverdue, "2026-01-29"},
		{"the worst of two running plans", single().plan("x", care.Implementation, "2026-05-20", ""), "2026-11-21", nil, care.PlanOverdue, "2026-11-20"},
		{"a plan without any date is current", planless().plan("x", care.Implementation, "", ""), "2026-11-21", nil, care.PlanCurrent, ""},
		{"a plan without a date has its planned follow-up", planless().plan("x", care.Implementation, "", "", "2026-11-20"), "2026-11-21", nil, care.PlanOverdue, "2026-11-20"},
		{"due soon from 14 days before", planless().plan("x", care.Implementation, "2026-06-05", ""), "2026-11-21", nil, care.PlanDueSoon, "2026-12-05"},
		{"current 15 days before", planless().plan("x", care.Implementation, "2026-06-06", ""), "2026-11-21", nil, care.PlanCurrent, "2026-12-06"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			j := r.world.judge(t, mustParams(t, "national", r.set).WithTrace(), r.asOf)
			if j.Plan.Status != r.want || j.Plan.Due != d(r.due) {
				t.Errorf("%s due %s, want %s due %s", j.Plan.Status, j.Plan.Due, r.want, r.due)
			}
			if Words("because."+string(j.PlanBecause)).EN == "" {
				t.Errorf("no words for %s", j.PlanBecause)
			}
			checkTraces(t, j)
		})
	}
}

func TestPlanMissing(t *testing.T) {
	from := func(start string) *world {
		return planless().without("EpisodeOfCare/e1").placement("e1", care.HomeCare, start, "")
	}
	const who = " contact Practitioner/s1 EpisodeOfCare/e1"
	table(t, "plan.missing", []row{
		{"nothing yet eight days before", from("2026-11-07"), "2026-11-13", nil, nil},
		{"due soon seven days before", from("2026-11-07"), "2026-11-14", nil, []string{"due-soon 2026-11-21" + who}},
		{"due soon on the day", from("2026-11-07"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who}},
		{"overdue the day after", from("2026-11-07"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"an unknown start starts no clock", from(""), "2026-11-22", nil, nil},
		{"five days", from("2026-11-07"), "2026-11-13", map[string]string{"plan.missing.days": "5"}, []string{"overdue 2026-11-12" + who}},
		{
			"the clock from the decision, the identity from the placement",
			from("2026-01-15").service("x", care.Shopping, "2026-11-07", "2026-11-08", ""), "2026-11-22",
			map[string]string{"plan.missing.clock": "decision"},
			[]string{"overdue 2026-11-21" + who},
		},
		{"there is a plan", single(), "2026-11-22", nil, nil},
		{"only service", from("2026-01-15").without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", ""), "2026-11-22", nil, nil},
	})
}

func TestPlanReview(t *testing.T) {
	const who = " contact Practitioner/s1 "
	made := func(created string, followUps ...string) *world {
		return planless().plan("cp1", care.Implementation, created, "", followUps...)
	}
	table(t, "plan.review", []row{
		{"nothing yet 15 days before", made("2026-05-21"), "2026-11-06", nil, nil},
		{"due soon 14 days before", made("2026-05-21"), "2026-11-07", nil, []string{"due-soon 2026-11-21" + who + "CarePlan/cp1"}},
		{"due soon on the day", made("2026-05-21"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who + "CarePlan/cp1"}},
		{"overdue the day after", made("2026-05-21"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "CarePlan/cp1"}},
		{"six months after the last of August", made("2026-08-31"), "2027-02-28", nil, []string{"due-soon 2027-02-28" + who + "CarePlan/cp1"}},
		{"the day after that", made("2026-08-31"), "2027-03-01", nil, []string{"overdue 2027-02-28" + who + "CarePlan/cp1"}},
		{"six months after the last of August before a leap day", made("2027-08-31"), "2028-02-29", nil, []string{"due-soon 2028-02-29" + who + "CarePlan/cp1"}},
		{"twelve months after a leap day", made("2028-02-29"), "2029-03-01", map[string]string{"plan.review.months": "12"}, []string{"overdue 2029-02-28" + who + "CarePlan/cp1"}},
		{"a review gives a new identity and a new date", made("2026-01-21").review("r1", "cp1", "2026-05-21"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "Procedure/r1|CarePlan/cp1"}},
		{"of two reviews the last", made("2026-01-21").review("r2", "cp1", "2026-03-01").review("r1", "cp1", "2026-05-21"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "Procedure/r1|CarePlan/cp1"}},
		{"a review of tomorrow does not exist yet", made("2026-05-21").review("r1", "cp1", "2026-11-23"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "CarePlan/cp1"}},
		{"a review of today does", made("2026-05-21").review("r1", "cp1", "2026-11-22"), "2026-11-22", nil, nil},
		{"a review of another plan does not count", made("2026-05-21").plan("sip", care.SIP, "2026-05-21", "").review("r1", "sip", "2026-11-01"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "CarePlan/cp1"}},
		{"a review without a date does not count", made("2026-05-21").review("r1", "cp1", ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "CarePlan/cp1"}},
		{"a planned follow-up that is earlier", made("2026-09-01", "2026-11-20"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who + "CarePlan/cp1"}},
		{"a planned follow-up that is later changes nothing", made("2026-05-21", "2026-12-24"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "CarePlan/cp1"}},
		{"the first planned follow-up after the last review", made("2026-01-21", "2026-03-01", "2026-11-20").review("r1", "cp1", "2026-06-01"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who + "Procedure/r1|CarePlan/cp1"}},
		{"a follow-up planned for the day of the review is done", made("2026-01-21", "2026-06-01").review("r1", "cp1", "2026-06-01"), "2026-11-21", nil, []string{"due-soon 2026-12-01" + who + "Procedure/r1|CarePlan/cp1"}},
		{"a follow-up planned for the future is a planned date", made("2026-09-01", "2026-11-30"), "2026-11-21", nil, []string{"due-soon 2026-11-30" + who + "CarePlan/cp1"}},
		{"a plan without a date has its planned follow-up", made("", "2026-11-20"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who + "CarePlan/cp1"}},
		{"a plan without any date starts no clock", made(""), "2026-11-21", nil, nil},
		{
			"one finding per running plan",
			made("2026-05-20").plan("cp2", care.Implementation, "2026-05-22", ""),
			"2026-11-21", nil,
			[]string{"overdue 2026-11-20" + who + "CarePlan/cp1", "due-soon 2026-11-22" + who + "CarePlan/cp2"},
		},
		{"three months", made("2026-08-20"), "2026-11-21", map[string]string{"plan.review.months": "3"}, []string{"overdue 2026-11-20" + who + "CarePlan/cp1"}},
	})
}

func TestOneReviewOfTwoPlansGivesTwoFindings(t *testing.T) {
	w := planless().plan("a", care.Implementation, "2026-01-01", "").plan("b", care.Implementation, "2026-01-01", "")
	w.add("Procedure/r", care.Facts{Reviews: []care.Review{
		{Ref: "Procedure/r", Plan: "CarePlan/a", Date: d("2026-03-01")}, {Ref: "Procedure/r", Plan: "CarePlan/b", Date: d("2026-03-01")},
	}})
	got := lines(w.judge(t, mustParams(t, "national", nil), "2026-11-21").Findings)
	want := "plan.review overdue 2026-09-01 contact Practitioner/s1 Procedure/r|CarePlan/a\n" +
		"plan.review overdue 2026-09-01 contact Practitioner/s1 Procedure/r|CarePlan/b\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestPlanReviewWithoutReviews(t *testing.T) {
	p := mustParams(t, "national", nil)
	rows := []struct {
		name      string
		followUps []string
		want      string
	}{
		{"rests on created without a planned follow-up", nil, "plan.review overdue 2026-07-01 contact Practitioner/s1 CarePlan/x\n"},
		{"rests on the planned follow-up alone", []string{"2026-11-20"}, "plan.review overdue 2026-11-20 contact Practitioner/s1 CarePlan/x\n"},
		{"one moved forward counts as reviewed", []string{"2027-05-01"}, ""},
		{"of several the latest stands", []string{"2026-03-01", "2027-05-01"}, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			w := planless().plan("x", care.Implementation, "2026-01-01", "", r.followUps...)
			w.Provides &^= care.SetOf(care.KindReview)
			if got := lines(w.judge(t, p, "2026-11-21").Findings); got != r.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestPlanContactUpdate(t *testing.T) {
	// The first plan, by an author; the contact s1 since 2026-01-20.
	by := func(created, author string) *world {
		return planless().plan("cp1", care.Implementation, created, author)
	}
	stopped := func(w *world) *world { w.lastPlan().Active = false; return w }
	const who = " coordinator - CarePlan/cp1"
	table(t, "plan.contact-update", []row{
		{"written by somebody else", by("2026-02-01", "Practitioner/s9"), "2026-02-15", nil, []string{"due-soon 2026-02-15" + who}},
		{"overdue the day after", by("2026-02-01", "Practitioner/s9"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"before the contact came, the contact's start counts", by("2026-01-16", "Practitioner/s9"), "2026-02-04", nil, []string{"overdue 2026-02-03" + who}},
		{"written by nobody known", by("2026-02-01", ""), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"written by the contact", by("2026-02-01", "Practitioner/s1"), "2026-02-16", nil, nil},
		{"written by who became contact the day after", by("2026-01-19", "Practitioner/s1"), "2026-02-16", nil, []string{"overdue 2026-02-03" + who}},
		{"written by the contact under an employment", by("2026-02-01", "PractitionerRole/r1").role("r1", "s1", "", ""), "2026-02-16", nil, nil},
		{"a SIP that was made before is not the first plan", planless().plan("sip", care.SIP, "2026-01-16", "Practitioner/s1").plan("cp1", care.Implementation, "2026-02-01", "Practitioner/s9"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"of two plans the first was written by somebody else", planless().plan("cp0", care.Implementation, "2026-02-02", "Practitioner/s9").plan("cp1", care.Implementation, "2026-02-01", "Practitioner/s9"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"a plan without a date is not the first", planless().plan("cp0", care.Implementation, "", "Practitioner/s1").plan("cp1", care.Implementation, "2026-02-01", "Practitioner/s9"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"whatever became of it", stopped(by("2026-02-01", "Practitioner/s9")), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"a plan from before the placement is not its first", by("2026-01-14", "Practitioner/s9"), "2026-02-16", nil, nil},
		{"a plan on the placement's first day is", by("2026-01-15", "Practitioner/s9"), "2026-02-16", nil, []string{"overdue 2026-02-03" + who}},
		{"followed by a plan by the contact", by("2026-02-01", "Practitioner/s9").plan("cp2", care.Implementation, "2026-02-10", "Practitioner/s1"), "2026-02-16", nil, nil},
		{"followed by a plan by somebody else", by("2026-02-01", "Practitioner/s9").plan("cp2", care.Implementation, "2026-02-10", "Practitioner/s9"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"followed by a SIP by the contact", by("2026-02-01", "Practitioner/s9").plan("cp2", care.SIP, "2026-02-10", "Practitioner/s1"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"followed by a review by the contact", by("2026-02-01", "Practitioner/s9").review("r", "cp1", "2026-02-10", "Practitioner/s9", "Practitioner/s1"), "2026-02-16", nil, nil},
		{"followed by a review by somebody else", by("2026-02-01", "Practitioner/s9").review("r", "cp1", "2026-02-10", "Practitioner/s9"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"a review of a SIP does not count", by("2026-02-01", "Practitioner/s9").plan("sip", care.SIP, "2026-02-01", "").review("r", "sip", "2026-02-10", "Practitioner/s1"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"a review of tomorrow does not exist yet", by("2026-02-01", "Practitioner/s9").review("r", "cp1", "2026-02-17", "Practitioner/s1"), "2026-02-16", nil, []string{"overdue 2026-02-15" + who}},
		{"without any assignment no clock starts", by("2026-02-01", "Practitioner/s9").without("CareTeam/ct1"), "2026-02-16", nil, nil},
		{"no plan at all", planless(), "2026-02-16", nil, nil},
		{"the placement's start is unknown", by("2026-02-01", "Practitioner/s9").without("EpisodeOfCare/e1").placement("e1", care.HomeCare, "", ""), "2026-02-16", nil, nil},
	})
}

func TestPlanDecisionChanged(t *testing.T) {
	const who = " contact Practitioner/s1 ServiceRequest/x"
	decided := func(on string) *world {
		return single().service("x", care.DayActivity, on, "2026-11-10", "")
	}
	table(t, "plan.decision-changed", []row{
		{"decided after the plan", decided("2026-11-10"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + who}},
		{"decided on the plan's day", decided("2026-09-01"), "2026-11-21", nil, nil},
		{"decided the day after the plan", decided("2026-09-02"), "2026-11-21", nil, []string{"overdue 2026-09-16" + who}},
		{"reviewed on the decision's day", decided("2026-11-10").review("r", "cp1", "2026-11-10"), "2026-11-21", nil, nil},
		{"reviewed the day before", decided("2026-11-10").review("r", "cp1", "2026-11-09"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + who}},
		{"the newest of the running plans decides", decided("2026-11-10").plan("cp2", care.Implementation, "2026-11-15", ""), "2026-11-21", nil, nil},
		{"a running plan without a date: nobody can tell", decided("2026-11-10").plan("cp2", care.Implementation, "", ""), "2026-11-21", nil, nil},
		{"decided tomorrow", decided("2026-11-22"), "2026-11-21", nil, nil},
		{"a service without a decision date", decided(""), "2026-11-21", nil, nil},
		{"no plan at all", planless().service("x", care.DayActivity, "2026-11-10", "2026-11-10", ""), "2026-11-21", nil, nil},
		{"one per service", decided("2026-11-10").service("y", care.Shopping, "2026-11-11", "2026-11-11", ""), "2026-11-21", nil, []string{"due-soon 2026-11-24" + who, "due-soon 2026-11-25 contact Practitioner/s1 ServiceRequest/y"}},
	})
}

func TestPlanParticipationAndFollowUp(t *testing.T) {
	with := func(p care.Participation) *world {
		w := planless().plan("cp1", care.Implementation, "2026-09-01", "")
		w.lastPlan().Participation = p
		return w
	}
	const who = "open - contact Practitioner/s1 CarePlan/cp1"
	table(t, "plan.no-participation", []row{
		{"no", with(care.DidNotParticipate), "2026-11-21", nil, []string{who}},
		{"yes", with(care.Participated), "2026-11-21", nil, nil},
		{"unknown", with(care.ParticipationUnknown), "2026-11-21", nil, nil},
		{"no plan", planless(), "2026-11-21", nil, nil},
	})
	table(t, "plan.no-followup-date", []row{
		{"none", single(), "2026-11-21", nil, []string{who}},
		{"one", planless().plan("cp1", care.Implementation, "2026-09-01", "", "2027-01-01"), "2026-11-21", nil, nil},
		{"no plan", planless(), "2026-11-21", nil, nil},
	})
}
