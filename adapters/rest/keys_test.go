package rest

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestKeySet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pages := rapid.SliceOfN(rapid.SliceOfN(rapid.Uint64Range(0, 200), 0, 40), 0, 30).Draw(t, "pages")
		var set, backwards keySet
		all := map[uint64]bool{}
		for _, page := range pages {
			before := len(all)
			given := slices.Clone(page)
			for _, k := range page {
				all[k] = true
			}
			if fresh := set.add(page); fresh != len(all)-before {
				t.Fatalf("%d fresh, want %d", fresh, len(all)-before)
			}
			if !slices.Equal(given, page) {
				t.Fatal("the page's own keys were changed")
			}
		}
		for _, page := range slices.Backward(pages) {
			backwards.add(page)
		}
		if set.n != len(all) || set.mark() != backwards.mark() {
			t.Fatalf("%d rows of %d; the order matters: %v", set.n, len(all), set.mark() != backwards.mark())
		}
		held := 0
		for i, run := range set.runs {
			held += len(run)
			if !slices.IsSorted(run) || i > 0 && len(set.runs[i-1]) < 2*len(run) {
				t.Fatal("the runs are out of order")
			}
		}
		if held != len(all) {
			t.Fatalf("%d keys are held for %d rows", held, len(all))
		}
		another := rapid.Uint64Range(300, 400).Draw(t, "another")
		if before := set.mark(); set.has(another) || set.add([]uint64{another}) != 1 || set.mark() == before {
			t.Fatal("another row is not seen")
		}
		if set.reset(); set.n != 0 || set.has(another) || set.mark() != (mark{}) {
			t.Fatal("rows are left after a reset")
		}
	})
}
