package fhir

import (
	"encoding/json"
	"errors"
	"fmt"

	fast "github.com/goccy/go-json"
)

// decode is the one place where JSON becomes a struct. go-json is three to eight
// times faster than encoding/json (performance.md); a fuzz test holds the two
// against each other, and Options.PlainJSON switches go-json off.
// What go-json refuses, or breaks on, its callers ask encoding/json, whose word counts.
func decode(plain bool, data []byte, v any) error {
	return decodeWith(plain, data, v)
}

// decodeBulky is the same for the thin structs of bulky types: their strings refer
// to data, so whoever keeps one copies it.
func decodeBulky(plain bool, data []byte, v any) error {
	return decodeWith(plain, data, v, fast.DecodeNoCopyString())
}

func decodeWith(plain bool, data []byte, v any, options ...fast.DecodeOptionFunc) (err error) {
	if plain {
		return json.Unmarshal(data, v)
	}
	defer func() {
		if r := recover(); r != nil {
			err = errDecoder
		}
	}()
	return fast.UnmarshalWithOption(data, v, options...)
}

var errDecoder = errors.New("go-json failed")

// syntax tells an operator what is wrong with a body that is not JSON, without
// showing any of it.
func syntax(body []byte, err error) error {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	for _, c := range body {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			continue
		}
		if c == '<' {
			return errors.New("not JSON but HTML or XML; is this the address of a FHIR server?")
		}
		break
	}
	var s *json.SyntaxError
	if errors.As(err, &s) {
		if s.Error() == "unexpected end of JSON input" {
			return fmt.Errorf("JSON that breaks off after %d bytes", len(body))
		}
		return fmt.Errorf("not JSON from byte %d on", s.Offset)
	}
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		return fmt.Errorf("JSON of another shape than expected, at %s", t.Field)
	}
	return errors.New("not JSON")
}
