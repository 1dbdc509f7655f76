package vendor

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"brygga/care"
)

// every list of the fuzzed mapping is read from the same bytes.
const fuzzMapping = `
mapping: fuzz
records:
  visit:
    path: /visits
    rows: data.Items
    paging: {kind: cursor, next: data.next}
    key: Id
    deleted: Deleted
    where: Status in ["Done", ""]
    updated: Changed
    shape:
      Id: int
      Client: person
      Staff: [{Hsa: string, Number: person}]
      Start: datetime
      End: datetime
      Status: string
      Services: [{Status: string, Type: {Code: string, Text: string}}]
      Changed: datetime
      Share: float
      Deleted: bool
  thing:
    path: /things
    key: [A, B]
    where: Share > 0.5 || Flag || len(Dates) > 1
    shape: {A: string, B: date, Share: float, Flag: bool, Dates: [date], Client: person, Inner: {Deep: {Text: string, N: int}}}
codes:
  service: {städ: cleaning, tvätt: laundry, "*": other}
  decision: {ja: accepted, nej: declined}
facts:
  visit:
    from: visit
    client: person(Client)
    staff: map(Staff, person(.Number))
    start: Start
    end: End
    services: map(filter(Services, .Status != "x"), code(service, .Type.Text))
    based_on: ref(thing, Id, Status)
  contact-decision:
    from: thing
    client: person(Client)
    decision: code(decision, Inner.Deep.Text)
    date: earliest(Dates)
`

// What go-json and the short cuts make of a page must be what encoding/json and
// the machine make of it, whatever the page.
func FuzzPageIsReadAsEncodingJSONWould(f *testing.F) {
	for _, s := range []string{
		`[]`, `null`, `{}`, `[null]`, `[{}]`, `[[]]`, `{"data":{"Items":[{"Id":1}],"next":"abc"}}`, `{"data":{"Items":null}}`,
		`[{"Id":1,"Client":"195009072553","Start":"2026-11-01T08:00:00","End":"2026-11-01T09:00:00Z","Status":"Done","Services":[{"Status":"a","Type":{"Text":"Städ"}},{"Status":"x"}],"Staff":[{"Number":"196101182803"}]}]`,
		`[{"Id":"1"}]`, `[{"Id":1.0}]`, `[{"Id":1e3}]`, `[{"Id":99999999999999999999}]`, `[{"Id":1},{"Id":1}]`, `[{"Id":1,"Id":2}]`, `[{"id":3}]`,
		`[{"A":"a","B":"2026-02-30"}]`, `[{"A":"a","B":"2026-02-28","Share":0.75,"Client":"19500907-2553","Inner":{"Deep":{"Text":"NEJ"}},"Dates":["2026-01-01","0001-01-01"]}]`,
		`[{"Id":1,"Deleted":true}]`, `[{"Id":1,"Deleted":"true"}]`, `[{"Id":1,"Staff":null}]`, `[{"Id":1,"Staff":{}}]`, `[{"Id":1,"x":"\ud800"}]`,
		"[{\"Id\":1,\"Status\":\"\x01\"}]", "[{\"Id\":1,\"y\":\"\xff\"}]", `[{"Id":1,}]`, `[{"Id":01}]`, `[{"Id":1}] x`, `[{"Id":-0}]`, `<html>`, ``, ` `, `"x"`, `1`,
		`[{"Id":1,"Services":[{"Type":null}]}]`, `[{"\u0049d":5}]`, `[{"Id":1,"skipped":[1,2,{"a":tru}]}]`, `[{"Id":1,"skipped":.5}]`, `[{"Id":1,"skipped":"\x"}]`, "\fnull", "[1]\v",
	} {
		f.Add([]byte(s))
	}
	fast, plain := fuzzed(f, false), fuzzed(f, true)
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<16 {
			return
		}
		for i, k := range fast.Kinds() {
			a, aerr := outcomeOf(fast, i, body)
			b, berr := outcomeOf(plain, i, body)
			if (aerr == nil) != (berr == nil) {
				t.Fatalf("%s: %v, and encoding/json: %v", k.Name, aerr, berr)
			}
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("%s:\n%+v, and encoding/json:\n%+v", k.Name, a, b)
			}
			if aerr == nil && !json.Valid(body) {
				t.Fatalf("%s: what is no JSON was read", k.Name)
			}
			if aerr != nil && len(body) > 12 && strings.Contains(aerr.Error(), string(body)) {
				t.Fatal("the error holds the page")
			}
		}
	})
}

func fuzzed(t testing.TB, plain bool) *Mapper {
	m, err := Parse("fuzz.yaml", fuzzMapping)
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(m, Options{System: "s", Hasher: testHasher, Names: care.NewNames(), Plain: plain})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// outcomeOf is everything that a page gives, in its order.
func outcomeOf(m *Mapper, kind int, body []byte) (out []string, err error) {
	g := &got{}
	page, err := m.Page(m.Kinds()[kind], g, slices.Clone(body))
	if err != nil {
		return nil, err
	}
	if err := page.Take(); err != nil {
		return nil, err
	}
	if len(page.Keys) != g.calls() {
		return nil, fmt.Errorf("%d rows gave %d calls", len(page.Keys), g.calls())
	}
	out = append(out, page.Next, fmt.Sprint(page.Keys))
	for _, r := range g.records {
		b, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		out = append(out, string(b))
	}
	for _, u := range g.unreadable {
		out = append(out, fmt.Sprintf("%+v", u))
	}
	for _, v := range g.visits {
		for i := range v.Visits { // numbers of names depend on what was read before
			for j, s := range v.Visits[i].Staff {
				out = append(out, string(m.names.Ref(s)))
				v.Visits[i].Staff[j] = 0
			}
			out = append(out, string(m.names.Ref(v.Visits[i].BasedOn)))
			v.Visits[i].BasedOn = 0
		}
		out = append(out, fmt.Sprintf("%+v", v))
	}
	return out, nil
}

// Whatever a file holds, loading it ends, in a mapping or in problems with places.
func FuzzParse(f *testing.F) {
	f.Add(fuzzMapping)
	f.Add(small)
	for _, s := range []string{
		"", "mapping", "mapping: x", "a: [", "{", "x: !!binary a", "x: &a [*a]", "? x", "mapping: x\nrecords: {a: {path: /, key: Id, shape: {Id: int}}}",
		"extends: lifecare\nmapping: x", "extends: ../../etc/passwd\nmapping: x", "mapping: x\nfacts: {client: [{from: a, person: 'let x = 1; x'}]}",
		"mapping: x\nfacts: {client: {from: a, person: '1..100000000'}}", "mapping: x\nrecords: {a: {path: /x, key: F, where: 'F matches \"(\"', shape: {F: string}}}\nfacts: {unit: {from: a}}",
		"mapping: x\nrecords: {a: {path: /x, key: F, where: 'F in [F, 1]', shape: {F: [string]}}}\nfacts: {unit: {from: a, name: 'F[0]'}}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "extends") && strings.ContainsAny(text, `/\`) {
			return // other files are no matter of this
		}
		m, err := Parse("m.yaml", text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if _, err := New(m, Options{System: "s", Hasher: testHasher, Names: care.NewNames()}); err != nil {
			t.Errorf("loaded, and cannot be used: %v", err)
		}
		if _, err := Parse("again.yaml", m.YAML()); err != nil {
			t.Errorf("what is printed cannot be loaded: %v\n%s", err, m.YAML())
		}
	})
}

func FuzzStamp(f *testing.F) {
	for _, s := range []string{"2026-11-01", "20261101", "2026-11-01T08:00:00.123Z", "2026-02-30", "2026-11-01 08:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59+14:00", "2026-11-01T08:00:00+01:00:00", "2026-11-01T", "----------"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := parseStamp(s)
		if !ok {
			return
		}
		if y, mon, d := m.date.Calendar(); y < 1 || mon < 1 || d < 1 {
			t.Error("a date that is none")
		}
		m.calendar(true)
		m.calendar(false)
		m.instant(true)
	})
}
