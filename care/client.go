package care

// Client is everything that is known of one client: what Judge reads, with
// what it needs from beyond the client in Roster. Slices are in no order that
// rules may rely on, but for Visits: they are sorted by start, and the rows of
// one visit stand together. Facts after asOf are still here; Judge does not see them.
type Client struct {
	Ref Ref
	PersonFact
	Version string // of the client record, where known
	Gaps    []Gap  // why this client is unknown in this run; none: everything was read

	Placements  []Placement
	Services    []Service
	Assignments []Assignment
	Decisions   []Decision
	Information []Information
	Plans       []Plan
	Reviews     []Review
	Notes       []Note
	Deviations  []Deviation
	Risks       []Risk
	Visits      []Visit
	Absences    []Absence
	Relatives   []Relative
	Consents    []Consent  // with one that is Unreadable for each that could not be read
	Handovers   []Handover // from brygga's own ledger
	Answers     []Answer
}

// Answer is what a source said when it was asked a Question of a rule: whether
// a visit that is based on this service was ever finished.
type Answer struct {
	Service Ref  `json:"service"`
	Found   bool `json:"found"`
}

// Gap is a reason why a client is unknown: a source or kind that was not
// complete in this run, or a record that could not be read.
type Gap struct {
	Source string  `json:"source"`
	Facts  FactSet `json:"-"`
	Record Ref     `json:"record,omitempty"`
	Reason string  `json:"reason"`
}

// Staff is a member of staff with everything known of that person.
type Staff struct {
	Ref Ref
	StaffFact
	Roles      []RoleFact
	Read       bool // the person's own record was read; false where only employments name the person
	Unreadable bool // a record of this person could not be read
}

// Roster is what judging one client needs from beyond that client. It is built
// once per run by Assemble and never changed afterwards.
type Roster struct {
	System   string       // the name of the record system, for texts: "ingen ... är registrerad i <system>"
	Systems  *SystemNames // the same by kind of fact, where there are several systems; else nil
	Provides FactSet      // what the configured systems provide
	// Incomplete are the kinds that were not read whole in this run.
	Incomplete FactSet
	// QualificationsKnown: some person of the source has a coded assistant-nurse
	// qualification, or the source declares its list complete (domain.md, "Qualification").
	QualificationsKnown bool
	// EmploymentsKnown: some employment was read.
	EmploymentsKnown bool
	// VisitsFrom is the first day of the window for which visits were pulled; no
	// date means that every visit is known, as in `brygga evaluate`.
	VisitsFrom Date
	// AssignmentsUndated: the source has no dates of assignments, so that an
	// unknown start is no fault of its data (domain.md, "Facts that no system provides").
	AssignmentsUndated bool
	Consent            ConsentTerms

	Units map[Ref]Unit
	Names *Names

	staff         map[Ref]*Staff
	members       map[Ref]Ref   // PractitionerRole or logical reference → person
	duplicates    map[Ref][]Ref // client → other clients with the same identifier
	organizations map[Ref]Ref   // identifier, as LogicalRef writes it → the one unit that carries it
	persons       []uint32      // by number of Names: the lowest number of the same person
	numbers       map[Ref]uint32
	qualifiedFrom Date // when the first coded assistant-nurse qualification begins; no date is always
}

// Person resolves an assignment's member, an author or a performer to the
// person: a PractitionerRole to its Practitioner, a logical reference to whom
// it names. read is false for a person whose own record was not read; ref is
// then the best name there is, and staff is nil unless employments name the person.
func (r *Roster) Person(member Ref) (ref Ref, staff *Staff, read bool) {
	if p, ok := r.members[member]; ok {
		member = p
	}
	s := r.staff[member]
	return member, s, s != nil && s.Read
}

// QualificationsKnownOn says whether qualifications are known on a date: facts
// that begin later do not exist yet.
func (r *Roster) QualificationsKnownOn(asOf Date) bool {
	return r.QualificationsKnown && r.qualifiedFrom <= asOf
}

// number gives the number of a person that Visit.Staff gives after person; 0
// where no visit or note names that person.
func (r *Roster) number(person Ref) uint32 { return r.numbers[person] }

// person turns a number of Names into the number of the person it names: two
// employments and the Practitioner of one person are one.
func (r *Roster) person(id uint32) uint32 {
	if int(id) < len(r.persons) {
		return r.persons[id]
	}
	return id
}

// Duplicates are the other clients that share an identifier with this one.
func (r *Roster) Duplicates(client Ref) []Ref { return r.duplicates[client] }

// Staff gives every member of staff by Ref, also those of whom only employments
// were read (Staff.Read is false).
func (r *Roster) Staff() map[Ref]*Staff { return r.staff }
