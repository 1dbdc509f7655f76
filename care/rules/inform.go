package rules

import "brygga/care"

// informed finds information of a topic, up to AsOf, on or after a date, that
// fits; nil where there is none.
func (e *eval) informed(topic care.Topic, from care.Date, fits func(*care.Information) bool) *care.Information {
	for i := range e.Client.Information {
		in := &e.Client.Information[i]
		if in.Topic == topic && in.Date >= from && in.Date <= e.AsOf && fits(in) {
			return in
		}
	}
	return nil
}

// contactNotInformed: the client has not been told who the contact is, in one
// medium or in both. It is asked also while the contact is away.
func contactNotInformed(e *eval) {
	oral := func(in *care.Information) bool { return in.ToClient && in.Oral }
	written := func(in *care.Information) bool { return in.ToClient && in.Written }
	some := func(in *care.Information) bool { return in.ToClient }
	e.eachHolding(func(g *care.Assigned) {
		h := e.assigned(g)
		start := g.Seen.Start
		var told bool
		if e.p.mediaBoth {
			h.variant = "both"
			o, w := e.informed(care.TopicContact, start, oral), e.informed(care.TopicContact, start, written)
			told = o != nil && w != nil
			h.useInformation(o)
			if w != o {
				h.useInformation(w)
			}
		} else {
			in := e.informed(care.TopicContact, start, some)
			told = in != nil
			h.useInformation(in)
		}
		if told {
			e.not("informed", h)
			return
		}
		e.clock(h, g.Team, "assignment-start", start)
		e.due(h)
	})
}

func (h *hit) useInformation(in *care.Information) {
	if in != nil {
		h.use(in.Ref, "information", in.Date)
	}
}

func contactRelativesNotInformed(e *eval) {
	if len(e.Client.Relatives) == 0 {
		e.not("no-relative", nil)
		return
	}
	e.eachHolding(func(g *care.Assigned) {
		h := e.assigned(g)
		in := e.informed(care.TopicContact, g.Seen.Start, func(in *care.Information) bool { return in.ToRelatives })
		if in != nil {
			h.useInformation(in)
			e.not("informed", h)
			return
		}
		e.clock(h, g.Team, "assignment-start", g.Seen.Start)
		e.due(h)
	})
}

// contactRightToChange: told at the first meeting, so the clock starts with the
// first assignment of the placement, and once is enough.
func contactRightToChange(e *eval) {
	first, start := e.First()
	if first == nil {
		e.not("no-assignment", nil)
		return
	}
	h := e.assigned(first)
	h.about = nil
	in := e.informed(care.TopicRightToChange, e.Placement.Start, func(*care.Information) bool { return true })
	if in != nil {
		h.useInformation(in)
		e.not("informed", h)
		return
	}
	e.clock(h, first.Team, "first-assignment-start", start)
	e.due(h)
}

// contactRoutine: of a person who was not read nothing is known; data.unknown-staff says so.
func contactRoutine(e *eval) {
	e.eachHolding(func(g *care.Assigned) {
		h := e.person(g)
		switch {
		case !g.Read:
			e.not("staff-not-read", h)
		case g.Staff.Acknowledged(e.AsOf):
			e.not("acknowledged", h)
		default:
			e.open(h)
		}
	})
}

// contactHandover: somebody took over after another person's assignment had
// ended on a known day, and no handover is registered since.
func contactHandover(e *eval) {
	e.eachHolding(func(g *care.Assigned) {
		first := e.firstOf(g.Person)
		h := e.assigned(first)
		h.about = g
		if first.Seen.Start == 0 {
			e.not("no-clock", h)
			return
		}
		var before *care.Assigned
		for i := range e.Assigned {
			o := &e.Assigned[i]
			if !o.Counts || o.Person == g.Person || o.EndUnknown || o.Seen.End == 0 || o.Seen.End >= first.Seen.Start {
				continue
			}
			if before == nil || o.Seen.End > before.Seen.End {
				before = o
			}
		}
		if before == nil {
			e.not("no-predecessor", h)
			return
		}
		h.use(before.Team, "assignment-ended", before.Seen.End)
		in := e.informed(care.TopicContactHandover, before.Seen.End, func(*care.Information) bool { return true })
		if in != nil {
			h.useInformation(in)
			e.not("informed", h)
			return
		}
		e.clock(h, first.Team, "assignment-start", first.Seen.Start)
		e.due(h)
	})
}

// firstOf is a person's first assignment in the placement. The person holds one
// now, so there is one.
func (e *eval) firstOf(person care.Ref) *care.Assigned {
	for i := range e.Assigned {
		if g := &e.Assigned[i]; g.Counts && g.Person == person {
			return g
		}
	}
	return nil
}
