package fhir

// CheckProbe says what Check looks for.
type CheckProbe struct {
	Types            []string // resource types that are read ("Patient", "Encounter")
	Writes           []string // resource types that are written ("Flag", "Task")
	Tag              string   // "system|code" that our own resources carry
	IdentifierSystem string   // of our own resources
}

// Verdict is how a check went.
type Verdict string

// The verdicts.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn" // it works, with a loss that Do explains
	Fail Verdict = "fail" // a run would not work
)

// CheckResult is one line of `brygga check`.
type CheckResult struct {
	What    string // what was checked: "search Encounter"
	Verdict Verdict
	Seen    string // what was seen
	Do      string // what to do about it; empty when all is well
}
