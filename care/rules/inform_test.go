package rules

import (
	"testing"

	"brygga/care"
)

func TestContactNotInformed(t *testing.T) {
	since := func(start string) *world {
		return nobody().without("Communication/told").team("ct1", "Practitioner/s1", start, "")
	}
	both := map[string]string{"contact.not-informed.media": "both"}
	const who = " contact Practitioner/s1 CareTeam/ct1|Practitioner/s1"
	table(t, "contact.not-informed", []row{
		{"nothing yet four days before", since("2026-11-14"), "2026-11-17", nil, nil},
		{"due soon three days before", since("2026-11-14"), "2026-11-18", nil, []string{"due-soon 2026-11-21" + who}},
		{"due soon on the day", since("2026-11-14"), "2026-11-21", nil, []string{"due-soon 2026-11-21" + who}},
		{"overdue the day after", since("2026-11-14"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"an assignment without start starts no clock", since(""), "2026-11-21", nil, nil},
		{"informed on the first day", since("2026-11-14").info("i", care.TopicContact, "client", "oral", "2026-11-14"), "2026-11-22", nil, nil},
		{"informed the day before the first day does not count", since("2026-11-14").info("i", care.TopicContact, "client", "oral", "2026-11-13"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"informed today counts", since("2026-11-14").info("i", care.TopicContact, "client", "oral", "2026-11-22"), "2026-11-22", nil, nil},
		{"informed tomorrow does not count", since("2026-11-14").info("i", care.TopicContact, "client", "oral", "2026-11-23"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"relatives informed is not the client", since("2026-11-14").info("i", care.TopicContact, "relatives", "oral", "2026-11-15"), "2026-11-22", nil, []string{"overdue 2026-11-21" + who}},
		{"any medium will do, also none", since("2026-11-14").info("i", care.TopicContact, "client", "none", "2026-11-15"), "2026-11-22", nil, nil},
		{"both demanded, oral given", since("2026-11-14").info("i", care.TopicContact, "client", "oral", "2026-11-15"), "2026-11-22", both, []string{"overdue 2026-11-21" + who}},
		{"both demanded, both given at once", since("2026-11-14").info("i", care.TopicContact, "client", "both", "2026-11-15"), "2026-11-22", both, nil},
		{"both demanded, each given by itself", since("2026-11-14").info("i", care.TopicContact, "client", "oral", "2026-11-15").info("k", care.TopicContact, "client", "written", "2026-11-16"), "2026-11-22", both, nil},
		{"both demanded, one given before the assignment", since("2026-11-14").info("i", care.TopicContact, "client", "oral", "2026-11-13").info("k", care.TopicContact, "client", "written", "2026-11-16"), "2026-11-22", both, []string{"overdue 2026-11-21" + who}},
		{
			"two contacts are judged each by itself",
			since("2026-11-14").team("ct2", "Practitioner/s2", "2026-01-20", "").info("i", care.TopicContact, "client", "oral", "2026-02-01"), "2026-11-22", nil,
			[]string{"overdue 2026-11-21" + who},
		},
		{
			"it is asked also while the contact is long away, of the coordinator",
			since("2026-11-14").role("r1", "s1", "", "", period("2026-11-15", "")), "2026-11-22", nil,
			[]string{"overdue 2026-11-21 coordinator Practitioner/s1 CareTeam/ct1|Practitioner/s1"},
		},
	})
}

func TestContactRelativesNotInformed(t *testing.T) {
	with := func() *world {
		return single().add("RelatedPerson/r1", care.Facts{Relatives: []care.Relative{{Ref: "RelatedPerson/r1"}}})
	}
	const who = "overdue 2026-01-27 contact Practitioner/s1 CareTeam/ct1|Practitioner/s1"
	table(t, "contact.relatives-not-informed", []row{
		{"no relative", single(), "2026-11-21", nil, nil},
		{"a relative who is not informed", with(), "2026-11-21", nil, []string{who}},
		{"a relative who is informed", with().info("i", care.TopicContact, "relatives", "none", "2026-01-20"), "2026-11-21", nil, nil},
		{"informed before the assignment", with().info("i", care.TopicContact, "relatives", "none", "2026-01-19"), "2026-11-21", nil, []string{who}},
		{"another topic does not count", with().info("i", care.TopicRightToChange, "relatives", "none", "2026-02-01"), "2026-11-21", nil, []string{who}},
	})
}

func TestContactRightToChange(t *testing.T) {
	untold := func() *world { return single().without("Communication/right") }
	const who = " contact Practitioner/s1 CareTeam/ct1|Practitioner/s1"
	table(t, "contact.right-to-change-not-told", []row{
		{"never told", untold(), "2026-11-21", nil, []string{"overdue 2026-01-27" + who}},
		{"told on the placement's first day", untold().info("i", care.TopicRightToChange, "client", "oral", "2026-01-15"), "2026-11-21", nil, nil},
		{"told the day before the placement", untold().info("i", care.TopicRightToChange, "client", "oral", "2026-01-14"), "2026-11-21", nil, []string{"overdue 2026-01-27" + who}},
		{"the first assignment is not before the placement's start", untold().without("CareTeam/ct1").team("ct1", "Practitioner/s1", "2025-01-01", ""), "2026-11-21", nil, []string{"overdue 2026-01-22" + who}},
		{"the first assignment's start is unknown", untold().team("ct0", "Practitioner/s2", "", ""), "2026-11-21", nil, nil},
		{"the placement's start is unknown", untold().without("EpisodeOfCare/e1").placement("e1", care.HomeCare, "", ""), "2026-11-21", nil, nil},
		{"the first one has ended", untold().without("CareTeam/ct1").team("ct0", "Practitioner/s2", "2026-01-18", "2026-02-01").team("ct1", "Practitioner/s1", "2026-02-02", ""), "2026-11-21", nil, []string{"overdue 2026-01-25 contact Practitioner/s1 CareTeam/ct0|Practitioner/s2"}},
		{"there was none", untold().without("CareTeam/ct1"), "2026-11-21", nil, nil},
	})
}

func TestContactRoutineNotAcknowledged(t *testing.T) {
	fresh := func() *world { return single().without("Practitioner/s1").nurse("s1", "2023-09-01", "") }
	const who = "open - unit-manager Practitioner/s1 Practitioner/s1"
	table(t, "contact.routine-not-acknowledged", []row{
		{"never", fresh(), "2026-11-21", nil, []string{who}},
		{"today", fresh().qualify("s1", care.RoutineAcknowledged, "2026-11-21", ""), "2026-11-21", nil, nil},
		{"tomorrow", fresh().qualify("s1", care.RoutineAcknowledged, "2026-11-22", ""), "2026-11-21", nil, []string{who}},
		{"no longer", fresh().qualify("s1", care.RoutineAcknowledged, "2025-01-01", "2026-11-20"), "2026-11-21", nil, []string{who}},
		{"asked also while away", fresh().role("r", "s1", "", "2026-01-31"), "2026-11-21", nil, []string{who}},
		{"of a person who was not read nothing is said", single().without("Practitioner/s1"), "2026-11-21", nil, nil},
		{"one for a person in two teams", fresh().team("ct7", "Practitioner/s1", "2026-02-01", ""), "2026-11-21", nil, []string{who}},
	})
}

func TestContactHandoverMissing(t *testing.T) {
	took := func(end, start string) *world {
		return nobody().team("old", "Practitioner/s2", "2026-01-20", end).team("new", "Practitioner/s1", start, "")
	}
	const who = " contact Practitioner/s1 CareTeam/new|Practitioner/s1"
	table(t, "contact.handover-missing", []row{
		{"took over the day after", took("2026-10-31", "2026-11-01"), "2026-11-15", nil, []string{"due-soon 2026-11-15" + who}},
		{"overdue the day after", took("2026-10-31", "2026-11-01"), "2026-11-16", nil, []string{"overdue 2026-11-15" + who}},
		{"took over on the other's last day", took("2026-10-31", "2026-10-31"), "2026-11-16", nil, nil},
		{"handed over on the other's last day", took("2026-10-31", "2026-11-01").info("h", care.TopicContactHandover, "", "", "2026-10-31"), "2026-11-16", nil, nil},
		{"handed over the day before", took("2026-10-31", "2026-11-01").info("h", care.TopicContactHandover, "", "", "2026-10-30"), "2026-11-16", nil, []string{"overdue 2026-11-15" + who}},
		{"of several who ended the last", took("2026-10-31", "2026-11-01").team("older", "Practitioner/s3", "2026-01-16", "2026-01-19").info("h", care.TopicContactHandover, "", "", "2026-02-01"), "2026-11-16", nil, []string{"overdue 2026-11-15" + who}},
		{"after one who ended before the placement", took("2026-10-31", "2026-11-01").team("ancient", "Practitioner/s4", "2025-01-01", "2025-12-01"), "2026-11-16", nil, []string{"overdue 2026-11-15" + who}},
		{"nobody but one who ended before the placement", nobody().team("ancient", "Practitioner/s4", "2025-01-01", "2025-12-01").team("new", "Practitioner/s1", "2026-11-01", ""), "2026-11-16", nil, nil},
		{"an end that is not known", nobody().inactiveTeam("old", "Practitioner/s2", "2026-01-20", "").team("new", "Practitioner/s1", "2026-11-01", ""), "2026-11-16", nil, nil},
		{"the same person before", nobody().team("old", "Practitioner/s1", "2026-01-20", "2026-10-31").team("new", "Practitioner/s1", "2026-11-01", ""), "2026-11-16", nil, nil},
		{"who came back was there before the other ended", took("2026-10-31", "2026-11-01").team("first", "Practitioner/s1", "2026-01-16", "2026-01-18"), "2026-11-16", nil, nil},
		{"the other's was in an earlier placement", took("2026-10-31", "2026-11-01").without("EpisodeOfCare/e1").placement("e1", care.HomeCare, "2026-11-01", ""), "2026-11-16", nil, nil},
		{"an unknown start starts no clock", took("2026-10-31", ""), "2026-11-16", nil, nil},
	})
}
