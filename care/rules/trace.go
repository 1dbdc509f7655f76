package rules

import "brygga/care"

// Outcome is what became of a rule for one anchor.
type Outcome string

// The outcomes of a trace.
const (
	Fired    Outcome = "fired"
	NotFired Outcome = "not-fired" // asked; Why says which condition failed
	NotAsked Outcome = "not-asked" // Why says why not
)

// Trace tells how a rule came to its answer, as data from which a text view can
// print the arithmetic: Clock.Terms, what is added, and what comes out.
type Trace struct {
	Rule    string
	Outcome Outcome
	// Why is the condition that decided; Words("why." + Why) says it in both languages.
	Why    string
	State  State  // where fired
	Anchor string // as in Finding, where the rule came as far as an anchor
	Clock  *Clock // nil for a rule without deadline, or where no clock was reached
	Params []Value
	Facts  []Used
	// Lacks are the facts that no system provides, where that is why.
	Lacks care.FactSet
}

// Clock is the arithmetic of a deadline: due is the earliest of the terms.
type Clock struct {
	Terms []Term
	Due   care.Date
	Warn  int // days before Due from which it is due soon
	AsOf  care.Date
}

// Term is the latest of some dates, and what is added to it.
type Term struct {
	Of   []Used
	Plus care.Span
}

// Due recomputes the term. It is no date where one of its dates is unknown.
func (t Term) Due() care.Date {
	var latest care.Date
	for _, u := range t.Of {
		if u.Date == 0 {
			return 0
		}
		latest = max(latest, u.Date)
	}
	return t.Plus.After(latest)
}

// Recompute gives the due date and the state that the clock's own figures lead
// to. They are those of the finding.
func (c *Clock) Recompute() (care.Date, State) {
	var due care.Date
	for _, t := range c.Terms {
		if d := t.Due(); d != 0 && (due == 0 || d < due) {
			due = d
		}
	}
	return due, care.StateOn(due, c.Warn, c.AsOf)
}

// Used is a fact that took part, as what ("placement", "decision"), and the date
// of it that mattered. Words("fact." + As) names it in both languages.
type Used struct {
	Ref  care.Ref
	As   string
	Date care.Date
}

// Value is a parameter and what it was.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Question asks a source for one fact that is not pulled: whether there is any
// finished visit that is based on this service.
type Question struct {
	Client  care.Ref
	Rule    string
	Service care.Ref
}
