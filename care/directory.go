package care

import (
	"encoding/hex"
	"strings"
)

const logicalPrefix = "identifier:"

// LogicalRef is how a reference by identifier is written: "identifier:" and the
// 32 lower-case hexadecimal digits of the identifier's keyed hash. Assemble
// resolves it to the one record that carries the identifier.
func LogicalRef(id Identifier) Ref {
	return Ref(logicalPrefix + hex.EncodeToString(id.Hash[:]))
}

func isLogical(r Ref) bool { return strings.HasPrefix(string(r), logicalPrefix) }

// hashOf gives the keyed hash of a logical reference; ok is false for any other.
func hashOf(r Ref) (hash [16]byte, ok bool) {
	if !isLogical(r) {
		return hash, false
	}
	n, err := hex.Decode(hash[:], []byte(r[len(logicalPrefix):]))
	return hash, err == nil && n == len(hash)
}

// directory tells who carries which identifier, among clients or among staff.
type directory struct {
	carriers map[[16]byte][]Ref
	aliases  map[Ref]Ref
}

func newDirectory(aliases map[Ref]Ref) directory {
	return directory{carriers: map[[16]byte][]Ref{}, aliases: aliases}
}

func (d directory) add(ref Ref, ids []Identifier) {
	for _, id := range ids {
		// A record may list one identifier twice.
		if c := d.carriers[id.Hash]; len(c) > 0 && c[len(c)-1] == ref {
			continue
		}
		d.carriers[id.Hash] = append(d.carriers[id.Hash], ref)
	}
}

// resolve turns a logical reference into the record that it names. It stays as
// it is where nobody carries the identifier, or more than one: two people are
// never merged, and nobody is chosen between them.
func (d directory) resolve(ref Ref) Ref {
	if !isLogical(ref) {
		return ref
	}
	if hash, ok := hashOf(ref); ok {
		switch c := d.carriers[hash]; len(c) {
		case 0:
		case 1:
			return c[0]
		default:
			return ref
		}
	}
	if to, ok := d.aliases[ref]; ok {
		return to
	}
	return ref
}

// carriersOf gives everyone who carries the identifier of a logical reference.
func (d directory) carriersOf(ref Ref) []Ref {
	hash, ok := hashOf(ref)
	if !ok {
		return nil
	}
	return d.carriers[hash]
}
