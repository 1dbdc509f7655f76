package vendor

import (
	"brygga/care"
	"brygga/mapping"
	"brygga/mapping/person"
)

type Mapping struct{}

func Load(name, path string) (*Mapping, error)                         { return &Mapping{}, nil }
func (m *Mapping) Provides(settings map[string]string) care.FactSet     { return 0 }
func (m *Mapping) Hash() string                                         { return "" }
func (m *Mapping) CheckSettings(settings map[string]string) map[string]string { return nil }

type Options struct {
	System   string
	Hasher   *person.Hasher
	Names    *care.Names
	Settings map[string]string
}
type Mapper struct{ mapping.Mapper }

func New(m *Mapping, o Options) (*Mapper, error) { return nil, nil }

func (m *Mapping) Unlisted() bool                                       { return false }
func (m *Mapping) QualificationsComplete(settings map[string]string) bool { return false }
