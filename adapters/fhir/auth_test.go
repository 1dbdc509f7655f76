package fhir

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"brygga/adapters"
)

// issuer is a FHIR server with a token endpoint: it takes only the token that it
// gave last.
type issuer struct {
	*memory
	srv *httptest.Server

	mu      sync.Mutex
	given   int
	valid   string
	asked   []url.Values
	headers []http.Header
	lives   any
	fail    func(n int) int // status of the nth token request; 200 gives one
	hidden  bool            // no smart-configuration
	revoke  map[int]bool    // at these searches the token is no longer taken
	n       int
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{memory: newMemory(50).fill(40), lives: 300, fail: func(int) int { return 200 }, revoke: map[int]bool{}}
	i.srv = httptest.NewServer(i)
	t.Cleanup(i.srv.Close)
	i.url = func() string { return i.srv.URL }
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/smart-configuration":
		if i.hidden {
			w.WriteHeader(404)
			return
		}
		fmt.Fprintf(w, `{"token_endpoint":%q}`, i.srv.URL+"/token")
	case "/token":
		_ = r.ParseForm()
		i.asked = append(i.asked, r.PostForm)
		i.headers = append(i.headers, r.Header)
		w.Header().Set("Content-Type", "application/json")
		if status := i.fail(len(i.asked)); status != 200 {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"hemlig and Anna Andersson"}`)
			return
		}
		i.given++
		i.valid = fmt.Sprintf("token-%d", i.given)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": i.valid, "token_type": "bearer", "expires_in": i.lives})
	default:
		if i.n++; i.revoke[i.n] {
			i.valid = "another"
		}
		if r.Header.Get("Authorization") != "Bearer "+i.valid {
			w.WriteHeader(401)
			return
		}
		i.memory.ServeHTTP(w, r)
	}
}

func (i *issuer) open(t *testing.T, a Auth, clock func() time.Time) *System {
	o := quick(i.srv.URL)
	o.Auth = a
	if clock != nil {
		o.Clock = clock
	}
	return opened(t, o)
}

var ecKey = func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}()

var rsaKey = func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}()

func jwk(key any, alg string) []byte {
	b, err := jose.JSONWebKey{Key: key, KeyID: "k1", Algorithm: alg, Use: "sig"}.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return b
}

func TestSmartBackend(t *testing.T) {
	for _, tt := range []struct {
		name string
		key  []byte
		pub  crypto.PublicKey
		alg  jose.SignatureAlgorithm
	}{
		{"an RSA key signs with RS384", jwk(rsaKey, "RS384"), rsaKey.Public(), jose.RS384},
		{"a P-384 key signs with ES384", jwk(ecKey, ""), ecKey.Public(), jose.ES384},
		{"the first private key of a set signs", []byte(`{"keys":[` + string(jwk(ecKey.Public(), "")) + `,` + string(jwk(ecKey, "ES384")) + `]}`), ecKey.Public(), jose.ES384},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			s := i.open(t, Auth{Kind: AuthSmartBackend, ClientID: "brygga", Key: tt.key}, nil)
			if o, _ := pull(s, encounters); !o.Complete {
				t.Fatal(o.Fault)
			}
			if len(i.asked) != 1 {
				t.Fatalf("%d tokens were asked for", len(i.asked))
			}
			form := i.asked[0]
			if form.Get("grant_type") != "client_credentials" || form.Get("scope") != "system/*.rs system/*.cruds" ||
				form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || i.headers[0].Get("Authorization") != "" {
				t.Errorf("asked with %v", form)
			}
			tok, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{tt.alg})
			if err != nil {
				t.Fatal(err)
			}
			var claims jwt.Claims
			if err := tok.Claims(tt.pub, &claims); err != nil {
				t.Fatal(err)
			}
			if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: "brygga", Subject: "brygga", AnyAudience: jwt.Audience{i.srv.URL + "/token"}, Time: noon.Add(time.Minute)}, 0); err != nil {
				t.Error(err)
			}
			if claims.ID == "" || claims.Expiry.Time().Sub(noon) > 5*time.Minute || tok.Headers[0].KeyID != "k1" || tok.Headers[0].ExtraHeaders["typ"] != "JWT" {
				t.Errorf("claims %+v, headers %+v", claims, tok.Headers)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	smart := Auth{Kind: AuthSmartBackend, ClientID: "brygga", Key: jwk(ecKey, "")}
	t.Run("a token is used until shortly before it ends", func(t *testing.T) {
		i := newIssuer(t)
		now := noon
		s := i.open(t, smart, func() time.Time { return now })
		for _, step := range []struct {
			after  time.Duration
			tokens int
		}{{0, 1}, {269 * time.Second, 1}, {271 * time.Second, 2}, {271*time.Second + 269*time.Second, 2}, {600 * time.Second, 3}} {
			now = noon.Add(step.after)
			if o, _ := pull(s, encounters); !o.Complete {
				t.Fatal(o.Fault)
			}
			if len(i.asked) != step.tokens {
				t.Errorf("after %s: %d tokens, want %d", step.after, len(i.asked), step.tokens)
			}
		}
		seen := map[string]bool{}
		for _, form := range i.asked {
			seen[form.Get("client_assertion")] = true
		}
		if len(seen) != len(i.asked) {
			t.Error("an assertion was used twice")
		}
	})
	t.Run("a token taken back in mid-run is renewed once", func(t *testing.T) {
		i := newIssuer(t)
		i.revoke[3] = true
		o, r := pull(i.open(t, smart, nil), encounters)
		if !o.Complete || r.Distinct() != 40 || i.given != 2 {
			t.Errorf("%+v, %d tokens", o, i.given)
		}
	})
	t.Run("a new token that is not taken either is a matter of credentials", func(t *testing.T) {
		i := newIssuer(t)
		i.revoke[3], i.revoke[4] = true, true
		o, _ := pull(i.open(t, smart, nil), encounters)
		if o.Complete || o.Fault.Class != adapters.Credentials || o.Fault.Status != 401 || !strings.Contains(o.Fault.Do, "auth.key") || i.given != 2 {
			t.Errorf("%v, %d tokens", o.Fault, i.given)
		}
	})
	t.Run("many streams share one token, and one renewal", func(t *testing.T) {
		i := newIssuer(t)
		i.revoke[6] = true
		o, _ := pull(i.open(t, smart, nil), adapters.Query{Kind: "visit", Type: "Encounter", Ranges: make([]url.Values, 8)})
		if !o.Complete || i.given != 2 {
			t.Errorf("%v, %d tokens", o.Fault, i.given)
		}
	})
	t.Run("a write whose token was taken back is sent again", func(t *testing.T) {
		i := newIssuer(t)
		s := i.open(t, smart, nil)
		pull(s, encounters)
		i.revoke[i.n+1] = true
		if a := s.Apply(t.Context(), []adapters.Write{creation(1)}); a[0].Answered != adapters.Written {
			t.Errorf("%+v", a[0])
		}
	})
	t.Run("a token endpoint that is busy is asked again, with a new assertion", func(t *testing.T) {
		i := newIssuer(t)
		i.fail = func(n int) int {
			if n < 3 {
				return 503
			}
			return 200
		}
		if o, _ := pull(i.open(t, smart, nil), encounters); !o.Complete {
			t.Error(o.Fault)
		}
		if len(i.asked) != 3 || i.asked[0].Get("client_assertion") == i.asked[1].Get("client_assertion") {
			t.Errorf("%d requests", len(i.asked))
		}
	})
	t.Run("a life that is a string, and none at all, are understood", func(t *testing.T) {
		for lives, want := range map[any]int{"3600": 1, "x": 2, -5: 2, nil: 2} {
			i := newIssuer(t)
			i.lives = lives
			now := noon
			s := i.open(t, smart, func() time.Time { return now })
			pull(s, encounters)
			now = noon.Add(10 * time.Minute)
			if o, _ := pull(s, encounters); !o.Complete || i.given != want {
				t.Errorf("%v: %d tokens, %v", lives, i.given, o.Fault)
			}
		}
	})
}

func TestClientCredentials(t *testing.T) {
	for _, tt := range []struct {
		name     string
		tokenURL bool
	}{{"at the address in the configuration", true}, {"at the address that the server names", false}} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			i.hidden = tt.tokenURL
			a := Auth{Kind: AuthClientCredentials, ClientID: "brygga", ClientSecret: "hemlig", Scopes: []string{"a", "b"}}
			if tt.tokenURL {
				a.TokenURL = i.srv.URL + "/token"
			}
			now := noon
			s := i.open(t, a, func() time.Time { return now })
			for range 3 {
				if o, _ := pull(s, encounters); !o.Complete {
					t.Fatal(o.Fault)
				}
			}
			if i.given != 1 || i.asked[0].Get("scope") != "a b" {
				t.Errorf("%d tokens, %v", i.given, i.asked[0])
			}
			if user, password, ok := (&http.Request{Header: i.headers[0]}).BasicAuth(); !ok || user != "brygga" || password != "hemlig" {
				t.Error("the secret was not sent")
			}
			now = noon.Add(280 * time.Second)
			if o, _ := pull(s, encounters); !o.Complete || i.given != 2 {
				t.Errorf("%d tokens, %v", i.given, o.Fault)
			}
		})
	}
}

func TestNoToken(t *testing.T) {
	secret := Auth{Kind: AuthClientCredentials, ClientID: "brygga", ClientSecret: "hemlig"}
	smart := Auth{Kind: AuthSmartBackend, ClientID: "brygga", Key: jwk(ecKey, "")}
	for _, tt := range []struct {
		name  string
		auth  Auth
		set   func(*issuer)
		class adapters.Class
		what  string
	}{
		{"a secret that is wrong", secret, func(i *issuer) { i.fail = func(int) int { return 401 } }, adapters.Credentials, "the token endpoint gave no token (401, invalid_client)"},
		{"a key that the server does not know", smart, func(i *issuer) { i.fail = func(int) int { return 400 } }, adapters.Credentials, "the token endpoint gave no token (400, invalid_client)"},
		{"a token endpoint that is ill", smart, func(i *issuer) { i.fail = func(int) int { return 500 } }, adapters.Retry, "the token endpoint gave no token (500, invalid_client)"},
		{"a token endpoint that is ill, for a secret", secret, func(i *issuer) { i.fail = func(int) int { return 500 } }, adapters.Retry, "the token endpoint gave no token (500, invalid_client)"},
		{"a server that does not say where tokens are given", smart, func(i *issuer) { i.hidden = true }, adapters.Credentials, "the server does not say where tokens are given (.well-known/smart-configuration)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			tt.set(i)
			o, _ := pull(i.open(t, tt.auth, nil), encounters)
			if o.Complete || o.Fault.Class != tt.class || o.Fault.What != tt.what || o.Fault.Do == "" || o.Fault.Kind != "visit" {
				t.Errorf("%v (class %d)", o.Fault, o.Fault.Class)
			}
			if text := fmt.Sprintf("%v %v", o.Fault, o.Fault.Err); strings.Contains(text, "hemlig") || strings.Contains(text, "Anna") {
				t.Errorf("the error tells too much: %s", text)
			}
		})
	}
	t.Run("a token endpoint that is down", func(t *testing.T) {
		down := httptest.NewServer(http.NotFoundHandler())
		down.Close()
		for _, a := range []Auth{secret, smart} {
			a.TokenURL = down.URL + "/token"
			o, _ := pull(newIssuer(t).open(t, a, nil), encounters)
			if o.Complete || o.Fault.Class != adapters.Retry || !strings.HasPrefix(o.Fault.What, "asking for a token: ") {
				t.Errorf("%v", o.Fault)
			}
		}
	})
	t.Run("a token endpoint in the clear on another machine is not asked", func(t *testing.T) {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"token_endpoint":"http://tokens.example/t?secret=1"}`)
		}), func(o *Options) { o.Auth = smart })
		o, _ := pull(s, encounters)
		if o.Complete || o.Fault.Class != adapters.Credentials || strings.Contains(o.Fault.Error(), "secret=1") {
			t.Errorf("%v", o.Fault)
		}
	})
	t.Run("an answer that is no token", func(t *testing.T) {
		for _, body := range []string{"<html>", "{}", `{"access_token":""}`, `{"error":"Anna Andersson"}`} {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
			for _, a := range []Auth{secret, smart} {
				a.TokenURL = srv.URL
				o, _ := pull(newIssuer(t).open(t, a, nil), encounters)
				if o.Complete || o.Fault.Class != adapters.Credentials || strings.Contains(o.Fault.Error(), "Anna") {
					t.Errorf("%s: %v", body, o.Fault)
				}
			}
			srv.Close()
		}
	})
}

func TestFixedSignIns(t *testing.T) {
	for _, tt := range []struct {
		auth         Auth
		want, advice string
	}{
		{Auth{}, "", "this server wants a sign-in: set auth of this system"},
		{Auth{Kind: AuthBearer, Token: "t1"}, "Bearer t1", "renew auth.token of this system"},
		{Auth{Kind: AuthBasic, User: "u", Password: "p"}, "Basic dTpw", "check auth.user and auth.password of this system"},
	} {
		t.Run("sign-in by "+tt.auth.Kind, func(t *testing.T) {
			n := 0
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if n++; r.Header.Get("Authorization") != tt.want {
					t.Errorf("signed in with %q", r.Header.Get("Authorization"))
				}
				w.WriteHeader(401)
			}), func(o *Options) { o.Auth = tt.auth })
			o, _ := pull(s, encounters)
			if n != 1 || o.Complete || o.Fault.Class != adapters.Credentials || o.Fault.Do != tt.advice {
				t.Errorf("%d requests, %v", n, o.Fault)
			}
		})
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	small, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{
		"no JSON":                  []byte("-----BEGIN PRIVATE KEY-----hemlig"),
		"a public key":             jwk(ecKey.Public(), ""),
		"a curve SMART has not":    jwk(small, ""),
		"another algorithm":        jwk(rsaKey, "RS256"),
		"a symmetric key":          []byte(`{"kty":"oct","k":"aGVtbGln"}`),
		"an empty set":             []byte(`{"keys":[]}`),
		"a key that is broken":     []byte(`{"kty":"EC","crv":"P-384","d":"hemlig"}`),
		"a key that is no object":  []byte(`{"keys":["hemlig"]}`),
		"a key for encryption":     []byte(strings.Replace(string(jwk(ecKey, "")), `"sig"`, `"enc"`, 1)),
		"the right key, misspelt":  []byte(strings.Replace(string(jwk(ecKey, "")), `"P-384"`, `"P-385"`, 1)),
		"a set of something else":  []byte(`{"keys":[{}]}`),
		"a number":                 []byte("7"),
		"JSON of something else":   []byte(`{"hello":"hemlig"}`),
		"an RSA key for no signer": jwk(rsaKey, "PS512"),
	} {
		t.Run(name, func(t *testing.T) {
			o := quick("http://127.0.0.1:1")
			o.Auth = Auth{Kind: AuthSmartBackend, ClientID: "brygga", Key: key}
			_, err := New(o)
			if err == nil || !strings.Contains(err.Error(), "auth.key") || strings.Contains(err.Error(), "hemlig") {
				t.Errorf("error %v", err)
			}
		})
	}
}
