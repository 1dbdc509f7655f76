package vendor

import (
	"cmp"
	"time"

	"brygga/care"
)

// List is one list of records of a system: where it is, and what its rows hold.
// Exactly one of REST and Files is set.
type List struct {
	Name string
	Doc  string
	// Facts are the kinds of facts that its rows may hold, under the settings given.
	Facts care.FactSet
	REST  *REST
	Files *Files
	// Key are the fields by which rows are told apart; Columns are all that is read.
	Key     []string
	Columns []Column
	// Through is the list whose records tell the client of these ("of(LIST, ...)"):
	// Client of such a record is the Ref of a record of that list. Empty: none.
	Through string
}

// Group is the name by which the list may have a key of its own, as such interfaces
// license keys by groups of endpoints: the one that the mapping gives it, else its own.
// Empty for a list that is not asked for over HTTP.
func (l *List) Group() string {
	if l.REST == nil {
		return ""
	}
	return cmp.Or(l.REST.KeyGroup, l.Name)
}

// Column is one field that is read, by the source's own name: a CSV column, an
// XML path, a JSON field.
type Column struct {
	Name string
	List bool // there may be several values
}

// REST is where a list is in a paged JSON interface.
type REST struct {
	Path   string            // under the system's base address
	Params map[string]string // fixed parameters; settings have been put in
	// Rows is the path of the array in an envelope ("Items", "data.rows"); empty where
	// the answer itself is the array.
	Rows string
	// KeyGroup names the group of endpoints whose key is used; empty is a group of the
	// list alone (List.Group).
	KeyGroup  string
	Paging    Paging
	Changed   *Changed   // nil: always read whole
	Fallbacks []Fallback // asked in their order where the path is gone
}

// Fallback is where else a list may be found.
type Fallback struct {
	Path    string
	Rows    string
	Changed *Changed
}

// Paging says how one page follows another. Names are those of query parameters;
// sizes of 0 are left to the server.
type Paging struct {
	Kind    string // none, offset, page, cursor, link
	Size    int
	Overlap int // rows that a page repeats of the one before it
	Limit   string
	Offset  string
	Page    string
	First   int // the number of the first page
	Cursor  string
	Next    string // path in the envelope of the next cursor, or the address of the next page
}

// Changed is how a list is asked for what has changed.
type Changed struct {
	Param   string
	Path    string        // where changes are asked for, if elsewhere; empty is the same path
	Overlap time.Duration // how much further back than the checkpoint is asked
	Reach   time.Duration // how far back changes are known; 0 is for ever
}

// Files is where a list is in exported files.
type Files struct {
	Glob      string
	Format    string // csv, json, ndjson, xml
	Encoding  string // utf-8, iso-8859-1, windows-1252, utf-16; of XML empty for what the file declares
	Delimiter string
	Quote     string
	Decimal   string
	Header    bool   // the first line names the columns
	Rows      string // path of the elements that are rows
	Complete  Complete
	// Delivery is whole (what a delivery does not hold is gone) or changes.
	Delivery string
	MaxAge   time.Duration // an older delivery is said to be late; 0: none is
}

// Complete says when a delivery may be taken.
type Complete struct {
	Kind string        // quiet, manifest, pattern
	For  time.Duration // of quiet: how long nothing may have been written
	Name string        // of manifest: the file that is written last
}

// Setting is what a municipality declares; expressions read it as settings.NAME.
type Setting struct {
	Name    string
	Doc     string
	Choices []string // none: any text
	Default string
}

// textual says whether all values arrive as texts.
func (l *List) textual() bool {
	return l.Files != nil && (l.Files.Format == "csv" || l.Files.Format == "xml")
}
