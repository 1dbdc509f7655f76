package people

import (
	"strconv"
	"unicode/utf8"
)

// object is a JSON object whose members keep their order, so that output is
// stable and reads as FHIR is written. A member whose value is nil, "", an
// empty list or an empty object is left out, since FHIR forbids empty elements.
type object []member

type member struct {
	key string
	val any // string, bool, int, day, instant, object, list, []string, or nil
}

type list []object

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case day:
		return v == 0
	case instant:
		return v == 0
	case list:
		return len(v) == 0
	case []string:
		return len(v) == 0
	case object:
		for _, m := range v {
			if !empty(m.val) {
				return false
			}
		}
		return true
	}
	return false
}

func (o object) append(b []byte) []byte {
	b = append(b, '{')
	first := true
	for _, m := range o {
		if empty(m.val) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), m.key...), '"', ':')
		b = appendValue(b, m.val)
	}
	return append(b, '}')
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case day:
		return append(v.append(append(b, '"')), '"')
	case instant:
		return append(v.append(append(b, '"')), '"')
	case object:
		return v.append(b)
	case list:
		b = append(b, '[')
		for i, o := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = o.append(b)
		}
		return append(b, ']')
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']')
	}
	panic("people: no JSON for this type")
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || (r == utf8.RuneError && n == 1):
			panic("people: a text that is not plain UTF-8")
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return append(b, '"')
}
