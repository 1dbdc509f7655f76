package fhir

import (
	"encoding/json"
	"strings"
	"time"

	"brygga/care"
	"brygga/mapping"
)

// reader reads the resources of one type.
type reader interface {
	// page decodes one page of the type; see Mapper.Page.
	page(m *Mapper, kind mapping.Kind, sink mapping.Sink, body []byte) (mapping.Page, error)
	// row reads one resource, and gives it to the sink whatever it is. An error
	// means that raw is no JSON object.
	row(x *reading, sink mapping.Sink, raw []byte) error
	// holds are the facts that a resource of the type may hold.
	holds() care.FactSet
}

// reading is where a resource is read.
type reading struct {
	*Mapper
	asked care.FactSet        // of the Kind; none where the type was not asked for as a kind
	urns  map[string]care.Ref // within a Bundle: fullUrl → record
	id    string              // given by the Bundle, for a resource that has none of its own
	name  care.Ref            // the record that is being read

	hint care.Ref // whom a record of no fact is about, where its subject was not decoded

	visitRoom []care.Visit // where the visits of a page are put
}

func (x *reading) self() care.Ref { return x.name }

// head is what every resource has.
type head struct {
	typ, id          string
	version, updated string
}

// spec says how a type is read. R is a struct that encoding/json can fill.
type spec[R any] struct {
	name   string
	facts  care.FactSet
	bulky  bool   // R is thin: its strings may refer to the body
	whole  bool   // R keeps the resource as it was written: nothing of it is cut away
	fields fields // everything that is read; whatever else is in the resource is not looked at
	gate   []string
	head   func(*R) head
	// about says whether the record holds a fact at all, by its codes and its
	// status, reading only the gate's fields: what is wrong in the rest of a record
	// that is none of ours, or was entered in error, does not matter.
	about func(*reading, *R) (bool, error)
	// give hands the facts to the sink; about is what the function of that name
	// said. On an error nothing has been handed over.
	give func(x *reading, r *R, about bool, h recordHead, sink mapping.Sink) error
	// concerns narrows down which facts an unreadable record may hold, where its
	// gate could be read; nil for all of them.
	concerns func(*reading, *R) care.FactSet
}

func (s *spec[R]) holds() care.FactSet { return s.facts }

// recordHead is a head, read.
type recordHead struct {
	ref     care.Ref
	version string
	updated time.Time
}

// attempt reads a decoded resource. On an error nothing has been given to the sink.
func (s *spec[R]) attempt(x *reading, r *R, sink mapping.Sink) error {
	h := s.head(r)
	id := h.id
	if id == "" {
		id = x.id
	}
	rec := recordHead{}
	if plainID(id) {
		rec.ref = care.Ref(s.name + "/" + id)
	}
	x.name = rec.ref
	about, err := s.about(x, r)
	if err != nil {
		return err
	}
	if rec.ref == "" {
		return &fault{"id", "is missing or is no id"}
	}
	rec.version = strings.Clone(h.version)
	if h.updated != "" {
		m, ok := parseMoment(h.updated)
		if !ok && about {
			return badDate("meta.lastUpdated")
		}
		rec.updated = m.at
	}
	return s.give(x, r, about, rec, sink)
}

// row reads one resource: in one go, as nearly all can be, else with care.
func (s *spec[R]) row(x *reading, sink mapping.Sink, raw []byte) error {
	var r R
	if err := s.decode(x.plain, raw, &r); err == nil && s.head(&r).typ == s.name {
		if s.attempt(x, &r, sink) == nil {
			return nil
		}
	}
	return s.carefully(x, sink, raw)
}

func (s *spec[R]) decode(plain bool, raw []byte, r any) error {
	if s.bulky {
		return decodeBulky(plain, raw, r)
	}
	return decode(plain, raw, r)
}

// carefully reads a resource that could not be read in one go. Only what is read
// of it counts: the rest, such as a gender outside its value set, is cut away
// first. What then still cannot be read goes to the sink as unreadable.
func (s *spec[R]) carefully(x *reading, sink mapping.Sink, raw []byte) error {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return err
	}
	facts := s.facts
	read := s.piecewise
	if s.whole {
		read = func(x *reading, sink mapping.Sink, _ map[string]any, _ *care.FactSet) error {
			return s.uncut(x, sink, raw)
		}
	}
	if err := read(x, sink, tree, &facts); err != nil {
		sink.Unreadable(x.unreadable(s.name, facts, tree, err))
	}
	return nil
}

// piecewise reads the gate, and the rest only where the gate says that it matters.
// facts becomes what the record may hold, where that is told before it fails.
func (s *spec[R]) piecewise(x *reading, sink mapping.Sink, tree map[string]any, facts *care.FactSet) error {
	if len(s.gate) > 0 {
		gate, err := s.cut(tree, s.fields.only(s.gate...))
		if err != nil {
			return err
		}
		if s.concerns != nil {
			*facts = s.concerns(x, gate)
		}
		about, err := s.about(x, gate)
		if err != nil {
			return err
		}
		if !about {
			x.hint, _ = x.concerned(s.name, x.name, tree)
			return s.attempt(x, gate, sink)
		}
	}
	whole, err := s.cut(tree, s.fields)
	if err != nil {
		return err
	}
	return s.attempt(x, whole, sink)
}

// uncut reads a resource of which nothing may be cut away.
func (s *spec[R]) uncut(x *reading, sink mapping.Sink, raw []byte) error {
	r := new(R)
	if err := json.Unmarshal(raw, r); err != nil {
		return &fault{"", "cannot be read"}
	}
	return s.attempt(x, r, sink)
}

// cut decodes these fields of the resource and its head.
func (s *spec[R]) cut(tree map[string]any, want fields) (*R, error) {
	kept, err := prune(tree, headFields.with(want), "")
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(kept)
	if err != nil {
		return nil, &fault{"", "cannot be read"}
	}
	r := new(R)
	if err := json.Unmarshal(body, r); err != nil {
		return nil, &fault{"", "cannot be read"}
	}
	return r, nil
}

var headFields = fields{"resourceType": textShape, "id": textShape, "meta": metaShape}
