package care

import "testing"

// contactView is a client in home care with one contact of whom something is known.
func contactView(asOf Date, staff *StaffFact, roles ...RoleFact) *View {
	records := []Record{{Ref: "Practitioner/other", Facts: Facts{Staff: &StaffFact{
		Qualifications: []Qualification{{Kind: AssistantNurse}},
	}}}}
	if staff != nil {
		records = append(records, Record{Ref: "Practitioner/s", Facts: Facts{Staff: staff}})
	}
	for i := range roles {
		roles[i].Person = "Practitioner/s"
		records = append(records, Record{Ref: Ref("PractitionerRole/" + string(rune('a'+i))), Facts: Facts{Role: &roles[i]}})
	}
	c := &Client{
		Placements:  []Placement{{Ref: "EpisodeOfCare/e", Setting: HomeCare}},
		Assignments: []Assignment{{Team: "CareTeam/t", Member: "Practitioner/s"}},
	}
	return see(c, Terms{AbsenceDays: 28}, asOf, records...)
}

func TestAvailability(t *testing.T) {
	nurse := &StaffFact{Qualifications: []Qualification{{Kind: AssistantNurse}}}
	absent := func(start, end Date) []Absence { return []Absence{{Period: Period{start, end}}} }
	rows := []struct {
		name       string
		roles      []RoleFact
		want       ContactState
		away, left bool
	}{
		{"no employment known", nil, ContactAppointed, false, false},
		{"employed", []RoleFact{{}}, ContactAppointed, false, false},
		{"left, whatever the period says", []RoleFact{{Left: true}}, ContactVacant, false, true},
		{"left one, holds another", []RoleFact{{Left: true}, {Period: Period{Start: today}}}, ContactAppointed, false, false},
		{"begins tomorrow", []RoleFact{{Period: Period{Start: today + 1}}}, ContactVacant, false, true},
		{"away for 28 days", []RoleFact{{Absences: absent(today-27, today)}}, ContactVacant, true, false},
		{"away for 27 days", []RoleFact{{Absences: absent(today-26, today)}}, ContactAppointed, true, false},
		{"was away to yesterday", []RoleFact{{Absences: absent(today-90, today-1)}}, ContactAppointed, false, false},
		{"away from now on", []RoleFact{{Absences: absent(today, 0)}}, ContactVacant, true, false},
		{"away since always", []RoleFact{{Absences: absent(0, today)}}, ContactVacant, true, false},
		{"away from one of two", []RoleFact{{}, {Absences: absent(today-27, today)}}, ContactVacant, true, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			v := contactView(today, nurse, r.roles...)
			if g := v.Assigned[0]; v.Contact != r.want || g.Away != r.away || g.Left != r.left {
				t.Errorf("%s, away %v, left %v", v.Contact, g.Away, g.Left)
			}
		})
	}
}

func TestFactsThatNoSystemProvidesMakeNobodyUnavailable(t *testing.T) {
	v := contactView(today, nil, RoleFact{Left: true, Absences: []Absence{{Period: Period{today, 0}}}})
	if v.Contact != ContactVacant {
		t.Fatalf("%s", v.Contact)
	}
	r := *v.Roster
	r.Provides &^= SetOf(KindEmployment, KindStaffAbsence)
	v.See(v.Client, &r, v.Terms, today)
	if v.Contact != ContactAppointed || v.Assigned[0].Away || v.Assigned[0].Left {
		t.Errorf("%s", v.Contact)
	}
}

func TestQualification(t *testing.T) {
	with := func(qs ...Qualification) *StaffFact { return &StaffFact{Qualifications: qs} }
	rows := []struct {
		name  string
		staff *StaffFact
		asOf  Date
		want  ContactState
	}{
		{"a nurse", with(Qualification{Kind: AssistantNurse}), today, ContactAppointed},
		{"none", with(), today, ContactUnqualified},
		{"not read", nil, today, ContactAppointed},
		{"valid to yesterday", with(Qualification{AssistantNurse, Period{0, today - 1}}), today, ContactUnqualified},
		{"valid to yesterday and another from today", with(Qualification{AssistantNurse, Period{0, today - 1}}, Qualification{AssistantNurse, Period{today, 0}}), today, ContactAppointed},
		{"transitional on the last day", with(Qualification{Kind: AssistantNurseTransitional}), day("2033-06-30"), ContactAppointed},
		{"transitional the day after", with(Qualification{Kind: AssistantNurseTransitional}), day("2033-07-01"), ContactUnqualified},
		{"anyone the day before the title", with(), day("2023-06-30"), ContactAppointed},
		{"no longer anyone", with(), day("2023-07-01"), ContactUnqualified},
		{"the routine is none", with(Qualification{Kind: RoutineAcknowledged}), today, ContactUnqualified},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if v := contactView(r.asOf, r.staff); v.Contact != r.want {
				t.Errorf("%s", v.Contact)
			}
		})
	}
}

func TestWhoIsInCharge(t *testing.T) {
	v := contactView(today, &StaffFact{Qualifications: []Qualification{{Kind: AssistantNurse}}})
	if v.InCharge() == nil || v.InCharge().Person != "Practitioner/s" || !v.HasContact() {
		t.Errorf("%+v", v.InCharge())
	}
	if got := v.ContactStaff(); len(got) != 1 || got[0] != "Practitioner/s" {
		t.Errorf("%v", got)
	}
	if f, start := v.First(); f == nil || start != 0 || !f.HeldThrough(today-9, today) {
		t.Errorf("%+v %s", f, start)
	}
	routine := &Staff{StaffFact: StaffFact{Qualifications: []Qualification{{RoutineAcknowledged, Period{today, today}}}}}
	if !routine.Acknowledged(today) || routine.Acknowledged(today+1) || routine.Acknowledged(today-1) {
		t.Error("acknowledged")
	}
}

func TestPlansAsSeen(t *testing.T) {
	c := &Client{
		Placements: []Placement{{Ref: "EpisodeOfCare/e", Setting: HomeCare, Period: Period{Start: today - 400}}},
		Plans: []Plan{
			{Ref: "b", Kind: Implementation, Active: true, Period: Period{Start: today - 200}, FollowUps: []Date{today - 50, today + 9}},
			{Ref: "a", Kind: Implementation, Active: true, Created: today - 10},
			{Ref: "c", Kind: Implementation, Active: true, Created: today + 1},
			{Ref: "d", Kind: SIP, Active: true, Created: today - 1},
		},
		Reviews: []Review{{Ref: "r", Plan: "b", Date: today - 50}, {Ref: "q", Plan: "b", Date: today - 50}, {Ref: "x", Plan: "b"}, {Ref: "y", Plan: "b", Date: today + 1}},
	}
	terms := Terms{PlanReview: PlanClock{Span: Span{Months: 6}, Warn: 14}}
	v := see(c, terms, today)
	if len(v.Plans) != 2 || v.Plans[0].Ref != "a" || v.Plans[1].LastReview.Ref != "q" || v.Plans[1].Base != today-50 || v.Plans[1].Planned != today+9 {
		t.Fatalf("%+v", v.Plans)
	}
	if v.Plan != (PlanStatus{PlanDueSoon, today + 9}) || v.PlanReason != BecausePlanReview {
		t.Errorf("%+v", v.Plan)
	}
	r := *v.Roster
	r.Provides &^= SetOf(KindReview)
	v.See(c, &r, terms, today)
	if v.Plans[1].LastReview != nil || v.Plans[1].Base != 0 || v.Plans[1].ReviewDue(Span{Months: 6}) != today+9 || v.Plans[0].Base != today-10 {
		t.Errorf("without reviews %+v", v.Plans)
	}
	c.Plans, c.Services = nil, []Service{
		{Ref: "u", Code: PersonalCare, Setting: HomeCare, Decided: today - 3},
		{Ref: "t", Code: DayActivity, Decided: today - 1},
		{Ref: "s", Code: Cleaning, Setting: HomeCare, Decided: today - 3},
		{Ref: "a", Code: Respite, Setting: HomeCare, Decided: today - 4},
		{Ref: "0", Code: Respite, Setting: HomeCare},
	}
	terms.PlanMissing = PlanClock{Span: Span{Days: 2}, FromDecision: true}
	v = see(c, terms, today)
	if from, on := v.PlanStart(); from != "s" || on != today-3 || v.Plan != (PlanStatus{PlanOverdue, today - 1}) {
		t.Errorf("%s %s %+v", from, on, v.Plan)
	}
}
