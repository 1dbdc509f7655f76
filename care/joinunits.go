package care

import (
	"slices"
	"strings"
)

// units tells which unit of each system is which in the system that is the
// authority: by an identifier that both have, else by a name that one unit has in
// each. A unit's name is no person's.
func (j *joining) units() {
	identifiers, names := map[string][]Ref{}, map[string][]Ref{}
	known := map[Ref]*Unit{}
	for i, p := range j.inOrder(KindUnit) {
		authority := p.Authority.Has(SetOf(KindUnit))
		here := map[string]int{} // how many units of this system have the name
		for r := range p.Input.Each {
			if r.Unit != nil {
				here[folded(r.Unit.Name)]++
			}
		}
		type added struct {
			ref Ref
			*Unit
		}
		var more []added
		for r := range p.Input.Each {
			if r.Unit == nil {
				continue
			}
			var to Ref
			var several bool
			if i > 0 {
				to, several = unitLike(r.Unit, identifiers, names, here)
			}
			switch {
			case to != "":
				j.same[r.Ref] = to
				j.there(p, to, r.Ref)
				known[to].learn(r.Unit)
			case authority && !several:
				more = append(more, added{r.Ref, r.Unit})
				j.there(p, r.Ref, r.Ref)
			default:
				j.out.Unjoined = append(j.out.Unjoined, Unjoined{System: p.System, Ref: r.Ref, Kind: KindUnit, Several: several})
			}
		}
		for _, u := range more {
			known[u.ref] = u.Unit
			for _, id := range u.Identifiers {
				identifiers[id] = append(identifiers[id], u.ref)
			}
			names[folded(u.Name)] = append(names[folded(u.Name)], u.ref)
		}
	}
}

// learn takes the identifiers that another system has of the same unit: consents and
// configurations may name it by any of them.
func (u *Unit) learn(o *Unit) {
	for _, id := range o.Identifiers {
		if !slices.Contains(u.Identifiers, id) {
			u.Identifiers = append(u.Identifiers, id)
		}
	}
	for _, ref := range o.Also {
		if !slices.Contains(u.Also, ref) {
			u.Also = append(u.Also, ref)
		}
	}
}

func unitLike(u *Unit, identifiers, names map[string][]Ref, here map[string]int) (to Ref, several bool) {
	for _, id := range u.Identifiers {
		switch c := identifiers[id]; {
		case len(c) == 0:
		case len(c) > 1 || to != "" && to != c[0]:
			return "", true
		default:
			to = c[0]
		}
	}
	if to != "" {
		return to, false
	}
	name := folded(u.Name)
	if c := names[name]; name != "" && len(c) > 0 {
		if len(c) > 1 || here[name] > 1 {
			return "", true
		}
		return c[0], false
	}
	return "", false
}

func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }
