package care

import (
	"cmp"
	"slices"
)

// Dates of the protected title (domain.md, "Qualification"): SoL's demand that a
// care contact is an assistant nurse holds from titleFrom; those who worked with
// the title before keep it to transitionalTo.
var (
	titleFrom      = NewDate(2023, 7, 1)
	transitionalTo = NewDate(2033, 6, 30)
)

// seen gives the assignment's period as it stands on asOf and whether it holds
// then. ok is false for one that begins later or never held on any day. One that
// the source calls inactive ended at the latest the day before asOf; where it has
// no end it holds on no day, and the period's missing End means "unknown".
func (a *Assignment) seen(asOf Date) (p Period, holds, ok bool) {
	p = a.Period
	if p.Start > asOf {
		return p, false, false
	}
	if !a.Inactive {
		return p, p.Holds(asOf), p.End == 0 || p.End >= p.Start
	}
	if p.End == 0 {
		return p, false, true
	}
	p.End = min(p.End, asOf-1)
	return p, false, p.End >= p.Start
}

func (v *View) seeAssignments() {
	for i := range v.Client.Assignments {
		a := &v.Client.Assignments[i]
		seen, holds, ok := a.seen(v.AsOf)
		if !ok || a.Unit != "" && !v.placedAt(a.Unit) {
			continue
		}
		g := Assigned{Assignment: a, Seen: seen, Holds: holds, EndUnknown: a.Inactive && seen.End == 0}
		g.Person, g.Staff, g.Read = v.Roster.Person(a.Member)
		g.number = v.Roster.number(g.Person)
		if v.Placement != nil {
			g.Counts = seen.Overlaps(v.Placement.Period)
		}
		if holds {
			v.Holding++
			v.judgeAssigned(&g)
		}
		v.insert(g)
	}
}

// placedAt says whether a placement at the unit holds.
func (v *View) placedAt(unit Ref) bool {
	return slices.ContainsFunc(v.Client.Placements, func(p Placement) bool { return p.Unit == unit && p.Holds(v.AsOf) })
}

// insert keeps Assigned in order: by start, then by team and person, so that the
// order in which facts were read never shows.
func (v *View) insert(g Assigned) {
	v.Assigned = append(v.Assigned, g)
	for i := len(v.Assigned) - 1; i > 0 && v.Assigned[i].before(&v.Assigned[i-1]); i-- {
		v.Assigned[i], v.Assigned[i-1] = v.Assigned[i-1], v.Assigned[i]
	}
}

func (g *Assigned) before(o *Assigned) bool {
	return cmp.Or(cmp.Compare(g.Seen.Start, o.Seen.Start), cmp.Compare(g.Team, o.Team), cmp.Compare(g.Person, o.Person),
		cmp.Compare(g.Seen.End, o.Seen.End)) < 0
}

// judgeAssigned gives a holding assignment its own state.
func (v *View) judgeAssigned(g *Assigned) {
	available := v.availability(g)
	qualified, verified := v.qualification(g)
	g.Verified = verified
	switch {
	case !available:
		g.State = ContactVacant
	case !qualified:
		g.State = ContactUnqualified
	default:
		g.State = ContactAppointed
	}
}

// availability looks at all employments of a person together. Left: employments
// are known, also ones that begin later, and none holds. Absent: one absence
// holds and is long; adjacent absences are not joined.
func (v *View) availability(g *Assigned) bool {
	if g.Staff == nil {
		return true
	}
	employments, employed, long := 0, false, false
	provides := v.Roster.Provides
	for i := range g.Staff.Roles {
		role := &g.Staff.Roles[i]
		if !role.AbsencesOnly {
			employments++
			employed = employed || role.holds(v.AsOf)
		}
		if !provides.Has(SetOf(KindStaffAbsence)) {
			continue
		}
		for _, a := range role.Absences {
			if !a.Holds(v.AsOf) {
				continue
			}
			g.Away = true
			if a.Start == 0 || a.End == 0 || int(a.End-a.Start)+1 >= v.Terms.AbsenceDays {
				long = true
			}
		}
	}
	g.Left = employments > 0 && !employed && provides.Has(SetOf(KindEmployment))
	return !g.Left && !long
}

// holds says whether an employment holds on a date. One that is not active ended
// at the latest the day before.
func (r *RoleFact) holds(d Date) bool { return !r.Left && r.Holds(d) }

// qualification says whether a person is qualified, or not shown to be
// unqualified; verified is false where qualifications are not known at all.
func (v *View) qualification(g *Assigned) (qualified, verified bool) {
	if v.AsOf < titleFrom {
		return true, true
	}
	if !v.Roster.Provides.Has(SetOf(KindQualification)) || !v.Roster.QualificationsKnownOn(v.AsOf) {
		return true, false
	}
	return !g.Read || g.Staff.qualified(v.AsOf), true
}

func (s *Staff) qualified(d Date) bool {
	for _, q := range s.Qualifications {
		if q.Holds(d) && (q.Kind == AssistantNurse || q.Kind == AssistantNurseTransitional && d <= transitionalTo) {
			return true
		}
	}
	return false
}

// Acknowledged says whether the person has acknowledged the routine on a date.
func (s *Staff) Acknowledged(d Date) bool {
	for _, q := range s.Qualifications {
		if q.Kind == RoutineAcknowledged && q.Holds(d) {
			return true
		}
	}
	return false
}

// ByContact says whether a person held an assignment for this client on a day
// (domain.md, "By a contact").
func (v *View) ByContact(who Ref, on Date) bool {
	if who == "" || on == 0 {
		return false
	}
	person, _, _ := v.Roster.Person(who)
	for i := range v.Assigned {
		if g := &v.Assigned[i]; g.Person == person && g.held(on) {
			return true
		}
	}
	return false
}

// VisitByContact says whether one of a visit's staff held an assignment on the
// visit's day.
func (v *View) VisitByContact(visit *Visit, on Date) bool {
	for _, id := range visit.Staff {
		if id == 0 {
			continue
		}
		person := v.Roster.person(id)
		for i := range v.Assigned {
			if g := &v.Assigned[i]; g.number == person && g.held(on) {
				return true
			}
		}
	}
	return false
}

// HeldThrough says whether the assignment, being one of the present placement,
// held on every day from a to b.
func (g *Assigned) HeldThrough(a, b Date) bool {
	return g.Counts && !g.EndUnknown && g.Seen.Covers(a, b)
}

func (g *Assigned) held(on Date) bool { return !g.EndUnknown && g.Seen.Holds(on) }

// First is the first assignment of the present placement, and its start: not
// before the placement's start, and unknown where either start is unknown. Nil
// without one.
func (v *View) First() (*Assigned, Date) {
	for i := range v.Assigned {
		g := &v.Assigned[i]
		if !g.Counts {
			continue
		}
		if g.Seen.Start == 0 || v.Placement.Start == 0 {
			return g, 0
		}
		return g, max(g.Seen.Start, v.Placement.Start)
	}
	return nil, 0
}
