package care

import "cmp"

// ContactState is a client's contact status (domain.md, "Contact status").
type ContactState string

// The contact statuses, in the order of the table: the first that matches counts.
const (
	ContactUnknown         ContactState = "unknown"
	ContactNotApplicable   ContactState = "not-applicable"
	ContactAppointed       ContactState = "appointed"
	ContactUnqualified     ContactState = "appointed-unqualified"
	ContactVacant          ContactState = "vacant"
	ContactDeclined        ContactState = "declined"
	ContactExempt          ContactState = "exempt"
	ContactExemptCandidate ContactState = "exempt-candidate"
	ContactOffered         ContactState = "offered"
	ContactMissing         ContactState = "missing"
)

// ContactStates lists the statuses in the order of the table.
func ContactStates() []ContactState {
	return []ContactState{
		ContactUnknown, ContactNotApplicable, ContactAppointed, ContactUnqualified, ContactVacant,
		ContactDeclined, ContactExempt, ContactExemptCandidate, ContactOffered, ContactMissing,
	}
}

// ContactStatus is the status and who holds the assignments now, sorted; nobody
// for a client who is unknown or to whom none of it applies.
type ContactStatus struct {
	Status ContactState `json:"status"`
	Staff  []Ref        `json:"staff,omitempty"`
}

// The reasons of a contact status.
const (
	BecauseGap           Reason = "gap"
	BecauseNotProvided   Reason = "not-provided"
	BecauseDead          Reason = "dead"
	BecauseNoPlacement   Reason = "no-placement"
	BecauseContact       Reason = "contact-available"
	BecauseUnqualified   Reason = "contact-unqualified"
	BecauseUnavailable   Reason = "contact-unavailable"
	BecauseEnded         Reason = "contact-ended"
	BecauseDeclined      Reason = "decision-declined"
	BecauseUnnecessary   Reason = "decision-unnecessary"
	BecauseOnlyService   Reason = "only-service"
	BecauseOffered       Reason = "decision-offered"
	BecauseNothingOfThat Reason = "nothing-registered"
)

// contact gives the contact status: the first row of the table that matches.
func (v *View) contact() (ContactState, Reason) {
	switch {
	case v.Unknown:
		return ContactUnknown, BecauseGap
	case v.Dead:
		return ContactNotApplicable, BecauseDead
	case !v.Roster.Provides.Has(SetOf(KindPlacement, KindAssignment)):
		return ContactUnknown, BecauseNotProvided
	case v.Placement == nil:
		return ContactNotApplicable, BecauseNoPlacement
	}
	switch v.bestHolding() {
	case ContactAppointed:
		return ContactAppointed, BecauseContact
	case ContactUnqualified:
		return ContactUnqualified, BecauseUnqualified
	case ContactVacant:
		return ContactVacant, BecauseUnavailable
	}
	if last := v.LastEnded(); last != nil && !v.answeredAfter(last) {
		return ContactVacant, BecauseEnded
	}
	latest := DecisionKind(0)
	if v.Latest != nil {
		latest = v.Latest.Kind
	}
	switch {
	case latest == Declined:
		return ContactDeclined, BecauseDeclined
	case latest == Unnecessary:
		return ContactExempt, BecauseUnnecessary
	case v.OnlyService():
		return ContactExemptCandidate, BecauseOnlyService
	case latest == Offered:
		return ContactOffered, BecauseOffered
	}
	return ContactMissing, BecauseNothingOfThat
}

// bestHolding is the best state of the holding assignments; empty without one.
func (v *View) bestHolding() ContactState {
	var best ContactState
	for i := range v.Assigned {
		switch v.Assigned[i].State {
		case ContactAppointed:
			return ContactAppointed
		case ContactUnqualified:
			best = ContactUnqualified
		case ContactVacant:
			if best == "" {
				best = ContactVacant
			}
		}
	}
	return best
}

// LastEnded is the latest assignment of this placement that has ended: by its
// end, and where that is unknown by its start, the only day it is known to have
// held. Nil while one holds, or where there was none.
func (v *View) LastEnded() *Assigned {
	if v.Holding > 0 {
		return nil
	}
	day := func(g *Assigned) Date {
		if g.EndUnknown {
			return g.Seen.Start
		}
		return g.Seen.End
	}
	var last *Assigned
	for i := range v.Assigned {
		g := &v.Assigned[i]
		if !g.Counts {
			continue
		}
		if last == nil || cmp.Or(cmp.Compare(day(g), day(last)), cmp.Compare(g.Seen.Start, last.Seen.Start)) > 0 {
			last = g
		}
	}
	return last
}

// answeredAfter says whether a decision declined, unnecessary or offered is dated
// on or after an assignment's end. Where the end is unknown any that is dated
// after its start counts, and where the start is unknown too, any (fhir.md).
func (v *View) answeredAfter(g *Assigned) bool {
	for i := range v.Client.Decisions {
		d := &v.Client.Decisions[i]
		if d.Date > v.AsOf || (d.Kind != Declined && d.Kind != Unnecessary && d.Kind != Offered) {
			continue
		}
		switch {
		case !g.EndUnknown && d.Date >= g.Seen.End,
			g.EndUnknown && g.Seen.Start == 0,
			g.EndUnknown && d.Date > g.Seen.Start:
			return true
		}
	}
	return false
}

// InCharge is the contact who must act where a rule's owner is the contact: of
// the holding assignments in the state that makes the client's status, one whose
// person is not absent today before one whose person is, then the first. Nil
// unless the status is appointed or appointed-unqualified.
func (v *View) InCharge() *Assigned {
	if !v.HasContact() {
		return nil
	}
	var in *Assigned
	for i := range v.Assigned {
		g := &v.Assigned[i]
		if g.State == v.Contact && (in == nil || in.Away && !g.Away) {
			in = g
		}
	}
	return in
}

// HasContact says whether the status is appointed or appointed-unqualified.
func (v *View) HasContact() bool {
	return v.Contact == ContactAppointed || v.Contact == ContactUnqualified
}

// ContactStaff lists who holds the assignments now, sorted.
func (v *View) ContactStaff() []Ref {
	if v.Holding == 0 || v.Contact == ContactUnknown || v.Contact == ContactNotApplicable {
		return nil
	}
	staff := make([]Ref, 0, v.Holding)
	for i := range v.Assigned {
		if !v.Assigned[i].Holds {
			continue
		}
		staff = append(staff, v.Assigned[i].Person)
	}
	return sortedSet(staff)
}
