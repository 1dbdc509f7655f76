package wire

import "hash/maphash"

// LoopGuard sees a chain of pages that never ends: an address that comes back,
// or, where the server makes up a new address each time, many pages in a row
// that show nothing which has not been shown.
type LoopGuard struct {
	seen  map[string]bool
	shown map[uint64]bool // of each page, a hash over its rows
	stale int
}

// Patience is how many pages in a row may show nothing new: pages that a server
// filters after cutting them can be empty, and shifting ones can repeat.
const Patience = 200

var pageSeed = maphash.MakeSeed()

// Again is told where the next page is and which rows this one has. It says
// whether to stop. The zero LoopGuard is ready.
func (g *LoopGuard) Again(next string, keys []uint64) bool {
	if g.seen[next] {
		return true
	}
	if g.seen == nil {
		g.seen, g.shown = map[string]bool{}, map[uint64]bool{}
	}
	g.seen[next] = true
	var h maphash.Hash
	h.SetSeed(pageSeed)
	for _, k := range keys {
		maphash.WriteComparable(&h, k)
	}
	if sum := h.Sum64(); g.shown[sum] {
		g.stale++
	} else {
		g.shown[sum], g.stale = true, 0
	}
	return g.stale >= Patience
}
