package files

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func parse(t testing.TB, l List, r io.Reader) ([]map[string]string, error) {
	t.Helper()
	all, err := drain(compiled(t, l).open(r))
	var out []map[string]string
	for _, one := range all {
		var row map[string]string
		if err := json.Unmarshal([]byte(one), &row); err != nil {
			t.Fatalf("a row is no JSON: %v", err)
		}
		out = append(out, row)
	}
	return out, err
}

func TestRowsOfCSV(t *testing.T) {
	type row = map[string]string
	headless := func(l *List) { l.Header, l.Columns = false, []string{"Id", "Namn"} }
	tests := []struct {
		name string
		set  func(*List)
		text string
		want []row
	}{
		{"rows end in LF", nil, "Id;Namn\n1;A\n2;B\n", []row{{"Id": "1", "Namn": "A"}, {"Id": "2", "Namn": "B"}}},
		{"rows end in CRLF", nil, "Id;Namn\r\n1;A\r\n", []row{{"Id": "1", "Namn": "A"}}},
		{"the last row has no end of line", nil, "Id;Namn\n1;A", []row{{"Id": "1", "Namn": "A"}}},
		{"the last row ends in CR alone, as the file was cut after it", nil, "Id;Namn\n1;A\r", []row{{"Id": "1", "Namn": "A"}}},
		{"empty lines are no rows", nil, "\nId;Namn\n\n1;A\r\n\r\n\n", []row{{"Id": "1", "Namn": "A"}}},
		{"a row of empty values is a row", nil, "Id;Namn\n;\n", []row{{"Id": "", "Namn": ""}}},
		{"a header alone is a list without rows", nil, "Id;Namn\n", nil},
		{"columns stand in another order, and among others", nil, "X;Namn;Y;Id\na;A;b;1\n", []row{{"Id": "1", "Namn": "A"}}},
		{"a header has spaces around its names", nil, " Id ;\tNamn\n1;A\n", []row{{"Id": "1", "Namn": "A"}}},
		{"a quoted value holds the delimiter, an end of line and a quote", nil, "Id;Namn\n1;\"a;b\r\nc\"\"d\"\n", []row{{"Id": "1", "Namn": "a;b\r\nc\"d"}}},
		{"an empty value is quoted", nil, "Id;Namn\n\"\";\"\"\n", []row{{"Id": "", "Namn": ""}}},
		{"quotes stand in the header", nil, "\"Id\";\"Namn\"\r\n\"1\";\"A\"\r\n", []row{{"Id": "1", "Namn": "A"}}},
		{"a quoted value is the last of the file", nil, "Id;Namn\n1;\"A\"", []row{{"Id": "1", "Namn": "A"}}},
		{"a quoted row ends in CR where the file ends", nil, "Id;Namn\n1;\"A\"\r", []row{{"Id": "1", "Namn": "A"}}},
		{"a quoted row ends in a delimiter where the file ends", nil, "Id;Namn\n\"1\";", []row{{"Id": "1", "Namn": ""}}},
		{"a value holds what JSON escapes", nil, "Id;Namn\n1;a\\b\tc\x01\u2028\n", []row{{"Id": "1", "Namn": "a\\b\tc\x01\u2028"}}},
		{"the delimiter is a comma", func(l *List) { l.Delimiter = "," }, "Id,Namn\n1,A\n", []row{{"Id": "1", "Namn": "A"}}},
		{"the delimiter is a tab", func(l *List) { l.Delimiter = "tab" }, "Id\tNamn\n1\tA\n", []row{{"Id": "1", "Namn": "A"}}},
		{"the quote is another", func(l *List) { l.Quote = "'" }, "Id;Namn\n1;'it''s; \"x\"'\n", []row{{"Id": "1", "Namn": `it's; "x"`}}},
		{"there are no quotes", func(l *List) { l.Quote = "none" }, "Id;Namn\n1;say \"hi\n", []row{{"Id": "1", "Namn": `say "hi`}}},
		{"without a header columns are by position", headless, "1;A\n2;B\n", []row{{"Id": "1", "Namn": "A"}, {"Id": "2", "Namn": "B"}}},
		{"without a header further columns are passed over", headless, "1;A;x\n2;B;y\n", []row{{"Id": "1", "Namn": "A"}, {"Id": "2", "Namn": "B"}}},
		{"without columns all of the header are given", func(l *List) { l.Columns = nil }, "A;;B\n1;2;3\n", []row{{"A": "1", "B": "3"}}},
		{"å of two characters is that of one", func(l *List) { l.Columns = []string{"Å"} }, "A\u030a\n1\n", []row{{"Å": "1"}}},
	}
	for _, tt := range tests {
		l := visits()
		if tt.set != nil {
			tt.set(&l)
		}
		for how, r := range map[string]io.Reader{"at once": strings.NewReader(tt.text), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.text))} {
			t.Run(tt.name+", read "+how, func(t *testing.T) {
				got, err := parse(t, l, r)
				if err != nil || !reflect.DeepEqual(got, tt.want) {
					t.Errorf("%v, error %v; want %v", got, err, tt.want)
				}
			})
		}
	}
}

func TestBrokenCSVIsRefusedWithItsLineAndNothingOfIt(t *testing.T) {
	tests := []struct {
		name string
		text string
		line int
		says string
	}{
		{"a quote within a value that is not quoted", "Id;Namn\n1;A\n2;Hemlig\"t\n", 3, "without being doubled"},
		{"a value goes on after its quote", "Id;Namn\n1;\"Hemlig\"t\n", 2, "without being doubled"},
		{"a quote that is not closed", "Id;Namn\n1;\"Hemlig\n2;B\n", 2, "not closed"},
		{"a quote that is not closed after rows of several lines", "Id;Namn\n1;\"a\nb\"\n2;\"Hemlig\n", 4, "not closed"},
		{"a quote is all that a file ends with", "Id;Namn\n1;\"", 2, "not closed"},
		{"a row is short", "Id;Namn\n1;A\nHemlig\n", 3, "has 1 columns where the first one has 2"},
		{"a row is long", "Id;Namn\n\n1;A;Hemlig\n", 3, "has 3 columns where the first one has 2"},
		{"a row is short after one of several lines", "Id;Namn\n1;\"a\nb\"\nHemlig\n", 4, "has 1 columns"},
		{"a carriage return stands alone", "Id;Namn\n1;Hemlig\rt\n", 2, "carriage return"},
		{"a carriage return stands alone after a quoted value", "Id;Namn\n1;\"Hemlig\"\rt\n", 2, "carriage return"},
		{"a row does not end", "Id;Namn\n1;\"" + strings.Repeat("Hemlig;\n", maxRecord/4), 2, "does not end within"},
		{"nothing at all", "", 0, "no header"},
		{"empty lines alone", "\r\n\n", 0, "no header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(t, visits(), strings.NewReader(tt.text))
			var f *flaw
			if !errors.As(err, &f) || f.line != tt.line || !strings.Contains(f.what, tt.says) || f.do == "" {
				t.Errorf("%v; want line %d: ...%s..., and what to do", err, tt.line, tt.says)
			}
			if strings.Contains(fmt.Sprint(err), "Hemlig") {
				t.Errorf("the content is told: %v", err)
			}
		})
	}
}

// Whatever a table holds, it comes back as it was written, in each dialect.
func TestAnyTableComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]string{";", ",", "tab", "|"}).Draw(t, "delimiter")
		quote := rapid.SampledFrom([]string{`"`, "'", "none"}).Draw(t, "quote")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end of line")
		header := rapid.Bool().Draw(t, "header")
		mark := strings.NewReplacer("tab", "\t").Replace(delimiter)
		cell := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0 && r != 0xfeff }))
		if quote == "none" {
			cell = cell.Filter(func(s string) bool { return !strings.ContainsAny(s, mark+"\r\n") })
		}
		columns := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-ZÅÄÖ][a-zåäö_ ]{0,8}[a-z]`), 1, 5, columnName).Draw(t, "columns")
		table := rapid.SliceOf(rapid.SliceOfN(cell, len(columns), len(columns))).Draw(t, "table")
		l := List{Glob: "x", Format: CSV, Delimiter: delimiter, Quote: quote, Header: header, Columns: columns}
		var b strings.Builder
		write := func(row []string) {
			for i, c := range row {
				if i > 0 {
					b.WriteString(mark)
				}
				if quote != "none" && (c == "" || strings.ContainsAny(c, mark+quote+"\r\n") || rapid.Bool().Draw(t, "quoted")) {
					c = quote + strings.ReplaceAll(c, quote, quote+quote) + quote
				}
				b.WriteString(c)
			}
			b.WriteString(end)
		}
		if header {
			write(columns)
		}
		var want []map[string]string
		for i, row := range table {
			if quote == "none" && len(columns) == 1 && row[0] == "" {
				continue // an empty line is no row
			}
			if !header && i == 0 && reflect.DeepEqual(row, columns) {
				return
			}
			write(row)
			m := map[string]string{}
			for i, c := range columns {
				m[c] = row[i]
			}
			want = append(want, m)
		}
		c, err := compile(l)
		if err != nil {
			t.Fatal(err)
		}
		var in io.Reader = strings.NewReader(b.String())
		if rapid.Bool().Draw(t, "byte by byte") {
			in = iotest.OneByteReader(in)
		}
		all, err := drain(c.open(in))
		if err != nil {
			t.Fatal(err)
		}
		var got []map[string]string
		for _, one := range all {
			var m map[string]string
			if err := json.Unmarshal([]byte(one), &m); err != nil {
				t.Fatal(err)
			}
			got = append(got, m)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %q, want %q, of %q", got, want, b.String())
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"Id;Namn\n1;A\n", "Id;Namn\r\n\"1\";\"a\"\"b\"\r\n", "Id;Namn\n1;\"", "\xef\xbb\xbfId;Namn\n", "Id,Namn\n1,2\n", "Id;Namn\n\xe5;A\n"} {
		f.Add([]byte(s), false)
	}
	l, err := compile(visits())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte, slow bool) {
		var in io.Reader = strings.NewReader(string(b))
		if slow {
			in = iotest.HalfReader(in)
		}
		all, err := drain(l.open(in))
		wellFormed(t, all, err)
		if err == nil {
			// What is cut in a quoted value, or in the header, is never complete.
			if n := strings.LastIndexByte(string(b), '"'); n > 0 && strings.Count(string(b[:n]), `"`)%2 == 1 && n+1 < len(b) {
				if _, err := drain(l.open(strings.NewReader(string(b[:n])))); err == nil {
					t.Errorf("%q is complete without its last quote", b)
				}
			}
		}
	})
}

// wellFormed: records are JSON objects, and an error is one of ours.
func wellFormed(t *testing.T, all []string, err error) {
	t.Helper()
	for _, one := range all {
		var row map[string]any
		if jsonErr := json.Unmarshal([]byte(one), &row); jsonErr != nil || row == nil {
			t.Fatalf("%q is no object: %v", one, jsonErr)
		}
	}
	var f *flaw
	if err != nil && (!errors.As(err, &f) || f.what == "" || f.do == "") {
		t.Fatalf("the error says not what to do: %v", err)
	}
}

// A file that its name alone says to be complete has to end as a file does: what a
// broken transfer leaves may be whole rows, and the rest of the list would be gone.
func TestARowWithoutAnEndOfLineIsTheEndOfACutFile(t *testing.T) {
	byName := func(l *List) { l.Glob, l.Complete.How = "besok_{date}.csv", Pattern }
	byManifest := func(l *List) { l.Complete.How, l.Complete.Manifest = Manifest, "{name}.ok" }
	for _, tt := range []struct {
		name, text string
		set        func(*List)
		refused    bool
	}{
		{"a whole row, by its columns", "Id;Namn\n1;A\n2;Hemlig", byName, true},
		{"a quoted value", "Id;Namn\n1;A\n2;\"Hemlig\"", byName, true},
		{"an empty value", "Id;Namn\n1;A\n2;", byName, true},
		{"half of CRLF", "Id;Namn\r\n1;A\r\n2;Hemlig\r", byName, true},
		{"all rows end", "Id;Namn\n1;A\n2;B\n", byName, false},
		{"a manifest says how long the file is", "Id;Namn\n1;A\n2;B", byManifest, false},
		{"a file that people write, and that has been quiet", "Id;Namn\n1;A\n2;B", func(*List) {}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := visits()
			tt.set(&l)
			_, err := parse(t, l, strings.NewReader(tt.text))
			var f *flaw
			if refused := errors.As(err, &f); refused != tt.refused || refused && (f.line != 3 || f.do == "" || strings.Contains(f.Error(), "Hemlig")) {
				t.Errorf("refused is %v, want %v: %v", refused, tt.refused, err)
			}
		})
	}
}
