package care

import (
	"strings"
	"sync"
)

// Names gives each Ref a small number, so that a visit can be packed. It only
// grows; it is safe for use by several goroutines. Number 0 is no name.
type Names struct {
	mu   sync.RWMutex
	ids  map[Ref]uint32
	refs []Ref
}

// NewNames makes a table that holds refs as 1, 2, 3 ...: what All gave before.
func NewNames(refs ...Ref) *Names {
	n := &Names{ids: make(map[Ref]uint32, len(refs)), refs: append([]Ref{""}, refs...)}
	for i, r := range refs {
		n.ids[r] = uint32(i + 1)
	}
	return n
}

// ID gives the number of ref, a new one if need be; "" is 0. It keeps a copy.
func (n *Names) ID(ref Ref) uint32 {
	if ref == "" {
		return 0
	}
	n.mu.RLock()
	id, ok := n.ids[ref]
	n.mu.RUnlock()
	if ok {
		return id
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if id, ok := n.ids[ref]; ok {
		return id
	}
	id = uint32(len(n.refs))
	ref = Ref(strings.Clone(string(ref))) // it may be part of a page
	n.refs = append(n.refs, ref)
	n.ids[ref] = id
	return id
}

// Number gives the number of ref without making one; 0 is none.
func (n *Names) Number(ref Ref) uint32 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.ids[ref]
}

// Ref gives the name of a number; 0 and unknown numbers are "".
func (n *Names) Ref(id uint32) Ref {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if int(id) >= len(n.refs) {
		return ""
	}
	return n.refs[id]
}

// All lists the names in the order of their numbers, from 1.
func (n *Names) All() []Ref {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return append([]Ref(nil), n.refs[1:]...)
}
