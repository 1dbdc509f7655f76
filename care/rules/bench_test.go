package rules

import (
	"fmt"
	"runtime"
	"testing"

	"brygga/care"
)

// benchClients is a municipality in small: clients as they mostly are, with
// about sixty visits in the last 35 days each.
func benchClients(b *testing.B, n int) ([]*care.Client, *care.Roster) {
	b.Helper()
	in := care.Input{System: "Journalen", Provides: care.AllFacts, Names: care.NewNames(), AsOf: d("2026-11-21"), VisitsFrom: d("2026-10-17"), Visits: map[care.Ref][]care.Visit{}, Notes: map[care.Ref][]care.Note{}, Answers: map[care.Ref][]care.Answer{}}
	for i := range n {
		w := settled()
		if i%10 == 0 {
			w = nobody() // some findings
		}
		if i%7 == 0 {
			w.without("CarePlan/cp1")
		}
		me := care.Ref(fmt.Sprintf("Patient/p%05d", i))
		for _, r := range w.Records {
			if r.Staff != nil && i > 0 {
				continue
			}
			if r.Client == patient {
				r.Client = me
			}
			if r.Ref == patient {
				r.Ref = me
				r.Person.Identifiers[0].Hash = [16]byte{byte(i), byte(i >> 8)}
			} else if r.Staff == nil {
				r.Ref = care.Ref(fmt.Sprintf("%s-%d", r.Ref, i))
				// What it holds must be its own, too.
				for k := range r.Services {
					r.Services[k].Ref = r.Ref
				}
			}
			in.Records = append(in.Records, r)
		}
		for v := range 60 {
			day := d("2026-10-18") + care.Date(v*34/60)
			in.Visits[me] = append(in.Visits[me], care.Visit{
				KeyHi: uint32(i), KeyLo: uint32(v), Start: day.FirstMinute() + uint32(8+v%10)*60, Services: care.PersonalCare,
				Staff: [2]uint32{in.Names.ID(care.Ref(fmt.Sprintf("Practitioner/s%d", v%9)))},
			})
		}
		in.Notes[me] = []care.Note{{Date: d("2026-10-14")}}
	}
	s := care.Assemble(in)
	return s.Clients, s.Roster
}

// BenchmarkJudge is one client per operation: at most 5 µs with the trace off,
// 20 µs with it on (performance.md).
func BenchmarkJudge(b *testing.B) {
	clients, roster := benchClients(b, 1000)
	for _, v := range []struct {
		name string
		p    func() (*Params, error)
	}{
		{"national", func() (*Params, error) { return NewParams("national", nil) }},
		{"botkyrka", func() (*Params, error) { return NewParams("botkyrka", nil) }},
		{"all", func() (*Params, error) { return NewParams("botkyrka", allOn()) }},
	} {
		p, err := v.p()
		if err != nil {
			b.Fatal(err)
		}
		for _, traced := range []bool{false, true} {
			q, name := p, v.name
			if traced {
				q, name = p.WithTrace(), v.name+"/trace"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					Judge(clients[i%len(clients)], roster, q, d20261121)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "clients/s")
			})
		}
	}
}

// BenchmarkSnapshot is a whole municipality per operation: 20,000 clients, judged
// by every rule on one core. It says clients per second, the bytes that judging
// allocates per client, and the bytes per client that the snapshot holds.
func BenchmarkSnapshot(b *testing.B) {
	before := heap()
	clients, roster := benchClients(b, 20_000)
	held := heap() - before
	p, err := NewParams("botkyrka", allOn())
	if err != nil {
		b.Fatal(err)
	}
	var first, last runtime.MemStats
	runtime.ReadMemStats(&first)
	for b.Loop() {
		for _, c := range clients {
			Judge(c, roster, p, d20261121)
		}
	}
	runtime.ReadMemStats(&last)
	judged := float64(b.N * len(clients))
	b.ReportMetric(judged/b.Elapsed().Seconds(), "clients/s")
	b.ReportMetric(float64(last.TotalAlloc-first.TotalAlloc)/judged, "B/client")
	b.ReportMetric(float64(held)/float64(len(clients)), "held-B/client")
}

// heap is how much is held after what is not needed has been let go.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

var d20261121 = d("2026-11-21")
