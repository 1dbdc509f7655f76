package rules

import (
	"testing"

	"brygga/care"
)

func TestContactStatus(t *testing.T) {
	const asOf = "2026-11-21"
	long := period("2026-11-01", "2026-11-28") // 28 days, both ends counted
	rows := []struct {
		name  string
		world *world
		asOf  string
		set   map[string]string
		want  care.ContactState
		staff string // of a single holder, or none
	}{
		{"an assignment that holds", single(), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"an assignment that begins today", nobody().team("ct", "Practitioner/s1", asOf, ""), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"an assignment that begins tomorrow does not exist yet", nobody().team("ct", "Practitioner/s1", "2026-11-22", ""), asOf, nil, care.ContactMissing, ""},
		{"an assignment whose last day is today", nobody().team("ct", "Practitioner/s1", "2026-02-01", asOf), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"an assignment that ended yesterday", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-11-20"), asOf, nil, care.ContactVacant, ""},
		{"an assignment without start holds always", nobody().team("ct", "Practitioner/s1", "", ""), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"an assignment through a role is the person's", nobody().role("r1", "s1", "", "").team("ct", "PractitionerRole/r1", "2026-02-01", ""), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"a person who was not read is never unqualified", nobody().team("ct", "Practitioner/gone", "2026-02-01", ""), asOf, nil, care.ContactAppointed, "Practitioner/gone"},
		{"an assignment that ended before the placement does not count", nobody().team("ct", "Practitioner/s1", "2025-01-01", "2026-01-14"), asOf, nil, care.ContactMissing, ""},
		{"an assignment that ended on the placement's first day counts", nobody().team("ct", "Practitioner/s1", "2025-01-01", "2026-01-15"), asOf, nil, care.ContactVacant, ""},

		{"inactive with an end in the future ended yesterday", nobody().inactiveTeam("ct", "Practitioner/s1", "2026-02-01", "2027-01-01"), asOf, nil, care.ContactVacant, ""},
		{"inactive without an end holds on no day", nobody().inactiveTeam("ct", "Practitioner/s1", "2026-02-01", ""), asOf, nil, care.ContactVacant, ""},
		{"inactive without an end, declined after its start", nobody().inactiveTeam("ct", "Practitioner/s1", "2026-02-01", "").decision("o", care.Declined, "2026-02-02"), asOf, nil, care.ContactDeclined, ""},
		{"inactive without an end, declined on its first day", nobody().inactiveTeam("ct", "Practitioner/s1", "2026-02-01", "").decision("o", care.Declined, "2026-02-01"), asOf, nil, care.ContactVacant, ""},
		{"inactive without start and end, declined whenever", nobody().inactiveTeam("ct", "Practitioner/s1", "", "").decision("o", care.Declined, "2020-01-01"), asOf, nil, care.ContactDeclined, ""},
		{"inactive that ended before the placement does not count", nobody().inactiveTeam("ct", "Practitioner/s1", "2025-01-01", "2025-12-01"), asOf, nil, care.ContactMissing, ""},

		{"declined on the day the last contact ended", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30").decision("o", care.Declined, "2026-06-30"), asOf, nil, care.ContactDeclined, ""},
		{"declined the day before the last contact ended", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30").decision("o", care.Declined, "2026-06-29"), asOf, nil, care.ContactVacant, ""},
		{"unnecessary after the last contact ended", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30").decision("o", care.Unnecessary, "2026-07-01"), asOf, nil, care.ContactExempt, ""},
		{"offered after the last contact ended", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30").decision("o", care.Offered, "2026-07-01"), asOf, nil, care.ContactOffered, ""},
		{"accepted after the last contact ended is still vacant", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30").decision("o", care.Accepted, "2026-07-01"), asOf, nil, care.ContactVacant, ""},
		{"the latest of two that ended decides", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30").team("cu", "Practitioner/s2", "2026-03-01", "2026-08-31").decision("o", care.Declined, "2026-07-01"), asOf, nil, care.ContactVacant, ""},
		{"a decision of tomorrow does not exist yet", nobody().decision("o", care.Declined, "2026-11-22"), asOf, nil, care.ContactMissing, ""},

		{"on one day declined goes before unnecessary", nobody().decision("a", care.Unnecessary, "2026-03-01").decision("b", care.Declined, "2026-03-01"), asOf, nil, care.ContactDeclined, ""},
		{"on one day unnecessary goes before accepted", nobody().decision("a", care.Accepted, "2026-03-01").decision("b", care.Unnecessary, "2026-03-01"), asOf, nil, care.ContactExempt, ""},
		{"on one day accepted goes before offered and gives no status", nobody().decision("a", care.Offered, "2026-03-01").decision("b", care.Accepted, "2026-03-01"), asOf, nil, care.ContactMissing, ""},
		{"on one day change-requested goes before declined", nobody().decision("a", care.Declined, "2026-03-01").decision("b", care.ChangeRequested, "2026-03-01"), asOf, nil, care.ContactMissing, ""},
		{"the latest decision by date", nobody().decision("a", care.Declined, "2026-03-01").decision("b", care.Offered, "2026-03-02"), asOf, nil, care.ContactOffered, ""},
		{"an assignment goes before a later decline", single().decision("a", care.Declined, "2026-03-01"), asOf, nil, care.ContactAppointed, "Practitioner/s1"},

		{"only cleaning", nobody().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", ""), asOf, nil, care.ContactExemptCandidate, ""},
		{"only cleaning and day activity", nobody().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", "").service("x", care.DayActivity, "2026-01-10", "2026-01-15", ""), asOf, nil, care.ContactExemptCandidate, ""},
		{"only day activity is no home-care service", nobody().without("ServiceRequest/sr1").service("x", care.DayActivity, "2026-01-10", "2026-01-15", ""), asOf, nil, care.ContactMissing, ""},
		{"no known service is need", nobody().without("ServiceRequest/sr1"), asOf, nil, care.ContactMissing, ""},
		{"cleaning and personal care", nobody().service("c", care.Cleaning, "2026-01-10", "2026-01-15", ""), asOf, nil, care.ContactMissing, ""},
		{"cleaning, and personal care that ended yesterday", nobody().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", "").service("x", care.PersonalCare, "2026-01-10", "2026-01-15", "2026-11-20"), asOf, nil, care.ContactExemptCandidate, ""},
		{"cleaning, and personal care decided tomorrow", nobody().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", "").service("x", care.PersonalCare, "2026-11-22", "2026-11-01", ""), asOf, nil, care.ContactExemptCandidate, ""},
		{"a service that no table knows is not service-only", nobody().without("ServiceRequest/sr1").service("c", care.UnknownService, "2026-01-10", "2026-01-15", ""), asOf, nil, care.ContactMissing, ""},
		{"an offer to who has only cleaning is a candidate first", nobody().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", "").decision("o", care.Offered, "2026-03-01"), asOf, nil, care.ContactExemptCandidate, ""},
		{"a shorter list of service-only", nobody().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", ""), asOf, map[string]string{"contact.service_only": "shopping"}, care.ContactMissing, ""},

		{"28 days of absence", single().role("r1", "s1", "", "", long), asOf, nil, care.ContactVacant, "Practitioner/s1"},
		{"27 days of absence", single().role("r1", "s1", "", "", period("2026-11-01", "2026-11-27")), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"27 days of absence where 27 is long", single().role("r1", "s1", "", "", period("2026-11-01", "2026-11-27")), asOf, map[string]string{"contact.absence_days": "27"}, care.ContactVacant, "Practitioner/s1"},
		{"adjacent absences are not joined", single().role("r1", "s1", "", "", period("2026-11-01", "2026-11-21"), period("2026-11-22", "2026-12-31")), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"a long absence that ended yesterday", single().role("r1", "s1", "", "", period("2026-09-01", "2026-11-20")), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"a long absence from tomorrow", single().role("r1", "s1", "", "", period("2026-11-22", "2027-02-20")), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"an open absence is long", single().role("r1", "s1", "", "", period("2026-11-21", "")), asOf, nil, care.ContactVacant, "Practitioner/s1"},
		{"a startless absence is long", single().role("r1", "s1", "", "", period("", "2026-11-21")), asOf, nil, care.ContactVacant, "Practitioner/s1"},
		{"absent from one of two employments", single().role("r1", "s1", "", "").role("r2", "s1", "", "", long), asOf, nil, care.ContactVacant, "Practitioner/s1"},
		{"left one of two employments", single().role("r1", "s1", "", "2026-06-30").role("r2", "s1", "2026-07-01", ""), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"left the only employment yesterday", single().role("r1", "s1", "", "2026-11-20"), asOf, nil, care.ContactVacant, "Practitioner/s1"},
		{"the last day of employment is today", single().role("r1", "s1", "", "2026-11-21"), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"an employment that begins tomorrow is known, and none holds", single().role("r1", "s1", "2026-11-22", ""), asOf, nil, care.ContactVacant, "Practitioner/s1"},
		{"no known employment is available", single().role("r9", "s2", "", "2026-01-01"), asOf, nil, care.ContactAppointed, "Practitioner/s1"},

		{"a certificate that was valid to yesterday", single().without("Practitioner/s1").nurse("s1", "2023-09-01", "2026-11-20"), asOf, nil, care.ContactUnqualified, "Practitioner/s1"},
		{"a certificate that is valid to today", single().without("Practitioner/s1").nurse("s1", "2023-09-01", "2026-11-21"), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"a certificate from tomorrow", single().without("Practitioner/s1").nurse("s1", "2026-11-22", ""), asOf, nil, care.ContactUnqualified, "Practitioner/s1"},
		{"nobody of the source has a certificate", single().without("Practitioner/s1", "Practitioner/s2").nurse("s1", "-", ""), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"the first certificate of the source begins tomorrow", single().without("Practitioner/s1", "Practitioner/s2").nurse("s1", "2026-11-22", ""), asOf, nil, care.ContactAppointed, "Practitioner/s1"},
		{"unavailable goes before unqualified", single().without("Practitioner/s1").nurse("s1", "-", "").role("r1", "s1", "", "2026-01-31"), asOf, nil, care.ContactVacant, "Practitioner/s1"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			j := r.world.judge(t, mustParams(t, "national", r.set).WithTrace(), r.asOf)
			if j.Contact.Status != r.want {
				t.Errorf("%s because %s, want %s", j.Contact.Status, j.ContactBecause, r.want)
			}
			got := ""
			if len(j.Contact.Staff) > 0 {
				got = string(j.Contact.Staff[0])
			}
			if got != r.staff || len(j.Contact.Staff) > 1 {
				t.Errorf("staff %v, want %s", j.Contact.Staff, r.staff)
			}
			if Words("because."+string(j.ContactBecause)).SV == "" {
				t.Errorf("no words for %s", j.ContactBecause)
			}
			checkTraces(t, j)
		})
	}
}

func TestTheProtectedTitleOverTheYears(t *testing.T) {
	old := func() *world { // in care and with a contact since long
		return newWorld().placement("e1", care.HomeCare, "2020-01-01", "").
			team("ct1", "Practitioner/s1", "2020-01-01", "")
	}
	rows := []struct {
		name  string
		world *world
		asOf  string
		want  care.ContactState
	}{
		{"anyone before 2023-07-01", old().nurse("s1", "-", "").nurse("s2", "2020-01-01", ""), "2023-06-30", care.ContactAppointed},
		{"a certificate from 2023-07-01", old().nurse("s1", "-", "").nurse("s2", "2020-01-01", ""), "2023-07-01", care.ContactUnqualified},
		{
			"transitional to 2033-06-30",
			old().nurse("s1", "-", "").qualify("s1", care.AssistantNurseTransitional, "2023-07-01", ""),
			"2033-06-30", care.ContactAppointed,
		},
		{
			"transitional no longer on 2033-07-01",
			old().nurse("s1", "-", "").qualify("s1", care.AssistantNurseTransitional, "2023-07-01", ""),
			"2033-07-01", care.ContactUnqualified,
		},
		{
			"the routine acknowledged is no certificate",
			old().nurse("s1", "-", "").qualify("s1", care.RoutineAcknowledged, "2020-01-01", "").nurse("s2", "2020-01-01", ""),
			"2026-11-21", care.ContactUnqualified,
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			j := r.world.judge(t, mustParams(t, "national", nil), r.asOf)
			if j.Contact.Status != r.want {
				t.Errorf("got %s", j.Contact.Status)
			}
			if n := len(only(j.Findings, "contact.unqualified")); (n == 1) != (r.want == care.ContactUnqualified) {
				t.Errorf("%d findings contact.unqualified", n)
			}
		})
	}
}

func TestOfTwoAssignmentsTheBestCounts(t *testing.T) {
	unqualified := func(w *world, s string) *world { return w.without("Practitioner/"+s).nurse(s, "-", "") }
	left := func(w *world, s string) *world { return w.role("r"+s, s, "", "2026-01-31") }
	p := mustParams(t, "national", nil)
	rows := []struct {
		name  string
		world *world
		want  care.ContactState
		found string
	}{
		{"appointed and unqualified", unqualified(settled(), "s2"), care.ContactAppointed, "contact.unqualified open - unit-manager Practitioner/s2 CareTeam/ct2|Practitioner/s2\n"},
		{"appointed and vacant", left(settled(), "s2"), care.ContactAppointed, "contact.vacant open - coordinator Practitioner/s2 CareTeam/ct2|Practitioner/s2\n"},
		{
			"unqualified and vacant", left(unqualified(settled(), "s1"), "s2"), care.ContactUnqualified,
			"contact.unqualified open - unit-manager Practitioner/s1 CareTeam/ct1|Practitioner/s1\n" +
				"contact.vacant open - coordinator Practitioner/s2 CareTeam/ct2|Practitioner/s2\n",
		},
		{
			"both vacant", left(left(settled(), "s1"), "s2"), care.ContactVacant,
			"contact.vacant open - coordinator Practitioner/s1 CareTeam/ct1|Practitioner/s1\n" +
				"contact.vacant open - coordinator Practitioner/s2 CareTeam/ct2|Practitioner/s2\n",
		},
		{"one of them ended", settled().without("CareTeam/ct2").team("ct2", "Practitioner/s2", "2026-01-20", "2026-05-31"), care.ContactAppointed, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			j := r.world.judge(t, p, "2026-11-21")
			if j.Contact.Status != r.want || lines(j.Findings) != r.found {
				t.Errorf("%s\n%s", j.Contact.Status, lines(j.Findings))
			}
		})
	}
}

func TestContactMissing(t *testing.T) {
	// A placement from one day and a service from another.
	from := func(placement, service string) *world {
		return nobody().without("EpisodeOfCare/e1", "ServiceRequest/sr1").
			placement("e1", care.HomeCare, placement, "").
			service("sr1", care.PersonalCare, "2026-01-01", service, "")
	}
	const e1 = " unit-manager - EpisodeOfCare/e1"
	careHome := map[string]string{"contact.care_home_from": "2026-07-01"}
	resident := func(start string) *world {
		return newWorld().placement("e2", care.CareHome, start, "")
	}
	table(t, "contact.missing", []row{
		{"eight days before the due date there is nothing yet", from("2026-11-07", "2026-11-07"), "2026-11-13", nil, nil},
		{"seven days before it is due soon", from("2026-11-07", "2026-11-07"), "2026-11-14", nil, []string{"due-soon 2026-11-21" + e1}},
		{"on the due date it is due soon", from("2026-11-07", "2026-11-07"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + e1}},
		{"the day after it is overdue", from("2026-11-07", "2026-11-07"), "2026-11-22", nil, []string{"overdue 2026-11-21" + e1}},
		{"the clock starts at the later: the service", from("2026-01-01", "2026-11-10"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + e1}},
		{"the clock starts at the later: the placement", from("2026-11-10", "2026-01-01"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + e1}},
		{"of several services the first", from("2026-01-01", "2026-11-10").service("sr2", care.Respite, "2026-01-01", "2026-11-12", ""), "2026-11-21", nil, []string{"due-soon 2026-11-24" + e1}},
		{"a service-only one does not start the clock", from("2026-01-01", "2026-11-10").service("sr2", care.Cleaning, "2026-01-01", "2026-02-01", ""), "2026-11-21", nil, []string{"due-soon 2026-11-24" + e1}},
		{"a service that has ended does not start the clock", from("2026-01-01", "2026-11-10").service("sr2", care.Respite, "2026-01-01", "2026-02-01", "2026-03-01"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + e1}},
		{"one service without start stops the clock", from("2026-01-01", "2026-02-01").service("sr2", care.Respite, "2026-01-01", "", ""), "2026-11-21", nil, nil},
		{"a service-only one without start does not", from("2026-01-01", "2026-11-10").service("sr2", care.Cleaning, "2026-01-01", "", ""), "2026-11-21", nil, []string{"due-soon 2026-11-24" + e1}},
		{"a placement without start stops the clock", from("", "2026-02-01"), "2026-11-21", nil, nil},
		{"without any service the placement's start counts", from("2026-11-07", "2026-11-07").without("ServiceRequest/sr1"), "2026-11-22", nil, []string{"overdue 2026-11-21" + e1}},
		{"days can be set", from("2026-11-07", "2026-11-07"), "2026-11-18", map[string]string{"contact.missing.days": "10"}, []string{"overdue 2026-11-17" + e1}},
		{"of two placements the earliest is the anchor", from("2026-11-07", "2026-11-07").placement("e0", care.HomeCare, "2026-11-08", ""), "2026-11-22", nil, []string{"overdue 2026-11-21" + e1}},
		{"of two placements the one without start is earliest", from("2026-11-07", "2026-11-07").placement("e0", care.HomeCare, "", ""), "2026-11-22", nil, nil},
		{"with a contact it does not fire", single(), "2026-11-21", nil, nil},
		{"in a care home from the switch's date", resident("2026-01-01"), "2026-07-16", careHome, []string{"overdue 2026-07-15 unit-manager - EpisodeOfCare/e2"}},
		{"in a care home from the placement where that is later", resident("2026-10-01"), "2026-10-15", careHome, []string{"due-soon 2026-10-15 unit-manager - EpisodeOfCare/e2"}},
		{"in a care home without start the clock does not start", resident(""), "2026-11-21", careHome, nil},
	})
}

// A text for staff denies nothing that is registered: a client who accepted, and
// has nobody yet, has a decision.
func TestContactMissingSaysWhetherThereIsADecision(t *testing.T) {
	const (
		none    = "Ingen fast omsorgskontakt, inget erbjudande och inget beslut om fast omsorgskontakt är registrerat i Journalen."
		decided = "Ingen fast omsorgskontakt är registrerad i Journalen. Den enskildes svar eller önskemål om fast omsorgskontakt är registrerat."
	)
	for _, row := range []struct {
		name string
		w    *world
		want string
	}{
		{"nothing is registered", nobody(), none},
		{"the offer was accepted", nobody().decision("o1", care.Offered, "2026-03-01").decision("o2", care.Accepted, "2026-03-05"), decided},
		{"a change was wished for", nobody().decision("o1", care.ChangeRequested, "2026-03-01"), decided},
		{"a decision of a later day is not seen", nobody().decision("o1", care.Accepted, "2026-12-01"), none},
	} {
		fs := only(row.w.judge(t, mustParams(t, "national", nil), "2026-11-21").Findings, "contact.missing")
		if len(fs) != 1 || fs[0].Text.SV != row.want {
			t.Errorf("%s: %+v", row.name, fs)
		}
	}
}

func TestContactOfferUnanswered(t *testing.T) {
	const due = " 2026-11-24 coordinator - Observation/o1"
	offered := func() *world { return nobody().decision("o1", care.Offered, "2026-11-10") }
	table(t, "contact.offer-unanswered", []row{
		{"nothing yet eight days before", offered(), "2026-11-16", nil, nil},
		{"due soon seven days before", offered(), "2026-11-17", nil, []string{"due-soon" + due}},
		{"due soon on the day", offered(), "2026-11-24", nil, []string{"due-soon" + due}},
		{"overdue the day after", offered(), "2026-11-25", nil, []string{"overdue" + due}},
		{"a second offer is a new occurrence", offered().decision("o2", care.Offered, "2026-11-20"), "2026-11-30", nil, []string{"due-soon 2026-12-04 coordinator - Observation/o2"}},
		{"an answer ends it", offered().decision("o2", care.Accepted, "2026-11-20"), "2026-11-30", nil, nil},
		{"an offer without a date starts no clock", nobody().decision("o1", care.Offered, ""), "2026-11-30", nil, nil},
	})
}

func TestContactQualificationUnverified(t *testing.T) {
	unverified := func() *world {
		return settled().without("Practitioner/s1", "Practitioner/s2").nurse("s1", "-", "").nurse("s2", "-", "")
	}
	const s1, s2 = "open - unit-manager Practitioner/s1 Practitioner/s1", "open - unit-manager Practitioner/s2 Practitioner/s2"
	table(t, "contact.qualification-unverified", []row{
		{"one per person", unverified(), "2026-11-21", nil, []string{s1, s2}},
		{"one for a person in two teams", unverified().without("CareTeam/ct2").team("ct2", "Practitioner/s1", "2026-02-01", ""), "2026-11-21", nil, []string{s1}},
		{"none once a qualification is known", single(), "2026-11-21", nil, nil},
		{"none for who is long away", unverified().role("r1", "s1", "", "2026-01-31"), "2026-11-21", nil, []string{s2}},
		{"none before the title was protected", newWorld().placement("e1", care.HomeCare, "2020-01-01", "").nurse("s1", "-", "").team("ct1", "Practitioner/s1", "2020-01-01", ""), "2023-06-30", nil, nil},
	})
}

func TestContactExempt(t *testing.T) {
	cleaning := func() *world {
		return nobody().without("ServiceRequest/sr1").service("c", care.Cleaning, "2026-01-10", "2026-01-15", "")
	}
	table(t, "contact.exempt-undocumented", []row{
		{"all services are service-only", cleaning(), "2026-11-21", nil, []string{"open - coordinator - EpisodeOfCare/e1"}},
		{"somebody has assessed it", cleaning().decision("d", care.Unnecessary, "2026-02-03"), "2026-11-21", nil, nil},
	})
	exempt := func() *world { return cleaning().decision("d", care.Unnecessary, "2026-02-03") }
	table(t, "contact.exempt-reassess", []row{
		{"no service that needs a contact", exempt(), "2026-11-21", nil, nil},
		{"personal care decided after", exempt().service("x", care.PersonalCare, "2026-11-10", "2026-11-12", ""), "2026-11-21", nil, []string{"due-soon 2026-11-24 coordinator - ServiceRequest/x"}},
		{"decided on the same day is not after", exempt().service("x", care.PersonalCare, "2026-02-03", "2026-11-12", ""), "2026-11-21", nil, nil},
		{"decided the day after is", exempt().service("x", care.PersonalCare, "2026-02-04", "2026-02-04", ""), "2026-11-21", nil, []string{"overdue 2026-02-18 coordinator - ServiceRequest/x"}},
		{"without a decision date its start counts", exempt().service("x", care.PersonalCare, "", "2026-11-12", ""), "2026-11-21", nil, []string{"due-soon 2026-11-26 coordinator - ServiceRequest/x"}},
		{"without any date it does not fire", exempt().service("x", care.PersonalCare, "", "", ""), "2026-11-21", nil, nil},
		{"one finding per service", exempt().service("x", care.PersonalCare, "2026-11-10", "2026-11-12", "").service("y", care.Respite, "2026-11-11", "2026-11-12", ""), "2026-11-21", nil, []string{"due-soon 2026-11-24 coordinator - ServiceRequest/x", "due-soon 2026-11-25 coordinator - ServiceRequest/y"}},
		{"a service that has not begun is not running", exempt().service("x", care.PersonalCare, "2026-11-10", "2026-12-12", ""), "2026-11-21", nil, nil},
	})
}

func TestContactVacant(t *testing.T) {
	table(t, "contact.vacant", []row{
		{"ended", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30"), "2026-11-21", nil, []string{"open - coordinator Practitioner/s1 CareTeam/ct|Practitioner/s1"}},
		{"the latest of two that ended", nobody().team("cu", "Practitioner/s2", "2026-03-01", "2026-08-31").team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30"), "2026-11-21", nil, []string{"open - coordinator Practitioner/s2 CareTeam/cu|Practitioner/s2"}},
		{"ended and declined since", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-06-30").decision("d", care.Declined, "2026-07-01"), "2026-11-21", nil, nil},
		{"available", single(), "2026-11-21", nil, nil},
	})
}

func TestContactChangeRequested(t *testing.T) {
	asked := func(on string) *world { return single().decision("d", care.ChangeRequested, on) }
	const owner = " unit-manager - Observation/d"
	table(t, "contact.change-requested", []row{
		{"newer than the assignment", asked("2026-11-10"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + owner}},
		{"the day after its start", asked("2026-01-21"), "2026-11-21", nil, []string{"overdue 2026-02-04" + owner}},
		{"on the day of its start", asked("2026-01-20"), "2026-11-21", nil, nil},
		{"a newer contact has come since", asked("2026-11-01").team("ct3", "Practitioner/s2", "2026-11-10", ""), "2026-11-21", nil, nil},
		{"the contact has left since", nobody().team("ct", "Practitioner/s1", "2026-02-01", "2026-11-15").decision("d", care.ChangeRequested, "2026-11-10"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + owner}},
		{"there was no assignment", nobody().decision("d", care.ChangeRequested, "2026-11-10"), "2026-11-21", nil, nil},
		{"an assignment without start is older", nobody().team("ct", "Practitioner/s1", "", "").decision("d", care.ChangeRequested, "2026-11-10"), "2026-11-21", nil, []string{"due-soon 2026-11-24" + owner}},
		{"a later decision stands instead", asked("2026-11-10").decision("e", care.Accepted, "2026-11-11"), "2026-11-21", nil, nil},
	})
}

func TestContactSecondMissing(t *testing.T) {
	const one = "open - coordinator Practitioner/s1 CareTeam/ct1|Practitioner/s1"
	table(t, "contact.second-missing", []row{
		{"one contact", single(), "2026-11-21", nil, []string{one}},
		{"two contacts", settled(), "2026-11-21", nil, nil},
		{"two contacts, one has left", settled().role("r2", "s2", "", "2026-01-31"), "2026-11-21", nil, []string{one}},
		{"two contacts, one unqualified, both available", settled().without("Practitioner/s2").nurse("s2", "-", ""), "2026-11-21", nil, nil},
		{"one person in two teams", single().team("ct2", "Practitioner/s1", "2026-02-01", ""), "2026-11-21", nil, []string{one}},
		{"one contact who is unqualified", single().without("Practitioner/s1").nurse("s1", "-", ""), "2026-11-21", nil, nil},
		{"nobody", nobody(), "2026-11-21", nil, nil},
	})
}
