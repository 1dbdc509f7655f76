package people

import "math/rand/v2"

// dice is a stream of numbers of its own for one subject: what is drawn for
// one client never depends on another. Only integers are drawn, by remainder,
// so that the numbers are the same on every platform and with every Go.
type dice struct{ src *rand.PCG }

// Streams, so that a client's visits do not depend on how its record was made.
const (
	streamDeal = iota + 1
	streamUnit
	streamClient
	streamVisits
)

func newDice(seed, stream uint64, index int) *dice {
	return &dice{src: rand.NewPCG(seed, stream<<48|uint64(index))} //nolint:gosec // nothing here is secret
}

// n draws from 0 to n-1.
func (d *dice) n(n int) int { return int(d.src.Uint64() % uint64(n)) } //nolint:gosec // n is positive

// between draws from a to b, both included.
func (d *dice) between(a, b int) int { return a + d.n(b-a+1) }

// chance is true in that many of a hundred draws.
func (d *dice) chance(percent int) bool { return d.n(100) < percent }

// pick draws an index by weight; the weights are not all 0.
func (d *dice) pick(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := d.n(sum)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}

// shuffle puts s in a drawn order.
func shuffle[T any](d *dice, s []T) {
	for i := len(s) - 1; i > 0; i-- {
		j := d.n(i + 1)
		s[i], s[j] = s[j], s[i]
	}
}

func oneOf[T any](d *dice, s []T) T { return s[d.n(len(s))] }
