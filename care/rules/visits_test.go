package rules

import (
	"testing"

	"brygga/care"
)

func TestJournalMonthly(t *testing.T) {
	noted := func(dates ...string) *world {
		w := single()
		delete(w.Notes, patient)
		for _, n := range dates {
			w.note(n)
		}
		return w
	}
	ending := func(w *world, start, end string) *world {
		return w.without("EpisodeOfCare/e1").placement("e1", care.HomeCare, start, end)
	}
	const who = " contact Practitioner/s1 EpisodeOfCare/e1|"
	table(t, "journal.monthly", []row{
		{"no note in October, asked in November", noted(), "2026-11-21", nil, []string{"overdue 2026-10-31" + who + "2026-10"}},
		{"a note on the first of October", noted("2026-10-01"), "2026-11-21", nil, nil},
		{"a note on the last of October", noted("2026-10-31"), "2026-11-21", nil, nil},
		{"notes around October", noted("2026-09-30", "2026-11-01"), "2026-11-21", nil, []string{"overdue 2026-10-31" + who + "2026-10"}},
		{"none yet this month, eight days before its end", noted("2026-10-14"), "2026-11-22", nil, nil},
		{"none yet this month, seven days before its end", noted("2026-10-14"), "2026-11-23", nil, []string{"due-soon 2026-11-30" + who + "2026-11"}},
		{"none yet on the last day of the month", noted("2026-10-14"), "2026-11-30", nil, []string{"due-soon 2026-11-30" + who + "2026-11"}},
		{"the day after, it is the last month", noted("2026-10-14"), "2026-12-01", nil, []string{"overdue 2026-11-30" + who + "2026-11"}},
		{"both months at once", noted(), "2026-11-23", nil, []string{"overdue 2026-10-31" + who + "2026-10", "due-soon 2026-11-30" + who + "2026-11"}},
		{"a note of tomorrow does not exist yet", noted("2026-10-14", "2026-11-24"), "2026-11-23", nil, []string{"due-soon 2026-11-30" + who + "2026-11"}},
		{"the placement began on the second of October", ending(noted(), "2026-10-02", ""), "2026-11-21", nil, nil},
		{"the placement began on the first of October", ending(noted(), "2026-10-01", ""), "2026-11-21", nil, []string{"overdue 2026-10-31" + who + "2026-10"}},
		{"the placement ends before the month does", ending(noted("2026-10-14"), "2026-01-15", "2026-11-29"), "2026-11-23", nil, nil},
		{"February in a leap year", ending(noted(), "2027-01-01", ""), "2028-02-23", nil, []string{"overdue 2028-01-31" + who + "2028-01", "due-soon 2028-02-29" + who + "2028-02"}},
	})
}

func TestJournalDeviationAndRisk(t *testing.T) {
	deviation := func(on, remedied string) *world {
		return single().add("DetectedIssue/x", care.Facts{Deviations: []care.Deviation{{Ref: "DetectedIssue/x", Date: d(on), Remedied: d(remedied)}}})
	}
	const who = " contact Practitioner/s1 "
	table(t, "journal.deviation-open", []row{
		{"not remedied, due soon", deviation("2026-11-07", ""), "2026-11-14", nil, []string{"due-soon 2026-11-21" + who + "DetectedIssue/x"}},
		{"not remedied, overdue", deviation("2026-11-07", ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "DetectedIssue/x"}},
		{"remedied today", deviation("2026-11-07", "2026-11-22"), "2026-11-22", nil, nil},
		{"remedied tomorrow", deviation("2026-11-07", "2026-11-23"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "DetectedIssue/x"}},
		{"without a date no clock starts", deviation("", ""), "2026-11-22", nil, nil},
		{"of tomorrow", deviation("2026-11-23", ""), "2026-11-22", nil, nil},
		{"none", single(), "2026-11-22", nil, nil},
	})
	risk := func(on string) *world {
		return single().add("RiskAssessment/x", care.Facts{Risks: []care.Risk{{Ref: "RiskAssessment/x", Date: d(on)}}})
	}
	table(t, "risk.action-plan", []row{
		{"no action plan", risk("2026-11-07"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "RiskAssessment/x"}},
		{"an action plan on the day", risk("2026-11-07").plan("ap", care.ActionPlan, "2026-11-07", ""), "2026-11-22", nil, nil},
		{"an action plan the day before", risk("2026-11-07").plan("ap", care.ActionPlan, "2026-11-06", ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "RiskAssessment/x"}},
		{"an action plan of today", risk("2026-11-07").plan("ap", care.ActionPlan, "2026-11-22", ""), "2026-11-22", nil, nil},
		{"an action plan of tomorrow", risk("2026-11-07").plan("ap", care.ActionPlan, "2026-11-23", ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "RiskAssessment/x"}},
		{"an implementation plan is none", risk("2026-11-07").plan("ap", care.Implementation, "2026-11-08", ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who + "RiskAssessment/x"}},
		{"assessed tomorrow", risk("2026-11-23"), "2026-11-22", nil, nil},
		{"without a date no clock starts", risk(""), "2026-11-22", nil, nil},
		{"none", single(), "2026-11-22", nil, nil},
	})
	table(t, "sip.review", []row{
		{"a year after it was made", single().plan("sip", care.SIP, "2025-11-20", ""), "2026-11-21", nil, []string{"overdue 2026-11-20" + who + "CarePlan/sip"}},
		{"30 days before", single().plan("sip", care.SIP, "2025-12-21", ""), "2026-11-21", nil, []string{"due-soon 2026-12-21" + who + "CarePlan/sip"}},
		{"31 days before", single().plan("sip", care.SIP, "2025-12-22", ""), "2026-11-21", nil, nil},
		{"a year after its review", single().plan("sip", care.SIP, "2024-01-01", "").review("r", "sip", "2025-11-20"), "2026-11-21", nil, []string{"overdue 2026-11-20" + who + "Procedure/r|CarePlan/sip"}},
		{"a planned follow-up does not count", single().plan("sip", care.SIP, "2026-01-01", "", "2026-03-01"), "2026-11-21", nil, nil},
		{"none", single(), "2026-11-21", nil, nil},
	})
}

func TestVisitWeekly(t *testing.T) {
	active := func() *world {
		return single().service("day", care.DayActivity, "2026-01-10", "2026-01-15", "")
	}
	visited := func(date string, hour int, staff ...string) *world {
		w := active()
		w.visit(date, hour, care.PersonalCare, staff...)
		return w
	}
	// 2026-11-21 is a Saturday: the last complete week is 9–15 November.
	const found = "overdue 2026-11-15 coordinator - EpisodeOfCare/e1|2026-W46"
	table(t, "visit.weekly", []row{
		{"no visit", active(), "2026-11-21", nil, []string{found}},
		{"on a Sunday it is the week before", active(), "2026-11-22", nil, []string{found}},
		{"on a Monday it is the week that ended yesterday", active(), "2026-11-23", nil, []string{"overdue 2026-11-22 coordinator - EpisodeOfCare/e1|2026-W47"}},
		{"a visit on Monday", visited("2026-11-09", 0, "Practitioner/s1"), "2026-11-21", nil, nil},
		{"a visit on Sunday night", visited("2026-11-15", 23, "Practitioner/s1"), "2026-11-21", nil, nil},
		{"a visit on the Sunday before", visited("2026-11-08", 23, "Practitioner/s1"), "2026-11-21", nil, []string{found}},
		{"a visit on the Monday after", visited("2026-11-16", 0, "Practitioner/s1"), "2026-11-21", nil, []string{found}},
		{"a visit by somebody else", visited("2026-11-10", 10, "Practitioner/s2"), "2026-11-21", nil, []string{found}},
		{"a double-manned visit with the contact second", visited("2026-11-10", 10, "Practitioner/s2", "Practitioner/s1"), "2026-11-21", nil, nil},
		{"a visit under an employment", visited("2026-11-10", 10, "PractitionerRole/r").role("r", "s1", "", ""), "2026-11-21", nil, nil},
		{"no day activity", single(), "2026-11-21", nil, nil},
		{"day activity from Tuesday", single().service("day", care.DayActivity, "2026-01-10", "2026-11-10", ""), "2026-11-21", nil, nil},
		{"day activity to Saturday", single().service("day", care.DayActivity, "2026-01-10", "2026-01-15", "2026-11-14"), "2026-11-21", nil, nil},
		{"assigned from Tuesday", active().without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2026-11-10", ""), "2026-11-21", nil, nil},
		{"assigned to Sunday", active().without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2026-02-01", "2026-11-15"), "2026-11-21", nil, []string{found}},
		{"assigned all that week, in a placement that ended before the present one", active().without("EpisodeOfCare/e1").
			placement("e1", care.HomeCare, "2026-11-20", "").without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2026-02-01", "2026-11-19"), "2026-11-21", nil, nil},
		{"away the whole week", active().away("a", "2026-11-09", "2026-11-15"), "2026-11-21", nil, nil},
		{"away the whole week in two stays", active().away("a", "2026-11-01", "2026-11-11").away("b", "2026-11-12", ""), "2026-11-21", nil, nil},
		{"away all days but Sunday", active().away("a", "2026-11-09", "2026-11-14"), "2026-11-21", nil, []string{found}},
		{"the first week of a year", active(), "2027-01-11", nil, []string{"overdue 2027-01-10 coordinator - EpisodeOfCare/e1|2027-W01"}},
	})
}

func TestContinuityContactShare(t *testing.T) {
	// Ten visits on the ten days before 2026-11-21, so many of them by the contact.
	visited := func(all, byContact int) *world {
		w := single()
		for i := range all {
			who := "Practitioner/s9"
			if i < byContact {
				who = "Practitioner/s1"
			}
			w.visit((d("2026-11-20") - care.Date(i)).String(), 10, care.PersonalCare, who)
		}
		return w
	}
	evening := func(hour int, services care.ServiceCode) *world {
		w := visited(9, 0)
		w.visit("2026-11-01", hour, services, "Practitioner/s9")
		return w
	}
	edge := func(date string) *world {
		w := visited(9, 0)
		w.visit(date, 10, care.PersonalCare, "Practitioner/s9")
		return w
	}
	double := visited(10, 4)
	double.visit("2026-11-02", 10, care.PersonalCare, "Practitioner/s9", "Practitioner/s8")
	*double.visit("2026-11-02", 10, care.PersonalCare, "Practitioner/s1") = care.Visit{
		KeyLo: 12, Start: d("2026-11-02").FirstMinute() + 600, Services: care.PersonalCare,
		Staff: [2]uint32{double.Names.ID("Practitioner/s1")},
	}
	for i := range double.Visits[patient] {
		if v := &double.Visits[patient][i]; v.Start == d("2026-11-02").FirstMinute()+600 {
			v.KeyLo = 99 // three people, one visit
		}
	}
	const found = "open - coordinator Practitioner/s1 CareTeam/ct1|Practitioner/s1"
	table(t, "continuity.contact-share", []row{
		{"four of ten", visited(10, 4), "2026-11-21", nil, []string{found}},
		{"five of ten", visited(10, 5), "2026-11-21", nil, nil},
		{"nine visits are too few", visited(9, 0), "2026-11-21", nil, nil},
		{"the contact as the third of three is by the contact: five of eleven", double, "2026-11-21", nil, []string{found}},
		{"and enough where four of ten is", double, "2026-11-21", map[string]string{"continuity.contact-share.share": "0.45"}, nil},
		{"a visit at 21 counts", evening(21, care.PersonalCare), "2026-11-21", nil, []string{found}},
		{"a visit at 22 does not", evening(22, care.PersonalCare), "2026-11-21", nil, nil},
		{"a visit at 7 counts", evening(7, care.PersonalCare), "2026-11-21", nil, []string{found}},
		{"a visit at 6 does not", evening(6, care.PersonalCare), "2026-11-21", nil, nil},
		{"a visit with only safety-alarm and meal-delivery does not", evening(10, care.SafetyAlarm|care.MealDelivery), "2026-11-21", nil, nil},
		{"a visit with no service does not", evening(10, 0), "2026-11-21", nil, nil},
		{"a visit with an unknown service does", evening(10, care.UnknownService), "2026-11-21", nil, []string{found}},
		{"28 days before counts", edge("2026-10-24"), "2026-11-21", nil, []string{found}},
		{"29 days before does not", edge("2026-10-23"), "2026-11-21", nil, nil},
		{"the day itself does not", edge("2026-11-21"), "2026-11-21", nil, nil},
		{"an assignment from the first day", visited(10, 4).without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2026-10-24", ""), "2026-11-21", nil, []string{found}},
		{"an assignment that ended before the placement began", visited(10, 4).without("EpisodeOfCare/e1").placement("e1", care.HomeCare, "2026-11-21", "").
			without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2026-02-01", "2026-11-20"), "2026-11-21", nil, nil},
		{"an assignment from the second day", visited(10, 4).without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2026-10-25", ""), "2026-11-21", nil, nil},
	})
}

func TestContinuityStaffCount(t *testing.T) {
	// Two visits a day for 14 days, by so many different people.
	by := func(people int, skip string) *world {
		w := single()
		n := 0
		for day := d("2026-11-07"); day <= d("2026-11-20"); day++ {
			for _, hour := range []int{8, 18} {
				if day.String() == skip && hour == 18 {
					continue
				}
				w.visit(day.String(), hour, care.PersonalCare, "Practitioner/x"+string(rune('a'+n%people)))
				n++
			}
		}
		return w
	}
	young := by(16, "")
	young.person().Born = d("1961-11-22")
	old := by(16, "")
	old.person().Born = d("1961-11-21")
	born := by(16, "")
	born.person().Born = 0
	const found = "open - coordinator - EpisodeOfCare/e1"
	table(t, "continuity.staff-count", []row{
		{"sixteen people", by(16, ""), "2026-11-21", nil, []string{found}},
		{"fifteen people", by(15, ""), "2026-11-21", nil, nil},
		{"one visit on one day", by(16, "2026-11-10"), "2026-11-21", nil, nil},
		{"65 on the day", old, "2026-11-21", nil, []string{found}},
		{"65 on the day after", young, "2026-11-21", nil, nil},
		{"an unknown birth date", born, "2026-11-21", nil, nil},
		{"away on the first day", by(16, "").away("a", "2026-11-01", "2026-11-07"), "2026-11-21", nil, nil},
		{"away on the day before", by(16, "").away("a", "2026-11-01", "2026-11-06"), "2026-11-21", nil, []string{found}},
		{"one person under two employments is one", by(16, "").role("r", "xa", "", "").role("q", "xb", "", ""), "2026-11-21", nil, []string{found}},
	})
}

func TestServiceNotCarriedOut(t *testing.T) {
	granted := func(decided, start string) *world {
		return single().service("x", care.Shopping, decided, start, "")
	}
	first := func(on string) *world {
		w := granted("2026-08-21", "2026-09-01")
		w.Records[len(w.Records)-1].Services[0].FirstCarried = d(on)
		return w
	}
	visited := func(on string, services care.ServiceCode, basedOn string) *world {
		w := granted("2026-08-21", "2026-09-01")
		v := w.visit(on, 10, services, "Practitioner/s9")
		v.BasedOn = w.Names.ID(care.Ref(basedOn))
		return w
	}
	const who = " care-assessor - ServiceRequest/x"
	table(t, "service.not-carried-out", []row{
		{"nothing yet 31 days before", granted("2026-08-21", "2026-09-01"), "2026-10-21", nil, nil},
		{"due soon 30 days before", granted("2026-08-21", "2026-09-01"), "2026-10-22", nil, []string{"due-soon 2026-11-21" + who}},
		{"due soon on the day", granted("2026-08-21", "2026-09-01"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who}},
		{"overdue the day after", granted("2026-08-21", "2026-09-01"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"three months after the last of November", granted("2025-11-30", "2026-02-01"), "2026-03-01", nil, []string{"overdue 2026-02-28" + who}},
		{"without a decision date no clock starts", granted("", "2026-01-20"), "2026-11-22", nil, nil},
		{"a first date", first("2026-09-02"), "2026-11-22", nil, nil},
		{"a first date of tomorrow", first("2026-11-23"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"a visit that carries it on its first day", visited("2026-09-01", care.Shopping|care.Cleaning, ""), "2026-11-22", nil, nil},
		{"a visit that carries it the day before", visited("2026-08-31", care.Shopping, ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"a visit that carries another", visited("2026-09-01", care.Cleaning, ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"a visit that is based on it, whatever it carries", visited("2026-08-25", care.Cleaning, "ServiceRequest/x"), "2026-11-22", nil, nil},
		{"a visit that is based on another", visited("2026-09-05", care.Cleaning, "ServiceRequest/y"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"a visit of tomorrow", visited("2026-11-23", care.Shopping, ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"without a start the decision counts", func() *world { w := granted("2026-08-21", ""); w.visit("2026-08-21", 0, care.Shopping); return w }(), "2026-11-22", nil, nil},
		{"day activity is not asked", single().service("x", care.DayActivity, "2026-01-01", "2026-01-15", ""), "2026-11-22", nil, nil},
		{"a service that has not begun is not running", granted("2026-08-21", "2026-12-01"), "2026-11-22", nil, nil},
	})
}

func TestServiceNotCarriedOutAsksBeforeItSays(t *testing.T) {
	p := mustParams(t, "national", nil).WithTrace()
	windowed := func(answers ...care.Answer) *world {
		w := single().service("x", care.Shopping, "2026-08-01", "2026-08-02", "").
			service("new", care.Laundry, "2026-10-20", "2026-10-20", "")
		w.VisitsFrom = d("2026-10-17")
		w.Answers = map[care.Ref][]care.Answer{patient: answers}
		return w
	}
	rows := []struct {
		name      string
		world     *world
		questions int
		found     string
	}{
		{"no answer yet: a question and no finding", windowed(), 2, ""},
		{"the source has a visit", windowed(care.Answer{Service: "ServiceRequest/x", Found: true}), 1, ""},
		{"the source has none", windowed(care.Answer{Service: "ServiceRequest/x"}), 1, "service.not-carried-out overdue 2026-11-01 care-assessor - ServiceRequest/x\n"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			// Personal care's visit is from before the window, and nobody has answered for it.
			delete(r.world.Visits, patient)
			j := r.world.judge(t, p, "2026-11-21")
			if len(j.Questions) != r.questions || lines(j.Findings) != r.found {
				t.Errorf("%+v\n%s", j.Questions, lines(j.Findings))
			}
			checkTraces(t, j)
		})
	}
}
