package care

// State says where a deadline stands; the empty State is "nothing yet".
type State string

// The states of a finding (domain.md, "Time").
const (
	Open    State = "open"     // a rule without a deadline
	DueSoon State = "due-soon" // due - warn <= asOf <= due
	Overdue State = "overdue"  // asOf > due
)

// Span is what a deadline adds to its start: calendar months first, clamped to
// the last day of the month, then days.
type Span struct {
	Months int `json:"months,omitempty"`
	Days   int `json:"days,omitempty"`
}

// After gives the date a span later; from no date comes no date.
func (s Span) After(d Date) Date {
	if s.Months != 0 {
		d = d.AddMonths(s.Months)
	}
	return d.AddDays(s.Days)
}

// StateOn tells how a deadline stands on asOf. It is empty before the warning
// begins and where there is no date: nothing is overdue from nothing.
func StateOn(due Date, warn int, asOf Date) State {
	switch {
	case due == 0:
		return ""
	case asOf > due:
		return Overdue
	case asOf >= due.AddDays(-warn):
		return DueSoon
	}
	return ""
}
