package vendor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"brygga/care"
)

// with gives the small mapping with one text put in the place of another.
func with(t testing.TB, old, now string) string {
	t.Helper()
	if strings.Count(small, old) == 0 {
		t.Fatalf("%q is not in the mapping", old)
	}
	return strings.Replace(small, old, now, 1)
}

func TestWhatIsWrongWithAMappingIsToldWithPlaceAndMeaning(t *testing.T) {
	for _, c := range []struct {
		name, old, now string
		want           []string
	}{
		{"a misspelt field in an expression", "start: Start", "start: Strat", []string{"m.yaml:26:12: facts.visit.start: there is no field Strat in the shape; Start is meant?"}},
		{"field names are case sensitive", "start: Start", "start: start", []string{"m.yaml:26:12: ", "no field start in the shape; Start is meant?"}},
		{"the column is that of the field in the expression", "services: code(service, Inner.Name)", "services: 'code(service, Innr.Name)'", []string{"m.yaml:27:30: ", "no field Innr", "Inner is meant?"}},
		{"a misspelt field of an object", "Inner.Name", "Inner.Nmae", []string{"m.yaml:27:", "there is no field Nmae in that object; Name is meant?"}},
		{"a text where a date is expected", "start: Start", "start: Status", []string{"m.yaml:26:12: ", "this is a text; expected is a point in time"}},
		{"a number where a text is expected", "Inner.Name)", "Start)", []string{"code takes the name of a table of codes, and a text or whole number; this is a date as it is written"}},
		{"a condition that is none", `Status == "Done"`, "Status", []string{"m.yaml:8:12: visit.where: this is a text; expected is yes or no"}},
		{"things of two types compared", `Status == "Done"`, "Id == Status", []string{"== compares or joins things of one type; these are a whole number and a text"}},
		{"a person number compared with a text", `Status == "Done"`, `Client == "195009072553"`, []string{"person number"}},
		{"a person number joined to a text", "name: Name", "name: 'Name'\n    part_of: ref(visit, Name + Name)", nil},
		{"a person number handed on as a text", "start: Start", "start: 'instant(trim(Client))'", []string{"m.yaml:26:", "person number"}},
		{"a person number compared with another", `Status == "Done"`, "Client == Client", []string{"a person number is given to person(...)"}},
		{"a function that does not exist", "person(Client)", "persn(Client)", []string{"there is no function persn; person is meant?"}},
		{"the clock is out of reach", "start: Start", "start: now()", []string{"there is no function now"}},
		{"so is the environment", "start: Start", "start: $env", []string{"m.yaml:26:"}},
		{"too few arguments", "person(Client)", "person()", []string{"person takes a person number: a field of type person or string"}},
		{"too many arguments", "person(Client)", "person(Client, Client)", []string{"person takes a person number"}},
		{"a table that does not exist", "code(service,", "code(servce,", []string{"there is no table servce under codes; service is meant?"}},
		{"a table that gives another word than the field has", "städ: cleaning", "städ: clean", []string{`the table service gives "clean" (m.yaml:21)`}},
		{"a list that does not exist", "person(Client)", "of(vist, Id)", []string{"there is no list vist under records; visit is meant?"}},
		{"a setting that does not exist", `Status == "Done"`, `settings.mod == "a"`, []string{"there is no setting mod; mode is meant?"}},
		{"a fact that does not exist", "\n  unit:\n    from", "\n  units:\n    from", []string{"m.yaml:28:3: there is no fact units; unit is meant?"}},
		{"a field that the fact does not have", "name: Name", "nam: Name", []string{"the key nam is not known here; name is meant?"}},
		{"a key that is not known", "path: /units", "pth: /units", []string{"the key pth is not known here; path is meant?"}},
		{"a fact without what it needs", "    client: person(Client)\n", "", []string{"visit.client is missing: whom it concerns"}},
		{"a list of dates where one is expected", "start: Start", "start: map(Tags, date(#))", []string{"m.yaml:26:12: "}},
		{"a type that does not exist", "Id: int, Name", "Id: integer, Name", []string{`Id: "integer" is no type`}},
		{"a key that is no field", "path: /units\n    key: Id", "path: /units\n    key: ID", []string{"key: there is no field ID in the shape; Id is meant?"}},
		{"no place to read from", "    path: /units\n", "", []string{"where the list is is missing"}},
		{"an expression that breaks off", "services: code(service, Inner.Name)", "services: map(Tags, #)", []string{"a # after a space begins a comment"}},
		{"an expression that is none", "start: Start", "start: 'Start +'", []string{"m.yaml:26:", "this is no expression"}},
		{"a range that would fill the memory", "start: Start", "start: '1..1000000000'", []string{".. is not used in mappings"}},
		{"a code out of the blue", "services: code(service, Inner.Name)", `services: '"sweeping"'`, []string{`"sweeping" is not one of personal-care`}},
		{"a quoted expression has its column after the quote", "start: Start", "start: 'Strat'", []string{"m.yaml:26:13: "}},
		{"an expression of several lines has its line", "start: Start", "start: |\n      instant(\n        Strat)", []string{"m.yaml:28:"}},
		{"a field that has the name of a function", "Client: person", "Client: person\n      person: string", []string{"facts.visit.client: person is a field here, and so no function; give the field another name, with column: person"}},
		{"a reference by more fields than the key has", "client: person(Client)", "client: of(unit, Id, Status)", []string{"m.yaml:25:13: ", "the key of unit is Id: of takes that many fields, and these are 2"}},
		{"a key of no field", "path: /units\n    key: Id", "path: /units\n    key: []", []string{"m.yaml:18:10: key is missing"}},
		{"one column read twice", "Status: string", "Status: string\n      Code: {type: string, column: Status}", []string{"m.yaml:12:13: Code: Status is already read, by the field Status"}},
		{"one column of an object read twice", "Inner: {Name: string,", "Inner: {Name: string, Code: {type: string, column: Name},", []string{"Code: Name is already read, by the field Name"}},
		{"rows of CSV", "path: /units", "files: {glob: u.csv, format: csv, rows: a}", []string{"rows is for json and xml"}},
		{"a pattern without a date", "path: /units", `files: {glob: u.csv, format: csv, complete: pattern}`, []string{"complete: pattern needs {date} in glob"}},
		{"a file of another folder", "path: /units", `files: {glob: x/u.csv, format: csv}`, []string{"glob is a pattern of names in the system's folder"}},
		{"a delimiter that is the quote", "path: /units", `files: {glob: u.csv, format: csv, delimiter: "'", quote: "'"}`, []string{"delimiter is the quote too"}},
		{"a delimiter that no line has", "path: /units", `files: {glob: u.csv, format: csv, delimiter: "\n"}`, []string{"delimiter is one sign"}},
		{"several things at once", "start: Start", "start: Strat\n    end: Edn", []string{"Strat", "Edn"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("m.yaml", with(t, c.old, c.now))
			if err == nil {
				if c.want == nil {
					return
				}
				t.Fatal("nothing was wrong")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in\n%v", w, err)
				}
			}
			for _, goWord := range []string{"vendor.", "struct {", "reflect", "interface {", "[]any", "*reading", "_reading", "float64"} {
				if strings.Contains(err.Error(), goWord) {
					t.Errorf("speaks of Go (%s):\n%v", goWord, err)
				}
			}
		})
	}
}

func TestAMappingThatExtendsAnother(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	path := file("ours.yaml", `
mapping: ours
extends: lifecare
codes:
  service: {snöskottning: other, städ: null}
records:
  visit: {paging: {size: 200}}
  note: null
facts:
  note: null
  client: {number: "lower(Deregistration.Reason)"}
`)
	m, err := Load("ours", path)
	if err != nil {
		t.Fatal(err)
	}
	base, err := Load("lifecare", "")
	if err != nil {
		t.Fatal(err)
	}
	printed := m.YAML()
	for what, want := range map[string]bool{
		"snöskottning: other": true, "städ: cleaning": false, "städning: cleaning": true, "/api/v1/documentations": false,
		"number: lower(Deregistration.Reason)": true, "extends": false, "mapping: ours": true,
	} {
		if strings.Contains(printed, what) != want {
			t.Errorf("%q in what is printed: %v, want %v", what, !want, want)
		}
	}
	i := slices.IndexFunc(m.Lists(nil), func(l List) bool { return l.Name == "visit" })
	if p := m.Lists(nil)[i].REST.Paging; p.Size != 200 || p.Overlap != 20 || p.Kind != "offset" {
		t.Errorf("paging is %+v, want the size of ours and the rest of lifecare's", p)
	}
	if m.Hash() == base.Hash() {
		t.Error("the hash is that of what is extended")
	}
	again, err := Parse("printed.yaml", printed)
	if err != nil {
		t.Fatalf("what is printed cannot be loaded: %v", err)
	}
	if again.Hash() != m.Hash() {
		t.Error("what is printed is another mapping")
	}
	if _, err := Load("", file("a.yaml", "mapping: a\nextends: ./b.yaml\n")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a file that is not there: %v", err)
	}
	file("b.yaml", "mapping: b\nextends: ./a.yaml\n")
	if _, err := Load("", filepath.Join(dir, "a.yaml")); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("a circle: %v", err)
	}
	if _, err := Load("", file("c.yaml", "mapping: c\nextends: lifcare\n")); err == nil || !strings.Contains(err.Error(), "lifecare is meant?") {
		t.Errorf("a misspelt name: %v", err)
	}
	_, err = Load("", file("d.yaml", "mapping: d\nextends: lifecare\nfacts: {visit: {start: StrtTime}}\n"))
	if err == nil || !strings.Contains(err.Error(), "d.yaml:3:24: facts.visit.start: there is no field StrtTime in the shape; StartTime is meant?") {
		t.Errorf("the problem stands in the file that has it: %v", err)
	}
}

func TestHashChangesWithTheMeaningOnly(t *testing.T) {
	hash := func(text string) string {
		m, err := Parse("m.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		return m.Hash()
	}
	same := hash(small)
	if hash("# a comment\n"+small+"examples: elsewhere/\n") != same {
		t.Error("a comment or examples changed it")
	}
	if hash(strings.Replace(small, "{Id: int, Name: string}", "{Name: string, Id: int}", 1)) != same {
		t.Error("the order of keys changed it")
	}
	if hash(with(t, "städ: cleaning", "städ: laundry")) == same || hash(with(t, `"Done"`, `"Finished"`)) == same {
		t.Error("another meaning did not change it")
	}
}

func TestWhatAMappingProvidesFollowsFromItsSettings(t *testing.T) {
	m, err := Load("lifecare", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		settings map[string]string
		kind     care.FactKind
		want     bool
	}{
		{"assignments are not provided before it is declared what contact personnel is", nil, care.KindAssignment, false},
		{"nor where it is the older kontaktperson", map[string]string{"contact_personnel_is": "kontaktperson"}, care.KindAssignment, false},
		{"they are where it is the fast omsorgskontakt", map[string]string{"contact_personnel_is": "fast-omsorgskontakt"}, care.KindAssignment, true},
		{"notes are off without a query", nil, care.KindNote, false},
		{"notes are on with one", map[string]string{"notes_query": "x"}, care.KindNote, true},
		{"employments are off", nil, care.KindEmployment, false},
		{"employments are on where roles are declared to be them", map[string]string{"roles_are_employment": "yes"}, care.KindEmployment, true},
		{"visits are always there", nil, care.KindVisit, true},
		{"consents never are", nil, care.KindConsent, false},
		{"handovers are brygga's own", nil, care.KindHandover, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := m.Provides(c.settings).Has(care.SetOf(c.kind)); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
	if !m.UnlistedProtected(nil) {
		t.Error("a person who is not in Lifecare's list of clients is protected")
	}
	for _, l := range m.Lists(map[string]string{"notes_query": "CreatedTime>'{from}'"}) {
		if l.Name == "note" && (l.REST.Params["q"] != "CreatedTime>'{from}'" || l.Through != "execution") {
			t.Errorf("notes are asked with %+v through %q", l.REST.Params, l.Through)
		}
	}
	hr, err := Load("hr-list", "")
	if err != nil {
		t.Fatal(err)
	}
	if hr.QualificationsComplete(nil) || !hr.QualificationsComplete(map[string]string{"complete": "yes"}) {
		t.Error("the list of certificates is complete where that is declared, and only there")
	}
}

func TestSettingsAreChecked(t *testing.T) {
	m, err := Load("lifecare", "")
	if err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[[2]string]string{
		{"contact_personel_is", "x"}:                    "contact_personnel_is is meant?",
		{"contact_personnel_is", "x"}:                   "is one of fast-omsorgskontakt, kontaktperson",
		{"dates", "stockholm"}:                          "is one of local, utc",
		{"contact_personnel_is", "fast-omsorgskontakt"}: "",
		{"contact_personnel_is", ""}:                    "",
	} {
		err := m.CheckSettings(map[string]string{settings[0]: settings[1]})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", settings, err, want)
		}
	}
}

func TestKindsOfLifecare(t *testing.T) {
	m := mapper(t, "lifecare", map[string]string{"contact_personnel_is": "fast-omsorgskontakt", "notes_query": "x"})
	kinds := m.Kinds()
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
		switch k.Name {
		case "visit":
			if !k.Bulky || k.WindowDays != 35 {
				t.Errorf("visits: %+v", k)
			}
		case "note":
			if !k.Bulky || k.WindowDays != 70 {
				t.Errorf("notes: %+v", k)
			}
		case "contact":
			if !k.FirstSeen || !k.LastSeen || !k.ByChange || !k.Unversioned || k.Bulky {
				t.Errorf("contacts: %+v", k)
			}
		case "client":
			if k.Unversioned || !k.ByChange {
				t.Errorf("clients: %+v", k)
			}
		case "plan":
			if k.ByChange {
				t.Errorf("plans: %+v", k)
			}
		}
	}
	if want := []string{"unit", "staff", "client"}; !slices.Equal(names[:3], want) {
		t.Errorf("asked first: %q", names)
	}
	if !slices.Contains(names[len(names)-2:], "visit") || !slices.Contains(names[len(names)-2:], "note") {
		t.Errorf("asked last: %q", names)
	}
}
