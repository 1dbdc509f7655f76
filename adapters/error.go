package adapters

import (
	"fmt"
	"strings"
	"time"
)

// Class says what the caller may do about an error.
type Class uint8

// The classes. The adapter classifies, the caller decides.
const (
	// Retry: it may work if tried again (a dropped connection, 500, 503).
	Retry Class = iota + 1
	// Wait: try again after After (429, 503 with Retry-After).
	Wait
	// Credentials: the system does not let us in (401, 403). Not retried; never read as empty.
	Credentials
	// Protocol: the answer is not what the interface promises (HTML, a truncated
	// body, a page of another type, a next link that leaves the origin).
	Protocol
	// Rejected: the system understood and will not do it (400, 404, 412, 413, 422).
	Rejected
	// Fatal: nothing will help but another configuration (a wrong certificate, no such host).
	Fatal
)

// Error is a failure at a system: what, where and what to do. It never holds a
// person's identifier, a secret, or an address with its query.
type Error struct {
	Class  Class
	System string // name in the configuration
	Kind   string // of the query, where there is one
	Page   int    // counted from 1; 0 where it is not about a page
	Status int    // HTTP status, 0 without an answer
	What   string // "answered 401 Unauthorized", lower case
	Do     string // what a person can do: "renew auth.key of this system"
	After  time.Duration
	Err    error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.System)
	if e.Kind != "" {
		b.WriteString(", " + e.Kind)
	}
	if e.Page > 0 {
		fmt.Fprintf(&b, ", page %d", e.Page)
	}
	b.WriteString(": " + e.What)
	if e.Do != "" {
		b.WriteString("; " + e.Do)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }
