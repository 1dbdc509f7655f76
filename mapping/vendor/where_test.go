package vendor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// placed is a mapping of one list of visits, at the place that is given.
func placed(where, fields string) string {
	return "mapping: m\nversion: 1\nrecords:\n  visit:\n" + where + "    key: Id\n    shape: {Id: string, Client: person, Day: date" + fields + "}\n" +
		"facts:\n  visit:\n    from: visit\n    client: person(Client)\n"
}

func TestTheNumberOfTheFirstPage(t *testing.T) {
	for _, c := range []struct {
		name, paging string
		first        int
		wrong        string
	}{
		{"pages begin at 1 where nothing is said", "{kind: page}", 1, ""},
		{"pages may begin at 0", "{kind: page, first: 0}", 0, ""},
		{"pages may be said to begin at 1", "{kind: page, first: 1}", 1, ""},
		{"they begin nowhere else", "{kind: page, first: 2}", 0, "first is a whole number from 0 to 1"},
		{"offsets have no first page", "{kind: offset, first: 1}", 0, "first belongs to paging by page"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Parse("m.yaml", placed("    path: /v\n    paging: "+c.paging+"\n", ""))
			switch {
			case c.wrong != "":
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("%v, want %q", err, c.wrong)
				}
			case err != nil:
				t.Error(err)
			case m.Lists(nil)[0].REST.Paging.First != c.first:
				t.Errorf("the first page is %d, want %d", m.Lists(nil)[0].REST.Paging.First, c.first)
			}
		})
	}
}

func TestTheFirstDayBelongsToListsThatAreKeptForDays(t *testing.T) {
	visits := placed("    path: /v\n    params: {startDate: \"{from}\"}\n", "")
	m, err := Parse("m.yaml", visits)
	if err != nil || m.Lists(nil)[0].REST.Params["startDate"] != "{from}" {
		t.Errorf("of visits: %v", err)
	}
	absences := strings.Replace(visits, "facts:\n  visit:", "facts:\n  client-absence:", 1)
	if _, err := Parse("m.yaml", absences); err == nil || !strings.Contains(err.Error(), "m.yaml:4:3: params.startDate: {from} is the first day") {
		t.Errorf("of absences: %v", err)
	}
}

func TestRowsOfXMLAreFlat(t *testing.T) {
	where := "    files: {glob: \"v*.xml\", format: xml, rows: A/B}\n"
	for _, c := range []struct{ name, fields, wrong string }{
		{"a path of elements", ", X: {type: string, column: C/D}", ""},
		{"an attribute", ", X: {type: string, column: C/@d}", ""},
		{"an element that is repeated", ", X: [date]", ""},
		{"an object", ", X: {D: string}", "rows of xml hold texts and no objects; give each field its own column: a path of elements"},
		{"a list of objects", ", X: [{D: string}]", "hold texts and no objects"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("m.yaml", placed(where, c.fields))
			if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("%v, want %q", err, c.wrong)
			}
		})
	}
}

func TestAnElementThatIsRepeatedIsSeveralValues(t *testing.T) {
	m, err := Parse("m.yaml", "mapping: m\nversion: 1\nrecords:\n  plan:\n    files: {glob: \"p*.xml\", format: xml, rows: A/B}\n    key: \"Id\"\n"+
		"    shape: {Id: {type: string, column: \"@id\"}, Client: {type: person, column: K/Pnr}, Days: [date]}\n"+
		"facts:\n  plan: {from: plan, client: person(Client), kind: '\"sip\"', follow_ups: Days}\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, days, want string }{
		{"none", `""`, "[]"},
		{"one", `"2026-01-02"`, "[2026-01-02]"},
		{"several, as the reader of XML gives them", `"2026-01-02\n 2026-02-03 \n\n"`, "[2026-01-02 2026-02-03]"},
		{"several, as an example gives them", `["2026-01-02", "2026-02-03"]`, "[2026-01-02 2026-02-03]"},
		{"nothing at all", `null`, "[]"},
		{"one that is no date", `"2026-01-02\nsoon"`, "unreadable"},
		{"a number", `7`, "unreadable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Explain(m, nil, "plan", []byte(`{"@id": "P1", "K/Pnr": "195009072553", "Days": `+c.days+`}`))
			if err != nil {
				t.Fatal(err)
			}
			days := []string{}
			for _, f := range got[0].Facts {
				for _, s := range f.Fields {
					if s.Name == "follow_ups" {
						days = append(days, s.Values...)
					}
				}
			}
			text := fmt.Sprint(days)
			if got[0].Reason != "" {
				text = "unreadable"
			}
			if text != c.want {
				t.Errorf("%s (%s), want %s", text, got[0].Reason, c.want)
			}
		})
	}
}

func TestARecordOfAnEnvelopeIsExplainedAloneToo(t *testing.T) {
	m, err := Parse("m.yaml", placed("    path: /v\n    rows: data.items\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, record string
		records      int
		wrong        string
	}{
		{"one record", `{"Id": "1", "Client": "195009072553"}`, 1, ""},
		{"the whole answer", `{"data": {"items": [{"Id": "1", "Client": "195009072553"}, {"Id": "2"}]}}`, 2, ""},
		{"an array of records", `[{"Id": "1"}]`, 1, ""},
		{"an answer without its rows", `{"data": {"rows": []}}`, 0, "an object without data.items, which holds the rows"},
		{"another object", `{"error": "no"}`, 0, "an object without data.items"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Explain(m, nil, "visit", []byte(c.record))
			if len(got) != c.records || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("%d records, %v; want %d, %q", len(got), err, c.records, c.wrong)
			}
		})
	}
}

func TestExplainTellsMisspeltFields(t *testing.T) {
	m, err := Parse("m.yaml", placed("    path: /v\n    rows: items\n", ", Strat: date"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, record, other, absent string }{
		{"a field that is called otherwise stands in both", `{"Id": "1", "Client": "", "Day": null, "Start": "2026-01-02"}`, "[Start]", "[Strat]"},
		{"capitals make no difference", `{"id": "1", "client": "", "day": null, "strat": null}`, "[]", "[]"},
		{"in an envelope too", `{"items": [{"Id": "1", "Client": "", "Day": null, "Strat": null, "Name": "x"}]}`, "[Name]", "[]"},
		{"a number for a name is not shown", `{"Id": "1", "195009072553": 1}`, "[(a number)]", "[Client Day Strat]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Explain(m, nil, "visit", []byte(c.record))
			if err != nil {
				t.Fatal(err)
			}
			other, absent := slices.Sorted(slices.Values(got[0].Other)), slices.Sorted(slices.Values(got[0].Absent))
			if fmt.Sprint(other) != c.other || fmt.Sprint(absent) != c.absent {
				t.Errorf("not read %v, absent %v; want %s, %s", other, absent, c.other, c.absent)
			}
		})
	}
}
