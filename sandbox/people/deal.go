package people

import "strings"

// deal gives every client a story: as many as the weights say, each at least
// once where there are enough clients, in an order drawn from the seed. It
// also pairs those who share a number.
func (m *Municipality) deal() {
	n := m.o.Clients
	m.stories = make([]uint16, 0, n)
	if m.chosen != nil {
		for i := range n {
			m.stories = append(m.stories, uint16(m.chosen[i%len(m.chosen)])) //nolint:gosec // there are some hundred stories
		}
	} else {
		for s := 1; s < len(catalogue); s++ { // 0 is settled, and takes what is left
			count := n * catalogue[s].Weight / 1000
			if n >= 4*len(catalogue) {
				count = max(count, 1)
			}
			for range count {
				m.stories = append(m.stories, uint16(s)) //nolint:gosec // as above
			}
		}
		for len(m.stories) < n {
			m.stories = append(m.stories, 0)
		}
		shuffle(newDice(m.o.Seed, streamDeal, 0), m.stories)
	}
	m.pair()
}

// pair finds those who share a number: of the clients with that story, the
// first with the second, the third with the fourth ... One left over shares
// with nobody, and gets a number of their own and the plainest story.
func (m *Municipality) pair() {
	m.partner = make(map[int]int)
	last := -1
	for i, s := range m.stories {
		if catalogue[s].Name != sameNumber {
			continue
		}
		if last < 0 {
			last = i
			continue
		}
		m.partner[i], m.partner[last] = last, i
		last = -1
	}
	if last >= 0 {
		m.stories[last] = 0
	}
}

// index gives the number of a client from "Patient/<id>" or "<id>".
func (m *Municipality) index(clientID string) (int, bool) {
	s, ok := strings.CutPrefix(strings.TrimPrefix(clientID, "Patient/"), m.o.Prefix+"p-")
	if !ok || len(s) != 6 {
		return 0, false
	}
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	// One past the last is the client who arrives in an act.
	return n - 1, n >= 1 && n <= m.o.Clients+1
}
