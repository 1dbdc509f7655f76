package rules

import (
	"strings"
	"sync"

	"brygga/care"
)

// Facts that go together in what rules need.
const (
	placed   = care.FactSet(1<<care.KindPlacement | 1<<care.KindClient)
	assigned = placed | 1<<care.KindAssignment
	// ofStatus is what the contact status is made of.
	ofStatus = assigned | 1<<care.KindService | 1<<care.KindStaff | 1<<care.KindQualification |
		1<<care.KindEmployment | 1<<care.KindStaffAbsence | 1<<care.KindDecision
	// ofPlan is what the plan status is made of.
	ofPlan = placed | 1<<care.KindService | 1<<care.KindPlan | 1<<care.KindReview
)

func set(kinds ...care.FactKind) care.FactSet { return care.SetOf(kinds...) }

// Catalogue lists every rule, in the order of domain.md. The rules are shared:
// they are not to be changed.
func Catalogue() []*Rule { return catalogue() }

// ByCode finds a rule; nil where there is none.
func ByCode(code string) *Rule {
	for _, r := range catalogue() {
		if r.Code == code {
			return r
		}
	}
	return nil
}

var catalogue = sync.OnceValue(func() []*Rule {
	var all []*Rule
	for _, family := range [][]entry{contactEntries(), planEntries(), journalEntries(), transferEntries(), handoverEntries(), dataEntries()} {
		for _, e := range family {
			all = append(all, e.rule(len(all)))
		}
	}
	return all
})

// entry is what is written down of a rule; the rest comes from the texts and packs.
type entry struct {
	code   string
	judge  func(*eval)
	where  where
	owner  Role
	writes Write
	fixed  bool
	law    care.Date // when the law that it rests on changed, where it did
	kinds  []GroundKind
	needs  care.FactSet // what it reads, besides what is in off
	off    care.FactSet // what it cannot do without
	weaker care.FactSet // what it says less without
	clock  *clock       // nil: open, without a deadline
	more   []ParamSpec
}

// clock is the default deadline of a rule.
type clock struct {
	days, months int
	warn         int
	fixed        bool // the deadline is a day of the calendar: no days or months to set
	noWarn       bool // it is past when it is found
}

func (e entry) rule(index int) *Rule {
	r := &Rule{
		Code: e.code, Owner: e.owner, Writes: e.writes, Fixed: e.fixed, Deadline: e.clock != nil,
		Needs: e.needs | e.off | e.weaker, where: e.where, off: e.off, weaker: e.weaker, judge: e.judge, index: index,
	}
	r.Family, _, _ = strings.Cut(e.code, ".")
	r.Title = Words(e.code + ".title")
	r.Ground = Ground{Kinds: e.kinds, Text: Words(e.code + ".ground"), Changed: e.law}
	if e.law != 0 {
		r.Ground.Before = Words(e.code + ".ground.before")
	}
	for _, k := range e.off.Kinds() {
		r.Without = append(r.Without, Without{Fact: k, Effect: Off, Text: Words("without.off")})
	}
	for _, k := range e.weaker.Kinds() {
		r.Without = append(r.Without, Without{Fact: k, Effect: Weaker, Text: Words(e.code + ".without." + k.String())})
	}
	r.Params = e.params()
	for _, p := range packs() {
		if p.on[e.code] {
			r.Packs = append(r.Packs, p.name)
		}
	}
	return r
}

func contactEntries() []entry {
	return []entry{
		{
			code: "contact.missing", judge: contactMissing, where: contactFamily, owner: UnitManager,
			writes: WriteFlagAndTask, kinds: []GroundKind{Law, Default}, law: newLaw, needs: ofStatus, off: assigned,
			weaker: set(care.KindDecision), clock: &clock{days: 14, warn: 7},
		},
		{
			code: "contact.offer-unanswered", judge: contactOfferUnanswered, where: contactFamily, owner: Coordinator,
			writes: WriteTask, kinds: []GroundKind{Default}, needs: ofStatus, off: assigned | set(care.KindDecision),
			clock: &clock{days: 14, warn: 7},
		},
		{
			code: "contact.unqualified", judge: contactUnqualified, where: contactFamily, owner: UnitManager,
			writes: WriteFlagAndTask, kinds: []GroundKind{Law}, law: newLaw, needs: ofStatus,
			off: assigned | set(care.KindStaff, care.KindQualification),
		},
		{
			code: "contact.qualification-unverified", judge: contactUnverified, where: contactFamily, owner: UnitManager,
			writes: WriteReport, kinds: []GroundKind{Law, Default}, law: newLaw, needs: ofStatus, off: assigned,
			weaker: set(care.KindQualification),
		},
		{
			code: "contact.exempt-undocumented", judge: contactExemptUndocumented, where: contactFamily, owner: Coordinator,
			writes: WriteTask, kinds: []GroundKind{Law, Default}, law: newLaw, needs: ofStatus,
			off: assigned | set(care.KindService, care.KindDecision),
		},
		{
			code: "contact.exempt-reassess", judge: contactExemptReassess, where: contactFamily, owner: Coordinator,
			writes: WriteTask, kinds: []GroundKind{Default}, needs: ofStatus,
			off: assigned | set(care.KindService, care.KindDecision), clock: &clock{days: 14, warn: 7},
		},
		{
			code: "contact.vacant", judge: contactVacant, where: contactFamily, owner: Coordinator,
			writes: WriteFlagAndTask, kinds: []GroundKind{Routine}, needs: ofStatus, off: assigned,
			weaker: set(care.KindEmployment, care.KindStaffAbsence),
		},
		{
			code: "contact.change-requested", judge: contactChangeRequested, where: contactFamily, owner: UnitManager,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, needs: ofStatus,
			off: assigned | set(care.KindDecision), clock: &clock{days: 14, warn: 7},
		},
		{
			code: "contact.second-missing", judge: contactSecondMissing, where: contactFamily, owner: Coordinator,
			writes: WriteTask, kinds: []GroundKind{Routine}, needs: ofStatus, off: assigned,
			weaker: set(care.KindEmployment, care.KindStaffAbsence),
		},
		{
			code: "contact.not-informed", judge: contactNotInformed, where: contactFamily, owner: Contact,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, needs: ofStatus,
			off: assigned | set(care.KindInformation), clock: &clock{days: 7, warn: 3},
			more: []ParamSpec{{Name: "contact.not-informed.media", Type: TypeChoice, Default: "any", Values: []string{"any", "both"}}},
		},
		{
			code: "contact.relatives-not-informed", judge: contactRelativesNotInformed, where: contactFamily, owner: Contact,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, needs: ofStatus,
			off: assigned | set(care.KindInformation, care.KindRelative), clock: &clock{days: 7, warn: 3},
		},
		{
			code: "contact.right-to-change-not-told", judge: contactRightToChange, where: contactFamily, owner: Contact,
			writes: WriteTask, kinds: []GroundKind{Routine, Default}, needs: ofStatus,
			off: assigned | set(care.KindInformation), clock: &clock{days: 7, warn: 3},
		},
		{
			code: "contact.routine-not-acknowledged", judge: contactRoutine, where: contactFamily, owner: UnitManager,
			writes: WriteTask, kinds: []GroundKind{Routine}, needs: ofStatus,
			off: assigned | set(care.KindStaff, care.KindQualification),
		},
		{
			code: "contact.handover-missing", judge: contactHandover, where: contactFamily, owner: Contact,
			writes: WriteReport, kinds: []GroundKind{Routine, Default}, needs: ofStatus,
			off: assigned | set(care.KindInformation), clock: &clock{days: 14, warn: 7},
		},
	}
}

func planEntries() []entry {
	plan := placed | set(care.KindPlan)
	return []entry{
		{
			code: "plan.missing", judge: planMissing, owner: Contact, writes: WriteFlagAndTask,
			kinds: []GroundKind{Law, Default}, law: newLaw, needs: ofPlan | ofStatus, off: plan,
			weaker: set(care.KindService), clock: &clock{days: 14, warn: 7},
			more: []ParamSpec{{Name: "plan.missing.clock", Type: TypeChoice, Default: "start", Values: []string{"start", "decision"}}},
		},
		{
			code: "plan.contact-update", judge: planContactUpdate, owner: Coordinator, writes: WriteTask,
			kinds: []GroundKind{Routine}, needs: ofPlan | ofStatus, off: plan | set(care.KindAssignment, care.KindReview),
			clock: &clock{days: 14, warn: 7},
		},
		{
			code: "plan.review", judge: planReview, owner: Contact, writes: WriteFlagAndTask,
			kinds: []GroundKind{Routine, Default}, needs: ofPlan | ofStatus, off: plan,
			weaker: set(care.KindReview), clock: &clock{months: 6, warn: 14},
		},
		{
			code: "plan.decision-changed", judge: planDecisionChanged, owner: Contact, writes: WriteTask,
			kinds: []GroundKind{Routine, Default}, needs: ofPlan | ofStatus,
			off: plan | set(care.KindService, care.KindReview), clock: &clock{days: 14, warn: 7},
		},
		{
			code: "plan.no-participation", judge: planNoParticipation, owner: Contact, writes: WriteTask,
			kinds: []GroundKind{Routine}, needs: ofPlan | ofStatus, off: plan,
		},
		{
			code: "plan.no-followup-date", judge: planNoFollowUp, owner: Contact, writes: WriteTask,
			kinds: []GroundKind{Routine}, needs: ofPlan | ofStatus, off: plan,
		},
	}
}

func journalEntries() []entry {
	return []entry{
		{
			code: "journal.monthly", judge: journalMonthly, owner: Contact, writes: WriteReport,
			kinds: []GroundKind{Routine}, needs: ofStatus, off: placed | set(care.KindNote),
			clock: &clock{fixed: true, warn: 7},
		},
		{
			code: "journal.deviation-open", judge: journalDeviation, owner: Contact, writes: WriteTask,
			kinds: []GroundKind{Routine, Default}, needs: ofStatus, off: placed | set(care.KindDeviation),
			clock: &clock{days: 14, warn: 7},
		},
		{
			code: "visit.weekly", judge: visitWeekly, owner: Coordinator, writes: WriteReport,
			kinds: []GroundKind{Routine}, needs: ofStatus, off: assigned | set(care.KindService, care.KindVisit),
			weaker: set(care.KindClientAbsence), clock: &clock{fixed: true, noWarn: true},
		},
		{
			code: "continuity.contact-share", judge: continuityShare, owner: Coordinator, writes: WriteReport,
			kinds: []GroundKind{Routine, Default}, needs: ofStatus, off: assigned | set(care.KindVisit),
			more: []ParamSpec{
				{Name: "continuity.contact-share.visits", Type: TypeCount, Default: "10", Min: 1, Max: 500},
				{Name: "continuity.contact-share.share", Type: TypeShare, Default: "0.5", Min: 0, Max: 1},
				{Name: "continuity.contact-share.days", Type: TypeDays, Default: "28", Min: 7, Max: visitDays},
			},
		},
		{
			code: "continuity.staff-count", judge: continuityStaff, owner: Coordinator, writes: WriteReport,
			kinds: []GroundKind{Default}, needs: ofStatus, off: placed | set(care.KindVisit),
			weaker: set(care.KindClientAbsence),
			more:   []ParamSpec{{Name: "continuity.staff-count.staff", Type: TypeCount, Default: "15", Min: 1, Max: 200}},
		},
		{
			code: "sip.review", judge: sipReview, owner: Contact, writes: WriteTask,
			kinds: []GroundKind{Routine, Default}, needs: ofStatus, off: placed | set(care.KindPlan, care.KindReview),
			clock: &clock{months: 12, warn: 30},
		},
		{
			code: "risk.action-plan", judge: riskActionPlan, owner: Contact, writes: WriteTask,
			kinds: []GroundKind{Routine, Default}, needs: ofStatus, off: placed | set(care.KindRisk, care.KindPlan),
			clock: &clock{days: 14, warn: 7},
		},
		{
			code: "service.not-carried-out", judge: serviceNotCarriedOut, owner: CareAssessor, writes: WriteTask,
			kinds: []GroundKind{Law, Default}, law: newLaw, off: placed | set(care.KindService, care.KindVisit),
			clock: &clock{months: 3, warn: 30},
		},
	}
}

func dataEntries() []entry {
	data := func(code string, judge func(*eval), where where, off care.FactSet) entry {
		return entry{
			code: code, judge: judge, where: where, owner: IT, writes: WriteReport, fixed: true,
			kinds: []GroundKind{Default}, off: off,
		}
	}
	return []entry{
		data("data.unknown-start", dataUnknownStart, anyClient, placed),
		data("data.person-id-invalid", dataPersonID, anyBody, set(care.KindClient)),
		data("data.duplicate-client", dataDuplicate, anyBody, set(care.KindClient)),
		data("data.unknown-staff", dataUnknownStaff, anyClient, assigned|set(care.KindStaff)),
	}
}
