package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// minKey is the least length of the pseudonym key, in bytes: as strong as what
// is made from it.
const minKey = 32

// id is a keyed hash: it finds a row, and says nothing of what it was made from
// to whom does not have the key. 128 bits: two of a million rows meet with a
// chance of one in 10^26.
type id [16]byte

// keyring holds the keys that are made from the pseudonym key for one tenant,
// one per purpose (HKDF-SHA-256, RFC 5869), so that no use of one tells
// anything about another, or about the hashes of person identifiers.
type keyring struct {
	tenant string
	aead   cipher.AEAD
	rows   sync.Pool // of *hasher, key "row-key"
	macs   sync.Pool // of *hasher, key "mac"
}

// places are buffers for what a row is sealed to: they would otherwise be made
// anew for every row.
var places = sync.Pool{New: func() any { return new([]byte) }}

func newKeyring(key []byte, tenant string) *keyring {
	derive := func(purpose string) []byte {
		sub, err := hkdf.Key(sha256.New, key, []byte("brygga/store/1"), purpose+"\x00"+tenant, 32)
		if err != nil {
			panic(err) // only for a length that SHA-256 cannot give
		}
		return sub
	}
	block, err := aes.NewCipher(derive("seal"))
	if err != nil {
		panic(err) // only for a key that is not 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a cipher that is not AES
	}
	k := &keyring{tenant: tenant, aead: aead}
	rowKey, macKey := derive("row-key"), derive("mac")
	k.rows.New = func() any { return &hasher{hash: hmac.New(sha256.New, rowKey)} }
	k.macs.New = func() any { return &hasher{hash: hmac.New(sha256.New, macKey)} }
	return k
}

// hasher is an HMAC that is used again; making one costs more than a short hash.
type hasher struct {
	hash hash.Hash
	buf  []byte
	sum  [sha256.Size]byte
}

// of hashes the parts, each with its length, so that no two lists of parts are the same bytes.
func (h *hasher) of(last []byte, parts ...string) (out id) {
	h.buf = h.buf[:0]
	for _, p := range parts {
		h.buf = binary.AppendUvarint(h.buf, uint64(len(p)))
		h.buf = append(h.buf, p...)
	}
	h.hash.Reset()
	h.hash.Write(h.buf)
	h.hash.Write(last)
	copy(out[:], h.hash.Sum(h.sum[:0]))
	return out
}

// key gives the keyed hash by which a row is found. The parts begin with what is
// hashed ("record", "person" ...).
func (k *keyring) key(parts ...string) id {
	h := k.rows.Get().(*hasher)
	defer k.rows.Put(h)
	return h.of(nil, parts...)
}

// mac tells whether the content of a row has changed. It covers the row's own
// key, so that equal contents of two rows do not look equal.
func (k *keyring) mac(row id, content []byte) id {
	h := k.macs.Get().(*hasher)
	defer k.macs.Put(h)
	return h.of(content, string(row[:]))
}

// seal encrypts and authenticates content (AES-256-GCM with a random nonce,
// which stands before it: 28 bytes more). It opens only in the same table, for
// the same tenant, under the same key and owner: no row can be put in another's
// place. owner may be nil.
func (k *keyring) seal(table string, row id, owner, content []byte) []byte {
	at := places.Get().(*[]byte)
	defer places.Put(at)
	*at = k.place((*at)[:0], table, row, owner)
	return k.aead.Seal(make([]byte, 0, len(content)+k.aead.Overhead()), nil, content, *at)
}

// open gives back what seal was given, appended to dst, or ErrDamaged.
func (k *keyring) open(dst []byte, table string, row id, owner, sealed []byte) ([]byte, error) {
	at := places.Get().(*[]byte)
	defer places.Put(at)
	*at = k.place((*at)[:0], table, row, owner)
	plain, err := k.aead.Open(dst, nil, sealed, *at)
	if err != nil {
		return nil, damaged("a row of " + table + " does not open")
	}
	return plain, nil
}

// place appends where a row stands. Table and tenant come with their lengths, and
// a key has only one, so that no two places are the same bytes.
func (k *keyring) place(dst []byte, table string, row id, owner []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(table)))
	dst = append(dst, table...)
	dst = binary.AppendUvarint(dst, uint64(len(k.tenant)))
	dst = append(dst, k.tenant...)
	dst = append(dst, row[:]...)
	return append(dst, owner...)
}

// idOf reads a key column.
func idOf(b []byte) (out id, err error) {
	if len(b) != len(out) {
		return out, damaged("a key has the wrong length")
	}
	copy(out[:], b)
	return out, nil
}

func compareIDs(a, b id) int { return bytes.Compare(a[:], b[:]) }
