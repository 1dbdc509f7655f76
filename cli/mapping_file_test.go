package cli

import (
	"strings"
	"testing"
)

// explain takes a piece of a file in whatever form the night reads it.
func TestMappingExplainTakesFilesAsTheNightDoes(t *testing.T) {
	t.Chdir(t.TempDir())
	const want = `"Östra"`
	for _, c := range []struct{ name, files, file string }{
		{"CSV", `{glob: u, format: csv}`, "Id;Name;Contact\n1;Östra;x\n"},
		{"CSV with another quote", `{glob: "u_{date}", format: csv, quote: "'", complete: pattern}`, "Id;Name;Contact\n1;'Östra';x\""},
		{"CSV with another quote, and another encoding in the night", `{glob: u, format: csv, quote: "'", encoding: windows-1252}`, "Id;Name;Contact\n1;'Östra';x\n"},
		{"CSV without quotes", `{glob: u, format: csv, quote: none}`, "Id;Name;Contact\n1;Östra;5\" x\n"},
		{"CSV without a header", `{glob: u, format: csv, header: false}`, "1;Östra;x\n"},
		{"JSON below keys", `{glob: u, format: json, rows: data.items}`, `{"data":{"items":[{"Id":"1","Name":"Östra"}]}}`},
		{"one record of such JSON", `{glob: u, format: json, rows: data.items}`, `{"Id":"1","Name":"Östra"}`},
		{"an array of JSON", `{glob: u, format: json}`, `[{"Id":"1","Name":"Östra"}]`},
		{"lines of JSON, with a mark", `{glob: u, format: ndjson}`, "\uFEFF{\"Id\":\"1\",\"Name\":\"Östra\"}\n{\"Id\":\"2\",\"Name\":\"Norra\"}\n"},
		{"XML", `{glob: u, format: xml, rows: E/U}`, `<E><U><Id>1</Id><Name>Östra</Name><Contact>x</Contact></U></E>`},
		{"a record of JSON for a list of XML", `{glob: u, format: xml, rows: E/U}`, `{"Id":"1","Name":"Östra"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			mustWrite(t, "m.yaml", "mapping: m\nrecords:\n  unit: {files: "+c.files+", key: Id, shape: {Id: string, Name: string, Contact: name}}\nfacts: {unit: {from: unit, name: Name}}\n")
			mustWrite(t, "record", c.file)
			exit, out, errs := call(t, process{}, "mapping", "explain", "m.yaml", "unit", "record")
			if exit != 0 || !strings.Contains(out, want) {
				t.Fatalf("exit %d: %s%s", exit, out, errs)
			}
			if strings.Contains(out, "not in the record") {
				t.Errorf("a name is not told as missing, since it is never read:\n%s", out)
			}
		})
	}
}
