package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"brygga/care/rules"
)

// checkRules asks the catalogue about every parameter and every rule that is
// named, each at its own place.
func (r *reader) checkRules(c *Config) {
	before := len(r.problems)
	r.checkSet("rules.set", c.Rules.Set)
	for _, l := range c.Rules.layers() {
		r.checkSet(join(l.key, l.name)+".set", l.rules.Set)
	}
	if slices.Contains(rules.Packs(), c.Rules.Pack) || !isPackFile(c.Rules.Pack) {
		c.Rules.Own = nil
	} else if own, problems := LoadPack(beside(r.file, c.Rules.Pack)); own != nil {
		c.Rules.Own = own
		r.elsewhere = append(r.elsewhere, problems...)
	} else {
		r.elsewhere = append(r.elsewhere, problems...)
		r.fail(r.values["rules.pack"], "rules.pack", "this pack cannot be used", "see what is said of the file")
	}
	if len(r.problems) > before || c.Rules.Own == nil && !slices.Contains(rules.Packs(), c.Rules.Pack) {
		return
	}
	r.checkWritten(c)
}

// layer is one name that has parameters of its own.
type layer struct {
	key, name string
	rules     UnitRules
}

// layers lists the providers, services and units that have parameters of their own.
func (c Rules) layers() []layer {
	var all []layer
	for key, names := range map[string]map[string]UnitRules{
		"rules.providers": c.Providers, "rules.services": c.Services, "rules.units": c.Units,
	} {
		for name, u := range names {
			all = append(all, layer{key, name, u})
		}
	}
	slices.SortFunc(all, func(a, b layer) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.name, b.name)) })
	return all
}

// Params gives the pack's parameters with some of them set otherwise.
func (c Rules) Params(set map[string]string) (*rules.Params, error) {
	if c.Own != nil {
		return rules.NewPackParams(c.Own, set)
	}
	return rules.NewParams(c.Pack, set)
}

func (r *reader) checkSet(path string, set map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		err := rules.CheckParam(name, set[name])
		if err == nil {
			continue
		}
		key := join(path, name)
		what, do := strings.TrimPrefix(err.Error(), name+": "), ""
		if i := strings.LastIndex(what, "; "); i >= 0 {
			what, do = what[:i], what[i+2:]
		}
		at := r.values[key]
		if strings.HasPrefix(what, "there is no parameter") {
			what, at = "unknown parameter", r.keys[key]
		}
		r.fail(at, key, shown(what), do)
	}
}

// checkRule sees that a rule exists and can be written at all.
func checkRule(_ *reader, value string) (what, do string) {
	rule := rules.ByCode(value)
	switch {
	case rule == nil:
		var codes []string
		for _, known := range rules.Catalogue() {
			codes = append(codes, known.Code)
		}
		if near := nearest(value, codes); near != "" {
			return quoted(value) + " is no rule", "did you mean " + near + "?"
		}
		return quoted(value) + " is no rule", "`brygga rules` lists them"
	case rule.Fixed:
		return quoted(value) + " is shown to IT and never written to a client's record", "remove it"
	}
	return "", ""
}

// checkWritten warns of rules under writes.rules that write nothing as they are
// set, for the tenant or for any unit: somebody expects something of them.
func (r *reader) checkWritten(c *Config) {
	tenant, err := c.Rules.Params(c.Rules.Set)
	if err != nil { // pack and parameters have been checked one by one
		r.fail(r.keys["rules"], "rules", shown(err.Error()), "`brygga rules` lists what can be set")
		return
	}
	all := []*rules.Params{tenant}
	for _, l := range c.Rules.layers() {
		if p, err := tenant.With(l.rules.Set); err == nil { // likewise
			all = append(all, p)
		}
	}
	on := func(code string) bool {
		return slices.ContainsFunc(all, func(p *rules.Params) bool { return p.Enabled(code) })
	}
	written := func(code string) bool {
		return slices.ContainsFunc(all, func(p *rules.Params) bool {
			return p.Enabled(code) && p.WritesOf(code) != rules.WriteReport
		})
	}
	for _, code := range c.Writes.Rules {
		at := r.values["writes.rules"]
		switch {
		case !on(code):
			r.warn(at, "writes.rules", code+" is off in the pack "+tenant.Pack()+", so nothing is written for it", "set "+code+".enabled: true under rules.set, or remove it")
		case !written(code):
			r.warn(at, "writes.rules", code+" is only reported, so nothing is written for it", "set "+code+".write: task under rules.set, or remove it")
		}
	}
}
