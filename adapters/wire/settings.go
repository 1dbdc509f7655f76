package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"brygga/adapters"
)

// Settings are the options, as data, that every system over HTTP has in the
// configuration. kinds are the sign-ins that it offers.
func Settings(url string, kinds ...string) []adapters.Option {
	return []adapters.Option{
		{Name: "url", Doc: url, Required: true},
		{Name: "auth.kind", Doc: "how to sign in", Default: AuthNone, OneOf: kinds},
		{Name: "auth.token", Doc: "bearer: the token", Secret: true},
		{Name: "auth.user", Doc: "basic: the user"},
		{Name: "auth.password", Doc: "basic: the password", Secret: true},
		{Name: "auth.client_id", Doc: "client-credentials, smart-backend: our id at the server"},
		{Name: "auth.client_secret", Doc: "client-credentials: the secret", Secret: true},
		{Name: "auth.token_url", Doc: "where tokens are given; else the server's .well-known/smart-configuration is asked"},
		{Name: "auth.key", Doc: "smart-backend: a private JWK or JWKS (RS384 or ES384)", Secret: true},
		{Name: "auth.scopes", Doc: "client-credentials, smart-backend: scopes, with spaces between"},
		{Name: "tls.ca", Doc: "a PEM file of authorities to trust besides the system's own"},
		{Name: "tls.client_cert", Doc: "a PEM file with our own certificate, for mutual TLS"},
		{Name: "tls.client_key", Doc: "a PEM file with its key"},
		{Name: "proxy", Doc: "the address of a proxy; none is used unless it is set", Secret: true},
		{Name: "connections", Doc: "requests at one time", Default: "4"},
		{Name: "overlap", Doc: "how far before the last pull a pull of changes begins", Default: "10m"},
		{Name: "timeout", Doc: "of one attempt, its answer read to the end", Default: "60s"},
		{Name: "requests_per_second", Doc: "at most; 0 is no limit", Default: "0"},
	}
}

// Parsing reads settings; its errors repeat no value.
type Parsing struct {
	Set  map[string]string
	errs []error
}

// Options reads what Settings lists, but for overlap and the pace.
func (p *Parsing) Options(name string, env adapters.Env) Options {
	set := p.Set
	return Options{
		Name: name, URL: set["url"], Proxy: set["proxy"], Logger: env.Logger, Clock: env.Clock, Sleep: env.Sleep, Wrap: env.Wrap,
		Connections: p.Whole("connections"), Timeout: p.Duration("timeout"),
		TLS: TLS{CAFile: set["tls.ca"], ClientCert: p.File("tls.client_cert"), ClientKey: p.File("tls.client_key")},
		Auth: Auth{
			Kind: set["auth.kind"], Token: set["auth.token"], User: set["auth.user"], Password: set["auth.password"],
			ClientID: set["auth.client_id"], ClientSecret: set["auth.client_secret"], TokenURL: set["auth.token_url"],
			Key: []byte(set["auth.key"]), Scopes: strings.Fields(set["auth.scopes"]),
		},
	}
}

// PerSecond reads the pace. A pace needs a clock.
func (p *Parsing) PerSecond(clock func() time.Time) float64 {
	const name = "requests_per_second"
	if p.Set[name] == "" {
		return 0
	}
	rate, err := strconv.ParseFloat(p.Set[name], 64)
	switch {
	case err != nil || rate < 0 || rate > 10_000:
		p.Bad(name, "is not a number such as 20")
		return 0
	case rate > 0 && clock == nil:
		p.Bad(name, "needs a clock")
	}
	return rate
}

// Waiting is sleep, or waiting by the real clock where there is none.
func Waiting(sleep func(context.Context, time.Duration) error) func(context.Context, time.Duration) error {
	if sleep == nil {
		return Sleep
	}
	return sleep
}

// Bad notes what is wrong with a setting.
func (p *Parsing) Bad(name, what string) { p.errs = append(p.errs, fmt.Errorf("%s: %s", name, what)) }

// Err is everything that was wrong.
func (p *Parsing) Err() error { return errors.Join(p.errs...) }

// Whole reads a whole number, 1 or more; 0 where there is none.
func (p *Parsing) Whole(name string) int {
	n, err := strconv.Atoi(p.Set[name])
	if p.Set[name] != "" && (err != nil || n < 1 || n > 100_000) {
		p.Bad(name, "is not a whole number, 1 or more")
	}
	return n
}

// Duration reads a time such as 10m.
func (p *Parsing) Duration(name string) time.Duration {
	d, err := time.ParseDuration(p.Set[name])
	if p.Set[name] != "" && (err != nil || d < 0) {
		p.Bad(name, "is not a duration such as 10m")
	}
	return d
}

// File reads the file that a setting names.
func (p *Parsing) File(name string) []byte {
	if p.Set[name] == "" {
		return nil
	}
	b, err := os.ReadFile(p.Set[name])
	if err != nil {
		p.Bad(name, "the file cannot be read; check its path and who may read it")
	}
	return b
}
