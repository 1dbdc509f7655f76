package engine

import (
	"time"
)

// What became of a tick.
const (
	tickBegun   = "begun"   // no tick: from here on ticks are counted
	tickQueued  = "queued"  // its job was queued
	tickSkipped = "skipped" // the job of an earlier tick was not done yet
	tickMissed  = "missed"  // nobody was there, and it was too late to catch up
)

// The triggers of runs.
const (
	TriggerSchedule = "schedule"
	TriggerCatchUp  = "catch-up" // the schedule, but later than it says
)

// onTime is how late a tick may be queued and still count as on time; a busy store
// or a restart takes less.
const onTime = 5 * time.Minute

// due is what has to be done about a schedule now.
type due struct {
	at      time.Time // the latest instant; zero: nothing is due
	outcome string    // tickQueued or tickMissed
	trigger string
	missed  int // how many instants before it nobody was there for
}

// decide says what is due at now, when ticks are known until last. Of several
// instants only the latest counts, and only if it is not older than catchUp; so an
// outage is caught up once. A clock that went back finds nothing due until it has
// come past what is known; ticks in its future are no concern of it, since each
// instant is taken once anyway.
func decide(s Schedule, last, now time.Time, catchUp time.Duration) due {
	at, n := s.Latest(last, now)
	if n == 0 {
		return due{}
	}
	d := due{at: at, outcome: tickQueued, trigger: TriggerSchedule, missed: n - 1}
	switch late := now.Sub(at); {
	case late <= onTime:
	case late <= catchUp:
		d.trigger = TriggerCatchUp
	default:
		d.outcome, d.trigger = tickMissed, ""
	}
	return d
}
