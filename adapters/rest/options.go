package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// The kinds of sign-in.
const (
	AuthNone              = wire.AuthNone
	AuthBearer            = wire.AuthBearer
	AuthBasic             = wire.AuthBasic
	AuthClientCredentials = wire.AuthClientCredentials
	AuthSmartBackend      = wire.AuthSmartBackend
	AuthQueryKey          = "query-key"
)

// How a key is sent.
const (
	SendQuery  = "query"  // as a parameter
	SendHeader = "header" // as X-API-Key
	SendBoth   = "both"
)

// TLS is whom we trust and who we are.
type TLS = wire.TLS

// Options says how a system is reached, and which lists it has. They are plain
// data: secrets come as values, read from wherever the configuration says. A zero
// value stands for the default that New writes in its place.
type Options struct {
	Name string // the system's name in the configuration; it opens every error
	URL  string // the system's base; http only to loopback
	Auth Auth
	TLS  TLS

	Proxy string // "http://proxy:3128"; empty uses none, whatever the environment says

	Connections   int           // requests, and streams, at one time over the whole System; 4
	Timeout       time.Duration // of one attempt, its answer read to the end; 60s
	Overlap       time.Duration // taken from the server's time to make a checkpoint; 10m
	PerSecond     float64       // requests, each attempt counted; 0 is no limit
	MaxBytes      int64         // of one answer, after decompression; 64 MiB
	Retries       int           // further attempts after the first; 4; negative is none
	MaxRetryAfter time.Duration // the longest that a server may make us wait between attempts; 2m
	Circuit       wire.Circuit

	Lists map[string]List // by the name that adapters.Query.Type gives

	Logger zerolog.Logger
	// Clock is asked for when a token expires, when a request may go and when a
	// system that fails is tried again; nothing that is read depends on it.
	Clock func() time.Time
	// Sleep waits between attempts; nil waits by the real clock, or until ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
	// Wrap is put around the transport below the retries, so that it sees every
	// attempt. Nil leaves it bare.
	Wrap  func(http.RoundTripper) http.RoundTripper
	Watch wire.Watch // told of retries and of the circuit
}

// Auth is how we sign in. With query-key, Key is what opens every list that is of
// no group.
type Auth struct {
	wire.Auth
	Domain string            // query-key: the parameter domain, where set
	Keys   map[string]string // query-key: a key per group
	Send   string            // query-key: query (also empty), header, both
}

// key of a group of lists; empty if there is none.
func (a Auth) key(group string) string {
	if k := a.Keys[group]; k != "" {
		return k
	}
	return string(a.Key)
}

// wire is the part of the options that is not about lists.
func (o Options) wire() wire.Options {
	auth := o.Auth.Auth
	if auth.Kind == AuthQueryKey {
		auth = wire.Auth{Kind: AuthNone} // what signs is put in each request
	}
	wrap := o.Wrap
	if o.PerSecond > 0 && o.Clock != nil {
		wrap = adapters.Around(o.Wrap, adapters.Pace(o.PerSecond, o.Clock, wire.Waiting(o.Sleep)))
	}
	return wire.Options{
		Name: o.Name, URL: o.URL, Auth: auth, TLS: o.TLS, Proxy: o.Proxy,
		MaxBytes: o.MaxBytes, Connections: o.Connections, Timeout: o.Timeout, Retries: o.Retries, MaxRetryAfter: o.MaxRetryAfter,
		Circuit: o.Circuit, Logger: o.Logger, Clock: o.Clock, Sleep: o.Sleep, Wrap: wrap, Watch: o.Watch,
		Words: wire.Words{Format: "JSON", Base: "the base of the interface", Smaller: "lower paging.size of this list in the mapping"},
	}
}

func (o Options) withDefaults() Options {
	w := o.wire().WithDefaults()
	o.Connections, o.MaxBytes = w.Connections, w.MaxBytes
	if o.Overlap == 0 {
		o.Overlap = 10 * time.Minute
	}
	lists := map[string]List{}
	for name, l := range o.Lists {
		lists[name] = l.withDefaults()
	}
	o.Lists = lists
	return o
}

// check says everything that is wrong, each with the setting's name, and repeats
// no value: it may be a secret.
func (o Options) check() error {
	errs := []error{o.wire().Check()}
	bad := func(setting, what string) { errs = append(errs, fmt.Errorf("%s: %s", setting, what)) }
	if o.PerSecond < 0 {
		bad("requests_per_second", "is below zero")
	}
	if o.PerSecond > 0 && o.Clock == nil {
		bad("requests_per_second", "needs a clock")
	}
	a := o.Auth
	if a.Kind == AuthQueryKey {
		if len(a.Key) == 0 && len(a.Keys) == 0 {
			bad("auth.key", "is needed by auth.kind "+AuthQueryKey)
		}
		if a.Send != "" && !slices.Contains([]string{SendQuery, SendHeader, SendBoth}, a.Send) {
			bad("auth.send", "is none of query, header, both")
		}
		keys := map[string]string{"auth.key": string(a.Key), "auth.domain": a.Domain}
		for group, k := range a.Keys {
			if !plainName.MatchString(group) {
				bad("auth.keys", "a group has a name that is not of letters, few digits, and _ . -")
				continue
			}
			keys["auth.keys, "+group] = k
		}
		for _, setting := range slices.Sorted(maps.Keys(keys)) {
			if strings.ContainsAny(keys[setting], "\r\n\x00") {
				bad(setting, "holds a line break; is a newline left at the end of its file?")
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Lists)) {
		if !plainName.MatchString(name) {
			errs = append(errs, errors.New("lists: one has a name that is not of letters, few digits, and _ . -"))
			continue
		}
		if err := o.Lists[name].check(a); err != nil {
			errs = append(errs, fmt.Errorf("list %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// sign puts domain and key into a request's parameters and header. A parameter
// that is there stays: a link that the server made may hold them already.
func (a Auth) sign(group string, v url.Values, h http.Header) {
	if a.Kind != AuthQueryKey {
		return
	}
	set := func(name, value string) {
		if value != "" && !v.Has(name) {
			v.Set(name, value)
		}
	}
	set("domain", a.Domain)
	if a.Send != SendHeader {
		set("key", a.key(group))
	}
	if a.Send == SendHeader || a.Send == SendBoth {
		h.Set("X-API-Key", a.key(group))
	}
}
