package vendor

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/care"
)

func TestDatesAsSystemsWriteThem(t *testing.T) {
	for _, c := range []struct {
		name, text, local, utc string
	}{
		{"a bare date is itself", "2026-11-01", "2026-11-01", "2026-11-01"},
		{"a date without hyphens", "20261101", "2026-11-01", "2026-11-01"},
		{"midnight without a zone is that date", "2026-11-01T00:00:00", "2026-11-01", "2026-11-01"},
		{"midnight in UTC is that date", "2026-11-01T00:00:00Z", "2026-11-01", "2026-11-01"},
		{"midnight with fractions and an offset of none too", "2026-11-01T00:00:00.000+00:00", "2026-11-01", "2026-11-01"},
		{"23:00 in UTC is local midnight in winter", "2026-10-31T23:00:00Z", "2026-11-01", "2026-11-01"},
		{"22:00 in UTC is local midnight in summer", "2026-06-30T22:00:00Z", "2026-07-01", "2026-07-01"},
		{"22:00 in UTC is still the same day in winter", "2026-12-31T22:00:00Z", "2026-12-31", "2026-12-31"},
		{"local midnight with its offset", "2026-11-01T00:00:00+01:00", "2026-11-01", "2026-11-01"},
		{"an evening without a zone is Stockholm's, or UTC's", "2026-11-01T23:30:00", "2026-11-01", "2026-11-02"},
		{"an evening in UTC is the next day in Stockholm", "2026-11-01T23:30:00Z", "2026-11-02", "2026-11-02"},
		{"a space for a T", "2026-11-01 08:15", "2026-11-01", "2026-11-01"},
		{"the first day of year one is no date", "0001-01-01T00:00:00", "", ""},
		{"whatever its zone", "0001-01-01T00:00:00+01:00", "", ""},
		{"nothing is no date", "", "", ""},
		{"spaces are no date", "  ", "", ""},
		{"29 February of a leap year", "2028-02-29", "2028-02-29", "2028-02-29"},
		{"a day that does not exist", "2026-02-30", "wrong", "wrong"},
		{"29 February of a common year", "2026-02-29T00:00:00", "wrong", "wrong"},
		{"month 13", "2026-13-01", "wrong", "wrong"},
		{"hour 24", "2026-11-01T24:00:00", "wrong", "wrong"},
		{"a zone of nowhere", "2026-11-01T08:00:00+15:00", "wrong", "wrong"},
		{"something after it", "2026-11-01T08:00:00Zx", "wrong", "wrong"},
		{"a year alone", "2026", "wrong", "wrong"},
		{"a date the American way", "11/01/2026", "wrong", "wrong"},
		{"words", "i morgon kl", "wrong", "wrong"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for utc, want := range map[bool]string{false: c.local, true: c.utc} {
				x := &reading{Mapper: &Mapper{utc: utc}}
				d, err := x.date(c.text)
				got := d.String()
				if err != nil {
					got = "wrong"
				}
				if got != want {
					t.Errorf("utc %v: %q, want %q", utc, got, want)
				}
			}
		})
	}
}

// What Go reads as a time in RFC 3339 is the same instant here.
func TestInstantsAreThoseOfTheStandard(t *testing.T) {
	x := &reading{Mapper: &Mapper{}}
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(t, "zone")*60)
		at := time.Unix(rapid.Int64Range(-5e9, 2e10).Draw(t, "at"), int64(rapid.IntRange(0, 999).Draw(t, "ms"))*1e6).In(zone)
		got, err := x.instant(at.Format(time.RFC3339Nano))
		if err != nil || !got.Equal(at) {
			t.Errorf("%s: %v (%v)", at.Format(time.RFC3339Nano), got, err)
		}
		if d, err := x.date(at.Format("2006-01-02T15:04:05Z07:00")); err != nil || d != care.DateOf(at.Truncate(time.Second)) && at.UTC().Format("15:04:05") != "00:00:00" {
			t.Errorf("%s is %v", at, d)
		}
	})
}

func TestPersonNumbersBecomeKeyedHashes(t *testing.T) {
	m := mapper(t, small, nil)
	x := m.newReading(m.lists[0])
	for _, c := range []struct {
		name, text string
		kind       care.IdentifierKind
		as         string
		valid      bool
	}{
		{"twelve digits", "195009072553", care.Personnummer, "195009072553", true},
		{"a hyphen after the eighth", "19500907-2553", care.Personnummer, "195009072553", true},
		{"spaces around it", " 195009072553 ", care.Personnummer, "195009072553", true},
		{"a wrong check digit is somebody who is not valid", "195009072554", care.Personnummer, "195009072554", false},
		{"ten digits leave the century open", "5009072553", care.Personnummer, "5009072553", false},
		{"a day of 61 and more is that of a samordningsnummer", "181902838297", care.Samordningsnummer, "181902838297", false},
		{"letters are no number", "TF1234567890", care.Personnummer, "TF1234567890", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := x.identify(c.text)
			want := testHasher.Identifier(c.kind, c.as)
			if got.id.Hash != want.Hash || got.id.Kind != c.kind {
				t.Errorf("%+v", got)
			}
			if c.kind == care.Personnummer && got.id.Valid != c.valid {
				t.Errorf("valid is %v", got.id.Valid)
			}
			if again := x.identify(c.text); again != got {
				t.Error("another one the second time")
			}
		})
	}
	if x.identify("  ") != (who{}) || x.identify("").ref() != "" {
		t.Error("an empty number is somebody")
	}
}

func TestWhatIsSomebodysNumberWhateverTheMappingSays(t *testing.T) {
	for text, want := range map[string]bool{
		"195009072553": true, "19500907-2553": true, "19500907 2553": true, "19500907+2553": true,
		"5009072553": true, "500907-2553": true, "500907+2553": true, "0002292381": true,
		"195009072554": false, "5009072554": false, "5013072553": false, "2553": false, "": false, "K5009072553": false, "50-0907-2553": false, "165560360793": false,
	} {
		if isNumber(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestBornIsReadFromAValidNumberOnly(t *testing.T) {
	m := mapper(t, small, nil)
	x := m.newReading(m.lists[0])
	for number, want := range map[string]string{
		"195009072553": "1950-09-07", "20030202-2389": "2003-02-02", "195009072554": "", "": "", "x": "",
	} {
		if got := x.born(number).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestACodeIsKnownHoweverItIsWritten(t *testing.T) {
	m := mapper(t, "lifecare", nil)
	for i, text := range []string{"Städ", "städ", " STÄD\u00a0", "Sta\u0308d"} {
		g := read(t, m, "decision", fmt.Sprintf(`[{"Id":%d,"PersonId":"195009072553","Type":{"Text":%q}}]`, i+1, text))
		if len(g.records) != 1 || g.records[0].Services[0].Code != care.Cleaning {
			t.Errorf("%q: %+v", text, g.records)
		}
	}
}

func TestUnknownCodesAreCounted(t *testing.T) {
	m := mapper(t, "lifecare", nil)
	long := strings.Repeat("lång ", 40)
	read(t, m, "decision", `[
		{"Id":1,"PersonId":"195009072553","Type":{"Text":"Snöskottning"}},
		{"Id":2,"PersonId":"195009072553","Type":{"Text":"  STÄD "}},
		{"Id":3,"PersonId":"195009072553","Type":{"Text":"snöskottning"}},
		{"Id":4,"PersonId":"195009072553","Type":{"Text":"Snöskottning"}},
		{"Id":5,"PersonId":"195009072553","Type":{"Text":"för 19500907-2553"}},
		{"Id":6,"PersonId":"195009072553","Type":{"Text":"`+long+`"}}]`)
	for _, c := range m.Codes() {
		if c.Table != "service" {
			continue
		}
		if c.Rows != 6 || c.Unknown != 5 || !strings.HasPrefix(c.Place, "builtin/lifecare/mapping.yaml:") {
			t.Errorf("%+v", c)
		}
		if c.Commonest[0].Code != "Snöskottning" {
			t.Errorf("the commonest is %+v", c.Commonest[0])
		}
		for _, u := range c.Commonest {
			if strings.Contains(u.Code, "1950") || len([]rune(u.Code)) > 60 {
				t.Errorf("%q is shown", u.Code)
			}
		}
	}
	read(t, m, "execution", `[{"Id":1,"PersonId":"195009072553","Law":"SoL","ServiceCategory":{"Text":"x"}},{"Id":2,"Law":"LSS","ServiceCategory":{"Text":"y"}}]`)
	if c := m.Codes()[0]; c.Rows != 1 || c.Unknown != 1 || c.Commonest[0] != (UnknownCode{"x", 1}) {
		t.Errorf("rows that are none of those that are meant are not asked for: %+v", c)
	}
	for i := range 1000 {
		read(t, m, "decision", fmt.Sprintf(`[{"Id":1,"PersonId":"195009072553","Type":{"Text":"kod %c%c"}}]`, 'a'+i%26, 'a'+i/26%26))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.counts["decision"][1].words); n > maxUnknown {
		t.Errorf("%d unknown codes are remembered", n)
	}
}

func TestCodesCountsWhatAPageAskedEvenIfTwice(t *testing.T) {
	m := mapper(t, "lifecare", nil) // the service of a decision is looked up for code and setting
	read(t, m, "decision", `[{"Id":1,"PersonId":"195009072553","Type":{"Text":"Ny"}}]`)
	if c := m.Codes()[1]; c.Rows != 1 || c.Unknown != 1 || c.Commonest[0].Count != 1 {
		t.Errorf("%+v", c)
	}
}

// No person number leaves the package in any form but a keyed hash: not even
// where a mapping says that it is a text, or uses it as a key.
func TestNothingPersonalComesOut(t *testing.T) {
	m, err := Parse("m.yaml", `mapping: careless
records:
  client: {path: /c, key: Nr, shape: {Nr: string, Name: string, Title: string, Code: string, Day: string}}
  wrong: {path: /w, key: Nr, shape: {Nr: int, Client: string, Code: string, Day: string}}
codes: {t: {a: offered}}
facts:
  client: {from: client, person: person(Nr), number: Nr, unit: 'ref(wrong, Nr)'}
  contact-decision: {from: wrong, client: 'ref(client, Client)', decision: 'code(t, Code)', date: date(Day)}
`)
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(m, Options{System: "s", Hasher: testHasher, Names: care.NewNames()})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for list, body := range map[string]string{
		"client": `[{"Nr":"195009072553"},{"Nr":"19500907-2553","Name":"Svea"},{"Nr":"500907-2553"},{"Nr":"5009072553"},{"Nr":"500907+2553"},{"Nr":"19500907 2553"}]`,
		"wrong": `[{"Nr":195009072553,"Client":"195009072553","Code":"a","Day":"2026-01-01"},{"Nr":2,"Client":"195009072553","Code":"195009072553","Day":"2026-01-01"},
			{"Nr":3,"Client":"195009072553","Code":"a","Day":"195009072553"},
			{"Nr":5009072553,"Client":"500907-2553","Code":"a","Day":"2026-01-01"}]`,
	} {
		g := read(t, v, list, body)
		b, err := json.Marshal([]any{g.records, g.unreadable})
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
		explained, err := Explain(m, nil, list, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		b, err = json.Marshal(explained)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	fmt.Fprintf(&out, "%+v", v.Codes())
	for _, secret := range []string{"195009072553", "19500907", "5009072553", "500907"} {
		if i := strings.Index(out.String(), secret); i >= 0 {
			t.Errorf("...%s...", out.String()[max(0, i-200):min(out.Len(), i+30)])
		}
	}
}

func TestCodesOfOneList(t *testing.T) {
	m := mapper(t, "lifecare", nil)
	read(t, m, "decision", `[{"Id":1,"PersonId":"195009072553","Type":{"Text":"Snöskottning"}},{"Id":2,"PersonId":"195009072553","Type":{"Text":"Städ"}}]`)
	read(t, m, "visit", `[{"Id":1,"ClientPersonId":"195009072553","Status":"Completed","StartTime":"2026-11-20T08:00:00","Services":[{"Status":"Done","Name":"Fönsterputs"}]}]`)
	for list, want := range map[string][2]int{"decision": {2, 1}, "visit": {1, 1}, "execution": {0, 0}, "": {3, 2}} {
		for _, c := range m.CodesOf(list) {
			if got := [2]int{c.Rows, c.Unknown}; c.Table == "service" && (got != want || c.Word != "other") {
				t.Errorf("%q: %v, want %v; %s to paste", list, got, want, c.Word)
			}
			if c.Table == "category" && c.Word != "none" {
				t.Errorf("%s to paste into a table of settings", c.Word)
			}
		}
	}
}
