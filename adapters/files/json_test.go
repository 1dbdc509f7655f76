package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func jsonList(rows string) List { return List{Glob: "x", Format: JSON, Rows: rows} }

var lineList = List{Glob: "x", Format: NDJSON}

func TestRecordsOfJSON(t *testing.T) {
	tests := []struct {
		name string
		l    List
		text string
		want string
	}{
		{"the file is the array", jsonList(""), `[{"a":1},{"a":2}]`, `{"a":1} {"a":2}`},
		{"there are none", jsonList(""), ` [ ] `, ``},
		{"with a byte order mark", jsonList(""), "\xef\xbb\xbf[{\"a\":\"å\"}]\n", `{"a":"å"}`},
		{"the array is below a key", jsonList("data"), `{"n":2,"x":{"data":[1]},"data":[{"a":1}],"more":[{"a":3},null,"s"]}`, `{"a":1}`},
		{"the array is deep below", jsonList("svar.data.rader"), `{"svar":{"data":{"rader":[{"a":{"b":[1,{}]}}],"z":1},"z":{}},"z":"x"}`, `{"a":{"b":[1,{}]}}`},
		{"records stand as they are", jsonList(""), "[{ \"a\" : 1.50,\n\"b\": \"\\u00e5\" }]", "{ \"a\" : 1.50,\n\"b\": \"\\u00e5\" }"},
		{"numbers are as big as they like", jsonList("d"), `{"n":1e999,"d":[{"a":123456789012345678901234567890}]}`, `{"a":123456789012345678901234567890}`},
		{"brackets and quotes stand in strings", jsonList(""), `[{"a":"}]\"\\"},{"b":"[{"}]`, `{"a":"}]\"\\"} {"b":"[{"}`},
		{"one on each line", lineList, "{\"a\":1}\n{\"a\":2}\r\n\n  {\"a\":3}  ", `{"a":1} {"a":2} {"a":3}`},
		{"lines with a byte order mark", lineList, "\xef\xbb\xbf{\"a\":1}\n", `{"a":1}`},
	}
	for _, tt := range tests {
		for how, r := range map[string]io.Reader{"at once": strings.NewReader(tt.text), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.text))} {
			t.Run(tt.name+", read "+how, func(t *testing.T) {
				got, err := drain(compiled(t, tt.l).open(r))
				if err != nil || strings.Join(got, " ") != tt.want {
					t.Errorf("%s, error %v; want %s", got, err, tt.want)
				}
			})
		}
	}
}

func TestWhatIsNoListOfJSONIsNeverComplete(t *testing.T) {
	tests := []struct {
		name string
		l    List
		text string
		says string
	}{
		{"nothing", jsonList(""), ``, "ends in the middle"},
		{"cut after a record", jsonList(""), `[{"a":1},`, "after 1 records"},
		{"cut before the end of the array", jsonList(""), `[{"a":1}`, "after 1 records"},
		{"cut within a record", jsonList(""), `[{"a":1},{"a":"Hem`, "after 1 records"},
		{"cut behind the array", jsonList("d"), `{"d":[{"a":1}]`, "ends in the middle"},
		{"a comma too many", jsonList(""), `[{"a":1},]`, "not right JSON"},
		{"a comma missing", jsonList(""), `[{"a":1} {"a":2}]`, "not right JSON"},
		{"a record that is no object", jsonList(""), `[{"a":1},"Hemlig"]`, "record 2: is no JSON object"},
		{"a record that is null", jsonList(""), `[null]`, "record 1: is no JSON object"},
		{"an object where the array should be", jsonList(""), `{"a":1}`, `is no array`},
		{"no such key", jsonList("data.rader"), `{"data":{"x":[{"a":1}]}}`, `no array at data.rader`},
		{"another thing at the key", jsonList("data"), `{"data":{"a":1}}`, `no array at data`},
		{"a value at the key", jsonList("data.x"), `{"data":"Hemlig"}`, `no array at data.x`},
		{"two arrays at the key", jsonList("d"), `{"d":[{"a":1}],"d":[]}`, `more than one d`},
		{"more after the end", jsonList(""), `[{"a":1}][{"a":2}]`, "goes on after the end"},
		{"rubbish after the end", jsonList(""), `[{"a":1}] Hemlig`, "goes on after the end"},
		{"too many levels in a record", jsonList(""), `[{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}]`, "more than 64 levels"},
		{"too many levels before the array", jsonList("d"), `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"d":[]}`, "more than 64 levels"},
		{"a record without end", jsonList(""), `[{"a":"` + strings.Repeat("x", 9<<20), "longer than"},
		{"a record that is too long", jsonList(""), `[{"a":"` + strings.Repeat("x", 2<<20) + `"}]`, "longer than"},
		{"a value without end before the array", jsonList("d"), `{"x":"` + strings.Repeat("x", 9<<20), "longer than"},
		{"a line that is no JSON", lineList, "{\"a\":1}\n{\"a\":Hemlig}\n", "line 2: is not right JSON"},
		{"a last line that is cut", lineList, "{\"a\":1}\n{\"a\":\"Hem", "line 2: is not right JSON"},
		{"a line that is no object", lineList, "[1]\n", "line 1: is no JSON object"},
		{"two objects on a line", lineList, "{} {}\n", "line 1: is not right JSON"},
		{"a line with too many levels", lineList, strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70), "more than 64 levels"},
		{"a line without end", lineList, "{\"a\":\"" + strings.Repeat("x", 9<<20), "longer than"},
		{"an array on lines", lineList, "[\n{\"a\":1}\n]\n", "line 1"},
		{"not UTF-8", lineList, "{\"a\":\"Hemlig\xe5\"}\n", "not valid UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := drain(compiled(t, tt.l).open(strings.NewReader(tt.text)))
			var f *flaw
			if !errors.As(err, &f) || !strings.Contains(f.Error(), tt.says) || f.do == "" {
				t.Fatalf("%v; want ...%s..., and what to do", err, tt.says)
			}
			if strings.Contains(fmt.Sprint(err, f.do), "Hem") {
				t.Errorf("the content is told: %v", err)
			}
		})
	}
}

func TestManyRecordsAreReadOnePieceAfterTheOther(t *testing.T) {
	record := `{"a":"` + strings.Repeat("x", 1000) + `"}`
	const n = 20_000 // 20 MB, far more than is allowed for one
	for name, text := range map[string]string{"an array": "[" + strings.Repeat(record+",", n-1) + record + "]", "lines": strings.Repeat(record+"\n", n)} {
		t.Run(name, func(t *testing.T) {
			l := lineList
			if name == "an array" {
				l = jsonList("")
			}
			from := compiled(t, l).open(strings.NewReader(text))
			var buf []byte
			got := 0
			var err error
			for {
				if buf, err = from.next(buf[:0]); err != nil {
					break
				}
				got++
			}
			if !errors.Is(err, io.EOF) || got != n {
				t.Errorf("%d records, error %v", got, err)
			}
		})
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`[{"a":1},{"b":[1,2]}]`, `{"d":[{"a":1}],"x":{}}`, "{\"a\":1}\n{}\n", `[`, `[{}],`, `{"d":[{}]`, `{"d":{},"d":[{}]}`} {
		f.Add([]byte(s))
	}
	whole, below := jsonList(""), jsonList("d")
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, l := range []List{whole, below} {
			all, err := drain(compiled(t, l).open(strings.NewReader(string(b))))
			wellFormed(t, all, err)
			if err == nil && !json.Valid(without(b)) {
				t.Errorf("%q is complete, and no JSON", b)
			}
		}
		all, err := drain(compiled(t, lineList).open(strings.NewReader(string(b))))
		wellFormed(t, all, err)
	})
}

// without leaves out a byte order mark.
func without(b []byte) []byte { return []byte(strings.TrimPrefix(string(b), "\xef\xbb\xbf")) }

// What one reader of JSON takes, another one takes.
func FuzzValue(f *testing.F) {
	for _, s := range []string{`{}`, `[1,-0.5e+3,true,false,null,"\u00e5\n"]`, `{"a":{"b":[]}}`, `01`, `[1.]`, `"\x"`, `-`, `tru`, "\"\x01\"", `[,]`, `{"a"}`, `1e`, `"\u00g0"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end, s := value(append(bytes.Clone(b), ' '), 0, 0)
		if s == deep {
			return
		}
		ours := s == whole && space(b, min(end, len(b))) == len(b)
		if ours != json.Valid(b) {
			t.Errorf("%q: ours %v (%d, %d)", b, ours, end, s)
		}
	})
}
