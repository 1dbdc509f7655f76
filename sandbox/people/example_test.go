package people_test

import (
	"fmt"

	"brygga/sandbox/people"
)

// The clients of a small municipality, one story each.
func ExampleSmall() {
	m := people.Small("it-", "2026-11-21")
	for c := range m.Clients {
		e, _ := m.Expected(c.ID)
		fmt.Println(c.ID, c.Story.Name, e.Contact, e.Plan)
	}
	// Output:
	// it-p-000001 settled appointed current
	// it-p-000002 contact-missing-overdue missing current
	// it-p-000003 contact-left-last-week vacant current
	// it-p-000004 contact-certificate-expired appointed-unqualified current
	// it-p-000005 only-services-and-unassessed exempt-candidate not-applicable
	// it-p-000006 offer-overdue offered current
	// it-p-000007 plan-review-overdue appointed overdue
	// it-p-000008 plan-due-in-ten-days appointed due-soon
	// it-p-000009 plan-missing-overdue appointed overdue
	// it-p-000010 change-requested-overdue appointed current
	// it-p-000011 declined declined current
	// it-p-000012 protected-and-plan-overdue appointed overdue
	// it-p-000013 moving-with-everything-permitted appointed current
	// it-p-000014 moving-with-a-part-permitted appointed current
	// it-p-000015 moving-with-everything-refused appointed current
	// it-p-000016 moving-with-a-daughters-word appointed current
	// it-p-000017 moving-with-consent-withdrawn appointed current
	// it-p-000018 moving-to-another-home appointed current
	// it-p-000019 moving-and-protected appointed current
}

// Resources come one by one; nothing is held.
func ExampleMunicipality_Resources() {
	m := people.Generate(people.Options{Seed: 1, Clients: 20, AsOf: "2026-11-21"})
	m.Resources(func(r people.Resource) bool {
		if r.Type == "Patient" {
			fmt.Println(r.Ref())
			return false
		}
		return true
	})
	// Output: Patient/p-000001
}
