package jobs

import (
	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
)

// Action is what a run does, or does not do, about one Flag or Task.
type Action string

// The actions. Keep and Hold write nothing.
const (
	ActCreate Action = "create"
	ActUpdate Action = "update"
	ActClose  Action = "close"
	ActKeep   Action = "keep"
	ActHold   Action = "hold"
)

// Reason says why. Every change has exactly one.
type Reason string

// Why something is created, updated or closed.
const (
	NewFinding     Reason = "new"             // found, and nothing stands for it
	Returned       Reason = "returned"        // brygga had ended it, and the finding is back
	FactsMoved     Reason = "facts-moved"     // due date, priority, text or owner follow the facts
	Escalated      Reason = "escalated"       // overdue for longer than escalate_after
	Resolved       Reason = "resolved"        // the finding is gone
	NoLongerLate   Reason = "no-longer-late"  // still a finding, but no Flag belongs to its state
	LeftCare       Reason = "left-care"       // the client is no longer in home care
	Died           Reason = "died"            //
	ClientGone     Reason = "client-gone"     // the client is no longer in the record system
	RuleOff        Reason = "rule-off"        // the configuration no longer asks this rule
	DuplicateWrite Reason = "duplicate-write" // two own resources for one occurrence
)

// Why nothing is written.
const (
	NoFacts       Reason = "facts-not-provided" // no configured system provides the facts of the rule
	RuleNotKnown  Reason = "rule-not-known"     // a rule of another version of brygga
	Unchanged     Reason = "unchanged"          // it stands as it should
	StaffHasIt    Reason = "staff-has-it"       // a person has moved it; due date and priority are as they should be
	ClosedByStaff Reason = "closed-by-staff"    // a person ended it, the condition remains
	ReopenedStaff Reason = "reopened-by-staff"  // a person opened again what brygga had ended
	Unknown       Reason = "unknown"            // data for this client was incomplete in this run
	ReportOnly    Reason = "report-only"        // writes.mode is report
	NotYet        Reason = "not-yet"            // before writes.from
	UnitNotIn     Reason = "unit-not-in"        // the client's unit is not in writes.units
	RuleNotIn     Reason = "rule-not-in"        // the rule is not in writes.rules
	InBaseline    Reason = "baseline"           // stood when the baseline was taken
	OwnerFull     Reason = "owner-full"         // writes.per_owner_per_night is reached
	NoSubject     Reason = "no-subject"         // the client is not found in the system that receives
	SubjectUnsure Reason = "subject-unsure"     // what stands names a client who was not listed, and who is not confirmed gone
	NotOurs       Reason = "not-readable"       // ours by its marks, but it cannot be read
)

// Change is one line of what a run would do: about one Flag or Task of one finding.
type Change struct {
	Action     Action      `json:"action"`
	Reason     Reason      `json:"reason"`
	Type       string      `json:"type"` // Flag or Task
	Finding    string      `json:"finding"`
	Occurrence int         `json:"occurrence,omitempty"`
	Client     care.Ref    `json:"client"` // in the system that receives
	Rule       string      `json:"rule"`
	State      rules.State `json:"state,omitempty"`
	Due        care.Date   `json:"due,omitzero"`
	Unit       string      `json:"unit,omitempty"`   // left out for a protected client
	Owner      string      `json:"owner,omitempty"`  // contact, coordinator ...
	Fields     []string    `json:"fields,omitempty"` // what an update changes

	// Content is what shall stand; KeepStaff leaves what a person set.
	Content   fhirmap.Content `json:"-"`
	KeepStaff bool            `json:"-"`
	// Target is what is updated or closed; nil for a create.
	Target *fhirmap.Own `json:"-"`
}

// Writes says whether the change writes anything.
func (c *Change) Writes() bool {
	return c.Action == ActCreate || c.Action == ActUpdate || c.Action == ActClose
}
