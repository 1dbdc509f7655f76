package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/care"
)

// The facts that tests store. No identifier in them belongs to a person: they
// are the kind of references and titles that a record system gives.

var (
	testKey  = []byte("a key for tests only, 32 bytes..")
	otherKey = []byte("another key for tests, 32 bytes.")
	noon     = time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)
)

func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), dsnOf(path), testKey, zerolog.Nop())
	if err != nil {
		t.Fatalf("opening the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// newTenant gives a tenant of a new store.
func newTenant(t testing.TB) *Tenant { return openAt(t, pathIn(t)).Tenant("exempelkommun") }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clientRecord is the record of client n with everything that a person record can hold.
func clientRecord(n int) care.Record {
	ref := care.Ref(fmt.Sprintf("Patient/klient-%d", n))
	r := care.Record{Ref: ref, Client: ref, Version: "1", Updated: noon}
	r.Person = &care.PersonFact{
		Identifiers: []care.Identifier{{Kind: care.Personnummer, Hash: [16]byte{1, 2, byte(n), byte(n >> 8)}, Valid: true}},
		Born:        care.NewDate(1939, 2, 23), Protected: n%7 == 0, Unit: "Organization/norra",
	}
	return r
}

// planRecord is a care plan of client n, about as large as small records get.
func planRecord(n int) care.Record {
	ref := care.Ref(fmt.Sprintf("CarePlan/plan-%d", n))
	r := care.Record{Ref: ref, Client: care.Ref(fmt.Sprintf("Patient/klient-%d", n/15)), Version: "3", Updated: noon.Add(time.Duration(n) * time.Millisecond)}
	r.Plans = []care.Plan{{
		Ref: ref, Kind: care.Implementation, Active: true, Created: care.NewDate(2026, 3, 1),
		Period: care.Period{Start: care.NewDate(2026, 3, 1)}, Author: care.Ref(fmt.Sprintf("Practitioner/s%d", n%900)),
		FollowUps: []care.Date{care.NewDate(2026, 9, 1)},
	}}
	return r
}

func staffRecord(n int) care.Record {
	r := care.Record{Ref: care.Ref(fmt.Sprintf("Practitioner/personal-%d", n)), Version: "1", Updated: noon}
	r.Staff = &care.StaffFact{
		Title:          "undersköterska i hemtjänsten",
		Qualifications: []care.Qualification{{Kind: care.AssistantNurse, Period: care.Period{Start: care.NewDate(2023, 7, 1)}}},
	}
	return r
}

func recordsOf(n int, make func(int) care.Record) []care.Record {
	out := []care.Record{}
	for i := range n {
		out = append(out, make(i))
	}
	return out
}

// byRef makes records comparable without regard to their order.
func byRef(records []care.Record) map[care.Ref]care.Record {
	out := make(map[care.Ref]care.Record, len(records))
	for _, r := range records {
		out[r.Ref] = r
	}
	return out
}

func checkpoint(value string) Checkpoint {
	return Checkpoint{Value: value, At: noon, WholeAt: noon.Add(-24 * time.Hour)}
}
