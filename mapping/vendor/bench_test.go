package vendor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	fast "github.com/goccy/go-json"

	"brygga/care"
	"brygga/mapping"
	"brygga/mapping/person"
)

// plainVisit is the struct that one would write for Lifecare's visits by hand.
type plainVisit struct {
	ID                int    `json:"Id"`
	ClientPersonID    string `json:"ClientPersonId"`
	PersonnelPersonID string `json:"PersonnelPersonId"`
	StartTime         string
	EndTime           string
	Status            string
	Services          []struct{ Status, Name string }
	Law               string
	Deleted           bool
}

// plainPage does by hand what the mapping lifecare does with a page of visits.
func plainPage(body []byte, names *care.Names, hasher *person.Hasher, codes map[string]care.ServiceCode, sink mapping.Sink) error {
	var rows []plainVisit
	if err := fast.UnmarshalWithOption(body, &rows, fast.DecodeNoCopyString()); err != nil {
		return err
	}
	moment := func(s string) (time.Time, error) {
		if s == "" {
			return time.Time{}, nil
		}
		return time.ParseInLocation("2006-01-02T15:04:05", s, care.Stockholm)
	}
	known := map[string]care.Ref{}
	ref := func(n string) care.Ref {
		if r, ok := known[n]; ok {
			return r
		}
		r := person.Ref(hasher.Identifier(care.Personnummer, n))
		known[n] = r
		return r
	}
	for i := range rows {
		r := &rows[i]
		id := care.Ref(fmt.Sprintf("visit/%d", r.ID))
		key := mapping.Key(id)
		out := care.VisitRecord{Ref: id, KeyHi: uint32(key >> 32), KeyLo: uint32(key)}
		if !r.Deleted && (r.Status == "Completed" || r.Status == "CompletedAndChangedTime") && (r.Law == "SoL" || r.Law == "") {
			out.Client = ref(r.ClientPersonID)
			v := care.Visit{KeyHi: out.KeyHi, KeyLo: out.KeyLo, Staff: [2]uint32{names.ID(ref(r.PersonnelPersonID))}}
			start, err := moment(r.StartTime)
			if err != nil {
				return err
			}
			end, err := moment(r.EndTime)
			if err != nil {
				return err
			}
			v.Start, v.Minutes = uint32(start.Unix()/60), uint16(end.Sub(start)/time.Minute)
			for _, s := range r.Services {
				if s.Status == "Done" {
					c, ok := codes[strings.ToLower(s.Name)]
					if !ok {
						c = care.UnknownService
					}
					v.Services |= c
				}
			}
			out.Visits = []care.Visit{v}
		}
		sink.Visit(out)
	}
	return nil
}

type nowhere struct{ visits int }

func (n *nowhere) Record(care.Record)         {}
func (n *nowhere) Unreadable(care.Unreadable) {}
func (n *nowhere) Visit(v care.VisitRecord)   { n.visits += len(v.Visits) }
func (n *nowhere) Note(care.NoteRecord)       {}

// visitPages makes pages of 1,000 visits as Lifecare writes them, with more fields
// than are read.
func visitPages(n int) (pages [][]byte) {
	for from := 0; from < n; from += 1000 {
		var b strings.Builder
		b.WriteByte('[')
		for i := from; i < min(n, from+1000); i++ {
			if i > from {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"Id":%d,"ClientPersonId":%q,"ClientName":"Namn Namnsson","PersonnelPersonId":%q,"PersonnelName":"Namn Namnsson",`+
				`"StartTime":"2026-11-%02dT%02d:15:00","EndTime":"2026-11-%02dT%02d:45:00","PlannedStartTime":"2026-11-01T08:00:00","PlannedEndTime":"2026-11-01T08:30:00",`+
				`"Status":"Completed","Services":[{"Id":1,"Status":"Done","Name":"Personlig omvårdnad","Minutes":20},{"Id":2,"Status":"Done","Name":"Städ","Minutes":10}],`+
				`"IsDoubleManning":false,"Law":"SoL","UnitName":"Hemtjänst Norra","Comment":"text som inte läses","Deleted":false}`,
				i+1, testNumber(i/60), testNumber(5000+i%400), 1+i%28, 7+i%14, 1+i%28, 7+i%14)
		}
		b.WriteByte(']')
		pages = append(pages, []byte(b.String()))
	}
	return pages
}

// testNumber is a person number of the years 1800 to 1839 with a right check digit.
func testNumber(i int) string {
	eleven := fmt.Sprintf("18%02d%02d%02d%03d", i%40, 1+i/40%12, 1+i/480%28, 1+i/13440%999)
	for c := '0'; c <= '9'; c++ {
		if n := eleven + string(c); person.Valid(care.Personnummer, n) {
			return n
		}
	}
	panic("no check digit")
}

const benchVisits = 100_000

func BenchmarkVisitsThroughMapping(b *testing.B) { benchMapping(b, false) }

func BenchmarkVisitsOnTheMachine(b *testing.B) { benchMapping(b, true) }

func benchMapping(b *testing.B, slow bool) {
	pages := visitPages(benchVisits)
	m := mapper(b, "lifecare", nil)
	if slow {
		for _, c := range m.lists {
			for _, f := range c.facts {
				for _, p := range f.programs {
					if p != nil {
						p.quick, p.list = nil, nil
					}
				}
			}
			for _, p := range []*program{c.where, c.deleted} {
				if p != nil {
					p.quick = nil
				}
			}
		}
	}
	kind := m.Kinds()[len(m.Kinds())-1]
	b.ReportAllocs()
	for b.Loop() {
		sink := &nowhere{}
		for _, p := range pages {
			page, err := m.Page(kind, sink, p)
			if err != nil {
				b.Fatal(err)
			}
			if err := page.Take(); err != nil {
				b.Fatal(err)
			}
		}
		if sink.visits != benchVisits {
			b.Fatal(sink.visits)
		}
	}
	b.ReportMetric(float64(benchVisits)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkVisitsByHand(b *testing.B) {
	pages := visitPages(benchVisits)
	names := care.NewNames()
	codes := map[string]care.ServiceCode{"personlig omvårdnad": care.PersonalCare, "städ": care.Cleaning}
	b.ReportAllocs()
	for b.Loop() {
		sink := &nowhere{}
		for _, p := range pages {
			if err := plainPage(p, names, testHasher, codes, sink); err != nil {
				b.Fatal(err)
			}
		}
		if sink.visits != benchVisits {
			b.Fatal(sink.visits)
		}
	}
	b.ReportMetric(float64(benchVisits)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
