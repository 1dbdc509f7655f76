package adapters

// Verdict is how a check of a system went.
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

// Checked is the line of a check that failed.
func (e *Error) Checked(what string) CheckResult {
	do := e.Do
	if do == "" {
		do = "see the server's log"
	}
	return CheckResult{What: what, Verdict: Fail, Seen: e.What, Do: do}
}
