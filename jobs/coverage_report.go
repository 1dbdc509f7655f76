package jobs

import (
	"time"

	"brygga/care"
)

// CoverageReport is how the clients of each unit stand. It names nobody.
type CoverageReport struct {
	AsOf care.Date `json:"asOf"`
	Read time.Time `json:"read"`
	// Units are sorted by name. Whole is everybody, also clients with a protected
	// identity, who are in no unit.
	Units []UnitCoverage `json:"units"`
	Whole UnitCoverage   `json:"whole"`
}

// UnitCoverage is the coverage of one unit.
type UnitCoverage struct {
	Coverage
	// Qualified: clients with a contact who is at work and shown to be qualified.
	Qualified int `json:"qualified"`
	// Contacts are the people who hold an assignment; PerContact is how many of
	// these clients each has, on average, and MostPerContact at most.
	Contacts       int     `json:"contacts"`
	PerContact     float64 `json:"clientsPerContact"`
	MostPerContact int     `json:"mostClientsPerContact"`

	load map[care.Ref]int // clients by contact
}

// MakeCoverage counts statuses, qualified contacts and their load per unit.
func MakeCoverage(s *Stored, asOf care.Date) *CoverageReport {
	judged := JudgeAll(s.Snapshot, s.Params, s.Units, asOf)
	r := &CoverageReport{AsOf: asOf, Read: s.Read, Units: []UnitCoverage{}}
	r.Whole = UnitCoverage{Coverage: Coverage{Unit: "all units"}, load: map[care.Ref]int{}}
	byUnit := map[string]*UnitCoverage{}
	var v care.View
	for i := range judged {
		j := &judged[i]
		v.See(j.Client, s.Roster, j.Params.Terms(), asOf)
		r.Whole.add(j, &v)
		if j.Client.Protected {
			continue
		}
		name := unitName(s.Units, j.Unit)
		if byUnit[name] == nil {
			byUnit[name] = &UnitCoverage{Coverage: Coverage{Unit: name}, load: map[care.Ref]int{}}
		}
		byUnit[name].add(j, &v)
	}
	for _, u := range sortedPointers(byUnit) {
		if u.Clients > 0 {
			u.conclude()
			r.Units = append(r.Units, *u)
		}
	}
	r.Whole.conclude()
	return r
}

func (u *UnitCoverage) add(j *Judged, v *care.View) {
	u.count(j)
	if v.Contact == care.ContactNotApplicable || v.Contact == care.ContactUnknown {
		return
	}
	qualified := false
	seen := map[care.Ref]bool{} // somebody may hold two assignments for one client
	for i := range v.Assigned {
		g := &v.Assigned[i]
		if !g.Holds {
			continue
		}
		qualified = qualified || g.State == care.ContactAppointed && g.Verified && g.Read
		if !seen[g.Person] {
			seen[g.Person] = true
			u.load[g.Person]++
		}
	}
	if qualified && v.Contact == care.ContactAppointed {
		u.Qualified++
	}
}

func (u *UnitCoverage) conclude() {
	all := 0
	for _, n := range u.load {
		all += n
		u.MostPerContact = max(u.MostPerContact, n)
	}
	if u.Contacts = len(u.load); u.Contacts > 0 {
		u.PerContact = float64(all) / float64(u.Contacts)
	}
}
