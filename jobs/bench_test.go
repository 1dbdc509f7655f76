package jobs

import (
	"runtime"
	"testing"
	"time"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
	fhirmap "brygga/mapping/fhir"
	"brygga/mapping/person"
	"brygga/sandbox/people"
)

// municipality is a synthetic municipality of some size, read as a night reads
// it, with every rule of every pack on.
func municipality(b testing.TB, clients int) *Stored {
	b.Helper()
	names := care.NewNames()
	m := fhirmap.New(fhirmap.Options{Hasher: person.NewHasher(make([]byte, 32)), Names: names})
	col := fhirmap.NewCollector(names)
	for r := range people.Generate(people.Options{Seed: 1, Clients: clients, AsOf: forecastDay.String(), Months: 1}).Resources {
		if err := m.Resource(col, r.JSON); err != nil {
			b.Fatal(err)
		}
	}
	set := map[string]string{}
	for _, r := range rules.Catalogue() {
		set[r.Code+".enabled"] = "true"
	}
	p, err := Params(&config.Config{Rules: config.Rules{Pack: "national", Set: set}})
	if err != nil {
		b.Fatal(err)
	}
	s := care.Assemble(col.Input(forecastDay))
	return &Stored{Snapshot: s, Params: p, Units: NewUnits(s.Roster.Units, nil), Read: time.Unix(1, 0)}
}

// BenchmarkJudgeMunicipality judges 20,000 clients with all rules: go test ./jobs
// -run - -bench JudgeMunicipality. It says clients per second of one core, and how
// many bytes of facts one client takes (visits included) and one judging allocates.
func BenchmarkJudgeMunicipality(b *testing.B) {
	before := heap()
	s := municipality(b, 20_000)
	facts := heap() - before
	n := float64(len(s.Clients))
	scopes := s.Params.In(s.Units)
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	for b.Loop() {
		for _, c := range s.Clients {
			judgeOne(c, s.Roster, scopes, s.Units, forecastDay)
		}
	}
	runtime.ReadMemStats(&end)
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "clients/s")
	b.ReportMetric(float64(facts)/n, "facts-B/client")
	b.ReportMetric(float64(end.TotalAlloc-start.TotalAlloc)/n/float64(b.N), "judging-B/client")
	runtime.KeepAlive(s)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkForecast judges 20,000 clients on 31 days.
func BenchmarkForecast(b *testing.B) {
	s := municipality(b, 20_000)
	for b.Loop() {
		if _, err := MakeForecast(s, forecastDay, 30); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(s.Clients)*31*b.N)/b.Elapsed().Seconds(), "client-days/s")
}
