package care

import (
	"slices"
	"time"
)

// placeConsents puts consents on their clients, last of all: what could not be
// read of a client's consents becomes an unreadable one. References by identifier
// are resolved here, so that Decide compares by equality.
func (a *assembly) placeConsents() {
	a.roster.organizations = organizations(a.roster.Units)
	for _, c := range a.clients {
		for _, g := range c.Gaps {
			if g.Facts.Has(SetOf(KindConsent)) {
				c.Consents = append(c.Consents, Consent{Ref: g.Record, Patient: c.Ref, Unreadable: true})
			}
		}
		for i := range c.Services {
			c.Services[i].Performer = a.roster.organization(c.Services[i].Performer)
		}
	}
	for r := range a.each {
		for _, one := range r.Consents {
			one.Ref, one.Version, one.Updated = r.Ref, r.Version, r.Updated
			if c := a.client(r.Client); c != nil {
				one.Patient = c.Ref
				one.Givers = a.givers(c, one.Givers)
				one.Root = a.roster.resolved(one.Root)
				c.Consents = append(c.Consents, one)
				continue
			}
			// An identifier that several clients have: it is about one of them, and
			// nobody can tell which.
			for _, c := range a.among(r.Client) {
				c.Consents = append(c.Consents, Consent{Ref: r.Ref, Version: r.Version, Patient: c.Ref, Unreadable: true})
			}
		}
	}
	for _, c := range a.clients {
		sortRefs(c.Consents, func(f Consent) Ref { return f.Ref })
	}
}

// givers resolves who gave a consent to the client, or to relatives of the client.
func (a *assembly) givers(c *Client, from []Ref) []Ref {
	out := make([]Ref, 0, len(from))
	for _, g := range from {
		if a.people.resolve(g) == c.Ref {
			g = c.Ref
		} else if i := slices.IndexFunc(c.Relatives, func(r Relative) bool { return slices.Contains(r.Also, g) }); i >= 0 {
			g = c.Relatives[i].Ref
		}
		out = append(out, g)
	}
	return out
}

// among gives the clients who carry the identifier of a logical reference.
func (a *assembly) among(ref Ref) (out []*Client) {
	for _, r := range a.people.carriersOf(ref) {
		if c := a.clients[r]; c != nil {
			out = append(out, c)
		}
	}
	return out
}

// resolved gives a provision in which actors who are named by the identifier of
// one organization are that organization. What was read stays as it is.
func (r *Roster) resolved(p Provision) Provision {
	if slices.ContainsFunc(p.Actor.All, func(x Actor) bool { return isLogical(x.Ref) && x.Is != ActorOther }) {
		p.Actor.All = slices.Clone(p.Actor.All)
		for i := range p.Actor.All {
			x := &p.Actor.All[i]
			if to := r.organization(x.Ref); x.Is != ActorOther && to != x.Ref {
				x.Ref, x.Is = to, ActorOrganization
			}
		}
	}
	if len(p.Within) > 0 {
		p.Within = slices.Clone(p.Within)
		for i := range p.Within {
			p.Within[i] = r.resolved(p.Within[i])
		}
	}
	return p
}

// organization resolves an identifier to the one unit that carries it; anything
// else stays as it is.
func (r *Roster) organization(ref Ref) Ref {
	if to, ok := r.organizations[ref]; ok {
		return to
	}
	return ref
}

// organizations tells which identifiers name one unit. One that several carry
// names none of them.
func organizations(units map[Ref]Unit) map[Ref]Ref {
	out, shared := map[Ref]Ref{}, map[Ref]bool{}
	for ref, u := range units {
		for _, id := range u.Also {
			if other, ok := out[id]; ok && other != ref {
				shared[id] = true
			}
			out[id] = ref
		}
	}
	for id := range shared {
		delete(out, id)
	}
	return out
}

// ConsentRequest asks what may be handed over of a client: of every section, and
// on the terms of the roster. Where these are unset, unnamed recipients are not
// accepted, and permits count whatever their age.
func (r *Roster) ConsentRequest(c *Client, recipient Ref, asOf time.Time) ConsentRequest {
	recipient = r.organization(recipient)
	req := ConsentRequest{
		Client: c.Ref, Recipient: recipient, RecipientIdentifiers: r.Units[recipient].Also, AsOf: asOf,
		AcceptUnnamed: r.Consent.AcceptUnnamed, MaxAge: r.Consent.MaxAge,
	}
	day := DateOf(asOf)
	for _, rel := range c.Relatives {
		if rel.Decides && rel.Holds(day) {
			req.Relatives = append(req.Relatives, rel.Ref)
		}
	}
	return req
}
