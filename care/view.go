package care

import "cmp"

// Terms are the parameters that the statuses depend on. Rules of the same name
// use the same ones, so that a status and its finding cannot disagree.
type Terms struct {
	AbsenceDays  int         // contact.absence_days: an absence this long makes a contact unavailable
	ServiceOnly  ServiceCode // contact.service_only: the services that alone need no contact
	CareHomeFrom Date        // contact.care_home_from: residents of care homes are asked from then; no date: never
	PlanMissing  PlanClock   // plan.missing
	PlanReview   PlanClock   // plan.review
}

// PlanClock is the deadline of a plan rule.
type PlanClock struct {
	Span
	Warn         int  // days before the deadline from which it is due soon
	FromDecision bool // plan.missing.clock: the latest decision instead of the placement's start
}

// View is one client as seen on AsOf: facts that are dated later do not exist
// in it, except planned dates, the periods of services already decided, and
// employments (domain.md, "Facts after asOf do not exist"). The zero View is
// ready for See; a View may be used again for another client.
type View struct {
	Client *Client
	Roster *Roster
	Terms  Terms
	AsOf   Date

	Dead    bool
	Unknown bool // something of this client could not be read: nothing but data.* may be said
	// Placement is the one that the client's care is judged by: of the home-care
	// placements that hold, the one that starts earliest. Nil without one.
	Placement *Placement
	// CareHome: there is no home care, and Placement is a stay in a care home,
	// for which only the contact is asked (contact.care_home_from).
	CareHome bool
	// Running are the services that run, of any kind.
	Running []*Service
	// HomeCare counts those of Running that are home care; Needing those that,
	// besides, are not service-only.
	HomeCare, Needing int
	// Assigned are the assignments in order: the earliest start is the first;
	// an unknown start is earliest.
	Assigned []Assigned
	// Holding counts those of Assigned that hold.
	Holding int
	// Latest is the latest contact decision, nil without one.
	Latest *Decision
	// Plans are the running implementation plans.
	Plans []RunningPlan

	Contact       ContactState
	ContactReason Reason
	Plan          PlanStatus
	PlanReason    Reason
}

// Reason names the condition that decided a status; texts are kept by the rules.
type Reason string

// Assigned is one assignment as seen on AsOf.
type Assigned struct {
	*Assignment
	Person Ref    // the Practitioner, or the best name there is
	Staff  *Staff // nil where nothing of that person was read
	Read   bool   // the person's own record was read
	// Seen is the period in force; its End may be unknown for one that ended.
	Seen       Period
	EndUnknown bool
	Holds      bool
	// Counts: it held at some time in the present placement.
	Counts bool
	// State is what this assignment alone would make the client's status:
	// appointed, appointed-unqualified or vacant. Empty unless it holds.
	State ContactState
	// Left: employments are known, and none holds. Away: absent today, for any length.
	Left, Away bool
	// Verified is false where nobody's qualifications are known.
	Verified bool
	number   uint32
}

// See fills the view with one client as seen on asOf.
func (v *View) See(c *Client, r *Roster, t Terms, asOf Date) {
	*v = View{
		Client: c, Roster: r, Terms: t, AsOf: asOf,
		Running: v.Running[:0], Assigned: v.Assigned[:0], Plans: v.Plans[:0],
	}
	v.Dead = c.Deceased && c.DeceasedOn <= asOf
	v.Unknown = len(c.Gaps) > 0
	v.seePlacement()
	v.seeServices()
	v.seeAssignments()
	v.seeDecisions()
	v.seePlans()
	v.Contact, v.ContactReason = v.contact()
	v.Plan, v.PlanReason = v.planStatus()
}

// InHomeCare says whether the client is alive and has home care on AsOf.
func (v *View) InHomeCare() bool { return v.Placement != nil && !v.CareHome && !v.Dead }

func (v *View) seePlacement() {
	earliest := func(s Setting) *Placement {
		var first *Placement
		for i := range v.Client.Placements {
			p := &v.Client.Placements[i]
			if p.Setting != s || !p.Holds(v.AsOf) {
				continue
			}
			if first == nil || cmp.Or(cmp.Compare(p.Start, first.Start), cmp.Compare(p.Ref, first.Ref)) < 0 {
				first = p
			}
		}
		return first
	}
	v.Placement = earliest(HomeCare)
	if v.Placement == nil && v.Terms.CareHomeFrom != 0 && v.AsOf >= v.Terms.CareHomeFrom {
		v.Placement = earliest(CareHome)
		v.CareHome = v.Placement != nil
	}
}

func (v *View) seeServices() {
	for i := range v.Client.Services {
		s := &v.Client.Services[i]
		if s.Decided > v.AsOf || !s.Holds(v.AsOf) {
			continue
		}
		v.Running = append(v.Running, s)
		if s.IsHomeCare() {
			v.HomeCare++
		}
		if v.NeedsContact(s) {
			v.Needing++
		}
	}
}

// IsHomeCare says whether the service is home care. One with an unknown code,
// or without a category, is; day activity and care homes never are.
func (s *Service) IsHomeCare() bool {
	return s.Code&(DayActivity|CareHomeService) == 0 && s.Setting != CareHome
}

// NeedsContact says whether a service is home care and not service-only. A
// service without a category is never service-only: nobody becomes exempt by
// what is not known.
func (v *View) NeedsContact(s *Service) bool {
	if !s.IsHomeCare() {
		return false
	}
	return s.Setting != HomeCare || s.Code&v.Terms.ServiceOnly == 0
}

// OnlyService says whether there are running home-care services and all of them
// are service-only.
func (v *View) OnlyService() bool { return v.HomeCare > 0 && v.Needing == 0 }

func (v *View) seeDecisions() {
	for i := range v.Client.Decisions {
		d := &v.Client.Decisions[i]
		if d.Date > v.AsOf {
			continue
		}
		if v.Latest == nil || cmp.Or(cmp.Compare(v.Latest.Date, d.Date),
			cmp.Compare(d.Kind, v.Latest.Kind), cmp.Compare(d.Ref, v.Latest.Ref)) < 0 {
			v.Latest = d
		}
	}
}
