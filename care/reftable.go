package care

import "sync"

// RefTable keeps one copy of each reference: a client is named by dozens of records,
// each of which brings a copy along. The zero value is ready; it is safe for use by
// several goroutines.
type RefTable struct {
	mu    sync.Mutex
	known map[Ref]Ref
}

// Share lets a record name others by the table's copies, and itself by one of its own:
// most records are named by no other. What they name stays the same.
func (t *RefTable) Share(r *Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = map[Ref]Ref{}
	}
	own := r.Ref
	r.eachRef(func(ref *Ref) {
		switch one, ok := t.known[*ref]; {
		case *ref == own:
			*ref = own
		case ok:
			*ref = one
		default:
			t.known[*ref] = *ref
		}
	})
}
