package fhir

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"brygga/adapters"
)

// Kind is what the registry knows of this adapter, under the name "fhir".
func Kind() adapters.Kind {
	return adapters.Kind{
		Doc:  "any FHIR R4 server",
		Open: open,
		Options: []adapters.Option{
			{Name: "url", Doc: "the server's FHIR base; http:// only to loopback", Required: true},
			{Name: "auth.kind", Doc: "how to sign in", Default: AuthNone, OneOf: []string{AuthNone, AuthBearer, AuthBasic, AuthClientCredentials, AuthSmartBackend}},
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
			{Name: "page_size", Doc: "rows asked for per page (_count)", Default: "500"},
			{Name: "connections", Doc: "requests at one time", Default: "4"},
			{Name: "overlap", Doc: "how far before the last pull a pull of changes begins", Default: "10m"},
			{Name: "timeout", Doc: "of one attempt, its answer read to the end", Default: "60s"},
			{Name: "requests_per_second", Doc: "at most; 0 is no limit", Default: "0"},
		},
	}
}

func open(name string, set map[string]string, env adapters.Env) (adapters.Opened, error) {
	p := parsing{set: set}
	o := Options{
		Name: name, URL: set["url"], Proxy: set["proxy"], Logger: env.Logger, Clock: env.Clock, Sleep: env.Sleep,
		PageSize: p.whole("page_size"), Connections: p.whole("connections"), Overlap: p.duration("overlap"), Timeout: p.duration("timeout"),
		TLS: TLS{CAFile: set["tls.ca"], ClientCert: p.file("tls.client_cert"), ClientKey: p.file("tls.client_key")},
		Auth: Auth{
			Kind: set["auth.kind"], Token: set["auth.token"], User: set["auth.user"], Password: set["auth.password"],
			ClientID: set["auth.client_id"], ClientSecret: set["auth.client_secret"], TokenURL: set["auth.token_url"],
			Key: []byte(set["auth.key"]), Scopes: strings.Fields(set["auth.scopes"]),
		},
	}
	rate, err := strconv.ParseFloat(set["requests_per_second"], 64)
	if set["requests_per_second"] != "" && (err != nil || rate < 0 || rate > 10_000) {
		p.bad("requests_per_second", "is not a number such as 20")
	}
	if rate > 0 && env.Clock == nil {
		p.bad("requests_per_second", "needs a clock")
	}
	if err := errors.Join(p.errs...); err != nil {
		return adapters.Opened{}, fmt.Errorf("system %q: %w", name, err)
	}
	wait := env.Sleep
	if wait == nil {
		wait = sleep
	}
	o.Wrap = adapters.Around(env.Wrap, adapters.Pace(rate, env.Clock, wait))
	s, err := New(o)
	if err != nil {
		return adapters.Opened{}, err
	}
	return adapters.Opened{Source: s, Sink: s, Close: s.Close}, nil
}

// parsing reads options; its errors repeat no value.
type parsing struct {
	set  map[string]string
	errs []error
}

func (p *parsing) bad(name, what string) { p.errs = append(p.errs, fmt.Errorf("%s: %s", name, what)) }

func (p *parsing) whole(name string) int {
	n, err := strconv.Atoi(p.set[name])
	if p.set[name] != "" && (err != nil || n < 1 || n > 100_000) {
		p.bad(name, "is not a whole number, 1 or more")
	}
	return n
}

func (p *parsing) duration(name string) time.Duration {
	d, err := time.ParseDuration(p.set[name])
	if p.set[name] != "" && (err != nil || d < 0) {
		p.bad(name, "is not a duration such as 10m")
	}
	return d
}

func (p *parsing) file(name string) []byte {
	if p.set[name] == "" {
		return nil
	}
	b, err := os.ReadFile(p.set[name])
	if err != nil {
		p.bad(name, "the file cannot be read; check its path and who may read it")
	}
	return b
}
