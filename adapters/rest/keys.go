package rest

import "slices"

// keySet is the distinct rows of one pass, 8 bytes a row: ordered runs that have
// no key in common, of sizes that at least double from the last to the first.
type keySet struct {
	runs [][]uint64
	n    int
	sum  uint64
}

// mark is what two passes are compared by: how many rows, and a sum over them.
// Keys are hashes; two different sets agree by chance once in 2^64.
type mark struct {
	n   int
	sum uint64
}

func (s *keySet) mark() mark { return mark{s.n, s.sum} }

// reset forgets the rows.
func (s *keySet) reset() { s.runs, s.n, s.sum = s.runs[:0], 0, 0 }

// add gives how many of the keys were not there before.
func (s *keySet) add(keys []uint64) int {
	fresh := slices.Clone(keys)
	slices.Sort(fresh)
	fresh = slices.DeleteFunc(slices.Compact(fresh), s.has)
	if len(fresh) == 0 {
		return 0
	}
	for _, k := range fresh {
		s.sum += mix(k)
	}
	s.n += len(fresh)
	run := fresh
	for last := len(s.runs) - 1; last >= 0 && len(s.runs[last]) < 2*len(run); last-- {
		run = merge(s.runs[last], run)
		s.runs[last] = nil
		s.runs = s.runs[:last]
	}
	s.runs = append(s.runs, run)
	return len(fresh)
}

func (s *keySet) has(key uint64) bool {
	for _, run := range s.runs {
		if _, found := slices.BinarySearch(run, key); found {
			return true
		}
	}
	return false
}

// merge joins two ordered runs.
func merge(a, b []uint64) []uint64 {
	out := make([]uint64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// mix spreads a key over all bits, so that the sums of near keys do not meet
// (the finalizer of SplitMix64).
func mix(k uint64) uint64 {
	k = (k ^ k>>30) * 0xbf58476d1ce4e5b9
	k = (k ^ k>>27) * 0x94d049bb133111eb
	return k ^ k>>31
}
