package interop

import (
	"net/http"
	"slices"
	"testing"
)

// What happens in the record system between two nights.

// review records that a client's plan was reviewed today by its author, and gives
// the reference of the record.
func (m *municipality) review(client string) string {
	m.t.Helper()
	plan := m.of("CarePlan", client)[0]
	r := under.create(m.t, resource{
		"resourceType": "Procedure", "status": "completed",
		"code":              concept("plan", "review"),
		"basedOn":           []any{map[string]any{"reference": plan.ref()}},
		"subject":           map[string]any{"reference": client},
		"performedDateTime": today().String(),
		"performer":         []any{map[string]any{"actor": at(plan, "author")}},
	})
	loaded.add(r.ref())
	m.all = append(m.all, r)
	return r.ref()
}

func concept(system, code string) map[string]any {
	return map[string]any{"coding": []any{map[string]any{"system": ours + "/CodeSystem/" + system, "code": code}}}
}

// decides records a decision about the contact, of today.
func (m *municipality) decides(client, decision string) {
	m.t.Helper()
	r := under.create(m.t, resource{
		"resourceType": "Observation", "status": "final",
		"code":                 concept("observation", "care-contact-decision"),
		"subject":              map[string]any{"reference": client},
		"effectiveDateTime":    today().String(),
		"valueCodeableConcept": concept("care-contact-decision", decision),
	})
	loaded.add(r.ref())
	m.all = append(m.all, r)
}

// withdraw takes a record back: it is deleted, or marked as entered in error
// where the server lets nobody delete.
func (m *municipality) withdraw(ref string) {
	m.t.Helper()
	if !under.remove(m.t, ref) {
		m.t.Logf("the server does not delete %s; it is marked as entered in error", ref)
		m.change(ref, sets("entered-in-error"))
	}
	m.all = slices.DeleteFunc(m.all, func(r resource) bool { return r.ref() == ref })
}

// leave ends every employment of a person yesterday, and gives the clients whose
// contact it was.
func (m *municipality) leave(person string) (clients []string) {
	m.t.Helper()
	for _, r := range m.roles(person) {
		m.change(r.ref(), func(r resource) {
			period, _ := r["period"].(map[string]any)
			period["end"] = today().plus(-1).String()
		})
	}
	for _, team := range m.all {
		if team.typ() == "CareTeam" && text(team, "status") == "active" && text(team, "period", "end") == "" && m.member(team) == person {
			clients = append(clients, subject(team))
		}
	}
	return clients
}

// vacate ends all assignments of a client yesterday; reinstate takes it back.
func (m *municipality) vacate(client string) {
	m.t.Helper()
	for _, team := range m.teams(client) {
		m.change(team.ref(), func(r resource) {
			r["status"] = "inactive"
			period, _ := r["period"].(map[string]any)
			period["end"] = today().plus(-1).String()
		})
	}
}

func (m *municipality) reinstate(client string) {
	m.t.Helper()
	for _, team := range m.of("CareTeam", client) {
		if text(team, "period", "end") == today().plus(-1).String() {
			m.change(team.ref(), func(r resource) {
				r["status"] = "active"
				period, _ := r["period"].(map[string]any)
				delete(period, "end")
			})
		}
	}
}

// appoint makes the contact whom a CareTeam names this client's too, since ten days.
func (m *municipality) appoint(client string, pattern resource) {
	m.t.Helper()
	since := today().plus(-10).String()
	r := under.create(m.t, resource{
		"resourceType": "CareTeam", "status": "active",
		"category": pattern["category"],
		"subject":  map[string]any{"reference": client},
		"period":   map[string]any{"start": since},
		"participant": []any{map[string]any{
			"role": at(pattern, "participant", 0, "role"), "member": map[string]any{"reference": m.member(pattern)},
		}},
	})
	loaded.add(r.ref())
	m.all = append(m.all, r)
}

func TestTheServerDeletesOrSaysThatItDoesNot(t *testing.T) {
	r := under.create(t, resource{"resourceType": "Organization", "name": "Provenheten"})
	if under.remove(t, r.ref()) {
		return
	}
	if a := under.ask(t, http.MethodGet, r.ref(), nil); a.status != http.StatusOK {
		t.Errorf("the server refused to delete %s, and answers %d to a read of it", r.ref(), a.status)
	}
}
