package rest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestValueAt(t *testing.T) {
	for _, tt := range []struct {
		name, body, path, want string
		found                  bool
	}{
		{"a text", `{"a":1,"next":"x"}`, "next", "x", true},
		{"a number", `{"next":25}`, "next", "25", true},
		{"a number in an object", ` { "Items" : [ {"Next":"no"} , [1,"}"] ] , "Paging" : { "Next" : 25 } } `, "Paging.Next", "25", true},
		{"a text with escapes", `{"next":"a\u0026b\"c"}`, "next", `a&b"c`, true},
		{"a name with escapes", `{"n\u0065xt":"x"}`, "next", "x", true},
		{"null is the end", `{"next":null}`, "next", "", true},
		{"false is no cursor", `{"next":false}`, "next", "", true},
		{"an object is no cursor", `{"next":{"x":1}}`, "next", "", true},
		{"an array is no cursor", `{"next":[1]}`, "next", "", true},
		{"a name that is not there", `{"a":{"next":"x"}}`, "next", "", false},
		{"a name within what is no object", `{"a":[{"next":"x"}]}`, "a.next", "", false},
		{"a name that only begins alike", `{"nextPage":"x"}`, "next", "", false},
		{"names are not the same in other letters", `{"Next":"x"}`, "next", "", false},
		{"an array", `[{"next":"x"}]`, "next", "", false},
		{"nothing", ``, "next", "", false},
		{"what is cut off before the name", `{"a":"x`, "next", "", false},
		{"what is cut off within the value", `{"next":"x`, "next", "", true},
		{"no JSON", `{"a":}]"next":"x"}`, "next", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, found := valueAt([]byte(tt.body), tt.path); got != tt.want || found != tt.found {
				t.Errorf("%q %v, want %q %v", got, found, tt.want, tt.found)
			}
		})
	}
	t.Run("depth costs nothing", func(t *testing.T) {
		deep := `{"a":` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `,"next":"x"}`
		if got, _ := valueAt([]byte(deep), "next"); got != "x" {
			t.Errorf("%q", got)
		}
	})
}

// FuzzValueAt compares with encoding/json, wherever that reads the body.
func FuzzValueAt(f *testing.F) {
	for _, s := range []string{`{"next":"x"}`, `{"a":[1,{"next":2}],"p":{"next":"y"}}`, `{"next":null}`, `{`, `{"next`, `[]`, "{\"\\", `{"a":1}}`, `{"next":"` + "\xff" + `"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, found := valueAt(body, "next")
		valueAt(body, "p.next")
		var o map[string]json.RawMessage
		if json.Unmarshal(body, &o) != nil {
			return
		}
		raw, there := o["next"]
		if there != found {
			t.Fatalf("found %v, want %v", found, there)
		}
		var text string
		if strings.Count(string(body), "next") == 1 && json.Unmarshal(raw, &text) == nil && text != got {
			t.Fatalf("%q, want %q", got, text)
		}
	})
}
