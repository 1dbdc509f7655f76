package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

// logical are identifiers as references.
func logical(ids ...byte) (out []care.Ref) {
	for _, b := range ids {
		out = append(out, care.LogicalRef(care.Identifier{Hash: [16]byte{b}}))
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

// lookedThrough is what Named promises to be the same as.
func lookedThrough(t testing.TB, tenant *Tenant, ref care.Ref) []care.Ref {
	t.Helper()
	k, err := tenant.Kind(context.Background(), "journal", "care-plan")
	ok(t, err)
	return refsOf(slices.DeleteFunc(k.Records, func(r care.Record) bool {
		carries := func(ids []care.Identifier) bool {
			return slices.ContainsFunc(ids, func(i care.Identifier) bool { return care.LogicalRef(i) == ref })
		}
		return r.Ref != ref && (r.Person == nil || !carries(r.Person.Identifiers)) &&
			(r.Staff == nil || !carries(r.Staff.Identifiers)) && (r.Role == nil || r.Role.Person != ref)
	}))
}

// employed is employment n of a person, who is named as given.
func employed(n int, person care.Ref) care.Record {
	return care.Record{Ref: care.Ref(fmt.Sprintf("PractitionerRole/%d", n)), Facts: care.Facts{Role: &care.RoleFact{Person: person}}}
}

// skilled is member of staff n with these identifiers, qualified from a day.
func skilled(n int, from care.Date, ids ...byte) care.Record {
	r := care.Record{Ref: care.Ref(fmt.Sprintf("Practitioner/%d", n)), Facts: care.Facts{Staff: &care.StaffFact{}}}
	for _, b := range ids {
		r.Staff.Identifiers = append(r.Staff.Identifiers, care.Identifier{Kind: care.HSAID, Hash: [16]byte{b}, Valid: true})
	}
	if from != 0 {
		r.Staff.Qualifications = []care.Qualification{{Kind: care.AssistantNurse, Period: care.Period{Start: from}}}
	}
	return r
}

func TestWhoCarriesAnIdentifier(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	put(t, tenant, KindPut{Upserts: care.Pack(carrying(1, 1), carrying(2, 1, 2), carrying(3, 3), carrying(4))}, Diff{Added: 4})
	is := func(when string, want string, hashes ...byte) {
		t.Helper()
		got, err := tenant.Named(ctx, "journal", "care-plan", logical(hashes...)...)
		ok(t, err)
		line := ""
		for _, r := range refsOf(got.Records) {
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
	if got, err := tenant.Named(ctx, "journal", "client", logical(1)...); err != nil || got.OK || got.Records != nil {
		t.Errorf("a kind that was never put: %v, %v", got, err)
	}
	if got, err := tenant.store.Tenant("other").Named(ctx, "journal", "care-plan", logical(1)...); err != nil || got.OK || got.Records != nil {
		t.Errorf("another tenant: %v, %v", got, err)
	}
}

// Whatever was put, in however many puts, it is the same as looking through all.
func TestWhomAReferenceNamesIsFoundAsByLookingThroughAll(t *testing.T) {
	refs := append(logical(1, 2, 3, 4, 5), clientRecord(1).Ref, "Practitioner/1", "Practitioner/2", "PractitionerRole/1", "Patient/nobody")
	rapid.Check(t, func(rt *rapid.T) {
		tenant := newTenant(t)
		ids := rapid.SliceOfN(rapid.ByteRange(1, 4), 0, 3)
		for range rapid.IntRange(1, 4).Draw(rt, "puts") {
			var p KindPut
			for n := range 5 {
				var r care.Record
				switch rapid.IntRange(0, 2).Draw(rt, "type") {
				case 0:
					r = carrying(n, ids.Draw(rt, "ids")...)
				case 1:
					r = skilled(n, care.Date(rapid.IntRange(0, 1).Draw(rt, "coded")), ids.Draw(rt, "ids")...)
				default:
					r = employed(n, rapid.SampledFrom(append(refs, "")).Draw(rt, "person"))
				}
				switch rapid.IntRange(0, 3).Draw(rt, "what") {
				case 0:
					p.Gone = append(p.Gone, r.Ref)
				case 1, 2:
					p.Upserts = append(p.Upserts, r.Pack())
				}
			}
			_, err := tenant.PutKind(context.Background(), "journal", "care-plan", p)
			ok(t, err)
			var all []care.Ref
			for _, ref := range refs {
				got, err := tenant.Named(context.Background(), "journal", "care-plan", ref)
				ok(t, err)
				want := lookedThrough(t, tenant, ref)
				if all = append(all, want...); !slices.Equal(refsOf(got.Records), want) {
					rt.Fatalf("%s: %v, want %v", ref, refsOf(got.Records), want)
				}
			}
			slices.Sort(all)
			got, err := tenant.Named(context.Background(), "journal", "care-plan", refs...)
			ok(t, err)
			if all = slices.Compact(all); !slices.Equal(refsOf(got.Records), all) {
				rt.Fatalf("all of them: %v, want %v", refsOf(got.Records), all)
			}
		}
	})
}

// One who is qualified on the day is enough to tell that qualifications are known.
func TestSomebodyWhoIsQualified(t *testing.T) {
	uncoded := skilled(9, 0)
	uncoded.Staff.Qualifications = []care.Qualification{{Kind: care.RoutineAcknowledged}}
	always := skilled(3, 5)
	always.Staff.Qualifications[0].Start = 0
	for _, c := range []struct {
		name   string
		staff  []care.Record
		broken []care.Unreadable
		want   care.Ref
	}{
		{"nobody is there", nil, nil, ""},
		{"nobody has one that is coded", []care.Record{uncoded, employed(1, "Practitioner/9")}, nil, ""},
		{"one begins later", []care.Record{skilled(1, 11)}, nil, ""},
		{"one begins that day", []care.Record{skilled(1, 11), skilled(2, 10)}, nil, "Practitioner/2"},
		{"one always had it", []care.Record{skilled(1, 11), always}, nil, "Practitioner/3"},
		{"one cannot be read any more", []care.Record{skilled(1, 10)}, []care.Unreadable{{Ref: "Practitioner/1", Reason: "no"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tenant := newTenant(t)
			put(t, tenant, KindPut{Upserts: care.Pack(c.staff...), Unreadable: c.broken}, Diff{Added: len(c.staff)})
			for _, indexed := range []bool{true, false} {
				if !indexed { // as an earlier version left it
					ok(t, tenant.update(context.Background(), "test", func(tx *sql.Tx) error {
						k, err := tenant.beginKind(context.Background(), tx, "journal", "care-plan")
						ok(t, err)
						k.Index = 0
						return tenant.endKind(context.Background(), tx, k)
					}))
				}
				got, err := tenant.Qualified(context.Background(), "journal", "care-plan", 10)
				ok(t, err)
				if got == nil && c.want != "" || got != nil && got.Ref != c.want {
					t.Errorf("%+v, want %q; indexed: %v", got, c.want, indexed)
				}
			}
		})
	}
}

// A store of an earlier version has no index: all are looked through until the
// kind is put again, and found by it from then on.
func TestAKindOfAnEarlierVersionIsIndexedWhenItIsPut(t *testing.T) {
	ctx := context.Background()
	tenant := openAt(t, copyOfVersion1(t)).Tenant("exempelkommun")
	sought := care.LogicalRef(clientRecord(1).Person.Identifiers[0])
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
		got, err := tenant.Named(ctx, "journal", "care-plan", sought)
		ok(t, err)
		if len(got.Records) != 1 || got.Records[0].Ref != klient1 || indexed() != when.rows {
			t.Errorf("%s: %v, and %d rows in the index", when.name, refsOf(got.Records), indexed())
		}
	}
}

// So does one whose index is of another format: what is in it is of no use.
func TestAnIndexOfAnotherFormatIsMadeAnew(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	put(t, tenant, KindPut{Upserts: care.Pack(carrying(1, 1), carrying(2, 1), carrying(3, 2))}, Diff{Added: 3})
	ok(t, tenant.update(ctx, "test", func(tx *sql.Tx) error {
		k, err := tenant.beginKind(ctx, tx, "journal", "care-plan")
		ok(t, err)
		k.Index = indexFormat - 1
		_, err = tx.Exec(`UPDATE carrier SET hash = key`)
		ok(t, err)
		return tenant.endKind(ctx, tx, k)
	}))
	is := func(when string, want ...care.Ref) {
		t.Helper()
		got, err := tenant.Named(ctx, "journal", "care-plan", logical(1)...)
		ok(t, err)
		if !slices.Equal(refsOf(got.Records), want) {
			t.Errorf("%s: %v, want %v", when, refsOf(got.Records), want)
		}
	}
	is("before it is put", carrying(1).Ref, carrying(2).Ref)
	put(t, tenant, KindPut{Gone: []care.Ref{carrying(2).Ref}}, Diff{Removed: 1})
	is("when one is gone", carrying(1).Ref)
	put(t, tenant, KindPut{Upserts: care.Pack(carrying(3, 1))}, Diff{Changed: 1})
	is("when another has the identifier", carrying(1).Ref, carrying(3).Ref)
	var rows int
	ok(t, tenant.store.read.QueryRow(`SELECT count(*) FROM carrier`).Scan(&rows))
	if rows != 2 {
		t.Errorf("the index has %d rows", rows)
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
			_, err := tenant.Named(context.Background(), "journal", "care-plan", logical(1, 2)...)
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v", err)
			}
		})
	}
}
