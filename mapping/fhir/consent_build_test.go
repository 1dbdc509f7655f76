package fhir

import (
	"strings"
	"testing"
	"time"

	"brygga/care"
)

// The Consents of these tests are put together from parts that read as what they say.

const (
	hsaOf9     = `{"system":"urn:oid:1.2.752.29.4.19","value":"SE2321000000-E000000000001"}`
	hsaOf9Also = `{"system":"urn:oid:1.2.752.129.2.1.4.1","value":"SE2321000000-E000000000001"}`
	hsaOf8     = `{"system":"urn:oid:1.2.752.29.4.19","value":"SE2321000000-E000000000002"}`
	numberOf1  = `{"system":"http://electronichealth.se/identifier/personnummer","value":"181902238292"}`
)

// consentBasis is whom the consents are about: two clients, two care homes, and relatives.
var consentBasis = []string{
	`{"resourceType":"Patient","id":"1","identifier":[` + numberOf1 + `]}`,
	`{"resourceType":"Patient","id":"2"}`,
	`{"resourceType":"Organization","id":"9","identifier":[` + hsaOf9 + `,{"system":"urn:oid:2.5.4.97","value":"2321000000"}]}`,
	`{"resourceType":"Organization","id":"8","identifier":[` + hsaOf8 + `]}`,
	relatedPerson1("guardian", "1", "GUARD"), relatedPerson1("attorney", "1", "POWATT"),
	relatedPerson1("health", "1", "HPOWATT"), relatedPerson1("daughter", "1", "CHILD"), relatedPerson1("other", "2", "GUARD"),
	with(relatedPerson1("former", "1", "GUARD"), "active", "false"),
	with(relatedPerson1("ended", "1", "GUARD"), "period", `{"end":"2026-11-20"}`),
	with(relatedPerson1("named", "1", "GUARD"), "identifier", `[{"system":"http://electronichealth.se/identifier/personnummer","value":"195009072553"}]`),
	with(relatedPerson1("uncoded", "1", "GUARD"), "relationship", `[{"coding":[{"code":"GUARD"}],"text":"GUARD"}]`),
}

func relatedPerson1(id, patient, role string) string {
	return `{"resourceType":"RelatedPerson","id":"` + id + `","patient":` + refTo("Patient/"+patient) +
		`,"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":"` + role + `"}]}]}`
}

func refTo(s string) string { return `{"reference":"` + s + `"}` }

// says is an active Consent of Patient/1 of 2026-08-14; properties as in with.
func says(id, provision string, properties ...string) string {
	base := `{"resourceType":"Consent","id":"` + id + `","meta":{"versionId":"1"},"status":"active",
	"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
	"category":[` + ours("consent", "care-home-handover") + `],"patient":{"reference":"Patient/1"},"dateTime":"2026-08-14"}`
	if provision != "" {
		base = with(base, "provision", provision)
	}
	return with(base, properties...)
}

func on(date string) []string { return []string{"dateTime", `"` + date + `"`} }

// provision joins parts to one provision.
func provision(parts ...string) string { return "{" + strings.Join(parts, ",") + "}" }

const (
	permits = `"type":"permit"`
	denies  = `"type":"deny"`
	strange = `"modifierExtension":[{"url":"http://x.example/not","valueBoolean":true}]`
)

func within(provisions ...string) string {
	return `"provision":[` + strings.Join(provisions, ",") + `]`
}

func role(code string) string {
	return `"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"` + code + `"}]}`
}

// to names recipients, as references or as whole Reference objects.
func to(refs ...string) string {
	actors := make([]string, len(refs))
	for i, r := range refs {
		if r[0] != '{' {
			r = refTo(r)
		}
		actors[i] = `{` + role("IRCP") + `,"reference":` + r + `}`
	}
	return `"actor":[` + strings.Join(actors, ",") + `]`
}

// as names one actor with a role that is given whole; empty for none.
func as(role, ref string) string {
	if role != "" {
		role += ","
	}
	return `"actor":[{` + role + `"reference":` + refTo(ref) + `}]`
}

const sectionSystem = "https://brygga.example/fhir/CodeSystem/section"

func coded1(system, code string) string { return `{"system":"` + system + `","code":"` + code + `"}` }

func classOf(sections ...string) string {
	for i, s := range sections {
		sections[i] = coded1(sectionSystem, s)
	}
	return `"class":[` + strings.Join(sections, ",") + `]`
}

func codeOf(sections ...string) string {
	for i, s := range sections {
		sections[i] = `{"coding":[` + coded1(sectionSystem, s) + `]}`
	}
	return `"code":[` + strings.Join(sections, ",") + `]`
}

func actionOf(codes ...string) string {
	for i, c := range codes {
		codes[i] = `{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentaction","code":"` + c + `"}]}`
	}
	return `"action":[` + strings.Join(codes, ",") + `]`
}

func purposeOf(codes ...string) string {
	for i, c := range codes {
		codes[i] = coded1("http://terminology.hl7.org/CodeSystem/v3-ActReason", c)
	}
	return `"purpose":[` + strings.Join(codes, ",") + `]`
}

func spanOf(name, start, end string) string {
	var parts []string
	if start != "" {
		parts = append(parts, `"start":"`+start+`"`)
	}
	if end != "" {
		parts = append(parts, `"end":"`+end+`"`)
	}
	return `"` + name + `":{` + strings.Join(parts, ",") + `}`
}

func policy(code string) string {
	return `{"coding":[` + coded1("http://terminology.hl7.org/CodeSystem/v3-ActCode", code) + `]}`
}

// consentAsOf is when these tests ask.
var consentAsOf = time.Date(2026, 11, 21, 12, 0, 0, 0, care.Stockholm)

// question is a request for Patient/1 and Organization/9, with what differs in it.
type question struct {
	at        time.Time
	unnamed   bool
	maxAge    int
	recipient care.Ref
	client    care.Ref
}

// decided reads the documents with the basis, and decides.
func decided(t testing.TB, q question, documents ...string) (care.ConsentDecision, *care.Snapshot) {
	t.Helper()
	names := care.NewNames()
	m := New(Options{Hasher: testHasher, Names: names})
	col := NewCollector(names)
	for _, d := range append(append([]string(nil), consentBasis...), documents...) {
		if err := m.Document(col, []byte(d)); err != nil {
			u, ok := m.salvage([]byte(d))
			if !ok {
				t.Logf("lost: %v", err)
				continue
			}
			u.Reason = err.Error()
			col.Unreadable(u)
		}
	}
	if q.at.IsZero() {
		q.at = consentAsOf
	}
	if q.recipient == "" {
		q.recipient = "Organization/9"
	}
	if q.client == "" {
		q.client = "Patient/1"
	}
	s := care.Assemble(col.Input(care.DateOf(q.at)))
	for _, c := range s.Clients {
		if c.Ref == q.client {
			req := s.Roster.ConsentRequest(c, q.recipient, q.at)
			req.AcceptUnnamed, req.MaxAge = q.unnamed, q.maxAge
			return care.Decide(c.Consents, req), s
		}
	}
	t.Fatal("the client is not there")
	return care.ConsentDecision{}, nil
}

// told shows a decision: its outcome, then for each group of sections that are
// decided alike their letters (all: none), the reason, and the consent.
func told(d care.ConsentDecision) string {
	const letters = "CRSPJDKI" // contact, relatives, services, plan, journal, deviations, risks, sip
	type group struct{ words, letters string }
	var groups []group
	for i, s := range d.Sections {
		words := string(s.Reason)
		if (s.Effect == care.Permit) != (s.Reason == care.ReasonPermitted) {
			words += " BUT " + s.Effect.String()
		}
		if s.Consent != "" {
			words += " " + strings.TrimPrefix(string(s.Consent), "Consent/")
		}
		for _, v := range s.Data {
			start, end := v.Text()
			words += " [" + start + ".." + end + "]"
		}
		found := false
		for k := range groups {
			if groups[k].words == words {
				groups[k].letters += letters[i : i+1]
				found = true
			}
		}
		if !found {
			groups = append(groups, group{words, letters[i : i+1]})
		}
	}
	out := string(d.Outcome)
	for i, g := range groups {
		if i > 0 {
			out += ";"
		}
		if len(groups) > 1 {
			out += " " + g.letters
		}
		out += " " + g.words
	}
	return out
}

// wish is one case: what the consents say, and what is decided.
type wish struct {
	name      string
	q         question
	documents []string
	want      string
}

func checkWishes(t *testing.T, wishes []wish) {
	t.Helper()
	for _, w := range wishes {
		t.Run(w.name, func(t *testing.T) {
			d, _ := decided(t, w.q, w.documents...)
			if got := told(d); got != w.want {
				t.Errorf("got  %s\nwant %s\n%s", got, w.want, strings.Join(w.documents, "\n"))
			}
			for _, raw := range w.documents { // whatever way it is read
				if _, err := strictTree([]byte(raw)); err == nil {
					read(t, raw)
				}
			}
			if len(w.documents) > 1 { // and in whatever order
				var back []string
				for i := len(w.documents) - 1; i >= 0; i-- {
					back = append(back, w.documents[i])
				}
				if d, _ := decided(t, w.q, back...); told(d) != w.want {
					t.Errorf("in another order it is %s", told(d))
				}
			}
		})
	}
}
