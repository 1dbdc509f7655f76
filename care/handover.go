package care

import "errors"

// HandoverState is how far a handover to a care home has come.
type HandoverState uint8

// The states. The first two are of moves of which brygga prepares nothing; up to
// HandoverReleased nothing has left.
const (
	HandoverRecipientUnknown HandoverState = iota + 1 // the care home is not configured
	HandoverByHand                                    // the client's identity is protected
	HandoverPrepared                                  // waits for a person to release it
	HandoverReleased
	HandoverSending   // may or may not have reached the recipient
	HandoverDelivered // the recipient has the document, and not yet all that goes with it
	HandoverSent      // all is done, and an answer can be expected: the recipient has given none
	HandoverAnswered  // accepted or completed
	HandoverRejected
	HandoverStopped // nothing left: it is not permitted any more, or the move is off
	HandoverRevoked // the consent was taken back after it was sent
)

var handoverStateNames = [...]string{
	"", "recipient-unknown", "by-hand", "prepared", "released", "sending", "delivered", "sent",
	"answered", "rejected", "stopped", "revoked",
}

// String is the state's name, as the ledger and the JSON views write it.
func (s HandoverState) String() string {
	if int(s) >= len(handoverStateNames) {
		return ""
	}
	return handoverStateNames[s]
}

// Left says whether the recipient has the document.
func (s HandoverState) Left() bool {
	switch s {
	case HandoverDelivered, HandoverSent, HandoverAnswered, HandoverRejected, HandoverRevoked:
		return true
	}
	return false
}

// HandoverStateByName gives the state of a name; ok is false where there is none.
func HandoverStateByName(name string) (s HandoverState, ok bool) {
	for i, n := range handoverStateNames {
		if n == name && n != "" {
			return HandoverState(i), true
		}
	}
	return 0, false
}

// HandoverStates lists them, in that order.
func HandoverStates() []HandoverState {
	all := make([]HandoverState, len(handoverStateNames)-1)
	for i := range all {
		all[i] = HandoverState(i + 1)
	}
	return all
}

// MarshalText implements encoding.TextMarshaler.
func (s HandoverState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. No text is no state.
func (s *HandoverState) UnmarshalText(text []byte) error {
	if *s = 0; len(text) == 0 {
		return nil
	}
	state, ok := HandoverStateByName(string(text))
	if !ok {
		return errors.New("no state of a handover")
	}
	*s = state
	return nil
}

// Handover is what brygga's own ledger says of one handover to a care home. It is
// the state that it is in now; what it was in before Since is not kept.
type Handover struct {
	Ref     Ref           `json:"ref"`        // "handover/<id>", ours: a record of no system
	Service Ref           `json:"s"`          // the care-home service that it is about
	State   HandoverState `json:"st"`         // how far it has come
	Since   Date          `json:"d,omitzero"` // the day on which it came into this state
}
