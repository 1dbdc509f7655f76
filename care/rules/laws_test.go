package rules

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"brygga/care"
)

// drawWorld draws a client with some of everything, around 2026-11-21.
func drawWorld(t *rapid.T) *world {
	w := newWorld()
	day := func(label string) string {
		if rapid.IntRange(0, 9).Draw(t, label+" unknown") == 0 {
			return ""
		}
		return (d("2026-11-21") + care.Date(rapid.IntRange(-500, 60).Draw(t, label))).String()
	}
	times := func(label string, most int) int { return rapid.IntRange(0, most).Draw(t, label) }
	id := func(prefix string, i int) string { return prefix + string(rune('a'+i)) }
	staff := func(label string) string {
		return rapid.SampledFrom([]string{"Practitioner/sa", "Practitioner/sb", "PractitionerRole/ra", "Practitioner/gone"}).Draw(t, label)
	}
	w.placement("e1", care.HomeCare, day("placement"), "")
	for i := range times("placements", 1) {
		w.placement(id("x", i), rapid.SampledFrom([]care.Setting{care.HomeCare, care.CareHome}).Draw(t, "setting"), day("start"), day("end"))
	}
	for i := range 2 {
		start := day("certificate")
		if rapid.Bool().Draw(t, "none") {
			start = "-"
		}
		w.nurse(id("s", i), start, "")
	}
	for i := range times("roles", 2) {
		w.role(id("r", i), id("s", i), day("role"), day("role end"), period(day("absence"), day("absence end")))
	}
	for i := range times("services", 3) {
		code := rapid.SampledFrom([]care.ServiceCode{care.PersonalCare, care.Cleaning, care.DayActivity, care.UnknownService}).Draw(t, "code")
		w.service(id("s", i), code, day("decided"), day("service"), "")
	}
	for i := range times("teams", 3) {
		w.team(id("ct", i), staff("member"), day("team"), day("team end"))
		w.Records[len(w.Records)-1].Assignments[0].Inactive = rapid.IntRange(0, 4).Draw(t, "inactive") == 0
	}
	for i := range times("decisions", 3) {
		w.decision(id("o", i), care.DecisionKind(rapid.IntRange(1, 5).Draw(t, "decision")), day("decision on"))
	}
	for i := range times("information", 3) {
		w.info(id("i", i), care.Topic(rapid.IntRange(1, 3).Draw(t, "topic")), "client", "oral", day("told"))
	}
	for i := range times("plans", 3) {
		w.plan(id("p", i), care.PlanKind(rapid.IntRange(1, 3).Draw(t, "plan")), day("created"), staff("author"), day("follow-up"))
		w.lastPlan().FollowUps = slices.DeleteFunc(w.lastPlan().FollowUps, func(x care.Date) bool { return x == 0 })
		w.lastPlan().Active = rapid.IntRange(0, 3).Draw(t, "active") > 0
		for j := range times("reviews", 2) {
			w.review(id(id("r", i), j), id("p", i), day("review"), care.Ref(staff("by")))
		}
	}
	for i := range times("deviations", 2) {
		ref := care.Ref(id("DetectedIssue/", i))
		w.add(string(ref), care.Facts{Deviations: []care.Deviation{{Ref: ref, Date: d(day("deviation")), Remedied: d(day("remedied"))}}})
	}
	for i := range times("risks", 2) {
		ref := care.Ref(id("RiskAssessment/", i))
		w.add(string(ref), care.Facts{Risks: []care.Risk{{Ref: ref, Date: d(day("risk"))}}})
	}
	for i := range times("handovers", 3) {
		state := care.HandoverState(rapid.IntRange(1, int(care.HandoverRevoked)).Draw(t, "handover"))
		w.ledger(id("h", i), state, day("since")).Records[len(w.Records)-1].Handovers[0].Service = care.Ref(id("ServiceRequest/s", times("of", 3)))
	}
	for range times("notes", 3) {
		w.note(day("note"))
	}
	for range times("visits", 12) {
		on := day("visit")
		if on != "" {
			w.visit(on, rapid.IntRange(0, 23).Draw(t, "hour"), care.ServiceCode(rapid.IntRange(0, 2047).Draw(t, "carried")), staff("visitor"))
		}
	}
	return w
}

func drawDate(t *rapid.T) string {
	return (d("2026-11-21") + care.Date(rapid.IntRange(-100, 100).Draw(t, "asOf"))).String()
}

func TestTheOrderOfFactsDoesNotMatter(t *testing.T) {
	p := mustParams(t, "botkyrka", allOn()).WithTrace()
	rapid.Check(t, func(rt *rapid.T) {
		w, asOf := drawWorld(rt), drawDate(rt)
		a := w.judge(t, p, asOf)
		w.Records = rapid.Permutation(w.Records).Draw(rt, "order")
		w.Visits[patient] = rapid.Permutation(w.Visits[patient]).Draw(rt, "visits")
		w.Notes[patient] = rapid.Permutation(w.Notes[patient]).Draw(rt, "notes")
		if b := w.judge(t, p, asOf); !reflect.DeepEqual(a, b) {
			rt.Fatalf("\n%s\n%s", lines(a.Findings), lines(b.Findings))
		}
	})
}

// The slices of a client stand in no order that rules may rely on.
func TestTheOrderOfAClientsSlicesDoesNotMatter(t *testing.T) {
	p := mustParams(t, "botkyrka", allOn())
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		w.AsOf = d(drawDate(rt))
		s := care.Assemble(w.Input)
		c := *s.Clients[0]
		a := Judge(&c, s.Roster, p, w.AsOf)
		c.Placements, c.Services = reversed(c.Placements), reversed(c.Services)
		c.Assignments, c.Decisions, c.Information = reversed(c.Assignments), reversed(c.Decisions), reversed(c.Information)
		c.Plans, c.Reviews, c.Notes = reversed(c.Plans), reversed(c.Reviews), reversed(c.Notes)
		c.Deviations, c.Risks, c.Absences = reversed(c.Deviations), reversed(c.Risks), reversed(c.Absences)
		c.Handovers = reversed(c.Handovers)
		if b := Judge(&c, s.Roster, p, w.AsOf); lines(a.Findings) != lines(b.Findings) || !reflect.DeepEqual(a.Contact, b.Contact) || a.Plan != b.Plan {
			rt.Fatalf("\n%s %v\n%s %v", lines(a.Findings), a.Contact, lines(b.Findings), b.Contact)
		}
	})
}

func reversed[T any](s []T) []T {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

func TestJudgingTwiceIsJudgingOnceAndEveryTraceRecomputesItsDueDate(t *testing.T) {
	p := mustParams(t, "botkyrka", allOn())
	rapid.Check(t, func(rt *rapid.T) {
		w, asOf := drawWorld(rt), drawDate(rt)
		a, b, traced := w.judge(t, p, asOf), w.judge(t, p, asOf), w.judge(t, p.WithTrace(), asOf)
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(a.Findings, traced.Findings) || !reflect.DeepEqual(a.Questions, traced.Questions) {
			rt.Fatalf("\n%s\n%s\n%s", lines(a.Findings), lines(b.Findings), lines(traced.Findings))
		}
		checkTraces(t, traced)
		told := map[string]bool{}
		for _, tr := range traced.Traces {
			told[tr.Rule] = true
		}
		for _, r := range Catalogue() {
			if !told[r.Code] {
				rt.Fatalf("%s has no trace", r.Code)
			}
		}
		if t.Failed() {
			rt.FailNow()
		}
	})
}

func TestAReviewNeverMakesAPlanOverdue(t *testing.T) {
	p := mustParams(t, "national", nil)
	rapid.Check(t, func(rt *rapid.T) {
		w, asOf := drawWorld(rt), drawDate(rt)
		before := w.judge(t, p, asOf).Plan.Status
		w.review("added", rapid.SampledFrom([]string{"pa", "pb", "pc"}).Draw(rt, "plan"), asOf)
		after := w.judge(t, p, asOf).Plan.Status
		if after == care.PlanOverdue && before != care.PlanOverdue {
			rt.Fatalf("%s became %s", before, after)
		}
	})
}

func TestTimeNeverMakesOverdueDueSoon(t *testing.T) {
	p := mustParams(t, "botkyrka", allOn())
	rapid.Check(t, func(rt *rapid.T) {
		w, asOf := drawWorld(rt), drawDate(rt)
		later := (d(asOf) + care.Date(rapid.IntRange(1, 90).Draw(rt, "later"))).String()
		overdue := map[string]care.Date{}
		for _, f := range w.judge(t, p, asOf).Findings {
			if f.State == Overdue {
				overdue[f.Rule+" "+f.Anchor] = f.Due
			}
		}
		for _, f := range w.judge(t, p, later).Findings {
			// With the same due date: a later fact may have moved it.
			if due, ok := overdue[f.Rule+" "+f.Anchor]; ok && due == f.Due && f.State != Overdue {
				rt.Fatalf("%s was overdue on %s", line(f), asOf)
			}
		}
	})
}

// The plan status and the findings about plans are computed side by side.
func TestThePlanStatusIsThatOfItsFindings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := mustParams(t, "national", map[string]string{
			"plan.missing.clock":   rapid.SampledFrom([]string{"start", "decision"}).Draw(rt, "clock"),
			"plan.review.months":   rapid.SampledFrom([]string{"3", "6"}).Draw(rt, "months"),
			"contact.missing.warn": "0",
		})
		w, asOf := drawWorld(rt), drawDate(rt)
		j := w.judge(t, p, asOf)
		missing, review := only(j.Findings, "plan.missing"), only(j.Findings, "plan.review")
		worst := State("")
		var due care.Date
		for _, f := range append(slices.Clone(missing), review...) {
			if worst != Overdue {
				worst = f.State
			}
			if due == 0 || f.Due < due {
				due = f.Due
			}
		}
		switch j.Plan.Status {
		case care.PlanOverdue:
			if worst != Overdue {
				rt.Fatalf("overdue without a finding\n%s", lines(j.Findings))
			}
		case care.PlanDueSoon:
			if worst != DueSoon || len(missing) > 0 {
				rt.Fatalf("due soon without a finding\n%s", lines(j.Findings))
			}
		case care.PlanMissing:
			if worst == Overdue || len(review) > 0 {
				rt.Fatalf("missing\n%s", lines(j.Findings))
			}
		default:
			if worst != "" {
				rt.Fatalf("%s\n%s", j.Plan.Status, lines(j.Findings))
			}
		}
		if due != 0 && j.Plan.Due != due {
			rt.Fatalf("due %s\n%s", j.Plan.Due, lines(j.Findings))
		}
	})
}

func TestAFindingHasOneIdentityAndItsStateFollowsItsDueDate(t *testing.T) {
	p := mustParams(t, "botkyrka", allOn())
	rapid.Check(t, func(rt *rapid.T) {
		w, asOf := drawWorld(rt), drawDate(rt)
		seen := map[string]bool{}
		for _, f := range w.judge(t, p, asOf).Findings {
			key := f.Rule + " " + f.Anchor
			if seen[key] {
				rt.Fatalf("%s is found twice", key)
			}
			seen[key] = true
			if (f.Due == 0) != (f.State == Open) || f.State == Overdue && f.Due >= d(asOf) || f.State == DueSoon && f.Due < d(asOf) {
				rt.Fatalf("%s on %s", line(f), asOf)
			}
			if f.Text.SV == "" || f.Text.EN == "" || f.Ground.SV == "" || f.Owner == "" || len(f.Evidence) == 0 || f.Focus != f.Evidence[0] {
				rt.Fatalf("%+v is not whole", f)
			}
			if f.Owner == Contact && f.Staff == "" {
				rt.Fatalf("%s names no contact", line(f))
			}
		}
	})
}
