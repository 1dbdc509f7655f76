package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"brygga/care"
)

// Handover is what is kept of one handover: the ledger by which it is sent once, and
// the receipt. It holds no content.
type Handover struct {
	ID        string             `json:"id"` // a UUID: keyed hash of client, recipient, sections and content
	Client    care.Ref           `json:"client"`
	Service   care.Ref           `json:"service"`             // the care-home service
	Recipient care.Ref           `json:"recipient,omitempty"` // the Organization in the record system
	CareHome  string             `json:"carehome,omitempty"`  // in the configuration
	Sections  care.SectionSet    `json:"sections,omitempty"`
	Hash      string             `json:"hash,omitempty"`     // of the content, without identifiers and dates
	Consents  []string           `json:"consents,omitempty"` // "Consent/c2/_history/3"
	NoGiver   []string           `json:"noGiver,omitempty"`  // those of Consents that do not say who gave them
	State     care.HandoverState `json:"state"`
	Why       string             `json:"why,omitempty"`   // of a state that needs saying, without personal data
	By        string             `json:"by,omitempty"`    // who released it; "schedule" where nobody had to
	Token     string             `json:"token,omitempty"` // of what is staged
	Document  string             `json:"document,omitempty"`
	Task      string             `json:"task,omitempty"`
	Receipt   care.Ref           `json:"receipt,omitempty"` // the Communication in the sender's record
	Answer    string             `json:"answer,omitempty"`  // the recipient's Task's status
	Reason    string             `json:"reason,omitempty"`  // why it was rejected
	Begun     time.Time          `json:"begun"`             // prepared, or found
	Released  time.Time          `json:"released,omitzero"`
	Delivered time.Time          `json:"delivered,omitzero"`
	Answered  time.Time          `json:"answered,omitzero"`
	Revoked   time.Time          `json:"revoked,omitzero"`
	Checked   time.Time          `json:"checked,omitzero"` // when the recipient was last asked
}

const handoverArea = "handover"

// Handovers gives all that are kept, in no particular order.
func (t *Tenant) Handovers(ctx context.Context) ([]Handover, error) {
	var out []Handover
	err := t.store.viewAgain(ctx, "reading the handovers", func(tx *sql.Tx) error {
		out = nil
		return items(ctx, t, tx, handoverArea, func(h Handover) { out = append(out, h) })
	})
	return out, err
}

// PutHandover stores what is known of a handover now. It is on disk when this returns
// without an error.
func (t *Tenant) PutHandover(ctx context.Context, h Handover) error {
	if h.ID == "" || h.State == 0 {
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

// KeyedUUID gives a UUID that is the same for the same parts, and says nothing of them
// to whom does not have the pseudonym key.
func (t *Tenant) KeyedUUID(parts ...string) string {
	u := uuid.UUID(t.key(append([]string{"uuid"}, parts...)...))
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8: of our own making
	return u.String()
}
