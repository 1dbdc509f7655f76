package fhir

import (
	"math/rand"
	"reflect"
	"testing"

	"brygga/care"
)

// collect reads resources into a Collector, in this order.
func collect(t *testing.T, raws ...string) care.Input {
	t.Helper()
	names := care.NewNames("Practitioner/s1", "ServiceRequest/sr1")
	m := New(Options{Hasher: testHasher, Names: names})
	c := NewCollector(names)
	for _, raw := range raws {
		if err := m.Resource(c, []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	return c.Input(onDay("2026-11-21"))
}

func version(raw, versionID, updated string) string {
	meta := `{"versionId":"` + versionID + `"}`
	if updated != "" {
		meta = `{"versionId":"` + versionID + `","lastUpdated":"` + updated + `"}`
	}
	return with(raw, "meta", meta)
}

func TestOfOneVisitReadTwiceTheNewestCounts(t *testing.T) {
	const early, late = "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"
	longer := with(wholeVisit, "period", `{"start":"2026-11-19T08:00:00+01:00","end":"2026-11-19T09:00:00+01:00"}`)
	cancelled := with(wholeVisit, "status", `"cancelled"`)
	broken := with(wholeVisit, "status", `"x"`)
	stay := with(wholeVisit, "class", class("IMP"), "period", `{"start":"2026-11-19"}`)
	other := with(wholeVisit, "subject", `{"reference":"Patient/p2"}`)
	for _, c := range []struct {
		name    string
		raws    []string
		minutes []uint16 // of the visits of Patient/p1
		unread  int
		away    int // stays away that Assemble will see
	}{
		{"once", []string{wholeVisit}, []uint16{45}, 0, 0},
		{"the same twice is one", []string{wholeVisit, wholeVisit}, []uint16{45}, 0, 0},
		{"the later instant counts", []string{version(longer, "1", late), version(wholeVisit, "2", early)}, []uint16{60}, 0, 0},
		{"then the higher version", []string{version(longer, "10", early), version(wholeVisit, "9", early)}, []uint16{60}, 0, 0},
		{"a version counts without an instant", []string{version(longer, "10", ""), version(wholeVisit, "9", "")}, []uint16{60}, 0, 0},
		{"versions that are no numbers cannot be ordered", []string{version(longer, "b", ""), version(wholeVisit, "a", "")}, nil, 2, 0},
		{"without versions it cannot be told", []string{longer, wholeVisit}, nil, 2, 0},
		{"a later cancellation takes it back", []string{version(cancelled, "2", ""), version(wholeVisit, "1", "")}, nil, 0, 0},
		{"an earlier cancellation does not", []string{version(cancelled, "1", ""), version(wholeVisit, "2", "")}, []uint16{45}, 0, 0},
		{"two ways of not being a visit are one", []string{cancelled, with(cancelled, "subject", `{"reference":"Patient/p2"}`)}, nil, 0, 0},
		{"a later one that cannot be read stands in quarantine", []string{version(broken, "2", ""), version(wholeVisit, "1", "")}, nil, 1, 0},
		{"an earlier one that could not be read is mended", []string{version(broken, "1", ""), version(wholeVisit, "2", "")}, []uint16{45}, 0, 0},
		{"one that cannot be read and nobody knows when stands", []string{broken, wholeVisit}, nil, 1, 0},
		{"a later version may be another client's", []string{version(wholeVisit, "1", ""), version(other, "2", "")}, nil, 0, 0},
		{"a stay is no visit", []string{stay}, nil, 0, 1},
		{"a stay that became a visit", []string{version(stay, "1", ""), version(wholeVisit, "2", "")}, []uint16{45}, 0, 2},
		{"a visit that became a stay", []string{version(stay, "2", ""), version(wholeVisit, "1", "")}, nil, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 4 {
				rand.Shuffle(len(c.raws), func(i, j int) { c.raws[i], c.raws[j] = c.raws[j], c.raws[i] })
				in := collect(t, c.raws...)
				var minutes []uint16
				for _, v := range in.Visits["Patient/p1"] {
					minutes = append(minutes, v.Minutes)
				}
				if !reflect.DeepEqual(minutes, c.minutes) || len(in.Unreadable) != c.unread || len(in.Records) != c.away {
					t.Fatalf("got visits of %v minutes, unreadable %+v, records %+v", minutes, in.Unreadable, in.Records)
				}
			}
		})
	}
}

func TestOfOneStayReadTwiceTheNewestCounts(t *testing.T) {
	stay := with(wholeVisit, "class", class("IMP"), "period", `{"start":"2026-11-19"}`)
	visit := version(wholeVisit, "2", "")
	in := collect(t, version(stay, "1", ""), visit, wholePatient)
	s := care.Assemble(in)
	if len(s.Clients) != 1 || len(s.Clients[0].Absences) != 0 || len(s.Clients[0].Visits) != 1 {
		t.Errorf("a stay that became a visit: %+v", s.Clients)
	}
	in = collect(t, version(stay, "3", ""), visit, wholePatient)
	s = care.Assemble(in)
	if len(s.Clients) != 1 || len(s.Clients[0].Absences) != 1 || len(s.Clients[0].Visits) != 0 {
		t.Errorf("a visit that became a stay: %+v", s.Clients)
	}
}

func TestOfOneNoteReadTwiceTheNewestCounts(t *testing.T) {
	note := `{"resourceType":"DocumentReference","id":"n1","status":"current","type":` + ours("document", "social-journal") + `,
	"subject":{"reference":"Patient/p1"},"date":"2026-09-30"}`
	later := with(note, "date", `"2026-10-05"`)
	for _, c := range []struct {
		name   string
		raws   []string
		want   []string
		unread int
	}{
		{"once", []string{note}, []string{"2026-09-30"}, 0},
		{"the same twice is one", []string{note, note}, []string{"2026-09-30"}, 0},
		{"two notes", []string{note, with(later, "id", `"n2"`)}, []string{"2026-09-30", "2026-10-05"}, 0},
		{"the newest counts", []string{version(later, "2", ""), version(note, "1", "")}, []string{"2026-10-05"}, 0},
		{"superseded later", []string{version(note, "1", ""), version(with(note, "status", `"superseded"`), "2", "")}, nil, 0},
		{"it cannot be told", []string{note, later}, nil, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := collect(t, c.raws...)
			got := map[string]bool{}
			for _, n := range in.Notes["Patient/p1"] {
				got[n.Date.String()] = true
			}
			want := map[string]bool{}
			for _, d := range c.want {
				want[d] = true
			}
			if !reflect.DeepEqual(got, want) || len(in.Unreadable) != c.unread || len(in.Notes["Patient/p1"]) != len(c.want) {
				t.Errorf("got %v, unreadable %+v", got, in.Unreadable)
			}
		})
	}
}

func TestWhatIsUnreadableKeepsItsClientUnknown(t *testing.T) {
	s := care.Assemble(collect(t, wholePatient, wholeEpisode, with(barePlan, "created", `"2026-02-30"`), wholeVisit))
	if len(s.Clients) != 1 || len(s.Clients[0].Gaps) != 1 || s.Clients[0].Gaps[0].Record != "CarePlan/cp1" || len(s.Clients[0].Visits) != 1 {
		t.Errorf("got %+v", s.Clients)
	}
}

func TestInputIsACopy(t *testing.T) {
	names := care.NewNames()
	c := NewCollector(names)
	c.Record(care.Record{Ref: "Patient/p1"})
	c.Unreadable(care.Unreadable{Ref: "Patient/p2"})
	in := c.Input(0)
	in.Records[0].Ref, in.Unreadable[0].Ref = "x", "x"
	if again := c.Input(0); again.Records[0].Ref != "Patient/p1" || again.Unreadable[0].Ref != "Patient/p2" || again.Names != names {
		t.Errorf("got %+v", again)
	}
}
