package jobs

import (
	"slices"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
)

// Wanted is one finding with all that its Flag and Task shall say. It is made
// for one run, from the judgement and the receiving system's own references.
type Wanted struct {
	ID      string
	Subject care.Ref // the Patient in the system that receives; empty where not found
	Rule    string
	State   rules.State
	Due     care.Date
	Shown   string // the unit, for views; empty for a protected client

	Flag, Task   bool
	FlagWhenLate bool // the rule writes a Flag, once it is overdue or open
	Escalated    bool // the owner went up, because the finding is long overdue
	FlagContent  fhirmap.Content
	TaskContent  fhirmap.Content

	facts []care.Ref // in the source: the client, and what the finding rests on
}

// ladder is the way up for what is long overdue (fhir.md, "Overdue by more than ...").
var ladder = []rules.Role{rules.Contact, rules.Coordinator, rules.UnitManager}

// climb gives the role that answers for a finding that is late days overdue: one
// step up for each escalateAfter days that are past, and never past the unit
// manager. Roles outside the ladder stay; escalateAfter 0 is never.
func climb(role rules.Role, late, escalateAfter int) rules.Role {
	i := slices.Index(ladder, role)
	if i < 0 || escalateAfter <= 0 || late <= escalateAfter {
		return role
	}
	return ladder[min(i+(late-1)/escalateAfter, len(ladder)-1)]
}
