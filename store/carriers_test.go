package store

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"brygga/care"
)

// carrying is client n with these identifiers.
func carrying(n int, ids ...byte) care.Record {
	r := clientRecord(n)
	r.Person.Identifiers = nil
	for _, b := range ids {
		r.Person.Identifiers = append(r.Person.Identifiers, care.Identifier{Kind: care.Personnummer, Hash: [16]byte{b}, Valid: true})
	}
	return r
}

func hashesOf(ids ...byte) (out [][16]byte) {
	for _, b := range ids {
		out = append(out, [16]byte{b})
	}
	return out
}

func refsOf(records []care.Record) (refs []care.Ref) {
	for _, r := range records {
		refs = append(refs, r.Ref)
	}
	slices.Sort(refs)
	return refs
}

// lookedThrough is what Carriers promises to be the same as.
func lookedThrough(t testing.TB, tenant *Tenant, hashes [][16]byte) []care.Ref {
	t.Helper()
	k, err := tenant.Kind(context.Background(), "journal", "care-plan")
	ok(t, err)
	return refsOf(slices.DeleteFunc(k.Records, func(r care.Record) bool { return !carriesAny(&r, hashes) }))
}

func TestWhoCarriesAnIdentifier(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	put(t, tenant, KindPut{Upserts: care.Pack(carrying(1, 1), carrying(2, 1, 2), carrying(3, 3), carrying(4))}, Diff{Added: 4})
	is := func(when string, want string, hashes ...byte) {
		t.Helper()
		got, err := tenant.Carriers(ctx, "journal", "care-plan", hashesOf(hashes...)...)
		ok(t, err)
		line := ""
		for _, r := range refsOf(got) {
			line += string(r[len("Patient/klient-"):])
		}
		if line != want {
			t.Errorf("%s: %v are carried by %s, want %s", when, hashes, line, want)
		}
	}
	is("at first", "12", 1)
	is("of several each once", "123", 1, 2, 3)
	is("nobody's", "", 9)
	is("none asked for", "")
	put(t, tenant, KindPut{Upserts: care.Pack(carrying(1, 3), carrying(2, 1, 2))}, Diff{Changed: 1, Same: 1})
	is("one has another number", "2", 1)
	is("and shares it", "13", 3)
	put(t, tenant, KindPut{Gone: []care.Ref{"Patient/klient-3"}}, Diff{Removed: 1})
	is("one is gone", "1", 3)
	if got, err := tenant.Carriers(ctx, "journal", "client", [16]byte{1}); err != nil || got != nil {
		t.Errorf("a kind that was never put: %v, %v", got, err)
	}
	if got, err := tenant.store.Tenant("other").Carriers(ctx, "journal", "care-plan", [16]byte{1}); err != nil || got != nil {
		t.Errorf("another tenant: %v, %v", got, err)
	}
}

// Whatever was put, in however many puts, it is the same as looking through all.
func TestCarriersAreThoseWhoAreFoundByLookingThroughAll(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tenant := newTenant(t)
		for range rapid.IntRange(1, 4).Draw(rt, "puts") {
			var p KindPut
			for n := range 5 {
				switch rapid.IntRange(0, 3).Draw(rt, "what") {
				case 0:
					p.Gone = append(p.Gone, clientRecord(n).Ref)
				case 1, 2:
					p.Upserts = append(p.Upserts, care.Pack(carrying(n, rapid.SliceOfN(rapid.ByteRange(1, 4), 0, 3).Draw(rt, "ids")...))...)
				}
			}
			_, err := tenant.PutKind(context.Background(), "journal", "care-plan", p)
			ok(t, err)
			for hash := range byte(5) {
				got, err := tenant.Carriers(context.Background(), "journal", "care-plan", [16]byte{hash})
				ok(t, err)
				if want := lookedThrough(t, tenant, hashesOf(hash)); !slices.Equal(refsOf(got), want) {
					rt.Fatalf("%d: %v, want %v", hash, refsOf(got), want)
				}
			}
		}
	})
}

// A store of an earlier version has no index: all are looked through until the
// kind is put again, and found by it from then on.
func TestAKindOfAnEarlierVersionIsIndexedWhenItIsPut(t *testing.T) {
	ctx := context.Background()
	tenant := openAt(t, copyOfVersion1(t)).Tenant("exempelkommun")
	hash := clientRecord(1).Person.Identifiers[0].Hash
	indexed := func() (n int) {
		ok(t, tenant.store.read.QueryRow(`SELECT count(*) FROM carrier`).Scan(&n))
		return n
	}
	for _, when := range []struct {
		name string
		rows int
		put  *KindPut
	}{
		{"before it is put", 0, nil},
		{"a put without a person says nothing", 0, &KindPut{Upserts: care.Pack(recordsOf(5, planRecord)...)}},
		{"with equal rows alone it is indexed", 1, &KindPut{Upserts: care.Pack(clientRecord(1))}},
		{"and stays so", 1, &KindPut{Upserts: care.Pack(clientRecord(1))}},
	} {
		if when.put != nil {
			_, err := tenant.PutKind(ctx, "journal", "care-plan", *when.put)
			ok(t, err)
		}
		got, err := tenant.Carriers(ctx, "journal", "care-plan", hash)
		ok(t, err)
		if len(got) != 1 || got[0].Ref != klient1 || indexed() != when.rows {
			t.Errorf("%s: %v, and %d rows in the index", when.name, refsOf(got), indexed())
		}
	}
}

func TestAnIndexThatWasTamperedWithIsDamaged(t *testing.T) {
	for _, c := range []struct{ name, statement string }{
		{"a row is deleted", `DELETE FROM carrier WHERE key = (SELECT max(key) FROM carrier)`},
		{"a row is put in", `INSERT INTO carrier (kind, hash, key) SELECT kind, randomblob(16), key FROM carrier LIMIT 1`},
		{"a row leads elsewhere", `UPDATE carrier SET key = (SELECT max(key) FROM carrier)`},
		{"a row leads nowhere", `UPDATE carrier SET key = randomblob(16)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tenant := newTenant(t)
			put(t, tenant, KindPut{Upserts: care.Pack(carrying(1, 1), carrying(2, 2))}, Diff{Added: 2})
			spoil(t, tenant.store, c.statement)
			_, err := tenant.Carriers(context.Background(), "journal", "care-plan", hashesOf(1, 2)...)
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v", err)
			}
		})
	}
}
