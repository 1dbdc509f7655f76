package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"brygga/care"
)

// longest bounds durations: ten years, far below what time.Duration holds.
const longest = 10 * 365 * 24 * time.Hour

var (
	durationText = regexp.MustCompile(`^([0-9]{1,7})([dhms])$`)
	bareNumber   = regexp.MustCompile(`^[0-9]{1,7}$`)
	units        = map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "m": time.Minute, "s": time.Second}
)

// parseDuration reads one number with one unit: 7d, 20h, 90m, 60s. A day is 24 hours.
func parseDuration(text string) (d time.Duration, what, do string) {
	m := durationText.FindStringSubmatch(text)
	if m == nil {
		if bareNumber.MatchString(text) {
			return 0, "has no unit", fmt.Sprintf("write for instance %sd, %[1]sh, %[1]sm or %[1]ss", text)
		}
		return 0, "is not a duration", "write one number and one unit, such as 7d, 20h, 90m or 60s"
	}
	n, _ := strconv.Atoi(m[1]) // at most seven digits
	d = time.Duration(n) * units[m[2]]
	if d > longest || d/units[m[2]] != time.Duration(n) {
		return 0, "is longer than ten years", "write a shorter one"
	}
	return d, "", ""
}

// durationString writes a duration as a configuration does, in the largest unit that keeps it whole.
func durationString(d time.Duration) string {
	for _, u := range []string{"d", "h", "m"} {
		if d != 0 && d%units[u] == 0 {
			return strconv.FormatInt(int64(d/units[u]), 10) + u
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

// number writes a bound without needless decimals.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// setText parses the text of a scalar into the place that its type decides, and
// says what is wrong with it. On a problem the place is left as it was.
func setText(into any, s *spec, text string) (what, do string) {
	wrong := func() (string, string) { return "is not " + s.wants(), "" }
	if s.off && text == offWord {
		text = ""
	}
	switch p := into.(type) {
	case *string:
		*p = text
	case *Mode:
		*p = Mode(text)
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil || float64(n) < s.least || float64(n) > s.most {
			return wrong()
		}
		*p = n
	case *float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || f < s.least || f > s.most {
			what, _ = wrong()
			if err == nil && f > 1 && f <= 100 && s.most == 1 {
				return what, "write " + number(f/100) + " for " + number(f) + " %"
			}
			return what, ""
		}
		*p = f
	case *bool:
		if text != "true" && text != "false" {
			return wrong()
		}
		*p = text == "true"
	case *time.Duration:
		if s.off && text == "" {
			*p = 0
			break
		}
		d, what, do := parseDuration(text)
		if what != "" {
			return what, do
		}
		*p = d
	case *care.Date:
		d, err := care.ParseDate(text)
		if err != nil {
			return "is not a date that exists", "write it as 2027-01-11"
		}
		*p = d
	case *[]string:
		*p = listed(text)
	case *care.SectionSet:
		*p = 0
		for _, name := range listed(text) {
			section, ok := care.SectionByName(name)
			if !ok {
				return wrong()
			}
			*p |= care.SetOfSections(section)
		}
	}
	return "", ""
}

// listed are the items of a list as the table writes one: [a, b].
func listed(text string) []string {
	return strings.Split(strings.Trim(text, "[]"), ", ")
}
