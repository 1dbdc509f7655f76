package rules

import "brygga/care"

// Rule is one entry of the catalogue. Adding a rule takes an entry, a function
// that judges, and its texts in texts/sv.yaml and texts/en.yaml.
type Rule struct {
	Code   string // "plan.review"
	Family string // "plan"
	Title  Text
	Ground Ground
	Params []ParamSpec
	Owner  Role
	Writes Write // default
	// Fixed: what is written cannot be chosen (data.* never reach the record).
	Fixed bool
	// Needs are the facts that the rule reads; Without says what it does without each.
	Needs   care.FactSet
	Without []Without
	Packs   []string // in which packs it is on, in the order of Packs
	// Deadline: the rule has a due date; without one its findings are open.
	Deadline bool

	where  where
	off    care.FactSet // without any of these it is off
	weaker care.FactSet // without these it says less
	judge  func(*eval)
	index  int
}

// Ground is what a rule rests on, and what of it is law, routine or our default.
type Ground struct {
	Kinds []GroundKind
	Text  Text
	// Before is the ground before Changed, where the law was another one then.
	Before  Text
	Changed care.Date
}

// GroundKind tells law from custom.
type GroundKind string

// The kinds of grounds.
const (
	Law     GroundKind = "law"
	Routine GroundKind = "routine"
	Default GroundKind = "default"
)

// newLaw is when SoL (2025:400) replaced SoL (2001:453).
var newLaw = care.NewDate(2025, 7, 1)

// GroundOn is the ground as it was on a date.
func (r *Rule) GroundOn(asOf care.Date) Text {
	if asOf < r.Ground.Changed {
		return r.Ground.Before
	}
	return r.Ground.Text
}

// Effect is what a rule does without a fact.
type Effect string

// The effects: the rule is off, or says less.
const (
	Off    Effect = "off"
	Weaker Effect = "weaker"
)

// Without says what a rule does where no system provides a fact.
type Without struct {
	Fact   care.FactKind
	Effect Effect
	Text   Text
}

// where says of whom a rule is asked (domain.md, "Where rules are asked").
type where uint8

const (
	inHomeCare    where = iota // alive, known, with a home-care placement
	contactFamily              // the same, and in care homes from contact.care_home_from
	anywhere                   // alive, known, with or without a placement
	anyClient                  // everyone alive, also unknown
	anyBody                    // everyone
)
