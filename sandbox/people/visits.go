package people

import "time"

// visit is one call at a client's home.
type visit struct {
	start, end instant
	by, with   int         // with is the second person of a double-manned visit, else -1
	services   [2]*service // what is carried out; the second may be nil
	cancelled  bool
}

// visits calls yield with every visit from Months before asOf to the day
// before it, in order of their days. Visits depend on the record and on
// nothing that was drawn for it.
//
// A contact who is at work makes share of every ten counted visits, evenly
// spread, so that the share holds in any window of some weeks; the others are
// made by the crowd in turn.
func (c *client) visits(yield func(visit) bool) {
	if c.m.o.VisitsPerMonth < 0 {
		return
	}
	d := newDice(c.m.o.Seed, streamVisits, c.index)
	t := &tour{c: c, d: d, turn: d.n(50), counted: d.n(10), yield: yield}
	t.gather()
	due := 0
	for on := c.asOf.addMonths(-c.m.o.Months); on < c.asOf && !t.stopped; on++ {
		due += c.m.o.VisitsPerMonth * c.level * 12
		n := due / (365 * 100)
		due -= n * 365 * 100
		if on.weekday() == time.Monday {
			t.met = false
		}
		if !c.home().holds(on) || c.absent(on) {
			continue
		}
		if t.meets(on) {
			n = max(n, 1)
		}
		t.day(on, n)
	}
}

func (c *client) absent(on day) bool {
	for _, s := range c.stays {
		if s.holds(on) {
			return true
		}
	}
	for _, h := range c.home().pauses {
		if h.holds(on) {
			return true
		}
	}
	return false
}

// tour is where a client's visits have come to.
type tour struct {
	c       *client
	d       *dice
	others  []int
	turn    int
	counted int
	met     bool // a contact has been there this week
	yield   func(visit) bool
	stopped bool
}

// gather chooses the crowd: colleagues of the unit who are nobody's contact here.
func (t *tour) gather() {
	kinds := t.c.m.units[t.c.unit].kinds
	pool := append(append([]int(nil), kinds[regular]...), kinds[helper]...)
	shuffle(t.d, pool)
	for _, who := range pool {
		if len(t.others) < t.c.crowd && !t.c.knows(who) {
			t.others = append(t.others, who)
		}
	}
}

// meets says whether this week's meeting with a contact is still to come, for
// those who go to day activity.
func (t *tour) meets(on day) bool { return t.c.dayCentre && !t.met && t.contact(on) >= 0 }

// day makes the n visits of one day, and the one at night.
func (t *tour) day(on day, n int) {
	c, d := t.c, t.d
	for k := range n {
		v := visit{with: -1, services: t.carriedOut(on)}
		if v.services[0] == nil {
			return
		}
		v.start = on.at(7*60 + 30 + k*13*60/n + d.n(40))
		v.end = v.start + instant(d.between(12, 50))
		v.by = t.whoComes(on, v.services[0])
		if c.double && (k == 0 || d.chance(30)) {
			v.with = t.other(v.by)
		}
		t.emit(v)
		if d.chance(2) { // planned too, and cancelled
			v.cancelled, v.by, v.with = true, t.other(v.by), -1
			t.emit(v)
		}
	}
	if c.nights && n > 0 && on < c.asOf-1 && d.chance(60) && c.services[0].runs(on) {
		v := visit{with: -1, by: t.other(-1), services: [2]*service{&c.services[0]}}
		v.start = on.at(23*60 + 20 + d.n(200)) // up to 02:40 of the next day
		v.end = v.start + instant(d.between(10, 40))
		t.emit(v)
	}
}

func (t *tour) emit(v visit) {
	if !t.stopped && !t.yield(v) {
		t.stopped = true
	}
}

// whoComes to a visit in the daytime.
func (t *tour) whoComes(on day, s *service) int {
	counts := s.code != "safety-alarm" && s.code != "meal-delivery"
	turn := false
	if counts {
		share := t.c.share
		turn = (t.counted+1)*share/10 > t.counted*share/10
		t.counted = (t.counted + 1) % 10
	}
	if turn || t.meets(on) {
		if who := t.contact(on); who >= 0 {
			t.met = true
			return who
		}
	}
	return t.other(-1)
}

// contact is a contact who is at work that day, in turn; -1 where none is.
func (t *tour) contact(on day) int {
	if t.c.missedWeek && on >= t.c.asOf.lastWeek() && on < t.c.asOf.lastWeek()+7 {
		return -1
	}
	n := len(t.c.contacts)
	for i := range n {
		k := &t.c.contacts[(t.counted/2+i)%n]
		if k.who != stranger && k.holds(on) && t.c.m.staff[k.who].works(on) {
			return k.who
		}
	}
	return -1
}

// other is the next of the crowd who is not that person.
func (t *tour) other(not int) int {
	for {
		t.turn++
		if who := t.others[t.turn%len(t.others)]; who != not {
			return who
		}
	}
}

// carriedOut is what a visit carries out: care before service, at times both.
func (t *tour) carriedOut(on day) [2]*service {
	var done [2]*service
	for i := range t.c.services {
		s := &t.c.services[i]
		if !s.runs(on) || s.never {
			continue
		}
		switch {
		case done[0] == nil:
			done[0] = s
		case done[0].code == "safety-alarm" || done[0].code == "meal-delivery":
			done[0], done[1] = s, done[0]
		case t.d.chance(20):
			done[1] = s
		}
	}
	if done[1] != nil && t.d.chance(60) {
		done[1] = nil
	}
	return done
}

// runs says whether a service at home could be carried out that day.
func (s *service) runs(on day) bool {
	return s.setting == homeCare && s.code != "" && s.code != "day-activity" && s.holds(on)
}
