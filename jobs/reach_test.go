package jobs

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"brygga/mapping/vendor"
)

// What a file says of itself, and where its rows are, is read as the mapping's own
// language has it: of XML the declared encoding, of JSON keys with dots.
func TestFilesAreReadAsTheirMappingSays(t *testing.T) {
	latin, err := charmap.ISO8859_1.NewEncoder().String(`<?xml version="1.0" encoding="ISO-8859-1"?><E><U><Id>1</Id><Name>Östra</Name></U></E>`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"Id":"1","Name":"Östra"}]`
	for _, c := range []struct{ name, files, file, want string }{
		{"XML in the encoding that it declares", `{glob: "u.xml", format: xml, rows: E/U}`, latin, want},
		{"XML in the encoding that the mapping says", `{glob: "u.xml", format: xml, rows: E/U, encoding: iso-8859-1}`, latin, want},
		{"XML that declares nothing is UTF-8", `{glob: "u.xml", format: xml, rows: E/U}`, `<E><U><Id>1</Id><Name>Östra</Name></U></E>`, want},
		{"JSON below keys", `{glob: "u.json", format: json, rows: data.items}`, `{"data":{"items":[{"Id":"1","Name":"Östra"}]}}`, want},
		{"CSV is UTF-8 where nothing is said", `{glob: "u.csv", format: csv}`, "Id;Name\n1;Östra\n", want},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := vendor.Parse("m.yaml", "mapping: m\nrecords:\n  unit: {files: "+c.files+", key: Id, shape: {Id: string, Name: string}}\nfacts: {unit: {from: unit, name: Name}}\n")
			if err != nil {
				t.Fatal(err)
			}
			rows, err := FileRows(m.Lists(nil)[0], []byte(c.file))
			if got := strings.TrimSpace(string(rows)); err != nil || got != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
}
