// Package carehome is where handovers go: a care home's FHIR server, or an outbox of
// encrypted files. Both are adapters.Recipient: whatever happens on the way, what is
// delivered twice stands there once.
package carehome

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// The identifiers by which a handover is found at a care home's FHIR server. A
// document carries DocumentSystem | urn:uuid:ID, the Task about it TaskSystem | ID.
const (
	DocumentSystem = "urn:ietf:rfc:3986"
	TaskSystem     = "https://brygga.example/fhir/handover"
)

const fhirJSON = "application/fhir+json"

// FHIROptions says how a care home's FHIR R4 server is reached. They are plain data:
// secrets come as values. A zero value stands for the default that is named.
type FHIROptions struct {
	Name string // the care home's name in the configuration; it opens every error
	URL  string // the server's base; http only to loopback
	Auth wire.Auth
	TLS  wire.TLS

	Proxy         string        // empty uses none, whatever the environment says
	MaxBytes      int64         // of one answer; 64 MiB
	Timeout       time.Duration // of one attempt; 60s
	Retries       int           // further attempts after the first; 4; negative is none
	MaxRetryAfter time.Duration // the longest that a server may make us wait between attempts; 2m

	Logger zerolog.Logger
	// Clock tells when a Task was cancelled, when a token expires, and when a server that
	// fails is tried again. It is needed.
	Clock func() time.Time
	// Sleep waits between attempts; nil waits by the real clock, or until ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
	// Wrap is put around the transport below the retries. Nil leaves it bare.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// FHIR is a care home's FHIR server. It is safe for concurrent use, also for one and
// the same delivery where the server's conditional create is.
type FHIR struct {
	opts FHIROptions
	wire *wire.Client
	step func(string) // told of each step before it is taken; nil but in tests
}

var _ adapters.Recipient = (*FHIR)(nil)

// NewFHIR prepares a FHIR and sends nothing. It fails only on options that can never
// work, naming each setting that is wrong and repeating no value.
func NewFHIR(o FHIROptions) (*FHIR, error) {
	if o.Clock == nil {
		return nil, fmt.Errorf("care home %q: clock: is missing", o.Name)
	}
	w := wire.Options{
		Name: o.Name, URL: o.URL, Auth: o.Auth, TLS: o.TLS, Proxy: o.Proxy, MaxBytes: o.MaxBytes,
		Timeout: o.Timeout, Retries: o.Retries, MaxRetryAfter: o.MaxRetryAfter,
		Logger: o.Logger, Clock: o.Clock, Sleep: o.Sleep, Wrap: o.Wrap, Accept: fhirJSON,
		Words: wire.Words{Format: "FHIR", Base: "the FHIR base", Smaller: "have the server answer with less at a time"},
	}
	client, err := wire.New(w)
	if err != nil {
		return nil, fmt.Errorf("care home %q: %w", o.Name, err)
	}
	w = w.WithDefaults()
	o.Auth, o.Timeout, o.Retries, o.MaxRetryAfter, o.Sleep = w.Auth, w.Timeout, w.Retries, w.MaxRetryAfter, w.Sleep
	return &FHIR{opts: o, wire: client}, nil
}

// Name is the care home's name in the configuration.
func (f *FHIR) Name() string { return f.opts.Name }

// Can says that its staff get a Task.
func (f *FHIR) Can() adapters.RecipientCan { return adapters.RecipientCan{Tasks: true} }

// Close gives back the idle connections. The FHIR may be used again after.
func (f *FHIR) Close() { f.wire.Close() }

// Stage has nothing to make ready: a document is at the server or is not.
func (f *FHIR) Stage(ctx context.Context, d adapters.Delivery) (string, error) {
	if fault := f.ready(ctx, d.ID, document); fault != nil {
		return "", fault
	}
	return "", result(f.ours(document, d.ID, d.Document))
}

// Drop has nothing to remove.
func (f *FHIR) Drop(_ context.Context, id, _ string) error {
	return result(checkID(f.opts.Name, id))
}

func (f *FHIR) at(step string) {
	if f.step != nil {
		f.step(step)
	}
}

// ready says why nothing can be asked about a delivery.
func (f *FHIR) ready(ctx context.Context, id string, k kind) *adapters.Error {
	if fault := checkID(f.opts.Name, id); fault != nil {
		return fault
	}
	if ctx.Err() != nil {
		return f.wire.NetworkError(wire.Request{Kind: k.name}, ctx.Err())
	}
	return nil
}

// result keeps a nil *Error from becoming an error.
func result(e *adapters.Error) error {
	if e == nil {
		return nil
	}
	return e
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// checkID lets nothing but a UUID become a part of a condition or of a file's name.
func checkID(system, id string) *adapters.Error {
	if uuidForm.MatchString(id) {
		return nil
	}
	return &adapters.Error{
		Class: adapters.Rejected, System: system, What: "the id of the handover is not a UUID in lower case",
		Do: "this is a fault of brygga: report it",
	}
}
