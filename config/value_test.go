package config

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurations(t *testing.T) {
	for _, row := range []struct {
		text  string
		want  time.Duration
		wrong string
	}{
		{"7d", 168 * time.Hour, ""},
		{"20h", 20 * time.Hour, ""},
		{"90m", 90 * time.Minute, ""},
		{"60s", time.Minute, ""},
		{"0d", 0, ""},
		{"3650d", 3650 * 24 * time.Hour, ""},
		{"3651d", 0, "longer than ten years"},
		{"9999999d", 0, "longer than ten years"},
		{"7", 0, "has no unit"},
		{"-7d", 0, "is not a duration"},
		{"1.5h", 0, "is not a duration"},
		{"1h30m", 0, "is not a duration"},
		{"7 d", 0, "is not a duration"},
		{"1w", 0, "is not a duration"},
		{"7D", 0, "is not a duration"},
		{"", 0, "is not a duration"},
		{"99999999d", 0, "is not a duration"},
	} {
		d, what, do := parseDuration(row.text)
		if d != row.want || !strings.Contains(what, row.wrong) || (what == "") != (row.wrong == "") {
			t.Errorf("%q gives %s, %q", row.text, d, what)
		}
		if (what == "") != (do == "") {
			t.Errorf("%q: %q goes with %q", row.text, what, do)
		}
	}
}

func TestADurationIsWrittenAsItIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.IntRange(0, int(longest/time.Second)).Draw(t, "seconds")) * time.Second
		if rapid.Bool().Draw(t, "whole days") {
			d = d.Truncate(24 * time.Hour)
		}
		text := durationString(d)
		if len(text) > 8 {
			t.Skip("more digits than are read")
		}
		got, what, _ := parseDuration(text)
		if got != d || what != "" {
			t.Fatalf("%s is written %s and read %s, %q", d, text, got, what)
		}
	})
}

func TestNearest(t *testing.T) {
	known := []string{"mode", "from", "units", "rules", "per_owner_per_night", "transaction_size"}
	for _, row := range []struct{ written, want string }{
		{"unit", "units"},
		{"untis", "units"},
		{"Units", "units"},
		{"rulse", "rules"},
		{"form", "from"},
		{"per-owner-per-night", "per_owner_per_night"},
		{"perOwnerPerNight", "per_owner_per_night"},
		{"transaction", "transaction_size"},
		{"zzzz", ""},
		{"x", ""},
		{"", ""},
		{"mådë", ""},
		{"mödé", ""},
		{"möde", "mode"},
	} {
		if got := nearest(row.written, known); got != row.want {
			t.Errorf("%q is near %q, want %q", row.written, got, row.want)
		}
	}
}

func TestDistanceIsADistance(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abå")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		const far = 99
		ab, ba := distance(a, b, far), distance(b, a, far)
		if ab != ba {
			t.Errorf("from %q to %q it is %d, and back %d", a, b, ab, ba)
		}
		if (ab == 0) != (a == b) {
			t.Errorf("between %q and %q it is %d", a, b, ab)
		}
		if longer := max(len([]rune(a)), len([]rune(b))); ab > longer {
			t.Errorf("between %q and %q it is %d, more than all letters", a, b, ab)
		}
		if got := distance(a, b, 2); got != min(ab, 2) {
			t.Errorf("with a limit of 2 it is %d instead of %d", got, ab)
		}
	})
}

// Whoever gave a key's name with one letter too many is told the right one.
func TestEveryKeyIsFoundWithALetterTooMany(t *testing.T) {
	sections := 0
	root.walk(func(s *spec) {
		if len(s.keys()) == 0 {
			return
		}
		sections++
		for _, key := range s.keys() {
			if got := nearest(key+"x", s.keys()); got != key {
				t.Errorf("%s.%sx is near %q", s.row.key, key, got)
			}
		}
	})
	if sections < 8 {
		t.Errorf("only %d sections were seen", sections)
	}
}
