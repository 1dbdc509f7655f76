package vendor

import (
	"slices"

	"brygga/care"
)

func settingOf(code string) care.Setting {
	switch code {
	case "home-care":
		return care.HomeCare
	case "care-home":
		return care.CareHome
	}
	return care.NoSetting
}

func fillPlacement(x *reading, v *values, rec *care.Record) {
	rec.Placements = append(rec.Placements, care.Placement{
		Ref: rec.Ref, Setting: settingOf(v.code("setting")), Unit: v.ref("unit"), Period: v.period(), Renewed: x.fact.renewed,
	})
}

// serviceOf gives the bit of a service; 0 for none.
func serviceOf(code string) care.ServiceCode {
	if code == none || code == "" {
		return 0
	}
	s, _ := care.ServiceByName(code) // other is unknown
	return s
}

func fillService(x *reading, v *values, rec *care.Record) {
	s := care.Service{
		Ref: rec.Ref, Code: serviceOf(v.code("code")), Setting: settingOf(v.code("setting")), Decided: v.day("decided"),
		Period: v.period(), FirstCarried: v.day("first_carried"), Performer: v.ref("performer"),
	}
	s.Unplaced = s.Code == care.CareHomeService && x.fact.programs[x.fact.spec.field("performer")] == nil
	rec.Services = append(rec.Services, s)
}

func fillAssignment(_ *reading, v *values, rec *care.Record) {
	rec.Assignments = append(rec.Assignments, care.Assignment{
		Team: rec.Ref, Member: v.ref("staff"), Unit: v.ref("unit"), Period: v.period(), Inactive: v.at("inactive").flag,
	})
}

func fillDecision(_ *reading, v *values, rec *care.Record) {
	kind := map[string]care.DecisionKind{
		"offered": care.Offered, "accepted": care.Accepted, "declined": care.Declined,
		"unnecessary": care.Unnecessary, "change-requested": care.ChangeRequested,
	}[v.code("decision")]
	rec.Decisions = append(rec.Decisions, care.Decision{Ref: rec.Ref, Kind: kind, Date: v.day("date")})
}

func fillInformation(_ *reading, v *values, rec *care.Record) {
	info := care.Information{
		Ref: rec.Ref, Date: v.day("date"), Organizations: v.refs("organizations"),
		Topic: map[string]care.Topic{
			"contact": care.TopicContact, "right-to-change": care.TopicRightToChange,
			"contact-handover": care.TopicContactHandover, "care-home-handover": care.TopicCareHomeHandover,
		}[v.code("topic")],
	}
	for _, to := range v.all("to") {
		info.ToClient = info.ToClient || to.text == "client"
		info.ToRelatives = info.ToRelatives || to.text == "relatives"
	}
	for _, m := range v.all("medium") {
		info.Oral = info.Oral || m.text == "oral"
		info.Written = info.Written || m.text == "written"
	}
	rec.Information = append(rec.Information, info)
}

func fillPlan(_ *reading, v *values, rec *care.Record) {
	p := care.Plan{
		Ref: rec.Ref, Created: v.day("created"), Period: v.period(), Author: v.ref("author"),
		Kind:   map[string]care.PlanKind{"implementation": care.Implementation, "sip": care.SIP, "action": care.ActionPlan}[v.code("kind")],
		Active: !v.at("active").set || v.at("active").flag,
	}
	switch v.code("participated") {
	case "yes":
		p.Participation = care.Participated
	case "no":
		p.Participation = care.DidNotParticipate
	}
	for _, d := range v.all("follow_ups") {
		if d.date.Known() && !slices.Contains(p.FollowUps, d.date) {
			p.FollowUps = append(p.FollowUps, d.date)
		}
	}
	slices.Sort(p.FollowUps)
	rec.Plans = append(rec.Plans, p)
}

func fillReview(_ *reading, v *values, rec *care.Record) {
	plan := v.ref("plan")
	rec.Reviews = append(rec.Reviews, care.Review{Ref: rec.Ref, Plan: plan, Date: v.day("date"), By: v.refs("by"), OfClient: plan == ""})
}

func fillDeviation(_ *reading, v *values, rec *care.Record) {
	rec.Deviations = append(rec.Deviations, care.Deviation{Ref: rec.Ref, Date: v.day("date"), Remedied: v.day("remedied")})
}

func fillRisk(_ *reading, v *values, rec *care.Record) {
	if l := v.code("level"); l == "high" || l == "certain" {
		rec.Risks = append(rec.Risks, care.Risk{Ref: rec.Ref, Date: v.day("date")})
	}
}

func fillClientAbsence(_ *reading, v *values, rec *care.Record) {
	rec.Absences = append(rec.Absences, care.Absence{Ref: rec.Ref, Period: v.period()})
}
