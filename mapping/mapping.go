// Package mapping stands between foreign records and facts. What a page of
// records means is told by a Mapper: FHIR R4 is Go (mapping/fhir), every other
// system is a file (mapping/vendor).
package mapping

import (
	"net/url"
	"time"

	"brygga/care"
)

// Sink takes what is read. It is called from several goroutines, and may keep
// whatever it is given.
//
// Every row of a page gives exactly one call, also a row that holds no fact
// (any more): a Record without facts, a VisitRecord without visits, a void
// NoteRecord. Whatever stood for that row before is thereby replaced.
type Sink interface {
	Record(care.Record)
	Unreadable(care.Unreadable)
	Visit(care.VisitRecord)
	Note(care.NoteRecord)
}

// Mapper turns the records of one system into facts. It keeps nothing of what
// it read and is safe for use by several goroutines.
type Mapper interface {
	// Kinds lists what is asked of the system, staff and units first.
	Kinds() []Kind
	// Page decodes one page of a kind. An error means that the body is no such
	// page, and that the pull is incomplete; it holds nothing of the body but
	// codes and types. The rows go to the sink by Page.Take.
	Page(kind Kind, sink Sink, body []byte) (Page, error)
	// Resource reads one record as the source gives it when it is asked for by its
	// reference. An error means that it is no record at all.
	Resource(sink Sink, body []byte) error
}

// Kind is one thing to ask a system for: a FHIR resource type, or a list.
type Kind struct {
	Name   string       // our name of it ("visit"), for messages and checkpoints
	Type   string       // the system's name of it: a resource type ("Encounter"), or the name of a list
	Facts  care.FactSet // the kinds of facts that it yields
	Params url.Values   // fixed search criteria; nil asks for everything, and the mapping filters

	// Bulky kinds are most of the bytes: they are pulled by change, in windows of
	// WindowDays days. DateParam is the search parameter that bounds a window; a
	// system that has none is asked for what was changed since the window began.
	Bulky      bool
	DateParam  string
	WindowDays int

	// Refers are the kinds that its facts refer to, where that is known; nil where
	// they may refer to any.
	Refers []string

	// ByChange: a small kind that can be asked for by change too, deletions
	// included. It is still read whole from time to time.
	ByChange bool
	// Unversioned: the rows say neither version nor time of change. Of two readings
	// in one pull the later one counts, unless they come Once.
	Unversioned bool
	// Once: nothing moves while the rows are read, as in a file that holds them all.
	// Two rows with one key that differ contradict each other.
	Once bool
	// FirstSeen and LastSeen: assignments bear no dates. They start on the day when
	// they were first seen to appear, and end on the last day when they were seen.
	FirstSeen, LastSeen bool
}

// KeyTwice is why rows count as unreadable that contradict each other.
const KeyTwice = "another row has the same key and says something else"

// Page is one page of records, decoded.
type Page struct {
	Next    string    // address of the next page as the server wrote it; empty on the last
	Updated time.Time // the server's own time of the answer; zero where it gave none
	Total   int       // how many rows there are in all; -1 where the server does not say
	Keys    []uint64  // Key of each row
	// Take hands the rows to the sink. The body of the page must be valid until
	// it has returned. It is called once; an error means that the page
	// cannot be read after all.
	Take func() error
}

// Key is the number by which packed visits and notes, and the rows of a page,
// remember the record they came from: FNV-1a, 64 bits, of its reference.
func Key(ref care.Ref) uint64 { return KeyOf(string(ref)) }

// KeyOf is Key of the parts put together, without putting them together.
func KeyOf(parts ...string) uint64 {
	h := uint64(fnvOffset)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * fnvPrime
		}
	}
	return h
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)
