package lifecare

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func names() []string {
	var all []string
	for _, l := range lists {
		all = append(all, l.name)
	}
	return all
}

func TestPagesJoinedAreTheWholeList(t *testing.T) {
	b := start(t, Options{})
	whole := map[string]map[string]int{}
	for _, name := range names() {
		whole[name] = keys(b.whole("v1/"+name, 500))
		if len(whole[name]) != b.s.Store().Count(name) || len(whole[name]) == 0 {
			t.Fatalf("%s: %d rows by pages, %d in the store", name, len(whole[name]), b.s.Store().Count(name))
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(names()).Draw(r, "list")
		if name == "reported_visits" {
			return // many; read above
		}
		limit := rapid.IntRange(17, 600).Draw(r, "limit")
		got := keys(b.whole("v1/"+name, limit))
		if !maps.Equal(got, whole[name]) {
			r.Errorf("%s by %d: %d rows, want %d, each once", name, limit, len(got), len(whole[name]))
		}
	})
}

func TestAnyWindowOfOffsetsIsThatPartOfTheList(t *testing.T) {
	b := start(t, Options{})
	all := b.whole("v1/executions", 500)
	rapid.Check(t, func(r *rapid.T) {
		offset := rapid.IntRange(0, len(all)+5).Draw(r, "offset")
		limit := rapid.IntRange(1, 60).Draw(r, "limit")
		got := b.rows(b.ask("v1/executions", "limit", strconv.Itoa(limit), "offset", strconv.Itoa(offset)))
		want := all[min(offset, len(all)):min(offset+limit, len(all))]
		if len(got) != len(want) {
			r.Fatalf("%d rows, want %d", len(got), len(want))
		}
		for i := range got {
			if key(got[i]) != key(want[i]) {
				r.Fatalf("row %d is another", i)
			}
		}
	})
}

func TestThePageSizeIsCappedWithoutAWord(t *testing.T) {
	for _, c := range []struct {
		name      string
		most      int
		limit     string
		wantAtMax int
	}{
		{"no limit gives a hundred", 0, "", 100},
		{"a small limit is kept", 0, "7", 7},
		{"a large limit becomes the server's", 0, "100000", 500},
		{"another server's cap", 40, "500", 40},
		{"no limit where the cap is smaller than a hundred", 40, "", 40},
		{"a limit of none gives nothing", 0, "0", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := start(t, Options{MaxLimit: c.most})
			if got := len(b.rows(b.ask("v1/reported_visits", "limit", c.limit))); got != c.wantAtMax {
				t.Errorf("%d rows, want %d", got, c.wantAtMax)
			}
		})
	}
}

func TestRowsStandInNoUsefulOrder(t *testing.T) {
	b := start(t, Options{})
	for _, name := range []string{"executions", "reported_visits", "provider_personnels"} {
		var ids []float64
		for _, o := range b.rows(b.ask("v1/"+name, "limit", "100")) {
			ids = append(ids, o["Id"].(float64))
		}
		if slices.IsSorted(ids) {
			t.Errorf("%s is sorted by Id, which nobody promised", name)
		}
	}
}

func TestWhatIsInsertedWhilePagingMovesTheRest(t *testing.T) {
	b := start(t, Options{})
	before := b.rows(b.ask("v1/reported_visits", "limit", "300"))
	for i := range 120 {
		if _, err := b.s.Store().Visited(i, 0, b.clock.now(), b.clock.now().Add(time.Minute), "cleaning"); err != nil {
			t.Fatal(err)
		}
	}
	after := b.rows(b.ask("v1/reported_visits", "limit", "300"))
	if key(before[299]) == key(after[299]) {
		t.Error("new rows stand at the end, where they disturb nobody")
	}
}
