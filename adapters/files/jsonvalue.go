package files

// seen is how far one JSON value was seen.
type seen uint8

const (
	whole seen = iota
	short      // the bytes end before it does
	wrong      // it is no JSON
	deep       // it has more than maxDepth levels
)

// value reads one JSON value that begins at b[i], or after space there, and gives
// where it ends. It is as strict as RFC 8259, but for the encoding of strings,
// which whoever decoded the text has seen to. A number at the very end of b may
// go on, and is short.
func value(b []byte, i, depth int) (end int, s seen) {
	if i = space(b, i); i == len(b) {
		return i, short
	}
	switch c := b[i]; c {
	case '{', '[':
		if depth == maxDepth {
			return i, deep
		}
		return container(b, i, depth+1)
	case '"':
		return str(b, i)
	case 't':
		return literal(b, i, "true")
	case 'f':
		return literal(b, i, "false")
	case 'n':
		return literal(b, i, "null")
	}
	return number(b, i)
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// container reads an object or an array.
func container(b []byte, i, depth int) (end int, s seen) {
	object, last := b[i] == '{', b[i]+2 // } is two after {, ] two after [
	if i = space(b, i+1); i < len(b) && b[i] == last {
		return i + 1, whole
	}
	for {
		if object {
			if i = space(b, i); i == len(b) {
				return i, short
			}
			if b[i] != '"' {
				return i, wrong
			}
			if i, s = str(b, i); s != whole {
				return i, s
			}
			if i = space(b, i); i == len(b) {
				return i, short
			}
			if b[i] != ':' {
				return i, wrong
			}
			i++
		}
		if i, s = value(b, i, depth); s != whole {
			return i, s
		}
		if i = space(b, i); i == len(b) {
			return i, short
		}
		switch b[i] {
		case ',':
			i++
		case last:
			return i + 1, whole
		default:
			return i, wrong
		}
	}
}

// plainByte is what may stand in a string as it is.
var plainByte = func() (t [256]bool) {
	for i := 0x20; i < 256; i++ {
		t[i] = i != '"' && i != '\\'
	}
	return t
}()

func str(b []byte, i int) (end int, s seen) {
	i++
	for i < len(b) {
		switch c := b[i]; {
		case plainByte[c]:
			i++
		case c == '"':
			return i + 1, whole
		case c != '\\':
			return i, wrong
		case i+1 == len(b):
			return i, short
		default:
			if i, s = escape(b, i+1); s != whole {
				return i, s
			}
		}
	}
	return i, short
}

func escape(b []byte, i int) (end int, s seen) {
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, whole
	case 'u':
		for j := i + 1; j < i+5; j++ {
			if j == len(b) {
				return j, short
			}
			if c := b[j] | 0x20; (c < '0' || c > '9' || b[j] < '0') && (c < 'a' || c > 'f') {
				return j, wrong
			}
		}
		return i + 5, whole
	}
	return i, wrong
}

func literal(b []byte, i int, word string) (end int, s seen) {
	for j := range len(word) {
		if i+j == len(b) {
			return i, short
		}
		if b[i+j] != word[j] {
			return i, wrong
		}
	}
	return i + len(word), whole
}

func number(b []byte, i int) (end int, s seen) {
	digits := func() bool {
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i > from
	}
	ends := func() (int, seen) {
		if i == len(b) {
			return i, short
		}
		return i, wrong
	}
	if b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if !digits() {
		return ends()
	}
	if i < len(b) && b[i] == '.' {
		if i++; !digits() {
			return ends()
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return ends()
		}
	}
	if i == len(b) {
		return i, short
	}
	return i, whole
}
