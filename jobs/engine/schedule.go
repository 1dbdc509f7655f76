package engine

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"brygga/care"
	"brygga/config"
)

// Schedule is when a job is due, in Stockholm time.
//
// A schedule means local nights: 02:30 every night is one instant for each date,
// also on the two dates of a year when clocks change. A time that does not exist
// in March is due when summer time begins (03:00), and of a time that comes twice
// in October the first one counts. A schedule of every hour means a rhythm, and no
// nights: it is due whenever the clock shows such a time, so that the hour that
// comes twice is not left out once.
type Schedule struct {
	spec *cron.SpecSchedule // of nights: on a calendar without zones, in UTC
	text string
}

var fiveFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// ParseSchedule reads what config.ParseSchedule takes, and refuses what it refuses.
func ParseSchedule(text string) (Schedule, error) {
	if _, err := config.ParseSchedule(text); err != nil {
		return Schedule{}, err
	}
	text = strings.Join(strings.Fields(text), " ")
	parsed, err := fiveFields.Parse(text)
	if err != nil {
		return Schedule{}, err
	}
	s := Schedule{spec: parsed.(*cron.SpecSchedule), text: text}
	s.spec.Location = time.UTC
	if s.everyHour() {
		s.spec.Location = care.Stockholm
	}
	return s, nil
}

// String is the schedule as five fields with one space between them.
func (s Schedule) String() string { return s.text }

func (s Schedule) everyHour() bool {
	const hours = 1<<24 - 1
	return s.spec.Hour&hours == hours
}

// Next is the first instant after t, in Stockholm time. There always is one.
func (s Schedule) Next(t time.Time) time.Time {
	t = t.In(care.Stockholm)
	if s.everyHour() {
		return s.spec.Next(t)
	}
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	if instantOf(wall).Before(t.Add(-time.Minute)) {
		// t lies in the hour that comes again: what its clocks show has been, and what
		// comes after that too, in part. Beginning early does no harm.
		wall = wall.Add(-2 * time.Hour)
	}
	for {
		wall = s.spec.Next(wall)
		if at := instantOf(wall); at.After(t) {
			return at
		}
	}
}

// longestLook bounds how far back Latest looks; what lies further back is never
// caught up.
const longestLook = 400 * 24 * time.Hour

// Latest is the last instant in (after, until], and how many there were in the 400
// days before until; 0 of them: none.
func (s Schedule) Latest(after, until time.Time) (last time.Time, n int) {
	if from := until.Add(-longestLook); after.Before(from) {
		after = from
	}
	for at := s.Next(after); !at.After(until); at = s.Next(at) {
		last, n = at, n+1
	}
	return last, n
}

// instantOf is when a local time, given as if it were UTC, comes in Stockholm: for
// the first time where it comes twice; and where it does not come, the instant
// when clocks jump over it. A later local time never gives an earlier instant.
func instantOf(wall time.Time) time.Time {
	const day = 24 * time.Hour
	before := wall.Add(-offsetAt(wall.Add(-day))).In(care.Stockholm)
	if sameWall(before, wall) {
		return before
	}
	after := wall.Add(-offsetAt(wall.Add(day))).In(care.Stockholm)
	if sameWall(after, wall) {
		return after
	}
	change, _ := before.ZoneBounds()
	return change.In(care.Stockholm)
}

func offsetAt(t time.Time) time.Duration {
	_, seconds := t.In(care.Stockholm).Zone()
	return time.Duration(seconds) * time.Second
}

func sameWall(t, wall time.Time) bool {
	return t.Hour() == wall.Hour() && t.Minute() == wall.Minute() && t.Day() == wall.Day()
}
