package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/care"
)

func parsed(t interface {
	Helper()
	Fatal(...any)
}, text string,
) Schedule {
	t.Helper()
	s, err := ParseSchedule(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNextInstantOfASchedule(t *testing.T) {
	for _, row := range []struct{ name, schedule, after, want string }{
		{"half past one in winter is an hour ahead of UTC", "30 1 * * *", "2026-11-21T12:00:00Z", "2026-11-22T01:30:00+01:00"},
		{"half past one in summer is two hours ahead of UTC", "30 1 * * *", "2026-07-01T12:00:00Z", "2026-07-02T01:30:00+02:00"},
		{"an instant that just came is not given again", "30 1 * * *", "2026-11-22T00:30:00Z", "2026-11-23T01:30:00+01:00"},
		{"half a second before it comes it is given", "30 1 * * *", "2026-11-22T00:29:59.5Z", "2026-11-22T01:30:00+01:00"},
		{"02:30 in March is due when summer time begins", "30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T03:00:00+02:00"},
		{"and not again on the same night", "30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T02:30:00+02:00"},
		{"02:30 in October is due when it comes first", "30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T02:30:00+02:00"},
		{"and not when it comes again", "30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T02:30:00+01:00"},
		{"asked within the hour that comes again, 02:59 has been", "59 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T02:59:00+01:00"},
		{"times that March jumps over fall together", "*/15 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T03:00:00+02:00"},
		{"03:00 is the same instant as 02:00 in March", "0 2,3 * * *", "2026-03-29T01:00:00Z", "2026-03-30T02:00:00+02:00"},
		{"03:15 after the jump is an instant of its own", "15 2,3 * * *", "2026-03-29T01:00:00Z", "2026-03-29T03:15:00+02:00"},
		{"every quarter of an hour goes on over the jump", "*/15 * * * *", "2026-03-29T00:45:00Z", "2026-03-29T03:00:00+02:00"},
		{"every quarter of an hour goes on in the hour that comes again", "*/15 * * * *", "2026-10-25T00:45:00Z", "2026-10-25T02:00:00+01:00"},
		{"midnight of the night that has 25 hours", "0 0 * * *", "2026-10-24T22:00:00Z", "2026-10-26T00:00:00+01:00"},
		{"Sunday at four on the day of the change", "0 4 * * 0", "2026-10-24T12:00:00Z", "2026-10-25T04:00:00+01:00"},
		{"a leap day", "0 6 29 2 *", "2026-11-02T00:00:00Z", "2028-02-29T06:00:00+01:00"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := parsed(t, row.schedule).Next(at(row.after))
			if got.Format(time.RFC3339) != row.want || got.Location() != care.Stockholm {
				t.Errorf("got %s in %s, want %s", got.Format(time.RFC3339), got.Location(), row.want)
			}
		})
	}
}

// Three years of nights: every local date that the schedule means has its instants
// exactly once.
func TestThreeYearsOfNights(t *testing.T) {
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, care.Stockholm)
	last := time.Date(2029, 1, 1, 0, 0, 0, 0, care.Stockholm)
	for _, row := range []struct {
		schedule string
		perDay   int
		on       func(time.Weekday) bool
	}{
		{"30 1 * * *", 1, nil},
		{"30 2 * * *", 1, nil},
		{"59 2 * * *", 1, nil},
		{"0 2 * * *", 1, nil},
		{"0 3 * * *", 1, nil},
		{"0 0 * * *", 1, nil},
		{"59 23 * * *", 1, nil},
		{"*/15 7-18 * * *", 48, nil},
		{"*/15 7-18 * * 1-5", 48, func(d time.Weekday) bool { return d != time.Saturday && d != time.Sunday }},
		{"0 4 * * 0", 1, func(d time.Weekday) bool { return d == time.Sunday }},
	} {
		t.Run(row.schedule, func(t *testing.T) {
			s := parsed(t, row.schedule)
			got := map[string]int{}
			for i := s.Next(first.Add(-time.Nanosecond)); i.Before(last); i = s.Next(i) {
				got[i.Format(time.DateOnly)]++
			}
			days := 0
			for d := first; d.Before(last); d = d.AddDate(0, 0, 1) {
				want := row.perDay
				if row.on != nil && !row.on(d.Weekday()) {
					want = 0
				}
				if n := got[d.Format(time.DateOnly)]; n != want {
					t.Errorf("%s has %d instants, want %d", d.Format(time.DateOnly), n, want)
				}
				days++
			}
			if days != 365+365+366 {
				t.Fatalf("looked at %d days", days)
			}
		})
	}
}

// oracle finds the instants of a schedule in (after, until] by trying every minute.
func oracle(text string, after, until time.Time) []time.Time {
	fields := strings.Fields(text)
	means := func(w time.Time) bool {
		minute, hour := matches(fields[0], w.Minute(), 0, 59), matches(fields[1], w.Hour(), 0, 23)
		day, month, weekday := matches(fields[2], w.Day(), 1, 31), matches(fields[3], int(w.Month()), 1, 12), matches(fields[4], int(w.Weekday()), 0, 6)
		inDay := day && weekday
		if !every(fields[2]) && !every(fields[4]) {
			inDay = day || weekday
		}
		return minute && hour && month && inDay
	}
	everyHour := true
	for h := range 24 {
		everyHour = everyHour && matches(fields[1], h, 0, 23)
	}
	var out []time.Time
	seen := map[string]bool{} // local times that came already
	offset := 0
	for m := after.Add(-26 * time.Hour).Truncate(time.Minute); !m.After(until); m = m.Add(time.Minute) {
		local := m.In(care.Stockholm)
		wall := local.Format("2006-01-02 15:04")
		_, now := local.Zone()
		due := means(local) && (everyHour || !seen[wall])
		if now > offset && offset != 0 && !everyHour { // an hour is jumped over just now
			for k := range 60 {
				due = due || means(time.Date(local.Year(), local.Month(), local.Day(), 2, k, 0, 0, time.UTC))
			}
		}
		offset, seen[wall] = now, true
		if due && m.After(after) {
			out = append(out, local)
		}
	}
	return out
}

// every: cron joins the two fields of days by and where one of them is a star.
func every(field string) bool { return field == "*" || field == "*/1" }

func matches(field string, value, low, high int) bool {
	for part := range strings.SplitSeq(field, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			step, _ = strconv.Atoi(stepText)
		}
		from, to := low, high
		if span != "*" {
			a, b, isRange := strings.Cut(span, "-")
			from, _ = strconv.Atoi(a)
			if to = from; isRange {
				to, _ = strconv.Atoi(b)
			}
		}
		if value >= from && value <= to && (value-from)%step == 0 {
			return true
		}
	}
	return false
}

func TestSchedulesAgreeWithTryingEveryMinute(t *testing.T) {
	changes := []string{"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z", "2026-12-31T23:00:00Z"}
	rapid.Check(t, func(t *rapid.T) {
		field := func(name string, low, high int) string {
			n := rapid.IntRange(low, high)
			switch rapid.IntRange(0, 4).Draw(t, name+" form") {
			case 0:
				return "*"
			case 1:
				return fmt.Sprintf("*/%d", rapid.IntRange(1, high).Draw(t, name+" step"))
			case 2:
				a, b := n.Draw(t, name), n.Draw(t, name)
				return fmt.Sprintf("%d-%d", min(a, b), max(a, b))
			case 3:
				return fmt.Sprintf("%d,%d", n.Draw(t, name), n.Draw(t, name))
			}
			return strconv.Itoa(n.Draw(t, name))
		}
		hour := rapid.OneOf(rapid.Just(field("hour", 0, 23)), rapid.SampledFrom([]string{"2", "1-3", "0-4"})).Draw(t, "hour")
		day, weekday := "*", "*"
		if rapid.Bool().Draw(t, "days") {
			day = field("day", 1, 31)
		}
		if rapid.Bool().Draw(t, "weekdays") {
			weekday = field("weekday", 0, 6)
		}
		text := strings.Join([]string{field("minute", 0, 59), hour, day, "*", weekday}, " ")
		s := parsed(t, text)
		around := at(rapid.SampledFrom(changes).Draw(t, "around"))
		after := around.Add(time.Duration(rapid.IntRange(-60*60, 3*60*60).Draw(t, "seconds")) * time.Second).Add(-24 * time.Hour)
		until := after.Add(54 * time.Hour)
		want := oracle(text, after, until)
		var got []time.Time
		for i := s.Next(after); !i.After(until); i = s.Next(i) {
			got = append(got, i)
		}
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			i := 0
			for i < min(len(got), len(want)) && got[i].Equal(want[i]) {
				i++
			}
			t.Fatalf("%q in (%s, %s]: %d instants, want %d; after %d equal ones got %v, want %v",
				text, after, until, len(got), len(want), i, got[i:min(len(got), i+1)], want[i:min(len(want), i+1)])
		}
		last, n := s.Latest(after, until)
		if n != len(want) || n > 0 && !last.Equal(want[n-1]) {
			t.Fatalf("%q: the latest of %d is %s, and %d are expected", text, n, last, len(want))
		}
	})
}

func TestLatestLooksBackNoFurtherThanAYear(t *testing.T) {
	s := parsed(t, "*/15 * * * *")
	last, n := s.Latest(at("1999-01-01T00:00:00Z"), at("2026-11-22T00:10:00Z"))
	if !last.Equal(at("2026-11-22T00:00:00Z")) || n != 400*96 {
		t.Errorf("the latest of %d is %s", n, last)
	}
	if _, n := s.Latest(at("2026-11-22T00:10:00Z"), at("2026-11-21T00:10:00Z")); n != 0 {
		t.Errorf("a clock that went back found %d instants", n)
	}
}

func TestSchedulesThatConfigRefusesAreRefused(t *testing.T) {
	for _, text := range []string{"", "TZ=", "@daily", "30 2 31 2 *", "30 1 * * 7", "0 30 1 * * *"} {
		if _, err := ParseSchedule(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"30 1 * * *", "*/15 7-18 * * 1-5", "TZ=", "0 0 29 2 *", "59 2 * * 0"} {
		f.Add(s, int64(0))
	}
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		s, err := ParseSchedule(text)
		if err != nil {
			return
		}
		after := time.Unix(seconds%(1<<31), 0)
		next := s.Next(after)
		if !next.After(after) {
			t.Errorf("%q: after %s comes %s", text, after, next)
		}
	})
}
