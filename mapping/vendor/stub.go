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
func (m *Mapping) CheckSettings(settings map[string]string) error { return nil }

type Options struct {
	System   string
	Hasher   *person.Hasher
	Names    *care.Names
	Settings map[string]string
}
type Mapper struct{ mapping.Mapper }

func New(m *Mapping, o Options) (*Mapper, error) { return nil, nil }

func (m *Mapping) UnlistedProtected(settings map[string]string) bool { return false }
func (m *Mapping) QualificationsComplete(settings map[string]string) bool { return false }

type CodeCount struct {
	Table     string
	Place     string
	Rows      int
	Unknown   int
	Commonest []UnknownCode
}
type UnknownCode struct {
	Code  string
	Count int
}

func (m *Mapper) Codes() []CodeCount { return nil }
