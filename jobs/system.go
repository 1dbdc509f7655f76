package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"brygga/adapters"
	"brygga/care"
	"brygga/config"
	"brygga/mapping"
	fhirmap "brygga/mapping/fhir"
	"brygga/mapping/person"
	"brygga/mapping/vendor"
)

// System is a record system as a run sees it: how to reach it, how to read it,
// and what it is asked to provide and receive.
type System struct {
	Name      string // in the configuration
	Display   string // for texts: "registrerad i <Display>"
	Source    adapters.Source
	Sink      adapters.Sink // nil where it cannot be written
	Mapper    mapping.Mapper
	Names     *care.Names
	Authority care.FactSet
	Rank      map[care.FactKind]int
	Receives  []string // FlagType, TaskType
	// Plain: its references stand among those of all systems as they are, since it
	// is the one that receives.
	Plain bool
	// Mapping is nil for a FHIR server.
	Mapping *vendor.Mapping

	settings     map[string]string
	unknownCodes float64
	hasher       *person.Hasher
	base         string // of a FHIR server
}

// systemNames are the systems that a job works on: those that provide facts and,
// last where it provides none, the one that receives.
func systemNames(cfg *config.Config) []string {
	names := cfg.Sources()
	if r := cfg.Receiver(); r != "" && !slices.Contains(names, r) {
		names = append(names, r)
	}
	return names
}

// newSystem makes what can be known of a system without reaching it.
func newSystem(cfg *config.Config, name string, key []byte) *System {
	c := cfg.Systems[name]
	s := &System{
		Name: name, Display: c.DisplayName, Authority: cfg.Authority(name), Rank: cfg.Rank(name), Plain: name == cfg.Receiver(),
		Mapping: c.Mapping, settings: c.Settings, unknownCodes: c.UnknownCodes, hasher: person.NewHasher(key), base: c.URL,
	}
	for _, typ := range []string{fhirmap.FlagType, fhirmap.TaskType} {
		if c.ReceivesKind(typ) {
			s.Receives = append(s.Receives, typ)
		}
	}
	return s
}

// number sets the table by which staff and services are numbered in packed visits
// and notes. It has to be what is stored: another process may have added to it.
func (s *System) number(names *care.Names) error {
	s.Names = names
	if s.Mapping == nil {
		s.Mapper = fhirmap.New(fhirmap.Options{Codes: fhirmap.DefaultCodes(), Hasher: s.hasher, Base: s.base, Names: names})
		return nil
	}
	m, err := vendor.New(s.Mapping, vendor.Options{System: s.Name, Hasher: s.hasher, Names: names, Settings: s.settings})
	s.Mapper = m
	return err
}

// version is the mapping, and what is declared for it, under which a checkpoint was
// made: with another one, what is stored has to be read anew. A FHIR server's is that
// of this program.
func (s *System) version() string {
	if s.Mapping == nil {
		return ""
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.settings)) {
		fmt.Fprintf(sum, "%q=%q\n", name, s.settings[name])
	}
	return s.Mapping.Hash() + hex.EncodeToString(sum.Sum(nil)[:8])
}

// alone says whether one FHIR server is all there is: its references stand as they
// are, and nothing has to be joined. The records of a mapping name people by
// identifier and by each other, and may tell of people who are kept from us: joining
// makes that out, also where they are of the only system.
func alone(systems []*System) bool { return len(systems) == 1 && systems[0].Mapping == nil }

// part is what the system gave, to be joined with what others gave.
func (s *System) part(in care.Input) care.Part {
	p := care.Part{System: s.Name, Plain: s.Plain, Input: in, Authority: s.Authority, Rank: s.Rank}
	if s.Mapping != nil {
		p.Implied, p.Rows = s.Mapping.UnlistedProtected(s.settings), !s.Authority.Has(care.SetOf(care.KindStaff))
	}
	return p
}

// input is the empty input of the system.
func (s *System) input(asOf care.Date) care.Input {
	in := care.Input{
		System: s.Display, Provides: s.Authority, Names: s.Names, AsOf: asOf,
		Visits: map[care.Ref][]care.Visit{}, Notes: map[care.Ref][]care.Note{}, Answers: map[care.Ref][]care.Answer{},
	}
	if s.Mapping != nil {
		in.QualificationsDeclared = s.Mapping.QualificationsComplete(s.settings)
	}
	for _, k := range s.Mapper.Kinds() {
		in.AssignmentsUndated = in.AssignmentsUndated || k.FirstSeen
	}
	return in
}

// local gives a reference of the joined systems as the system itself writes it; ok
// is false for one of another system.
func (s *System) local(r care.Ref) (care.Ref, bool) {
	rest, qualified := strings.CutPrefix(string(r), s.Name+":")
	switch {
	case qualified && !s.Plain:
		return care.Ref(rest), true
	case s.Plain:
		// Names of systems hold no slash, and references of FHIR no colon before one.
		kind, _, _ := strings.Cut(string(r), "/")
		return r, !strings.Contains(kind, ":")
	}
	return "", false
}

// kinds lists what is read of the system: the kinds of which something counts,
// and, where several systems are joined, those that tell whom these are about. Of
// a FHIR server that is everybody; a mapping says which lists its facts refer to.
func (s *System) kinds(needs care.FactSet, joined bool) []mapping.Kind {
	all := s.Mapper.Kinds()
	read := map[string]bool{}
	var follow func(k mapping.Kind)
	follow = func(k mapping.Kind) {
		if read[k.Name] {
			return
		}
		read[k.Name] = true
		for _, other := range all {
			if slices.Contains(k.Refers, other.Name) {
				follow(other)
			}
		}
	}
	for _, k := range all {
		if k.Facts&needs&s.Authority != 0 || joined && s.Mapping == nil && k.Facts&subjectFacts != 0 {
			follow(k)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(k mapping.Kind) bool { return !read[k.Name] })
}

// pageReader hands the pages of one pull to the mapping: the adapter knows how
// to go on, the mapping knows what a page means, and neither knows the other.
type pageReader struct {
	mapper mapping.Mapper
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
