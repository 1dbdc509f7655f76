package files

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func clients(change ...func(*List)) List {
	l := List{
		Glob: "x", Format: XML, Rows: "Export/Kund", Columns: []string{"id", "pnr", "namn"},
		Fields: map[string]string{"id": "@id", "pnr": "person/pnr"},
	}
	for _, c := range change {
		c(&l)
	}
	return l
}

func TestRowsOfXML(t *testing.T) {
	tests := []struct {
		name string
		set  func(*List)
		text string
		want string
	}{
		{
			"attributes, children and their children", nil,
			`<?xml version="1.0"?><Export><Kund id="1"><person><pnr>x</pnr></person><namn>Å</namn></Kund><Kund id="2"/></Export>`,
			`{"id":"1","pnr":"x","namn":"Å"} {"id":"2","pnr":"","namn":""}`,
		},
		{
			"space around values, comments, CDATA and entities", nil,
			"<Export>\n<!-- x --><Kund id=' 1 '><namn>\n A &amp; <![CDATA[<B>]]> &#229;<!-- y -->\n</namn></Kund></Export>",
			`{"id":" 1 ","pnr":"","namn":"A & <B> å"}`,
		},
		{
			"prefixes are passed over", nil,
			`<e:Export xmlns:e="urn:x" xmlns:k="urn:y"><k:Kund k:id="1"><e:namn>A</e:namn></k:Kund></e:Export>`,
			`{"id":"1","pnr":"","namn":"A"}`,
		},
		{"values that come several times are lines", nil, `<Export><Kund id="1"><namn>A</namn><namn>B</namn></Kund></Export>`, `{"id":"1","pnr":"","namn":"A\nB"}`},
		{"what nobody wants is passed over", nil, `<Export a="b"><Huvud><namn>X</namn><Kund id="9"/></Huvud><Kund id="1" x="y"><annat><namn>Y</namn></annat></Kund></Export>`, `{"id":"1","pnr":"","namn":""}`},
		{"a row within a row is none", nil, `<Export><Kund id="1"><Kund id="2"/></Kund></Export>`, `{"id":"1","pnr":"","namn":""}`},
		{"no rows", nil, `<Export></Export>`, ``},
		{"no rows, but something that is said of the file", nil, `<Export><Skapad>idag</Skapad></Export>`, ``},
		{
			"the row's own text, an attribute of a child, and one path for two columns",
			func(l *List) {
				l.Columns, l.Fields = []string{"själv", "a", "b"}, map[string]string{"själv": ".", "a": "k/@v", "b": "k/@v"}
			},
			`<Export><Kund>T<k v="1"/></Kund></Export>`,
			`{"själv":"T","a":"1","b":"1"}`,
		},
		{"the root is the only row", func(l *List) { l.Rows = "Kund" }, `<Kund id="1"/>`, `{"id":"1","pnr":"","namn":""}`},
	}
	for _, tt := range tests {
		l := clients()
		if tt.set != nil {
			tt.set(&l)
		}
		for how, r := range map[string]io.Reader{"at once": strings.NewReader(tt.text), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.text))} {
			t.Run(tt.name+", read "+how, func(t *testing.T) {
				got, err := drain(compiled(t, l).open(r))
				if err != nil || strings.Join(got, " ") != tt.want {
					t.Errorf("%s, error %v; want %s", got, err, tt.want)
				}
			})
		}
	}
}

func TestXMLInEveryEncoding(t *testing.T) {
	text := func(declared string) string {
		return `<?xml version="1.0"` + declared + `?><Export><Kund id="1"><namn>Åsa på ängen</namn></Kund></Export>`
	}
	tests := []struct{ name, declared, written, set string }{
		{"UTF-8 by default", ``, UTF8, ""},
		{"UTF-8 declared", ` encoding="UTF-8"`, UTF8, ""},
		{"UTF-8 with a mark", ` encoding="utf-8"`, "utf-8 with mark", ""},
		{"ISO-8859-1 declared", ` encoding="ISO-8859-1"`, Latin1, ""},
		{"Windows-1252 declared", ` encoding="windows-1252"`, Win1252, ""},
		{"UTF-16 by its mark", ` encoding="UTF-16"`, "utf-16 le", ""},
		{"UTF-16 with the high byte first", ``, "utf-16 be", ""},
		{"set, and declared as another", ` encoding="UTF-8"`, Win1252, Win1252},
		{"set, and declared as one that nobody knows", ` encoding="ebcdic"`, Latin1, Latin1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := clients(func(l *List) { l.Encoding = tt.set })
			got, err := drain(compiled(t, l).open(strings.NewReader(encode(t, text(tt.declared), tt.written))))
			if err != nil || len(got) != 1 || !strings.Contains(got[0], "Åsa på ängen") {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

func TestWhatIsNoListOfXMLIsNeverComplete(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"nothing", ``, "no root element"},
		{"a declaration alone", `<?xml version="1.0"?>`, "no root element"},
		{"cut between rows", `<Export><Kund id="1"/>`, "not right XML"},
		{"cut within a row", `<Export><Kund id="1"><namn>Hem`, "not right XML"},
		{"cut within a tag", `<Export><Kund id="1"/></Exp`, "not right XML"},
		{"elements that are closed crosswise", `<Export><Kund></Export></Kund>`, "not right XML"},
		{"a DTD", `<!DOCTYPE Export [<!ENTITY x "Hemlig">]><Export><Kund id="1"/></Export>`, "DTD"},
		{"an entity of its own", `<Export><Kund><namn>&hemlig;</namn></Kund></Export>`, "not right XML"},
		{"another root", `<Annat><Kund id="1"/></Annat>`, `its root element is not "Export"`},
		{"two roots", `<Export/><Export/>`, "goes on after the end"},
		{"text after the root", `<Export/>Hemlig`, "text outside its root"},
		{"text before the root", `Hemlig<Export/>`, "text outside its root"},
		{"other rows", `<Export><Person id="1"/><Person id="2"/></Export>`, `no element "Export/Kund", but others`},
		{"rows with nothing that is wanted", `<Export><Kund><x>1</x></Kund></Export>`, "none of them one of the columns"},
		{"too many levels", `<Export>` + strings.Repeat("<x>", 100) + strings.Repeat("</x>", 100) + `</Export>`, "more than 64 levels"},
		{"a value without end", `<Export><Kund><namn>` + strings.Repeat("x", 9<<20), "longer than"},
		{"a value without end where nobody wants it", `<Export><x>` + strings.Repeat("x", 9<<20), "longer than"},
		{"a value that is too long", `<Export><Kund><namn>` + strings.Repeat("x", 2<<20) + `</namn></Kund></Export>`, "longer than"},
		{"many values that are too long together", `<Export><Kund>` + strings.Repeat("<namn>"+strings.Repeat("x", 1000)+"</namn>", 2000) + `</Kund></Export>`, "longer than"},
		{"an attribute without end", `<Export><Kund id="` + strings.Repeat("x", 9<<20), "longer than"},
		{"not UTF-8", "<Export><Kund id=\"1\"><namn>Hemlig\xe5</namn></Kund></Export>", "not right XML"},
		{"a declared encoding that nobody knows", `<?xml version="1.0" encoding="ebcdic"?><Export/>`, "declares an encoding"},
		{"UTF-8 declared as ISO-8859-1", "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><Export><Kund id=\"1\"><namn>Märta, Gösta, Göran, Sölve på ön</namn></Kund></Export>", "UTF-8"},
		{"another XML", `<?xml version="hemlig"?><Export/>`, "is no XML 1.0"},
		{"JSON", `[{"id":1}]`, "text outside its root"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := drain(compiled(t, clients()).open(strings.NewReader(tt.text)))
			var f *flaw
			if !errors.As(err, &f) || !strings.Contains(f.Error(), tt.says) || f.do == "" {
				t.Fatalf("%v; want ...%s..., and what to do", err, tt.says)
			}
			if strings.Contains(strings.ToLower(fmt.Sprint(err, f.do)), "hemlig") {
				t.Errorf("the content is told: %v", err)
			}
		})
	}
	t.Run("a level above the rows that is not there", func(t *testing.T) {
		l := clients(func(l *List) { l.Rows = "Export/Kunder/Kund" })
		if _, err := drain(compiled(t, l).open(strings.NewReader(`<Export><X/></Export>`))); err == nil || !strings.Contains(err.Error(), `no element "Export/Kunder"`) {
			t.Error(err)
		}
		if got, err := drain(compiled(t, l).open(strings.NewReader(`<Export><Kunder/></Export>`))); err != nil || len(got) != 0 {
			t.Error(got, err)
		}
	})
}

// Whatever texts a table holds, they come back from XML, but for the space around.
func TestAnyTableComesBackFromXML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aå<>&\"' ;]\t")))
		table := rapid.SliceOf(rapid.SliceOfN(text, 2, 2)).Draw(t, "table")
		var b strings.Builder
		b.WriteString("<Export>")
		var want []string
		for _, row := range table {
			b.WriteString(`<Kund id="`)
			_ = xml.EscapeText(&b, []byte(row[0]))
			b.WriteString(`"><namn>`)
			_ = xml.EscapeText(&b, []byte(row[1]))
			b.WriteString("</namn></Kund>")
			one := append([]byte(`{"id":`), appendString(nil, []byte(row[0]))...)
			one = append(append(one, `,"pnr":"","namn":`...), appendString(nil, []byte(strings.TrimSpace(row[1])))...)
			want = append(want, string(one)+"}")
		}
		b.WriteString("</Export>")
		l, err := compile(clients())
		if err != nil {
			t.Fatal(err)
		}
		got, err := drain(l.open(strings.NewReader(b.String())))
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%s, error %v; want %s", got, err, want)
		}
	})
}

func TestPathsOfFieldsThatMeanNothingAreRefused(t *testing.T) {
	for _, path := range []string{"", "/", "a//b", "a/", "@", "@a/b", "a/@b/c", "a@b", "*", "a[1]", "k:a", "a b"} {
		if _, err := compile(clients(func(l *List) { l.Fields["pnr"] = path })); err == nil {
			t.Errorf("%q is taken", path)
		}
	}
	if _, err := compile(clients(func(l *List) { l.Fields["annan"] = "x" })); err == nil {
		t.Error("a field that is no column is taken")
	}
}

func FuzzXML(f *testing.F) {
	for _, s := range []string{
		`<Export><Kund id="1"><person><pnr>x</pnr></person><namn>A</namn></Kund></Export>`, `<?xml version="1.0" encoding="iso-8859-1"?><Export/>`,
		`<!DOCTYPE x><Export/>`, `<Export><Kund/>`, `<a:Export xmlns:a="b"><Kund>&amp;</Kund></a:Export>`, "\xff\xfe<\x00E\x00",
	} {
		f.Add([]byte(s))
	}
	l, err := compile(clients())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := drain(l.open(strings.NewReader(string(b))))
		wellFormed(t, all, err)
		if err == nil && strings.Count(string(b), "<") < 1 {
			t.Errorf("%q is complete", b)
		}
	})
}
