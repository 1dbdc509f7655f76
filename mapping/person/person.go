// Package person turns identifiers of people into keyed hashes, and says
// whether they are valid. The numbers themselves go no further than this.
package person

import (
	"crypto/hmac"
	"crypto/sha256"

	"brygga/care"
)

// Hasher makes keyed hashes of identifiers: HMAC-SHA-256, cut to 16 bytes. One
// key gives one hash per person, whatever system wrote the identifier; without
// the key nothing can be looked up or guessed. It is safe for use by several
// goroutines.
type Hasher struct{ key []byte }

// NewHasher takes the key from the configuration (keys.pseudonym). Where nothing
// is kept, as in `brygga evaluate`, any key will do; it should then be random.
func NewHasher(key []byte) *Hasher { return &Hasher{key: append([]byte(nil), key...)} }

// Identifier hashes a value as it was written, and says whether it is valid
// (see Valid). Two identifiers are the same person's if kind and hash are equal;
// the address of the system that named the kind plays no part.
func (h *Hasher) Identifier(kind care.IdentifierKind, value string) care.Identifier {
	return care.Identifier{Kind: kind, Hash: h.Sum(byte(kind), value), Valid: Valid(kind, value)}
}

// Sum is the keyed hash of a value, apart from equal values of other kinds.
func (h *Hasher) Sum(kind byte, value string) (sum [16]byte) {
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte{kind})
	mac.Write([]byte(value))
	copy(sum[:], mac.Sum(nil))
	return sum
}

// Ref names whoever carries the identifier, where a source refers to a person by
// identifier and not by record; care.Assemble resolves it.
func Ref(id care.Identifier) care.Ref { return care.LogicalRef(id) }
