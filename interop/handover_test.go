package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A handover from the first night to the withdrawal, with the server as the
// municipality and as the care home; what is claimed is read from the server.
func TestAHandoverFromPreparingToWithdrawal(t *testing.T) {
	t.Parallel()
	h := moving(t, nil)
	h.night()
	h.hand()
	if got := h.state(h.client).State; got != "prepared" {
		t.Fatalf("the handover is %s", got)
	}
	h.night()
	for _, row := range []struct {
		rule, client string
		want         bool
	}{
		{"transfer.not-sent", h.client, true},
		{"handover.recipient-unknown", h.elsewhere, true},
		{"handover.by-hand", h.secret, true},
		{"handover.by-hand", h.client, false},
	} {
		if got := h.asks(row.rule, row.client); got != row.want {
			t.Errorf("a Task of %s is open: %v, want %v", row.rule, got, row.want)
		}
	}
	shown := lines(t, h.quietly("handover", "preview", h.client, "--by", "Kim Exempel"))
	if len(shown) != 1 || shown[0].ID == "" {
		t.Fatalf("the preview shows %+v", shown)
	}
	id := shown[0].ID
	if d, tasks, r := h.handed(id); len(d)+len(tasks)+len(r) > 0 {
		t.Fatal("something was handed over before it was released")
	}
	e := h.brygga("handover", "release", h.client, "--yes", "--by", "Kim Exempel", "--id", id)
	if e.exit != 0 {
		t.Fatalf("release ended with %d\n%s%s", e.exit, e.out, e.err)
	}
	h.silent(e.out, e.err)
	document, task := h.once(id, "requested")
	h.holds(document, "CarePlan", "ServiceRequest")
	if h.state(h.client).Task != task.ref() {
		t.Errorf("the ledger has another receipt than %s", task.ref())
	}
	h.night()
	if h.asks("transfer.not-sent", h.client) {
		t.Error("the record still asks for the handover")
	}

	for range 2 {
		h.hand()
		h.once(id, "requested")
	}
	under.change(t, task.ref(), func(r resource) { r["status"] = "accepted" })
	for range 2 {
		h.hand()
		h.once(id, "accepted")
		if got := h.state(h.client).State; got != "answered" {
			t.Errorf("after it was accepted it is %s", got)
		}
	}
	under.change(t, h.consent, func(r resource) { r["status"] = "inactive" })
	h.hand()
	_, task = h.once(id, "cancelled")
	for range 2 {
		h.hand()
		if _, again := h.once(id, "cancelled"); again.version() != task.version() {
			t.Error("the Task was written again")
		}
	}
	if e := h.brygga("handover", "release", h.client, "--yes", "--by", "Kim Exempel"); e.exit != 1 {
		t.Errorf("a release without consent ended with %d\n%s", e.exit, e.out)
	}
	h.once(id, "cancelled")
	h.audited(id)
}

// holds looks into the document: what is in it, and that nothing else is.
func (h *handover) holds(document resource, types ...string) {
	h.t.Helper()
	if text(document, "type") != "document" || text(document, "entry", 0, "resource", "resourceType") != "Composition" {
		h.t.Error("it is no document")
	}
	var got []string
	for _, e := range list(document, "entry") {
		got = append(got, text(e, "resource", "resourceType"))
	}
	for _, typ := range types {
		if !slices.Contains(got, typ) {
			h.t.Errorf("the document has no %s: %v", typ, got)
		}
	}
	for _, typ := range []string{"RelatedPerson", "DocumentReference", "DetectedIssue"} {
		if slices.Contains(got, typ) {
			h.t.Errorf("the document has a %s, which is not offered", typ)
		}
	}
}

// audited asks what an auditor asks, in one go: on which consent, what, with which
// receipt, and whether the log is whole.
func (h *handover) audited(id string) {
	h.t.Helper()
	var log struct {
		Log     struct{ Broken any }
		Entries []struct {
			Entry struct {
				Action, Basis, Content, Outcome, By string
				Sections                            []string
			}
		}
		Handovers []ledger
	}
	e := h.quietly("audit", "show", h.client)
	if err := json.Unmarshal([]byte(e.out), &log); err != nil || e.exit != 0 || log.Log.Broken != nil {
		h.t.Fatalf("audit show ended with %d, %v\n%s%s", e.exit, err, e.out, e.err)
	}
	is, seen := log.Handovers[slices.IndexFunc(log.Handovers, func(l ledger) bool { return l.ID == id })], map[string]bool{}
	hash := is.Hash
	for _, one := range log.Entries {
		seen[one.Entry.Action] = true
		switch one.Entry.Action {
		case "handover.released", "handover.sending", "handover.delivered", "handover.sent":
			if hash == "" || one.Entry.Content != hash || !strings.HasPrefix(one.Entry.Basis, h.consent+"/_history/") || len(one.Entry.Sections) == 0 {
				h.t.Errorf("%s: %+v", one.Entry.Action, one.Entry)
			}
		}
	}
	for _, action := range []string{"read", "prepared", "released", "sending", "delivered", "sent", "answered", "revoked", "cancelled"} {
		if !seen["handover."+action] {
			h.t.Errorf("the log does not have handover.%s", action)
		}
	}
	said := h.brygga("audit", "show", h.client)
	for _, want := range []string{h.consent, hash, "Kim Exempel", is.Document, is.Task, id, "all as brygga wrote them"} {
		if !strings.Contains(said.out, want) {
			h.t.Errorf("audit show does not say %q", want)
		}
	}
	h.silent(said.out)
}

// The process is killed at each request that writes, before the server carries it out
// and after: the next run finishes it, and all stands once.
func TestAKilledReleaseIsFinishedByTheNextRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it loads a municipality for each request")
	}
	for n, what := range []string{"the document", "the Task", "the receipt"} {
		for _, after := range []bool{false, true} {
			when := map[bool]string{false: "before", true: "after"}[after]
			t.Run(fmt.Sprintf("at %s, %s the server carries it out", what, when), func(t *testing.T) {
				t.Parallel()
				p := between(t)
				h := moving(t, p)
				h.night()
				id := lines(t, h.quietly("handover", "preview", h.client, "--by", "Kim Exempel"))[0].ID
				killAt(p, n+1, after)
				c := h.start("handover", "release", h.client, "--yes", "--by", "Kim Exempel")
				c.wait()
				p.on(nil)
				if !c.killed() {
					t.Fatal("it ended before it could be killed")
				}
				if d, _, _ := h.handed(id); len(d) > 1 || n == 0 && !after && len(d) > 0 {
					t.Fatalf("%d documents stand after the kill", len(d))
				}
				h.hand()
				h.once(id, "requested")
				h.hand()
				h.once(id, "requested")
				if e := h.brygga("audit", "verify"); e.exit != 0 {
					t.Errorf("the log is broken: %s", e.out)
				}
			})
		}
	}
}

// The consent is withdrawn while the process is dead, after the care home has got the
// document: it is told nothing more, and the ledger does not say that nothing left.
func TestAWithdrawalWhileTheProcessIsDead(t *testing.T) {
	if testing.Short() {
		t.Skip("it loads a municipality")
	}
	t.Parallel()
	p := between(t)
	h := moving(t, p)
	h.night()
	id := lines(t, h.quietly("handover", "preview", h.client, "--by", "Kim Exempel"))[0].ID
	killAt(p, 1, true)
	c := h.start("handover", "release", h.client, "--yes", "--by", "Kim Exempel")
	c.wait()
	if !c.killed() {
		t.Fatal("it ended before it could be killed")
	}
	p.on(nil)
	under.change(t, h.consent, func(r resource) { r["status"] = "inactive" })
	h.hand()
	h.hand()
	documents, tasks, _ := h.handed(id)
	if len(documents) != 1 || len(tasks) != 0 {
		t.Errorf("%d documents and %d Tasks stand", len(documents), len(tasks))
	}
	got := ""
	for _, l := range lines(t, h.quietly("handover", "list", h.client)) {
		if l.ID == id {
			got = l.State
		}
	}
	if got != "revoked" {
		t.Errorf("the ledger says %q of what the care home has", got)
	}
	if a := under.ask(t, http.MethodGet, documents[0].ref(), nil); a.status != http.StatusOK {
		t.Errorf("what was sent was recalled: %d", a.status)
	}
}
