package interop

import (
	"slices"
	"strings"
	"testing"

	"brygga/sandbox/people"
)

// duty is what domain.md says of a rule: who must act, and what is written.
type duty struct {
	owner      string
	flag, task bool
}

// duties are the rules whose findings are written (domain.md, "Rules"): F is a
// Flag while overdue or open, T a Task. Every rule that is not here is shown in
// reports only, or to IT.
var duties = map[string]duty{
	"contact.missing":                {"unit-manager", true, true},
	"contact.offer-unanswered":       {"coordinator", false, true},
	"contact.unqualified":            {"unit-manager", true, true},
	"contact.exempt-undocumented":    {"coordinator", false, true},
	"contact.exempt-reassess":        {"coordinator", false, true},
	"contact.vacant":                 {"coordinator", true, true},
	"contact.change-requested":       {"unit-manager", false, true},
	"contact.second-missing":         {"coordinator", false, true},
	"contact.not-informed":           {"contact", false, true},
	"contact.relatives-not-informed": {"contact", false, true},
	"plan.missing":                   {"contact", true, true},
	"plan.review":                    {"contact", true, true},
	"service.not-carried-out":        {"care-assessor", false, true},
	"transfer.consent-missing":       {"contact", false, true},
	"transfer.refused":               {"contact", true, false},
}

// wanted is one finding with what its Flag and Task shall say.
type wanted struct {
	client, rule, state string
	duty
	due       *day
	protected bool
	// byContact: the client has a contact who is there, whom Tasks may go to.
	byContact bool
}

// expected works out from the stories, and from the records themselves, what
// shall stand for each client on the first night.
func (m *municipality) expected(t testing.TB, pack string) []wanted {
	t.Helper()
	var out []wanted
	m.made.Clients(func(c people.Client) bool {
		e, _ := m.made.Expected(c.ID)
		client := m.place["Patient/"+c.ID]
		for _, f := range e.Findings {
			d, written := duties[f.Rule]
			if !f.In(pack) || !written {
				continue
			}
			w := wanted{
				client: client, rule: f.Rule, state: f.State, duty: d, due: m.due(t, f.Rule, client), protected: c.Protected,
				byContact: e.Contact == "appointed" || e.Contact == "appointed-unqualified",
			}
			w.flag = w.flag && f.State != "due-soon"
			if w.due != nil {
				if state := stateOf(*w.due); state != f.State {
					t.Errorf("%s of %s: the story says %s, and by its records it is %s (due %s)", f.Rule, c.Story.Name, f.State, state, w.due)
				}
			} else if f.State != "open" {
				t.Errorf("%s of %s has no due date here, and the story says %s", f.Rule, c.Story.Name, f.State)
			}
			out = append(out, w)
		}
		return true
	})
	return out
}

func stateOf(due day) string {
	if today().since(due) > 0 {
		return "overdue"
	}
	return "due-soon"
}

// due is the day on which a finding is due by the client's records; nil for
// rules without a deadline.
func (m *municipality) due(t testing.TB, rule, client string) *day {
	t.Helper()
	var d day
	switch rule {
	case "contact.missing":
		d = m.homeCareSince(t, client)
		if s := m.needsSince(t, client); s.since(d) > 0 {
			d = s
		}
		d = d.plus(14)
	case "plan.missing":
		d = m.homeCareSince(t, client).plus(14)
	case "contact.offer-unanswered", "contact.change-requested":
		decisions := m.of("Observation", client)
		d = on(t, text(decisions[len(decisions)-1], "effectiveDateTime")).plus(14)
	case "plan.review":
		d = m.reviewDue(t, client)
	case "transfer.consent-missing":
		d = m.movesOn(t, client)
	default:
		return nil
	}
	return &d
}

func (m *municipality) homeCareSince(t testing.TB, client string) day {
	return on(t, text(m.of("EpisodeOfCare", client)[0], "period", "start"))
}

// movesOn is the day on which the client's place in a care home begins.
func (m *municipality) movesOn(t testing.TB, client string) (d day) {
	for _, s := range m.of("ServiceRequest", client) {
		if coded(at(s, "code"), ours+"/CodeSystem/service") == "care-home" {
			d = on(t, text(s, "occurrencePeriod", "start"))
		}
	}
	return d
}

// needsSince is the first start of a service that is not service-only.
func (m *municipality) needsSince(t testing.TB, client string) day {
	var first day
	for _, s := range m.of("ServiceRequest", client) {
		switch coded(at(s, "code"), ours+"/CodeSystem/service") {
		case "shopping", "cleaning", "laundry", "meal-delivery", "safety-alarm":
			continue
		}
		if d := on(t, text(s, "occurrencePeriod", "start")); first.IsZero() || d.since(first) < 0 {
			first = d
		}
	}
	return first
}

// reviewDue is the earlier of the first planned follow-up after the last review,
// and six months after that review.
func (m *municipality) reviewDue(t testing.TB, client string) day {
	plan := m.of("CarePlan", client)[0]
	last := on(t, text(plan, "created"))
	for _, r := range m.of("Procedure", client) {
		when := or(text(r, "performedDateTime"), text(r, "performedPeriod", "start"))
		if d := on(t, when); d.since(last) > 0 && text(r, "status") == "completed" {
			last = d
		}
	}
	due := last.months(6)
	for _, p := range planned(plan) {
		if d := on(t, p); d.since(last) > 0 && d.since(due) < 0 {
			due = d
		}
	}
	return due
}

func planned(plan resource) []string {
	var out []string
	for _, x := range list(plan, "extension") {
		if text(x, "url") == ours+"/StructureDefinition/planned-follow-up" {
			out = append(out, text(x, "valueDate"))
		}
	}
	for _, a := range list(plan, "activity") {
		if coded(at(a, "detail", "code"), ours+"/CodeSystem/plan") == "follow-up" {
			out = append(out, or(text(a, "detail", "scheduledPeriod", "start"), text(a, "detail", "scheduledTiming", "event", 0)))
		}
	}
	return out
}

// role is whom a Task is for: the rule's owner, the coordinator where there is no
// contact who could, and one step up for each fortnight that it is overdue.
func (w wanted) role() string {
	ladder := []string{"contact", "coordinator", "unit-manager"}
	i := slices.Index(ladder, w.owner)
	if i < 0 {
		return w.owner
	}
	if w.owner == "contact" && !w.byContact {
		i = 1
	}
	if w.due != nil {
		if late := today().since(*w.due); late > 14 {
			i += (late - 1) / 14
		}
	}
	return ladder[min(i, 2)]
}

// asExpected demands that exactly what is expected stands, as fhir.md says.
func (m *municipality) asExpected(t testing.TB, all []own, want []wanted) {
	t.Helper()
	once(t, all)
	left := slices.Clone(all)
	take := func(typ string, w wanted) (own, bool) {
		i := slices.IndexFunc(left, func(o own) bool { return o.typ() == typ && o.client == w.client && o.rule == w.rule })
		if i < 0 {
			t.Errorf("%s: no %s of %s (%s) stands", m.story(w.client), typ, w.rule, w.state)
			return own{}, false
		}
		o := left[i]
		left = slices.Delete(left, i, i+1)
		return o, true
	}
	for _, w := range want {
		var flag, task own
		var both bool
		if w.flag {
			if flag, both = take("Flag", w); both {
				m.flagSays(t, flag)
			}
		}
		if w.task {
			if task, both = take("Task", w); both {
				m.taskSays(t, task, w)
			}
		}
		if w.flag && w.task && flag.finding != task.finding {
			t.Errorf("%s: Flag and Task of one finding have identifiers %s and %s", m.label(task), flag.finding, task.finding)
		}
	}
	for _, o := range left {
		t.Errorf("%s stands, and nothing is to be found", m.label(o))
	}
	secrets := m.secrets()
	for _, o := range all {
		content := asJSON(t, o.resource)
		for _, s := range secrets {
			if names(content, s) {
				t.Errorf("%s holds something personal (%d letters)", m.label(o), len(s))
			}
		}
	}
}

func (m *municipality) flagSays(t testing.TB, o own) {
	t.Helper()
	m.says(t, o, "status", o.status(), "active")
	m.says(t, o, "category", coded(at(o.resource, "category", 0), "http://terminology.hl7.org/CodeSystem/flag-category"), "admin")
	m.says(t, o, "period.start", text(o.resource, "period", "start"), today().String())
	m.says(t, o, "period.end", text(o.resource, "period", "end"), "")
	m.filled(t, o, "code.text", text(o.resource, "code", "text"))
	if at(o.resource, "author") != nil {
		t.Errorf("%s has an author", m.label(o))
	}
}

func (m *municipality) taskSays(t testing.TB, o own, w wanted) {
	t.Helper()
	m.says(t, o, "status", o.status(), "requested")
	m.says(t, o, "intent", text(o.resource, "intent"), "order")
	priority, due := "routine", ""
	if w.state == "overdue" {
		priority = "urgent"
	}
	if w.due != nil {
		due = w.due.String()
	}
	m.says(t, o, "priority", text(o.resource, "priority"), priority)
	m.says(t, o, "restriction.period.end", text(o.resource, "restriction", "period", "end"), due)
	m.says(t, o, "performerType", coded(at(o.resource, "performerType", 0), ours+"/CodeSystem/owner"), w.role())
	m.filled(t, o, "description", text(o.resource, "description"))
	m.filled(t, o, "reasonCode.text", text(o.resource, "reasonCode", "text"))
	applied := ""
	for _, x := range list(o.resource, "extension") {
		if text(x, "url") == ours+"/StructureDefinition/applied" {
			applied = text(x, "valueString")
		}
	}
	m.filled(t, o, "extension applied", applied)
	authored, modified := text(o.resource, "authoredOn"), text(o.resource, "lastModified")
	if authored == "" || on(t, authored) != today() || modified < authored {
		t.Errorf("%s: authoredOn %q, lastModified %q", m.label(o), authored, modified)
	}
	m.ownerIs(t, o, w)
	if focus := tidyRef(text(o.resource, "focus", "reference")); focus != "" && (m.clean[focus] == "" || !m.concerns(focus, w.client)) {
		t.Errorf("%s: the focus %s is no record of this client", m.label(o), focus)
	}
}

// ownerIs demands the contact, else the unit, and nobody for a protected client.
func (m *municipality) ownerIs(t testing.TB, o own, w wanted) {
	t.Helper()
	owner := tidyRef(text(o.resource, "owner", "reference"))
	switch {
	case w.protected:
		if at(o.resource, "owner") != nil {
			t.Errorf("%s has an owner, and the client is protected", m.label(o))
		}
	case w.role() == "contact":
		if !slices.ContainsFunc(m.teams(w.client), func(team resource) bool { return m.member(team) == m.person(owner) && owner != "" }) {
			t.Errorf("%s: the owner %q is no contact of the client", m.label(o), owner)
		}
	default:
		m.says(t, o, "owner", owner, "Organization/"+m.unit())
	}
}

// concerns says whether a record is about a client, or is of somebody on the staff.
func (m *municipality) concerns(ref, client string) bool {
	for _, r := range m.all {
		if r.ref() == ref {
			return subject(r) == client || strings.HasPrefix(r.typ(), "Practitioner")
		}
	}
	return false
}

func (m *municipality) says(t testing.TB, o own, element, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s is %q, want %q", m.label(o), element, got, want)
	}
}

func (m *municipality) filled(t testing.TB, o own, element, got string) {
	t.Helper()
	if strings.TrimSpace(got) == "" {
		t.Errorf("%s: %s is empty", m.label(o), element)
	}
}
