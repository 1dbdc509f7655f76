package config

import (
	"strings"
	"testing"
	"time"

	"brygga/care"
)

func TestScheduleIsInStockholmTime(t *testing.T) {
	for _, row := range []struct{ name, schedule, after, want string }{
		{"half past one in winter is an hour ahead of UTC", "30 1 * * *", "2026-11-21T12:00:00Z", "2026-11-22T00:30:00Z"},
		{"half past one in summer is two hours ahead of UTC", "30 1 * * *", "2026-07-01T12:00:00Z", "2026-07-01T23:30:00Z"},
		{"an instant that just came is not given again", "30 1 * * *", "2026-11-22T00:30:00Z", "2026-11-23T00:30:00Z"},
		{"0 is Sunday", "0 6 * * 0", "2026-11-21T00:00:00Z", "2026-11-22T05:00:00Z"},
		{"working days leave the weekend out", "0 6 * * 1-5", "2026-11-20T12:00:00Z", "2026-11-23T05:00:00Z"},
		{"the first of the month", "0 6 1 * *", "2026-11-02T00:00:00Z", "2026-12-01T05:00:00Z"},
		{"leap day", "0 6 29 2 *", "2026-11-02T00:00:00Z", "2028-02-29T05:00:00Z"},
		{"02:30 is skipped when summer time begins", "30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"},
		{"spaces around the fields do no harm", "  30   1 * * * ", "2026-11-21T12:00:00Z", "2026-11-22T00:30:00Z"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := ParseSchedule(row.schedule)
			if err != nil {
				t.Fatal(err)
			}
			after, _ := time.Parse(time.RFC3339, row.after)
			got := s.Next(after)
			if got.UTC().Format(time.RFC3339) != row.want {
				t.Errorf("got %s, want %s", got.UTC().Format(time.RFC3339), row.want)
			}
			if got.Location() != care.Stockholm {
				t.Errorf("is given in %s", got.Location())
			}
		})
	}
}

func TestSchedulesThatAreRefused(t *testing.T) {
	for _, row := range []struct{ schedule, want string }{
		{"", "has 0 fields"},
		{"TZ=", "names a time zone"},
		{"TZ=UTC", "names a time zone"},
		{"CRON_TZ=Europe/Oslo 30 1 * * *", "names a time zone"},
		{"@every 24h", "is a word"},
		{"@midnight", "is a word"},
		{"30 1 * *", "has 4 fields"},
		{"0 30 1 * * *", "has six fields"},
		{"1 2 3 4 5 6 7", "has 7 fields"},
		{"30 2 31 2 *", "never fires"},
		{"30 2 31 4,6,9,11 *", "never fires"},
		{"30 1 * * 7", `write 0 for Sunday: "30 1 * * 0"`},
		{"30 1 * * 1-7", `write 0 for Sunday: "30 1 * * 1-6,0"`},
		{"30 1 * * 6,7", `write 0 for Sunday: "30 1 * * 6,0"`},
		{"30 1 * * 8", "cannot be read"},
		{"30 25 * * 7", "cannot be read"},
		{"*/0 * * * *", "cannot be read"},
		{"a b c d e", "cannot be read"},
		{"99999999999999999999 1 * * *", "cannot be read"},
	} {
		_, err := ParseSchedule(row.schedule)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q gives %v, want %q", row.schedule, err, row.want)
		}
	}
}

func TestTimesAtClockChanges(t *testing.T) {
	for schedule, want := range map[string]bool{
		"30 1 * * *": false, "0 3 * * *": false, "0 2 * * *": true, "59 2 * * *": true, "15 1-3 * * *": true, "0 * * * *": true,
	} {
		s, err := ParseSchedule(schedule)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.AtClockChange(); got != want {
			t.Errorf("%s: %v, want %v", schedule, got, want)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"30 1 * * *", "*/15 7-18 * * 1-5", "TZ=", "CRON_TZ=UTC", "30 2 31 2 *", "0 0 ? * SUN", "@daily", "0-59/7 1,2,3 L * *", "* * * * 7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text)
		if err != nil {
			return
		}
		at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		next := s.Next(at)
		if !next.After(at) {
			t.Errorf("%q: the next instant after %s is %s", text, at, next)
		}
	})
}
