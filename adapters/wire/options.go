package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// The kinds of sign-in.
const (
	AuthNone              = "none"
	AuthBearer            = "bearer"
	AuthBasic             = "basic"
	AuthClientCredentials = "client-credentials"
	AuthSmartBackend      = "smart-backend"
)

// Options says how a system is reached. They are plain data: secrets come as
// values, read from wherever the configuration says. A zero value stands for the
// default that New writes in its place.
type Options struct {
	Name string // the system's name in the configuration; it opens every error
	URL  string // the server's base; http only to loopback
	Auth Auth
	TLS  TLS

	Proxy string // "http://proxy:3128"; empty uses none, whatever the environment says

	MaxBytes      int64         // of one answer, after decompression; 64 MiB
	Connections   int           // requests at one time; 4
	Timeout       time.Duration // of one attempt, its answer read to the end; 60s
	Retries       int           // further attempts after the first; 4; negative is none
	MaxRetryAfter time.Duration // the longest that a server may make us wait between attempts; 2m
	Circuit       Circuit

	Logger zerolog.Logger
	// Clock is asked for when a token expires and when a circuit may close again,
	// and nothing else. It is needed by client-credentials and smart-backend;
	// without it there is no circuit.
	Clock func() time.Time
	// Sleep waits between attempts; nil waits by the real clock, or until ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
	// Wrap is put around the transport below the retries, so that it sees every
	// attempt: adapters.Pace, adapters.Observe. Nil leaves it bare.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Watch is told of retries and of the circuit.
	Watch Watch

	Accept string // the media type that is asked for; application/json
	Words  Words
}

// Words are what messages call an adapter's own things.
type Words struct {
	Format  string // what an answer should be: "FHIR", "JSON"
	Base    string // what url must be: "the FHIR base"
	Smaller string // how answers get smaller: "lower page_size of this system"
}

// Auth is how we sign in. Which fields are read depends on Kind.
type Auth struct {
	Kind         string   // none (also empty), bearer, basic, client-credentials, smart-backend
	Token        string   // bearer
	User         string   // basic
	Password     string   // basic
	ClientID     string   // client-credentials, smart-backend
	ClientSecret string   // client-credentials
	TokenURL     string   // both; empty asks the server's .well-known/smart-configuration
	Key          []byte   // smart-backend: a private JWK, or a JWKS whose first private key is used
	Scopes       []string // both; smart-backend asks for system/*.rs and system/*.cruds when empty
}

// TLS is whom we trust and who we are. Values in PEM.
type TLS struct {
	CAFile     string // a file of authorities, trusted besides the system's own
	CA         []byte // the same as bytes
	ClientCert []byte // for mutual TLS
	ClientKey  []byte
}

// WithDefaults writes the defaults in the place of zero values.
func (o Options) WithDefaults() Options {
	if o.Auth.Kind == "" {
		o.Auth.Kind = AuthNone
	}
	Positive(&o.MaxBytes, 64<<20)
	Positive(&o.Connections, 4)
	Positive(&o.Timeout, time.Minute)
	Positive(&o.MaxRetryAfter, 2*time.Minute)
	if o.Retries == 0 {
		o.Retries = 4
	}
	o.Retries = max(o.Retries, 0)
	o.Circuit = o.Circuit.withDefaults()
	if o.Sleep == nil {
		o.Sleep = Sleep
	}
	if o.Accept == "" {
		o.Accept = "application/json"
	}
	return o
}

// Positive writes a default in the place of what is zero or less.
func Positive[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Sleep waits by the real clock, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Check says everything that is wrong with the options, each with the setting's
// name. No value is repeated: it may be a secret.
func (o Options) Check() error {
	var errs []error
	bad := func(setting, what string) { errs = append(errs, fmt.Errorf("%s: %s", setting, what)) }
	if o.Name == "" {
		bad("name", "is missing")
	}
	if _, err := ParseAddress(o.URL); err != nil {
		bad("url", err.Error())
	}
	if o.Proxy != "" {
		if u, err := url.Parse(o.Proxy); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
			bad("proxy", "is not an address such as http://proxy.example:3128")
		}
	}
	if o.Auth.TokenURL != "" {
		if _, err := ParseAddress(o.Auth.TokenURL); err != nil {
			bad("auth.token_url", err.Error())
		}
	}
	need := func(setting, value string) {
		if value == "" {
			bad(setting, "is needed by auth.kind "+o.Auth.Kind)
		}
	}
	switch o.Auth.Kind {
	case "", AuthNone:
	case AuthBearer:
		need("auth.token", o.Auth.Token)
	case AuthBasic:
		need("auth.user", o.Auth.User)
		need("auth.password", o.Auth.Password)
	case AuthClientCredentials:
		need("auth.client_id", o.Auth.ClientID)
		need("auth.client_secret", o.Auth.ClientSecret)
	case AuthSmartBackend:
		need("auth.client_id", o.Auth.ClientID)
		need("auth.key", string(o.Auth.Key))
	default:
		bad("auth.kind", "is none of none, bearer, basic, client-credentials, smart-backend")
	}
	if o.Clock == nil && (o.Auth.Kind == AuthClientCredentials || o.Auth.Kind == AuthSmartBackend) {
		bad("clock", "is needed by auth.kind "+o.Auth.Kind)
	}
	for _, s := range [][2]string{{"auth.token", o.Auth.Token}, {"auth.user", o.Auth.User}, {"auth.password", o.Auth.Password}} {
		if strings.ContainsAny(s[1], "\r\n\x00") {
			bad(s[0], "holds a line break; is a newline left at the end of its file?")
		}
	}
	if (len(o.TLS.ClientCert) > 0) != (len(o.TLS.ClientKey) > 0) {
		bad("tls", "client_cert and client_key go together; one is missing")
	}
	return errors.Join(errs...)
}

// ParseAddress reads an absolute http(s) address without user, query and
// fragment. Plain http is for loopback only: anything else would send care
// records and tokens in the clear. Its errors never repeat the address.
func ParseAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, errors.New("is missing")
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, errors.New("is not an address such as https://fhir.example.se/r4")
	case u.User != nil:
		return nil, errors.New("must not hold a user or password; use auth")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must not hold a query or fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("is http:// to another machine; use https://")
	}
	return u, nil
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
