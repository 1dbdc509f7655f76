package jobs

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"brygga/care"
	"brygga/sandbox"
	"brygga/sandbox/people"
)

// twoBed is a municipality whose facts are split over two FHIR servers: care knows who
// people are and what they are granted, and diary holds plans, risks and consents. The
// care home has an outbox.
type twoBed struct {
	*bed
	diary  *bed
	client care.Ref // moves, and has permitted everything; as care writes it

	mu    sync.Mutex
	asked []string // of care
}

// newTwoBed has one of them receive.
func newTwoBed(t *testing.T, receiver string) *twoBed {
	t.Helper()
	m := people.Small("t-", bedDay)
	b := &twoBed{}
	b.bed = bedOf(t, m, sandbox.Options{Observe: func(s sandbox.Seen) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked = append(b.asked, s.Type)
	}})
	b.diary = elsewhere(t, m)
	b.client = care.Ref(b.bed.client(m, "moving-with-everything-permitted"))
	if err := os.Mkdir(filepath.Join(b.dir, "outbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	systems := "  care: {kind: fhir, url: " + b.url + "}\n  diary: {kind: fhir, url: " + b.diary.url + "}\n"
	at := map[string]string{"care": b.url, "diary": b.diary.url}[receiver]
	systems = strings.Replace(systems, "url: "+at, "url: "+at+", receives: [flags, tasks]", 1)
	b.configure("systems:\n" + systems + `carehomes:
  solgarden: {organization: {hsa_id: SE2321000000-t-E000000000001}, kind: outbox, path: outbox, recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]}
rules: {pack: hemvard, set: {transfer.not-sent.warn: 40}}
writes: {mode: write}` + split)
	b.run(ExitDone)
	b.mu.Lock()
	b.asked = nil
	b.mu.Unlock()
	return b
}

// files are those of the outbox.
func (b *twoBed) files() []string {
	b.Helper()
	all, err := filepath.Glob(filepath.Join(b.dir, "outbox", "*.age"))
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func (b *twoBed) preview() *HandoverPreview {
	b.Helper()
	own := care.Ref(strings.Replace(string(b.client), "/t-", "/o-", 1))
	all, err := b.job.PreviewHandover(b.ctx(), own, "", Asker{By: "Kim Chef", Job: "handover preview"})
	if err != nil || len(all) != 1 {
		b.Fatalf("%d previews, %v", len(all), err)
	}
	return all[0]
}

// TestAHandoverWhereFactsAreSplitOverTwoServers hands over what the server holds that
// consents are read from, and asks the other one for nothing but the client.
func TestAHandoverWhereFactsAreSplitOverTwoServers(t *testing.T) {
	for _, receiver := range []string{"care", "diary"} {
		t.Run(receiver+" receives", func(t *testing.T) {
			b := newTwoBed(t, receiver)
			to, who := b.bed, b.client
			if receiver == "diary" {
				to, who = b.diary, care.Ref(strings.Replace(string(b.client), "/t-", "/o-", 1))
			}
			asks := func() bool {
				return slices.ContainsFunc(slices.Collect(maps.Values(to.stands("Task"))), func(line string) bool {
					return strings.HasPrefix(line, "requested transfer.not-sent "+string(who))
				})
			}
			if !asks() {
				t.Error("the record does not ask for it")
			}
			p := b.preview()
			if p.ID == "" {
				t.Fatalf("nothing would be handed over: %s", p.Why)
			}
			for _, s := range p.Sections {
				if want := slices.Contains([]string{"plan", "risks", "sip"}, s.Section); s.Sent != want {
					t.Errorf("%s is sent: %v (%s)", s.Section, s.Sent, s.Reason)
				}
			}
			if _, err := b.job.ReleaseHandover(b.ctx(), p, Asker{By: "Kim Chef", Job: "handover release"}); err != nil {
				t.Fatal(err)
			}
			if got := b.files(); len(got) != 1 {
				t.Fatalf("in the outbox: %v", got)
			}
			for _, typ := range b.asked {
				if typ != "Patient" {
					t.Errorf("care was asked for %s", typ)
				}
			}
			b.run(ExitDone)
			if asks() {
				t.Error("the record still asks for it")
			}
		})
	}
}

// TestWhatOneServerKnowsStopsWhatTheOtherPermits: protection and death count wherever
// they stand, and before the next night has read them.
func TestWhatOneServerKnowsStopsWhatTheOtherPermits(t *testing.T) {
	label := map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
	for name, change := range map[string]func(map[string]any){
		"a protected identity": func(m map[string]any) { m["meta"] = map[string]any{"security": []any{label}} },
		"a death":              func(m map[string]any) { m["deceasedBoolean"] = true },
	} {
		for _, late := range []bool{false, true} {
			t.Run(name+map[bool]string{false: " before the preview", true: " after the preview"}[late], func(t *testing.T) {
				b := newTwoBed(t, "diary")
				if !late {
					b.edit(string(b.client), change)
					if p := b.preview(); p.ID != "" || p.Why == "" {
						t.Errorf("the preview shows %+v", p)
					}
					return
				}
				p := b.preview()
				b.edit(string(b.client), change)
				if _, err := b.job.ReleaseHandover(b.ctx(), p, Asker{By: "Kim Chef"}); !errors.Is(err, ErrContentMoved) {
					t.Errorf("the release says %v", err)
				}
				if got := b.files(); len(got) != 0 {
					t.Errorf("it left: %v", got)
				}
			})
		}
	}
}
