package fhir

import "strconv"

// shape says what is read of a JSON value, and of which JSON type it must be.
// What a shape does not name is not read, and cannot make a record unreadable.
type shape struct {
	is     jsonType
	fields fields // of an object, or of the objects of an array
	lone   bool   // an array may also be written as its only element (R5: participant.role)
}

type fields map[string]shape

type jsonType uint8

const (
	isText jsonType = iota
	isFlag
	isObject
	isList  // of objects
	isTexts // a list of strings
)

var jsonTypes = [...]string{"a string", "true or false", "an object", "an array of objects", "an array of strings"}

var (
	textShape = shape{is: isText}
	flagShape = shape{is: isFlag}

	periodShape  = object1(fields{"start": textShape, "end": textShape})
	codingFields = fields{"system": textShape, "code": textShape}
	codingShape  = object1(codingFields)
	conceptShape = object1(fields{"coding": list(codingFields), "text": textShape})
	concepts     = list(fields{"coding": list(codingFields)})
	codesOnly    = object1(fields{"coding": list(codingFields)})
	identFields  = fields{"system": textShape, "value": textShape}
	refFields    = fields{"reference": textShape, "type": textShape, "identifier": object1(identFields)}
	refShape     = object1(refFields)
	refList      = list(refFields)
	metaShape    = object1(fields{"versionId": textShape, "lastUpdated": textShape})
)

func object1(f fields) shape { return shape{is: isObject, fields: f} }
func list(f fields) shape    { return shape{is: isList, fields: f} }

// with gives the fields together with more.
func (f fields) with(more fields) fields {
	all := make(fields, len(f)+len(more))
	for k, s := range f {
		all[k] = s
	}
	for k, s := range more {
		all[k] = s
	}
	return all
}

// only gives the named fields.
func (f fields) only(names ...string) fields {
	some := make(fields, len(names))
	for _, n := range names {
		some[n] = f[n]
	}
	return some
}

// prune keeps what the fields name of a decoded JSON object. A value of the wrong
// JSON type is a fault with its path; null is as if it were not there.
func prune(v map[string]any, f fields, path string) (map[string]any, error) {
	kept := make(map[string]any, len(f))
	for name, s := range f {
		child, ok := v[name]
		if !ok || child == nil {
			continue
		}
		value, err := s.prune(child, path+"."+name)
		if err != nil {
			return nil, err
		}
		kept[name] = value
	}
	return kept, nil
}

func (s shape) prune(v any, path string) (any, error) {
	switch x := v.(type) {
	case string:
		if s.is == isText {
			return x, nil
		}
	case bool:
		if s.is == isFlag {
			return x, nil
		}
	case map[string]any:
		if s.is == isObject {
			return prune(x, s.fields, path)
		}
		if s.is == isList && s.lone {
			only, err := prune(x, s.fields, path)
			return []any{only}, err
		}
	case []any:
		if s.is == isList {
			return s.pruneList(x, path)
		}
		if s.is == isTexts && allTexts(x) {
			return x, nil
		}
	}
	return nil, &fault{path, "another JSON type than " + jsonTypes[s.is]}
}

func (s shape) pruneList(v []any, path string) (any, error) {
	kept := make([]any, 0, len(v))
	for i, child := range v {
		if child == nil {
			kept = append(kept, map[string]any{})
			continue
		}
		value, err := shape{is: isObject, fields: s.fields}.prune(child, path+"["+strconv.Itoa(i)+"]")
		if err != nil {
			return nil, err
		}
		kept = append(kept, value)
	}
	return kept, nil
}

func allTexts(v []any) bool {
	for _, child := range v {
		if _, ok := child.(string); !ok {
			return false
		}
	}
	return true
}
