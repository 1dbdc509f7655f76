package care

// Ref names a record in its system as "Type/id" ("Practitioner/s1"). It is an
// opaque key here: references are resolved by equality, at judging.
//
// A logical reference (FHIR: by identifier) is "identifier:" and the keyed hash
// of the identifier; Roster and Assemble resolve it, never a rule.
type Ref string

// FactKind names one row of "Facts" in domain.md. Rules say which kinds they
// need; systems say which kinds they provide.
type FactKind uint8

// The kinds of facts, in the order of domain.md.
const (
	KindClient FactKind = iota
	KindUnit
	KindPlacement
	KindService
	KindStaff
	KindQualification
	KindEmployment
	KindStaffAbsence
	KindAssignment
	KindDecision
	KindInformation
	KindPlan
	KindReview
	KindNote
	KindDeviation
	KindRisk
	KindVisit
	KindClientAbsence
	KindConsent
	KindRelative
	KindHandover // from brygga's own ledger: OwnFacts
	factKinds
)

// FactKinds lists every kind.
func FactKinds() []FactKind {
	all := make([]FactKind, factKinds)
	for i := range all {
		all[i] = FactKind(i)
	}
	return all
}

var factKindNames = [...]string{
	"client", "unit", "placement", "service", "staff", "qualification", "employment", "absence",
	"assignment", "contact-decision", "information", "plan", "review", "note", "deviation", "risk",
	"visit", "client-absence", "consent", "relative", "handover",
}

// String is the name that configurations and messages use.
func (k FactKind) String() string { return factKindNames[k] }

// FactSet is a set of kinds of facts.
type FactSet uint32

// SetOf makes a set.
func SetOf(kinds ...FactKind) FactSet {
	var s FactSet
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

// AllFacts is the set of all kinds. OwnFacts are those that brygga provides from its own
// ledger, where it hands over to care homes; SystemFacts are all others: what record
// systems can provide, and what `brygga evaluate` takes to be provided.
const (
	AllFacts    = FactSet(1<<factKinds - 1)
	OwnFacts    = FactSet(1 << KindHandover)
	SystemFacts = AllFacts &^ OwnFacts
)

// Has says whether every kind of o is in s.
func (s FactSet) Has(o FactSet) bool { return s&o == o }

// Kinds lists the kinds in the set, in the order of domain.md.
func (s FactSet) Kinds() []FactKind {
	var out []FactKind
	for k := range factKinds {
		if s&(1<<k) != 0 {
			out = append(out, k)
		}
	}
	return out
}

// IdentifierKind tells the identifiers of persons apart.
type IdentifierKind uint8

// The identifiers that are read (fhir.md, "Identifiers").
const (
	Personnummer IdentifierKind = iota + 1
	Samordningsnummer
	Reservnummer
	HSAID
)

// Identifier is a person's identifier as a keyed hash; the number itself is
// never kept. Valid is false for a malformed number or a wrong check digit.
type Identifier struct {
	Kind  IdentifierKind `json:"k"`
	Hash  [16]byte       `json:"h"`
	Valid bool           `json:"v"`
}

// Setting is where care is given.
type Setting uint8

// The settings. NoSetting is a category that is absent or not understood.
const (
	NoSetting Setting = iota
	HomeCare
	CareHome
)

// Placement is one stay in home care or in a care home. Records whose status
// says that the client was never in care do not become placements.
type Placement struct {
	Ref     Ref     `json:"ref"`
	Setting Setting `json:"s"`
	Unit    Ref     `json:"u,omitempty"`
	Period
	// Renewed: a placement of the same setting and unit that begins at most this many
	// days after this one has ended continues it, as record systems write one decision
	// after another. 0: each placement stands alone.
	Renewed uint8 `json:"rn,omitempty"`
}

// ServiceCode is a service of domain.md as a bit, so that a visit can carry several.
type ServiceCode uint16

// The service codes. UnknownService stands for a code that no table knows, or none.
const (
	PersonalCare ServiceCode = 1 << iota
	Respite
	Companion
	Shopping
	Cleaning
	Laundry
	MealDelivery
	SafetyAlarm
	DayActivity
	CareHomeService
	UnknownService
)

// ServiceNames lists the codes that configurations and FHIR use, in bit order.
var ServiceNames = [...]string{
	"personal-care", "respite", "companion", "shopping", "cleaning", "laundry",
	"meal-delivery", "safety-alarm", "day-activity", "care-home",
}

// ServiceByName gives the code of a name; ok is false where no table knows it.
func ServiceByName(name string) (code ServiceCode, ok bool) {
	for i, n := range ServiceNames {
		if n == name {
			return 1 << i, true
		}
	}
	return UnknownService, false
}

// Service is a granted service. Services whose status says that they do not
// hold (draft, revoked, completed without an end ...) are not facts.
type Service struct {
	Ref     Ref         `json:"ref"`
	Code    ServiceCode `json:"c"`
	Setting Setting     `json:"s"`
	Decided Date        `json:"d,omitzero"`
	Period
	FirstCarried Date `json:"f,omitzero"`  // first carried out, where the source says so
	Performer    Ref  `json:"p,omitempty"` // the first Organization: a care home
	// Unplaced: the source never says with a service who carries it out. A care home
	// is the unit of the client's placement in one.
	Unplaced bool `json:"up,omitempty"`
}

// Assignment says that somebody is a client's fast omsorgskontakt: one
// participant of one team. Period is what team and participant share.
type Assignment struct {
	Team   Ref `json:"t"`
	Member Ref `json:"m"` // Practitioner or PractitionerRole, as the source wrote it
	Period
	// Unit: the assignment counts only where a placement at this unit holds. Empty
	// where the source does not bind it to one.
	Unit Ref `json:"un,omitempty"`
	// Inactive: the source says that it has ended. Its last day is Period.End,
	// at most the day before asOf; without an end it holds on no day, and its
	// end is unknown (fhir.md, "assignment").
	Inactive bool `json:"i,omitempty"`
}

// DecisionKind is what was decided about a contact.
type DecisionKind uint8

// The decisions, in the order in which those of one day stand (domain.md,
// "Decisions": the first of a day wins).
const (
	ChangeRequested DecisionKind = iota + 1
	Declined
	Unnecessary
	Accepted
	Offered
)

// Decision is a contact decision.
type Decision struct {
	Ref  Ref          `json:"ref"`
	Kind DecisionKind `json:"k"`
	Date Date         `json:"d,omitzero"`
}

// Topic is what somebody was informed about.
type Topic uint8

// The topics of information given.
const (
	TopicContact Topic = iota + 1
	TopicRightToChange
	TopicContactHandover
	TopicCareHomeHandover
)

// Information is information given to the client, to relatives, or to organizations.
type Information struct {
	Ref           Ref   `json:"ref"`
	Topic         Topic `json:"t"`
	ToClient      bool  `json:"tc,omitempty"`
	ToRelatives   bool  `json:"tr,omitempty"`
	Organizations []Ref `json:"o,omitempty"`
	Oral          bool  `json:"or,omitempty"`
	Written       bool  `json:"wr,omitempty"`
	Date          Date  `json:"d,omitzero"`
}

// PlanKind tells plans apart.
type PlanKind uint8

// The kinds of plans.
const (
	Implementation PlanKind = iota + 1
	SIP
	ActionPlan
)

// Participation says whether the client took part in making a plan.
type Participation uint8

// Participation; the zero value is unknown.
const (
	ParticipationUnknown Participation = iota
	Participated
	DidNotParticipate
)

// Plan is a genomförandeplan, a SIP or an action plan. Drafts and plans that
// are unknown or in error are not facts; ended ones are, since the placement's
// first plan counts whatever became of it.
type Plan struct {
	Ref           Ref           `json:"ref"`
	Kind          PlanKind      `json:"k"`
	Active        bool          `json:"a,omitempty"` // status active or on-hold
	Created       Date          `json:"c,omitzero"`
	Period                      // the plan's own period
	Author        Ref           `json:"by,omitempty"`
	Participation Participation `json:"p,omitempty"`
	FollowUps     []Date        `json:"f,omitempty"` // planned follow-up dates, sorted
}

// Review is a plan followed up.
type Review struct {
	Ref  Ref   `json:"ref"`
	Plan Ref   `json:"p"`
	Date Date  `json:"d,omitzero"`
	By   []Ref `json:"by,omitempty"`
	// OfClient: the source does not say which plan was followed up; it is the
	// client's implementation plan, if that was there by then.
	OfClient bool `json:"oc,omitempty"`
}

// Note is a note of the social journal: only when, and by whom (an index of
// Roster.Names; 0 is nobody known). Key is a hash of the source's id.
type Note struct {
	Key    uint64
	Date   Date
	Author uint32
}

// Deviation is something that went wrong; Remedied is when it was put right.
type Deviation struct {
	Ref      Ref  `json:"ref"`
	Date     Date `json:"d,omitzero"`
	Remedied Date `json:"r,omitzero"`
}

// Risk is a risk assessment of level high (or certain); others are not facts.
type Risk struct {
	Ref  Ref  `json:"ref"`
	Date Date `json:"d,omitzero"`
}

// Visit is one finished visit, packed into 28 bytes: there are millions.
// A visit by more than two people is several rows with one Key.
type Visit struct {
	KeyHi, KeyLo uint32      // a hash of the source's id
	Start        uint32      // minutes since 1970-01-01T00:00Z
	Staff        [2]uint32   // indexes of Names; 0 is nobody
	BasedOn      uint32      // index of Names: the service's Ref; 0 is none
	Minutes      uint16      // length, at most 65535; 0 where the end is not known
	Services     ServiceCode // the services carried out, as bits
}

// Absence is a stay away: of a client (hospital, travel) or of a member of staff.
type Absence struct {
	Ref Ref `json:"ref"`
	Period
}

// Relative is a related person of the client who is not inactive.
type Relative struct {
	Ref Ref `json:"ref"`
	// Decides: may decide for the client, as guardian or by a power of attorney.
	Decides bool `json:"d,omitempty"`
	// Also are the person's identifiers as LogicalRef writes them.
	Also []Ref `json:"l,omitempty"`
	Period
}
