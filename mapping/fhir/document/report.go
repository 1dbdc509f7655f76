package document

import "brygga/care"

// Reason says why something was left out. It is for the sender, never for the recipient.
type Reason string

// The reasons.
const (
	ReasonUnreadable Reason = "unreadable"          // no FHIR resource with a type and an id
	ReasonOfAnother  Reason = "other-client"        // its subject is not this client, or cannot be told
	ReasonNoSection  Reason = "no-section"          // it belongs to no section, or that cannot be told
	ReasonSection    Reason = "not-permitted"       // it belongs to a section that is not permitted
	ReasonInError    Reason = "entered-in-error"    // it was a mistake
	ReasonStatus     Reason = "status"              // a draft, replaced, or no longer so
	ReasonPeriod     Reason = "outside-data-period" // made on a day that the permit does not cover, or on an unknown one
	ReasonOld        Reason = "outside-window"      // a note older than 70 days, of the future, or undated
	ReasonProtected  Reason = "protected"           // a security label that protects
	ReasonDisorder   Reason = "period-disordered"   // one of its periods ends before it starts
	ReasonHollow     Reason = "hollow"              // without what may not be carried, it has not what it must have
	ReasonReference  Reason = "reference"           // refers to what is not carried
	ReasonAddress    Reason = "address"             // an attachment that lies elsewhere, or could not be read
)

// LeftOut is a resource, or a part of one, that was read and is not carried.
type LeftOut struct {
	Ref     care.Ref // empty where it cannot be told
	Element string   // where it is a part: its path, as "activity.reference"
	Reason  Reason
}

// Carried is what became of one permitted section.
type Carried struct {
	Section care.Section
	Entries []care.Ref // sorted as they stand in the document
	LeftOut []LeftOut  // at most mostLeftOut, sorted
}

// mostLeftOut is how many lines of what was left out a section tells.
const mostLeftOut = 1000
