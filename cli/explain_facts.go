package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"brygga/care"
)

// factLine is one fact in the timeline: what is known, from when, and where it
// stands. Names and free text are not among the facts.
type factLine struct {
	Date   care.Date `json:"date,omitzero"`
	End    care.Date `json:"end,omitzero"`
	Period bool      `json:"period,omitempty"` // holds from Date to End; neither need be known
	Kind   string    `json:"kind"`             // as in the configuration: "placement", "plan"
	Ref    care.Ref  `json:"ref,omitempty"`
	What   string    `json:"what"`
	// After: dated after the day that is explained, so that no rule sees it.
	After bool `json:"after,omitempty"`
}

// timeline gathers a client's facts.
type timeline struct {
	*subject
	lines []factLine
}

// factLines lists everything that is known of the client, by date; what has no
// date comes first.
func factLines(s *subject) []factLine {
	t := &timeline{subject: s, lines: []factLine{}}
	t.client()
	t.granted()
	t.contacts()
	t.staff()
	t.planned()
	t.events()
	t.bulk()
	slices.SortStableFunc(t.lines, func(x, y factLine) int { return cmp.Compare(x.Date, y.Date) })
	return t.lines
}

// at adds what happened on a day.
func (t *timeline) at(kind care.FactKind, ref care.Ref, on care.Date, what string) {
	t.lines = append(t.lines, factLine{Date: on, Kind: kind.String(), Ref: ref, What: what, After: on > t.asOf})
}

// during adds what held for a period.
func (t *timeline) during(kind care.FactKind, ref care.Ref, p care.Period, what string) {
	t.lines = append(t.lines, factLine{
		Date: p.Start, End: p.End, Period: true, Kind: kind.String(), Ref: ref, What: what, After: p.Start > t.asOf,
	})
}

func (t *timeline) client() {
	c := t.Client
	var words []string
	invalid := 0
	for _, id := range c.Identifiers {
		if !id.Valid {
			invalid++
		}
	}
	words = append(words, count(len(c.Identifiers), "identifier"))
	if invalid > 0 {
		words = append(words, fmt.Sprintf("%d of them not valid", invalid))
	}
	if others := t.Roster.Duplicates(c.Ref); len(others) > 0 {
		words = append(words, "one shared with "+refList(others))
	}
	if c.Born.Known() && c.Born <= t.asOf {
		words = append(words, fmt.Sprintf("%d years old", c.Born.Years(t.asOf)))
	}
	if c.Protected {
		words = append(words, "protected identity, or a label that is not understood")
	}
	t.at(care.KindClient, c.Ref, 0, strings.Join(words, ", "))
	if c.Deceased {
		t.at(care.KindClient, c.Ref, c.DeceasedOn, "deceased")
	}
}

// unit names a unit, unless that would tell where a protected person is.
func (t *timeline) unit(ref care.Ref) string {
	if ref == "" {
		return ""
	}
	if t.Client.Protected {
		return ", unit not shown"
	}
	return ", " + printable(cmp.Or(t.units[ref].Name, string(ref)))
}

func (t *timeline) granted() {
	for _, p := range t.Client.Placements {
		t.during(care.KindPlacement, p.Ref, p.Period, settingWords(p.Setting)+t.unit(p.Unit))
	}
	for _, s := range t.Client.Services {
		words := serviceWords(s.Code) + settingNote(s.Setting)
		if s.Decided.Known() {
			t.at(care.KindService, s.Ref, s.Decided, "decided: "+words)
		}
		if s.FirstCarried.Known() {
			t.at(care.KindService, s.Ref, s.FirstCarried, "first carried out: "+words)
		}
		t.during(care.KindService, s.Ref, s.Period, words)
	}
}

func (t *timeline) contacts() {
	for _, as := range t.Client.Assignments {
		who, _, read := t.Roster.Person(as.Member)
		words := "contact: " + printable(string(who))
		if !read {
			words += ", whose record was not read"
		}
		if as.Inactive {
			words += ", not active any more"
		}
		t.during(care.KindAssignment, as.Team, as.Period, words)
	}
	kinds := map[care.DecisionKind]string{
		care.Offered: "offered", care.Accepted: "accepted", care.Declined: "declined",
		care.Unnecessary: "assessed as unnecessary", care.ChangeRequested: "change requested",
	}
	for _, d := range t.Client.Decisions {
		t.at(care.KindDecision, d.Ref, d.Date, "contact "+kinds[d.Kind])
	}
	topics := map[care.Topic]string{
		care.TopicContact: "the contact", care.TopicRightToChange: "the right to change",
		care.TopicContactHandover: "a contact's handover", care.TopicCareHomeHandover: "the handover to a care home",
	}
	for _, in := range t.Client.Information {
		var to, how []string
		for word, yes := range map[string]bool{"client": in.ToClient, "relatives": in.ToRelatives, "organization": len(in.Organizations) > 0} {
			if yes {
				to = append(to, word)
			}
		}
		for word, yes := range map[string]bool{"oral": in.Oral, "written": in.Written} {
			if yes {
				how = append(how, word)
			}
		}
		slices.Sort(to)
		slices.Sort(how)
		t.at(care.KindInformation, in.Ref, in.Date, "told about "+topics[in.Topic]+
			", to "+cmp.Or(strings.Join(to, " and "), "nobody that is known")+brackets(strings.Join(how, " and ")))
	}
}

// staff adds what is known of everyone who has, or had, an assignment.
func (t *timeline) staff() {
	seen := map[care.Ref]bool{}
	for _, as := range t.Client.Assignments {
		who, staff, _ := t.Roster.Person(as.Member)
		if staff == nil || seen[who] {
			continue
		}
		seen[who] = true
		if staff.Title != "" {
			t.at(care.KindStaff, who, 0, fmt.Sprintf("title %q, which proves nothing", clip(printable(staff.Title), 40)))
		}
		if staff.Unreadable {
			t.at(care.KindStaff, who, 0, "something about this person could not be read")
		}
		names := map[care.QualificationKind]string{
			care.AssistantNurse: "assistant nurse", care.AssistantNurseTransitional: "assistant nurse, transitional",
			care.RoutineAcknowledged: "routine acknowledged",
		}
		for _, q := range staff.Qualifications {
			t.during(care.KindQualification, who, q.Period, names[q.Kind])
		}
		for _, role := range staff.Roles {
			words := "employed" + t.unit(role.Unit)
			if role.Left {
				words += ", not active any more"
			}
			t.during(care.KindEmployment, who, role.Period, words)
			for _, away := range role.Absences {
				t.during(care.KindStaffAbsence, who, away.Period, "away")
			}
		}
	}
}

func (t *timeline) planned() {
	kinds := map[care.PlanKind]string{
		care.Implementation: "implementation plan", care.SIP: "SIP", care.ActionPlan: "action plan",
	}
	for _, p := range t.Client.Plans {
		words := kinds[p.Kind] + " made"
		if p.Author != "" {
			who, _, _ := t.Roster.Person(p.Author)
			words += " by " + printable(string(who))
		}
		switch p.Participation {
		case care.Participated:
			words += ", with the client"
		case care.DidNotParticipate:
			words += ", without the client"
		}
		if !p.Active {
			words += "; not active any more"
		}
		if p.End.Known() {
			words += "; ends " + p.End.String()
		}
		t.at(care.KindPlan, p.Ref, p.MadeOn(), words)
		for _, d := range p.FollowUps {
			t.at(care.KindPlan, p.Ref, d, "planned follow-up of the "+kinds[p.Kind])
			t.lines[len(t.lines)-1].After = false // planned dates are seen ahead
		}
	}
	for _, r := range t.Client.Reviews {
		var by []care.Ref
		for _, ref := range r.By {
			who, _, _ := t.Roster.Person(ref)
			by = append(by, who)
		}
		of := cmp.Or(printable(string(r.Plan)), "no plan that is known")
		if r.OfClient {
			of = "the implementation plan"
		}
		t.at(care.KindReview, r.Ref, r.Date, "review of "+of+brackets(refList(by)))
	}
}

func (t *timeline) events() {
	for _, d := range t.Client.Deviations {
		t.at(care.KindDeviation, d.Ref, d.Date, "deviation")
		if d.Remedied.Known() {
			t.at(care.KindDeviation, d.Ref, d.Remedied, "deviation remedied")
		}
	}
	for _, r := range t.Client.Risks {
		t.at(care.KindRisk, r.Ref, r.Date, "high risk assessed")
	}
	for _, away := range t.Client.Absences {
		t.during(care.KindClientAbsence, away.Ref, away.Period, "client away")
	}
	for _, r := range t.Client.Relatives {
		t.at(care.KindRelative, r.Ref, 0, "a relative is registered")
	}
	for i := range t.Client.Consents {
		c := &t.Client.Consents[i]
		t.at(care.KindConsent, c.Ref, c.Date.Day(), consentFact(c))
	}
	for _, h := range t.Client.Handovers {
		t.at(care.KindHandover, h.Ref, h.Since, "handover to a care home: "+handoverWords[h.State])
	}
}

// handoverWords say how far a handover has come.
var handoverWords = map[care.HandoverState]string{
	care.HandoverRecipientUnknown: "the care home is not configured",
	care.HandoverByHand:           "to be done by hand",
	care.HandoverPrepared:         "prepared, and waits for its release",
	care.HandoverReleased:         "released, and not sent yet",
	care.HandoverSending:          "being sent",
	care.HandoverDelivered:        "delivered; the care home's staff are not told yet",
	care.HandoverSent:             "sent, and not answered",
	care.HandoverAnswered:         "answered",
	care.HandoverRejected:         "rejected by the care home",
	care.HandoverStopped:          "stopped before anything was sent",
	care.HandoverRevoked:          "the consent was taken back after it was sent",
}

func settingWords(s care.Setting) string {
	switch s {
	case care.HomeCare:
		return "home care"
	case care.CareHome:
		return "care home"
	}
	return "of no known setting"
}

// settingNote says where a service is given, where that is not home care.
func settingNote(s care.Setting) string {
	if s == care.HomeCare {
		return ""
	}
	return brackets(settingWords(s))
}

func serviceWords(code care.ServiceCode) string {
	var names []string
	for i, n := range care.ServiceNames {
		if code&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "a service of unknown code")
}

func brackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
