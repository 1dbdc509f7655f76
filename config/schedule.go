package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"brygga/care"
)

// Schedule is when a job runs: cron fields read in Stockholm time.
type Schedule struct{ spec *cron.SpecSchedule }

// Next is the first instant of the schedule after t. A wall-clock time that is
// skipped when summer time begins gives no instant on that day, and one that
// comes twice when it ends gives two: ticks (store) keep a night from being
// skipped or run twice. Every Schedule that ParseSchedule gave has a next instant.
func (s Schedule) Next(t time.Time) time.Time { return s.spec.Next(t.In(care.Stockholm)) }

// AtClockChange says whether some of its times lie between 02:00 and 03:00,
// which are skipped in March and come twice in October.
func (s Schedule) AtClockChange() bool { return s.spec.Hour&(1<<2) != 0 }

// everyHour: an hour that is skipped or doubled does no harm then.
func (s Schedule) everyHour() bool {
	const hours = 1<<24 - 1
	return s.spec.Hour&hours == hours
}

var fiveFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// scheduleFrom is where the search for a first instant begins. Whether a
// schedule ever fires does not depend on it: the parser looks five years ahead,
// and any five years hold every month with every day of it.
var scheduleFrom = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// ParseSchedule reads five cron fields: minute, hour, day of month, month, day of
// week (0 is Sunday). Names of zones, seconds and words such as @daily are
// refused, and so is a schedule that never fires. The error says what to write.
func ParseSchedule(text string) (Schedule, error) {
	s, what, do := parseSchedule(text)
	if what != "" {
		return Schedule{}, errors.New("the schedule " + what + "; " + do)
	}
	return s, nil
}

func parseSchedule(text string) (s Schedule, what, do string) {
	const example = "write five fields, such as \"30 1 * * *\" for 01:30 every night"
	fields := strings.Fields(text)
	switch {
	case strings.Contains(text, "TZ="): // the parser panics on TZ= without a space
		return s, "names a time zone", "remove TZ=...: all schedules are in Stockholm time"
	case strings.HasPrefix(strings.TrimSpace(text), "@"):
		return s, "is a word", example
	case len(fields) == 6:
		return s, "has six fields, and seconds are not among them", example
	case len(fields) != 5:
		return s, fmt.Sprintf("has %d fields", len(fields)), example
	}
	parsed, err := fiveFields.Parse(strings.Join(fields, " "))
	if err != nil {
		if sunday := sundayAsZero(fields); sunday != "" {
			return s, "calls Sunday 7", "write 0 for Sunday: \"" + sunday + "\""
		}
		return s, "cannot be read: " + shown(err.Error()), example
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return s, "cannot be read", example
	}
	spec.Location = care.Stockholm
	if spec.Next(scheduleFrom).IsZero() {
		return s, "never fires: no month has such a day", example
	}
	return Schedule{spec}, "", ""
}

// sundayAsZero gives the schedule with 0 for Sunday, if that alone makes it readable.
func sundayAsZero(fields []string) string {
	days := strings.Split(fields[4], ",")
	for i, d := range days {
		switch {
		case d == "7":
			days[i] = "0"
		case strings.HasSuffix(d, "-7") && len(d) == 3:
			days[i] = d[:1] + "-6,0"
		}
	}
	fixed := strings.Join(append(append([]string{}, fields[:4]...), strings.Join(days, ",")), " ")
	if _, err := fiveFields.Parse(fixed); err != nil || fixed == strings.Join(fields, " ") {
		return ""
	}
	return fixed
}

func checkSchedule(_ *reader, value string) (what, do string) {
	_, what, do = parseSchedule(value)
	return what, do
}
