package rules

import (
	"testing"

	"brygga/care"
)

func TestDataUnknownStart(t *testing.T) {
	const found = "open - it - Patient/p1"
	undated := nobody().team("ct", "Practitioner/s1", "", "")
	undated.AssignmentsUndated = true
	table(t, "data.unknown-start", []row{
		{"all starts known", single(), "2026-11-21", nil, nil},
		{"a placement", single().without("EpisodeOfCare/e1").placement("e1", care.HomeCare, "", ""), "2026-11-21", nil, []string{found}},
		{"another placement that holds", single().placement("e2", care.CareHome, "", ""), "2026-11-21", nil, []string{found}},
		{"a placement that has ended", single().placement("e2", care.HomeCare, "", "2026-11-20"), "2026-11-21", nil, nil},
		{"an assignment", nobody().team("ct", "Practitioner/s1", "", ""), "2026-11-21", nil, []string{found}},
		{"an assignment that has ended", single().team("ct", "Practitioner/s1", "", "2026-11-20"), "2026-11-21", nil, nil},
		{"an assignment of a source that has no dates", undated, "2026-11-21", nil, nil},
		{"a running home-care service", single().service("x", care.Cleaning, "2026-01-01", "", ""), "2026-11-21", nil, []string{found}},
		{"day activity is no home-care service", single().service("x", care.DayActivity, "2026-01-01", "", ""), "2026-11-21", nil, nil},
		{"several are one finding", single().service("x", care.Cleaning, "", "", "").service("y", care.Shopping, "", "", ""), "2026-11-21", nil, []string{found}},
		{"without home care", single().without("EpisodeOfCare/e1").service("x", care.Cleaning, "", "", ""), "2026-11-21", nil, nil},
	})
}

func TestDataIdentifiers(t *testing.T) {
	invalid := func(n int) *world {
		w := single()
		for i := range n {
			w.person().Identifiers = append(w.person().Identifiers, care.Identifier{Hash: [16]byte{9, byte(i)}})
		}
		return w
	}
	none := single()
	none.person().Identifiers = nil
	shared := single()
	for _, id := range []care.Ref{"Patient/p2", "Patient/p3"} {
		shared.Records = append(shared.Records, care.Record{Ref: id, Client: id, Facts: care.Facts{
			Person: &care.PersonFact{Identifiers: shared.person().Identifiers},
		}})
	}
	table(t, "data.person-id-invalid", []row{
		{"valid", single(), "2026-11-21", nil, nil},
		{"none at all", none, "2026-11-21", nil, nil},
		{"one invalid", invalid(1), "2026-11-21", nil, []string{"open - it - Patient/p1"}},
		{"two invalid are one finding", invalid(2), "2026-11-21", nil, []string{"open - it - Patient/p1"}},
	})
	table(t, "data.duplicate-client", []row{
		{"nobody else", single(), "2026-11-21", nil, nil},
		{"two others are one finding", shared, "2026-11-21", nil, []string{"open - it - Patient/p1"}},
	})
	j := shared.judge(t, mustParams(t, "national", nil), "2026-11-21")
	f := only(j.Findings, "data.duplicate-client")[0]
	if len(f.Evidence) != 3 || f.Evidence[1] != "Patient/p2" || f.Writes != WriteReport {
		t.Errorf("%+v", f)
	}
}

func TestDataUnknownStaff(t *testing.T) {
	const gone = "open - it Practitioner/gone Practitioner/gone"
	table(t, "data.unknown-staff", []row{
		{"everyone was read", settled(), "2026-11-21", nil, nil},
		{"a person who was not read", single().team("x", "Practitioner/gone", "2026-02-01", ""), "2026-11-21", nil, []string{gone}},
		{"one per person", single().team("x", "Practitioner/gone", "2026-02-01", "").team("y", "Practitioner/gone", "2026-02-01", ""), "2026-11-21", nil, []string{gone}},
		{"an employment of a person who was not read", single().role("r", "gone", "", "").team("x", "PractitionerRole/r", "2026-02-01", ""), "2026-11-21", nil, []string{gone}},
		{"an employment that was not read", single().team("x", "PractitionerRole/r", "2026-02-01", ""), "2026-11-21", nil, []string{"open - it PractitionerRole/r PractitionerRole/r"}},
		{"an assignment that has ended", single().team("x", "Practitioner/gone", "2026-02-01", "2026-11-20"), "2026-11-21", nil, nil},
		{"without home care", single().without("EpisodeOfCare/e1").team("x", "Practitioner/gone", "2026-02-01", ""), "2026-11-21", nil, nil},
	})
}

func TestAnUnreadablePractitionerIsUnknownStaffAndAnEmploymentIsNot(t *testing.T) {
	p := mustParams(t, "national", nil)
	w := single().without("Practitioner/s1")
	w.Unreadable = []care.Unreadable{{Ref: "Practitioner/s1", Staff: "Practitioner/s1", Facts: care.SetOf(care.KindStaff), Reason: "no"}}
	j := w.judge(t, p, "2026-11-21")
	if j.Contact.Status != care.ContactUnknown || lines(j.Findings) != "data.unknown-staff open - it Practitioner/s1 Practitioner/s1\n" {
		t.Errorf("%s\n%s", j.Contact.Status, lines(j.Findings))
	}
	w = nobody().team("ct", "PractitionerRole/r1", "2026-02-01", "")
	w.Unreadable = []care.Unreadable{{Ref: "PractitionerRole/r1", Staff: "Practitioner/s1", Facts: care.SetOf(care.KindEmployment), Reason: "no"}}
	j = w.judge(t, p, "2026-11-21")
	if j.Contact.Status != care.ContactUnknown || len(j.Findings) > 0 {
		t.Errorf("%s\n%s", j.Contact.Status, lines(j.Findings))
	}
}
