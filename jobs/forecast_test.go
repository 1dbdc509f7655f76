package jobs

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
)

// storedOf is a snapshot of clients that a test makes up.
func storedOf(t *testing.T, set map[string]string, records ...care.Record) *Stored {
	t.Helper()
	p, err := Params(&config.Config{Rules: config.Rules{Pack: "national", Set: set}})
	if err != nil {
		t.Fatal(err)
	}
	in := care.Input{System: "Journalen", Provides: care.AllFacts, Names: care.NewNames(), AsOf: forecastDay, Records: records}
	for ref, u := range organizations {
		in.Records = append(in.Records, care.Record{Ref: ref, Facts: care.Facts{Unit: &u}})
	}
	for _, s := range []care.Ref{"Practitioner/s1", "Practitioner/s2"} {
		in.Records = append(in.Records, care.Record{Ref: s, Facts: care.Facts{Staff: &care.StaffFact{
			Qualifications: []care.Qualification{{Kind: care.AssistantNurse}},
		}}})
	}
	s := care.Assemble(in)
	return &Stored{Snapshot: s, Params: p, Units: NewUnits(s.Roster.Units, nil), Read: time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)}
}

func dayOf(t *testing.T, s string) care.Date {
	t.Helper()
	d, err := care.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var forecastDay = care.NewDate(2026, 11, 21)

// homeClient is a client with home care in a unit, a contact, and a plan that was
// made on a day; change alters the facts.
func homeClient(ref care.Ref, unit care.Ref, planned care.Date, change ...func(f *care.Facts)) []care.Record {
	id := strings.TrimPrefix(string(ref), "Patient/")
	f := care.Facts{
		Placements:  []care.Placement{{Ref: care.Ref("EpisodeOfCare/" + id), Setting: care.HomeCare, Unit: unit, Period: care.Period{Start: care.NewDate(2026, 1, 1)}}},
		Services:    []care.Service{{Ref: care.Ref("ServiceRequest/" + id), Code: care.PersonalCare, Setting: care.HomeCare, Decided: care.NewDate(2026, 1, 1), Period: care.Period{Start: care.NewDate(2026, 1, 1)}, FirstCarried: care.NewDate(2026, 1, 2)}},
		Assignments: []care.Assignment{{Team: care.Ref("CareTeam/" + id), Member: "Practitioner/s1", Period: care.Period{Start: care.NewDate(2026, 1, 1)}}},
		Plans:       []care.Plan{{Ref: care.Ref("CarePlan/" + id), Kind: care.Implementation, Active: true, Created: planned}},
	}
	who := care.PersonFact{Born: care.NewDate(1940, 1, 1), Unit: unit}
	for _, c := range change {
		c(&f)
	}
	if f.Person != nil {
		who, f.Person = *f.Person, nil
	}
	return []care.Record{
		{Ref: ref, Client: ref, Facts: care.Facts{Person: &who}},
		{Ref: care.Ref("Bundle/" + id), Client: ref, Facts: f},
	}
}

func protectedPerson(f *care.Facts) {
	f.Person = &care.PersonFact{Born: care.NewDate(1940, 1, 1), Protected: true}
}

func TestWhatFallsDueOnWhichDay(t *testing.T) {
	for _, row := range []struct {
		name    string
		planned string // when the plan was made; its review is due six months later
		change  func(*care.Facts)
		want    string // day rule owner, of all lines; "-" nothing
		overdue int
		open    int
	}{
		{"a review that is due on the first day", "2026-05-21", nil, "2026-11-21 plan.review contact", 0, 0},
		{"a review that is due on the last day", "2026-06-21", nil, "2026-12-21 plan.review contact", 0, 0},
		{"a review that is due on the day after the last", "2026-06-22", nil, "-", 0, 0},
		{"a review that was due yesterday stands already", "2026-05-20", nil, "-", 1, 0},
		{"a review of somebody who leaves home care before", "2026-06-10", func(f *care.Facts) { f.Placements[0].End = care.NewDate(2026, 12, 9) }, "-", 0, 0},
		{"a review of somebody who leaves on that very day", "2026-06-10", func(f *care.Facts) { f.Placements[0].End = care.NewDate(2026, 12, 10) }, "2026-12-10 plan.review contact", 0, 0},
		{
			"a contact who leaves leaves a vacancy, and the coordinator acts", "2026-06-21", func(f *care.Facts) { f.Assignments[0].End = care.NewDate(2026, 11, 30) },
			"2026-12-01 contact.vacant coordinator; 2026-12-21 plan.review coordinator", 0, 0,
		},
		{"a vacancy that is there stands already", "2026-08-01", func(f *care.Facts) { f.Assignments[0].End = care.NewDate(2026, 11, 20) }, "-", 0, 1},
		{"a client whose care begins in the coming days", "2026-08-01", func(f *care.Facts) {
			f.Placements[0].Start, f.Assignments, f.Plans = care.NewDate(2026, 12, 1), nil, nil
			f.Services[0].Start = care.NewDate(2026, 12, 1)
		}, "2026-12-15 plan.missing coordinator; 2026-12-15 contact.missing unit-manager", 0, 0},
		{"a planned follow-up", "2026-11-01", func(f *care.Facts) { f.Plans[0].FollowUps = []care.Date{care.NewDate(2026, 12, 24)} }, "-", 0, 0},
		{"a planned follow-up within the days", "2026-11-01", func(f *care.Facts) { f.Plans[0].FollowUps = []care.Date{care.NewDate(2026, 12, 4)} }, "2026-12-04 plan.review contact", 0, 0},
		{"an assignment that was planned to take over fills the gap", "2026-08-01", func(f *care.Facts) {
			f.Assignments[0].End = care.NewDate(2026, 11, 30)
			f.Assignments = append(f.Assignments, care.Assignment{Team: "CareTeam/next", Member: "Practitioner/s2", Period: care.Period{Start: care.NewDate(2026, 12, 1)}})
		}, "-", 0, 0},
		{"a dead client", "2026-06-10", func(f *care.Facts) {
			f.Person = &care.PersonFact{Deceased: true, DeceasedOn: care.NewDate(2026, 11, 1)}
		}, "-", 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			change := row.change
			if change == nil {
				change = func(*care.Facts) {}
			}
			f, err := MakeForecast(storedOf(t, nil, homeClient("Patient/p1", "Organization/norra", dayOf(t, row.planned), change)...), forecastDay, 30)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range f.Lines {
				if l.Count != 1 || l.Unit != "Organization/norra" || l.Name != "Norra" || l.Opens != (l.Rule == "contact.vacant") {
					t.Errorf("line %+v", l)
				}
				got = append(got, l.Date.String()+" "+l.Rule+" "+string(l.Owner))
			}
			if s := strings.Join(got, "; "); s != row.want && (row.want != "-" || s != "") {
				t.Errorf("got %s\nwant %s", s, row.want)
			}
			if f.Overdue != row.overdue || f.Open != row.open || len(f.Days) != 31 {
				t.Errorf("%d overdue, %d open on the first of %d days", f.Overdue, f.Open, len(f.Days))
			}
		})
	}
}

func TestProtectedClientsAreForecastInTheWholeOnly(t *testing.T) {
	records := append(homeClient("Patient/p1", "Organization/norra", care.NewDate(2026, 6, 1)),
		homeClient("Patient/p2", "Organization/sodra", care.NewDate(2026, 6, 1), protectedPerson)...)
	f, err := MakeForecast(storedOf(t, nil, records...), forecastDay, 30)
	if err != nil {
		t.Fatal(err)
	}
	if d := f.Days[10]; d.Date.String() != "2026-12-01" || d.Count != 2 || d.Rules["plan.review"] != 2 {
		t.Errorf("the whole is %+v", d)
	}
	if len(f.Lines) != 1 || f.Lines[0].Unit != "Organization/norra" || f.Lines[0].Staff != "Practitioner/s1" {
		t.Errorf("lines %+v", f.Lines)
	}
	if len(f.Units) != 1 || f.Clients != 2 {
		t.Errorf("units %+v, %d clients", f.Units, f.Clients)
	}
}

func TestUnknownClientsAndRulesAboutVisitsAreNotForecast(t *testing.T) {
	records := homeClient("Patient/p1", "Organization/norra", care.NewDate(2026, 6, 1), func(f *care.Facts) {
		f.Services = append(f.Services, care.Service{Ref: "ServiceRequest/day", Code: care.DayActivity, Period: care.Period{Start: care.NewDate(2026, 1, 1)}})
	})
	s := storedOf(t, map[string]string{"visit.weekly.enabled": "true", "continuity.staff-count.enabled": "true"}, records...)
	f, err := MakeForecast(s, forecastDay, 30)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f.LeftOut, []string{"visit.weekly", "continuity.staff-count"}) || len(f.Lines) != 1 {
		t.Errorf("left out %v, lines %+v", f.LeftOut, f.Lines)
	}
	s.Clients[0].Gaps = []care.Gap{{Source: "journal", Reason: "cannot be read"}}
	if f, err = MakeForecast(s, forecastDay, 30); err != nil || f.Unknown != 1 || len(f.Lines) != 0 || f.Clients != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

// What is stored is judged as the night judged it; and the forecast's first day is
// how the night found things.
func TestTheStoredSnapshotIsJudgedAsTheNightJudgedIt(t *testing.T) {
	b := newBed(t)
	if _, err := LoadSnapshot(b.ctx(), b.job.Config, b.job.Job.Store, b.job.Today(), b.now()); !errors.Is(err, ErrNothingRead) {
		t.Fatalf("before the first night: %v", err)
	}
	p, err := b.job.Preview(b.ctx(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	s, err := LoadSnapshot(b.ctx(), b.job.Config, b.job.Job.Store, b.job.Today(), b.now())
	if err != nil {
		t.Fatal(err)
	}
	again := JudgeAll(s.Snapshot, s.Params, s.Units, b.job.Today())
	if len(again) != len(p.Judged) {
		t.Fatalf("%d clients, the night had %d", len(again), len(p.Judged))
	}
	overdue, open := 0, 0
	for i := range again {
		if !reflect.DeepEqual(again[i].Judgement, p.Judged[i].Judgement) {
			t.Errorf("%s: %+v, the night said %+v", again[i].Client.Ref, again[i].Judgement, p.Judged[i].Judgement)
		}
		for _, f := range again[i].Findings {
			switch {
			case f.State == rules.Overdue:
				overdue++
			case f.State == rules.Open:
				open++
			}
		}
	}
	f, err := MakeForecast(s, b.job.Today(), 30)
	if err != nil {
		t.Fatal(err)
	}
	if f.Overdue != overdue || f.Open != open || f.Read.IsZero() {
		t.Errorf("%d overdue and %d open, the night found %d and %d", f.Overdue, f.Open, overdue, open)
	}
}

// icsProps reads a calendar back: unfolded properties, after everything that
// RFC 5545 demands of lines has been checked.
func icsProps(t *testing.T, body []byte) (props [][2]string) {
	t.Helper()
	text := string(body)
	if !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.Count(text, "\r") != strings.Count(text, "\r\n") || !utf8.ValidString(text) {
		t.Fatalf("line ends or encoding: %q", text)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || line == "" || !utf8.ValidString(line) {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	depth := []string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			t.Fatalf("no property: %q", line)
		}
		switch name {
		case "BEGIN":
			depth = append(depth, value)
		case "END":
			if len(depth) == 0 || depth[len(depth)-1] != value {
				t.Fatalf("END:%s inside of %v", value, depth)
			}
			depth = depth[:len(depth)-1]
		}
		props = append(props, [2]string{name, value})
	}
	if len(depth) > 0 || props[0] != [2]string{"BEGIN", "VCALENDAR"} {
		t.Fatalf("not one calendar: %v %v", depth, props[0])
	}
	return props
}

// events gives the events of a calendar, each a map of its properties, and checks
// that each has what it must have, once.
func events(t *testing.T, body []byte) (all []map[string]string) {
	t.Helper()
	var e map[string]string
	seen := map[string]bool{}
	for _, p := range icsProps(t, body) {
		switch {
		case p == [2]string{"BEGIN", "VEVENT"}:
			e = map[string]string{}
		case p == [2]string{"END", "VEVENT"}:
			for _, must := range []string{"UID", "DTSTAMP", "DTSTART;VALUE=DATE", "DTEND;VALUE=DATE", "SUMMARY"} {
				if e[must] == "" {
					t.Errorf("an event without %s: %v", must, e)
				}
			}
			if seen[e["UID"]] {
				t.Errorf("UID %s twice", e["UID"])
			}
			seen[e["UID"]] = true
			all, e = append(all, e), nil
		case e != nil:
			if _, twice := e[p[0]]; twice {
				t.Errorf("%s twice in one event", p[0])
			}
			e[p[0]] = p[1]
		}
	}
	return all
}

func TestCalendarsAreWellFormedStableAndNameNobody(t *testing.T) {
	records := append(homeClient("Patient/p1", "Organization/norra", care.NewDate(2026, 6, 1)), homeClient("Patient/p2", "Organization/norra", care.NewDate(2026, 6, 1))...)
	records = append(records, homeClient("Patient/p3", "Organization/sodra", care.NewDate(2026, 11, 1))...)
	records = append(records, homeClient("Patient/p4", "Organization/norra", care.NewDate(2026, 6, 1), protectedPerson)...)
	f, err := MakeForecast(storedOf(t, nil, records...), forecastDay, 30)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 7, 30, 0, 0, time.UTC)
	files := map[string][]byte{}
	for _, c := range f.Calendars("exempelkommun", "sv", now) {
		files[c.File] = c.Body
	}
	if len(files) != 2 {
		t.Fatalf("%d calendars", len(files))
	}
	norra := events(t, files["norra.ics"])
	if len(norra) != 1 || norra[0]["DTSTART;VALUE=DATE"] != "20261201" || norra[0]["DTEND;VALUE=DATE"] != "20261202" ||
		norra[0]["DTSTAMP"] != "20261121T073000Z" || norra[0]["SUMMARY"] != "brygga: 2 att göra senast i dag" ||
		!strings.HasPrefix(norra[0]["DESCRIPTION"], "2  ") || !strings.Contains(norra[0]["DESCRIPTION"], "(plan.review)") {
		t.Errorf("events of Norra: %v", norra)
	}
	sodra := events(t, files["sodra.ics"])
	if len(sodra) != 1 || sodra[0]["SUMMARY"] != "brygga: inget förfaller till och med 2026-12-21" {
		t.Errorf("events of Södra: %v", sodra)
	}
	for name, body := range files {
		for _, never := range []string{"Patient", "Practitioner", "/p1", "s1"} {
			if strings.Contains(string(body), never) {
				t.Errorf("%s holds %s", name, never)
			}
		}
	}
	// The next night's forecast has the same UID for the same day and unit.
	later, err := MakeForecast(storedOf(t, nil, records...), forecastDay+1, 30)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range later.Calendars("exempelkommun", "sv", now.AddDate(0, 0, 1)) {
		if c.File == "norra.ics" && events(t, c.Body)[0]["UID"] != norra[0]["UID"] {
			t.Error("the UID of a day changed overnight")
		}
	}
	for _, c := range f.Calendars("annan", "sv", now) {
		if c.File == "norra.ics" && events(t, c.Body)[0]["UID"] == norra[0]["UID"] {
			t.Error("two municipalities have one UID")
		}
	}
}

func TestCalendarsSurviveStrangeUnits(t *testing.T) {
	f := &Forecast{AsOf: forecastDay, To: forecastDay + 3}
	for _, u := range []ForecastUnit{
		{"Organization/a", strings.Repeat("Åsa-ängen, norra; södra \\ östra\r\n", 12)},
		{"Organization/A", "A\x00\x7f"},
		{"", "no unit"},
		{"identifier:../../etc/passwd", "\xff"},
		{"Organization/" + care.Ref(strings.Repeat("x", 300)), "lång"},
	} {
		f.Units = append(f.Units, u)
		f.Lines = append(f.Lines, ForecastLine{Date: forecastDay, Unit: u.Ref, Name: u.Name, Rule: "no.such-rule", Count: 1})
	}
	files := map[string]bool{}
	for _, c := range f.Calendars("t", "en", time.Unix(0, 0)) {
		if files[strings.ToLower(c.File)] || strings.ContainsAny(c.File, "/\\\x00") || strings.HasPrefix(c.File, ".") || len(c.File) > 80 {
			t.Errorf("file name %q", c.File)
		}
		files[strings.ToLower(c.File)] = true
		if got := events(t, c.Body); len(got) != 1 || got[0]["SUMMARY"] != "brygga: 1 due today" {
			t.Errorf("%q: %v", c.Name, got)
		}
	}
	if len(files) != 5 {
		t.Errorf("files %v", files)
	}
}

func FuzzCalendar(f *testing.F) {
	for _, s := range []string{"Norra", "Å;,\\\n", strings.Repeat("å", 80), "\xff\xfe", ""} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, ref, name string) {
		c := &Forecast{AsOf: forecastDay, To: forecastDay, Units: []ForecastUnit{{care.Ref(ref), name}}}
		for _, cal := range c.Calendars("t", "sv", time.Unix(1, 0)) {
			if len(events(t, cal.Body)) != 1 {
				t.Error("not one event")
			}
		}
	})
}

// The forecast of a day is what a night on that day, with the same facts, finds to
// be due on it: whole municipality, every rule that has a deadline of its own.
func TestAForecastIsWhatTheNightsWouldFind(t *testing.T) {
	s := municipality(t, 300)
	f, err := MakeForecast(s, forecastDay, 45)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, day := range f.Days {
		want := map[string]int{}
		for _, j := range JudgeAll(s.Snapshot, s.Params, s.Units, day.Date) {
			for _, f := range j.Findings {
				if f.Due == day.Date {
					want[f.Rule]++
				}
			}
		}
		for _, code := range []string{"plan.review", "plan.missing", "contact.missing", "contact.offer-unanswered", "sip.review", "journal.deviation-open", "journal.monthly"} {
			if day.Rules[code] != want[code] {
				t.Errorf("%s: %d %s forecast, the night would find %d", day.Date, day.Rules[code], code, want[code])
			}
			total += want[code]
		}
	}
	if total < 20 {
		t.Errorf("only %d findings fall due: too few to tell", total)
	}
	protected := 0
	for _, l := range f.Lines {
		protected -= l.Count
	}
	for _, d := range f.Days {
		protected += d.Count
	}
	if protected < 0 {
		t.Errorf("the lines count %d more than the days", -protected)
	}
}
