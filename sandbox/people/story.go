package people

// Story is a named course of events that a client has had, and what a correct
// judgement of it is on AsOf.
type Story struct {
	Name string // "contact-left-last-week"
	Why  string // one English sentence
	// Weight is how many of a thousand clients have it.
	Weight int
	Expectation
}

// Expectation is a correct judgement with the default parameters of every
// rule, those that are off by default included.
type Expectation struct {
	Contact  string // contact status, a word of domain.md
	Plan     string // plan status
	Findings []Finding
}

// Finding is a rule that fires. A rule may fire for several facts; it is listed once.
type Finding struct {
	Rule  string // "plan.review"
	State string // open, due-soon, overdue
	// Packs are the packs in which it fires: letters of "NBH" as in domain.md
	// (N is every pack), or "-" where the rule is off unless switched on.
	Packs string
}

// Stories lists every story.
func Stories() []Story { return nil }

// Act is something that happens in the municipality on AsOf: a change to apply
// to a server that holds it.
type Act struct {
	Name    string // "contact-leaves"
	Text    string // one Swedish sentence without personal data
	English string
	// Clients are the Patients whom it touches, by id.
	Clients []string
	// Contact is the contact status after it, for the clients where it is another.
	Contact map[string]string
	Put     []Resource // PUT Type/id, in this order
	Delete  []string   // DELETE Type/id, after Put
}

// Acts gives the acts of the demo's second part, in order. Each stands on the
// municipality as Resources gives it; no two touch the same client, except that
// the contact who leaves may have been anybody's.
func (m *Municipality) Acts() []Act { return nil }
