package rest

import (
	"encoding/json"
	"strings"
)

// valueAt reads a text or number from an object, by a path of names with dots
// between ("paging.next"). found says that the path is there; what is null, or
// neither text nor number, is empty. The body need not be JSON at all.
func valueAt(body []byte, path string) (value string, found bool) {
	c := cursor{b: body}
	for path != "" {
		name, rest, _ := strings.Cut(path, ".")
		if !c.enter(name) {
			return "", false
		}
		path = rest
	}
	start := c.i
	if c.peek() == '{' || c.peek() == '[' || !c.skip() {
		return "", true
	}
	raw := c.b[start:c.i]
	var text string
	if raw[0] == '"' {
		if json.Unmarshal(raw, &text) != nil {
			return "", true
		}
		return text, true
	}
	if s := string(raw); s != "null" && s != "true" && s != "false" {
		return s, true
	}
	return "", true
}

// cursor walks over JSON without making anything of it.
type cursor struct {
	b []byte
	i int
}

// peek is the next byte that is no space; 0 at the end.
func (c *cursor) peek() byte {
	for c.i < len(c.b) {
		switch c.b[c.i] {
		case ' ', '\t', '\r', '\n':
			c.i++
		default:
			return c.b[c.i]
		}
	}
	return 0
}

func (c *cursor) take(want byte) bool {
	if c.peek() != want {
		return false
	}
	c.i++
	return true
}

// enter goes to the value of a name within the object that comes next.
func (c *cursor) enter(name string) bool {
	if !c.take('{') {
		return false
	}
	for c.peek() == '"' {
		start := c.i
		if !c.text() {
			return false
		}
		raw := c.b[start:c.i]
		if !c.take(':') {
			return false
		}
		if called(raw, name) {
			c.peek()
			return true
		}
		if !c.skip() || !c.take(',') {
			return false
		}
	}
	return false
}

// called says whether a name as it stands, quotes and all, is this one.
func called(raw []byte, name string) bool {
	if string(raw[1:len(raw)-1]) == name {
		return true
	}
	var text string
	return strings.IndexByte(string(raw), '\\') >= 0 && json.Unmarshal(raw, &text) == nil && text == name
}

// text passes over a text in quotes.
func (c *cursor) text() bool {
	for c.i++; c.i < len(c.b); c.i++ {
		switch c.b[c.i] {
		case '\\':
			c.i++
		case '"':
			c.i++
			return true
		}
	}
	return false
}

// skip passes over one value, however deep.
func (c *cursor) skip() bool {
	for depth := 0; ; {
		switch c.peek() {
		case 0:
			return false
		case '"':
			if !c.text() {
				return false
			}
		case '{', '[':
			depth++
			c.i++
		case '}', ']':
			if depth--; depth < 0 {
				return false
			}
			c.i++
		case ',', ':':
			if depth == 0 {
				return false
			}
			c.i++
			continue
		default:
			for c.i < len(c.b) && !strings.ContainsRune(" \t\r\n,:{}[]\"", rune(c.b[c.i])) {
				c.i++
			}
		}
		if depth == 0 {
			return true
		}
	}
}
