package jobs

import (
	"cmp"
	"slices"
	"strings"

	"brygga/care"
)

// Units knows how the configuration names a unit: by the id of its Organization,
// by one of its identifiers (HSA-id), or by its name, letter case aside.
type Units struct {
	configured []string
	name       map[care.Ref]string // how the configuration names it, else ""
	matched    map[string]bool     // names that some unit has
	units      map[care.Ref]care.Unit
}

// NewUnits matches the names that a configuration uses with the units read.
func NewUnits(units map[care.Ref]care.Unit, configured []string) *Units {
	u := &Units{configured: configured, name: map[care.Ref]string{}, matched: map[string]bool{}, units: units}
	for ref, unit := range units {
		for _, c := range configured {
			if !matches(ref, unit, c) {
				continue
			}
			u.matched[c] = true
			if u.name[ref] == "" {
				u.name[ref] = c
			}
		}
	}
	return u
}

func matches(ref care.Ref, u care.Unit, name string) bool {
	_, id, _ := strings.Cut(string(ref), "/")
	return id == name || string(ref) == name || strings.EqualFold(u.Name, name) || slices.Contains(u.Identifiers, name)
}

// Key is how the configuration names the unit, or its reference where it does
// not; a part of a named unit counts as that unit.
func (u *Units) Key(ref care.Ref) string { return cmp.Or(u.named(ref), string(ref)) }

// named is how the configuration names the unit, or the nearest of those that it
// is part of; empty where it names none of them.
func (u *Units) named(ref care.Ref) string {
	for r, depth := ref, 0; r != "" && depth < 8; r, depth = u.units[r].PartOf, depth+1 {
		if n := u.name[r]; n != "" {
			return n
		}
	}
	return ""
}

// Label is what views show: the unit's name, else its reference.
func (u *Units) Label(ref care.Ref) string { return cmp.Or(u.units[ref].Name, string(ref)) }

// Unmatched are the names that the configuration uses and no unit has.
func (u *Units) Unmatched() []string {
	var out []string
	for _, c := range u.configured {
		if !u.matched[c] && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// UnitOf is the unit that answers for a client on a day: that of the home-care
// placement that started first, else that of any placement, else the client's own.
func UnitOf(c *care.Client, asOf care.Date) care.Ref {
	var best *care.Placement
	for i := range c.Placements {
		p := &c.Placements[i]
		if p.Unit == "" || !p.Holds(asOf) {
			continue
		}
		if best == nil || better(p, best) {
			best = p
		}
	}
	if best != nil {
		return best.Unit
	}
	return c.Unit
}

func better(a, b *care.Placement) bool {
	if home := a.Setting == care.HomeCare; home != (b.Setting == care.HomeCare) {
		return home
	}
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Ref, b.Ref)) < 0
}
