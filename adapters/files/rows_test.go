package files

import (
	"strings"
	"testing"
)

func TestRowsOfOneFile(t *testing.T) {
	csv := List{Glob: "a_{date}.csv", Format: CSV, Header: true, Columns: []string{"Id", "Namn"}, Complete: Complete{How: Pattern}}
	xml := List{Glob: "a.xml", Format: XML, Rows: "A/B", Columns: []string{"@id", "C/D"}, Complete: Complete{How: Manifest, Manifest: "{name}.ok"}}
	latin := csv
	latin.Encoding = Win1252
	for _, c := range []struct {
		name  string
		list  List
		file  string
		want  string
		wrong string
	}{
		{"a header and a row, without an end of line", csv, "Id;Namn\n1;a", `[{"Id":"1","Namn":"a"}]`, ""},
		{"several rows", csv, "Id;Namn\n1;a\n2;b\n", `[{"Id":"1","Namn":"a"},{"Id":"2","Namn":"b"}]`, ""},
		{"a header alone", csv, "Id;Namn\n", `[]`, ""},
		{"another encoding", latin, "Id;Namn\n1;\xc5sa\n", `[{"Id":"1","Namn":"Åsa"}]`, ""},
		{"an element with an attribute and a path", xml, `<A><B id="1"><C><D>x</D></C></B></A>`, `[{"@id":"1","C/D":"x"}]`, ""},
		{"no rows of XML", xml, `<A></A>`, `[]`, ""},
		{"another header", csv, "Nr;Namn\n1;hemligt\n", "", `lacks "Id"`},
		{"XML that is cut off", xml, `<A><B id="hemligt">`, "", "is not right XML; have the file written again"},
		{"another root", xml, `<X></X>`, "", `its root element is not "A"`},
		{"a list that makes no sense", List{Glob: "a", Format: "xls"}, "", "", "format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Rows(c.list, strings.NewReader(c.file))
			if string(got) != c.want || (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s, %v; want %s, %q", got, err, c.want, c.wrong)
			}
			if err != nil && strings.Contains(err.Error(), "hemligt") {
				t.Error("the file is shown")
			}
		})
	}
}
