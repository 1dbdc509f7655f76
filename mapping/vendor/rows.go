package vendor

import (
	"reflect"
	"strconv"
	"strings"
)

// typed turns a row of texts, as CSV and XML give it, into one of types.
func (c *list) typed(from, to reflect.Value) error {
	return typedFields(c.fields, from, to, 1, c.Files.Decimal == ",")
}

func typedFields(fields []*field, from, to reflect.Value, first int, comma bool) error {
	for i, f := range fields {
		src, dst := from.Field(first+i), to.Field(first+i)
		if !f.many {
			if err := typedValue(f, src, dst, comma); err != nil {
				return err
			}
			continue
		}
		if src.Len() == 0 {
			continue
		}
		dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
		for j := range src.Len() {
			if err := typedValue(f, src.Index(j), dst.Index(j), comma); err != nil {
				return err
			}
		}
	}
	return nil
}

func typedValue(f *field, src, dst reflect.Value, comma bool) error {
	if f.typ == typeObject {
		return typedFields(f.fields, src, dst, 0, comma)
	}
	s := src.String()
	switch f.typ {
	case typeInt:
		if s = strings.TrimSpace(s); s == "" {
			return nil
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return &fault{f.place, f.name, "is no whole number"}
		}
		dst.SetInt(int64(n))
	case typeFloat:
		if s = strings.TrimSpace(s); s == "" {
			return nil
		}
		if comma {
			s = strings.Replace(s, ",", ".", 1)
		}
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return &fault{f.place, f.name, "is no number"}
		}
		dst.SetFloat(n)
	case typeBool:
		yes, ok := flagWords[strings.ToLower(strings.TrimSpace(s))]
		if !ok {
			return &fault{f.place, f.name, "is neither yes nor no"}
		}
		dst.SetBool(yes)
	default:
		dst.SetString(s)
	}
	return nil
}

var flagWords = map[string]bool{
	"": false, "0": false, "nej": false, "n": false, "no": false, "false": false, "falskt": false,
	"1": true, "ja": true, "j": true, "y": true, "yes": true, "true": true, "sant": true, "x": true,
}

// keyParts gives the parts of a row's key. They are good until it is called again.
func (x *reading) keyParts(row reflect.Value) ([]string, error) {
	n := len(x.list.keyIndex)
	out := x.parts[:min(n, len(x.parts))]
	if n > len(x.parts) {
		out = make([]string, n)
	}
	empty := true
	for i, index := range x.list.keyIndex {
		v := row
		for _, j := range index {
			v = v.Field(j)
		}
		switch x.list.keyFields[i].typ {
		case typeInt:
			out[i] = x.keyPart(strconv.FormatInt(v.Int(), 10))
		case typePerson:
			out[i] = x.keyOf(v.String())
		case typeDate, typeDatetime:
			d, err := x.date(v.String())
			if err != nil {
				return nil, &fault{x.list.at, x.list.key[i], err.Error()}
			}
			out[i] = d.String()
		default:
			out[i] = x.keyPart(v.String())
		}
		if out[i] == "0" {
			out[i] = ""
		}
		if empty = empty && out[i] == ""; out[i] == "" && len(out) > 1 {
			out[i] = "-" // one part of several may be left out
		}
	}
	if empty {
		return nil, &fault{x.list.at, strings.Join(x.list.key, ", "), "the row has no key"}
	}
	return out, nil
}
