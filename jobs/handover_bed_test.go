package jobs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"brygga/care"
	"brygga/sandbox"
	"brygga/store"
)

// moveBed is a municipality in which one client moves to a care home that has a FHIR
// server of its own, and another one to a care home with an outbox.
type moveBed struct {
	*bed
	home   *sandbox.Server // the FHIR server of the care home Solgården
	outbox string          // the folder of the care home Björken

	mu    sync.Mutex
	seen  []sandbox.Seen // what the municipality's server was asked
	lines string         // of the configuration: the care homes
}

const (
	moverFHIR   = "Patient/mover"  // to Solgården
	moverOutbox = "Patient/mover2" // to Björken
	moveDay     = "2026-12-05"
)

// identifiers of the two care homes.
const (
	solgardenHSA = "SE2321000000-E000000000901"
	bjorkenHSA   = "SE2321000000-E000000000902"
)

// newMoveBed configures handovers; more are further lines of YAML.
func newMoveBed(t *testing.T, more ...string) *moveBed {
	t.Helper()
	b := &moveBed{}
	b.bed = bedOf(t, nil, sandbox.Options{Observe: func(s sandbox.Seen) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.seen = append(b.seen, s)
	}})
	b.home = sandbox.New(sandbox.Options{Clock: b.now, Token: "the-homes-own-token"})
	url, stop, err := b.home.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	b.outbox = filepath.Join(b.dir, "outbox")
	if err := os.Mkdir(b.outbox, 0o700); err != nil {
		t.Fatal(err)
	}
	b.write("home.token", "the-homes-own-token")
	b.people()
	b.lines = fmt.Sprintf(`carehomes:
  solgarden: {display_name: Solgården, organization: {hsa_id: %s}, kind: fhir, url: %s, auth: {kind: bearer, token: file:home.token}}
  bjorken: {display_name: Björken, organization: {hsa_id: %s}, kind: outbox, path: outbox, recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]}
`, solgardenHSA, url, bjorkenHSA)
	b.settings(more...)
	return b
}

// settings configures anew, with these further lines.
func (b *moveBed) settings(more ...string) {
	b.Helper()
	text := strings.Join(more, "\n")
	if !strings.Contains(text, "writes:") {
		text += "\nwrites: {mode: write}"
	}
	b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", page_size: 50, receives: [flags, tasks]}\n" + b.lines + text)
	b.run(ExitDone) // the snapshot
	b.forget()
}

func (b *moveBed) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = nil
}

// asked lists the types that the municipality's server was asked for, once each; plans also by kind.
func (b *moveBed) asked() map[string]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]bool{}
	for _, s := range b.seen {
		out[s.Type] = true
		for _, kind := range []string{"implementation", "sip", "action"} {
			if strings.HasSuffix(s.Query, kind) || strings.Contains(s.Query, kind+"&") {
				out[s.Type+" "+kind] = true
			}
		}
	}
	return out
}

func (b *moveBed) people() {
	for id, hsa := range map[string]string{"solgarden": solgardenHSA, "bjorken": bjorkenHSA, "unit": "SE2321000000-E000000000900"} {
		b.put(`{"resourceType":"Organization","id":%q,"name":"Enheten %s","identifier":[{"system":"urn:oid:1.2.752.29.4.19","value":%q}],"telecom":[{"system":"phone","value":"08-000 00 00"}]}`, id, id, hsa)
	}
	b.put(`{"resourceType":"Practitioner","id":"s1","name":[{"family":"Kontakt","given":["Kim"]}],"qualification":[{"code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/qualification","code":"assistant-nurse"}]},"period":{"start":"2024-01-01"}}]}`)
	b.mover("mover", "solgarden")
	b.mover("mover2", "bjorken")
}

// mover puts a client with something in every section who moves to a care home.
func (b *moveBed) mover(id, home string) {
	b.put(`{"resourceType":"Patient","id":%q,"birthDate":"1935-05-05","name":[{"family":"Flytt","given":[%q]}],"identifier":[{"system":"https://example.se/client","value":%q}]}`, id, id, id)
	about := func(typ, name, rest string) {
		b.put(`{"resourceType":%q,"id":"%s-%s",%s}`, typ, name, id, strings.ReplaceAll(rest, "$", "Patient/"+id))
	}
	about("EpisodeOfCare", "ep", `"status":"active","type":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"home-care"}]}],"patient":{"reference":"$"},"managingOrganization":{"reference":"Organization/unit"},"period":{"start":"2025-01-01"}`)
	service := `"status":"active","intent":"order","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/setting","code":"%s"}]}],"code":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/service","code":"%s"}]},"subject":{"reference":"$"},"authoredOn":"%s","occurrencePeriod":{"start":"%s"}%s`
	about("ServiceRequest", "sr", fmt.Sprintf(service, "home-care", "personal-care", "2025-01-01", "2025-01-01", `,"extension":[{"url":"https://brygga.example/fhir/StructureDefinition/first-carried-out","valueDate":"2025-01-02"}]`))
	about("ServiceRequest", "move", fmt.Sprintf(service, "care-home", "care-home", "2026-11-01", moveDay, `,"performer":[{"reference":"Organization/`+home+`"}]`))
	about("CareTeam", "ct", `"status":"active","category":[{"coding":[{"system":"https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs","code":"fast-kontakt"}]}],"subject":{"reference":"$"},"period":{"start":"2025-01-10"},"participant":[{"role":[{"coding":[{"system":"https://terminologitjansten.inera.se/inera-kodverksforvaltning/kodverk/kv_typ_av_fast_kontakt","code":"3"}]}],"member":{"reference":"Practitioner/s1"}}]`)
	about("CarePlan", "cp", `"status":"active","intent":"plan","category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/plan","code":"implementation"}]}],"subject":{"reference":"$"},"created":"2026-10-01","author":{"reference":"Practitioner/s1"},"extension":[{"url":"https://brygga.example/fhir/StructureDefinition/planned-follow-up","valueDate":"2027-02-01"}],"title":"Genomförandeplan"`)
	about("RelatedPerson", "rp", `"patient":{"reference":"$"},"name":[{"family":"Anhörig"}],"active":true`)
	about("DocumentReference", "dr", `"status":"current","type":{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/document","code":"social-journal"}]},"subject":{"reference":"$"},"date":"2026-11-10T10:00:00Z","author":[{"reference":"Practitioner/s1"}],"content":[{"attachment":{"contentType":"text/plain","data":"SGVq"}}]`)
	b.consent(id, home, 1, "permit", "")
}

// consent puts a version of the client's consent: provision type, and sections that are denied.
func (b *moveBed) consent(id, home string, day int, typ, denied string) {
	nested := ""
	if denied != "" {
		var all []string
		for _, s := range strings.Fields(denied) {
			all = append(all, `{"system":"https://brygga.example/fhir/CodeSystem/section","code":"`+s+`"}`)
		}
		nested = `,"provision":[{"type":"deny","class":[` + strings.Join(all, ",") + `]}]`
	}
	b.put(`{"resourceType":"Consent","id":"c-%s","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
		"category":[{"coding":[{"system":"https://brygga.example/fhir/CodeSystem/consent","code":"care-home-handover"}]}],"patient":{"reference":"Patient/%s"},"performer":[{"reference":"Patient/%s"}],"dateTime":"2026-11-%02d","policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"OPTIN"}]},
		"provision":{"type":%q,"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/%s"}}]%s}}`, id, id, id, day, typ, home, nested)
}

// hand is one run of the job; it must end with the exit code.
func (b *moveBed) hand(exit int) *HandoverReport {
	b.Helper()
	rep, err := b.job.RunHandover(b.ctx(), HandoverOptions{Trigger: "test", By: Asker{By: "schedule"}})
	if err != nil {
		b.Fatal(err)
	}
	if rep.Exit != exit {
		b.Fatalf("exit %d, want %d: %+v", rep.Exit, exit, rep.Problems)
	}
	return rep
}

// state gives the states of a client's handovers, the oldest first.
func (b *moveBed) state(client care.Ref) string {
	b.Helper()
	lines, err := Handovers(b.ctx(), b.job.Job.Store, client)
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for i := len(lines) - 1; i >= 0; i-- {
		out = append(out, lines[i].State.String())
	}
	return strings.Join(out, " ")
}

// releases previews and releases a client's handover, as a person would.
func (b *moveBed) releases(client care.Ref) error {
	b.Helper()
	by := Asker{By: "Kim Chef", Job: "handover release"}
	all, err := b.job.PreviewHandover(b.ctx(), client, "", by)
	if err != nil || len(all) != 1 {
		b.Fatalf("%d previews, %v", len(all), err)
	}
	_, err = b.job.ReleaseHandover(b.ctx(), all[0], by)
	return err
}

// received counts what stands at Solgården, by type.
func (b *moveBed) received() string {
	return fmt.Sprintf("%d Bundle, %d Task", len(b.home.All("Bundle")), len(b.home.All("Task")))
}

// fetched lists the files of the outbox that a care home would fetch.
func (b *moveBed) files() (out []string) {
	b.Helper()
	all, err := os.ReadDir(b.outbox)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range all {
		if strings.HasSuffix(f.Name(), ".age") && !strings.HasPrefix(f.Name(), ".") {
			out = append(out, f.Name())
		}
	}
	return out
}

// staff changes the Task at the care home.
func (b *moveBed) staff(change func(map[string]any)) {
	b.Helper()
	all := b.home.All("Task")
	if len(all) != 1 {
		b.Fatalf("%d Tasks at the care home", len(all))
	}
	var m map[string]any
	if err := json.Unmarshal(all[0], &m); err != nil {
		b.Fatal(err)
	}
	change(m)
	raw, err := json.Marshal(m)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := b.home.Put(raw); err != nil {
		b.Fatal(err)
	}
}

func atType(typ string, status int) func(*http.Request) *sandbox.Fault {
	return sandbox.OnType(typ, sandbox.Fault{Status: status})
}

// is asserts the states of a client's handovers, and what stands at Solgården.
func (b *moveBed) is(state string, client care.Ref, received string) {
	b.Helper()
	if got := b.state(client); got != state {
		b.Errorf("the state is %q, want %q", got, state)
	}
	if got := b.received(); got != received {
		b.Errorf("Solgården has %s, want %s", got, received)
	}
}

// ends is is, for the latest of the states.
func (b *moveBed) ends(state string, client care.Ref, received string) {
	b.Helper()
	all := strings.Fields(b.state(client))
	if len(all) == 0 || !slices.Contains(all, state) {
		b.Errorf("the states are %q, want %q among them", all, state)
	}
	if got := b.received(); got != received {
		b.Errorf("Solgården has %s, want %s", got, received)
	}
}

func (b *moveBed) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// preview is what would be handed over of a client now.
func (b *moveBed) preview(client care.Ref) *HandoverPreview {
	b.Helper()
	all, err := b.job.PreviewHandover(b.ctx(), client, "", Asker{By: "Kim Chef", Job: "handover preview"})
	if err != nil || len(all) != 1 {
		b.Fatalf("%d previews, %v", len(all), err)
	}
	return all[0]
}

// atStep does something once, when a handover comes to the step.
func (b *moveBed) atStep(step string, do func()) {
	var once sync.Once
	b.job.atStep = func(at string) {
		if at == step {
			once.Do(do)
		}
	}
}

// fetch removes the files of the outbox, as a care home does.
func (b *moveBed) fetch() {
	b.Helper()
	for _, f := range b.files() {
		b.must(os.Remove(filepath.Join(b.outbox, f)))
	}
}

// leftovers are the files of the outbox that hold something of a handover.
func (b *moveBed) leftovers() (out []string) {
	b.Helper()
	all, err := os.ReadDir(b.outbox)
	b.must(err)
	for _, f := range all {
		if info, err := f.Info(); err == nil && info.Size() > 100 {
			out = append(out, f.Name())
		}
	}
	return out
}

// task asserts the status of the Task at Solgården.
func (b *moveBed) task(status string) {
	b.Helper()
	for _, raw := range b.home.All("Task") {
		if !strings.Contains(string(raw), `"status":"`+status+`"`) {
			b.Errorf("the Task at the care home is not %s", status)
		}
	}
}

// reconcile is a night, however it ends.
func (b *moveBed) reconcile() *Report {
	b.Helper()
	rep, err := b.job.Reconcile(b.ctx(), b.options())
	b.must(err)
	return rep
}

// tasks gives the Flags and Tasks in the municipality's record, as stands does.
func (b *moveBed) tasks() []string {
	b.Helper()
	var out []string
	for _, typ := range []string{"Task", "Flag"} {
		for _, line := range b.stands(typ) {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

// open lists the rules with this beginning of which a Task is open for the client who moves to Solgården.
func (b *moveBed) open(prefix string) string {
	b.Helper()
	var out []string
	for _, line := range b.tasks() {
		f := strings.Fields(line)
		if f[0] == "requested" && strings.HasPrefix(f[1], prefix) && f[2] == moverFHIR {
			out = append(out, f[1])
		}
	}
	return strings.Join(out, " ")
}

// actions lists what the audit log says of a client's handovers, in its order, and
// asserts that the log is as it was written.
func (b *moveBed) actions(client care.Ref) (out []string) {
	b.Helper()
	me := b.job.Job.Store.AuditClient(client)
	b.must(b.job.Job.Store.EachAudit(b.ctx(), func(a store.Audited) error {
		var e store.AuditEntry
		if err := json.Unmarshal(a.Canonical, &e); err != nil {
			return err
		}
		if slices.Contains(e.Clients, me) && strings.HasPrefix(e.Action, "handover.") {
			out = append(out, e.Action)
		}
		return nil
	}))
	return out
}
