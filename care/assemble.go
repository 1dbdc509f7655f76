package care

// Input is what a run (or a folder on disk) gives to Assemble.
type Input struct {
	System   string
	Provides FactSet
	// Records in any order. Of one Ref read twice, the latest Updated, then the
	// latest Version counts.
	Records    []Record
	Unreadable []Unreadable
	Visits     map[Ref][]Visit // by client
	Notes      map[Ref][]Note  // by client
	Names      *Names
	// Incomplete are the kinds that could not be read whole, with why: every
	// client is unknown for each of them.
	Incomplete []Gap
	// Aliases resolve logical references: keyed hash of an identifier → the
	// record that carries it is found among Records by Assemble itself; this
	// adds more, for records of other systems. May be nil.
	Aliases map[Ref]Ref
	// AsOf bounds what counts: an assignment that does not hold then makes no
	// client unknown for an unreadable member of staff.
	AsOf Date
}

// Snapshot is every client, sorted by Ref, and the roster they share.
type Snapshot struct {
	Clients []*Client
	Roster  *Roster
	// Orphans are records that name a client who was not read.
	Orphans []Orphan
	// Unplaced are unreadable records whose client cannot be told.
	Unplaced []Unreadable
}

// Orphan is a record that names a client who was not read.
type Orphan struct {
	Record Ref
	Client Ref
}
