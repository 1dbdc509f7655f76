package people

import "slices"

// Story is a named course of events that a client has had, and what a correct
// judgement of it is on AsOf.
type Story struct {
	Name string // "contact-left-last-week"
	Why  string // one English sentence
	// Weight is how many of a thousand clients have it; "settled" takes what
	// the others leave.
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
	when  condition
}

// In says whether the finding is there in a pack: "national", "botkyrka" or "hemvard".
func (f Finding) In(pack string) bool {
	for _, p := range f.Packs {
		if p == 'N' || (p == 'B' && pack == "botkyrka") || (p == 'H' && pack == "hemvard") {
			return true
		}
	}
	return false
}

// condition is what a municipality's options must be for a finding to be there.
type condition int

const (
	_ condition = iota // always
	// counted: enough visits that continuity is asked of everybody but those
	// with the fewest.
	counted
	// crowded: at least two visits a day for those with the most, and enough staff.
	crowded
	// monthEnds: the month ends within seven days.
	monthEnds
)

func (m *Municipality) meets(w condition) bool {
	switch w {
	case counted:
		return m.o.VisitsPerMonth >= 24
	case crowded:
		return m.o.VisitsPerMonth >= 50
	case monthEnds:
		return m.asOf.monthStart().addMonths(1)-1-m.asOf <= 7
	}
	return true
}

// packsOf says which packs turn a rule on (domain.md, "Rules").
var packsOf = map[string]string{
	"contact.missing": "N", "contact.offer-unanswered": "N", "contact.unqualified": "N", "contact.qualification-unverified": "N",
	"contact.exempt-undocumented": "N", "contact.exempt-reassess": "N", "contact.vacant": "N", "contact.change-requested": "N",
	"contact.second-missing": "B", "contact.not-informed": "BH", "contact.relatives-not-informed": "H",
	"contact.right-to-change-not-told": "B", "contact.routine-not-acknowledged": "B", "contact.handover-missing": "H",
	"plan.missing": "N", "plan.contact-update": "H", "plan.review": "N", "plan.decision-changed": "BH",
	"plan.no-participation": "B", "plan.no-followup-date": "-",
	"journal.monthly": "B", "journal.deviation-open": "B", "visit.weekly": "B",
	"continuity.contact-share": "H", "continuity.staff-count": "-",
	"sip.review": "H", "risk.action-plan": "B", "service.not-carried-out": "N",
	"transfer.consent-missing": "H", "transfer.not-sent": "H", "transfer.refused": "N",
	"data.unknown-start": "N", "data.person-id-invalid": "N", "data.duplicate-client": "N", "data.unknown-staff": "N",
}

// Rules lists every rule that a story can show, sorted.
func Rules() []string {
	var all []string
	for r := range packsOf {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// finds makes a finding in the packs that turn its rule on.
func finds(rule, state string) Finding {
	return Finding{Rule: rule, State: state, Packs: packsOf[rule]}
}

func (f Finding) if_(w condition) Finding { f.when = w; return f }

// story is a story and how it is told: what it changes in a settled client's
// record. rich ones also get what enrich adds.
type story struct {
	Story
	tell func(*client)
	rich bool
}

// tells makes a story of the catalogue.
func tells(name, why string, weight int, contact, plan string, tell func(*client), findings ...Finding) story {
	return story{Story: Story{name, why, weight, Expectation{contact, plan, findings}}, tell: tell}
}

// enriched says that what enrich adds does not touch the story.
func enriched(s story) story { s.rich = true; return s }

// catalogue is every story; the first is settled.
var catalogue = slices.Concat(settledStories, contactStories, informationStories, planStories, careStories, moveStories, leaverStories, dataStories, handoverStories)

// Stories lists every story, "settled" first.
func Stories() []Story {
	all := make([]Story, len(catalogue))
	rest := 1000
	for i, s := range catalogue {
		all[i] = s.Story
		all[i].Findings = slices.Clone(s.Findings)
		rest -= s.Weight
	}
	all[0].Weight = rest
	return all
}

// byName is the place of a story in the catalogue; it panics for a name that
// is not there, which only a slip in this package can ask for.
func byName(name string) int {
	for i, s := range catalogue {
		if s.Name == name {
			return i
		}
	}
	panic("people: no story " + name)
}

// StoryOf gives the story of a client ("Patient/..." or the bare id); false
// where there is no such client.
func (m *Municipality) StoryOf(clientID string) (Story, bool) {
	i, ok := m.index(clientID)
	if !ok {
		return Story{}, false
	}
	return m.storyAt(i).Story, true
}

// Expected is what is to be found about a client on AsOf: the story's statuses,
// and those of its findings that hold for these options (with few visits,
// nothing can be said of continuity). False where there is no such client.
func (m *Municipality) Expected(clientID string) (Expectation, bool) {
	i, ok := m.index(clientID)
	if !ok {
		return Expectation{}, false
	}
	s := m.storyAt(i)
	e := Expectation{Contact: s.Contact, Plan: s.Plan}
	for _, f := range s.Findings {
		if m.meets(f.when) {
			e.Findings = append(e.Findings, f)
		}
	}
	if m.o.Uncoded {
		e = e.uncoded()
	}
	return e, true
}

// uncoded is the judgement where no certificate is coded: nobody is shown to
// be unqualified, and everybody's qualification is unverified.
func (e Expectation) uncoded() Expectation {
	e.Findings = slices.DeleteFunc(slices.Clone(e.Findings), func(f Finding) bool { return f.Rule == "contact.unqualified" })
	if e.Contact == unqualified { // those have one contact
		e.Contact = appointed
		e.Findings = append(e.Findings, finds("contact.second-missing", open))
	}
	if e.Contact == appointed {
		e.Findings = append(e.Findings, finds("contact.qualification-unverified", open))
	}
	return e
}

// The words of domain.md for statuses and states.
const (
	appointed     = "appointed"
	unqualified   = "appointed-unqualified"
	vacant        = "vacant"
	declined      = "declined"
	exempt        = "exempt"
	candidate     = "exempt-candidate"
	offered       = "offered"
	missing       = "missing"
	notApplicable = "not-applicable"

	current = "current"
	dueSoon = "due-soon"
	overdue = "overdue"
	open    = "open"

	homeCare     = "home-care"
	careHomeCare = "care-home"
)

// Names of stories that other files ask for.
const (
	newlyArrived = "newly-arrived"
	sameNumber   = "same-number"
)
