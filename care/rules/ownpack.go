package rules

import (
	"fmt"
	"maps"
	"slices"
)

// Pack is a municipality's own pack: what it changes of the pack that it
// extends. What stands in it is known to be right: CheckRule and CheckParam say
// of each name whether it is, so that whoever reads a file can tell the place.
type Pack struct {
	Name  string
	Title Text
	// Extends names the pack that this one changes: one of Packs, or Base's.
	Extends string
	Base    *Pack // nil: Extends is one of Packs
	// On and Off turn rules on and off; Set sets parameters, after both.
	On, Off []string
	Set     map[string]string
}

// NewPackParams gives the parameters of an own pack with some of them set
// otherwise; faults are told as NewParams does.
func NewPackParams(own *Pack, set map[string]string) (*Params, error) {
	chosen, err := own.flat()
	if err != nil {
		return nil, err
	}
	return chosen.params(set)
}

// flat puts an own pack on top of all that it extends.
func (o *Pack) flat() (pack, error) {
	var p pack
	var err error
	if o.Base != nil {
		p, err = o.Base.flat()
	} else {
		p, err = findPack(o.Extends)
	}
	if err != nil {
		return p, err
	}
	p.name, p.title, p.on, p.set = o.Name, o.Title, maps.Clone(p.on), maps.Clone(p.set)
	turn := func(codes []string, on bool) error {
		for _, code := range codes {
			if err := CheckRule(code); err != nil {
				return fmt.Errorf("pack %s: %w", o.Name, err)
			}
			p.on[code] = on
			delete(p.set, code+".enabled") // said by a pack below this one
		}
		return nil
	}
	if err := turn(o.On, true); err != nil {
		return p, err
	}
	if err := turn(o.Off, false); err != nil {
		return p, err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		if err := CheckParam(name, o.Set[name]); err != nil {
			return p, fmt.Errorf("pack %s: %w", o.Name, err)
		}
		p.set[name] = o.Set[name]
	}
	return p, nil
}

// CheckRule says that there is no rule of this code, with the nearest known one;
// nil where there is.
func CheckRule(code string) error {
	if ByCode(code) != nil {
		return nil
	}
	var codes []string
	for _, r := range Catalogue() {
		codes = append(codes, r.Code)
	}
	if near := nearest(code, codes); near != "" {
		return fmt.Errorf("there is no rule %q; did you mean %s?", code, near)
	}
	return fmt.Errorf("there is no rule %q; brygga rules lists them", code)
}
