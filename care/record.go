package care

import "time"

// Record is what one source record says, stripped of names and free text. A
// changed or deleted source record replaces exactly its own Record; references
// between records are resolved by Assemble.
type Record struct {
	Ref     Ref       `json:"ref"`
	Version string    `json:"v,omitempty"` // meta.versionId, where known
	Updated time.Time `json:"u,omitzero"`  // meta.lastUpdated, where known
	Client  Ref       `json:"c,omitempty"` // whom it concerns; for a client record its own Ref; empty for staff and units
	Facts
}

// Facts are the facts of one record. A record of one type fills one or two of
// these: an EpisodeOfCare gives a placement and the client's absences.
type Facts struct {
	Person      *PersonFact   `json:"person,omitempty"`
	Unit        *Unit         `json:"unit,omitempty"`
	Staff       *StaffFact    `json:"staff,omitempty"`
	Role        *RoleFact     `json:"role,omitempty"`
	Placements  []Placement   `json:"pl,omitempty"`
	Services    []Service     `json:"sv,omitempty"`
	Assignments []Assignment  `json:"as,omitempty"`
	Decisions   []Decision    `json:"de,omitempty"`
	Information []Information `json:"in,omitempty"`
	Plans       []Plan        `json:"cp,omitempty"`
	Reviews     []Review      `json:"re,omitempty"`
	Deviations  []Deviation   `json:"dv,omitempty"`
	Risks       []Risk        `json:"ri,omitempty"`
	Absences    []Absence     `json:"ab,omitempty"`
	Relatives   []Relative    `json:"rl,omitempty"`
	Consents    []Consent     `json:"cn,omitempty"`
	Handovers   []Handover    `json:"ho,omitempty"`
}

// PersonFact is what a client record says of the client.
type PersonFact struct {
	Identifiers []Identifier `json:"id,omitempty"`
	Born        Date         `json:"b,omitzero"`
	Protected   bool         `json:"p,omitempty"` // skyddade personuppgifter, or a label that is not understood
	Deceased    bool         `json:"x,omitempty"` // known to be dead, DeceasedOn may be unknown
	DeceasedOn  Date         `json:"xd,omitzero"`
	Unit        Ref          `json:"u,omitempty"`
	// Number is what staff know the client by in the record system, where that is no
	// person number and no record id: for lists that people read.
	Number string `json:"n,omitempty"`
}

// Unit is an organization: where a client is cared for. Its name is not a person's.
type Unit struct {
	Ref         Ref      `json:"ref"`
	Name        string   `json:"n,omitempty"`
	Identifiers []string `json:"i,omitempty"` // values as they stand: HSA-id, organisationsnummer
	PartOf      Ref      `json:"p,omitempty"`
	// CareHome: a placement there is one in a care home, whatever else is said of it.
	CareHome bool `json:"ch,omitempty"`
	// Also are its identifiers as LogicalRef writes them: what it may be referred to by.
	Also []Ref `json:"l,omitempty"`
}

// StaffFact is one member of staff. The free-text title is evidence, never proof.
type StaffFact struct {
	Identifiers    []Identifier    `json:"id,omitempty"`
	Title          string          `json:"t,omitempty"`
	Qualifications []Qualification `json:"q,omitempty"`
}

// QualificationKind is what somebody is qualified for.
type QualificationKind uint8

// The qualifications of domain.md.
const (
	AssistantNurse QualificationKind = iota + 1
	AssistantNurseTransitional
	RoutineAcknowledged
)

// Qualification holds for a period.
type Qualification struct {
	Kind QualificationKind `json:"k"`
	Period
}

// CodedFrom is when the first assistant-nurse qualification of the person begins that
// has a code; no date is always. coded is false where there is none.
func (s *StaffFact) CodedFrom() (from Date, coded bool) {
	for _, q := range s.Qualifications {
		if q.Kind != AssistantNurse && q.Kind != AssistantNurseTransitional {
			continue
		}
		if !coded || q.Start < from {
			from = q.Start
		}
		coded = true
	}
	return from, coded
}

// RoleFact is an employment of a person at a unit, with absences. A role that
// is not active has ended: its end is Period.End, at most the day before asOf.
type RoleFact struct {
	Person   Ref       `json:"p,omitempty"`
	Unit     Ref       `json:"u,omitempty"`
	Left     bool      `json:"l,omitempty"` // active=false
	Absences []Absence `json:"a,omitempty"`
	Period
	// AbsencesOnly: it tells when the person is away, and not whether there is an
	// employment.
	AbsencesOnly bool `json:"ao,omitempty"`
}

// Unreadable is a source record that could not be read. It keeps those whom it
// concerns unknown until that id is read well or is confirmed gone.
type Unreadable struct {
	Ref     Ref       `json:"ref"`
	Version string    `json:"v,omitempty"`
	Updated time.Time `json:"u,omitzero"`
	Client  Ref       `json:"c,omitempty"` // whom it concerns, where that can be told
	Staff   Ref       `json:"s,omitempty"` // the member of staff, for staff records
	Facts   FactSet   `json:"f,omitempty"` // the kinds of facts that it may hold
	Path    string    `json:"path,omitempty"`
	Reason  string    `json:"reason"` // without personal data and without the value itself
}

// VisitRecord is what one source record of the visit kind says: no Visits means
// that the record holds no visit (any more), and that an earlier one is taken back.
// Ref, Version and Updated tell which of two reads of one id counts, and which
// quarantined record has been read well at last; they need not be kept.
type VisitRecord struct {
	Ref          Ref
	Client       Ref
	KeyHi, KeyLo uint32
	Version      string
	Updated      time.Time
	Visits       []Visit
}

// NoteRecord is the same for notes.
type NoteRecord struct {
	Ref     Ref
	Client  Ref
	Version string
	Updated time.Time
	Note    Note
	Void    bool
}

// Refs gives every reference in the record, its own included; some come several times.
func (r *Record) Refs(yield func(Ref) bool) {
	more := true
	r.eachRef(func(ref *Ref) { more = more && *ref == "" || more && yield(*ref) })
}

// HoldsFacts says whether there is any fact in f.
func (f *Facts) HoldsFacts() bool {
	return f.Person != nil || f.Unit != nil || f.Staff != nil || f.Role != nil || len(f.Placements) > 0 ||
		len(f.Services) > 0 || len(f.Assignments) > 0 || len(f.Decisions) > 0 || len(f.Information) > 0 ||
		len(f.Plans) > 0 || len(f.Reviews) > 0 || len(f.Deviations) > 0 || len(f.Risks) > 0 ||
		len(f.Absences) > 0 || len(f.Relatives) > 0 || len(f.Consents) > 0 || len(f.Handovers) > 0
}
