package fhir

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters/wire"
)

const fhirJSON = "application/fhir+json"

// The kinds of sign-in.
const (
	AuthNone              = wire.AuthNone
	AuthBearer            = wire.AuthBearer
	AuthBasic             = wire.AuthBasic
	AuthClientCredentials = wire.AuthClientCredentials
	AuthSmartBackend      = wire.AuthSmartBackend
)

// How a server is signed in to and trusted is the same of every system over HTTP.
type (
	Auth = wire.Auth
	TLS  = wire.TLS
)

// Options says how a FHIR R4 server is reached. They are plain data: secrets
// come as values, read from wherever the configuration says. A zero value
// stands for the default that New writes in its place.
type Options struct {
	Name string // the system's name in the configuration; it opens every error
	URL  string // the server's base, "https://fhir.example.se/r4"; http only to loopback
	Auth Auth
	TLS  TLS

	Proxy string // "http://proxy:3128"; empty uses none, whatever the environment says

	PageSize        int           // _count; 500
	MaxPageBytes    int64         // of one answer, after decompression; 64 MiB
	Connections     int           // requests, and streams, at one time over the whole System; 4
	Overlap         time.Duration // taken from the server's time to make a checkpoint; 10m
	Timeout         time.Duration // of one attempt, its answer read to the end; 60s
	Retries         int           // further attempts after the first; 4; negative is none
	MaxRetryAfter   time.Duration // the longest that a server may make us wait between attempts; 2m
	TransactionSize int           // entries of a transaction at most; 50

	Logger zerolog.Logger
	// Clock is asked for when a token expires and when a system that fails is tried
	// again, and nothing else. It is needed by client-credentials and smart-backend.
	Clock func() time.Time
	// Sleep waits between attempts; nil waits by the real clock, or until ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
	// Wrap is put around the transport below the retries, so that it sees every
	// attempt: adapters.Pace, adapters.Observe. Nil leaves it bare.
	Wrap  func(http.RoundTripper) http.RoundTripper
	Watch wire.Watch // told of retries and of the circuit
}

func (o Options) withDefaults() Options {
	w := o.wire().WithDefaults()
	o.Auth, o.MaxPageBytes, o.Connections, o.Timeout = w.Auth, w.MaxBytes, w.Connections, w.Timeout
	o.Retries, o.MaxRetryAfter, o.Sleep = w.Retries, w.MaxRetryAfter, w.Sleep
	wire.Positive(&o.PageSize, 500)
	wire.Positive(&o.TransactionSize, 50)
	if o.Overlap == 0 {
		o.Overlap = 10 * time.Minute
	}
	return o
}

// wire is the part of the options that is not about FHIR.
func (o Options) wire() wire.Options {
	return wire.Options{
		Name: o.Name, URL: o.URL, Auth: o.Auth, TLS: o.TLS, Proxy: o.Proxy,
		MaxBytes: o.MaxPageBytes, Connections: o.Connections, Timeout: o.Timeout, Retries: o.Retries, MaxRetryAfter: o.MaxRetryAfter,
		Logger: o.Logger, Clock: o.Clock, Sleep: o.Sleep, Wrap: o.Wrap, Watch: o.Watch,
		Accept: fhirJSON, Words: wire.Words{Format: "FHIR", Base: "the FHIR base", Smaller: "lower page_size of this system"},
	}
}
