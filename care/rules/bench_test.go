package rules

import (
	"fmt"
	"testing"

	"brygga/care"
)

// benchClients is a municipality in small: clients as they mostly are, with
// about sixty visits in the last 35 days each.
func benchClients(b *testing.B) ([]*care.Client, *care.Roster) {
	b.Helper()
	in := care.Input{System: "Journalen", Provides: care.AllFacts, Names: care.NewNames(), AsOf: d("2026-11-21"), VisitsFrom: d("2026-10-17"), Visits: map[care.Ref][]care.Visit{}, Notes: map[care.Ref][]care.Note{}, Answers: map[care.Ref][]care.Answer{}}
	for i := range 1000 {
		w := settled()
		if i%10 == 0 {
			w = nobody() // some findings
		}
		if i%7 == 0 {
			w.without("CarePlan/cp1")
		}
		me := care.Ref(fmt.Sprintf("Patient/p%04d", i))
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
	clients, roster := benchClients(b)
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
			})
		}
	}
}

var d20261121 = d("2026-11-21")
