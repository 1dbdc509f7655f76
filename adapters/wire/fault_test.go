package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
)

var words = Words{Format: "JSON", Base: "the base of the interface", Smaller: "ask for less"}

// speak opens a client on a handler.
func speak(t *testing.T, h http.Handler, change func(*Options)) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	o := Options{Name: "lifecare", URL: srv.URL + "/api/", Retries: -1, MaxBytes: 1 << 10, Words: words}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestRefusal(t *testing.T) {
	for _, tt := range []struct {
		status int
		media  string
		want   string
		class  adapters.Class
	}{
		{301, "", "lifecare, visit, page 2: answered 301 Moved Permanently: the server sends us elsewhere; put the address that it points to in url of this system", adapters.Protocol},
		{400, "", "lifecare, visit, page 2: answered 400 Bad Request", adapters.Rejected},
		{401, "", "lifecare, visit, page 2: answered 401 Unauthorized; this server wants a sign-in: set auth of this system", adapters.Credentials},
		{403, "text/html", "lifecare, visit, page 2: answered 403 Forbidden; let this client read this at the server", adapters.Credentials},
		{404, "text/html", "lifecare, visit, page 2: answered 404 Not Found with a web page (text/html), not JSON; check url of this system: it must be the base of the interface", adapters.Protocol},
		{407, "", "lifecare, visit, page 2: answered 407 Proxy Authentication Required; put the user and password of the proxy in proxy of this system", adapters.Credentials},
		{429, "", "lifecare, visit, page 2: answered 429 Too Many Requests; run later, or lower connections of this system", adapters.Wait},
		{500, "text/html", "lifecare, visit, page 2: answered 500 Internal Server Error; see the server's log", adapters.Retry},
		{501, "", "lifecare, visit, page 2: answered 501 Not Implemented", adapters.Rejected},
		{503, "", "lifecare, visit, page 2: answered 503 Service Unavailable; run later, or lower connections of this system", adapters.Wait},
	} {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			c := speak(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.media)
				w.Header().Set("Retry-After", "90")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, "195009072553 hemlig")
			}), nil)
			r := Request{Method: http.MethodGet, URL: c.Address("visits", url.Values{"q": {"195009072553"}}), Kind: "visit", Page: 2}
			a, fault := c.Send(t.Context(), r)
			if fault != nil {
				t.Fatal(fault)
			}
			defer a.Free()
			e := c.Refusal(r, a)
			if e.Error() != tt.want || e.Class != tt.class || e.Status != tt.status {
				t.Errorf("class %d: %v", e.Class, e)
			}
			if (e.Class == adapters.Wait) != (e.After == 90*time.Second) {
				t.Errorf("after %s", e.After)
			}
		})
	}
}

func TestNotAPage(t *testing.T) {
	for _, tt := range []struct{ name, media, body, want string }{
		{"a web page by its type", "text/html", "x", "answered with a web page (text/html), not JSON; check url of this system: it must be the base of the interface, without a login page before it"},
		{"a web page by its beginning", "application/json", " <!DOCTYPE HTML>", "answered with a web page (text/html), not JSON; check url of this system: it must be the base of the interface, without a login page before it"},
		{"nothing", "application/json", " \n", "answered with nothing; check url of this system: it must be the base of the interface"},
		{"XML", "application/xml", "<a/>", "answered with XML, not JSON; have the server answer application/json"},
		{"what may be JSON", "application/json", "[]", ""},
		{"what may be JSON, whatever its type", "text/plain", "{", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := speak(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.media)
				_, _ = io.WriteString(w, tt.body)
			}), nil)
			r := Request{Method: http.MethodGet, URL: c.Address("", nil), Plain: true}
			a, fault := c.Send(t.Context(), r)
			if fault != nil {
				t.Fatal(fault)
			}
			defer a.Free()
			e := c.NotAPage(r, a)
			if (e == nil) != (tt.want == "") || e != nil && (e.Error() != "lifecare: "+tt.want || e.Class != adapters.Protocol) {
				t.Errorf("%v", e)
			}
		})
	}
}

func TestWord(t *testing.T) {
	for s, want := range map[string]string{
		"": "none", "not-found": "not-found", "Bundle": "Bundle", "195009072553": "unknown", "Anna Andersson": "unknown",
		strings.Repeat("a", 41): "unknown", "a\n": "unknown", "å": "unknown",
	} {
		if got := Word(s); got != want {
			t.Errorf("%q is told as %q", s, got)
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	var got *http.Request
	var lines bytes.Buffer
	c := speak(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		if r.URL.Path == "/api/moved" {
			http.Redirect(w, r, "/api/there?key=hemlig", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "[]")
	}), func(o *Options) {
		o.Auth = Auth{Kind: AuthBearer, Token: "hemlig"}
		o.Logger = zerolog.New(&lines).Level(zerolog.TraceLevel)
	})
	ask := func(path string) {
		t.Helper()
		a, fault := c.Send(t.Context(), Request{Method: http.MethodGet, URL: c.Address(path, url.Values{"key": {"hemlig"}}), Header: http.Header{"X-Own": {"1"}}})
		if fault != nil || a.Status != 200 {
			t.Fatal(fault)
		}
		a.Free()
		a.Free() // twice does no harm
	}
	ask("visits")
	h := got.Header
	if got.URL.String() != "/api/visits?key=hemlig" || h.Get("Authorization") != "Bearer hemlig" || h.Get("Accept") != "application/json" || h.Get("X-Own") != "1" || h.Get("Cache-Control") != "no-cache" {
		t.Errorf("%s %v", got.URL, h)
	}
	ask("moved")
	if got.URL.Path != "/api/there" || got.Referer() != "" {
		t.Errorf("a redirect tells where it came from: %q", got.Referer())
	}
	if strings.Contains(lines.String(), "hemlig") || lines.Len() == 0 {
		t.Errorf("logged: %s", lines.String())
	}
	if (*Answer)(nil).Body() != nil || c.Base().Path != "/api" {
		t.Error("no answer has a body, or the base ends with a slash")
	}
	if fault := c.SignIn(t.Context()); fault != nil {
		t.Error(fault)
	}
}

func TestAnAnswerThatIsTooBig(t *testing.T) {
	c := speak(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "["+strings.Repeat("1,", 2000)+"1]")
	}), nil)
	_, fault := c.Send(t.Context(), Request{Method: http.MethodGet, URL: c.Address("", nil)})
	if fault == nil || fault.Error() != "lifecare: answered with more than 1 kB; ask for less" || fault.Class != adapters.Protocol {
		t.Errorf("%v", fault)
	}
}

func TestSettings(t *testing.T) {
	p := Parsing{Set: map[string]string{
		"url": "https://a.se", "auth.kind": "basic", "auth.user": "u", "auth.password": "p", "auth.scopes": "a  b",
		"connections": "2", "timeout": "30s", "requests_per_second": "2.5",
	}}
	o := p.Options("lifecare", adapters.Env{Clock: func() time.Time { return noon }})
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	if o.Name != "lifecare" || o.URL != "https://a.se" || o.Auth.User != "u" || len(o.Auth.Scopes) != 2 || o.Connections != 2 || o.Timeout != 30*time.Second || p.PerSecond(o.Clock) != 2.5 {
		t.Errorf("%+v", o)
	}
	wrong := Parsing{Set: map[string]string{"connections": "hemlig", "timeout": "-1s", "requests_per_second": "10001", "tls.client_key": "/nowhere/hemlig"}}
	wrong.Options("x", adapters.Env{})
	wrong.PerSecond(nil)
	for _, want := range []string{"connections: is not a whole number", "timeout: is not a duration", "requests_per_second: is not a number", "tls.client_key: the file cannot be read"} {
		if err := wrong.Err(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hemlig") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	slow := Parsing{Set: map[string]string{"requests_per_second": "1"}}
	if slow.PerSecond(nil); slow.Err() == nil {
		t.Error("a pace without a clock is taken")
	}
	for _, s := range Settings("where", AuthNone) {
		if secret := strings.Contains(s.Name, "token") && s.Name != "auth.token_url" || strings.Contains(s.Name, "password") || strings.Contains(s.Name, "secret") || s.Name == "auth.key" || s.Name == "proxy"; secret != s.Secret {
			t.Errorf("%s: secret %v", s.Name, s.Secret)
		}
	}
}
