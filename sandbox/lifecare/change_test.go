package lifecare

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"brygga/sandbox/people"
)

// rowsOf gives the rows of a list that name the client.
func (b *bed) rowsOf(name, person string) []object {
	b.t.Helper()
	var mine []object
	for _, o := range b.whole("v1/"+name, 500) {
		if o["PersonId"] == person || o["ClientPersonId"] == person {
			mine = append(mine, o)
		}
	}
	return mine
}

// find gives a client of a story.
func find(t testing.TB, story string) *people.Record {
	t.Helper()
	var found *people.Record
	town().Records(func(r *people.Record) bool {
		if r.Story == story && r.Label == "" {
			found = r
		}
		return found == nil
	})
	if found == nil {
		t.Fatalf("no client has the story %s", story)
	}
	return found
}

func TestWhatChangesIsWhatGtShows(t *testing.T) {
	for _, c := range []struct {
		name    string
		story   string
		do      func(s *Store, r *people.Record, at time.Time) error
		changed map[string]int // how many rows changed, by list
		deleted map[string]int // how many of them are deleted
	}{
		{
			"nothing", "settled",
			func(*Store, *people.Record, time.Time) error { return nil },
			nil, nil,
		},
		{
			"a contact leaves: the row is deleted", "one-contact",
			func(s *Store, r *people.Record, _ time.Time) error { return s.ContactLeaves(r.Index) },
			map[string]int{"provider_contact_personnels": 1},
			map[string]int{"provider_contact_personnels": 1},
		},
		{
			"a visit is reported", "settled",
			func(s *Store, r *people.Record, at time.Time) error {
				_, err := s.Visited(r.Index, 3, at.Add(-time.Hour), at, "personal-care")
				return err
			},
			map[string]int{"reported_visits": 1},
			nil,
		},
		{
			"a follow-up moves: the list of plans has no changes to ask for", "plan-review-overdue",
			func(s *Store, r *people.Record, at time.Time) error {
				return s.FollowUpMoves(r.Index, at.AddDate(0, 5, 0))
			},
			nil, nil,
		},
		{
			"a client dies", "settled",
			func(s *Store, r *people.Record, at time.Time) error { return s.Dies(r.Index, at) },
			map[string]int{"clients": 1},
			nil,
		},
		{
			"a title changes", "settled",
			func(s *Store, _ *people.Record, _ time.Time) error {
				return s.TitleChanges(2, "Specialistundersköterska")
			},
			map[string]int{"provider_personnels": 1},
			nil,
		},
		{
			"a title stays what it is", "settled",
			func(s *Store, _ *people.Record, _ time.Time) error { return s.TitleChanges(2, s.build.staff[2].Title) },
			nil, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := start(t, Options{})
			r := find(t, c.story)
			since := b.clock.now()
			b.clock.advance(time.Hour)
			if err := c.do(b.s.Store(), r, b.clock.now()); err != nil {
				t.Fatal(err)
			}
			for _, l := range lists {
				if !l.delta {
					continue
				}
				got := b.whole("v1/"+l.name, 500, gt(since)...)
				gone := 0
				for _, o := range got {
					if o["Deleted"] == true {
						gone++
					}
				}
				if len(got) != c.changed[l.name] || gone != c.deleted[l.name] {
					t.Errorf("%s: %d changed and %d of them deleted, want %d and %d", l.name, len(got), gone, c.changed[l.name], c.deleted[l.name])
				}
			}
		})
	}
}

func TestGtAndLtAreExact(t *testing.T) {
	b := start(t, Options{})
	r := find(t, "settled")
	var at []time.Time
	for range 3 {
		b.clock.advance(time.Minute)
		at = append(at, b.clock.now())
		if _, err := b.s.Store().Visited(r.Index, 1, b.clock.now(), b.clock.now(), "cleaning"); err != nil {
			t.Fatal(err)
		}
	}
	form := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	for _, c := range []struct {
		name   string
		params []string
		want   int
	}{
		{"after just before the first", []string{"gt", form(at[0].Add(-time.Millisecond))}, 3},
		{"after the first itself, which is not after it", []string{"gt", form(at[0])}, 2},
		{"after the last", []string{"gt", form(at[2])}, 0},
		{"between the first and the last", []string{"gt", form(at[0]), "lt", form(at[2])}, 1},
		{"a second without parts", []string{"gt", at[0].UTC().Format("2006-01-02T15:04:05")}, 2},
	} {
		if got := b.whole("v1/reported_visits", 100, c.params...); len(got) != c.want {
			t.Errorf("%s: %d rows, want %d", c.name, len(got), c.want)
		}
	}
	if a := b.ask("v1/reported_visits", "gt", "yesterday"); a.status != 400 {
		t.Errorf("no time at all: %d", a.status)
	}
}

func TestDeletedRowsShowOnlyInChanges(t *testing.T) {
	b := start(t, Options{})
	for _, name := range names() {
		for _, o := range b.whole("v1/"+name, 500) {
			if o["Deleted"] == true {
				t.Errorf("%s: a deleted row without gt", name)
			}
		}
	}
	gone := 0
	for _, o := range b.whole("v1/provider_contact_personnels", 500, "gt", "2000-01-01") {
		if o["Deleted"] != true {
			continue
		}
		gone++
		if got := slices.Sorted(maps.Keys(o)); !slices.Equal(got, []string{"Deleted", "Id"}) {
			t.Errorf("a deleted row holds %s", strings.Join(got, ", "))
		}
	}
	if gone == 0 {
		t.Error("nobody was a contact before")
	}
}

func TestADeletedClientIsKnownByTheNumberAlone(t *testing.T) {
	b := start(t, Options{})
	r := find(t, "with-a-samordningsnummer")
	since := b.clock.now()
	b.clock.advance(time.Minute)
	before, after := r.PersonID(), town().StaffNumber(5000)
	visits := len(b.rowsOf("reported_visits", before))
	if err := b.s.Store().GetsPersonnummer(r.Index, after); err != nil {
		t.Fatal(err)
	}
	states := map[string]any{}
	for _, o := range b.whole("v1/clients", 500, gt(since)...) {
		states[key(o)] = o["Deleted"]
	}
	if len(states) != 2 || states[before] != true || states[after] != false {
		t.Errorf("%d rows changed: the old one is to be deleted, the new one there", len(states))
	}
	for _, name := range []string{"executions", "sol_decisions", "provider_contact_personnels", "service_plans"} {
		if len(b.rowsOf(name, before)) != 0 || len(b.rowsOf(name, after)) == 0 {
			t.Errorf("%s: the rows name another number than the client has", name)
		}
	}
	if got := len(b.rowsOf("reported_visits", after)); got != visits || visits == 0 {
		t.Errorf("%d visits under the new number, %d before under the old one", got, visits)
	}
}

func TestAVisitThatIsDeletedStaysAwayAndIsShownAsChanged(t *testing.T) {
	b := start(t, Options{})
	since := b.clock.now()
	b.clock.advance(time.Second)
	id, err := b.s.Store().Visited(4, 1, since, since, "cleaning")
	if err != nil || !b.s.Store().Delete("reported_visits", id) {
		t.Fatal(err, "not deleted")
	}
	if b.s.Store().Delete("reported_visits", id) || b.s.Store().Delete("nothing", 1) {
		t.Error("deleted twice")
	}
	if got := b.whole("v1/reported_visits", 50, gt(since)...); len(got) != 1 || got[0]["Deleted"] != true {
		t.Errorf("%d rows changed", len(got))
	}
}

func TestWhoIsNotThereCannotChange(t *testing.T) {
	s := start(t, Options{}).s.Store()
	if s.ContactLeaves(99_999) == nil || s.Dies(-3, time.Time{}) == nil || s.TitleChanges(-1, "") == nil || s.GetsPersonnummer(99_999, "") == nil {
		t.Error("somebody who is not there was changed")
	}
	if _, err := s.Visited(99_999, 0, time.Time{}, time.Time{}); err == nil {
		t.Error("somebody who is not there was visited")
	}
}

// Reading and changing at once neither races nor tears a row.
func TestChangesWhileOthersRead(t *testing.T) {
	b := start(t, Options{Quirks: Quirks{Shuffled: Lists{"executions"}}})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for k := range 20 {
				switch i {
				case 0:
					_ = b.s.Store().Dies(k, asOfDay())
				case 1:
					_ = b.s.Store().TitleChanges(k, "Undersköterska")
				default:
					for _, o := range b.whole("v1/clients", 100) {
						if o["PersonId"] == nil || o["UpdateTime"] == nil {
							t.Error("half a row")
						}
					}
				}
			}
		})
	}
	wg.Wait()
}

func asOfDay() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }

func TestWhoChangedTwiceKeepsBothChanges(t *testing.T) {
	b := start(t, Options{})
	var leaves people.Act
	for _, a := range town().Acts() {
		if a.Name == "contact-leaves" {
			leaves = a
		}
	}
	b.s.Store().Act(leaves)
	for i := range leaves.Staff {
		if err := b.s.Store().TitleChanges(i, "Timvikarie"); err != nil {
			t.Fatal(err)
		}
		for _, o := range b.whole("v1/provider_personnels", 500) {
			if key(o) == strconv.Itoa(firstPerson+i) && (o["Title"] != "Timvikarie" || o["Roles"].([]any)[0].(object)["ToDate"] == nil) {
				t.Error("one of the changes was lost")
			}
		}
	}
}
