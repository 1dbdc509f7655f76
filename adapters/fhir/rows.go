package fhir

import "slices"

// rowKeys counts the distinct rows of a stream: 8 bytes a row, in pieces, so
// that growing copies nothing. Pages that shift show a row twice.
type rowKeys struct {
	full [][]uint64
	last []uint64
}

const keysPerPiece = 8 << 10

func (k *rowKeys) add(keys []uint64) {
	for len(keys) > 0 {
		if len(k.last) == cap(k.last) {
			if len(k.last) > 0 {
				k.full = append(k.full, k.last)
			}
			k.last = make([]uint64, 0, keysPerPiece)
		}
		n := min(len(keys), cap(k.last)-len(k.last))
		k.last = append(k.last, keys[:n]...)
		keys = keys[n:]
	}
}

// distinct gives the different keys in order, and keeps just these.
func (k *rowKeys) distinct() []uint64 {
	if len(k.full) == 0 && cap(k.last) != keysPerPiece {
		return k.last // asked before
	}
	all := make([]uint64, 0, len(k.full)*keysPerPiece+len(k.last))
	for _, piece := range k.full {
		all = append(all, piece...)
	}
	all = append(all, k.last...)
	slices.Sort(all)
	all = slices.Clip(slices.Compact(all))
	k.full, k.last = nil, all
	return all
}

// union counts the distinct keys of several ordered lists without copying them.
func union(lists [][]uint64) int {
	n := 0
	for at := make([]int, len(lists)); ; n++ {
		low, some := uint64(0), false
		for i, l := range lists {
			if at[i] < len(l) && (!some || l[at[i]] < low) {
				low, some = l[at[i]], true
			}
		}
		if !some {
			return n
		}
		for i, l := range lists {
			if at[i] < len(l) && l[at[i]] == low {
				at[i]++
			}
		}
	}
}
