package jobs

import (
	"slices"
	"strings"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
)

// want turns a judged finding into what shall stand for it in the record system
// that receives.
func (j *Job) want(p *Prepared, c *Judged, f *rules.Finding, s Subjects, asOf care.Date) Wanted {
	params := c.Params
	subject := s.In(c.Client.Ref)
	flag := f.Writes.Flag() && slices.Contains(j.Receiver.Receives, fhirmap.FlagType)
	w := Wanted{
		facts:   append([]care.Ref{c.Client.Ref}, f.Evidence...),
		ID:      rules.FindingID(j.Tenant, subject, f.Rule, f.Anchor),
		Subject: subject, Rule: f.Rule, State: f.State, Due: f.Due, Shown: p.Units.Label(c.Unit),
		Task:         f.Writes.Task() && slices.Contains(j.Receiver.Receives, fhirmap.TaskType),
		Flag:         flag && f.State != rules.DueSoon,
		FlagWhenLate: flag,
	}
	priority := "routine"
	if f.State == rules.Overdue {
		priority = "urgent"
	}
	role, escalated := ownerOf(p.Snapshot.Roster, f, params, asOf)
	w.Escalated = escalated
	var owner care.Ref
	if role == rules.Contact {
		owner = s.In(f.Staff)
	}
	if _, read := p.Snapshot.Roster.Units[c.Unit]; owner == "" && read {
		owner = s.In(c.Unit) // a unit that was not read may be nowhere: a server refuses to refer to it
	}
	focus := s.In(f.Focus)
	if c.Client.Protected {
		owner, w.Shown = "", "" // nothing that locates the person is written or shown
		if typ, _, _ := strings.Cut(string(focus), "/"); typ == "Practitioner" || typ == "PractitionerRole" || typ == "Organization" {
			focus = ""
		}
	}
	if !fhirmap.Local(owner) {
		owner = ""
	}
	if !fhirmap.Local(focus) {
		focus = "" // named by an identifier, elsewhere, or contained: nothing to refer to here
	}
	text := inLanguage(f.Text, j.Language)
	w.TaskContent = fhirmap.Content{
		Status: fhirmap.TaskRequested, Text: text, Due: f.Due, Priority: priority,
		Focus: focus, Owner: owner, Performer: string(role), Ground: inLanguage(f.Ground, j.Language),
	}
	w.FlagContent = fhirmap.Content{Status: fhirmap.FlagActive, Text: text, Start: asOf}
	return w
}

// ownerOf gives the role that answers for a finding on a day, and whether it went
// up because the finding is long overdue. A contact who is away that day passes it
// on.
func ownerOf(r *care.Roster, f *rules.Finding, params *rules.Params, asOf care.Date) (role rules.Role, escalated bool) {
	role = f.Owner
	if role == rules.Contact && (f.StaffAbsent || !isRead(r, f.Staff)) {
		role = rules.Coordinator
	}
	if f.State != rules.Overdue {
		return role, false
	}
	up := climb(role, int(asOf-f.Due), params.EscalateAfter(f.Rule))
	return up, up != role
}

func isRead(r *care.Roster, person care.Ref) bool {
	_, _, read := r.Person(person)
	return read
}

func inLanguage(t rules.Text, language string) string {
	if language == "en" {
		return t.EN
	}
	return t.SV
}
