package cli

import "brygga/jobs"

// reasons says in words why a change is made or not made.
var reasons = map[jobs.Reason]string{
	jobs.NewFinding:     "new",
	jobs.Returned:       "back again after it was ended",
	jobs.FactsMoved:     "follows the facts",
	jobs.Escalated:      "long overdue: the owner goes up",
	jobs.Resolved:       "resolved in the record",
	jobs.NoLongerLate:   "no longer overdue",
	jobs.LeftCare:       "the client left home care",
	jobs.Died:           "the client is deceased",
	jobs.ClientGone:     "the client is gone from the record",
	jobs.RuleOff:        "the configuration no longer writes this",
	jobs.DuplicateWrite: "written twice",
	jobs.Unchanged:      "stands as it should",
	jobs.StaffHasIt:     "staff has taken it",
	jobs.ClosedByStaff:  "closed by staff, condition remains",
	jobs.ReopenedStaff:  "opened again by staff, condition gone",
	jobs.Unknown:        "the client is unknown in this run",
	jobs.NoFacts:        "no system provides the facts of this rule",
	jobs.RuleNotKnown:   "this version of brygga does not know the rule",
	jobs.NotOurs:        "written by brygga, and it can no longer be read",
	jobs.ReportOnly:     "writes.mode is report",
	jobs.NotYet:         "before writes.from",
	jobs.UnitNotIn:      "the unit is not in writes.units",
	jobs.RuleNotIn:      "the rule is not in writes.rules",
	jobs.InBaseline:     "known since the baseline",
	jobs.OwnerFull:      "writes.per_owner_per_night is reached",
	jobs.NoSubject:      "the client is not found in the system that receives",
	jobs.SubjectUnsure:  "the client was not listed and is not confirmed gone",
}

var signs = map[jobs.Action]string{
	jobs.ActCreate: "+", jobs.ActUpdate: "~", jobs.ActClose: "x", jobs.ActHold: ".", jobs.ActKeep: " ",
}
