package engine

import (
	"testing"
	"time"

	"brygga/care"
)

// What is due after an outage, and what of it is caught up.
func TestWhatIsDue(t *testing.T) {
	const quarters = "*/15 7-18 * * 1-5"
	for _, row := range []struct {
		name, schedule, last, now string
		catchUp                   time.Duration
		at, outcome, trigger      string // at in Stockholm; empty: nothing is due
		missed                    int
	}{
		{"before the night nothing is", night, "2026-11-21T00:30:00Z", "2026-11-22T00:29:59Z", 20 * time.Hour, "", "", "", 0},
		{"at its instant it is", night, "2026-11-21T00:30:00Z", "2026-11-22T00:30:00Z", 20 * time.Hour, "2026-11-22 01:30", tickQueued, TriggerSchedule, 0},
		{"some minutes late it is on time", night, "2026-11-21T00:30:00Z", "2026-11-22T00:35:00Z", 0, "2026-11-22 01:30", tickQueued, TriggerSchedule, 0},
		{"and later it is caught up", night, "2026-11-21T00:30:00Z", "2026-11-22T00:35:01Z", 20 * time.Hour, "2026-11-22 01:30", tickQueued, TriggerCatchUp, 0},
		{"but not where nothing is to be caught up", night, "2026-11-21T00:30:00Z", "2026-11-22T00:35:01Z", 0, "2026-11-22 01:30", tickMissed, "", 0},
		{"after ten days the last night is caught up, once", night, "2026-11-12T00:30:00Z", "2026-11-22T07:00:00Z", 20 * time.Hour, "2026-11-22 01:30", tickQueued, TriggerCatchUp, 9},
		{"after ten days, in the evening, it is too late", night, "2026-11-12T00:30:00Z", "2026-11-22T22:00:00Z", 20 * time.Hour, "2026-11-22 01:30", tickMissed, "", 9},
		{"after ten days of quarters of an hour one run is enough", quarters, "2026-11-12T17:45:00Z", "2026-11-23T07:10:00Z", 20 * time.Hour, "2026-11-23 08:00", tickQueued, TriggerCatchUp, 6*48 + 4},
		{"a clock that went back a day finds nothing due", night, "2026-11-22T00:30:00Z", "2026-11-21T12:00:00Z", 20 * time.Hour, "", "", "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := decide(parsed(t, row.schedule), at(row.last), at(row.now), row.catchUp)
			got := ""
			if !d.at.IsZero() {
				got = local(d.at)
			}
			if got != row.at || d.outcome != row.outcome || d.trigger != row.trigger || d.missed != row.missed {
				t.Errorf("got %s %s %s and %d missed, want %s %s %s and %d", got, d.outcome, d.trigger, d.missed, row.at, row.outcome, row.trigger, row.missed)
			}
		})
	}
}

// A schedule of every hour is a rhythm: over three years, six changes of clocks among
// them, a quarter of an hour is never longer or shorter.
func TestAQuarterOfAnHourIsOneForThreeYears(t *testing.T) {
	s := parsed(t, "*/15 * * * *")
	until := time.Date(2029, 1, 1, 0, 0, 0, 0, care.Stockholm)
	n := 0
	for i := time.Date(2026, 1, 1, 0, 0, 0, 0, care.Stockholm); i.Before(until); n++ {
		next := s.Next(i)
		if next.Sub(i) != 15*time.Minute {
			t.Fatalf("after %s comes %s", i, next)
		}
		i = next
	}
	if want := (365 + 365 + 366) * 96; n != want {
		t.Errorf("there are %d, want %d", n, want)
	}
}
