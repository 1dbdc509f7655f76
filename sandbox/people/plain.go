package people

import "time"

// Record is all that is written down about one client, in no system's form:
// what other systems than FHIR are simulated from. The same stories and the
// same dice make it, so that what is found from those systems can be held
// against what is found from the FHIR resources.
//
// A date is midnight UTC of that calendar date, and zero where it is unknown or
// open. Staff are indexes of Staff, units and care homes indexes of Units.
type Record struct {
	Index int    // from 0; ids of other systems may be counted from it
	ID    string // of the Patient
	Story string

	Numbers           []Number
	Given, Family     string
	Born              time.Time
	Label             string // security label: sekretessmarkering, skyddadFolkbokforing, or a confidentiality code
	Dead              bool
	Died              time.Time // zero also where the day is not known
	Unit              int
	Relatives         []Relative
	Placements        []Placement
	Services          []Service
	Contacts          []Contact
	Decisions         []Decision
	Told              []Told
	Plans             []Plan
	Notes             []Note
	Deviations, Risks []Event
	Absences          []Absence
	Consents          []Permission

	of *client
}

// Number is an identifier of a person, as fhir.md's "Identifiers" has them.
type Number struct {
	Kind  string // personnummer, samordningsnummer, reservnummer
	Value string
}

// Relative is somebody close to the client.
type Relative struct {
	ID       string
	Relation string // v3-RoleCode
	Inactive bool
}

// Placement is that a unit answers for the client's care.
type Placement struct {
	ID      string
	Setting string // home-care, care-home
	Unit    int
	Status  string // planned, active, onhold, finished
	From    time.Time
	To      time.Time
}

// Service is what was decided.
type Service struct {
	ID                string
	Code              string // of domain.md; "" is one that is named in words only
	Setting           string
	Status            string // active, completed
	Decided, From, To time.Time
	First             time.Time // first carried out, where the record says so
	Performer         int       // the unit that carries it out; -1 where none is named
}

// Contact is an assignment.
type Contact struct {
	ID       string
	Staff    int // -1 is somebody who is in no list of staff
	Status   string
	From, To time.Time
}

// Decision is a decision about a contact: offered, accepted, declined,
// unnecessary, change-requested.
type Decision struct {
	ID   string
	Kind string
	On   time.Time
}

// Told is information given.
type Told struct {
	ID    string
	Topic string // care-contact, right-to-change, contact-handover, care-home-handover
	// Client, Relatives: to whom; Unit is the care home that it went to, -1 where it went to people.
	Client, Relatives bool
	Unit              int
	Medium            string // v3-ParticipationMode
	At                time.Time
	By                int
}

// Plan is an implementation plan, an action plan, or one shared with health care.
type Plan struct {
	ID, Kind, Status  string // implementation, sip, action; active, completed
	Created, From, To time.Time
	Author            int
	Participated      string // yes, no, or "" where nothing is said
	FollowUp          time.Time
	Reviews           []Review
}

// Review is that a plan was followed up.
type Review struct {
	ID string
	On time.Time
	By int
}

// Note is an entry in the social journal, without its text.
type Note struct {
	ID string
	At time.Time
	By int
}

// Event is a deviation (Code, Remedied) or an assessed risk (Code is its level).
type Event struct {
	ID           string
	On, Remedied time.Time
	Code         string
}

// Absence is time away from home: in hospital, or travelling; To is zero while it lasts.
type Absence struct {
	ID       string
	Hospital bool
	From, To time.Time
}

// Permission is a consent, or a refusal, to hand information over.
type Permission struct {
	ID      string
	Permits bool // false: refused
	Home    int  // the care home's unit; -1 where it is about something else (research)
	// Nested consents say what they permit inside a form that otherwise denies.
	Nested   bool
	Without  []string // sections that are left out
	Guardian string   // id of the relative who gave it; "" is the client
	MayNot   bool     // that relative may not decide for the client
	At       time.Time
	From, To time.Time
	// Withdrawn is when it was taken back; zero: it was not.
	Withdrawn time.Time
}

// Visit is one call at the client's home.
type Visit struct {
	N          int // counts the client's visits from 1, as in the id of the Encounter
	Start, End time.Time
	By, With   int      // With is the second person of a double-manned visit, else -1
	Services   []string // codes of what was carried out; valid until the next visit
	Cancelled  bool
}

// Member is a member of staff.
type Member struct {
	ID, HSA       string
	Number        string // a person number in the clients' range, which no client has
	Given, Family string
	Title         string
	Left          bool // left a year ago
	Unit          int
	Certificates  []Certificate
	Jobs          []Job
}

// Certificate is a qualification: assistant-nurse, assistant-nurse-transitional,
// care-contact-routine.
type Certificate struct {
	Code     string
	From, To time.Time
}

// Job is an employment, and when the person is away from it.
type Job struct {
	Unit     int
	From, To time.Time
	Inactive bool
	Away     []Span
}

// Span is a period, both days included.
type Span struct{ From, To time.Time }

// Unit is a unit of home care, a care home, or the municipality itself, whose
// the assessors are.
type Unit struct {
	ID, HSA, Name string
	Kind          string // home-care, care-home, office
}
