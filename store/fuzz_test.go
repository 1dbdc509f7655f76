package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"brygga/care"
)

// What is read has been authenticated before it is decoded; all the same, no
// bytes may bring the process down, and what is not ours is ErrDamaged.

func FuzzDecodeRecord(f *testing.F) {
	for _, r := range []care.Record{clientRecord(1), planRecord(2), staffRecord(3), {Ref: "A/1"}} {
		p := r.Pack()
		b, err := encodeRecord(&p)
		ok(f, err)
		f.Add(b)
	}
	f.Add([]byte{})
	f.Add([]byte{rowFormat})
	f.Add([]byte("\x01{\"ref\":\"A/1\",\"pl\":[{\"Start\":\"2026-02-30\"}]}"))
	f.Add([]byte("\x02{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r, back care.Record
		if err := decodeRecord(b, &r); err != nil {
			if !errors.Is(err, ErrDamaged) || r.Ref != "" {
				t.Fatalf("the error is %v, with %+v", err, r)
			}
			return
		}
		p := r.Pack()
		again, err := encodeRecord(&p)
		if err != nil {
			return // an instant that cannot be written, bytes that are no UTF-8
		}
		if err := decodeRecord(again, &back); err != nil {
			t.Fatalf("%s was read, and is not read when written again: %v", b, err)
		}
		want, err1 := json.Marshal(r)
		have, err2 := json.Marshal(back)
		if err1 != nil || err2 != nil || !bytes.Equal(want, have) {
			t.Fatalf("%s came back as %s (%v, %v)", want, have, err1, err2)
		}
		var ref care.Ref
		if err := decodeRef(again, &ref); err != nil || ref != back.Ref {
			t.Fatalf("the reference of %s was read as %q, %v", again, ref, err)
		}
	})
}

func FuzzUnpackVisits(f *testing.F) {
	fuzzLayout(f, visitLayout, []care.Visit{visit(1, 2, 3), visit(4)})
}

func FuzzUnpackNotes(f *testing.F) {
	fuzzLayout(f, noteLayout, []care.Note{{Key: 1, Date: care.NewDate(2026, 11, 1), Author: 2}, {Date: -1}})
}

// fuzzLayout: what is read, written again, is the same bytes, but for the length
// of the reference, which need not have been written in the shortest way.
func fuzzLayout[T any](f *testing.F, l layout[T], rows []T) {
	f.Add(l.pack(klient1, rows))
	f.Add(l.pack("", nil))
	f.Add(l.pack(klient2, rows)[:20])
	f.Add([]byte{})
	f.Add([]byte{l.format})
	f.Add([]byte{l.format, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		client, rows, err := l.unpack(b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) || client != "" || rows != nil {
				t.Fatalf("the error is %v, with %q, %v", err, client, rows)
			}
			return
		}
		again := l.pack(client, rows)
		if len(again) > len(b) || !bytes.HasSuffix(b, again[len(again)-len(client)-l.width*len(rows):]) {
			t.Fatalf("%x was read, and written again is %x", b, again)
		}
	})
}

func FuzzUnpackNames(f *testing.F) {
	f.Add(packNames([]care.Ref{"Practitioner/anna", "", "\xff"}))
	f.Add([]byte{5, 'a'})
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		refs, err := unpackNames(b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		back, err := unpackNames(packNames(refs))
		if err != nil || len(back) != len(refs) {
			t.Fatalf("%q came back as %q, %v", refs, back, err)
		}
	})
}
