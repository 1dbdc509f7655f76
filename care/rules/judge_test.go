package rules

import (
	"strings"
	"testing"

	"brygga/care"
)

// allOn turns every rule on.
func allOn() map[string]string {
	set := map[string]string{}
	for _, r := range Catalogue() {
		set[r.Code+".enabled"] = "true"
	}
	return set
}

func TestASettledClientHasNoFindingsInAnyPack(t *testing.T) {
	for _, pack := range Packs() {
		t.Run(pack, func(t *testing.T) {
			j := settled().judge(t, mustParams(t, pack, nil).WithTrace(), "2026-11-21")
			if len(j.Findings) > 0 || j.Contact.Status != care.ContactAppointed || j.Plan.Status != care.PlanCurrent {
				t.Errorf("%s %s\n%s", j.Contact.Status, j.Plan.Status, lines(j.Findings))
			}
			if got := j.Plan.Due; got != d("2027-03-01") {
				t.Errorf("the next review is due %s", got)
			}
			checkTraces(t, j)
		})
	}
}

func TestWhereRulesAreAsked(t *testing.T) {
	bad := func() *world { // everything wrong that data.* can see
		w := nobody().without("CarePlan/cp1").team("ct9", "Practitioner/nowhere", "", "")
		w.person().Identifiers[0].Valid = false
		w.Records = append(w.Records, care.Record{Ref: "Patient/p2", Client: "Patient/p2", Facts: care.Facts{
			Person: &care.PersonFact{Identifiers: w.person().Identifiers},
		}})
		return w
	}
	families := func(j Judgement) string {
		var out []string
		for _, f := range j.Findings {
			if !strings.HasPrefix(f.Rule, "data.") {
				out = append(out, f.Rule)
			}
		}
		for _, f := range only(j.Findings, "data.") {
			out = append(out, f.Rule)
		}
		return strings.Join(out, " ")
	}
	const allData = "data.duplicate-client data.person-id-invalid data.unknown-staff data.unknown-start"
	rows := []struct {
		name    string
		change  func(*world)
		set     map[string]string
		contact care.ContactState
		plan    care.PlanState
		want    string
	}{
		{
			"a client in home care is asked everything", func(*world) {}, nil, care.ContactAppointed, care.PlanOverdue,
			"plan.missing " + allData,
		},
		{
			"an unknown client is asked data.* only", func(w *world) {
				w.Unreadable = []care.Unreadable{{Ref: "CareTeam/ct7", Client: patient, Reason: "no"}}
			}, nil, care.ContactUnknown, care.PlanUnknown, allData,
		},
		{
			"a source that was incomplete makes the client unknown", func(w *world) {
				w.Incomplete = []care.Gap{{Source: "x", Facts: care.SetOf(care.KindPlan), Reason: "page 2"}}
			}, nil, care.ContactUnknown, care.PlanUnknown, allData,
		},
		{
			"where staff could not be read nobody is called unknown staff", func(w *world) {
				w.Incomplete = []care.Gap{{Source: "x", Facts: care.SetOf(care.KindStaff), Reason: "page 2"}}
			}, nil, care.ContactUnknown, care.PlanUnknown,
			"data.duplicate-client data.person-id-invalid data.unknown-start",
		},
		{
			"of the dead only identifiers are asked", func(w *world) { w.person().Deceased = true }, nil,
			care.ContactNotApplicable, care.PlanNotApplicable, "data.duplicate-client data.person-id-invalid",
		},
		{
			"who died on the day is dead", func(w *world) {
				w.person().Deceased, w.person().DeceasedOn = true, d("2026-11-21")
			}, nil, care.ContactNotApplicable, care.PlanNotApplicable, "data.duplicate-client data.person-id-invalid",
		},
		{
			"who dies tomorrow is alive today", func(w *world) {
				w.person().Deceased, w.person().DeceasedOn = true, d("2026-11-22")
			}, nil, care.ContactAppointed, care.PlanOverdue, "plan.missing " + allData,
		},
		{
			"the dead who are unknown are asked about identifiers only", func(w *world) {
				w.person().Deceased = true
				w.Unreadable = []care.Unreadable{{Ref: "CareTeam/ct7", Client: patient, Reason: "no"}}
			}, nil, care.ContactUnknown, care.PlanUnknown, "data.duplicate-client data.person-id-invalid",
		},
		{
			"without home care only what is not about home care is asked", func(w *world) { w.without("EpisodeOfCare/e1") }, nil,
			care.ContactNotApplicable, care.PlanNotApplicable, "data.duplicate-client data.person-id-invalid",
		},
		{
			"a resident of a care home is asked nothing more", func(w *world) {
				w.without("EpisodeOfCare/e1").placement("e2", care.CareHome, "2026-10-01", "")
			}, nil, care.ContactNotApplicable, care.PlanNotApplicable, "data.duplicate-client data.person-id-invalid",
		},
		{
			"from contact.care_home_from residents are asked for a contact too", func(w *world) {
				w.without("EpisodeOfCare/e1", "CareTeam/ct9").placement("e2", care.CareHome, "2026-01-01", "")
			},
			map[string]string{"contact.care_home_from": "2026-11-01"},
			care.ContactMissing, care.PlanNotApplicable,
			"contact.missing data.duplicate-client data.person-id-invalid",
		},
		{
			"the day before contact.care_home_from they are not", func(w *world) {
				w.without("EpisodeOfCare/e1", "CareTeam/ct9").placement("e2", care.CareHome, "2026-01-01", "")
			},
			map[string]string{"contact.care_home_from": "2026-11-22"},
			care.ContactNotApplicable, care.PlanNotApplicable,
			"data.duplicate-client data.person-id-invalid",
		},
		{
			"who has home care and a care home is asked as in home care", func(w *world) {
				w.placement("e2", care.CareHome, "2026-01-01", "")
			}, nil, care.ContactAppointed, care.PlanOverdue, "plan.missing " + allData,
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			w := bad()
			r.change(w)
			j := w.judge(t, mustParams(t, "national", r.set).WithTrace(), "2026-11-21")
			if j.Contact.Status != r.contact || j.Plan.Status != r.plan {
				t.Errorf("status %s, plan %s", j.Contact.Status, j.Plan.Status)
			}
			if got := families(j); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
			checkTraces(t, j)
		})
	}
}

func TestEveryRuleSaysWhyItWasNotAsked(t *testing.T) {
	w := settled()
	w.Unreadable = []care.Unreadable{{Ref: "CareTeam/ct7", Client: patient, Reason: "no"}}
	j := w.judge(t, mustParams(t, "national", nil).WithTrace(), "2026-11-21")
	why := map[string]string{}
	for _, tr := range j.Traces {
		why[tr.Rule] = tr.Why
	}
	for _, r := range Catalogue() {
		if why[r.Code] == "" {
			t.Errorf("%s has no trace", r.Code)
		}
	}
	if why["contact.missing"] != "client-unknown" || why["journal.monthly"] != "disabled" {
		t.Errorf("contact.missing: %s, journal.monthly: %s", why["contact.missing"], why["journal.monthly"])
	}
}

func TestATraceNamesTheConditionThatFailed(t *testing.T) {
	j := newWorld().placement("e1", care.HomeCare, "2026-01-15", "").
		judge(t, mustParams(t, "national", allOn()).WithTrace(), "2026-11-21")
	want := map[string]string{
		"contact.missing": "fired", "contact.offer-unanswered": "other-status", "contact.unqualified": "no-assignment",
		"contact.change-requested": "no-request", "contact.relatives-not-informed": "no-relative",
		"contact.right-to-change-not-told": "no-assignment", "plan.review": "no-plan", "plan.contact-update": "no-plan",
		"plan.decision-changed": "no-plan", "plan.no-participation": "no-plan", "journal.deviation-open": "no-deviation",
		"sip.review": "no-sip", "risk.action-plan": "no-risk", "visit.weekly": "no-day-activity",
		"continuity.contact-share": "no-assignment-throughout", "continuity.staff-count": "indicator-visits",
		"service.not-carried-out": "no-service", "data.unknown-start": "starts-known",
		"data.person-id-invalid": "identifiers-valid", "data.duplicate-client": "identifiers-unique",
	}
	for _, tr := range j.Traces {
		if why, ok := want[tr.Rule]; ok && tr.Why != why {
			t.Errorf("%s: %s, want %s", tr.Rule, tr.Why, why)
		}
		delete(want, tr.Rule)
	}
	if len(want) > 0 {
		t.Errorf("no trace of %v", want)
	}
}

func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	if j := nobody().judge(t, mustParams(t, "botkyrka", allOn()), "2026-11-21"); j.Traces != nil {
		t.Errorf("%d traces", len(j.Traces))
	}
}

func TestRulesWithoutTheirFactsAreOff(t *testing.T) {
	// Each fact taken away from a client about whom everything would be found.
	everything := func() *world {
		w := settled().without("CareTeam/ct2", "CarePlan/cp1", "Communication/told", "Communication/right").
			add("RelatedPerson/r1", care.Facts{Relatives: []care.Relative{{Ref: "RelatedPerson/r1"}}}).
			add("DetectedIssue/x1", care.Facts{Deviations: []care.Deviation{{Ref: "DetectedIssue/x1", Date: d("2026-05-01")}}}).
			add("RiskAssessment/x1", care.Facts{Risks: []care.Risk{{Ref: "RiskAssessment/x1", Date: d("2026-05-01")}}}).
			plan("sip", care.SIP, "2024-01-01", "").
			service("day", care.DayActivity, "2026-01-10", "2026-01-15", "").
			service("late", care.Shopping, "2026-03-01", "2026-03-02", "").
			service("move", care.CareHomeService, "2026-11-01", "2026-11-25", "").
			ledger("h1", care.HandoverSent, "2026-11-01").ledger("h2", care.HandoverPrepared, "2026-11-01").
			ledger("h3", care.HandoverRecipientUnknown, "2026-11-01").ledger("h4", care.HandoverByHand, "2026-11-01")
		delete(w.Notes, patient)
		return w
	}
	p := mustParams(t, "national", allOn())
	for _, fact := range care.FactKinds() {
		w := everything()
		w.Provides &^= care.SetOf(fact)
		j := w.judge(t, p, "2026-11-21")
		for _, f := range j.Findings {
			if ByCode(f.Rule).off.Has(care.SetOf(fact)) {
				t.Errorf("without %s there is still %s", fact, line(f))
			}
		}
	}
	all := everything().judge(t, p, "2026-11-21")
	for _, code := range []string{
		"contact.relatives-not-informed", "journal.deviation-open", "risk.action-plan", "sip.review",
		"visit.weekly", "journal.monthly", "service.not-carried-out", "plan.missing",
		"handover.unanswered", "handover.waiting", "handover.recipient-unknown", "handover.by-hand",
	} {
		if len(only(all.Findings, code)) == 0 {
			t.Errorf("with all facts there is no %s", code)
		}
	}
}

func TestWithoutDecisionsAMissingContactIsReportOnly(t *testing.T) {
	w := nobody()
	w.Provides &^= care.SetOf(care.KindDecision)
	j := w.judge(t, mustParams(t, "national", nil), "2026-11-21")
	if len(j.Findings) != 1 || j.Findings[0].Rule != "contact.missing" {
		t.Fatalf("got %s", lines(j.Findings))
	}
	f := j.Findings[0]
	if f.Writes != WriteReport || f.Text.SV != "Ingen fast omsorgskontakt är registrerad i Journalen. Om någon har erbjudits eller tackat nej framgår inte av de system som läses." {
		t.Errorf("%s: %s", f.Writes, f.Text.SV)
	}
}

func TestStatusesThatNoSystemProvidesAreUnknown(t *testing.T) {
	w := settled()
	w.Provides = care.SetOf(care.KindClient, care.KindPlacement)
	j := w.judge(t, mustParams(t, "botkyrka", nil), "2026-11-21")
	if j.Contact.Status != care.ContactUnknown || j.Plan.Status != care.PlanUnknown || len(j.Findings) != 0 {
		t.Errorf("%+v", j)
	}
	if j.ContactBecause != care.BecauseNotProvided || j.PlanBecause != care.BecauseNotProvided {
		t.Errorf("because %s, %s", j.ContactBecause, j.PlanBecause)
	}
}

func TestAFindingNamesWhoMustActAndWhere(t *testing.T) {
	rows := []struct {
		name   string
		world  *world
		owner  Role
		staff  care.Ref
		absent bool
	}{
		{"the contact writes the plan", single(), Contact, "Practitioner/s1", false},
		{"of two the first by start", settled().without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2026-02-01", ""), Contact, "Practitioner/s2", false},
		{"of two the one who is not away today", settled().role("r1", "s1", "", "", period("2026-11-20", "2026-11-22")), Contact, "Practitioner/s2", false},
		{"the only contact is away for some days", single().role("r1", "s1", "", "", period("2026-11-20", "2026-11-22")), Contact, "Practitioner/s1", true},
		{"the coordinator where nobody is appointed", nobody(), Coordinator, "", false},
		{"an unqualified contact still acts", single().without("Practitioner/s1").nurse("s1", "-", ""), Contact, "Practitioner/s1", false},
		{"the coordinator where the contact is vacant", single().role("r1", "s1", "", "2026-11-01"), Coordinator, "", false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			j := r.world.without("CarePlan/cp1").judge(t, mustParams(t, "national", nil), "2026-11-21")
			fs := only(j.Findings, "plan.missing")
			if len(fs) != 1 {
				t.Fatalf("got %s", lines(j.Findings))
			}
			f := fs[0]
			if f.Owner != r.owner || f.Staff != r.staff || f.StaffAbsent != r.absent || f.Unit != "Organization/u1" {
				t.Errorf("owner %s, staff %q, absent %v, unit %q", f.Owner, f.Staff, f.StaffAbsent, f.Unit)
			}
		})
	}
}

func TestTheGroundIsThatOfTheDay(t *testing.T) {
	p := mustParams(t, "national", nil)
	for _, r := range []struct{ asOf, want string }{
		{"2025-06-30", "4 kap. 2 b § SoL (2001:453)"},
		{"2025-07-01", "10 kap. 7 § SoL (2025:400)"},
	} {
		w := nobody().without("EpisodeOfCare/e1", "ServiceRequest/sr1").placement("e1", care.HomeCare, "2024-01-15", "")
		fs := only(w.judge(t, p, r.asOf).Findings, "contact.missing")
		if len(fs) != 1 || !strings.Contains(fs[0].Ground.SV, r.want) {
			t.Errorf("%s: %v", r.asOf, fs)
		}
	}
}

func TestFindingsAreSortedByRuleThenDueThenAnchor(t *testing.T) {
	w := settled().without("CarePlan/cp1").
		plan("b", care.Implementation, "2026-01-01", "").plan("a", care.Implementation, "2026-01-01", "").
		plan("c", care.Implementation, "2025-12-01", "")
	got := lines(w.judge(t, mustParams(t, "national", nil), "2026-11-21").Findings)
	want := "plan.review overdue 2026-06-01 contact Practitioner/s1 CarePlan/c\n" +
		"plan.review overdue 2026-07-01 contact Practitioner/s1 CarePlan/a\n" +
		"plan.review overdue 2026-07-01 contact Practitioner/s1 CarePlan/b\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestFindingIDTellsEverythingApartAndStaysTheSame(t *testing.T) {
	ids := map[string]string{}
	for _, k := range [][4]string{
		{"a", "Patient/1", "plan.review", "CarePlan/1"},
		{"b", "Patient/1", "plan.review", "CarePlan/1"},
		{"a", "Patient/2", "plan.review", "CarePlan/1"},
		{"a", "Patient/1", "plan.missing", "CarePlan/1"},
		{"a", "Patient/1", "plan.review", "CarePlan/2"},
		{"aP", "atient/1", "plan.review", "CarePlan/1"},
	} {
		id := FindingID(k[0], care.Ref(k[1]), k[2], k[3])
		if other, ok := ids[id]; ok {
			t.Errorf("%v and %s have one identity", k, other)
		}
		ids[id] = strings.Join(k[:], " ")
		if id[14] != '5' {
			t.Errorf("%s is no UUIDv5", id)
		}
	}
	const known = "c562a927-2414-565c-8b42-6361aacc7aa7"
	if got := FindingID("exempelkommun", "Patient/p1", "contact.missing", "EpisodeOfCare/e1"); got != known {
		t.Errorf("the identity of a known finding is %s; findings in every record would be made anew", got)
	}
}
