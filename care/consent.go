package care

import "time"

// Consent is what one FHIR Consent says about handing a client's facts over to a
// care home, read strictly (consent.md, "The decision"). It holds codes, times
// and references, and no text.
type Consent struct {
	// Ref, Version, Updated and Patient are those of the record; Assemble fills
	// them in. A consent without a patient is nobody's.
	Ref     Ref       `json:"-"`
	Version string    `json:"-"`
	Updated time.Time `json:"-"`
	Patient Ref       `json:"-"`
	// Unreadable: there is a consent, and nobody can tell what it says. It denies
	// everything; all other fields are empty.
	Unreadable bool `json:"-"`

	Status ConsentStatus `json:"s"`
	// Handover: category, with scope where that is asked for, says that it is
	// about a handover to a care home.
	Handover bool `json:"h,omitempty"`
	// Unverified: some entry of verification says that it was not verified.
	Unverified bool   `json:"nv,omitempty"`
	Date       Moment `json:"d,omitzero"` // when it was given; unknown where undated
	// GiverRecorded: the record says something of who gave it; Givers are those
	// whom it names, as far as they can be told.
	GiverRecorded bool  `json:"gr,omitempty"`
	Givers        []Ref `json:"g,omitempty"`
	// OptIn: the policy rule is OPTIN, and nothing else.
	OptIn bool      `json:"oi,omitempty"`
	Root  Provision `json:"p"`
}

// ConsentStatus says whether a consent is in force.
type ConsentStatus uint8

// The statuses. A draft, a proposal and one that was entered in error say
// nothing; a withdrawn one (inactive, rejected) takes earlier ones back.
const (
	ConsentVoid ConsentStatus = iota
	ConsentActive
	ConsentWithdrawn
)

// Effect is what a provision, or a decision, says.
type Effect uint8

// The effects. A provision may have none; a decision always has one.
const (
	NoEffect Effect = iota
	Permit
	Deny
)

// String is the word of the contract; empty for no effect.
func (e Effect) String() string { return [...]string{"", "permit", "deny"}[e] }

// Provision is one rule of a consent, with the exceptions from it. A criterion
// that it does not carry holds for anything.
type Provision struct {
	Type    Effect   `json:"t,omitempty"`
	Period  Interval `json:"p,omitzero"`
	Actor   Actors   `json:"a"`
	Action  Action   `json:"ac,omitempty"`
	Purpose Purpose  `json:"pu,omitempty"`
	Class   Naming   `json:"cl,omitzero"`
	Code    Naming   `json:"co,omitzero"`
	// Data is dataPeriod: which data a permit covers. DataPeriod says that it is carried.
	Data       Interval `json:"d,omitzero"`
	DataPeriod bool     `json:"dp,omitempty"`
	// Strange: it carries something that is not understood (securityLabel, data, a
	// modifierExtension, an element that FHIR R4 does not have).
	Strange bool        `json:"x,omitempty"`
	Within  []Provision `json:"n,omitempty"`
}

// Actors are whom a provision is about.
type Actors struct {
	Carried bool    `json:"c,omitempty"`
	All     []Actor `json:"a,omitempty"`
}

// IsZero says that a provision carries no actor; no list and an empty one are the same.
func (a Actors) IsZero() bool { return !a.Carried && len(a.All) == 0 }

// Actor is one of them.
type Actor struct {
	// Ref is the record, or LogicalRef of an identifier; empty where it cannot be told.
	Ref Ref       `json:"r,omitempty"`
	Is  ActorKind `json:"i,omitempty"`
	// Recipient: in the role of a recipient (IRCP, PRCP), or in none that is said.
	Recipient bool `json:"re,omitempty"`
	// Strange: something in it is not understood.
	Strange bool `json:"x,omitempty"`
}

// ActorKind is what an actor is.
type ActorKind uint8

// The kinds of actors. An identifier without a type may be anybody's.
const (
	ActorUnknown ActorKind = iota
	ActorOrganization
	ActorOther // a person, a team, a device
)

// Action is what a provision lets be done, as bits.
type Action uint8

// The actions. ActionNear are access, use and read: not a disclosure, but near
// enough that whoever denies them denies it too.
const (
	ActionCarried Action = 1 << iota
	ActionDisclose
	ActionNear
	ActionStrange // one that is not understood, or a list of none
)

// Purpose is what for, as bits.
type Purpose uint8

// The purposes.
const (
	PurposeCarried Purpose = 1 << iota
	PurposeTreat
	PurposeStrange // one that is not understood, or a list of none
)

// Naming is what class, or code, names.
type Naming struct {
	Carried  bool       `json:"c,omitempty"`
	Sections SectionSet `json:"s,omitempty"`
	// Strange: it also names something that is no section that is known.
	Strange bool `json:"x,omitempty"`
}

// Section is a part of what is handed over to a care home.
type Section uint8

// The sections, in the order of consent.md.
const (
	SectionContact Section = iota
	SectionRelatives
	SectionServices
	SectionPlan
	SectionJournal
	SectionDeviations
	SectionRisks
	SectionSIP
	sectionCount
)

var sectionNames = [sectionCount]string{
	"contact", "relatives", "services", "plan", "journal", "deviations", "risks", "sip",
}

// Sections lists all sections.
func Sections() []Section {
	all := make([]Section, sectionCount)
	for i := range all {
		all[i] = Section(i)
	}
	return all
}

// String is the code of the section.
func (s Section) String() string { return sectionNames[s] }

// SectionByName gives the section of a code; ok is false where there is none.
func SectionByName(name string) (s Section, ok bool) {
	for i, n := range sectionNames {
		if n == name {
			return Section(i), true
		}
	}
	return 0, false
}

// SectionSet is a set of sections.
type SectionSet uint8

// AllSections is the set of all.
const AllSections SectionSet = 1<<sectionCount - 1

// SetOfSections makes a set.
func SetOfSections(sections ...Section) (set SectionSet) {
	for _, s := range sections {
		set |= 1 << s
	}
	return set
}

// Has says whether the section is in the set.
func (s SectionSet) Has(x Section) bool { return s&(1<<x) != 0 }
