package config

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// violations checks a value against the part of JSON Schema that Schema uses. A
// keyword that it does not know is a violation too, so that none goes unchecked.
func violations(schema map[string]any, value any, path string) []string {
	var out []string
	bad := func(format string, args ...any) {
		out = append(out, path+" "+fmt.Sprintf(format, args...))
	}
	for keyword, want := range schema {
		switch keyword {
		case "$schema", "title", "description", "default":
		case "type":
			if !hasType(want, value) {
				bad("is %T and not %v", value, want)
			}
		case "enum":
			if !slices.Contains(want.([]any), value) {
				bad("is none of %v", want)
			}
		case "pattern":
			if s, ok := value.(string); ok && !regexp.MustCompile(want.(string)).MatchString(s) {
				bad("does not match %s", want)
			}
		case "minLength":
			if s, ok := value.(string); ok && float64(len(s)) < want.(float64) {
				bad("is too short")
			}
		case "minimum", "maximum":
			if n, ok := value.(float64); ok && (n < want.(float64)) == (keyword == "minimum") && n != want.(float64) {
				bad("is out of range")
			}
		case "items":
			for i, item := range asList(value) {
				out = append(out, violations(want.(map[string]any), item, fmt.Sprintf("%s[%d]", path, i))...)
			}
		case "minItems":
			if list, ok := value.([]any); ok && float64(len(list)) < want.(float64) {
				bad("has too few items")
			}
		case "anyOf":
			if !slices.ContainsFunc(want.([]any), func(s any) bool { return len(violations(s.(map[string]any), value, path)) == 0 }) {
				bad("fits none of the forms")
			}
		case "required":
			for _, key := range want.([]any) {
				if _, ok := asMap(value)[key.(string)]; !ok && asMap(value) != nil {
					bad("lacks %s", key)
				}
			}
		case "minProperties":
			if m := asMap(value); m != nil && float64(len(m)) < want.(float64) {
				bad("has too few keys")
			}
		case "propertyNames":
			for key := range asMap(value) {
				out = append(out, violations(want.(map[string]any), key, path+"."+key)...)
			}
		case "properties", "additionalProperties": // together, below
		default:
			bad("is described by %s, which the test does not know", keyword)
		}
	}
	known, _ := schema["properties"].(map[string]any)
	for key, v := range asMap(value) {
		if s, ok := known[key]; ok {
			out = append(out, violations(s.(map[string]any), v, path+"."+key)...)
			continue
		}
		switch more := schema["additionalProperties"].(type) {
		case bool:
			if !more {
				bad("does not know %s", key)
			}
		case map[string]any:
			out = append(out, violations(more, v, path+"."+key)...)
		}
	}
	return out
}

func asMap(v any) map[string]any { m, _ := v.(map[string]any); return m }
func asList(v any) []any         { l, _ := v.([]any); return l }

func hasType(want, value any) bool {
	if many, ok := want.([]any); ok {
		return slices.ContainsFunc(many, func(one any) bool { return hasType(one, value) })
	}
	switch v := value.(type) {
	case nil:
		return want == "null"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == math.Trunc(v)
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	}
	return false
}

func readSchema(t *testing.T) map[string]any {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON reads YAML as an editor does before it asks the schema.
func asJSON(text string) (value any, err error) {
	b, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	return value, json.Unmarshal(b, &value)
}

func TestSchemaAcceptsWhatLoads(t *testing.T) {
	schema := readSchema(t)
	dir := caseFolder(t)
	cases, _ := filepath.Glob(filepath.Join(dir, "conf.*.yaml"))
	accepted := 0
	for _, path := range cases {
		if c, _ := Load(path, testEnv); c == nil {
			continue
		}
		text, _ := readSource(path)
		value, err := asJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		if bad := violations(schema, value, ""); len(bad) > 0 {
			t.Errorf("%s:\n%s", filepath.Base(path), strings.Join(bad, "\n"))
		}
		accepted++
	}
	init, _ := Init(KindFHIR)
	value, err := asJSON(string(init))
	if err != nil {
		t.Fatal(err)
	}
	if bad := violations(schema, value, ""); len(bad) > 0 || accepted < 15 {
		t.Errorf("%d cases, and init's file: %v", accepted, bad)
	}
}

func TestSchemaRefusesWhatAnEditorCanSee(t *testing.T) {
	schema := readSchema(t)
	for name, want := range map[string]string{
		"a-misspelt-key-names-the-nearest":                   "does not know unit",
		"missing-keys-say-what-to-write":                     "lacks tenant",
		"secrets-written-in-clear-are-refused-and-not-shown": ".keys.pseudonym does not match",
		"an-unknown-way-to-sign-in":                          "is none of",
		"numbers-out-of-range":                               ".page_size is out of range",
		"a-number-is-written-in-words":                       ".page_size is string and not integer",
		"all-problems-are-reported-and-not-only-the-first":   ".close_share is out of range",
		"an-empty-list-of-units-is-not-all-units":            ".writes.units fits none",
		"an-unknown-kind-of-fact":                            "does not know frobs",
		"facts-that-are-empty":                               ".facts has too few keys",
		"no-system":                                          ".systems has too few keys",
		"a-system-whose-name-is-none":                        "Journal-systemet does not match",
		"a-misspelt-key-of-a-care-home":                      "does not know recipient",
		"a-care-home-of-another-kind":                        ".kind is none of",
		"a-secret-age-key-is-refused-and-not-shown":          ".recipients fits none",
		"consent-terms-that-are-wrong":                       ".accept_unnamed_recipient is string and not boolean",
		"no-sections-to-hand-over":                           ".sections fits none",
		"a-daemon-that-is-wrong":                             ".workers is out of range",
		"an-age-of-permits-without-a-unit":                   ".max_age is float64",
		"a-parameter-in-nested-keys":                         "fits none of the forms",
		"a-store-that-is-no-file":                            ".store does not match",
		"durations-in-other-notations":                       ".catch_up does not match",
		"a-pack-that-is-misspelt":                            ".rules.pack does not match",
	} {
		t.Run(strings.ReplaceAll(name, "-", " "), func(t *testing.T) {
			text, problem := readSource(filepath.Join("testdata", "conf."+name+".yaml"))
			if problem != nil {
				t.Fatal(problem)
			}
			value, err := asJSON(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(violations(schema, value, ""), "\n"); !strings.Contains(got, want) {
				t.Errorf("got\n%s\nwant %s", got, want)
			}
		})
	}
}

func TestSchemaNamesItsDraftAndEveryDefault(t *testing.T) {
	schema := readSchema(t)
	if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("the draft is %v", schema["$schema"])
	}
	defaults := strings.Count(string(Schema()), `"default":`)
	want := 0
	root.walk(func(s *spec) {
		if s.def != "" {
			want++
		}
	})
	if defaults != want || want < 15 {
		t.Errorf("%d defaults of %d", defaults, want)
	}
	size := asMap(asMap(asMap(asMap(asMap(schema["properties"])["systems"])["additionalProperties"])["properties"])["page_size"])
	if size["default"] != 500.0 || size["type"] != "integer" {
		t.Errorf("page_size is %v", size)
	}
}
