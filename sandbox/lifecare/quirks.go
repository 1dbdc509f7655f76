package lifecare

import (
	"slices"
	"time"
)

// Quirks are how such an API may behave within what its description says, and
// beyond. None is on in the zero value. What goes wrong with a single answer (a
// refusal, a broken body, slowness) is a sandbox.Fault.
type Quirks struct {
	// NoContent answers 204 where a page would be empty.
	NoContent bool
	// StaffGone answers 404 to v1's provider_personnels, which is going away.
	StaffGone bool
	// Repeats ignores the offset: every page is the first one.
	Repeats Lists
	// Shuffled gives the rows in another order in each answer.
	Shuffled Lists
	// Shift begins each answer so many rows later in the circle of all rows (or
	// earlier, if it is negative): rows at the edges of pages come twice, or are missed.
	Shift int
	// Window is how far back gt reaches. Whoever asks further back is answered
	// with nothing, as if nothing had changed. Zero reaches back to the beginning.
	Window time.Duration
}

// Lists names lists ("executions", "v2/modified_provider_personnel"); "*" is each of them.
type Lists []string

func (l Lists) has(name string) bool { return slices.Contains(l, name) || slices.Contains(l, "*") }
