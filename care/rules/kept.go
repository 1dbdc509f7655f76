package rules

// kept is where the parts of traces lie, side by side in pieces of memory: a
// client has some sixty traces, and an allocation for each of their parts would
// cost more than judging. What was given out never changes; the rest of a piece
// goes to the next client.
type kept struct {
	used   []Used
	terms  []Term
	clocks []Clock
}

// How much a piece holds: what some clients need.
const (
	keptUsed   = 256
	keptTerms  = 64
	keptClocks = 64
)

// room gives a piece with room for n more.
func room[T any](piece []T, n, size int) []T {
	if cap(piece)-len(piece) < n {
		return make([]T, 0, max(n, size))
	}
	return piece
}

// facts gives a copy; nil for none.
func (k *kept) facts(from []Used) []Used {
	if len(from) == 0 {
		return nil
	}
	k.used = room(k.used, len(from), keptUsed)
	n := len(k.used)
	k.used = append(k.used, from...)
	return k.used[n:len(k.used):len(k.used)]
}

// clock gives the clock of a hit; nil where none was reached.
func (k *kept) clock(h *hit, c Clock) *Clock {
	k.terms = room(k.terms, len(h.terms), keptTerms)
	n := len(k.terms)
	for i := range h.terms {
		if t := &h.terms[i]; t.n > 0 {
			k.terms = append(k.terms, Term{Of: k.facts(t.of[:t.n]), Plus: t.plus})
		}
	}
	if len(k.terms) == n {
		return nil
	}
	c.Terms = k.terms[n:len(k.terms):len(k.terms)]
	k.clocks = append(room(k.clocks, 1, keptClocks), c)
	return &k.clocks[len(k.clocks)-1]
}
