package jobs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/care"
	"brygga/mapping"
)

var (
	noon   = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
	placed = care.SetOf(care.KindPlacement)
)

// placement is a reading of one EpisodeOfCare; without a unit it holds no fact.
func placement(version string, updated time.Time, unit care.Ref) care.Record {
	r := care.Record{Ref: "EpisodeOfCare/e1", Version: version, Updated: updated, Client: "Patient/p1"}
	if unit != "" {
		r.Placements = []care.Placement{{Ref: r.Ref, Setting: care.HomeCare, Unit: unit}}
	}
	return r
}

func broken(version string, updated time.Time) care.Unreadable {
	return care.Unreadable{Ref: "EpisodeOfCare/e1", Version: version, Updated: updated, Client: "Patient/p1", Facts: placed, Reason: "x"}
}

func TestOfARecordReadTwiceTheNewerCounts(t *testing.T) {
	later := noon.Add(time.Second)
	for _, row := range []struct {
		name       string
		readings   []any
		unit       care.Ref // of what is left; none: nothing is left
		unreadable int
	}{
		{"one reading", []any{placement("1", noon, "a")}, "a", 0},
		{"the same twice", []any{placement("1", noon, "a"), placement("1", noon, "a")}, "a", 0},
		{"a newer one after it", []any{placement("1", noon, "a"), placement("2", later, "b")}, "b", 0},
		{"an older one after it", []any{placement("2", later, "b"), placement("1", noon, "a")}, "b", 0},
		{"versions without times", []any{placement("10", time.Time{}, "b"), placement("9", time.Time{}, "a")}, "b", 0},
		{"taken back since", []any{placement("1", noon, "a"), placement("2", later, "")}, "", 0},
		{"taken back, and the older reading comes late", []any{placement("2", later, ""), placement("1", noon, "a")}, "", 0},
		{"contradictory at one time", []any{placement("x", noon, "a"), placement("y", noon, "b")}, "", 2},
		{"contradictory in one version", []any{placement("1", noon, "a"), placement("1", noon, "b")}, "", 1},
		{"contradictory, one of them empty", []any{placement("", time.Time{}, "a"), placement("", time.Time{}, "")}, "", 1},
		{"contradictory, and a third is newer than both", []any{placement("x", noon, "a"), placement("y", noon, "b"), placement("z", later, "c")}, "c", 0},
		{"unreadable", []any{broken("1", noon)}, "", 1},
		{"unreadable once, and read well since", []any{broken("1", noon), placement("2", later, "a")}, "a", 0},
		{"read well, and an older one that is unreadable comes late", []any{placement("2", later, "a"), broken("1", noon)}, "a", 0},
		{"read well, and unreadable since", []any{placement("1", noon, "a"), broken("2", later)}, "a", 1},
		{"unreadable or well, nobody knows which is newer", []any{broken("", time.Time{}), placement("", time.Time{}, "a")}, "a", 1},
		{"unreadable twice in the same way", []any{broken("1", noon), broken("1", noon)}, "", 1},
	} {
		for _, order := range orders(len(row.readings)) {
			g := newGatherer(mapping.Kind{Facts: placed}, &care.RefTable{})
			for _, i := range order {
				switch x := row.readings[i].(type) {
				case care.Record:
					g.Record(x)
				case care.Unreadable:
					g.Unreadable(x)
				}
			}
			if !g.has("EpisodeOfCare/e1") || g.has("EpisodeOfCare/e2") {
				t.Errorf("%s: what was seen is not told", row.name)
			}
			records, unreadable := g.facts()
			var unit care.Ref
			if len(records) == 1 {
				unit = records[0].Open().Placements[0].Unit
			}
			if len(records) > 1 || unit != row.unit || len(unreadable) != row.unreadable {
				t.Errorf("%s, order %v: %v, unreadable %v", row.name, order, records, unreadable)
			}
			for _, u := range unreadable {
				if u.Client != "Patient/p1" || !u.Facts.Has(placed) || u.Reason == "" {
					t.Errorf("%s: %+v", row.name, u)
				}
			}
		}
	}
}

func orders(n int) (out [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, rest := range orders(n - 1) {
		for i := range n {
			out = append(out, slices.Insert(slices.Clone(rest), i, n-1))
		}
	}
	return out
}

func TestAConflictOfStaffRecordsNamesThePerson(t *testing.T) {
	g := newGatherer(mapping.Kind{Facts: care.SetOf(care.KindStaff)}, &care.RefTable{})
	g.Record(care.Record{Ref: "Practitioner/s1", Facts: care.Facts{Staff: &care.StaffFact{Title: "a"}}})
	g.Record(care.Record{Ref: "Practitioner/s1", Facts: care.Facts{Staff: &care.StaffFact{Title: "b"}}})
	g.Record(care.Record{Ref: "PractitionerRole/r1", Facts: care.Facts{Role: &care.RoleFact{Person: "Practitioner/s2"}}})
	g.Record(care.Record{Ref: "PractitionerRole/r1", Facts: care.Facts{Role: &care.RoleFact{Person: "Practitioner/s3"}}})
	_, unreadable := g.facts()
	var staff []care.Ref
	for _, u := range unreadable {
		staff = append(staff, u.Staff)
	}
	slices.Sort(staff)
	if want := []care.Ref{"Practitioner/s1", "Practitioner/s2", "Practitioner/s3"}; !slices.Equal(staff, want) {
		t.Errorf("got %v, want %v", staff, want)
	}
}

// visitOf is a reading of one Encounter: its visits begin at these hours of the
// day; none takes the visit back.
func visitOf(id string, client care.Ref, version string, updated time.Time, hours ...int) care.VisitRecord {
	key := mapping.Key(care.Ref("Encounter/" + id))
	v := care.VisitRecord{
		Ref: care.Ref("Encounter/" + id), Client: client, KeyHi: uint32(key >> 32), KeyLo: uint32(key), Version: version, Updated: updated,
	}
	for _, h := range hours {
		v.Visits = append(v.Visits, care.Visit{KeyHi: v.KeyHi, KeyLo: v.KeyLo, Start: midnight(today) + uint32(60*h)})
	}
	return v
}

func newTestPacker(since time.Time, known ...string) *packer {
	var keys []uint64
	for _, id := range known {
		keys = append(keys, mapping.Key(care.Ref("Encounter/"+id)))
	}
	return newPacker(care.SetOf(care.KindVisit), newWindow(today-35, 0), newKeySet(keys), since)
}

// who gives the hours of each client's visits: "Patient/p1 9".
func who(p *packer) []string {
	var out []string
	for client, rows := range p.visits.done() {
		for _, v := range rows {
			out = append(out, fmt.Sprint(client, " ", (v.Start-midnight(today))/60))
		}
	}
	slices.Sort(out)
	return out
}

func TestOfAVisitReadTwiceTheNewerCounts(t *testing.T) {
	const p1, p2 = care.Ref("Patient/p1"), care.Ref("Patient/p2")
	later := noon.Add(time.Second)
	unreadable := care.Unreadable{Ref: "Encounter/v", Client: p1, Version: "2", Updated: later, Reason: "x"}
	for _, row := range []struct {
		name       string
		readings   []any
		want       []string
		unreadable int
	}{
		{"the same twice, in two date ranges", []any{visitOf("v", p1, "1", noon, 9), visitOf("v", p1, "1", noon, 9)}, []string{"Patient/p1 9"}, 0},
		{"two rows of one visit stay together", []any{visitOf("v", p1, "1", noon, 9, 9), visitOf("w", p1, "1", noon, 9)}, []string{"Patient/p1 9", "Patient/p1 9", "Patient/p1 9"}, 0},
		{"moved in time", []any{visitOf("v", p1, "1", noon, 9), visitOf("v", p1, "2", later, 10)}, []string{"Patient/p1 10"}, 0},
		{"moved to another client", []any{visitOf("v", p1, "1", noon, 9), visitOf("v", p2, "2", later, 9)}, []string{"Patient/p2 9"}, 0},
		{"taken back", []any{visitOf("v", p1, "1", noon, 9), visitOf("v", p1, "2", later)}, nil, 0},
		{"taken back, nobody says of whom", []any{visitOf("v", p1, "1", noon, 9), visitOf("v", "", "2", later)}, nil, 0},
		{"contradictory", []any{visitOf("v", p1, "x", noon, 9), visitOf("v", p2, "y", noon, 9)}, nil, 2},
		{"contradictory, and a third is newer", []any{visitOf("v", p1, "x", noon, 9), visitOf("v", p2, "y", noon, 9), visitOf("v", p2, "z", later, 11)}, []string{"Patient/p2 11"}, 0},
		{"read well, and unreadable since", []any{visitOf("v", p1, "1", noon, 9), unreadable}, []string{"Patient/p1 9"}, 1},
		{"unreadable, and read well since", []any{unreadable, visitOf("v", p1, "3", later.Add(1), 9)}, []string{"Patient/p1 9"}, 0},
		{"outside the window", []any{visitOf("v", p1, "1", noon, -24*40)}, nil, 0},
		{"nobody knows when", []any{care.VisitRecord{Ref: "Encounter/v", Client: p1, Visits: []care.Visit{{}}}}, nil, 0},
	} {
		for _, order := range orders(len(row.readings)) {
			p := newTestPacker(time.Time{})
			for _, i := range order {
				switch x := row.readings[i].(type) {
				case care.VisitRecord:
					x.Visits = slices.Clone(x.Visits)
					p.Visit(x)
				case care.Unreadable:
					p.Unreadable(x)
				}
			}
			got := who(p)
			if row.name == "contradictory" {
				got = nil // whichever of them is kept: both clients are unknown
			}
			if !slices.Equal(got, row.want) || len(p.unreadable.all()) != row.unreadable {
				t.Errorf("%s, order %v: %v, unreadable %v", row.name, order, got, p.unreadable.all())
			}
		}
	}
}

// A whole pull remembers only what was changed lately; it comes out the same.
func TestAVisitThatWasChangedWhileItWasReadWholeIsItsNewClientsAlone(t *testing.T) {
	for _, order := range orders(2) {
		readings := []care.VisitRecord{
			visitOf("v", "Patient/p1", "1", noon.Add(-90*24*time.Hour), 9), visitOf("v", "Patient/p2", "2", noon, 9),
		}
		p := newTestPacker(noon.Add(-doubtful))
		p.Visit(visitOf("w", "Patient/p1", "1", noon.Add(-90*24*time.Hour), 11))
		for _, i := range order {
			p.Visit(readings[i])
		}
		if len(p.visits.recent) != 1 {
			t.Errorf("%d records are remembered, want the one that was changed", len(p.visits.recent))
		}
		if got, want := who(p), []string{"Patient/p1 11", "Patient/p2 9"}; !slices.Equal(got, want) {
			t.Errorf("order %v: got %v, want %v", order, got, want)
		}
	}
}

func TestWhatCameIsMarked(t *testing.T) {
	p := newTestPacker(time.Time{}, "a", "b", "c", "c")
	p.Visit(visitOf("a", "Patient/p1", "1", noon, 9))
	p.Visit(visitOf("new", "Patient/p1", "1", noon, 9))
	p.Unreadable(care.Unreadable{Ref: "Encounter/b"})
	for id, want := range map[string]bool{"a": true, "b": true, "c": false, "new": false} {
		if got := p.known.has(mapping.Key(care.Ref("Encounter/" + id))); got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
}

func TestNotesArePackedAsVisitsAre(t *testing.T) {
	p := newPacker(care.SetOf(care.KindNote), newWindow(today-70, 0), newKeySet(nil), time.Time{})
	note := func(client care.Ref, version string, day care.Date, void bool) {
		p.Note(care.NoteRecord{
			Ref: "DocumentReference/n", Client: client, Version: version, Updated: noon, Void: void,
			Note: care.Note{Key: mapping.Key("DocumentReference/n"), Date: day},
		})
	}
	note("Patient/p1", "1", today, false)
	note("Patient/p2", "3", today-1, false)
	note("Patient/p1", "2", today-2, false) // an older reading that comes late
	if got := p.notes.done(); len(got) != 1 || len(got["Patient/p2"]) != 1 || got["Patient/p2"][0].Date != today-1 {
		t.Errorf("%v", got)
	}
	note("Patient/p2", "4", 0, true)
	if got := p.notes.done(); len(got) != 0 {
		t.Errorf("taken back: %v", got)
	}
	note("Patient/p2", "5", today-71, false)
	if got := p.notes.done(); len(got) != 0 {
		t.Errorf("before the window: %v", got)
	}
}

// Folding what changed into what is stored gives what reading everything gives.
func TestFoldingIsReadingWhole(t *testing.T) {
	b := bulk[care.Visit]{key: visitKey, w: newWindow(today-35, 0)}
	b.kept = b.w.keepsVisit
	rapid.Check(t, func(r *rapid.T) {
		type visit struct {
			client care.Ref
			hour   int
			void   bool
		}
		draw := func(label string) visit {
			return visit{
				care.Ref(fmt.Sprint("Patient/", rapid.IntRange(1, 3).Draw(r, label+" client"))),
				rapid.SampledFrom([]int{-24 * 40, 8, 9}).Draw(r, label+" hour"), rapid.IntRange(0, 4).Draw(r, label+" void") == 0,
			}
		}
		record := func(i int, v visit, version int) care.VisitRecord {
			if v.void {
				return visitOf(fmt.Sprint("v", i), v.client, fmt.Sprint(version), noon.Add(time.Duration(version)))
			}
			return visitOf(fmt.Sprint("v", i), v.client, fmt.Sprint(version), noon.Add(time.Duration(version)), v.hour)
		}
		before := map[int]visit{}
		for i := range rapid.IntRange(0, 8).Draw(r, "visits") {
			before[i] = draw("before")
		}
		after := maps.Clone(before)
		whole, changed := newTestPacker(time.Time{}), (*packer)(nil)
		for i, v := range before {
			whole.Visit(record(i, v, 1))
		}
		stored := whole.visits.done()
		var keys []uint64
		for _, rows := range stored {
			for _, row := range rows {
				keys = append(keys, visitKey(row))
			}
		}
		changed = newPacker(care.SetOf(care.KindVisit), b.w, newKeySet(keys), time.Time{})
		for i := range rapid.IntRange(0, 12).Draw(r, "changes") {
			n := rapid.IntRange(0, 10).Draw(r, "which")
			after[n] = draw("after")
			changed.Visit(record(n, after[n], 2+i))
		}
		put := b.fold(stored, changed.visits.done(), changed.known, nil)
		again := newTestPacker(time.Time{})
		for i, v := range after {
			again.Visit(record(i, v, 1))
		}
		want := again.visits.done()
		for _, rows := range want {
			b.sort(rows)
		}
		for _, rows := range stored {
			b.sort(rows)
		}
		if !reflect.DeepEqual(stored, want) {
			r.Fatalf("folded %v\nwhole %v", stored, want)
		}
		for client, rows := range put {
			if !slices.Equal(rows, want[client]) {
				r.Fatalf("to be stored for %s: %v, want %v", client, rows, want[client])
			}
		}
	})
}

// Rows of a whole file come once: of two with one key neither is the newer one, and
// neither takes the other's place, however far apart they stand. Those of a list that
// is read page by page may have changed in between.
func TestRowsThatComeOnceContradictEachOther(t *testing.T) {
	row := func(client care.Ref, unit care.Ref) care.Record {
		r := placement("", time.Time{}, unit)
		r.Client = client
		return r
	}
	for once, want := range map[bool]string{true: "0 records, 2 unreadable", false: "1 records, 0 unreadable"} {
		g := newGatherer(mapping.Kind{Facts: placed, Unversioned: true, Once: once}, &care.RefTable{})
		g.Record(row("client/1", "a"))
		g.Record(row("client/2", ""))
		g.Record(row("client/2", "b"))
		records, unreadable := g.facts()
		if got := fmt.Sprintf("%d records, %d unreadable", len(records), len(unreadable)); got != want {
			t.Errorf("once %v: %s, %+v; want %s", once, got, unreadable, want)
		}
		for i, u := range unreadable {
			if u.Reason != mapping.KeyTwice || u.Client != care.Ref(fmt.Sprint("client/", i+1)) {
				t.Errorf("%+v", u)
			}
		}
	}
}

func TestWhyARecordStandsInQuarantine(t *testing.T) {
	for want, line := range map[string]QuarantineLine{
		"start: is no date": {Path: "start", Reason: "is no date"}, mapping.KeyTwice: {Reason: mapping.KeyTwice},
	} {
		if got := line.Why(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
