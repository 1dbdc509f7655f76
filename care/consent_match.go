package care

import (
	"cmp"
	"slices"
)

// answer is what a consent, or a provision in it, says of one section. A permit
// covers the data of any of the intervals; Interval{} is all data.
type answer struct {
	effect Effect
	data   []Interval
	// limits are the data that a permit which only perhaps matches would cover:
	// more than in each of them is not permitted by what is around it.
	limits [][]Interval
}

// addresses says whether the consent is for this recipient: some provision names
// it, or none names anybody and that is accepted.
func (c *Consent) addresses(req *ConsentRequest) bool {
	if req.Recipient == "" && len(req.RecipientIdentifiers) == 0 {
		return false
	}
	named, us := c.Root.recipients(req)
	return us || !named && req.AcceptUnnamed
}

// recipients says whether the provision, or one within it, names any recipient,
// and whether it names this one.
func (p *Provision) recipients(req *ConsentRequest) (named, us bool) {
	named, us = p.Actor.recipients(req)
	for i := range p.Within {
		n, u := p.Within[i].recipients(req)
		named, us = named || n, us || u
	}
	return named, us
}

func (a *Actors) recipients(req *ConsentRequest) (named, us bool) {
	for i := range a.All {
		named = named || a.All[i].Recipient
		us = us || a.All[i].names(req)
	}
	return named, us
}

// names says whether the actor is this recipient, in the role of one.
func (a *Actor) names(req *ConsentRequest) bool {
	return a.Recipient && a.Is != ActorOther && a.Ref != "" &&
		(a.Ref == req.Recipient || slices.Contains(req.RecipientIdentifiers, a.Ref))
}

// fit says how well a provision matches.
type fit uint8

const (
	fitsNot fit = iota
	// fitsPerhaps: it matches as a deny does, by what is not understood or is near
	// enough. It may deny, and nothing in it may permit.
	fitsPerhaps
	fits
)

// matching is one section of one consent being looked at.
type matching struct {
	section Section
	req     *ConsentRequest
	at      Instant
	// elsewhere: the root names recipients, and this one is not among them, so that
	// a nested permit must name it itself.
	elsewhere bool
}

// scope is what the provisions around one say of it.
type scope struct {
	data  Interval
	named bool // one of them, or itself, names this recipient
}

// answer says what the consent says of a section: that of the nested provisions
// that match, else the base effect.
func (c *Consent) answer(s Section, req *ConsentRequest, at Instant) answer {
	m := matching{section: s, req: req, at: at}
	named, us := c.Root.Actor.recipients(req)
	m.elsewhere = named && !us
	around := scope{data: c.Root.Data}
	out := m.exceptions(&c.Root, around).or(m.base(c, around))
	if out.effect == Permit && c.Root.strange() {
		out = answer{effect: Deny}
	}
	return out
}

// or is a, or b where a has no effect, held to the limits of a.
func (a answer) or(b answer) answer {
	if a.effect != NoEffect {
		return answer{effect: a.effect, data: a.data}
	}
	for _, limit := range a.limits {
		if b.effect == Permit {
			if b.data = shared(b.data, limit); len(b.data) == 0 {
				return answer{effect: Deny}
			}
		}
	}
	return b
}

// base is the effect of the root alone. It permits only where everything that the
// root carries holds, and only for a recipient that the root names.
func (m *matching) base(c *Consent, around scope) answer {
	root := &c.Root
	permits := root.Type == Permit || root.Type == NoEffect && !root.carries() && c.OptIn
	if !permits || m.fit(root, Permit) != fits || !root.Actor.Carried && !m.req.AcceptUnnamed {
		return answer{effect: Deny}
	}
	return permit(around.data)
}

func permit(data Interval) answer {
	if data.Empty() {
		return answer{effect: Deny} // it permits nothing
	}
	return answer{effect: Permit, data: []Interval{data}}
}

// exceptions gives what the provisions within p say together: deny before permit;
// no effect where none matches.
func (m *matching) exceptions(p *Provision, around scope) (out answer) {
	for i := range p.Within {
		a := m.result(&p.Within[i], around)
		out.limits = append(out.limits, a.limits...)
		switch {
		case a.effect == Deny:
			out.effect, out.data = Deny, nil
		case a.effect == Permit && out.effect != Deny:
			out.effect, out.data = Permit, append(out.data, a.data...)
		}
	}
	out.data = distinct(out.data)
	return out
}

// result is what a nested provision says; no effect where it does not match.
func (m *matching) result(p *Provision, around scope) answer {
	as := Deny
	if p.Type == Permit {
		as = Permit
	}
	how := m.fit(p, as)
	if how == fitsNot {
		return answer{}
	}
	_, us := p.Actor.recipients(m.req)
	around = scope{around.data.And(p.Data), around.named || us}
	within, own := m.exceptions(p, around), answer{effect: Deny}
	if as == Permit {
		own = permit(around.data)
		if within.effect == NoEffect && m.elsewhere && !around.named {
			how = fitsPerhaps // it is for whom the root names
		}
	}
	out := within.or(own)
	if how == fitsPerhaps && out.effect == Permit {
		if as == Permit {
			return answer{limits: [][]Interval{out.data}}
		}
		return answer{effect: Deny}
	}
	return out
}

// fit says whether every criterion that p carries holds, for a permit or for a deny.
func (m *matching) fit(p *Provision, as Effect) fit {
	if !p.Period.Holds(m.at) {
		return fitsNot
	}
	how := min(m.actor(&p.Actor, as), m.action(p.Action, as), m.purpose(p.Purpose), m.names(p, as))
	if p.Strange {
		how = min(how, fitsPerhaps)
	}
	return how
}

func (m *matching) actor(a *Actors, as Effect) fit {
	if !a.Carried {
		return fits
	}
	how := fitsNot
	if len(a.All) == 0 {
		how = fitsPerhaps
	}
	for i := range a.All {
		actor := &a.All[i]
		us := actor.names(m.req)
		switch {
		case us && !actor.Strange:
			return fits
		case us, as == Deny && (actor.Strange || !actor.Recipient || actor.Is != ActorOrganization):
			how = fitsPerhaps
		}
	}
	return how
}

func (m *matching) action(a Action, as Effect) fit {
	switch {
	case a == 0, a&ActionDisclose != 0:
		return fits
	case a&ActionStrange != 0, as == Deny && a&ActionNear != 0:
		return fitsPerhaps
	}
	return fitsNot
}

func (m *matching) purpose(p Purpose) fit {
	switch {
	case p == 0, p&PurposeTreat != 0:
		return fits
	case p&PurposeStrange != 0:
		return fitsPerhaps
	}
	return fitsNot
}

// names says whether class and code name the section: both on a permit, either on a deny.
func (m *matching) names(p *Provision, as Effect) fit {
	class, code := p.Class.fit(m.section), p.Code.fit(m.section)
	switch {
	case as == Permit || !p.Class.Carried && !p.Code.Carried:
		return min(class, code)
	case !p.Class.Carried:
		return code
	case !p.Code.Carried:
		return class
	case class != code:
		return min(max(class, code), fitsPerhaps)
	}
	return class
}

func (n *Naming) fit(s Section) fit {
	switch {
	case !n.Carried:
		return fits
	case n.Strange:
		return fitsPerhaps
	case n.Sections.Has(s):
		return fits
	}
	return fitsNot
}

// carries says whether the provision carries any criterion besides period.
func (p *Provision) carries() bool {
	return p.Actor.Carried || p.Action != 0 || p.Purpose != 0 || p.Class.Carried || p.Code.Carried || p.DataPeriod || p.Strange
}

// strange says whether something that the provision itself carries is not understood.
func (p *Provision) strange() bool {
	return p.Strange || p.Class.Strange || p.Code.Strange ||
		p.Action&ActionStrange != 0 && p.Action&ActionDisclose == 0 ||
		p.Purpose&PurposeStrange != 0 && p.Purpose&PurposeTreat == 0 ||
		p.Actor.Carried && len(p.Actor.All) == 0 ||
		slices.ContainsFunc(p.Actor.All, func(a Actor) bool { return a.Strange })
}

// either is the data of both lists, each once and in one order.
func either(a, b []Interval) []Interval {
	return distinct(append(slices.Clone(a), b...))
}

// shared is the data that is in both lists.
func shared(a, b []Interval) (out []Interval) {
	for _, v := range a {
		for _, w := range b {
			if both := v.And(w); !both.Empty() {
				out = append(out, both)
			}
		}
	}
	return distinct(out)
}

func distinct(list []Interval) []Interval {
	slices.SortFunc(list, func(a, b Interval) int {
		return cmp.Or(cmp.Compare(a.Start.From, b.Start.From), cmp.Compare(a.Start.Until, b.Start.Until),
			cmp.Compare(a.End.Until, b.End.Until), cmp.Compare(a.End.From, b.End.From))
	})
	return slices.Compact(list)
}
