package vendor

import (
	"slices"
	"time"

	"brygga/care"
	"brygga/mapping/person"
)

// What expressions give, besides texts, numbers, flags and times. They are
// opaque: an expression can hand them on, and compare dates.
type (
	// who is a person, by number or HSA-id; the zero value is nobody.
	who struct{ id care.Identifier }
	// link is a record of the system, or an organization; empty is none.
	link struct{ ref care.Ref }
	// day is a calendar date; zero is none.
	day struct{ date care.Date }
)

// ref gives the reference by which records name the person.
func (w who) ref() care.Ref {
	if w == (who{}) {
		return ""
	}
	return person.Ref(w.id)
}

// value is what one field of a fact was found to be.
type value struct {
	set  bool
	who  who
	ref  care.Ref // of a person too
	date care.Date
	time time.Time
	flag bool
	text string
}

// values are those of one fact, in the order of its fields.
type values struct {
	spec *factSpec
	one  [12]value
	many [12][]value
}

func (v *values) reset(spec *factSpec) {
	v.spec = spec
	for i := range spec.fields {
		v.one[i] = value{}
		v.many[i] = v.many[i][:0]
	}
}

// at gives the value of a field, and is quick: there are few.
func (v *values) at(name string) *value {
	for i := range v.spec.fields {
		if v.spec.fields[i].name == name {
			return &v.one[i]
		}
	}
	panic("vendor: no field " + name + " of " + v.spec.kind.String())
}

func (v *values) all(name string) []value {
	return v.many[v.spec.field(name)]
}

func (v *values) day(name string) care.Date { return v.at(name).date }
func (v *values) ref(name string) care.Ref  { return v.at(name).ref }
func (v *values) code(name string) string   { return v.at(name).text }

// period is that of the fields start and end.
func (v *values) period() care.Period { return care.Period{Start: v.day("start"), End: v.day("end")} }

// identifiers gives those of persons, each once.
func (v *values) identifiers(names ...string) (out []care.Identifier) {
	for _, n := range names {
		for _, w := range v.all(n) {
			if w.who != (who{}) && !slices.Contains(out, w.who.id) {
				out = append(out, w.who.id)
			}
		}
	}
	return out
}

// refs gives the references of a field, each once.
func (v *values) refs(name string) (out []care.Ref) {
	for _, w := range v.all(name) {
		if w.ref != "" && !slices.Contains(out, w.ref) {
			out = append(out, w.ref)
		}
	}
	return out
}
