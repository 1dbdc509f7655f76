package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// doc is one JSON value, kept as it was written: numbers keep their digits and
// objects their order. Its parts are substrings of the text that was parsed.
type doc struct {
	raw  string
	keys []string // of an object
	vals []doc    // of an object or array
}

var (
	errNotJSON = errors.New("the body is not valid JSON")
	errNotUTF8 = errors.New("the body is not valid UTF-8")
)

// parse reads one JSON value. The text of the result has no line breaks.
func parse(text []byte) (doc, error) {
	if !utf8.Valid(text) {
		return doc{}, errNotUTF8
	}
	if bytes.ContainsAny(text, "\r\n") {
		var b bytes.Buffer
		if json.Compact(&b, text) != nil {
			return doc{}, errNotJSON
		}
		text = b.Bytes()
	} else if !json.Valid(text) {
		return doc{}, errNotJSON
	}
	return reparse(string(text)), nil
}

// reparse reads text that is known to be valid JSON.
func reparse(text string) doc {
	p := parser{s: text, keys: make([]string, 0, 48), vals: make([]doc, 0, 48)}
	return p.value()
}

// parser steps through valid JSON. What is read of the objects that are still open
// lies on two stacks; a closed one moves into slabs, which spares an allocation per object.
type parser struct {
	s string
	i int

	keys, keySlab []string
	vals, slab    []doc
}

// close takes what lies above the marks off the stacks.
func (p *parser) close(key, val int) (keys []string, vals []doc) {
	keys, p.keySlab = move(p.keys[key:], p.keySlab)
	vals, p.slab = move(p.vals[val:], p.slab)
	p.keys, p.vals = p.keys[:key], p.vals[:val]
	return keys, vals
}

func move[T any](from, slab []T) (placed, rest []T) {
	n := len(from)
	if n > len(slab) {
		slab = make([]T, max(48, n))
	}
	copy(slab, from)
	return slab[:n:n], slab[n:]
}

func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\r', '\n', ',', ':':
			p.i++ // separators are where they should be: the text is valid
		default:
			return
		}
	}
}

func (p *parser) value() doc {
	p.space()
	start := p.i
	switch p.s[p.i] {
	case '{':
		p.i++
		key, val := len(p.keys), len(p.vals)
		for p.space(); p.s[p.i] != '}'; p.space() {
			p.keys = append(p.keys, unquote(p.text()))
			p.vals = append(p.vals, p.value())
		}
		p.i++
		keys, vals := p.close(key, val)
		return doc{raw: p.s[start:p.i], keys: keys, vals: vals}
	case '[':
		p.i++
		val := len(p.vals)
		for p.space(); p.s[p.i] != ']'; p.space() {
			p.vals = append(p.vals, p.value())
		}
		p.i++
		_, vals := p.close(len(p.keys), val)
		return doc{raw: p.s[start:p.i], vals: vals}
	case '"':
		return doc{raw: p.text()}
	default:
		for p.i < len(p.s) && !strings.ContainsRune(",]} \t\r\n", rune(p.s[p.i])) {
			p.i++
		}
		return doc{raw: p.s[start:p.i]}
	}
}

// text steps over a string and gives it with its quotes.
func (p *parser) text() string {
	start := p.i
	for p.i++; p.s[p.i] != '"'; p.i++ {
		if p.s[p.i] == '\\' {
			p.i++
		}
	}
	p.i++
	return p.s[start:p.i]
}

func unquote(s string) string {
	if !strings.Contains(s, `\`) {
		return s[1 : len(s)-1]
	}
	var out string
	_ = json.Unmarshal([]byte(s), &out) // valid, as all of the text is
	return out
}

func quote(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		return `"` + s + `"`
	}
	b, _ := json.Marshal(s) // a string always encodes
	return string(b)
}

func (d doc) isObject() bool { return strings.HasPrefix(d.raw, "{") }
func (d doc) isArray() bool  { return strings.HasPrefix(d.raw, "[") }
func (d doc) isString() bool { return strings.HasPrefix(d.raw, `"`) }
func (d doc) exists() bool   { return d.raw != "" }

// get is the member of that name; it does not exist where there is none.
func (d doc) get(key string) doc {
	for i, k := range d.keys {
		if k == key {
			return d.vals[i]
		}
	}
	return doc{}
}

// str is the text of a string, "" for everything else.
func (d doc) str() string {
	if !d.isString() {
		return ""
	}
	return unquote(d.raw)
}

// at calls f for every value at the path ("participant.individual"), through arrays.
func (d doc) at(path string, f func(doc)) {
	if d.isArray() {
		for _, v := range d.vals {
			v.at(path, f)
		}
		return
	}
	if path == "" {
		if d.exists() {
			f(d)
		}
		return
	}
	first, rest, _ := strings.Cut(path, ".")
	if v := d.get(first); v.exists() {
		v.at(rest, f)
	}
}

// repeated is the first member name that an object has twice, "" if none.
func (d doc) repeated() string {
	seen := make(map[string]bool, len(d.keys))
	for _, k := range d.keys {
		if seen[k] {
			return k
		}
		seen[k] = true
	}
	return ""
}

// replace writes the value with some of its strings changed: f is given each with
// the name of the member it is in, and says what comes in its place.
func (d doc) replace(key string, f func(key, text string) (string, bool)) string {
	switch {
	case d.isString():
		if to, ok := f(key, d.str()); ok {
			return quote(to)
		}
		return d.raw
	case !d.isObject() && !d.isArray():
		return d.raw
	}
	var b strings.Builder
	b.WriteByte(d.raw[0])
	for i, v := range d.vals {
		if i > 0 {
			b.WriteByte(',')
		}
		if d.isArray() {
			b.WriteString(v.replace(key, f))
			continue
		}
		b.WriteString(quote(d.keys[i]) + ":" + v.replace(d.keys[i], f))
	}
	b.WriteByte(d.raw[len(d.raw)-1])
	return b.String()
}
