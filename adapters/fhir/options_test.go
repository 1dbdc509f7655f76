package fhir

import (
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
)

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Options)
		want   string // in the error; empty is none
	}{
		{"https to anywhere", func(o *Options) { o.URL = "https://fhir.example.se/r4" }, ""},
		{"http to loopback by name", func(o *Options) { o.URL = "http://localhost:8080/r4" }, ""},
		{"http to loopback by IPv6", func(o *Options) { o.URL = "http://[::1]:8080/r4" }, ""},
		{"http to another machine", func(o *Options) { o.URL = "http://fhir.example.se/r4" }, "url: is http:// to another machine"},
		{"http to a name that only begins as loopback", func(o *Options) { o.URL = "http://localhost.example/r4" }, "url: is http:// to another machine"},
		{"http to a private address", func(o *Options) { o.URL = "http://10.0.0.1/r4" }, "url: is http:// to another machine"},
		{"no address", func(o *Options) { o.URL = "" }, "url: is missing"},
		{"an address without a host", func(o *Options) { o.URL = "hemlig" }, "url: is not an address"},
		{"an address of a file", func(o *Options) { o.URL = "file:///hemlig" }, "url: is not an address"},
		{"a password in the address", func(o *Options) { o.URL = "https://u:hemlig@fhir.example.se" }, "url: must not hold a user"},
		{"a query in the address", func(o *Options) { o.URL = "https://fhir.example.se/r4?key=hemlig" }, "url: must not hold a query"},
		{"no name", func(o *Options) { o.Name = "" }, "name: is missing"},
		{"a sign-in that nobody knows", func(o *Options) { o.Auth.Kind = "magic" }, "auth.kind: is none of"},
		{"bearer without a token", func(o *Options) { o.Auth.Kind = AuthBearer }, "auth.token: is needed"},
		{"basic without a password", func(o *Options) { o.Auth = Auth{Kind: AuthBasic, User: "u"} }, "auth.password: is needed"},
		{"client credentials without a secret", func(o *Options) { o.Auth = Auth{Kind: AuthClientCredentials, ClientID: "u"} }, "auth.client_secret: is needed"},
		{"SMART without a key", func(o *Options) { o.Auth = Auth{Kind: AuthSmartBackend, ClientID: "u"} }, "auth.key: is needed"},
		{"SMART without a clock", func(o *Options) {
			o.Auth, o.Clock = Auth{Kind: AuthSmartBackend, ClientID: "u", Key: jwk(ecKey, "")}, nil
		}, "clock: is needed"},
		{"a token endpoint in the clear", func(o *Options) { o.Auth.TokenURL = "http://tokens.example/hemlig" }, "auth.token_url: is http://"},
		{"a token with the newline of its file", func(o *Options) { o.Auth = Auth{Kind: AuthBearer, Token: "hemlig\n"} }, "auth.token: holds a line break"},
		{"a proxy that is no address", func(o *Options) { o.Proxy = "hemlig" }, "proxy: is not an address"},
		{"an authority that is no PEM", func(o *Options) { o.TLS.CA = []byte("hemlig") }, "tls.ca: holds no certificate"},
		{"an authority's file that is not there", func(o *Options) { o.TLS.CAFile = "/nowhere/hemlig" }, "tls.ca: the file cannot be read"},
		{"a certificate without its key", func(o *Options) { o.TLS.ClientCert = []byte("hemlig") }, "tls: client_cert and client_key go together"},
		{"a certificate and key that are no PEM", func(o *Options) { o.TLS.ClientCert, o.TLS.ClientKey = []byte("hemlig"), []byte("hemlig") }, "tls.client_cert, tls.client_key: are no matching pair"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := quick("https://fhir.example.se/r4")
			tt.change(&o)
			_, err := New(o)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hemlig") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	t.Run("everything that is wrong is said at once", func(t *testing.T) {
		_, err := New(Options{Auth: Auth{Kind: AuthBasic}})
		for _, want := range []string{"name:", "url:", "auth.user:", "auth.password:"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	})
	t.Run("defaults", func(t *testing.T) {
		o := Options{}.withDefaults()
		if o.PageSize != 500 || o.MaxPageBytes != 64<<20 || o.Connections != 4 || o.Overlap != 10*time.Minute || o.Timeout != time.Minute ||
			o.Retries != 4 || o.MaxRetryAfter != 2*time.Minute || o.TransactionSize != 50 || o.Auth.Kind != AuthNone || o.Sleep == nil {
			t.Errorf("%+v", o)
		}
	})
}

func TestKind(t *testing.T) {
	r := adapters.Registry{"fhir": Kind()}
	env := adapters.Env{Logger: zerolog.Nop(), Clock: func() time.Time { return noon }}
	for _, tt := range []struct {
		name string
		set  map[string]string
		want string
	}{
		{"an address is enough", map[string]string{"url": "https://fhir.example.se"}, ""},
		{"everything", map[string]string{
			"url": "https://fhir.example.se", "auth.kind": "smart-backend", "auth.client_id": "b", "auth.key": string(jwk(ecKey, "")), "auth.scopes": "a b",
			"page_size": "100", "connections": "2", "overlap": "5m", "timeout": "30s", "requests_per_second": "10",
		}, ""},
		{"no address", map[string]string{}, "url: is missing"},
		{"a size that is no number", map[string]string{"url": "https://fhir.example.se", "page_size": "hemlig"}, "page_size: is not a whole number"},
		{"a time that is none", map[string]string{"url": "https://fhir.example.se", "timeout": "hemlig"}, "timeout: is not a duration"},
		{"a pace that is none", map[string]string{"url": "https://fhir.example.se", "requests_per_second": "hemlig"}, "requests_per_second: is not a number"},
		{"a file that is not there", map[string]string{"url": "https://fhir.example.se", "tls.client_cert": "/hemlig"}, "tls.client_cert: the file cannot be read"},
		{"an address that New refuses", map[string]string{"url": "http://fhir.example.se"}, "url: is http://"},
		{"a sign-in that nobody knows", map[string]string{"url": "https://fhir.example.se", "auth.kind": "hemlig"}, "auth.kind: is none of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := r.Open("fhir", "journal", tt.set, env)
			if tt.want == "" {
				if err != nil || got.Source.Name() != "journal" || got.Sink == nil {
					t.Fatalf("%+v %v", got, err)
				}
				got.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hemlig") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	shown := Kind().Redacted(map[string]string{"url": "https://a", "auth.token": "hemlig", "auth.password": "hemlig", "auth.client_secret": "hemlig", "auth.key": "hemlig", "proxy": "http://u:hemlig@p"})
	for k, v := range shown {
		if strings.Contains(v, "hemlig") {
			t.Errorf("%s is shown", k)
		}
	}
	if shown["url"] != "https://a" {
		t.Error("the address is hidden")
	}
}
