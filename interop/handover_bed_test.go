package interop

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// handover is a municipality with clients who move to a care home, on the server, which
// is the care home's too: each finds its own by identifier.
type handover struct {
	*installation
	unit, home        string // Organizations
	client            string // moves to the care home, and has permitted it
	elsewhere, secret string // moves to one that is not configured; has a protected identity
	consent, hsa      string
}

// foreign is a concept of a code system that is not ours.
func foreign(system, code string) map[string]any {
	return map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}}
}

func ref(r string) map[string]any { return map[string]any{"reference": r} }

// settingOf is home care or a care home, as the profile codes it.
func settingOf(code string) map[string]any { return concept("setting", code) }

// moving loads them and installs brygga. With a proxy both sides are reached through it.
func moving(t *testing.T, p *proxy) *handover {
	t.Helper()
	h := &handover{hsa: "SE2321000000-E" + strings.ToUpper(mark()+mark()[:4])}
	organization := func(name, hsa string) string {
		r := resource{"resourceType": "Organization", "name": name}
		if hsa != "" {
			r["identifier"] = []any{map[string]any{"system": "urn:oid:1.2.752.29.4.19", "value": hsa}}
		}
		return under.create(t, r).ref()
	}
	h.unit, h.home = organization("Hemtjänst "+mark(), ""), organization("Solgården "+mark(), h.hsa)
	other := organization("Ett annat boende "+mark(), "")
	h.client = h.mover(t, h.home, nil)
	h.elsewhere = h.mover(t, other, nil)
	h.secret = h.mover(t, h.home, map[string]any{"security": []any{map[string]any{
		"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R",
	}}})
	h.consent = h.permits(t, h.client, h.home)
	tenant := newTenant()
	_, unit, _ := strings.Cut(h.unit, "/")
	h.installation = install(t, settings{tenant: tenant, unit: unit, pack: "hemvard", proxy: p})
	base := under.base
	if p != nil {
		base = p.base
	}
	auth := ""
	if under.token != "" {
		auth = "    auth: {kind: bearer, token: env:" + envToken + "}\n"
	}
	text := strings.Replace(h.config(), "keys: {pseudonym: file:pseudonym.key}", "keys: {pseudonym: file:pseudonym.key, audit: file:audit.key}", 1)
	h.file("audit.key", strings.Repeat("a7", 32))
	h.file("brygga.yaml", text+"carehomes:\n  solgarden:\n    kind: fhir\n    display_name: Solgården\n"+
		"    organization: {hsa_id: "+h.hsa+"}\n    url: "+base+"\n"+auth)
	return h
}

// mover loads a client with a plan and a journal who moves to a home within days.
func (h *handover) mover(t *testing.T, to string, meta map[string]any) string {
	t.Helper()
	day := func(n int) string { return today().plus(n).String() }
	patient := resource{
		"resourceType": "Patient", "birthDate": "1935-05-05", "name": []any{map[string]any{"family": "Flytt", "given": []any{"Prov"}}},
		"identifier": []any{map[string]any{"system": ours + "/interop", "value": mark()}},
	}
	if meta != nil {
		patient["meta"] = meta
	}
	client := under.create(t, patient).ref()
	service := func(setting, code, decided, from string, more map[string]any) {
		r := resource{
			"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": ref(client), "authoredOn": decided,
			"category": []any{settingOf(setting)}, "code": concept("service", code),
			"occurrencePeriod": map[string]any{"start": from},
		}
		for k, v := range more {
			r[k] = v
		}
		under.create(t, r)
	}
	under.create(t, resource{
		"resourceType": "EpisodeOfCare", "status": "active", "type": []any{settingOf("home-care")}, "patient": ref(client),
		"managingOrganization": ref(h.unit), "period": map[string]any{"start": day(-200)},
	})
	service("home-care", "personal-care", day(-200), day(-200), map[string]any{"extension": []any{map[string]any{
		"url": ours + "/StructureDefinition/first-carried-out", "valueDate": day(-199),
	}}})
	service("care-home", "care-home", day(-20), day(5), map[string]any{"performer": []any{ref(to)}})
	under.create(t, resource{
		"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": ref(client), "created": day(-60),
		"category": []any{concept("plan", "implementation")}, "title": "Genomförandeplan",
	})
	under.create(t, resource{
		"resourceType": "RelatedPerson", "active": true, "patient": ref(client), "name": []any{map[string]any{"family": "Anhörig"}},
	})
	under.create(t, resource{
		"resourceType": "DocumentReference", "status": "current", "subject": ref(client), "date": day(-3) + "T10:00:00Z",
		"type":    concept("document", "social-journal"),
		"content": []any{map[string]any{"attachment": map[string]any{"contentType": "text/plain", "data": "SGVq"}}},
	})
	return client
}

// permits loads a consent that permits everything to a home, given by the client.
func (h *handover) permits(t *testing.T, client, home string) string {
	t.Helper()
	return under.create(t, resource{
		"resourceType": "Consent", "status": "active", "patient": ref(client), "performer": []any{ref(client)}, "dateTime": today().plus(-10).String(),
		"scope":      foreign("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
		"category":   []any{concept("consent", "care-home-handover")},
		"policyRule": foreign("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
		"provision": map[string]any{"type": "permit", "actor": []any{map[string]any{
			"role": foreign("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"), "reference": ref(home),
		}}},
	}).ref()
}

// ledger is a line of `handover list` or `preview`, as far as the tests read it.
type ledger struct {
	Client, State, ID, Hash, Why, Document, Task, Receipt string
	Sections                                              []any
}

// lines reads JSON lines that brygga printed.
func lines(t testing.TB, e ended) (out []ledger) {
	t.Helper()
	for line := range strings.Lines(e.out) {
		var l ledger
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s%s", err, e.out, e.err)
		}
		out = append(out, l)
	}
	return out
}

// quietly calls brygga with JSON that is more than a report.
func (h *handover) quietly(args ...string) ended {
	h.t.Helper()
	c := h.start(append(args, "-o", "json")...)
	c.json = false
	return c.wait()
}

// hand runs the job handover, which must not fail.
func (h *handover) hand() {
	h.t.Helper()
	if e := h.brygga("run", "handover"); e.exit != 0 && e.exit != 3 {
		h.t.Fatalf("run handover ended with %d\n%s%s", e.exit, e.out, e.err)
	}
}

// state is what the ledger says of the client, and of no other.
func (h *handover) state(client string) ledger {
	h.t.Helper()
	all := lines(h.t, h.quietly("handover", "list", client))
	if len(all) != 1 {
		h.t.Fatalf("%d handovers of the client: %+v", len(all), all)
	}
	return all[0]
}

// handed is what stands on the server of one handover.
func (h *handover) handed(id string) (documents, tasks, receipts []resource) {
	h.t.Helper()
	by := func(typ, token string) []resource { return under.search(h.t, typ, url.Values{"identifier": {token}}) }
	return by("Bundle", "urn:ietf:rfc:3986|urn:uuid:"+id), by("Task", ours+"/handover|"+id), by("Communication", ours+"/handover|"+id)
}

// once demands that all of it stands once.
func (h *handover) once(id, status string) (document, task resource) {
	h.t.Helper()
	documents, tasks, receipts := h.handed(id)
	if len(documents) != 1 || len(tasks) != 1 || len(receipts) != 1 {
		h.t.Fatalf("%d documents, %d Tasks and %d receipts stand, want one of each", len(documents), len(tasks), len(receipts))
	}
	task = tasks[0]
	if got := text(task, "status"); got != status {
		h.t.Errorf("the Task is %s, want %s", got, status)
	}
	if got := tidyRef(text(task, "focus", "reference")); got != documents[0].ref() {
		h.t.Errorf("the Task is about %s, and the document is %s", got, documents[0].ref())
	}
	r := receipts[0]
	if tidyRef(text(r, "subject", "reference")) != h.client || tidyRef(text(r, "recipient", 0, "reference")) != h.home || text(r, "status") != "completed" {
		h.t.Errorf("the receipt does not say of whom and to whom")
	}
	return documents[0], task
}

// asks says whether a Task of a rule is open for a client in the record.
func (h *handover) asks(rule, client string) bool {
	h.t.Helper()
	for _, r := range under.search(h.t, "Task", url.Values{"subject": {client}}) {
		if coded(at(r, "code"), ours+"/CodeSystem/rule") == rule && text(r, "status") == "requested" {
			return true
		}
	}
	return false
}

// silent demands that nothing personal is in what brygga said.
func (h *handover) silent(said ...string) {
	h.t.Helper()
	for _, s := range said {
		if strings.Contains(s, "Flytt") || strings.Contains(s, "Anhörig") {
			h.t.Error("brygga said a name")
		}
	}
}
