package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"brygga/jobs"
	"brygga/sandbox/people"
)

// allNames are the names of everybody in the town, as its server writes them, and
// who of them has a protected identity.
func allNames(m *people.Municipality) (names map[string]string, protected map[string]bool) {
	names, protected = map[string]string{}, map[string]bool{}
	for r := range m.Resources {
		var p struct {
			ID   string `json:"id"`
			Meta struct {
				Security []any `json:"security"`
			} `json:"meta"`
			Name []struct {
				Given  []string `json:"given"`
				Family string   `json:"family"`
			} `json:"name"`
		}
		if r.Type != "Patient" || json.Unmarshal(r.JSON, &p) != nil || len(p.Name) == 0 {
			continue
		}
		names["Patient/"+p.ID] = strings.Join(p.Name[0].Given, " ") + " " + p.Name[0].Family
		protected["Patient/"+p.ID] = len(p.Meta.Security) > 0
	}
	return names, protected
}

// shielded is somebody for whom there is something to be done, and whose identity
// is protected: shield makes it so.
const shielded = "Patient/t-p-000041"

func (s *served) shield(t *testing.T) *served {
	t.Helper()
	raw, found := s.Get(shielded)
	var p map[string]any
	if err := json.Unmarshal(raw, &p); err != nil || !found {
		t.Fatalf("%s: %v", shielded, err)
	}
	p["meta"] = map[string]any{"security": []any{map[string]any{
		"system": "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel", "code": "sekretessmarkering",
	}}}
	raw, err := json.Marshal(p)
	if err == nil {
		_, err = s.Put(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *served) listed(t *testing.T, args ...string) listed {
	t.Helper()
	exit, out, errs := s.do(t, append([]string{"report", "worklist", "-o", "json"}, args...)...)
	if exit != 0 {
		t.Fatalf("%v: exit %d: %s", args, exit, errs)
	}
	var v listed
	at := strings.Index(out, "{")
	if err := json.Unmarshal([]byte(out[at:strings.Index(out, "\n")]), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func readCSV(t *testing.T, file string) [][]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(string(b), "\uFEFF")
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || !marked || !strings.Contains(text, "\r\n") {
		t.Fatalf("%s is not as a Swedish Excel opens it: %v", file, err)
	}
	return rows
}

func TestWorklistReadsWell(t *testing.T) {
	s := town(t, "").shield(t).read(t)
	exit, text, errs := s.do(t, "report", "worklist")
	if exit != 0 || errs != "" {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	golden(t, filepath.Join(s.tests, "testdata/outlook/worklist.txt"), text)
	exit, out, errs := s.do(t, "report", "worklist", "--csv", "lista.csv", "--html", "lista.html")
	if exit != 0 || out != "Written: lista.csv\nWritten: lista.html\n" {
		t.Fatalf("exit %d: %s%s", exit, out, errs)
	}
	v := s.listed(t)
	rows := readCSV(t, "lista.csv")
	if len(rows) != 1+v.Count()+len(v.Protected) || strings.Join(rows[0], "|") != "Enhet|Person|Vad|Läge|Senast|Ansvarig|Beskrivning" {
		t.Errorf("%d rows for %d things, headed %q", len(rows), v.Count(), rows[0])
	}
	page, err := os.ReadFile("lista.html")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join(s.tests, "testdata/outlook/worklist.html"), string(page))
	if n := bytes.Count(page, []byte("<section>")); n != len(v.Units)+1 || !bytes.Contains(page, []byte("section + section { break-before: page")) {
		t.Errorf("%d sections for %d units and the protected", n, len(v.Units))
	}
	for _, file := range []string{"lista.csv", "lista.html"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v, %v", file, info.Mode(), err)
		}
	}
	names, protected := allNames(townsfolk())
	protected[shielded] = true
	for _, text := range []string{text, string(page)} {
		for _, name := range names {
			if strings.Contains(text, name) {
				t.Error("a name is shown that nobody asked for")
			}
		}
	}
	if len(v.Protected) == 0 {
		t.Fatal("nobody protected has anything to be done: the test shows nothing")
	}
	for _, p := range v.Protected {
		if !protected[string(p.Client)] || p.Count == 0 || p.Owner != "unit-manager" {
			t.Errorf("%+v stands among the protected", p)
		}
	}
	for _, u := range v.Units {
		for _, i := range u.Items {
			if protected[string(i.Client)] {
				t.Errorf("a protected client stands under a unit")
			}
		}
	}
}

func TestWorklistOfOneUnit(t *testing.T) {
	s := town(t, "language: en\n").read(t)
	whole := s.listed(t)
	unit := whole.Units[1]
	v := s.listed(t, "--unit", strings.ToUpper(unit.Name))
	if len(v.Units) != 1 || v.Units[0].Name != unit.Name || len(v.Units[0].Items) != len(unit.Items) || len(v.Protected) != 0 {
		t.Errorf("asked for %s: %d units, %d protected", unit.Name, len(v.Units), len(v.Protected))
	}
	_, id, _ := strings.Cut(string(unit.Ref), "/")
	if v := s.listed(t, "--unit", id); v.Count() != len(unit.Items) {
		t.Errorf("by its id: %d of %d", v.Count(), len(unit.Items))
	}
	exit, out, _ := s.do(t, "report", "worklist", "--unit", id)
	if exit != 0 || !strings.Contains(out, "To be done 2026-11-21. Facts read") || !strings.Contains(out, "Description") {
		t.Errorf("in English: %s", out)
	}
}

func TestWhatWorklistsAreNotAsked(t *testing.T) {
	s := town(t, "")
	if exit, _, errs := s.do(t, "report", "worklist"); exit != 1 || !strings.Contains(errs, "nothing has been read yet") {
		t.Errorf("before the first pull: exit %d: %s", exit, errs)
	}
	s.read(t)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"a unit that there is not", []string{"--unit", "Nowhere"}, "no unit has that id, identifier or name; those with something to do are: "},
		{"by somebody, and no names", []string{"--by", "chef"}, "use it with --with-names"},
		{"names, and no key for the audit log", []string{"--with-names", "--by", "chef"}, "set keys.audit"},
		{"names, and nobody who reads them", []string{"--with-names"}, "say so with --by NAME"},
		{"somebody with a person number", []string{"--with-names", "--by", "chef 195009072553"}, "without long numbers"},
		{"somebody of two lines", []string{"--with-names", "--by", "chef\nadmin"}, "write a name"},
		{"a day that does not exist", []string{"--as-of", "2026-02-30"}, "must exist"},
	} {
		exit, out, errs := s.do(t, append([]string{"report", "worklist"}, c.args...)...)
		if exit != 2 || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%s: exit %d, %q", c.name, exit, errs)
		}
	}
}

// What comes from a record system becomes neither markup nor a formula, nor moves a
// terminal's cursor.
func TestStrangeTextsInWorklists(t *testing.T) {
	v := &listed{Tenant: "<b>", language: "sv", Names: &namesRead{By: "<i>"}, Worklist: &jobs.Worklist{Units: []jobs.WorklistUnit{{
		Name: "=A1<script>", Items: []jobs.WorkItem{{Client: "Patient/1", Number: "@SUM", Name: "+46<script>", Title: "-1", State: "open", Owner: "contact", Text: "\ttext"}},
	}}}}
	b, err := csvOf([]sheet{v.sheet()})
	if err != nil {
		t.Fatal(err)
	}
	for _, formula := range []string{"\n=", ";@", ";+", ";-1", ";\t"} {
		if strings.Contains(string(b), formula) {
			t.Errorf("a formula: %q in %q", formula, b)
		}
	}
	var page bytes.Buffer
	if err := v.page(&page); err != nil || strings.Contains(page.String(), "<script") || strings.Contains(page.String(), "<b>") || strings.Contains(page.String(), "<i>") {
		t.Errorf("markup: %v %s", err, page.String())
	}
	var text bytes.Buffer
	v.Units[0].Items[0].Name, v.Units[0].Name = "a\x1b[2Jb", "c\x1b[2Jd"
	(&app{Process: Process{Out: &text, LookupEnv: os.LookupEnv}}).worklistView(v)
	if strings.Contains(text.String(), "\x1b") {
		t.Errorf("an escape: %q", text.String())
	}
}

// A list with nothing on it says so, in every form.
func TestAWorklistWithNothingOnIt(t *testing.T) {
	v := &listed{Tenant: "exempelkommun", language: "sv", Worklist: &jobs.Worklist{}}
	var text, page bytes.Buffer
	(&app{Process: Process{Out: &text, LookupEnv: os.LookupEnv}}).worklistView(v)
	if err := v.page(&page); err != nil || !strings.Contains(text.String(), "Inget att göra.") || !strings.Contains(page.String(), "Inget att göra.") {
		t.Errorf("%v: %s %s", err, text.String(), page.String())
	}
	v.Units, v.Unknown = []jobs.WorklistUnit{{Name: "Norra", Unknown: 2}}, 2
	page.Reset()
	if err := v.page(&page); err != nil || !strings.Contains(page.String(), "2 personer kunde inte bedömas") || !strings.Contains(page.String(), "Inget är känt att göra.") {
		t.Errorf("who is unknown is not told: %v %s", err, page.String())
	}
	if rows := v.sheet().rows; len(rows) != 0 {
		t.Errorf("%q", rows)
	}
}
