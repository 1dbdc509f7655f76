package config

import (
	"maps"
	"slices"
	"strings"

	"brygga/care"
)

// indispensable are the facts that statuses rest on: without them every client
// would wrongly be out of care, or without a contact.
var indispensable = care.SetOf(care.KindClient, care.KindPlacement, care.KindAssignment)

// checkRoles sees that one system receives, and finds out which systems are the
// authorities for which facts. It says nothing where a system could not be read:
// what follows from that would only confuse.
func (r *reader) checkRoles(c *Config) {
	at := r.keys["systems"]
	if r.dropped || at.line == 0 {
		return
	}
	if len(c.order) == 0 {
		r.fail(at, "systems", "names no system", "write one; `brygga init` shows how")
		return
	}
	receiver, one := r.checkReceiver(c)
	if !one {
		return
	}
	r.checkFactNames(c)
	if _, written := r.keys["facts"]; written && len(c.Facts) == 0 {
		return // facts stand there, and could not be read
	}
	c.authority = map[care.FactKind][]string{}
	for _, kind := range care.FactKinds() {
		if systems := r.authorities(c, kind); len(systems) > 0 {
			c.authority[kind] = systems
		}
	}
	r.checkIndispensable(c)
	for _, name := range c.order {
		if c.Authority(name) == 0 && name != receiver && len(c.authority) > 0 {
			path := "systems." + name
			r.fail(r.keys[path], path, "provides no facts and receives nothing", "remove it, or name it under facts")
		}
	}
}

// checkReceiver sees that one system receives; one is false where several would.
func (r *reader) checkReceiver(c *Config) (receiver string, one bool) {
	one = true
	for _, name := range c.order {
		path := "systems." + name + ".receives"
		_, written := r.keys[path]
		switch {
		case !written:
		case receiver != "":
			r.fail(r.keys[path], path, "a second system that receives, and one does: "+receiver, "remove receives from one of the two")
			one = false
		default:
			receiver = name
		}
	}
	if receiver == "" && r.mustReceive(c) {
		do := "write receives: [flags, tasks] for one; nothing is written to it as long as writes.mode is report"
		if !c.hasFHIR() {
			do = "add a FHIR server with receives: [flags, tasks], or remove writes.mode: in mode report there are reports and `brygga report worklist`"
		}
		r.fail(r.keys["systems"], "systems", "none of them receives Flags and Tasks", do)
	}
	return receiver, one
}

// mustReceive says whether Flags and Tasks have to go somewhere: only a FHIR server
// can take them, and without one there are reports and worklists.
func (r *reader) mustReceive(c *Config) bool {
	return c.Writes.Mode == Write || c.hasFHIR()
}

func (c *Config) hasFHIR() bool {
	return slices.ContainsFunc(c.order, func(name string) bool { return c.Systems[name].Kind == KindFHIR })
}

// checkFactNames sees that what stands under facts are systems, and that a system
// can provide what it is named for.
func (r *reader) checkFactNames(c *Config) {
	for _, kind := range care.FactKinds() {
		path := "facts." + kind.String()
		for _, name := range c.Facts[kind.String()] {
			switch {
			case !slices.Contains(c.order, name):
				do := "known: " + strings.Join(c.order, ", ")
				if near := nearest(name, c.order); near != "" {
					do = "did you mean " + near + "?"
				}
				r.fail(r.values[path], path, quoted(name)+" is none of the systems", do)
			case !c.Systems[name].provides().Has(care.SetOf(kind)):
				r.fail(r.values[path], path, name+" does not provide it: its mapping has no such fact, or a setting of the mapping leaves it out", "`brygga mapping explain "+c.Systems[name].MappingName+"` shows what it gives")
			}
		}
	}
}

// authorities are the systems that count for a kind, in their order. What facts
// says comes first. Besides, a mapped system provides what its mapping gives, and
// a FHIR server everything if it is the only one to ask and facts says nothing.
func (r *reader) authorities(c *Config, kind care.FactKind) []string {
	if named := c.Facts[kind.String()]; len(named) > 0 {
		return named
	}
	var could []string
	for _, name := range c.order {
		s := c.Systems[name]
		if s.provides().Has(care.SetOf(kind)) && (s.Kind != KindFHIR || c.Facts == nil && c.alone(name)) {
			could = append(could, name)
		}
	}
	if len(could) > 1 {
		path := "facts." + kind.String()
		at := r.keys["facts"]
		if at.line == 0 {
			at = r.keys["systems"]
		}
		r.fail(at, path, strings.Join(could, " and ")+" would both provide it", "write facts: "+kind.String()+": and the one that counts, or a list in the order in which they count")
	}
	return could
}

// alone says whether a FHIR server is the one to ask: there is no other system, or
// none but the one that receives.
func (c *Config) alone(name string) bool {
	for _, other := range c.order {
		if other != name && (c.Systems[other].Kind != KindFHIR || len(c.Systems[other].Receives) == 0) {
			return false
		}
	}
	return len(c.order) == 1 || len(c.Systems[name].Receives) == 0
}

func (r *reader) checkIndispensable(c *Config) {
	at := r.keys["facts"]
	if at.line == 0 {
		at = r.keys["systems"]
	}
	for _, kind := range (indispensable &^ c.Provides()).Kinds() {
		if len(c.authority) == 0 && len(c.Facts) == 0 {
			break // two FHIR servers that both could: told below
		}
		r.fail(at, "facts."+kind.String(), "is missing: without it no status can be told", "write "+kind.String()+": and the system that provides it"+r.hint(c, kind))
	}
	if len(c.authority) == 0 && len(c.Facts) == 0 && len(c.order) > 1 {
		r.fail(r.keys["systems"], "systems", strings.Join(c.order, ", ")+" could all provide facts", "write facts: and which of them provides which; `brygga init` shows how")
	}
}

// hint says what else may be wrong where a mapped system would give a fact if
// something were declared: what, and in which words.
func (r *reader) hint(c *Config, kind care.FactKind) string {
	for _, name := range c.order {
		s := c.Systems[name]
		if s.Mapping == nil || s.provides().Has(care.SetOf(kind)) {
			continue
		}
		if declare := s.wouldProvide(kind); declare != "" {
			return ", or, if that is so, declare settings: {" + declare + "} for " + name + ": `brygga mapping explain " + s.MappingName + "` says what it means"
		}
	}
	return ""
}

// wouldProvide is the setting by which the system's mapping would give a fact that
// it does not give as it is set; empty where no single one is enough.
func (s System) wouldProvide(kind care.FactKind) string {
	for _, setting := range s.Mapping.Settings() {
		for _, choice := range setting.Choices {
			other := maps.Clone(s.Settings)
			if other == nil {
				other = map[string]string{}
			}
			other[setting.Name] = choice
			if s.Mapping.Provides(other).Has(care.SetOf(kind)) {
				return setting.Name + ": " + choice
			}
		}
	}
	return ""
}
