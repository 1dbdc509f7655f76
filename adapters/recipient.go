package adapters

import (
	"context"
	"time"
)

// Delivery is one handover as a recipient gets it.
type Delivery struct {
	// ID is a UUID, the same whenever the same is handed over to the same recipient:
	// what makes sending twice impossible.
	ID string
	// Document is a FHIR document Bundle as JSON; its identifier is urn:ietf:rfc:3986 | urn:uuid:ID.
	Document []byte
	// Page is the same content for people, as HTML.
	Page []byte
	// Permitted is asked right before each attempt to let the document go, also between
	// the attempts of one Deliver; nil permits it. Where it fails nothing is let go, and
	// Deliver gives its error as it is.
	Permitted func(ctx context.Context) error
}

// Permit asks Permitted.
func (d *Delivery) Permit(ctx context.Context) error {
	if d.Permitted == nil {
		return nil
	}
	return d.Permitted(ctx)
}

// Receipt is what a recipient has of a delivery.
type Receipt struct {
	Document string // "Bundle/17" at a FHIR server; the name of the file in an outbox
	Task     string // "Task/18"; empty where the recipient has none
}

// Reply is what the recipient's staff have done with it.
type Reply struct {
	Status string    // of the recipient's Task: requested, accepted, completed, rejected ...; empty where none can be told
	Reason string    // why it was rejected, in their words; may be personal: shown to who asks, kept sealed, never logged
	At     time.Time // when the Task was last changed; zero where not known
}

// RecipientCan is what a recipient is able to do besides taking documents.
type RecipientCan struct {
	// Tasks: its staff get a Task, whose answer can be followed, and which can be cancelled.
	Tasks bool
}

// Recipient takes handovers. A delivery goes through Stage, Deliver and Announce, in
// that order, and the caller notes what each of them gave before it calls the next;
// after a crash, Delivered tells whether Deliver had been carried out. Errors are
// *Error; what an id, a token or a receipt must look like, and does not, is Rejected.
// Implementations are safe for concurrent use, for different deliveries; several that
// call Deliver for one delivery with one token leave one document.
type Recipient interface {
	// Name is its name in the configuration.
	Name() string
	Can() RecipientCan
	// Stage makes ready what the recipient cannot see yet, and gives a token for it
	// (empty where nothing has to be made ready). What an earlier Stage of the same
	// delivery left is replaced; where it fails, that is as it was.
	Stage(ctx context.Context, d Delivery) (token string, err error)
	// Drop removes what was staged, and is safe to call twice, and after Deliver: what
	// was delivered stays. An empty token drops whatever was staged of the delivery.
	// It is carried out also when ctx has ended.
	Drop(ctx context.Context, id, token string) error
	// Deliver gives the document to the recipient, unless it has it already: calling it
	// again, in whatever state an earlier call ended, never makes a second one, and gives
	// the same receipt. After Drop it fails, where there was something to drop. An
	// error does not say that nothing was delivered: ask Delivered.
	Deliver(ctx context.Context, d Delivery, token string) (Receipt, error)
	// Delivered says whether the recipient was given the delivery with this ID. With the
	// token that Stage gave it knows also of what has been fetched and removed since.
	Delivered(ctx context.Context, id, token string) (r Receipt, delivered bool, err error)
	// Announce gives the recipient's staff a Task about the document, unless they have it
	// already, and gives the receipt with it. The Task's identifier is
	// https://brygga.example/fhir/handover | ID. Without Can.Tasks it gives the receipt as it is.
	Announce(ctx context.Context, id string, r Receipt, task []byte) (Receipt, error)
	// Announced says which Task stands about the delivery with this ID: its Task is empty
	// where none does, and without Can.Tasks.
	Announced(ctx context.Context, id string) (Receipt, error)
	// Reply reads what became of the Task. Its status is empty where there is none, or
	// none any more.
	Reply(ctx context.Context, r Receipt) (Reply, error)
	// Cancel sets the Task to cancelled, if nobody has finished it: staff see that consent was taken
	// back. What is over already, or gone, is left, without error; without Can.Tasks it does
	// nothing. The document is not recalled.
	Cancel(ctx context.Context, r Receipt, reason string) error
	// Check looks whether the recipient can be reached and takes what would be sent, and sends nothing.
	Check(ctx context.Context) []CheckResult
	// Close gives back idle connections.
	Close()
}
