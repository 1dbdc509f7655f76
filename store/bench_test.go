package store

import (
	"context"
	"fmt"
	"testing"

	"brygga/care"
)

// The small kinds of 20,000 clients come to about 300,000 rows.
const benchRows = 300_000

func BenchmarkPutKindFirst(b *testing.B) {
	records := recordsOf(benchRows, planRecord)
	for b.Loop() {
		b.StopTimer()
		tenant := newTenant(b)
		b.StartTimer()
		put(b, tenant, KindPut{Upserts: care.Pack(records...)}, Diff{Added: benchRows})
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkPutKindSame(b *testing.B) {
	tenant, records := newTenant(b), recordsOf(benchRows, planRecord)
	put(b, tenant, KindPut{Upserts: care.Pack(records...)}, Diff{Added: benchRows})
	for b.Loop() {
		put(b, tenant, KindPut{Upserts: care.Pack(records...)}, Diff{Same: benchRows})
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkPutKindFew(b *testing.B) {
	tenant, records := newTenant(b), recordsOf(benchRows, planRecord)
	put(b, tenant, KindPut{Upserts: care.Pack(records...)}, Diff{Added: benchRows})
	version := 0
	for b.Loop() {
		version++
		few := records[:1000]
		for i := range few {
			few[i].Version = fmt.Sprint("v", version)
		}
		put(b, tenant, KindPut{Upserts: care.Pack(few...)}, Diff{Changed: 1000})
	}
}

func BenchmarkKind(b *testing.B) {
	tenant := newTenant(b)
	put(b, tenant, KindPut{Upserts: care.Pack(recordsOf(benchRows, planRecord)...)}, Diff{Added: benchRows})
	b.ReportAllocs()
	for b.Loop() {
		state, err := tenant.Kind(context.Background(), "journal", "care-plan")
		ok(b, err)
		if len(state.Records) != benchRows {
			b.Fatalf("read %d rows of %d", len(state.Records), benchRows)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRefs(b *testing.B) {
	tenant := newTenant(b)
	put(b, tenant, KindPut{Upserts: care.Pack(recordsOf(benchRows, planRecord)...)}, Diff{Added: benchRows})
	b.ReportAllocs()
	for b.Loop() {
		refs, _, _, err := tenant.Refs(context.Background(), "journal", "care-plan")
		ok(b, err)
		if len(refs) != benchRows {
			b.Fatalf("read %d references of %d", len(refs), benchRows)
		}
	}
}

func visitsOf(clients int) map[care.Ref][]care.Visit {
	visits := make(map[care.Ref][]care.Visit)
	for c := range clients {
		ref := care.Ref(fmt.Sprintf("Patient/klient-%d", c))
		for v := range 60 {
			visits[ref] = append(visits[ref], care.Visit{KeyHi: uint32(c), KeyLo: uint32(v), Start: uint32(v) * 1440, Minutes: 30})
		}
	}
	return visits
}

func BenchmarkPutVisitsFirst(b *testing.B) {
	visits := visitsOf(20_000)
	for b.Loop() {
		b.StopTimer()
		tenant := newTenant(b)
		b.StartTimer()
		_, err := tenant.PutVisits(context.Background(), "journal", VisitPut{Changed: visits})
		ok(b, err)
	}
}

func BenchmarkVisits(b *testing.B) {
	tenant, visits := newTenant(b), visitsOf(20_000)
	_, err := tenant.PutVisits(context.Background(), "journal", VisitPut{Changed: visits})
	ok(b, err)
	for b.Loop() {
		got, err := tenant.Visits(context.Background(), "journal")
		ok(b, err)
		if len(got.ByClient) != len(visits) {
			b.Fatalf("read %d clients of %d", len(got.ByClient), len(visits))
		}
	}
}

func BenchmarkClientRecords(b *testing.B) {
	tenant := newTenant(b)
	put(b, tenant, KindPut{Upserts: care.Pack(recordsOf(benchRows, planRecord)...)}, Diff{Added: benchRows})
	for b.Loop() {
		got, err := tenant.ClientRecords(context.Background(), "journal", "Patient/klient-7")
		ok(b, err)
		if len(got.Records) != 15 {
			b.Fatalf("read %d rows of 15", len(got.Records))
		}
	}
}

func put(t testing.TB, tenant *Tenant, p KindPut, want Diff) {
	t.Helper()
	d, err := tenant.PutKind(context.Background(), "journal", "care-plan", p)
	ok(t, err)
	if d != want {
		t.Fatalf("the put did %+v, and should do %+v", d, want)
	}
}
