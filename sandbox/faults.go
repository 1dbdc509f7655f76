package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// Cut is when a connection is dropped without an answer.
type Cut uint8

// The ways to drop a connection.
const (
	CutNever  Cut = iota
	CutBefore     // before anything is done
	CutAfter      // when all is done and written: the client cannot know
)

// Fault is how one request goes wrong. What is left zero goes right, so several can be combined.
type Fault struct {
	Delay      time.Duration // wait before answering
	Status     int           // answer this status and an OperationOutcome, do nothing else
	RetryAfter string        // the header of that answer
	Cut        Cut
	HTML       bool // a sign-in page with status 200 instead of the answer
	Outcome    bool // an OperationOutcome with status 200 instead of the answer

	// Truncate ends the body after so many bytes. The connection breaks (the client sees an unexpected
	// end), unless Quietly is set: then the answer looks whole to HTTP.
	Truncate int
	Quietly  bool

	BundleType    string // the type of an answered Bundle, instead of its own
	NextElsewhere string // the next link leads to this origin ("http://127.0.0.1:9"), if there is a next page
	NextLoop      bool   // the next link leads to the page itself, also on the last page
	Pad           int    // the answered JSON is made this many bytes longer, with white space
	Mixed         bool   // a searchset also holds an OperationOutcome entry, first
	Stale         bool   // reads and searches show each resource's version before the latest, as a lagging replica does
}

// OnType makes a fault function that hits only requests on one resource type (or
// on "metadata", or "" for transactions).
func OnType(typ string, f Fault) func(*http.Request) *Fault {
	return func(r *http.Request) *Fault {
		first, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(r.URL.Path, BasePath), "/"), "/")
		if first != typ {
			return nil
		}
		return &f
	}
}
