package vendor

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"brygga/care"
	"brygga/mapping"
)

// paged has a list in an envelope, one in an array, and one of CSV files.
const paged = `mapping: paged
records:
  enveloped:
    path: /e
    rows: Data.Items
    fallback: [{path: /v2/e, rows: items}]
    paging: {kind: link, next: Data.Next}
    key: Id
    shape: {Id: int, Name: string}
  plain:
    path: /p
    key: Id
    deleted: Gone
    shape: {Id: int, Person: person, Gone: bool, From: datetime, Text: string, Count: int, Nested: {Many: [int]}}
  csv:
    files: {glob: "*.csv", format: csv, decimal: ","}
    key: [Nr, Person]
    shape: {Nr: {type: int, column: "Löp nr"}, Person: person, Share: float, Yes: bool, When: date}
facts:
  unit: {from: enveloped, name: Name}
  client-absence: {from: plain, client: person(Person), start: From, end: "Count > 10 ? date(From) : nil"}
  relative: {from: csv, client: person(Person), decides: Yes && Share > 0.5, start: When}
`

func page(m *Mapper, list, body string) (mapping.Page, *got, error) {
	g := &got{}
	for _, k := range m.Kinds() {
		if k.Name == list {
			p, err := m.Page(k, g, []byte(body))
			if err != nil {
				return p, g, err
			}
			return p, g, p.Take()
		}
	}
	return mapping.Page{}, g, fmt.Errorf("no list %s", list)
}

// A key that two rows of one page have, and that say different things, is no key:
// the later row must not take the place of the other.
func TestTwoRowsOfAPageWithOneKey(t *testing.T) {
	for _, c := range []struct {
		name, mapping, body string
		records, unreadable int
	}{
		{"that differ are neither of them read", paged, `[{"Id":1,"Person":"195009072553"},{"Id":2,"Person":"195009072553"},{"Id":1,"Person":"195009072553","Count":3}]`, 1, 2},
		{"that differ in what no fact is made of, neither", paged, `[{"Id":1,"Person":"195009072553","Text":"a"},{"Id":1,"Person":"195009072553","Text":"b"}]`, 0, 2},
		{"that say the same are read", paged, `[{"Id":1,"Person":"195009072553"},{"Id":1,"Person":"195009072553"}]`, 2, 0},
		{"that say the same, but for what is not read, are too", paged, `[{"Id":1,"Person":"195009072553","X":1},{"Id":1,"Person":"195009072553","X":2}]`, 2, 0},
		{"and times of change are a newer and an older one", strings.Replace(paged, "deleted: Gone", "updated: From", 1),
			`[{"Id":1,"Person":"195009072553","From":"2026-01-01"},{"Id":1,"Person":"195009072553","From":"2026-01-02"}]`, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, g, err := page(mapper(t, c.mapping, nil), "plain", c.body)
			if err != nil || len(g.records) != c.records || len(g.unreadable) != c.unreadable {
				t.Fatalf("%d records, unreadable %+v, %v; want %d and %d", len(g.records), g.unreadable, err, c.records, c.unreadable)
			}
			for _, u := range g.unreadable {
				if u.Client == "" || !strings.HasPrefix(u.Path, "m.yaml:") || u.Reason != "another row has the same key and says something else" {
					t.Errorf("%+v", u)
				}
			}
		})
	}
}

// Of a file of changes the later row is what became of the earlier one.
func TestTwoRowsOfAFileOfChangesWithOneKey(t *testing.T) {
	const rows = `[{"Löp nr":"1","Person":"195009072553","Share":"0,1","Yes":"ja","When":""},{"Löp nr":"1","Person":"195009072553","Share":"0,9","Yes":"ja","When":""}]`
	for delivery, unreadable := range map[string]int{"whole": 2, "changes": 0} {
		_, g, err := page(mapper(t, strings.Replace(paged, `format: csv,`, `format: csv, delivery: `+delivery+`,`, 1), nil), "csv", rows)
		if err != nil || len(g.unreadable) != unreadable || len(g.records) != 2-unreadable {
			t.Errorf("%s: %d records, unreadable %+v, %v", delivery, len(g.records), g.unreadable, err)
		}
	}
}

func TestTheNameOfAUnitIsOneLine(t *testing.T) {
	_, g, err := page(mapper(t, paged, nil), "enveloped", `{"Data":{"Items":[{"Id":1,"Name":" Hemtjänst \n  Norra "}]}}`)
	if err != nil || len(g.records) != 1 || g.records[0].Unit.Name != "Hemtjänst Norra" {
		t.Errorf("%+v, %v", g.records, err)
	}
}

func TestWhatIsAPageAndWhatIsNone(t *testing.T) {
	m := mapper(t, paged, nil)
	for _, c := range []struct {
		name, list, body string
		rows             int
		wrong            string // part of the error
	}{
		{"an array of rows", "plain", `[{"Id":1,"Person":"195009072553"},{"Id":2,"Person":"195009072553"}]`, 2, ""},
		{"an empty array is no rows", "plain", `[]`, 0, ""},
		{"null is no rows", "plain", ` null `, 0, ""},
		{"one object is one row", "plain", `{"Id":1,"Person":"195009072553"}`, 1, ""},
		{"an object without a key is no row", "plain", `{"Message":"not authorized"}`, 0, "an object that is no row"},
		{"an envelope", "enveloped", `{"Data":{"Items":[{"Id":1}],"Next":"https://x/2"}}`, 1, ""},
		{"an envelope with no rows", "enveloped", `{"Data":{"Items":[]}}`, 0, ""},
		{"an envelope with null for rows", "enveloped", `{"Data":{"Items":null}}`, 0, ""},
		{"the envelope of the other address", "enveloped", `{"items":[{"Id":1},{"Id":2}]}`, 2, ""},
		{"an object that is no envelope", "enveloped", `{"Message":"not authorized"}`, 0, "an object without Data.Items"},
		{"rows that are no array", "enveloped", `{"Data":{"Items":{"Id":1}}}`, 0, "another shape than an array"},
		{"a text", "plain", `"OK"`, 0, "neither an array nor an object"},
		{"a number", "plain", `1`, 0, "neither an array nor an object"},
		{"nothing", "plain", ``, 0, "an empty answer"},
		{"HTML", "plain", `<html>195009072553</html>`, 0, "HTML or XML"},
		{"JSON that breaks off", "plain", `[{"Id":1},{"Id":2`, 0, "breaks off after 17 bytes"},
		{"JSON with something after it", "plain", `[{"Id":1}] x`, 0, "not JSON from byte 12 on"},
		{"broken JSON in a field that is not read", "plain", `[{"Id":1,"x":tru}]`, 0, "not JSON from byte 17 on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, g, err := page(m, c.list, c.body)
			switch {
			case c.wrong == "" && err != nil:
				t.Error(err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%v, want %q", err, c.wrong)
			case err != nil && strings.Contains(err.Error(), "1950"):
				t.Errorf("the error holds what was read: %v", err)
			}
			if len(p.Keys) != c.rows || g.calls() != c.rows {
				t.Errorf("%d keys and %d calls, want %d", len(p.Keys), g.calls(), c.rows)
			}
		})
	}
	p, _, err := page(m, "enveloped", `{"Data":{"Items":[{"Id":1}],"Next":"https://x/2"}}`)
	if err != nil || p.Next != "https://x/2" || p.Total != -1 {
		t.Errorf("the next page is %q (%v), total %d", p.Next, err, p.Total)
	}
	if p.Keys[0] != mapping.Key("enveloped/1") {
		t.Error("the key of a row is not that of its reference")
	}
}

func TestARowThatCannotBeReadIsOneByItself(t *testing.T) {
	m := mapper(t, paged, nil)
	for _, c := range []struct{ name, row, ref, path, reason string }{
		{"a text where a number is expected", `{"Id":7,"Person":"195009072553","Count":"many"}`, "plain/7", "m.yaml:14: Count", "another type"},
		{"a wrong type deep within", `{"Id":7,"Person":"195009072553","Nested":{"Many":["x"]}}`, "plain/7", "m.yaml:14: Nested.Many", "another type"},
		{"a date that does not exist", `{"Id":7,"Person":"195009072553","From":"2026-02-30T00:00:00"}`, "plain/7", "m.yaml:21: start", "is no date"},
		{"no client", `{"Id":7,"From":"2026-02-28T00:00:00"}`, "plain/7", "m.yaml:21: client-absence.client", "the client is missing"},
		{"no key", `{"Person":"195009072553"}`, "", "m.yaml:10: Id", "no key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, g, err := page(m, "plain", `[{"Id":1,"Person":"196101182803"},`+c.row+`]`)
			if err != nil || len(p.Keys) != 2 || len(g.records) != 1 || len(g.unreadable) != 1 {
				t.Fatalf("%v, %d keys, %+v", err, len(p.Keys), g)
			}
			u := g.unreadable[0]
			if c.ref != "" && u.Ref != care.Ref(c.ref) || c.ref == "" && !strings.HasPrefix(string(u.Ref), "plain/row-") {
				t.Errorf("the record is %q", u.Ref)
			}
			if !strings.HasPrefix(u.Path, c.path) || !strings.Contains(u.Reason, c.reason) {
				t.Errorf("%q: %q, want %q: %q", u.Path, u.Reason, c.path, c.reason)
			}
			if strings.Contains(c.row, "Person") && u.Client != care.LogicalRef(testHasher.Identifier(care.Personnummer, "195009072553")) {
				t.Errorf("whom it concerns is %q", u.Client)
			}
			if u.Facts != care.SetOf(care.KindClientAbsence) {
				t.Errorf("it may hold %v", u.Facts.Kinds())
			}
		})
	}
}

func TestARowWithoutKeyIsTheSameEveryNight(t *testing.T) {
	m := mapper(t, paged, nil)
	a := read(t, m, "plain", `[{"Person":"195009072553"},{"Person":"196101182803"}]`)
	b := read(t, m, "plain", `[{"Person":"196101182803"}]`)
	if a.unreadable[0].Ref == a.unreadable[1].Ref || a.unreadable[1].Ref != b.unreadable[0].Ref {
		t.Errorf("%q, %q, then %q", a.unreadable[0].Ref, a.unreadable[1].Ref, b.unreadable[0].Ref)
	}
}

func TestADeletedRowTakesBackWhatItSaid(t *testing.T) {
	g := read(t, mapper(t, paged, nil), "plain", `[{"Id":7,"Gone":true}]`)
	if r := g.records[0]; r.Ref != "plain/7" || r.HoldsFacts() {
		t.Errorf("%+v", r)
	}
	m := mapper(t, "lifecare", map[string]string{"notes_query": "x"})
	if v := read(t, m, "visit", `[{"Id":7,"Deleted":true}]`).visits[0]; v.Ref != "visit/7" || len(v.Visits) > 0 || v.KeyLo == 0 {
		t.Errorf("%+v", v)
	}
	if n := read(t, m, "note", `[{"Id":7,"Status":"Deleted"}]`).notes[0]; n.Ref != "note/7" || !n.Void || n.Note.Key != mapping.Key("note/7") {
		t.Errorf("%+v", n)
	}
}

func TestTextsOfFilesBecomeWhatTheShapeSays(t *testing.T) {
	m := mapper(t, paged, nil)
	for _, c := range []struct{ name, row, want string }{
		{"yes in Swedish, and a decimal comma", `{"Löp nr":" 12 ","Person":"19500907-2553","Share":"0,75","Yes":"Ja","When":"2026-11-01"}`, "true 2026-11-01"},
		{"no in Swedish", `{"Löp nr":"12","Person":"195009072553","Share":"0,75","Yes":"nej","When":"20261101"}`, "false 2026-11-01"},
		{"cells that are empty", `{"Löp nr":"12","Person":"195009072553","Share":"","Yes":"","When":""}`, "false "},
		{"a word that is neither yes nor no", `{"Löp nr":"12","Person":"195009072553","Yes":"kanske"}`, "m.yaml:18: Yes: is neither yes nor no"},
		{"a text where a whole number is expected", `{"Löp nr":"tolv","Person":"195009072553"}`, "m.yaml:18: Nr: is no whole number"},
		{"a text where a number is expected", `{"Löp nr":"12","Person":"195009072553","Share":"halv"}`, "m.yaml:18: Share: is no number"},
		{"a number that is none of a text", `{"Löp nr":12,"Person":"195009072553"}`, "m.yaml:18: Löp nr: has another type than the shape says"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, g, err := page(m, "csv", "["+c.row+"]")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, r := range g.records {
				got = fmt.Sprint(r.Relatives[0].Decides, " ", r.Relatives[0].Start)
				if !strings.HasPrefix(string(r.Ref), "csv/12|") || strings.Contains(string(r.Ref), "1950") {
					t.Errorf("the record is %q", r.Ref)
				}
			}
			for _, u := range g.unreadable {
				got = u.Path + ": " + u.Reason
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A mapper is one for all streams of a pull.
func TestAMapperIsSafeForSeveralGoroutines(t *testing.T) {
	m := mapper(t, "lifecare", nil)
	pages := visitPages(4000)
	var wg sync.WaitGroup
	g := &got{}
	for _, k := range m.Kinds() {
		if k.Name != "visit" {
			continue
		}
		for _, body := range pages {
			wg.Go(func() {
				p, err := m.Page(k, g, body)
				if err == nil {
					err = p.Take()
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if len(g.visits) != 4000 {
		t.Errorf("%d visits", len(g.visits))
	}
	for _, c := range m.Codes() {
		if c.Table == "service" && (c.Rows != 4000 || c.Unknown != 0) {
			t.Errorf("%+v", c)
		}
	}
}
