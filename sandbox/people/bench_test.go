package people

import (
	"runtime"
	"testing"
)

// BenchmarkResources makes the records of 1,000 clients with two months of
// visits; B/op is what was allocated in passing, not what is held.
func BenchmarkResources(b *testing.B) {
	o := Options{Seed: 1, Clients: 1000, AsOf: testDay}
	var bytes, n int64
	for b.Loop() {
		Generate(o).Resources(func(r Resource) bool {
			bytes += int64(len(r.JSON))
			n++
			return true
		})
	}
	b.SetBytes(bytes / int64(b.N))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/resource")
	b.ReportMetric(float64(bytes)/float64(b.N)/1000, "B/client")
}

// BenchmarkClients makes clients without writing their records: what StoryOf,
// Clients and the acts cost.
func BenchmarkClients(b *testing.B) {
	m := town()
	for b.Loop() {
		for i := range 100 {
			m.client(i)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(100*b.N), "ns/client")
}

// What is held does not grow with the visits: a municipality of 20,000 clients
// is its units, its staff and two bytes per client.
func TestALargeMunicipalityIsNotHeldInMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := Generate(Options{Seed: 1, Clients: 20_000, AsOf: testDay})
	n := 0
	m.Resources(func(Resource) bool { n++; return n < 200_000 })
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("%d MiB are held", grown>>20)
	}
	runtime.KeepAlive(m)
}
