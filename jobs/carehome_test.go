package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
	"brygga/adapters/carehome"
	"brygga/adapters/wire"
	"brygga/sandbox"
	home "brygga/sandbox/carehome"
)

// The recipients are tried here against the sandbox's care home, which was written
// apart from them.

const homeToken = "care-home-token"

func handoverOf(n int) adapters.Delivery {
	id := fmt.Sprintf("5f0c8e0a-7a4e-4d5c-8b3f-%012d", n)
	return adapters.Delivery{ID: id, Page: []byte("<!DOCTYPE html><title>Överlämning</title>"), Document: []byte(`{"resourceType":"Bundle","type":"document",` +
		`"identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:` + id + `"},"timestamp":"2026-11-21T12:00:00+01:00",` +
		`"entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","status":"final","title":"Överlämning","extension":[{"url":"urn:x","valueDecimal":1.50}]}}]}`)}
}

func handoverTask(id string, r adapters.Receipt) []byte {
	return []byte(`{"resourceType":"Task","status":"requested","intent":"order","identifier":[{"system":"https://brygga.example/fhir/handover","value":"` + id + `"}],` +
		`"focus":{"reference":"` + r.Document + `x"},"authoredOn":"2026-11-21T11:00:00Z","lastModified":"2026-11-21T11:00:00Z"}`)
}

func careHomeNoon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func recipientAt(t testing.TB, url string) *carehome.FHIR {
	t.Helper()
	f, err := carehome.NewFHIR(carehome.FHIROptions{
		Name: "solgarden", URL: url, Auth: wire.Auth{Kind: wire.AuthBearer, Token: homeToken}, Retries: 2,
		Timeout: adaptertest.Timeout, MaxBytes: adaptertest.MaxBytes, Clock: careHomeNoon, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// asSent takes what the server added out of a stored Bundle.
func asSent(stored json.RawMessage) []byte {
	text := string(stored)
	from := strings.Index(text, `,"id":`)
	to := strings.Index(text, `},"`) // the end of meta
	return []byte(text[:from] + text[to+1:])
}

func TestTheContractHoldsAtTheSandboxsCareHome(t *testing.T) {
	adaptertest.Recipient(t, adaptertest.RecipientContract{
		Delivery: handoverOf, Task: handoverTask, Secrets: []string{homeToken, handoverOf(1).ID},
		World: func(testing.TB) adaptertest.RecipientWorld {
			h := home.New(home.Options{Clock: careHomeNoon, Token: homeToken})
			return adaptertest.RecipientWorld{
				Healthy: h,
				Open:    func(t testing.TB, url string) adapters.Recipient { return recipientAt(t, url+sandbox.BasePath) },
				Documents: func() [][]byte {
					var all [][]byte
					for _, d := range h.Documents() {
						all = append(all, asSent(d.JSON))
					}
					return all
				},
				Tasks: func() int { return len(h.Tasks()) },
				Staff: func(task, status, reason string) {
					if err := h.Answer(task, status, reason); err != nil && status != "rejected" && status != "completed" {
						panic(err)
					}
					if got := h.Tasks()[0]; got.Status != status { // the contract moves also what is over
						patchTask(h, task, map[string]any{"status": status, "statusReason": map[string]any{"text": reason}})
					}
				},
				Kept: func(task string) string {
					raw, _ := h.Get(task)
					var r map[string]any
					if err := json.Unmarshal(raw, &r); err != nil {
						panic(err)
					}
					said := fmt.Sprint(r["statusReason"], r["note"])
					return fmt.Sprint(r["businessStatus"], r["focus"], r["authoredOn"], r["identifier"], strings.Contains(said, "väntar på rum"))
				},
			}
		},
	})
}

func patchTask(h *home.Home, task string, change map[string]any) {
	raw, _ := h.Get(task)
	var r map[string]any
	if err := json.Unmarshal(raw, &r); err != nil {
		panic(err)
	}
	maps.Copy(r, change)
	out, err := json.Marshal(r)
	if err == nil {
		_, err = h.Put(out)
	}
	if err != nil {
		panic(err)
	}
}

// The sandbox's own faults, on the nth request of a delivery over a real connection.
func TestACareHomeThatCutsTheLineHasOneDocument(t *testing.T) {
	for _, f := range []sandbox.Fault{{Cut: sandbox.CutAfter}, {Cut: sandbox.CutBefore}, {HTML: true}, {Outcome: true}, {Truncate: 20}, {Truncate: 20, Quietly: true}, {Stale: true}, {Mixed: true}} {
		for nth := int64(1); nth <= 6; nth++ {
			h := home.New(home.Options{Clock: careHomeNoon, Token: homeToken})
			var n atomic.Int64
			h.SetFault(func(*http.Request) *sandbox.Fault {
				if n.Add(1) == nth {
					return &f
				}
				return nil
			})
			url, stop, err := h.Start(t.Context(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			d := handoverOf(1)
			for try := 0; ; try++ {
				r := recipientAt(t, url)
				receipt, err := r.Deliver(t.Context(), d, "")
				if err == nil {
					_, err = r.Announce(t.Context(), d.ID, receipt, handoverTask(d.ID, receipt))
				}
				if err == nil {
					break
				}
				if try == 2 {
					t.Fatalf("%+v at request %d: %v", f, nth, err)
				}
			}
			if docs, tasks := h.Documents(), h.Tasks(); len(docs) != 1 || len(tasks) != 1 || docs[0].Handover != d.ID {
				t.Errorf("%+v at request %d: %d documents, %d Tasks", f, nth, len(docs), len(tasks))
			}
			stop()
		}
	}
}

func TestTheSandboxsCareHomeOpensWhatAnOutboxDelivers(t *testing.T) {
	box, err := home.NewOutbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o, err := carehome.NewOutbox(carehome.OutboxOptions{Name: "solgarden", Path: box.Dir, Recipients: []string{box.Recipient()}, Clock: careHomeNoon})
	if err != nil {
		t.Fatal(err)
	}
	d := handoverOf(1)
	token, err := o.Stage(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if waiting, err := box.Waiting(); err != nil || len(waiting) != 0 {
		t.Fatalf("before it is delivered, %v wait, %v", waiting, err)
	}
	receipt, err := o.Deliver(t.Context(), d, token)
	if err != nil {
		t.Fatal(err)
	}
	got, err := box.Fetch(receipt.Document)
	if err != nil || string(got.Document) != string(d.Document) || string(got.Page) != string(d.Page) {
		t.Fatalf("what was fetched is not what was sent: %v", err)
	}
	if _, there, err := o.Delivered(t.Context(), d.ID, token); err != nil || !there {
		t.Errorf("after it was fetched: %v, %v", there, err)
	}
}
