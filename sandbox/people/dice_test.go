package people

import (
	"slices"
	"testing"
)

func TestEachSubjectHasDiceOfItsOwn(t *testing.T) {
	draw := func(seed, stream uint64, index int) []int {
		d := newDice(seed, stream, index)
		all := make([]int, 20)
		for i := range all {
			all[i] = d.n(1000)
		}
		return all
	}
	base := draw(1, streamClient, 5)
	if !slices.Equal(base, draw(1, streamClient, 5)) {
		t.Error("the same dice give other numbers")
	}
	for name, other := range map[string][]int{
		"another seed":   draw(2, streamClient, 5),
		"another stream": draw(1, streamVisits, 5),
		"another index":  draw(1, streamClient, 6),
		"the assessors":  draw(1, streamClient, -1),
	} {
		if slices.Equal(base, other) {
			t.Errorf("%s gives the same numbers", name)
		}
	}
}

func TestDrawsAreWhatTheySay(t *testing.T) {
	d := newDice(1, streamDeal, 0)
	low, high, heads := 100, 0, 0
	weights := make([]int, 3)
	for range 3000 {
		v := d.between(3, 7)
		low, high = min(low, v), max(high, v)
		if d.chance(30) {
			heads++
		}
		weights[d.pick([]int{1, 0, 3})]++
	}
	if low != 3 || high != 7 {
		t.Errorf("between 3 and 7: %d to %d", low, high)
	}
	if heads < 800 || heads > 1000 {
		t.Errorf("30 in a hundred: %d of 3000", heads)
	}
	if weights[1] != 0 || weights[0] < 650 || weights[0] > 850 {
		t.Errorf("weights 1, 0, 3: %v", weights)
	}
	s := []int{1, 2, 3, 4, 5, 6, 7, 8}
	shuffle(d, s)
	if slices.IsSorted(s) {
		t.Error("nothing was shuffled")
	}
	slices.Sort(s)
	if !slices.Equal(s, []int{1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("something was lost: %v", s)
	}
	if oneOf(d, []string{"x"}) != "x" {
		t.Error("one of one is another")
	}
}
