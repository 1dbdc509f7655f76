package files

import (
	"errors"
	"strings"
	"testing"
)

func TestAnotherHeaderIsRefusedWithTheDifference(t *testing.T) {
	tests := []struct {
		name   string
		set    func(*List)
		text   string
		says   []string
		silent []string
	}{
		{
			"a column that is not there", nil, "Id;Personnummer;Datum;Tid;Extra\n",
			[]string{`lacks "Namn" of the 4 columns wanted`, "it has 5 columns"},
			[]string{"Extra", "Tid"},
		},
		{"a column in other capitals", nil, "Id;PERSONNUMMER;Datum;Namn\n", []string{`lacks "Personnummer"`, `it has "PERSONNUMMER" instead`}, nil},
		{"a column of nearly the name", nil, "Id;Persnummer;Datum;Namn;X\n", []string{`it has "Persnummer" instead`}, nil},
		{"a column with another mark between its words", nil, "Id;Person_nummer;Datum;Namn\n", []string{`it has "Person_nummer" instead`}, nil},
		{"a column that stands there twice", nil, "Id;Personnummer;Datum;Namn;Namn\n", []string{`more than one column "Namn"`}, nil},
		{"a comma where a semicolon is expected", nil, "Id,Personnummer,Datum,Namn\n", []string{"divided by ,, not by ;"}, nil},
		{"a tab where a semicolon is expected", nil, "Id\tPersonnummer\tDatum\tNamn\n", []string{"divided by tab"}, nil},
		{"a semicolon where a comma is expected", func(l *List) { l.Delimiter = "," }, "Id;Personnummer;Datum;Namn\n", []string{"divided by ;"}, nil},
		{
			"a first row that is data", nil, "1;181906189810;2026-11-28;Namm\n",
			[]string{"none of its 4 columns is one of them", "header: false"},
			[]string{"1819", "Namm", "2026"},
		},
		{
			"data that is one field only", nil, "Hemlig Person\n",
			[]string{"none of its 1 columns"},
			[]string{"Hemlig"},
		},
		{"a number in a header is not told, however near", func(l *List) { l.Columns = []string{"Id", "Kod1811"} }, "Id;Kod1812\n", []string{`lacks "Kod1811"`}, []string{"Kod1812"}},
		{"a header without names", func(l *List) { l.Columns = nil }, ";;\n", []string{"names no column"}, nil},
		{"a name twice where all columns are wanted", func(l *List) { l.Columns = nil }, "A;B;A\n", []string{`more than one column "A"`}, nil},
		{"a header where none is expected", func(l *List) { l.Header = false }, "Id;Personnummer;Datum;Namn\n", []string{"is a header, and none is expected"}, nil},
		{"too few columns without a header", func(l *List) { l.Header = false }, "Hemlig;1\n", []string{"has 2 columns, and 4 are wanted"}, []string{"Hemlig"}},
		{"another delimiter without a header", func(l *List) { l.Header = false }, "1,2,3,4\n", []string{"divided by ,"}, nil},
		{"a long list of columns is not told to its end", func(l *List) { l.Columns = strings.Fields("A B C D E F G H I J K L M N O P") }, "A\n", []string{"and 3 more"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := visits(func(l *List) { l.Columns = []string{"Id", "Personnummer", "Datum", "Namn"} })
			if tt.set != nil {
				tt.set(&l)
			}
			_, err := parse(t, l, strings.NewReader(tt.text))
			var f *flaw
			if !errors.As(err, &f) || f.line != 1 || f.do == "" {
				t.Fatalf("%v; want a flaw of line 1, and what to do", err)
			}
			for _, s := range tt.says {
				if !strings.Contains(f.what+"; "+f.do, s) {
					t.Errorf("it does not say %q: %s; %s", s, f.what, f.do)
				}
			}
			for _, s := range tt.silent {
				if strings.Contains(f.what+"; "+f.do, s) {
					t.Errorf("%q is told: %s; %s", s, f.what, f.do)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		glob, name string
		fits       bool
	}{
		{"besok_*.csv", "besok_.csv", true},
		{"besok_*.csv", "besok_1.csv.bak", false},
		{"besok_*.csv", "Besok_1.csv", false},
		{"besok.csv", "besokxcsv", false},
		{"besok_?.csv", "besok_å.csv", true},
		{"besok_?.csv", "besok_12.csv", false},
		{"besok_[0-9].csv", "besok_1.csv", true},
		{"besok_[!0-9].csv", "besok_1.csv", false},
		{"*", ".hidden", false},
		{"*", "~$besok.csv", false},
		{"{date}_besok.csv", "20261128_besok.csv", true},
		{"{date}_besok.csv", "2026_11_28_besok.csv", true},
		{"{date}_besok.csv", "20260229_besok.csv", false},
		{"b{date}-{time}.csv", "b2026-11-28-23:59:59.csv", true},
		{"b{date}-{time}.csv", "b2026-11-28-2460.csv", false},
		{"b{date}*.csv", "b2026112812.csv", true},
	}
	for _, tt := range tests {
		p, err := parsePattern(tt.glob)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := p.match(tt.name); ok != tt.fits {
			t.Errorf("%q fits %q: %v, want %v", tt.name, tt.glob, ok, tt.fits)
		}
	}
	for _, glob := range []string{"", "/etc/passwd", "../x", "a/b", `a\b`, ".x", "a\x00", "{name}", "{time}", "{date}{date}", "{", "[", "]", "[z-a]", "[a", "{time}{date}"} {
		if _, err := parsePattern(glob); err == nil {
			t.Errorf("the pattern %q is taken", glob)
		}
	}
}
