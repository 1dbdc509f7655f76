package jobs

import (
	"brygga/adapters"
	"brygga/care"
	"brygga/mapping"
	fhirmap "brygga/mapping/fhir"
)

// System is a record system as a run sees it: how to reach it, how to read it,
// and what it is asked to provide and receive.
type System struct {
	Name     string // in the configuration
	Display  string // for texts: "registrerad i <Display>"
	Source   adapters.Source
	Sink     adapters.Sink
	Mapper   *fhirmap.Mapper // made by number
	Codes    fhirmap.Codes
	Names    *care.Names
	Provides care.FactSet
	Receives []string // FlagType, TaskType

	reading fhirmap.Options // what Mapper is made of
}

// number sets the table by which staff and services are numbered in packed visits
// and notes. It has to be what is stored: another process may have added to it.
func (s *System) number(names *care.Names) {
	s.reading.Names = names
	s.Names, s.Mapper = names, fhirmap.New(s.reading)
}

// pageReader hands the pages of one pull to the mapping: the adapter knows how
// to go on, the mapping knows what a page means, and neither knows the other.
type pageReader struct {
	mapper *fhirmap.Mapper
	kind   mapping.Kind
	sink   mapping.Sink
}

func (r pageReader) Open(body []byte) (adapters.Page, error) {
	p, err := r.mapper.Page(r.kind, r.sink, body)
	if err != nil {
		return adapters.Page{}, err
	}
	return adapters.Page{Next: p.Next, Updated: p.Updated, Total: p.Total, Keys: p.Keys, Take: p.Take}, nil
}
