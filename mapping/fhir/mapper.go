package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"brygga/care"
	"brygga/mapping"
	"brygga/mapping/person"
)

// Options say how FHIR is read.
type Options struct {
	Codes  Codes          // the code table; the zero value is DefaultCodes
	Hasher *person.Hasher // for persons' identifiers
	Names  *care.Names    // the numbers of staff and services in packed visits and notes
	// Base is the address of the server: an absolute reference that begins with it
	// is to a record of that server, any other is to somewhere else. Empty takes
	// absolute references to any server as local, as is right for files on disk.
	Base string
	// PlainJSON decodes with encoding/json throughout: some three to eight times
	// slower, for the day when go-json is found to be wrong about something.
	PlainJSON bool
}

// Mapper reads FHIR R4 resources into facts. It keeps nothing of what it read
// and is safe for use by several goroutines.
type Mapper struct {
	codes  Codes
	hasher *person.Hasher
	names  *care.Names
	base   string
	plain  bool
	types  map[string]reader
	// serviceSystems are the systems that codes.Services uses.
	serviceSystems map[string]bool
}

// New makes a Mapper. Without a Hasher or Names it panics: both are always needed.
func New(o Options) *Mapper {
	if o.Hasher == nil || o.Names == nil {
		panic("fhir: a Mapper needs a Hasher and Names")
	}
	if o.Codes.Identifiers == nil {
		o.Codes = DefaultCodes()
	}
	m := &Mapper{codes: o.Codes, hasher: o.Hasher, names: o.Names, plain: o.PlainJSON, types: readers()}
	if o.Base != "" {
		m.base = strings.TrimRight(o.Base, "/") + "/"
	}
	m.serviceSystems = make(map[string]bool)
	for c := range o.Codes.Services {
		m.serviceSystems[c.System] = true
	}
	return m
}

// Kinds implements mapping.Mapper; see the function Kinds.
func (m *Mapper) Kinds() []mapping.Kind { return Kinds(m.codes) }

// Resource reads one resource of any type, as on disk or from a read by id, and
// hands it to the sink. Types that hold none of our facts are ignored. An error
// means that raw is no JSON object with a resourceType; it holds nothing of raw.
//
// An Encounter gives two calls, since it may have been a visit before and be a
// stay in hospital now: a VisitRecord and a Record.
func (m *Mapper) Resource(sink mapping.Sink, raw []byte) error {
	return m.resource(&reading{Mapper: m}, sink, raw)
}

func (m *Mapper) resource(x *reading, sink mapping.Sink, raw []byte) error {
	typ := sniff(raw)
	if typ == "" {
		var err error
		if typ, err = x.typeOf(raw); err != nil {
			return err
		}
	}
	r, ok := m.types[typ]
	if !ok {
		if !json.Valid(raw) {
			return syntax(raw, json.Unmarshal(raw, new(struct{})))
		}
		return nil
	}
	if err := r.row(x, sink, raw); err != nil {
		return syntax(raw, err)
	}
	return nil
}

// typeOf tells the resourceType; an error where raw is not JSON or has none.
func (m *Mapper) typeOf(raw []byte) (string, error) {
	var r struct {
		ResourceType string `json:"resourceType"`
	}
	if err := decode(m.plain, raw, &r); err != nil {
		if err := json.Unmarshal(raw, &r); err != nil {
			return "", syntax(raw, err)
		}
	}
	if r.ResourceType == "" {
		return "", errors.New("JSON without a resourceType")
	}
	return r.ResourceType, nil
}

// sniff tells the resourceType where it stands first in the object, as nearly
// everyone writes it; "" where it does not.
func sniff(raw []byte) string {
	s := bytes.TrimLeft(raw, " \t\r\n")
	for _, token := range []string{"{", `"resourceType"`, ":", `"`} {
		rest, ok := bytes.CutPrefix(s, []byte(token))
		if !ok {
			return ""
		}
		s = rest
		if token != `"` {
			s = bytes.TrimLeft(s, " \t\r\n")
		}
	}
	i := bytes.IndexByte(s, '"')
	if i < 0 || !plainType(string(s[:i])) {
		return ""
	}
	return string(s[:i])
}
