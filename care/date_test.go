package care

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAddMonthsIsClampedToTheLastDay(t *testing.T) {
	for _, r := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-08-31", 6, "2027-02-28"},
		{"2027-08-31", 6, "2028-02-29"},
		{"2026-01-31", 1, "2026-02-28"},
		{"2026-03-31", 1, "2026-04-30"},
		{"2026-02-28", 6, "2026-08-28"},
		{"2028-02-29", 12, "2029-02-28"},
		{"2026-12-15", 1, "2027-01-15"},
		{"2026-03-31", -1, "2026-02-28"},
	} {
		if got := day(r.from).AddMonths(r.n); got != day(r.want) {
			t.Errorf("%s and %d months is %s, want %s", r.from, r.n, got, r.want)
		}
	}
	if Date(0).AddMonths(3) != 0 || Date(0).AddDays(3) != 0 {
		t.Error("no date and some time is no date")
	}
	if got := (Span{Months: 1, Days: 2}).After(day("2026-01-31")); got != day("2026-03-02") {
		t.Errorf("months first, then days: %s", got)
	}
}

func TestDatesAreStockholms(t *testing.T) {
	for instant, want := range map[string]string{
		"2026-06-30T23:30:00Z": "2026-07-01", "2026-09-30T22:30:00Z": "2026-10-01",
		"2026-12-31T22:59:00Z": "2026-12-31", "2026-12-31T23:00:00Z": "2027-01-01",
	} {
		at, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(at); got != day(want) {
			t.Errorf("%s is on %s", instant, got)
		}
	}
	if DateOf(time.Time{}).Known() || day("2026-03-29").Noon().Hour() != 12 {
		t.Error("no time has no date; noon is noon")
	}
}

func TestWeeksMonthsAndAges(t *testing.T) {
	if got := day("2026-11-21").WeekStart(); got != day("2026-11-16") {
		t.Errorf("week %s", got)
	}
	if got := day("2026-11-22").WeekStart(); got != day("2026-11-16") {
		t.Errorf("a Sunday ends its week: %s", got)
	}
	if got := day("2026-11-16").WeekStart(); got != day("2026-11-16") {
		t.Errorf("a Monday begins its week: %s", got)
	}
	if got := day("2026-11-21").MonthStart(); got != day("2026-11-01") {
		t.Errorf("month %s", got)
	}
	for _, r := range []struct {
		born, on string
		want     int
	}{
		{"1961-11-21", "2026-11-21", 65},
		{"1961-11-22", "2026-11-21", 64},
		{"1960-02-29", "2026-02-28", 66},
		{"1960-02-29", "2026-02-27", 65},
	} {
		if got := day(r.born).Years(day(r.on)); got != r.want {
			t.Errorf("born %s is %d on %s", r.born, got, r.on)
		}
	}
}

func TestDatesAreReadAndWrittenInOneFormOnly(t *testing.T) {
	for _, bad := range []string{"2026-02-30", "2026-2-3", "2026", "20260203", "2026-02-03T00:00:00Z", "x", " 2026-02-03"} {
		if _, err := ParseDate(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	var d Date
	if err := json.Unmarshal([]byte(`"2026-02-03"`), &d); err != nil || d != day("2026-02-03") {
		t.Errorf("%s %v", d, err)
	}
	if err := json.Unmarshal([]byte(`""`), &d); err != nil || d != 0 {
		t.Errorf("%s %v", d, err)
	}
	if err := json.Unmarshal([]byte(`"2026-02-30"`), &d); err == nil {
		t.Error("an impossible date was read")
	}
	b, err := json.Marshal(Period{Start: day("2026-02-03")})
	if err != nil || string(b) != `{"start":"2026-02-03"}` {
		t.Errorf("%s %v", b, err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		d := Date(rapid.Int32Range(1, 3_000_000).Draw(rt, "day"))
		if back, err := ParseDate(d.String()); err != nil || back != d {
			rt.Fatalf("%d is %s is %d", d, d, back)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-21", "0001-01-01", "9999-12-31", "2026-02-30", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil && d.String() != s {
			t.Errorf("%q is read as %s", s, d)
		}
	})
}

func TestPeriods(t *testing.T) {
	p := Period{day("2026-01-10"), day("2026-01-20")}
	for on, want := range map[string]bool{"2026-01-09": false, "2026-01-10": true, "2026-01-20": true, "2026-01-21": false} {
		if p.Holds(day(on)) != want {
			t.Errorf("%s: %v", on, !want)
		}
	}
	if !(Period{}).Holds(today) || !(Period{}).Covers(1, today) || (Period{End: today}).Covers(today, today+1) {
		t.Error("missing ends are open")
	}
	if !p.Overlaps(Period{day("2026-01-20"), 0}) || p.Overlaps(Period{day("2026-01-21"), 0}) || !p.Overlaps(Period{0, day("2026-01-10")}) {
		t.Error("periods that share a day overlap")
	}
	if got := p.And(Period{day("2026-01-15"), 0}); got != (Period{day("2026-01-15"), day("2026-01-20")}) {
		t.Errorf("%v", got)
	}
	if got := (Period{}).And(p); got != p {
		t.Errorf("%v", got)
	}
}

func TestStateOn(t *testing.T) {
	due := day("2026-11-21")
	for on, want := range map[string]State{
		"2026-11-13": "", "2026-11-14": DueSoon, "2026-11-21": DueSoon, "2026-11-22": Overdue,
	} {
		if got := StateOn(due, 7, day(on)); got != want {
			t.Errorf("%s: %q", on, got)
		}
	}
	if StateOn(0, 7, today) != "" {
		t.Error("nothing is overdue from nothing")
	}
}

func TestKindsAndServicesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range FactKinds() {
		if k.String() == "" || seen[k.String()] || !AllFacts.Has(SetOf(k)) {
			t.Errorf("kind %d is %q", k, k)
		}
		seen[k.String()] = true
	}
	if got := SetOf(KindPlan, KindClient).Kinds(); len(got) != 2 || got[0] != KindClient {
		t.Errorf("%v", got)
	}
	for _, n := range ServiceNames {
		if _, ok := ServiceByName(n); !ok {
			t.Errorf("%s", n)
		}
	}
	if c, ok := ServiceByName("gardening"); ok || c != UnknownService {
		t.Error("an unknown code is UnknownService")
	}
	if c, _ := ServiceByName("care-home"); c != CareHomeService {
		t.Errorf("%d", c)
	}
}

func TestNames(t *testing.T) {
	n := NewNames("a", "b")
	if n.ID("") != 0 || n.ID("b") != 2 || n.ID("c") != 3 || n.Ref(3) != "c" || n.Ref(0) != "" || n.Ref(9) != "" {
		t.Error("numbers")
	}
	if n.Number("d") != 0 || n.Number("a") != 1 || len(n.All()) != 3 {
		t.Error("Number makes none")
	}
}
