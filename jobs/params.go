package jobs

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
)

// ParamSet is the parameters that a configuration puts in force: those of the
// tenant, and what differs for providers, services and units. Who is judged by
// what is told by Scopes, which In makes; nothing else may decide it.
type ParamSet struct {
	Default *rules.Params
	// What each provider, service and unit makes of Default when nothing else
	// differs: for views, and for what has to be read. By the name in the configuration.
	Providers, Services, Units map[string]*rules.Params

	rules config.Rules
}

// Params gives the parameters that a configuration puts in force.
func Params(cfg *config.Config) (ParamSet, error) {
	set := ParamSet{rules: cfg.Rules}
	var err error
	if set.Default, err = cfg.Rules.Params(cfg.Rules.Set); err != nil {
		return ParamSet{}, err
	}
	for _, layer := range []struct {
		key  string
		from map[string]config.UnitRules
		to   *map[string]*rules.Params
	}{
		{"rules.providers", cfg.Rules.Providers, &set.Providers},
		{"rules.services", cfg.Rules.Services, &set.Services},
		{"rules.units", cfg.Rules.Units, &set.Units},
	} {
		*layer.to = map[string]*rules.Params{}
		for name, u := range layer.from {
			if (*layer.to)[name], err = set.Default.With(u.Set); err != nil {
				return ParamSet{}, fmt.Errorf("%s.%s: %w", layer.key, name, err)
			}
		}
	}
	return set, nil
}

// ConsentTerms are how a configuration says that consents are read.
func ConsentTerms(cfg *config.Config) care.ConsentTerms {
	return care.ConsentTerms{
		AcceptUnnamed: cfg.Consent.AcceptUnnamedRecipient, MaxAge: int(cfg.Consent.MaxAge / (24 * time.Hour)),
	}
}

// each lists every set of parameters, the tenant's first.
func (p ParamSet) each() []*rules.Params {
	all := []*rules.Params{p.Default}
	for _, layer := range []map[string]*rules.Params{p.Providers, p.Services, p.Units} {
		for _, name := range slices.Sorted(maps.Keys(layer)) {
			all = append(all, layer[name])
		}
	}
	return all
}

// Needs is what has to be read: what any of the parameter sets needs, and who
// and where everybody is. A rule that is on for some combination of provider,
// service and unit is on for one of them alone.
func (p ParamSet) Needs() care.FactSet {
	need := care.SetOf(care.KindClient, care.KindUnit, care.KindStaff)
	for _, q := range p.each() {
		need |= q.Needs()
	}
	return need
}

// Enabled says whether a rule is on for anybody.
func (p ParamSet) Enabled(code string) bool {
	return slices.ContainsFunc(p.each(), func(q *rules.Params) bool { return q.Enabled(code) })
}

// Scopes tells by which parameters a client is judged, in a municipality whose
// organizations are known. It is safe for use by several goroutines.
type Scopes struct {
	set              ParamSet
	providers, units *Units
	codes            care.ServiceCode // the services that have parameters of their own

	mu    sync.RWMutex
	known map[scope]*rules.Params
}

// scope is what parameters may differ by.
type scope struct {
	provider, unit string           // as the configuration names them; empty: nothing differs
	services       care.ServiceCode // of those with parameters of their own, what the client has
	others         bool             // the client has home-care services besides
}

// In makes the Scopes of a municipality.
func (p ParamSet) In(units *Units) *Scopes {
	s := &Scopes{set: p, known: map[scope]*rules.Params{}}
	s.providers = NewUnits(units.units, slices.Sorted(maps.Keys(p.rules.Providers)))
	s.units = NewUnits(units.units, slices.Sorted(maps.Keys(p.rules.Units)))
	for name := range p.rules.Services {
		code, _ := care.ServiceByName(name)
		s.codes |= code
	}
	return s
}

// Unmatched are the providers that the configuration names and that no
// organization is. (Units are told by Units.Unmatched.)
func (s *Scopes) Unmatched() []string { return s.providers.Unmatched() }

// For gives the parameters by which a client is judged on a day. The later ones
// count: the pack's, the tenant's, the provider's, the service's, the unit's. A
// unit's provider is the nearest organization that the configuration names, of
// the unit itself and those that it is part of.
func (s *Scopes) For(c *care.Client, asOf care.Date) *rules.Params {
	if len(s.set.Providers)+len(s.set.Services)+len(s.set.Units) == 0 {
		return s.set.Default
	}
	unit := UnitOf(c, asOf)
	at := scope{provider: s.providers.named(unit), unit: s.units.named(unit)}
	if s.codes != 0 {
		for i := range c.Services {
			v := &c.Services[i]
			if v.Decided > asOf || !v.Holds(asOf) {
				continue
			}
			at.services |= v.Code & s.codes
			at.others = at.others || v.Code&s.codes == 0 && v.IsHomeCare()
		}
	}
	s.mu.RLock()
	p, ok := s.known[at]
	s.mu.RUnlock()
	if ok {
		return p
	}
	p = s.set.compile(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.known[at]; ok {
		return known // made by another goroutine meanwhile: one set is one pointer
	}
	s.known[at] = p
	return p
}

// compile makes the parameters of one combination. All settings have been
// checked one by one, so nothing can be wrong with them together.
func (p ParamSet) compile(at scope) *rules.Params {
	q := p.Default
	on := func(set map[string]string) {
		if len(set) == 0 {
			return
		}
		with, err := q.With(set)
		if err != nil {
			panic(fmt.Sprintf("parameters that were checked are refused: %v", err))
		}
		q = with
	}
	on(p.rules.Providers[at.provider].Set)
	on(p.ofServices(at, q))
	on(p.rules.Units[at.unit].Set)
	return q
}

// ofServices puts together what a client's services set. Of several values the
// strictest counts, and a service that sets nothing counts with what holds
// without it: a longer deadline for safety alarms holds for those who have
// nothing else. Where no value is stricter than another, the first service in
// the order of domain.md decides (docs/decisions/0006).
func (p ParamSet) ofServices(at scope, under *rules.Params) map[string]string {
	out := map[string]string{}
	if at.services == 0 {
		return out
	}
	var sets []map[string]string
	for i, name := range care.ServiceNames {
		if at.services&(1<<i) != 0 {
			sets = append(sets, p.rules.Services[name].Set)
		}
	}
	for _, set := range sets {
		for name := range set {
			if _, done := out[name]; done {
				continue
			}
			var values []string
			first, found := "", false
			for _, other := range sets {
				v, ok := other[name]
				if !ok {
					v = under.Value(name)
				} else if !found {
					first, found = v, true
				}
				values = append(values, v)
			}
			if at.others {
				values = append(values, under.Value(name))
			}
			if v, ok := rules.Strictest(name, values); ok {
				out[name] = v
			} else {
				out[name] = first
			}
		}
	}
	return out
}

// unitNames lists every unit that the configuration names.
func unitNames(cfg *config.Config) []string {
	names := slices.Concat(cfg.Writes.Units, slices.Collect(maps.Keys(cfg.Rules.Units)))
	slices.Sort(names)
	return slices.Compact(names)
}

// With gives the same parameters with some of them set otherwise for everybody,
// whatever providers, services and units say: what --set does.
func (p ParamSet) With(set map[string]string) (ParamSet, error) {
	cfg := config.Config{Rules: p.rules}
	over := func(under map[string]string) map[string]string {
		out := maps.Clone(under)
		if out == nil {
			out = map[string]string{}
		}
		maps.Copy(out, set)
		return out
	}
	cfg.Rules.Set = over(p.rules.Set)
	for _, layer := range []*map[string]config.UnitRules{&cfg.Rules.Providers, &cfg.Rules.Services, &cfg.Rules.Units} {
		changed := map[string]config.UnitRules{}
		for name, u := range *layer {
			changed[name] = config.UnitRules{Set: over(u.Set)}
		}
		*layer = changed
	}
	return Params(&cfg)
}
