package person

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"testing"

	"brygga/care"
)

func TestIdentifierIsTheSameForOneKeyOnly(t *testing.T) {
	a, b := NewHasher([]byte("one key")), NewHasher([]byte("another"))
	id := a.Identifier(care.Personnummer, "181902238292")
	if !id.Valid || id.Kind != care.Personnummer {
		t.Errorf("got %+v, want a valid personnummer", id)
	}
	if again := NewHasher([]byte("one key")).Identifier(care.Personnummer, "181902238292"); again != id {
		t.Error("one key gave two hashes of one number")
	}
	if other := b.Identifier(care.Personnummer, "181902238292"); other.Hash == id.Hash {
		t.Error("two keys gave one hash")
	}
	if other := a.Identifier(care.Reservnummer, "181902238292"); other.Hash == id.Hash {
		t.Error("two kinds gave one hash")
	}
	if other := a.Identifier(care.Personnummer, "195009072553"); other.Hash == id.Hash {
		t.Error("two numbers gave one hash")
	}
}

func TestHashIsHMACOverKindAndValue(t *testing.T) {
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte("\x01181902238292"))
	id := NewHasher([]byte("key")).Identifier(care.Personnummer, "181902238292")
	if !bytes.Equal(id.Hash[:], mac.Sum(nil)[:16]) {
		t.Error("not the first half of HMAC-SHA-256")
	}
}

func TestHasherKeepsItsOwnKey(t *testing.T) {
	key := []byte("key")
	h := NewHasher(key)
	before := h.Identifier(care.HSAID, "SE1")
	key[0] = 'x'
	if h.Identifier(care.HSAID, "SE1") != before {
		t.Error("the hash changed with the caller's slice")
	}
}

func TestRefTellsNothingOfTheNumber(t *testing.T) {
	id := NewHasher([]byte("key")).Identifier(care.Personnummer, "181902238292")
	ref := string(Ref(id))
	if !strings.HasPrefix(ref, "identifier:") || len(ref) != len("identifier:")+32 || strings.Contains(ref, "1819") {
		t.Errorf("got %q", ref)
	}
}

func FuzzIdentifier(f *testing.F) {
	for _, s := range []string{
		"181902238292", "195009072553", "189002029800", "200302022389", "19500907-2553", "5009072553",
		"", "18190283829", "19R1234567AB", "SE2321000000-s1", "００００００００００００", "\x00\xff", "999999999999",
	} {
		for kind := range byte(6) {
			f.Add(kind, s)
		}
	}
	h := NewHasher([]byte("fuzz"))
	f.Fuzz(func(t *testing.T, kind byte, value string) {
		id := h.Identifier(care.IdentifierKind(kind), value)
		if id != h.Identifier(care.IdentifierKind(kind), value) {
			t.Error("one value gave two answers")
		}
		if !id.Valid {
			return
		}
		switch id.Kind {
		case care.Personnummer, care.Samordningsnummer:
			if len(value) != 12 || strings.Trim(value, "0123456789") != "" || mod10(value[2:]) != 0 {
				t.Error("valid, but not twelve digits with a check digit")
			}
			if id.Kind == care.Personnummer == (value[6] >= '6') {
				t.Error("taken for the other kind")
			}
		}
	})
}
