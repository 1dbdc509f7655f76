package files

import (
	"errors"
	"strings"
	"testing"
)

func TestWhatAManifestSays(t *testing.T) {
	hex := sum("x")
	tests := []struct {
		name   string
		text   string
		own    bool
		want   stated
		listed bool
		half   bool
	}{
		{"nothing, which is enough for its own file", "", true, stated{-1, -1, ""}, true, false},
		{"nothing, which lists nothing", "", false, stated{-1, -1, ""}, false, false},
		{"words that mean nothing here", "Klart 2026-11-29\n", true, stated{-1, -1, ""}, true, false},
		{"a size and rows on lines", "size=12\r\nRows: 3\n", true, stated{12, 3, ""}, true, false},
		{"bytes and records in quotes", "bytes=\"12\"\nrecords=3", true, stated{12, 3, ""}, true, false},
		{"a sum alone", strings.ToUpper(hex), true, stated{-1, -1, hex}, true, false},
		{"a sum on a line", "sha256=" + hex, true, stated{-1, -1, hex}, true, false},
		{"lines of sha256sum", sum("y") + "  annan.csv\n" + hex + " *./besok.csv\n", false, stated{-1, -1, hex}, true, false},
		{"lines of sha256sum without the file", sum("y") + "  annan.csv\n", true, stated{-1, -1, ""}, false, false},
		{"an object without a name", `{"size":12,"rows":3,"sha256":"` + hex + `"}`, true, stated{12, 3, hex}, true, false},
		{"an object without a name, for several files", `{"size":12}`, false, stated{-1, -1, ""}, false, false},
		{"an object with the name", "\xef\xbb\xbf" + `{"file":"besok.csv","bytes":12,"records":3}`, false, stated{12, 3, ""}, true, false},
		{"an object with another name", `{"name":"annan.csv","size":12}`, true, stated{-1, -1, ""}, false, false},
		{"a list", `[{"name":"annan.csv","size":1},{"name":"besok.csv","size":12}]`, false, stated{12, -1, ""}, true, false},
		{"files in an object", `{"files":[{"name":"annan.csv","size":1},{"name":"besok.csv","rows":0}]}`, false, stated{-1, 0, ""}, true, false},
		{"JSON that is cut", `{"size":1`, true, stated{}, false, true},
		{"JSON of wrong types", `{"size":"1"}`, true, stated{}, false, true},
		{"a sum that is none", `sha256=abc`, true, stated{}, false, true},
		{"a sum in JSON that is none", `{"sha256":"abc"}`, true, stated{}, false, true},
		{"a number that is none", `rows=abc`, true, stated{}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, listed, err := parseManifest([]byte(tt.text), "besok.csv", tt.own)
			if tt.half {
				if !errors.Is(err, errHalf) {
					t.Errorf("%+v, error %v; want one that cannot be read", got, err)
				}
				return
			}
			if err != nil || got != tt.want || listed != tt.listed {
				t.Errorf("%+v, listed %v, error %v; want %+v, %v", got, listed, err, tt.want, tt.listed)
			}
		})
	}
}

func FuzzManifest(f *testing.F) {
	for _, s := range []string{"", "rows=1", `{"size":1}`, `[{}]`, sum("x") + "  besok.csv"} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, own bool) {
		s, _, err := parseManifest(b, "besok.csv", own)
		if err == nil && s.sum != "" && len(s.sum) != 64 {
			t.Errorf("a sum of %d characters", len(s.sum))
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	whole, err := compile(visits())
	if err != nil {
		f.Fatal(err)
	}
	delta, err := compile(visits(changes))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(checkpoint{settings: whole.settings, whole: strings.Repeat("a", 32)}.String())
	f.Add(checkpoint{settings: delta.settings, taken: []mark{{}, {}}, floor: tonight}.String())
	f.Add("files1.c." + delta.settings + ".-1.AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range []*list{whole, delta} {
			c, ok := parseCheckpoint(s, l)
			if !ok {
				continue
			}
			again, ok := parseCheckpoint(c.String(), l)
			if !ok || again.String() != c.String() {
				t.Errorf("%q is read as %q", s, c)
			}
		}
	})
}
