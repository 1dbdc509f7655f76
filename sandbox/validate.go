package sandbox

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	idForm = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	// A time of day in a resource has seconds and a zone, R4 §2.24.0.1.
	writtenDate = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$`)
)

// validate says what a writer's resource is refused for, nil if for nothing. was
// is the version that it would replace, nil for a new one. It is not all of R4:
// required elements, required codes, dates, empty values, and for the types that are written into
// record systems every element's name and whether it repeats.
func (s *Server) validate(typ, id string, d doc, was *version) *refusal {
	if !idForm.MatchString(id) {
		return invalid(typ+".id", "the id is not well-formed")
	}
	if meta := d.get("meta"); meta.exists() && !meta.isObject() {
		return invalid(typ+".meta", "is not an object")
	}
	for name := range strings.FieldsSeq(required[typ]) {
		if !d.get(name).exists() {
			f := invalid(typ+"."+name, "is required")
			f.code = "required"
			return f
		}
	}
	shape := shapes()[typ]
	for i, name := range d.keys {
		v := d.vals[i]
		if list := codes[typ+"."+name]; list != "" && !listed(list, v.str()) {
			f := invalid(typ+"."+name, "is not in the required value set")
			f.code = "code-invalid"
			return f
		}
		if shape == nil || strings.HasPrefix(name, "_") {
			continue
		}
		many, known := shape[name]
		switch {
		case !known:
			return invalid(typ, "has an element that the type does not have: %s", printable(name))
		case many != v.isArray():
			return invalid(typ+"."+name, "%s", map[bool]string{true: "repeats: it must be an array", false: "does not repeat: it must not be an array"}[many])
		}
	}
	if f := s.wellFormed(typ, "", d); f != nil {
		return f
	}
	if typ == "Task" {
		return s.validateTask(d, was)
	}
	return nil
}

func listed(list, code string) bool {
	for one := range strings.FieldsSeq(list) {
		if one == code {
			return true
		}
	}
	return false
}

// validateTask holds what R4's Task page says about its elements: intent is
// immutable, and inv-1, lastModified is not before authoredOn.
func (s *Server) validateTask(d doc, was *version) *refusal {
	if was != nil && reparse(was.raw).get("intent").str() != d.get("intent").str() {
		return invalid("Task.intent", "cannot be changed")
	}
	authored, ok := parseSpan(d.get("authoredOn").str(), s.zone)
	modified, also := parseSpan(d.get("lastModified").str(), s.zone)
	if ok && also && modified.hi <= authored.lo {
		return invalid("Task.lastModified", "is before authoredOn")
	}
	return nil
}

// wellFormed looks through a value for what no FHIR JSON may hold: nothing in a
// place of something, a date that is none, a period that ends before it starts.
func (s *Server) wellFormed(path, key string, v doc) *refusal {
	switch {
	case v.isObject():
		if len(v.keys) == 0 {
			return invalid(path, "is empty")
		}
		if f := s.period(path, v); f != nil {
			return f
		}
		for i, name := range v.keys {
			if v.vals[i].raw == "null" {
				return invalid(path+"."+printable(name), "is null")
			}
			if f := s.wellFormed(path+"."+printable(name), name, v.vals[i]); f != nil {
				return f
			}
		}
	case v.isArray():
		if len(v.vals) == 0 {
			return invalid(path, "is an empty array")
		}
		for i, one := range v.vals {
			if one.raw == "null" { // stands for a primitive that has only an extension
				continue
			}
			if f := s.wellFormed(path+"["+strconv.Itoa(i)+"]", key, one); f != nil {
				return f
			}
		}
	case v.isString():
		text := v.str()
		if strings.TrimSpace(text) == "" {
			return invalid(path, "is empty")
		}
		if dateElements[key] && !isDate(text) {
			return invalid(path, "is not a date")
		}
	case dateElements[key] && key != "time":
		return invalid(path, "is not a date")
	}
	return nil
}

// isDate says whether a text is a date, dateTime, instant or time as FHIR writes them.
func isDate(text string) bool {
	if len(text) > 2 && text[2] == ':' { // a time of day, as in Timing or valueTime
		_, err := time.Parse("15:04:05", text)
		return err == nil
	}
	_, ok := parseSpan(text, time.UTC)
	return ok && writtenDate.MatchString(text)
}

// period refuses a Period that ends before it starts, per-1.
func (s *Server) period(path string, v doc) *refusal {
	start, end := v.get("start"), v.get("end")
	if !start.isString() || !end.isString() {
		return nil
	}
	from, ok := parseSpan(start.str(), s.zone)
	to, also := parseSpan(end.str(), s.zone)
	if ok && also && to.hi <= from.lo {
		return invalid(path, "ends before it starts")
	}
	return nil
}
