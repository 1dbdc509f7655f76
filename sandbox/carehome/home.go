// Package carehome is a simulated care home, for the demo and for tests: a FHIR server
// of its own, with its own credentials, whose staff answer Tasks; and an outbox whose
// key pair the care home holds. It shares no code with the product, so that the two
// can disagree.
package carehome

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"brygga/sandbox"
)

// The identifiers by which a handover is known here.
const (
	documentSystem = "urn:ietf:rfc:3986"
	taskSystem     = "https://brygga.example/fhir/handover"
)

// Options says how a care home is.
type Options struct {
	// Clock is the server's, and that of its staff. Required.
	Clock func() time.Time
	Seed  uint64
	// Token is the bearer token that its server demands; empty demands none.
	Token   string
	BaseURL string
	// Fault and Observe are those of the server.
	Fault   func(*http.Request) *sandbox.Fault
	Observe func(sandbox.Seen)
}

// Home is a care home with a FHIR server. It is safe for concurrent use.
type Home struct {
	*sandbox.Server
	clock func() time.Time
}

// New makes a care home that has nothing yet. Its server is started as any sandbox's.
func New(opt Options) *Home {
	return &Home{clock: opt.Clock, Server: sandbox.New(sandbox.Options{
		Clock: opt.Clock, Seed: opt.Seed, Token: opt.Token, BaseURL: opt.BaseURL, Fault: opt.Fault, Observe: opt.Observe,
		NoUpdateCreate: true, // a care home's own Tasks are made by nobody else
	})}
}

// Document is a handover that the care home has.
type Document struct {
	Ref      string // "Bundle/1"
	Handover string // the id that the sender gave it; empty where it has none
	Title    string // of its Composition
	Sections []string
	Entries  int
	JSON     json.RawMessage // as it stands at the server
}

// Documents are those that the care home has, in the order in which they came.
func (h *Home) Documents() []Document {
	var all []Document
	for _, raw := range h.All("Bundle") {
		var b struct {
			ID         string `json:"id"`
			Type       string `json:"type"`
			Identifier struct{ System, Value string }
			Entry      []struct{ Resource json.RawMessage }
		}
		if json.Unmarshal(raw, &b) != nil || b.Type != "document" {
			continue
		}
		d := Document{Ref: "Bundle/" + b.ID, Entries: len(b.Entry), JSON: raw}
		if id, ok := strings.CutPrefix(b.Identifier.Value, "urn:uuid:"); ok && b.Identifier.System == documentSystem {
			d.Handover = id
		}
		if len(b.Entry) > 0 {
			var c struct {
				Title   string
				Section []struct{ Title string }
			}
			if json.Unmarshal(b.Entry[0].Resource, &c) == nil {
				d.Title = c.Title
				for _, s := range c.Section {
					d.Sections = append(d.Sections, s.Title)
				}
			}
		}
		all = append(all, d)
	}
	return all
}

// Task is what its staff are asked to look at.
type Task struct {
	Ref      string // "Task/1"
	Handover string
	Document string // what it is about: "Bundle/1"
	Status   string
	Reason   string
}

type wireTask struct {
	ID           string `json:"id"`
	Status       string
	StatusReason struct{ Text string }
	Identifier   []struct{ System, Value string }
	Focus        struct{ Reference string }
}

// Tasks are those about handovers, in the order in which they came.
func (h *Home) Tasks() []Task {
	var all []Task
	for _, raw := range h.All("Task") {
		var w wireTask
		if json.Unmarshal(raw, &w) != nil {
			continue
		}
		for _, i := range w.Identifier {
			if i.System == taskSystem {
				all = append(all, Task{Ref: "Task/" + w.ID, Handover: i.Value, Document: w.Focus.Reference, Status: w.Status, Reason: w.StatusReason.Text})
				break
			}
		}
	}
	return all
}

// Accept is what staff do who have read the document and take the client in.
func (h *Home) Accept(task string) error { return h.Answer(task, "accepted", "") }

// Complete is what they do when all that followed is done.
func (h *Home) Complete(task string) error { return h.Answer(task, "completed", "") }

// Reject is what they do when the handover is not for them.
func (h *Home) Reject(task, reason string) error { return h.Answer(task, "rejected", reason) }

// Answer sets a Task ("Task/1") to a status, with a reason where there is one. A Task
// that is over is not moved any more. It is written as a system writes that knows of
// no versions: over what another one wrote in the same moment.
func (h *Home) Answer(task, status, reason string) error {
	raw, ok := h.Get(task)
	if !ok {
		return errors.New("the care home has no such Task")
	}
	var r map[string]any
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("reading a Task of the care home: %w", err)
	}
	switch r["status"] {
	case "completed", "rejected", "cancelled", "failed", "entered-in-error":
		return fmt.Errorf("the Task is %v already", r["status"])
	}
	r["status"], r["lastModified"] = status, h.clock().UTC().Format(time.RFC3339)
	r["businessStatus"] = map[string]any{"text": "läst av sjuksköterskan"}
	delete(r, "statusReason")
	if reason != "" {
		r["statusReason"] = map[string]any{"text": reason}
	}
	out, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("answering a Task of the care home: %w", err)
	}
	_, err = h.Put(out)
	return err
}
