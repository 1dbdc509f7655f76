package people

import (
	"encoding/json"
	"testing"
)

func TestObjectsAreWrittenAsFHIRWantsThem(t *testing.T) {
	for _, row := range []struct {
		name string
		o    object
		want string
	}{
		{"members keep their order", object{{"b", "x"}, {"a", 1}}, `{"b":"x","a":1}`},
		{"false is said, and nothing else that is empty", object{
			{"active", false},
			{"a", nil},
			{"b", ""},
			{"c", list{}},
			{"d", object{}},
			{"e", day(0)},
			{"f", []string{}},
			{"g", instant(0)},
			{"h", object{{"i", list(nil)}}},
		}, `{"active":false}`},
		{"dates and moments", object{{"d", dayOf(2026, 7, 1)}, {"t", dayOf(2026, 7, 1).at(600)}}, `{"d":"2026-07-01","t":"2026-07-01T10:00:00+02:00"}`},
		{"lists", object{{"l", list{{{"a", true}}, {{"b", "x"}}}}, {"s", []string{"x", "y"}}}, `{"l":[{"a":true},{"b":"x"}],"s":["x","y"]}`},
		{"letters and quotes", object{{"name", `Åke "Ö" \`}}, `{"name":"Åke \"Ö\" \\"}`},
	} {
		got := string(row.o.append(nil))
		if got != row.want || !json.Valid([]byte(got)) {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestWhatCannotBeWrittenIsASlipOfThisPackage(t *testing.T) {
	for name, o := range map[string]object{
		"a line feed":        {{"a", "x\ny"}},
		"broken UTF-8":       {{"a", "x\xff"}},
		"a type of no JSON":  {{"a", 1.5}},
		"a map of something": {{"a", map[string]string{}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was written", name)
				}
			}()
			o.append(nil)
		}()
	}
}
