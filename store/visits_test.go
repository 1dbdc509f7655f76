package store

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"brygga/care"
)

const (
	klient1 = care.Ref("Patient/klient-1")
	klient2 = care.Ref("Patient/klient-2")
	klient3 = care.Ref("Patient/klient-3")
)

func visit(key uint32, staff ...uint32) care.Visit {
	v := care.Visit{KeyHi: key, KeyLo: ^key, Start: 29_000_000 + key, Minutes: 45, Services: care.PersonalCare | care.Cleaning}
	copy(v.Staff[:], staff)
	return v
}

func TestPutVisits(t *testing.T) {
	type visits = map[care.Ref][]care.Visit
	before := visits{klient1: {visit(1), visit(2)}, klient2: {visit(3)}}
	tests := []struct {
		name  string
		put   VisitPut
		diff  Diff
		after visits
	}{
		{"nothing changed", VisitPut{}, Diff{}, before},
		{"a client's visits are replaced whole", VisitPut{Changed: visits{klient1: {visit(4)}}}, Diff{Changed: 1}, visits{klient1: {visit(4)}, klient2: {visit(3)}}},
		{"equal visits are not written", VisitPut{Changed: visits{klient1: before[klient1]}}, Diff{Same: 1}, before},
		{"a client is added", VisitPut{Changed: visits{klient3: {visit(9)}}}, Diff{Added: 1}, visits{klient1: before[klient1], klient2: before[klient2], klient3: {visit(9)}}},
		{"an empty slice removes the client", VisitPut{Changed: visits{klient1: {}}}, Diff{Removed: 1}, visits{klient2: before[klient2]}},
		{"an empty slice for a client who has none does nothing", VisitPut{Changed: visits{klient3: nil}}, Diff{}, before},
		{"a whole put removes the clients that it does not name", VisitPut{Changed: visits{klient2: before[klient2], klient3: {visit(5)}}, Whole: true}, Diff{Added: 1, Removed: 1, Same: 1}, visits{klient2: before[klient2], klient3: {visit(5)}}},
		{"a whole put of nobody removes everybody", VisitPut{Whole: true}, Diff{Removed: 2}, visits{}},
		{"a whole put with an empty client removes that one once", VisitPut{Changed: visits{klient1: {}}, Whole: true}, Diff{Removed: 2}, visits{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, tenant := context.Background(), newTenant(t)
			d, err := tenant.PutVisits(ctx, "journal", VisitPut{Changed: before})
			ok(t, err)
			if d != (Diff{Added: 2}) {
				t.Fatalf("the first put did %+v", d)
			}
			tt.put.Checkpoint, tt.put.Unreadable = checkpoint("v"), []care.Unreadable{{Ref: "Encounter/x", Client: klient1, Reason: "no start"}}
			d, err = tenant.PutVisits(ctx, "journal", tt.put)
			ok(t, err)
			if d != tt.diff {
				t.Errorf("the put did %+v, and should do %+v", d, tt.diff)
			}
			got, err := tenant.Visits(ctx, "journal")
			ok(t, err)
			want := Visits{ByClient: tt.after, Unreadable: tt.put.Unreadable, Checkpoint: checkpoint("v"), OK: true}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("stored is %+v, and should be %+v", got, want)
			}
		})
	}
}

func TestVisitsThatWereNeverPut(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	visits, err := tenant.Visits(ctx, "journal")
	if err != nil || visits.OK || visits.ByClient == nil || len(visits.ByClient) != 0 {
		t.Errorf("visits give %+v, %v", visits, err)
	}
	notes, err := tenant.Notes(ctx, "journal")
	if err != nil || notes.OK || notes.ByClient == nil || len(notes.ByClient) != 0 {
		t.Errorf("notes give %+v, %v", notes, err)
	}
	names, err := tenant.Names(ctx, "journal")
	if err != nil || len(names.All()) != 0 {
		t.Errorf("names give %v, %v", names.All(), err)
	}
}

func TestNamesComeBackInTheirNumbering(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	names := care.NewNames()
	anna, per := names.ID("Practitioner/anna"), names.ID("Practitioner/per")
	_, err := tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(1, anna, per)}}, Names: names})
	ok(t, err)

	// Another process goes on from what is stored, and adds to it with notes.
	later := openAt(t, path).Tenant("exempelkommun")
	names, err = later.Names(ctx, "journal")
	ok(t, err)
	eva := names.ID("Practitioner/eva")
	if names.ID("Practitioner/anna") != anna || eva != 3 {
		t.Fatalf("the numbering has moved: %v", names.All())
	}
	_, err = later.PutNotes(ctx, "journal", NotePut{Changed: map[care.Ref][]care.Note{klient1: {{Key: 7, Date: care.NewDate(2026, 11, 1), Author: eva}}}, Names: names})
	ok(t, err)

	names, err = tenant.Names(ctx, "journal")
	ok(t, err)
	visits, err := tenant.Visits(ctx, "journal")
	ok(t, err)
	notes, err := tenant.Notes(ctx, "journal")
	ok(t, err)
	if got := names.Ref(visits.ByClient[klient1][0].Staff[1]); got != "Practitioner/per" {
		t.Errorf("the visit was by %s", got)
	}
	if got := names.Ref(notes.ByClient[klient1][0].Author); got != "Practitioner/eva" {
		t.Errorf("the note is by %s", got)
	}
	if other, err := tenant.Names(ctx, "hr"); err != nil || len(other.All()) != 0 {
		t.Errorf("another system has the names %v, %v", other.All(), err)
	}
}

func TestNamesThatAreForeignBytesComeBack(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	refs := []care.Ref{"a\x00b", "\xff\xfe", "<&>\u2028", "identifier:åäö"}
	_, err := tenant.PutVisits(ctx, "journal", VisitPut{Names: care.NewNames(refs...)})
	ok(t, err)
	names, err := tenant.Names(ctx, "journal")
	ok(t, err)
	if !reflect.DeepEqual(names.All(), refs) {
		t.Errorf("the names came back as %q", names.All())
	}
}

// A visit that is read with another numbering would be another person's.
func TestPutVisitsRefuses(t *testing.T) {
	changed := func(v care.Visit) map[care.Ref][]care.Visit { return map[care.Ref][]care.Visit{klient2: {v}} }
	tests := []struct {
		name string
		put  VisitPut
		says string
	}{
		{"names in another order", VisitPut{Names: care.NewNames("Practitioner/per", "Practitioner/anna"), Changed: changed(visit(1, 1))}, "begin from what Names gives"},
		{"fewer names than are stored", VisitPut{Names: care.NewNames("Practitioner/anna"), Changed: changed(visit(1, 1))}, "begin from what Names gives"},
		{"a first member of staff without a name", VisitPut{Changed: changed(visit(1, 3))}, "name 3, and there are 2"},
		{"a second member of staff without a name", VisitPut{Names: care.NewNames("Practitioner/anna", "Practitioner/per"), Changed: changed(visit(1, 1, 9))}, "name 9, and there are 2"},
		{"a service without a name", VisitPut{Changed: changed(care.Visit{BasedOn: 8})}, "name 8, and there are 2"},
		{"a client without a reference", VisitPut{Changed: map[care.Ref][]care.Visit{"": {visit(1)}}}, "without a reference"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, tenant := context.Background(), newTenant(t)
			_, err := tenant.PutVisits(ctx, "journal", VisitPut{
				Changed: map[care.Ref][]care.Visit{klient1: {visit(1, 1, 2)}}, Names: care.NewNames("Practitioner/anna", "Practitioner/per"), Checkpoint: checkpoint("before"),
			})
			ok(t, err)
			if _, err = tenant.PutVisits(ctx, "journal", tt.put); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("the error is %v, and should say %q", err, tt.says)
			}
			got, err := tenant.Visits(ctx, "journal")
			ok(t, err)
			if len(got.ByClient) != 1 || got.Checkpoint != checkpoint("before") {
				t.Errorf("the refused put left %+v", got)
			}
			if names, err := tenant.Names(ctx, "journal"); err != nil || len(names.All()) != 2 {
				t.Errorf("the refused put left the names %v, %v", names.All(), err)
			}
		})
	}
}

func TestEveryVisitAndNoteComesBack(t *testing.T) {
	client := rapid.Map(rapid.String(), func(s string) care.Ref { return care.Ref(s) })
	rapid.Check(t, func(t *rapid.T) {
		ref, visits := client.Draw(t, "client"), rapid.SliceOf(rapid.Make[care.Visit]()).Draw(t, "visits")
		gotRef, got, err := visitLayout.unpack(visitLayout.pack(ref, visits))
		if err != nil || gotRef != ref || len(got) != len(visits) || len(got) > 0 && !reflect.DeepEqual(got, visits) {
			t.Fatalf("%v %v came back as %v %v, %v", ref, visits, gotRef, got, err)
		}
		notes := rapid.SliceOf(rapid.Make[care.Note]()).Draw(t, "notes")
		gotRef, gotNotes, err := noteLayout.unpack(noteLayout.pack(ref, notes))
		if err != nil || gotRef != ref || len(gotNotes) != len(notes) || len(notes) > 0 && !reflect.DeepEqual(gotNotes, notes) {
			t.Fatalf("%v %v came back as %v %v, %v", ref, notes, gotRef, gotNotes, err)
		}
	})
}

func TestClientRecords(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	mine, other := planRecord(20), planRecord(50) // of klient-1 and klient-3
	put(t, tenant, KindPut{
		Upserts: care.Pack(mine, other, staffRecord(1)),
		Unreadable: []care.Unreadable{
			{Ref: "CarePlan/x1", Client: klient1, Reason: "no period"},
			{Ref: "CarePlan/x2", Client: klient3, Reason: "no period"},
			{Ref: "CarePlan/x3", Reason: "not an object"},
			{Ref: "Practitioner/x4", Staff: "Practitioner/x4", Reason: "no id"},
		},
	}, Diff{Added: 3})
	for _, system := range []string{"journal", "hr"} {
		_, err := tenant.PutKind(ctx, system, "client", KindPut{Upserts: care.Pack(clientRecord(1), clientRecord(3))})
		ok(t, err)
	}
	_, err := tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{klient1: {visit(1)}, klient3: {visit(2)}}})
	ok(t, err)
	_, err = tenant.PutNotes(ctx, "journal", NotePut{Changed: map[care.Ref][]care.Note{klient1: {{Key: 3, Date: 5}}, klient3: {{Key: 4}}}})
	ok(t, err)

	got, err := tenant.ClientRecords(ctx, "journal", klient1)
	ok(t, err)
	if want := byRef([]care.Record{clientRecord(1), mine}); !reflect.DeepEqual(byRef(got.Records), want) {
		t.Errorf("the records are %+v", got.Records)
	}
	if len(got.Unreadable) != 2 || got.Unreadable[0].Ref != "CarePlan/x1" || got.Unreadable[1].Ref != "CarePlan/x3" {
		t.Errorf("quarantined are %+v", got.Unreadable)
	}
	if !reflect.DeepEqual(got.Visits, []care.Visit{visit(1)}) || !reflect.DeepEqual(got.Notes, []care.Note{{Key: 3, Date: 5}}) {
		t.Errorf("visits and notes are %+v, %+v", got.Visits, got.Notes)
	}
	for name, ref := range map[string]care.Ref{"a client who is not known": "Patient/nobody", "no client": ""} {
		got, err := tenant.ClientRecords(ctx, "journal", ref)
		if err != nil || len(got.Records) != 0 || got.Visits != nil || got.Notes != nil {
			t.Errorf("%s has %+v, %v", name, got, err)
		}
	}
	if got, err := tenant.ClientRecords(ctx, "nowhere", klient1); err != nil || len(got.Records) != 0 || got.Unreadable != nil {
		t.Errorf("a system that was never read has %+v, %v", got, err)
	}
}
