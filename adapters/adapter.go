// Package adapters says what stands on the other side: a source that is read, a
// sink that is written. It knows no facts and no rules; what a page means is
// decided by the Reader that the caller hands in.
package adapters

import (
	"context"
	"net/url"
	"time"
)

// Query asks a source for the records of one kind.
type Query struct {
	// Kind is our name of what is asked ("visit"), for messages and checkpoints.
	Kind string
	// Type is the source's own name: a FHIR resource type, a path, a file pattern.
	Type string
	// Params are fixed criteria. A value never holds a person's identifier.
	Params url.Values
	// Ranges splits the pull into several streams side by side, each with its own
	// further criteria; nil is one stream.
	Ranges []url.Values
	// Since is a checkpoint that an earlier pull gave: only what changed since
	// then is asked. Empty asks for everything.
	Since string
	// From is the first moment that is wanted of a kind that is kept for a window of
	// days, in the time zone whose days they are; zero where all is. A source that can bound its answer by it may.
	From time.Time
}

// Reader takes the pages of one pull. It is called from several goroutines, one
// per stream of the query.
type Reader interface {
	// Open parses one page. The body is valid until Take has returned. An error
	// means that the body is no page of such records: the pull is incomplete.
	Open(body []byte) (Page, error)
}

// Page is what an adapter must know of a page to go on.
type Page struct {
	Next    string    // address of the next page, as the server wrote it; empty on the last
	Updated time.Time // the server's own time of the answer, where it said so; zero otherwise
	Total   int       // how many rows there are in all, where the server said so; -1 otherwise
	Keys    []uint64  // a hash per row, to count distinct rows over pages that shift
	// Take hands the rows on. It is called once, after the next page has been asked for.
	Take func() error
}

// Outcome says how a pull ended.
type Outcome struct {
	// Complete: every page was read to the end. Only then may absence mean
	// anything, and only then is Checkpoint set.
	Complete bool
	// Checkpoint is what the next pull gives as Since: the server's own time when
	// this pull began, minus the overlap. Empty if the source cannot tell.
	Checkpoint string
	// Whole: everything was read, although Query.Since asked for changes only,
	// since the source cannot tell what changed after so long.
	Whole bool
	// Same: nothing is there but what was read when Query.Since was given, and no
	// page was handed on. What was read then still stands.
	Same  bool
	Pages int
	Rows  int
	Bytes int64
	// Fault is why the pull is incomplete.
	Fault *Error
}

// Can is what a source is able to do besides being pulled.
type Can struct {
	// Read: one record can be asked for. Where it cannot, a row that is no longer
	// listed is gone when a second pull does not show it either.
	Read bool
	// Any: it can be asked whether some record matches.
	Any bool
	// Same: asked for what changed since a checkpoint it may say that there is
	// nothing else than then (Outcome.Same), and otherwise gives everything. Such a
	// source may be given Since for any list.
	Same bool
}

// Source reads records. Implementations are safe for concurrent use.
type Source interface {
	// Name is the system's name in the configuration.
	Name() string
	// Can says what else it is able to do; Read and Any fail where it is not.
	Can() Can
	// Pull streams every page of the query to the reader and says at the end
	// whether that was everything. Rows may come twice. It never returns half a
	// stream as complete: a failing or truncated page, an answer that is no page,
	// a next page elsewhere or seen before, 401 and 403 are a Fault.
	Pull(ctx context.Context, q Query, r Reader) Outcome
	// Read asks for one record by its reference ("CareTeam/ct9"). The body is nil,
	// with no error, only if the source says that there is no such record (404, 410).
	Read(ctx context.Context, ref string) (body []byte, err error)
	// Any asks whether at least one record matches.
	Any(ctx context.Context, q Query) (bool, error)
}

// Op is what a change does.
type Op uint8

// The operations. Nothing is ever deleted.
const (
	Create Op = iota + 1
	Update
)

func (o Op) String() string {
	if o == Create {
		return "create"
	}
	return "update"
}

// Write is one resource to be written.
type Write struct {
	Op   Op
	Type string // "Flag", "Task"
	// Identifier ("system|value") is the condition of a create: nothing is written
	// if a resource with it exists.
	Identifier string
	// ID and Version name what is updated; it is written only if that version still stands.
	ID      string
	Version string
	Body    []byte
}

// Answered is what became of a write.
type Answered uint8

// The answers.
const (
	// Written: it stands now.
	Written Answered = iota + 1
	// Existed: a resource with that identifier was there; nothing was written.
	Existed
	// Stale: the version moved, or the server could not say which one of a
	// transaction did; nothing was written. Read again and think again.
	Stale
	// Refused: the server will not have it, alone and repeated. Err says why.
	Refused
	// Failed: it is not known to have been written; the same write may be sent
	// again safely. Err says why.
	Failed
)

// Answer is what became of one Write.
type Answer struct {
	Answered Answered
	ID       string // where known
	Version  string // where known
	Err      *Error
}

// Sink writes what brygga decided, and reads it back. Implementations are safe
// for concurrent use.
type Sink interface {
	// Standing streams every resource of the type that carries the tag
	// ("system|code") or, where the server cannot search by tag, the identifier
	// system. What it streams may hold foreign resources too; the reader tells.
	Standing(ctx context.Context, typ, tag, identifierSystem string, r Reader) Outcome
	// Apply writes and answers per write, in the order given. Writes go out in
	// transactions, which are halved when the server refuses them, down to one.
	// Applying the same writes again writes nothing.
	Apply(ctx context.Context, writes []Write) []Answer
}
