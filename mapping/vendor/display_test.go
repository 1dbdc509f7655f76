package vendor

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"brygga/care"
	"brygga/mapping"
)

const (
	one   = "195009072553" // of Skatteverket's test numbers
	two   = "196101182803"
	three = "189002029800"
)

// namesIn asks the one list that tells names for the names of those with these numbers;
// what is given last counts.
func namesIn(t testing.TB, m *Mapper, body string, numbers ...string) map[string]string {
	t.Helper()
	kinds := m.NameKinds()
	if len(kinds) != 1 {
		t.Fatalf("%d lists tell names", len(kinds))
	}
	x := m.newReading(m.lists[0])
	refs := map[care.Ref]string{}
	for _, n := range numbers {
		refs[care.Ref(kinds[0].Type+"/"+x.keyOf(n))] = n
	}
	out := map[string]string{}
	wanted := func(r care.Ref) bool { return refs[r] != "" }
	p, err := m.Names(kinds[0], []byte(body), wanted, func(r care.Ref, name string) {
		if refs[r] == "" {
			t.Error("somebody is told of whom nobody asked")
		}
		out[refs[r]] = name
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Take(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNamesOfLifecare(t *testing.T) {
	m := mapper(t, "lifecare", nil)
	for _, c := range []struct {
		name, body string
		want       map[string]string
	}{
		{"somebody who is wanted", `[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg"}]`, map[string]string{one: "Anna Berg"}},
		{"nobody else of the page", `[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg"}, {"PersonId": "` + three + `", "FirstName": "Per", "LastName": "Ek"}]`, map[string]string{one: "Anna Berg"}},
		{"one whose identity is protected by now", `[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg", "ProtectedRegistration": true}]`, map[string]string{one: ""}},
		{"one who is confidential by now", `[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg", "IsConfidential": true}]`, map[string]string{one: ""}},
		{"one who was deleted", `[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg", "Deleted": true}]`, map[string]string{one: ""}},
		{"one whose protection cannot be read", `[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg", "ProtectedRegistration": "perhaps"}]`, map[string]string{one: ""}},
		{"one with a last name only", `[{"PersonId": "` + one + `", "LastName": " Berg\n"}]`, map[string]string{one: "Berg"}},
		{"one without a name", `[{"PersonId": "` + one + `"}]`, map[string]string{one: ""}},
		{"a name that is none", `[{"PersonId": "` + one + `", "FirstName": 12, "LastName": {}}]`, map[string]string{one: ""}},
		{"a name that moves the cursor", `[{"PersonId": "` + one + `", "FirstName": "An\u001b[2Jna", "LastName": "Berg"}]`, map[string]string{one: "An [2Jna Berg"}},
		{"a name with a number in it", `[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg 19500907-2553"}]`, map[string]string{one: "Anna Berg"}},
		{"a name without end", `[{"PersonId": "` + one + `", "FirstName": "` + strings.Repeat("å", 500) + `"}]`, map[string]string{one: strings.Repeat("å", longestName)}},
		{"two, one of them twice", `[{"PersonId": "` + one + `", "FirstName": "A"}, {"PersonId": "` + two + `", "FirstName": "B"}, {"PersonId": "` + one + `", "FirstName": "C"}]`, map[string]string{one: "C", two: "B"}},
		{"a page of nobody", `[]`, map[string]string{}},
	} {
		if got := namesIn(t, m, c.body, one, two); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, broken := range []string{`[{`, `12`, `"text"`} {
		if _, err := m.Names(m.NameKinds()[0], []byte(broken), func(care.Ref) bool { return true }, nil); err == nil {
			t.Errorf("%s is a page", broken)
		}
	}
	if _, err := m.Names(kindOfList(t, m, "unit"), []byte(`[]`), nil, nil); err == nil {
		t.Error("a list of units tells names")
	}
}

func TestNamesOfAnExport(t *testing.T) {
	m := mapper(t, "procapita-example", nil)
	body := `[{"Personnr": "` + one + `", "Namn": "Berg, Anna", "Skyddad identitet": "nej"}, {"Personnr": "` + two + `", "Namn": "Ek, Per", "Skyddad identitet": "ja"}]`
	if got := namesIn(t, m, body, one, two); !reflect.DeepEqual(got, map[string]string{one: "Berg, Anna", two: ""}) {
		t.Errorf("%q", got)
	}
}

// What is read every night has no place for a name: not in the row, not among the
// columns that are asked of files, and not in what a reader is told of a record.
func TestNamesAreNotDecodedOnOrdinaryPages(t *testing.T) {
	for _, name := range Builtin() {
		m, err := Load(name, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range m.lists {
			if n := typedNames(d.fields); n > 0 {
				t.Errorf("%s: %d names are in the row of %s", name, n, d.Name)
			}
			for _, c := range m.Lists(nil) {
				for _, column := range c.Columns {
					if column.Name == "Namn" || column.Name == "FirstName" || column.Name == "LastName" {
						t.Errorf("%s: %s asks for the column %s every night", name, c.Name, column.Name)
					}
				}
			}
		}
	}
	m := mapper(t, "lifecare", nil)
	// Were names decoded, these could not be.
	g := read(t, m, "client", `[{"PersonId": "`+one+`", "FirstName": {"a": 1}, "LastName": [2]}]`)
	if len(g.records) != 1 || len(g.unreadable) != 0 {
		t.Errorf("%+v", g)
	}
	if s := fmt.Sprintf("%+v", read(t, m, "client", `[{"PersonId": "`+one+`", "FirstName": "Anna", "LastName": "Berg"}]`).records[0].Person); strings.Contains(s, "Anna") {
		t.Error("a fact holds a name")
	}
	e, err := Explain(m.mapping, nil, "client", []byte(`[{"PersonId": "`+one+`", "FirstName": "Anna", "LastName": "Berg"}]`))
	if s := fmt.Sprintf("%+v", e); err != nil || strings.Contains(s, "Anna") || strings.Contains(s, "Berg") {
		t.Errorf("an explanation holds a name: %v", err)
	}
}

func typedNames(fields []*field) (n int) {
	for _, f := range fields {
		if holdsNames(f) {
			n++
		}
	}
	return n
}

func kindOfList(t *testing.T, m *Mapper, list string) mapping.Kind {
	t.Helper()
	for _, one := range m.Kinds() {
		if one.Name == list {
			return one
		}
	}
	t.Fatalf("there is no list %s", list)
	return mapping.Kind{}
}

const tellingNames = `mapping: m
records:
  client:
    path: /clients
    key: Id
    shape: {Id: person, %s}
facts:
  client: {from: client, person: person(Id), %s}
`

func TestWhatDisplayNamesMayBe(t *testing.T) {
	for _, c := range []struct{ name, shape, fact, says string }{
		{"a field of type name", "N: name", "display_name: N", ""},
		{"names in an object", "N: {First: name, Last: name}", "display_name: 'N.First + \" \" + N.Last'", ""},
		{"several given names", "N: [name]", "display_name: 'len(N) > 0 ? N[0] : \"\"'", ""},
		{"names, and what says which of them is used", "N: name, M: name, Married: bool", "display_name: 'Married ? M : N'", ""},
		{"a field that is read every night", "N: string", "display_name: N", "8:60: facts.client.display_name: N is of type string, and would be decoded every night: give it the type name"},
		{"no field", "N: name", "display_name: '\"Anna\"'", "it reads no field of type name"},
		{"a person number", "N: name", "display_name: Id", "a person number is given to"},
		{"a name that there is not", "N: name", "display_name: M", "there is no field M in the shape"},
		{"a yes or no", "N: name", "display_name: 'N == \"\"'", "expected is a text"},
		{"a name as a number of staff's", "N: name", "number: N, display_name: N", "N is a person's name: only display_name of a client reads names"},
		{"a name as a condition", "N: name", "where: 'N == \"Anna\"', display_name: N", "only display_name of a client reads names"},
		{"a name in an object, elsewhere", "N: {First: name, Age: int}", "number: N.First", "there is no field"},
	} {
		_, err := Parse("m.yaml", fmt.Sprintf(tellingNames, c.shape, c.fact))
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Parse("m.yaml", strings.Replace(fmt.Sprintf(tellingNames, "N: name", "display_name: N"), "key: Id", "key: N", 1)); err == nil {
		t.Error("a name is a key")
	}
	if _, err := Parse("m.yaml", strings.Replace(fmt.Sprintf(tellingNames, "N: name", "display_name: N"), "client: {from", "unit: {from", 1)); err == nil {
		t.Error("a unit has a name of that kind")
	}
}

func TestNamesInObjectsAndEnvelopes(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(tellingNames, "N: {First: name, Last: name, Since: date}", "born: N.Since, display_name: 'N.First + \" \" + N.Last'"), "key: Id", "rows: Items\n    key: Id", 1)
	m := mapper(t, text, nil)
	body := `{"Items": [{"Id": "` + one + `", "N": {"First": "Anna", "Last": "Berg", "Since": "1950-09-07"}}]}`
	if got := namesIn(t, m, body, one); got[one] != "Anna Berg" {
		t.Errorf("%q", got)
	}
	if g := read(t, m, "client", body); len(g.records) != 1 || !g.records[0].Person.Born.Known() {
		t.Errorf("what else is in the object is not read: %+v", g)
	}
	if lists := m.mapping.NameLists(nil); len(lists) != 1 || len(lists[0].Columns) != 2 {
		t.Errorf("%+v", lists)
	}
	if m := mapper(t, strings.Replace(fmt.Sprintf(tellingNames, "N: name", "unlisted: protected"), "", "", 1), nil); len(m.NameKinds()) != 0 || len(m.mapping.NameLists(nil)) != 0 {
		t.Error("a mapping without display_name tells names")
	}
}

// Whatever a record system answers: nobody but the wanted is told, and a name is one
// line.
func FuzzNames(f *testing.F) {
	f.Add(`[{"PersonId": "` + one + `", "FirstName": "Anna", "LastName": "Berg"}]`)
	f.Add(`{"PersonId": "` + one + `", "FirstName": "\u0000"}`)
	f.Add(`[{"PersonId": null, "FirstName": ["x"]}, {"PersonId": "` + two + `", "FirstName": "B"}]`)
	f.Add(`null`)
	m := mapper(f, "lifecare", nil)
	kind := m.NameKinds()[0]
	ref := care.Ref("client/" + m.newReading(m.lists[0]).keyOf(one))
	f.Fuzz(func(t *testing.T, body string) {
		p, err := m.Names(kind, []byte(body), func(r care.Ref) bool { return r == ref }, func(r care.Ref, name string) {
			if r != ref || strings.ContainsAny(name, "\n\r\x1b\x00") || len([]rune(name)) > longestName || strings.TrimSpace(name) != name {
				t.Errorf("%q is told", name)
			}
		})
		if err == nil {
			err = p.Take()
		}
		if err != nil && strings.Contains(err.Error(), "Anna") {
			t.Errorf("an error holds a name: %v", err)
		}
	})
}
