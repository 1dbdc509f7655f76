package carehome

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"
)

// object is a JSON object whose members stay as they were written, in their order:
// what is not set is given back byte for byte, known or not.
type object struct {
	names  []string
	values []json.RawMessage
}

var errNoObject = errors.New("is no JSON object whose members stand once")

func parseObject(body []byte) (*object, error) {
	if !utf8.Valid(body) || !json.Valid(body) { // a decoder that goes member by member lets more pass
		return nil, errNoObject
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errNoObject
	}
	o := &object{}
	for dec.More() {
		name, err := dec.Token()
		text, ok := name.(string)
		if err != nil || !ok || slices.Contains(o.names, text) {
			return nil, errNoObject
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, errNoObject
		}
		o.names, o.values = append(o.names, text), append(o.values, value)
	}
	if _, err := dec.Token(); err != nil {
		return nil, errNoObject
	}
	if rest := body[dec.InputOffset():]; len(bytes.TrimSpace(rest)) > 0 {
		return nil, errNoObject
	}
	return o, nil
}

// get gives a member as it was written; nil where there is none.
func (o *object) get(name string) json.RawMessage {
	if i := slices.Index(o.names, name); i >= 0 {
		return o.values[i]
	}
	return nil
}

// text gives a member that is a string, else "".
func (o *object) text(name string) string {
	var s string
	if json.Unmarshal(o.get(name), &s) != nil {
		return ""
	}
	return s
}

// set replaces a member in its place, or adds it at the end.
func (o *object) set(name string, value json.RawMessage) {
	if i := slices.Index(o.names, name); i >= 0 {
		o.values[i] = value
		return
	}
	o.names, o.values = append(o.names, name), append(o.values, value)
}

func (o *object) json() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoted(name))
		b.WriteByte(':')
		b.Write(o.values[i])
	}
	b.WriteByte('}')
	return b.Bytes()
}

// quoted is a JSON string. Strings always encode.
func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return b
}
