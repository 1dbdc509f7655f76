package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"brygga/care"
	"brygga/care/rules"
)

// Hash is a short hash of all that influences judging and writing, and of no
// secret: two configurations with the same Hash decide and write the same from
// the same records, and hand over the same to the same. How systems are reached,
// schedules, the store and the guard are not part of it.
func (c *Config) Hash() string {
	type system struct {
		Kind, URL, DisplayName string
		Receives               []string
		Mapping                string            `json:",omitempty"`
		Settings               map[string]string `json:",omitempty"`
	}
	systems := make(map[string]system, len(c.Systems))
	for name, s := range c.Systems {
		sys := system{Kind: s.Kind, URL: s.URL, DisplayName: s.DisplayName, Receives: sorted(s.Receives), Settings: s.Settings}
		if s.Mapping != nil {
			sys.Mapping = s.Mapping.Hash()
		}
		systems[name] = sys
	}
	b, err := json.Marshal(struct { // maps are written in the order of their keys
		Tenant, Timezone, Language string
		Systems                    map[string]system
		Facts                      map[string][]string
		Pack                       string
		Set                        map[string]string
		Units                      map[string]UnitRules
		Providers, Services        map[string]UnitRules `json:",omitempty"`
		Own                        *rules.Pack          `json:",omitempty"`
		Mode                       Mode
		From                       string
		WriteUnits, WriteRules     []string
		PerOwner                   int
		Consent                    *Consent      `json:",omitempty"`
		Handover                   *handoverHash `json:",omitempty"`
	}{
		c.Tenant, c.Timezone, c.Language, systems, c.Facts,
		c.Rules.Pack, c.Rules.Set, c.Rules.Units, c.Rules.Providers, c.Rules.Services, c.Rules.Own,
		c.Writes.Mode, c.Writes.From.String(), sorted(c.Writes.Units), sorted(c.Writes.Rules),
		c.Writes.PerOwnerPerNight, c.consentHash(), c.handoverHash(),
	})
	if err != nil {
		panic(err) // strings, numbers and maps of them always marshal
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

// consentHash is nil where nothing is set, so that what never had consent terms has
// the Hash that it always had.
func (c *Config) consentHash() *Consent {
	if c.Consent == (Consent{}) {
		return nil
	}
	return &c.Consent
}

// handoverHash is who gets what.
type handoverHash struct {
	Release, Document string
	Sections          care.SectionSet
	Homes             map[string]homeHash
}

type homeHash struct {
	Organization             CareHomeID
	Kind, URL, Path, Display string
	Recipients               []string
}

// handoverHash is nil where nothing is handed over.
func (c *Config) handoverHash() *handoverHash {
	if len(c.CareHomes) == 0 {
		return nil
	}
	h := &handoverHash{c.Jobs.Handover.Release, c.Jobs.Handover.Document, c.Jobs.Handover.Sections, map[string]homeHash{}}
	for name, home := range c.CareHomes {
		h.Homes[name] = homeHash{home.Organization, home.Kind, home.URL, home.Path, home.DisplayName, sorted(home.Recipients)}
	}
	return h
}

// sorted copies a list whose order means nothing.
func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}
