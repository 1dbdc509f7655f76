package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"brygga/care"
)

// HandoverState is how far a handover has come.
type HandoverState string

// The states. Up to HandoverReleased nothing has left; from HandoverDelivered on the
// recipient has the document, and it is never sent again.
const (
	// HandoverUnknown and HandoverByHand are moves of which brygga prepares nothing: the care
	// home is not configured, or the client's identity is protected.
	HandoverUnknown HandoverState = "recipient-unknown"
	HandoverByHand  HandoverState = "by-hand"

	HandoverPrepared  HandoverState = "prepared"  // waits for a person to release it
	HandoverReleased  HandoverState = "released"  // to be sent
	HandoverSending   HandoverState = "sending"   // may or may not have reached the recipient
	HandoverDelivered HandoverState = "delivered" // the recipient has the document, and not yet all that goes with it
	HandoverSent      HandoverState = "sent"      // all is done; the recipient has not answered
	HandoverAnswered  HandoverState = "answered"  // accepted or completed
	HandoverRejected  HandoverState = "rejected"
	HandoverStopped   HandoverState = "stopped" // nothing left: the consent no longer permits it, or the move is off
	HandoverRevoked   HandoverState = "revoked" // the consent was taken back after it was sent
)

// Handover is what is kept of one handover: the ledger by which it is sent once, and
// the receipt. It holds no content.
type Handover struct {
	ID        string          `json:"id"` // a UUID: keyed hash of client, recipient, sections and content
	Client    care.Ref        `json:"client"`
	Service   care.Ref        `json:"service"`             // the care-home service
	Recipient care.Ref        `json:"recipient,omitempty"` // the Organization in the record system
	CareHome  string          `json:"carehome,omitempty"`  // in the configuration
	Sections  care.SectionSet `json:"sections,omitempty"`
	Hash      string          `json:"hash,omitempty"`     // of the content, without identifiers and dates
	Consents  []string        `json:"consents,omitempty"` // "Consent/c2/_history/3"
	State     HandoverState   `json:"state"`
	Why       string          `json:"why,omitempty"`   // of a state that needs saying, without personal data
	By        string          `json:"by,omitempty"`    // who released it; "schedule" where nobody had to
	Token     string          `json:"token,omitempty"` // of what is staged
	Document  string          `json:"document,omitempty"`
	Task      string          `json:"task,omitempty"`
	Receipt   care.Ref        `json:"receipt,omitempty"` // the Communication in the sender's record
	Answer    string          `json:"answer,omitempty"`  // the recipient's Task's status
	Reason    string          `json:"reason,omitempty"`  // why it was rejected
	Begun     time.Time       `json:"begun"`             // prepared, or found
	Released  time.Time       `json:"released,omitzero"`
	Delivered time.Time       `json:"delivered,omitzero"`
	Answered  time.Time       `json:"answered,omitzero"`
	Revoked   time.Time       `json:"revoked,omitzero"`
	Checked   time.Time       `json:"checked,omitzero"` // when the recipient was last asked
}

const handoverArea = "handover"

// Handovers gives all that are kept, in no particular order.
func (t *Tenant) Handovers(ctx context.Context) ([]Handover, error) {
	var out []Handover
	err := t.store.view(ctx, "reading the handovers", func(tx *sql.Tx) error {
		out = nil
		return items(ctx, t, tx, handoverArea, func(h Handover) { out = append(out, h) })
	})
	return out, err
}

// PutHandover stores what is known of a handover now. It is on disk when this returns
// without an error.
func (t *Tenant) PutHandover(ctx context.Context, h Handover) error {
	if h.ID == "" || h.State == "" {
		return fmt.Errorf("a handover needs an id and a state")
	}
	return t.update(ctx, "writing a handover down", func(tx *sql.Tx) error {
		return t.putItem(ctx, tx, handoverArea, h.ID, h, true)
	})
}

// RemoveHandover forgets one.
func (t *Tenant) RemoveHandover(ctx context.Context, id string) error {
	return t.update(ctx, "removing a handover", func(tx *sql.Tx) error {
		return t.removeItem(ctx, tx, handoverArea, id)
	})
}
