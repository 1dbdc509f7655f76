package jobs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"brygga/care"
	"brygga/care/rules"
)

// Calendar is one unit's forecast as an iCalendar file (RFC 5545).
type Calendar struct {
	File string // a file name, without a path
	Name string // of the unit
	Body []byte
}

// calendarNamespace gives events their UID; made once (UUIDv4), never changed.
var calendarNamespace = uuid.MustParse("0a4d6c52-6d0f-4b51-9f0b-8d2f3a7f1c9e")

// Calendars gives one iCalendar file per unit: one all-day event per day on which
// anything falls due, with counts per rule and nothing about any person. A unit
// with nothing due has one event that says so: a calendar must not be empty
// (RFC 5545, 3.6), and an old file must not stand. An event's UID follows from
// tenant, unit and day, so that a later forecast replaces an earlier one. now is
// the stamp of all events.
func (f *Forecast) Calendars(tenant, language string, now time.Time) []Calendar {
	var all []Calendar
	taken := map[string]bool{}
	for _, u := range f.Units {
		name := fileName(u.Ref)
		for n := 2; taken[strings.ToLower(name)]; n++ { // some disks know no case
			name = fmt.Sprintf("%s-%d", fileName(u.Ref), n)
		}
		taken[strings.ToLower(name)] = true
		all = append(all, Calendar{File: name + ".ics", Name: u.Name, Body: f.calendar(u, tenant, language, now)})
	}
	return all
}

// fileName makes a file name of a unit's id, of letters that every disk can hold.
func fileName(unit care.Ref) string {
	id := string(unit)
	if _, after, ok := strings.Cut(id, "/"); ok {
		id = after
	}
	id = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '-'
	}, id)
	id = strings.Trim(id[:min(len(id), 64)], "-")
	if id == "" {
		return "no-unit"
	}
	return id
}

func (f *Forecast) calendar(u ForecastUnit, tenant, language string, now time.Time) []byte {
	days := map[care.Date]map[string]int{}
	for _, l := range f.Lines {
		if l.Unit == u.Ref {
			if days[l.Date] == nil {
				days[l.Date] = map[string]int{}
			}
			days[l.Date][l.Rule] += l.Count
		}
	}
	w := icsWriter{}
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//brygga//forecast//"+strings.ToUpper(language))
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", "PUBLISH")
	w.text("X-WR-CALNAME", "brygga: "+u.Name)
	event := func(id string, on care.Date, summary, description string) {
		w.line("BEGIN", "VEVENT")
		w.line("UID", uuid.NewSHA1(calendarNamespace, []byte(tenant+"\x00"+string(u.Ref)+"\x00"+id)).String())
		w.line("DTSTAMP", now.UTC().Format("20060102T150405Z"))
		w.line("DTSTART;VALUE=DATE", icsDate(on))
		w.line("DTEND;VALUE=DATE", icsDate(on+1)) // the day after: the end is not part of an event
		w.text("SUMMARY", summary)
		if description != "" {
			w.text("DESCRIPTION", description)
		}
		w.line("TRANSP", "TRANSPARENT")
		w.line("END", "VEVENT")
	}
	for _, d := range slices.Sorted(maps.Keys(days)) {
		total := 0
		var parts []string
		for _, code := range slices.Sorted(maps.Keys(days[d])) {
			n := days[d][code]
			total += n
			title := code
			if r := rules.ByCode(code); r != nil {
				title = inLanguage(r.Title, language)
			}
			parts = append(parts, fmt.Sprintf("%d  %s (%s)", n, title, code))
		}
		event(d.String(), d, fmt.Sprintf(inLanguage(dueWords, language), total), strings.Join(parts, "\n"))
	}
	if len(days) == 0 {
		event("nothing", f.AsOf, fmt.Sprintf(inLanguage(nothingWords, language), f.To), "")
	}
	w.line("END", "VCALENDAR")
	return []byte(w.b.String())
}

var (
	dueWords     = rules.Text{SV: "brygga: %d att göra senast i dag", EN: "brygga: %d due today"}
	nothingWords = rules.Text{SV: "brygga: inget förfaller till och med %s", EN: "brygga: nothing falls due up to %s"}
)

func icsDate(d care.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// icsWriter writes content lines: CRLF after each, folded at 75 octets and never
// inside of a letter (RFC 5545, 3.1).
type icsWriter struct{ b strings.Builder }

const icsWidth = 75

func (w *icsWriter) line(name, value string) {
	rest, room := name+":"+value, icsWidth
	for len(rest) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		w.b.WriteString(rest[:cut] + "\r\n ")
		rest, room = rest[cut:], icsWidth-1 // the space counts
	}
	w.b.WriteString(rest + "\r\n")
}

// text writes a value of type TEXT, escaped (RFC 5545, 3.3.11); what is no text,
// such as control characters in a unit's name, becomes a space.
func (w *icsWriter) text(name, value string) {
	value = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == '\u007f' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(value, "?"))
	w.line(name, strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(value))
}
