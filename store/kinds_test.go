package store

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"brygga/care"
)

func TestPutKind(t *testing.T) {
	a, b := planRecord(1), planRecord(2)
	changed := planRecord(1)
	changed.Version, changed.Plans[0].Active = "4", false
	elsewhere := time.FixedZone("elsewhere", 5*3600)
	abroad := planRecord(1)
	abroad.Updated = abroad.Updated.In(elsewhere)
	older := planRecord(1)
	older.Updated, older.Version = older.Updated.Add(-time.Second), "9"
	tenth := planRecord(1)
	tenth.Version = "10"

	tests := []struct {
		name   string
		before []care.Record
		put    KindPut
		diff   Diff
		after  []care.Record
	}{
		{"records are added to a kind that was never put", nil, KindPut{Upserts: care.Pack(a, b)}, Diff{Added: 2}, []care.Record{a, b}},
		{"a put of nothing leaves what is there", []care.Record{a, b}, KindPut{}, Diff{}, []care.Record{a, b}},
		{"an equal record is not written", []care.Record{a, b}, KindPut{Upserts: care.Pack(a)}, Diff{Same: 1}, []care.Record{a, b}},
		{"the same instant in another zone is the same", []care.Record{a}, KindPut{Upserts: care.Pack(abroad)}, Diff{Same: 1}, []care.Record{a}},
		{"a changed record replaces exactly its own row", []care.Record{a, b}, KindPut{Upserts: care.Pack(changed)}, Diff{Changed: 1}, []care.Record{changed, b}},
		{"a record that is gone is removed", []care.Record{a, b}, KindPut{Gone: []care.Ref{a.Ref}}, Diff{Removed: 1}, []care.Record{b}},
		{"a record that is gone twice is removed once", []care.Record{a, b}, KindPut{Gone: []care.Ref{a.Ref, a.Ref}}, Diff{Removed: 1}, []care.Record{b}},
		{"a record that never was there can be gone", []care.Record{a}, KindPut{Gone: []care.Ref{b.Ref}}, Diff{}, []care.Record{a}},
		{"a record that is both given and gone stays", []care.Record{a}, KindPut{Upserts: care.Pack(changed), Gone: []care.Ref{a.Ref}}, Diff{Changed: 1}, []care.Record{changed}},
		{"of one record read twice the latest reading counts, though it came first", nil, KindPut{Upserts: care.Pack(a, older)}, Diff{Added: 1}, []care.Record{a}},
		{"of two readings of one instant the higher version counts, as a number", nil, KindPut{Upserts: care.Pack(tenth, a)}, Diff{Added: 1}, []care.Record{tenth}},
		{"everything can change at once", []care.Record{a}, KindPut{Upserts: care.Pack(b), Gone: []care.Ref{a.Ref}}, Diff{Added: 1, Removed: 1}, []care.Record{b}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, tenant := context.Background(), newTenant(t)
			if tt.before != nil {
				put(t, tenant, KindPut{Upserts: care.Pack(tt.before...), Checkpoint: checkpoint("before")}, Diff{Added: len(tt.before)})
			}
			tt.put.Checkpoint = checkpoint("after")
			put(t, tenant, tt.put, tt.diff)
			got, err := tenant.Kind(ctx, "journal", "care-plan")
			ok(t, err)
			if want := byRef(tt.after); !reflect.DeepEqual(byRef(got.Records), want) || len(got.Records) != len(want) {
				t.Errorf("stored are %+v, and should be %+v", got.Records, tt.after)
			}
			if !got.OK || got.Checkpoint != checkpoint("after") {
				t.Errorf("the checkpoint is %+v (ok %v)", got.Checkpoint, got.OK)
			}
		})
	}
}

func TestKindThatWasNeverPut(t *testing.T) {
	tenant := newTenant(t)
	got, err := tenant.Kind(context.Background(), "journal", "care-plan")
	ok(t, err)
	if !reflect.DeepEqual(got, KindState{}) {
		t.Errorf("a kind that was never put gives %+v", got)
	}
	put(t, tenant, KindPut{}, Diff{})
	if got, err = tenant.Kind(context.Background(), "journal", "care-plan"); err != nil || !got.OK || len(got.Records) != 0 {
		t.Errorf("a kind that was read and is empty gives %+v, %v", got, err)
	}
}

func TestQuarantineIsReplacedWhole(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	first := []care.Unreadable{
		{Ref: "CarePlan/x1", Client: "Patient/klient-1", Facts: care.SetOf(care.KindPlan), Path: "status", Reason: "not a code", Updated: noon, Version: "2"},
		{Ref: "CarePlan/x2", Reason: "not an object"},
	}
	put(t, tenant, KindPut{Unreadable: first}, Diff{})
	if got, _ := tenant.Kind(ctx, "journal", "care-plan"); !reflect.DeepEqual(got.Unreadable, first) {
		t.Fatalf("quarantined are %+v", got.Unreadable)
	}
	put(t, tenant, KindPut{Unreadable: first[1:]}, Diff{})
	if got, _ := tenant.Kind(ctx, "journal", "care-plan"); !reflect.DeepEqual(got.Unreadable, first[1:]) {
		t.Fatalf("quarantined are %+v after one was read well", got.Unreadable)
	}
	put(t, tenant, KindPut{}, Diff{})
	if got, _ := tenant.Kind(ctx, "journal", "care-plan"); len(got.Unreadable) != 0 {
		t.Fatalf("quarantined are %+v after all were read well", got.Unreadable)
	}
}

func TestPutKindRefuses(t *testing.T) {
	good := planRecord(1)
	nameless, mangled := planRecord(2), planRecord(3)
	nameless.Ref, mangled.Ref = "", "CarePlan/\xff"
	tests := []struct {
		name, kind string
		upserts    []care.Record
		says       string
	}{
		{"visits, which have their own way in", VisitKind, nil, "PutVisits"},
		{"notes, which have their own way in", NoteKind, nil, "PutNotes"},
		{"a record without a reference", "care-plan", []care.Record{good, nameless}, "record 2 has no reference"},
		{"a reference that would come back as another", "care-plan", []care.Record{good, mangled}, "not valid UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, tenant := context.Background(), newTenant(t)
			_, err := tenant.PutKind(ctx, "journal", tt.kind, KindPut{Upserts: care.Pack(tt.upserts...)})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("the error is %v, and should say %q", err, tt.says)
			}
			if strings.Contains(err.Error(), "CarePlan/") {
				t.Errorf("the error names a record: %v", err)
			}
			if all, err := tenant.Checkpoints(ctx); err != nil || len(all) != 0 {
				t.Errorf("a refused put left %+v, %v", all, err)
			}
		})
	}
}

func TestFewRecordsAmongManyAreLookedUp(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	many := recordsOf(2000, planRecord)
	put(t, tenant, KindPut{Upserts: care.Pack(many...)}, Diff{Added: 2000})
	changed, added := planRecord(7), planRecord(5000)
	changed.Version = "8"
	put(t, tenant, KindPut{Upserts: care.Pack(changed, many[9], added), Gone: []care.Ref{many[11].Ref}}, Diff{Added: 1, Changed: 1, Same: 1, Removed: 1})
	got, err := tenant.Kind(ctx, "journal", "care-plan")
	ok(t, err)
	want := byRef(many)
	want[changed.Ref], want[added.Ref] = changed, added
	delete(want, many[11].Ref)
	if !reflect.DeepEqual(byRef(got.Records), want) {
		t.Error("the kind is not what was put")
	}
}

func TestCheckpoints(t *testing.T) {
	ctx, tenant := context.Background(), newTenant(t)
	if all, err := tenant.Checkpoints(ctx); err != nil || len(all) != 0 {
		t.Fatalf("a new store has checkpoints %+v, %v", all, err)
	}
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(3, planRecord)...), Unreadable: []care.Unreadable{{Ref: "CarePlan/x"}}, Checkpoint: checkpoint("c1")}, Diff{Added: 3})
	_, err := tenant.PutKind(ctx, "hr", "staff", KindPut{Upserts: care.Pack(recordsOf(2, staffRecord)...), Checkpoint: Checkpoint{Value: "c2"}})
	ok(t, err)
	_, err = tenant.PutVisits(ctx, "journal", VisitPut{Changed: map[care.Ref][]care.Visit{"Patient/klient-1": {{Start: 1}}}, Checkpoint: checkpoint("c3")})
	ok(t, err)
	got, err := tenant.Checkpoints(ctx)
	ok(t, err)
	want := []KindCheckpoint{
		{System: "hr", Kind: "staff", Checkpoint: Checkpoint{Value: "c2"}, Rows: 2},
		{System: "journal", Kind: "care-plan", Checkpoint: checkpoint("c1"), Rows: 3, Unreadable: 1},
		{System: "journal", Kind: VisitKind, Checkpoint: checkpoint("c3"), Rows: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the checkpoints are\n%+v, and should be\n%+v", got, want)
	}
}

func TestCancelledWorkLeavesEverything(t *testing.T) {
	tenant := newTenant(t)
	put(t, tenant, KindPut{Upserts: care.Pack(recordsOf(20, planRecord)...), Checkpoint: checkpoint("before")}, Diff{Added: 20})
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := tenant.PutKind(gone, "journal", "care-plan", KindPut{Gone: []care.Ref{planRecord(1).Ref}}); err == nil {
		t.Error("a put with a cancelled context succeeded")
	}
	if _, err := tenant.Kind(gone, "journal", "care-plan"); err == nil {
		t.Error("a read with a cancelled context succeeded")
	}
	got, err := tenant.Kind(context.Background(), "journal", "care-plan")
	ok(t, err)
	if len(got.Records) != 20 || got.Checkpoint != checkpoint("before") {
		t.Errorf("there are %d records at %+v", len(got.Records), got.Checkpoint)
	}
}
