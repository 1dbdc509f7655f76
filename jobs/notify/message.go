// Package notify tells people when something of a job begins to fail, and when it is
// well again: one message each, never one per run. What to tell is decided from the
// state that the store keeps, so a restart tells nothing twice; a message that could
// not be sent waits there for the next run.
//
// A message is made of closed words (sorts of trouble, names from the configuration,
// counts and instants) and of nothing that a record or a server's answer said, so that
// nothing personal can be in it.
package notify

import (
	"context"
	"time"
)

// Sort is what kind of trouble something is. Each has its texts in texts/sv.yaml and
// texts/en.yaml: what it means, what to do, and the command.
type Sort string

// The sorts.
const (
	Read       Sort = "read"       // a kind of records of a system could not be read
	Writes     Sort = "writes"     // a system refused, or did not answer to, what was written
	Standing   Sort = "standing"   // what brygga wrote could not be read back, so nothing is written
	Codes      Sort = "codes"      // too many codes are not known to a mapping, so nothing is written
	Questions  Sort = "questions"  // a system did not answer what the rules ask
	Handovers  Sort = "handovers"  // a handover to a care home could not go on
	Guard      Sort = "guard"      // the guard stopped the run before its first write
	Quarantine Sort = "quarantine" // records cannot be read
	Failed     Sort = "failed"     // the job itself failed: store, configuration, program

	// Configuration: the daemon began without this tenant, since its configuration is wrong.
	Configuration Sort = "configuration"
)

// Sorts lists them all.
func Sorts() []Sort {
	return []Sort{Read, Writes, Standing, Codes, Questions, Handovers, Guard, Quarantine, Failed, Configuration}
}

// Why is the class of a fault, in one word of a closed set; empty where none is known.
type Why string

// The reasons that have texts.
const (
	NoAnswer    Why = "no-answer"   // it may work when tried again
	Busy        Why = "busy"        // the system asks for a pause
	Credentials Why = "credentials" // it does not let us in
	Protocol    Why = "protocol"    // the answer is not what its interface promises
	Rejected    Why = "rejected"    // it understood, and will not
	Fatal       Why = "fatal"       // only another configuration helps: a certificate, a host name
)

// Trouble is one thing that fails.
type Trouble struct {
	Sort   Sort      `json:"sort"`
	System string    `json:"system,omitempty"` // in the configuration
	Kind   string    `json:"kind,omitempty"`   // of records
	Why    Why       `json:"why,omitempty"`
	Count  int       `json:"count,omitempty"` // of records in quarantine
	Hash   string    `json:"hash,omitempty"`  // of what the guard stopped
	Since  time.Time `json:"since"`
}

// Run is what telling needs to know of a run that has ended.
type Run struct {
	Tenant, Job, ID string
	Ended           time.Time
	Exit            int
	Unknown         int // clients of whom nothing could be said
	Troubles        []Trouble
	// Whole: the run came to its end, so that what it does not name is well. One that
	// was cut short says nothing of what it did not come to.
	Whole bool
}

// Message is what is told once. Its JSON is what a webhook gets; fields may be added,
// and none changes its meaning.
type Message struct {
	Schema  string    `json:"schema"` // "brygga/notification/1"
	ID      string    `json:"id"`     // a UUID: a message that came twice has the same
	Tenant  string    `json:"tenant"`
	Job     string    `json:"job"`
	Run     string    `json:"run"`
	At      time.Time `json:"at"`    // when the run ended, UTC
	State   State     `json:"state"` // failing while anything of the job still is
	Exit    int       `json:"exit"`
	Begun   []Trouble `json:"begun"`   // fails, and was not told of before
	Over    []Spell   `json:"over"`    // was told of, and is well again
	Still   int       `json:"still"`   // other things that were told of, and go on
	Unknown int       `json:"unknown"` // clients
	Lost    int       `json:"lost"`    // earlier messages that were given up
}

// Schema names the form of a Message.
const Schema = "brygga/notification/1"

// State says how the job is after the run.
type State string

// The states.
const (
	Failing State = "failing"
	Well    State = "well"
)

// Spell is a time during which something failed: of one system, or one sort of trouble
// that is of no system. It is over when nothing of it fails any more.
type Spell struct {
	System string    `json:"system,omitempty"`
	Sort   Sort      `json:"sort,omitempty"` // where there is no system
	Since  time.Time `json:"since"`
}

// Sender is a way to send messages. Send may be called twice with one message; an
// error says what and what to do, and holds no secret and no address with its query.
type Sender interface {
	Name() string // "webhook", "mail": under which a message waits
	Send(ctx context.Context, m Message) error
}
